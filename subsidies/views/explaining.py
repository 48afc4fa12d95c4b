"""Why a person was subsidised or not, step by step."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from core.http import PageRequest
from subsidies.selectors import explaining


def explanation(request: PageRequest, person_id: int, year: int) -> HttpResponse:
    """One person and plan year; with several batches the newest, the others behind tabs."""
    lines = explaining.lines_of(request.user, person_id, year)
    asked = request.GET.get("line", "")
    line = next((row for row in lines if str(row.pk) == asked), lines[0])
    context = {
        "explanation": explaining.explain(line, actor=request.user),
        "line": line,
        "lines": lines if len(lines) > 1 else [],
    }
    return render(request, "subsidies/explanation.html", context)
