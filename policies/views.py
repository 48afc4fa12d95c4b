"""Pages of the rulebooks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.access import access_of
from policies import pages


def policies(request: HttpRequest) -> HttpResponse:
    """The regions' rulebooks, those of the reader's place first."""
    area = access_of(request.user).area
    return render(request, "policies/list.html", {"regions": pages.regions(area.code if area else "")})


def rulebook(request: HttpRequest, region_code: str) -> HttpResponse:
    """One region's documents, clauses and values as of the working date."""
    on = request.working_date  # type: ignore[attr-defined]
    page = pages.rulebook_page(region_code, on=on, mark=request.GET.get("mark", ""))
    return render(request, "policies/rulebook.html", {"page": page, "on": on})
