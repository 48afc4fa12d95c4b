"""补助申请: the batches of the reader's area, chosen by state, and as a workbook."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.http import PageRequest
from core.lists import Export, list_page, query_with
from core.look import Pill
from core.sheets.writer import OutColumn
from core.years import year_in
from subsidies.enums import ApplicationState as State
from subsidies.models import Application
from subsidies.selectors import applications as selectors
from subsidies.workflow import applications as steps

LIST_SORTS = {
    "village": ["village_code", "-year"],
    "submitted_on": ["submitted_on"],
    "sum": ["sum_fen"],
    "heads": ["headcount"],
    "year": ["year"],
}
STATE_FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("全部", tuple(State.values)),
    "draft": ("草稿", (State.DRAFT,)),
    "returned": ("退回补正", (State.RETURNED,)),
    "verifying": ("核实", (State.SUBMITTED, State.VERIFIED)),
    "paying": ("缴款", (State.NOTIFIED,)),
    "posting": ("记账", (State.REMITTED, State.POSTED)),
    "done": ("办结", (State.INFORMED, State.CLOSED)),
    "withdrawn": ("已撤回", (State.WITHDRAWN,)),
}


def applications(request: PageRequest) -> HttpResponseBase:
    """补助申请: the batches of the actor's area."""
    rows = _searched(request, selectors.applications(request.user))
    chosen = request.GET.get("show", "")
    filters = _filters(chosen)
    pills = _state_pills(request, rows, chosen, filters)
    rows = selectors.with_counts(rows.filter(state__in=filters.get(chosen, filters[""])[1]))
    if request.GET.get("export") == "xlsx":
        return _list_export().answer(rows)
    page = list_page(request, rows, sorts=LIST_SORTS, default="-year")
    context = {
        "page_obj": page,
        "rows": [(row, selectors.batch_chip(row.state, selectors.counts_of(row))) for row in page],
        "pills": pills,
        "words": request.GET.get("q", ""),
        "is_filtered": bool(chosen or request.GET.get("q")),
        "may_draw": request.user.access.may(steps.DRAW_UP.roles),
        "plans": selectors.plans_to_apply_from(request.user),
    }
    return render(request, "subsidies/applications/list.html", context)


def _searched(request: PageRequest, rows: QuerySet[Application]) -> QuerySet[Application]:
    words = request.GET.get("q", "").strip()
    if year := year_in(request.GET.get("year", "")):
        rows = rows.filter(year=year)
    village = request.GET.get("village", "")
    if village.isdecimal():
        rows = rows.filter(village_code=village)
    if words:
        rows = rows.filter(Q(organisation__name__contains=words) | Q(number__contains=words))
    return rows


def _filters(chosen: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The groups of states to choose from, and one state alone where a link names it."""
    if chosen in State.values and chosen not in STATE_FILTERS:
        return STATE_FILTERS | {chosen: (str(State(chosen).label), (chosen,))}
    return STATE_FILTERS


def _state_pills(
    request: PageRequest,
    rows: QuerySet[Application],
    chosen: str,
    filters: dict[str, tuple[str, tuple[str, ...]]],
) -> list[Pill]:
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    pills = []
    for key, (label, states) in filters.items():
        count = sum(counts.get(state, 0) for state in states)
        if count or key in ("", chosen):
            pills.append(Pill(_(label), count, query_with(request, show=key), active=key == chosen))
    return pills


def _list_export() -> Export:
    columns = [
        OutColumn(_("镇街"), width=14),
        OutColumn(_("村集体经济组织"), width=30),
        OutColumn(_("年度"), "code"),
        OutColumn(_("批次"), "code"),
        OutColumn(_("文号"), width=22),
        OutColumn(_("人数"), "count"),
        OutColumn(_("补助金额（元）"), "amount", width=16),
        OutColumn(_("状态")),
        OutColumn(_("提交日期"), "date"),
    ]

    def cells(row: Any) -> list[object]:
        place = row.organisation.region
        word = selectors.batch_word(row.state, selectors.counts_of(row))
        basics = [str(place.parent), row.organisation.name, row.year, row.batch_no, row.number]
        return [*basics, row.headcount, row.sum_fen, word, row.submitted_on]

    return Export(_("补助申请"), columns, cells)
