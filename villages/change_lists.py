"""The lists of proposals that another person decides on: changes of persons, changes of accounts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from core.http import PageRequest
from core.lists import list_page
from villages.enums import ChangeState


def changes_page(request: PageRequest, rows: QuerySet[Any], template: str) -> HttpResponse:
    """The proposals, newest first; those of one state where the address names it."""
    state = request.GET.get("state", "")
    if state in ChangeState.values:
        rows = rows.filter(state=state)
    page = list_page(request, rows, sorts={"new": ["id"]}, default="-new")
    return render(request, template, {"page_obj": page, "states": ChangeState.choices, "state": state})
