"""Pages of reports: the list of them, one report, the rows behind one of its figures."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from core.http import PageRequest
from core.lists import PAGE_ROWS, Export, query_with
from core.years import year_in
from desk.reports import selectors, writing
from desk.reports.scope import Ask
from desk.reports.shapes import CASE, FOLD_WORDS, Column, Detail, Row
from desk.selectors import plan_years


def asked(request: PageRequest) -> Ask:
    """What the address asks for; a year that is none reads as that of the working date."""
    given = request.GET
    year = given.get("year", "")
    return Ask(
        year=year_in(year) or request.working_date.year,
        town=given.get("town", ""),
        village=given.get("village", ""),
        unit=given.get("unit", ""),
        fold=given.get("by", ""),
        words=given.get("q", "").strip(),
        sort=given.get("sort", ""),
        key=given.get("key", ""),
    )


@require_GET
def reports(request: PageRequest) -> HttpResponse:
    """报表: what each one answers, and who uses it."""
    found = selectors.reports_for(request.user)
    year = asked(request).year
    return render(
        request,
        "desk/reports/list.html",
        {"reports": found, "year": year, "years": plan_years(year, request.working_date)},
    )


@require_GET
def report(request: PageRequest, code: str) -> HttpResponse:
    """One report: on the page, as a workbook (`export=xlsx`), or on paper (`print=1`)."""
    ask, user = asked(request), request.user
    live = request.GET.get("live") == "1"
    made = selectors.made(user, code, ask, on=request.working_date, live=live)
    if request.GET.get("export") == "xlsx":
        return writing.answer(made, user)
    on_paper = request.GET.get("print") == "1"
    page = Paginator(made.table.rows, len(made.table.rows) or 1 if on_paper else PAGE_ROWS)
    page_obj = page.get_page(request.GET.get("page"))
    context = {
        "made": made,
        "report": made.report,
        "ask": ask,
        "page_obj": page_obj,
        "rows": [_shown(row, made, user, ask) for row in page_obj],
        "totals": _cells_of(made.table.totals, made.table.later, {}, made, user, ask),
        "pills": _pills(request, made, ask),
        "parts": _parts(user, made),
        "remarks": made.report.remarks(made.scope, made.table) if made.report.remarks else [],
        "tops": made.report.tops(made.scope, made.table) if made.report.tops else [],
        "years": plan_years(ask.year, request.working_date),
        "choices": selectors.choices(user, made.scope),
        "head_lines": writing.head_lines(made, user),
        "meanings": _meanings(made),
        "first_label": writing.first_label(made),
        "second_label": writing.second_label(made),
        "is_narrowed": bool(ask.town or ask.village or ask.unit or ask.words),
        "is_live": live,
    }
    return render(request, "print/report.html" if on_paper else "desk/reports/report.html", context)


def _meanings(made: selectors.Made) -> list[tuple[str, str, str]]:
    found = []
    for column in made.table.columns:
        clause = made.scope.rules.ground(column.ground) if column.ground else None
        if column.meaning or clause:
            found.append((column.label, column.meaning, clause.reference if clause else ""))
    return found


def _shown(row: Row, made: selectors.Made, user: Any, ask: Ask) -> dict[str, Any]:
    cells = _cells_of(row.cells, row.later, row.place, made, user, ask)
    return {"label": row.label, "second": row.second, "url": row.url, "cells": cells}


def _cells_of(
    values: dict[str, Any],
    later: dict[str, Any],
    place: dict[str, str],
    made: selectors.Made,
    user: Any,
    ask: Ask,
) -> list[dict[str, Any]]:
    return [_cell(column, values, later, place, made, user, ask) for column in made.table.columns]


def _cell(
    column: Column,
    values: dict[str, Any],
    later: dict[str, Any],
    place: dict[str, str],
    made: selectors.Made,
    user: Any,
    ask: Ask,
) -> dict[str, Any]:
    value = values.get(column.key)
    detail = made.report.details.get(column.of)
    url = ""
    if detail and value and selectors.may_open(user, detail):
        args = selectors.figure_url_args(place, column, ask)
        url = f"{reverse('report-rows', args=[made.report.code])}?{urlencode(args)}"
    elif column.adds_up and value and not column.of:
        url = _cases_url(made, place, ask)
    return {"column": column, "value": value, "later": later.get(column.key), "url": url}


def _cases_url(made: selectors.Made, place: dict[str, str], ask: Ask) -> str:
    """The same report case by case, narrowed to the row: where a figure has no rows of its own it counts cases."""
    if CASE not in made.report.folds or made.fold == CASE:
        return ""
    given = {
        "by": CASE,
        "year": str(ask.year),
        "town": ask.town,
        "village": ask.village,
        "unit": ask.unit,
    } | place
    key = given.pop("key", "")
    if key:
        given["q"] = next(fact.label for row in made.table.rows for fact in row.facts if fact.key == key)
    kept = {name: value for name, value in given.items() if value}
    return f"{reverse('report', args=[made.report.code])}?{urlencode(kept)}"


def _pills(request: PageRequest, made: selectors.Made, ask: Ask) -> list[tuple[str, str, bool]]:
    found = [(FOLD_WORDS[fold], query_with(request, by=fold), fold == made.fold) for fold in made.folds]
    return found if len(found) > 1 else []


def _parts(user: Any, made: selectors.Made) -> list[tuple[str, str, bool]]:
    same = [one for one in selectors.reports_for(user) if one.group == made.report.group]
    year = made.scope.year
    links = [
        (one.title, f"{reverse('report', args=[one.code])}?year={year}", one is made.report) for one in same
    ]
    return links if len(links) > 1 else []


@require_GET
def rows(request: PageRequest, code: str) -> HttpResponse:
    """The rows behind a figure, with their number and sum; as a workbook with `export=xlsx`."""
    ask = asked(request)
    found = selectors.drilled(request.user, code, request.GET.get("of", ""), ask, on=request.working_date)
    ordered = found.rows.order_by(f"{found.detail.prefix}village_code", "pk")
    if request.GET.get("export") == "xlsx":
        title = f"{ask.year}年度{found.report.title}：{found.detail.title}"
        return Export(title, found.detail.columns, found.detail.cells).answer(ordered)
    page_obj = Paginator(ordered, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "found": found,
        "report": found.report,
        "ask": ask,
        "page_obj": page_obj,
        "rows": [_row_shown(row, found.detail) for row in page_obj],
        "place": _place_words(found, ask),
        "back": _back(request, found, ask),
    }
    return render(request, "desk/reports/rows.html", context)


def _row_shown(row: Any, detail: Detail) -> dict[str, Any]:
    cells = list(zip(detail.columns, detail.cells(row), strict=True))
    return {"url": detail.url(row) if detail.url else "", "cells": cells}


def _place_words(found: selectors.Drilled, ask: Ask) -> str:
    codes = [code for code in (ask.village or ask.town,) if code]
    places = found.scope.places(codes)
    names = [" ".join(part for part in (place.town, place.village) if part) for place in places.values()]
    return "　".join([*names, *([ask.unit] if ask.unit else [])])


def _back(request: PageRequest, found: selectors.Drilled, ask: Ask) -> str:
    return f"{reverse('report', args=[found.report.code])}?year={ask.year}"
