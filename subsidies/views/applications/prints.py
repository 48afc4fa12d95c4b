"""Prints of an application: F04 申请表, F05 人员名单, F06 公示, F07 撤回申请表, F08 核实结果."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.acts import by_page
from core.errors import NotInArea
from core.http import PageRequest
from policies.selectors import Rulebook
from subsidies.enums import GONE_LINES, UNPAID_LINES, LineState
from subsidies.models import Application, Line
from subsidies.rules.papers import papers_asked
from subsidies.selectors import applications as selectors
from subsidies.selectors import prints as shown
from subsidies.services.applications import record_print
from subsidies.workflow.applications import NUMBER_READERS


def may_see_numbers(request: PageRequest) -> bool:
    """Whether this reader's work needs whole identity numbers on lists and forms."""
    return request.user.access.may(NUMBER_READERS)


def application_print(request: PageRequest, pk: int) -> HttpResponse:
    """F04 集体补助申请表, for signature and seal."""
    row, rules, context = _start(request, pk)
    context |= shown.application_form(row, rules)
    return render(request, "subsidies/prints/application.html", context)


def roster_print(request: PageRequest, pk: int) -> HttpResponse:
    """F05 集体补助人员名单, cut at A4 with the head repeated."""
    row, rules, context = _start(request, pk)
    lines = list(selectors.lines_of(row).exclude(state__in=GONE_LINES))
    asked = {paper.kind: paper for paper in papers_asked(rules)}.get("roster")
    context |= {
        "seal_wish": asked.wish if asked and asked.seals else "",
        "rows": _with_numbers(request, row, lines, "F05"),
        "sum_fen": sum(line.amount_fen for line in lines),
    }
    return render(request, "subsidies/prints/roster.html", context)


def public_print(request: PageRequest, pk: int) -> HttpResponse:
    """F06 公示: first six and last four of the number, and then neither birth date, sex nor age."""
    row, _rules, context = _start(request, pk)
    lines = list(selectors.lines_of(row).exclude(state__in=UNPAID_LINES))
    context |= {
        "rows": [(line, shown.public_number(line.person)) for line in lines],
        "sum_fen": sum(line.amount_fen for line in lines),
    }
    return render(request, "subsidies/prints/public.html", context)


def result_print(request: PageRequest, pk: int) -> HttpResponse:
    """F08 实缴核实结果表, back to the village."""
    row, rules, context = _start(request, pk)
    lines = list(selectors.lines_of(row).exclude(state__in=GONE_LINES))
    context |= shown.result_form(row, rules, lines)
    context["agency"] = shown.agency_words(row, rules)
    context["rows"] = zip(_with_numbers(request, row, lines, "F08"), context["facts"], strict=True)
    return render(request, "subsidies/prints/result.html", context)


def withdrawal_print(request: PageRequest, pk: int, line_id: int) -> HttpResponse:
    """F07 撤回申请表 of one person."""
    row, rules, context = _start(request, pk)
    line = row.lines.select_related("person").filter(pk=line_id, state=LineState.WITHDRAWN).first()
    if line is None:
        raise NotInArea
    number = _with_numbers(request, row, [line], "F07")[0][1]
    reasons = [(str(v.value), key == line.left_reason) for key, v in rules.table("withdrawal_reason").items()]
    context |= {"line": line, "number": number, "reasons": reasons}
    return render(request, "subsidies/prints/withdrawal.html", context)


def _start(request: PageRequest, pk: int) -> tuple[Application, Rulebook, dict[str, Any]]:
    row = selectors.application(request.user, pk)
    rules = selectors.rules_of(row, request.working_date)
    county = row.organisation.region.parent.parent if row.organisation.region.parent else None
    context = {
        "application": row,
        "place": shown.place_words(row),
        "county": county,
        "scheme": rules.choice("scheme_name"),
        "back_url": reverse("application", args=[pk]),
    }
    return row, rules, context


def _with_numbers(
    request: PageRequest, row: Application, lines: list[Line], form: str
) -> list[tuple[Line, str]]:
    """Lines with the number as this reader may see it; a form with whole numbers leaves an event."""
    if not may_see_numbers(request):
        return [(line, line.person.masked_id) for line in lines]
    record_print(row, by=by_page(request), form=form, rows_count=len(lines))
    return [(line, line.person.id_cipher) for line in lines]
