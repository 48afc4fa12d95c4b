"""对账: which notices money came in for, and one notice against the tax office's data."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.http import PageRequest
from core.lists import PAGE_ROWS, Export, list_page
from core.look import Pill
from core.money import yuan_text
from core.sheets.writer import OutColumn
from policies.selectors import cite_ground, rulebook
from subsidies.enums import Match
from subsidies.models import PaymentNotice
from subsidies.rules.matching import CODES
from subsidies.selectors import notices as selectors
from subsidies.selectors.applications import stepper_for
from subsidies.serializers.notices import who
from subsidies.views.differences import case_of
from subsidies.workflow import notices as steps

SORTS = {
    "number": ["issued_on", "number"],
    "village": ["village_code"],
    "open": ["open_count"],
    "due_on": ["due_on"],
}


def reconciliations(request: PageRequest) -> HttpResponse:
    """对账: notices that money came in for, those with open differences first."""
    rows = selectors.search_notices(selectors.notices_within(request.user), request.GET.get("q", ""))
    rows = rows.filter(last_fed_back_on__isnull=False)
    chosen = request.GET.get("show", "open")
    counts = {"open": rows.filter(open_count__gt=0).count(), "all": rows.count()}
    shown = rows.filter(open_count__gt=0) if chosen == "open" else rows
    pills = [
        Pill(_("有差异"), counts["open"], "?show=open", active=chosen == "open"),
        Pill(_("全部"), counts["all"], "?show=all", active=chosen != "open"),
    ]
    page = list_page(request, shown, sorts=SORTS, default="-open")
    context = {"page_obj": page, "pills": pills, "words": request.GET.get("q", ""), "chosen": chosen}
    return render(request, "subsidies/notices/reconciliations.html", context)


def reconciliation(request: PageRequest, pk: int) -> HttpResponse:
    """A notice against the tax office's data: sums, kinds, cases with their ways out."""
    found = selectors.notice(request.user, pk)
    cases = selectors.cases_of(found).select_related("line__person", "tax_row", "proposed_by", "settled_by")
    if request.GET.get("export") == "xlsx":
        return _export(found).answer(selectors.with_rows(cases.order_by("kind", "line__position", "pk")))
    sums = selectors.reconciliation(found)
    chosen = request.GET.get("show") or ("open" if sums.open_count or not sums.settled_count else "settled")
    wanted = cases.filter(selectors.UNSETTLED) if chosen == "open" else cases.exclude(selectors.UNSETTLED)
    page = Paginator(wanted.order_by("kind", "line__position", "pk"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    next_case = (
        cases.filter(selectors.UNSETTLED, asked_on__isnull=True)
        .order_by("kind", "line__position", "pk")
        .first()
    )
    context = {
        "notice": found,
        "sums": sums,
        "page_obj": page,
        "cases": [case_of(request, row) for row in selectors.with_rows(page.object_list)],
        "pills": _case_pills(sums, chosen),
        "chosen": chosen,
        "next_case": next_case,
        "repeat_count": cases.filter(selectors.UNSETTLED, kind=Match.REPEAT).count(),
        "shortfall": -sums.total.gap_fen,
        "verdict": _verdict(sums),
        "stepper": stepper_for(found.application, rulebook(found.village_code, on=request.working_date)),
        "clause": cite_ground(found, "remittance", on=request.working_date),
        "may_record": request.user.access.may(steps.RECORD.roles),
        "may_post": request.user.access.may(frozenset({"officer"})),
    }
    return render(request, "subsidies/notices/reconciliation.html", context)


def _case_pills(sums: selectors.Reconciliation, chosen: str) -> list[Pill]:
    return [
        Pill(_("待处理"), sums.open_count, "?show=open", active=chosen == "open"),
        Pill(_("已处理"), sums.settled_count, "?show=settled", active=chosen != "open"),
    ]


def _verdict(sums: selectors.Reconciliation) -> str:
    if not sums.total.row_count:
        return _("税务还没有回传缴款。")
    if not sums.open_count:
        return _("差异都办结了。") if sums.settled_count else _("逐人逐分都对上了。")
    gap = sums.total.gap_fen
    words = {"yuan": yuan_text(abs(gap)), "n": sums.open_count}
    if not gap:
        return _("合计相等，但有%(n)d项对不上。") % words
    return _("合计差%(yuan)s元，其中%(n)d项对不上。") % words


def _export(found: PaymentNotice) -> Export:
    columns = [
        OutColumn(_("核对结果")),
        OutColumn(_("代码"), "code", width=16),
        OutColumn(_("姓名")),
        OutColumn(_("身份证后四位"), "code"),
        OutColumn(_("通知书序号"), "code"),
        OutColumn(_("通知书（元）"), "amount", width=14),
        OutColumn(_("税务（元）"), "amount", width=14),
        OutColumn(_("差额（元）"), "amount", width=14),
        OutColumn(_("税票号"), "code", width=30),
        OutColumn(_("状态")),
        OutColumn(_("处理"), width=18),
        OutColumn(_("说明"), width=30),
    ]

    def cells(row: Any) -> list[object]:
        name, last4 = who(row)
        return [
            row.get_kind_display(),
            CODES[row.kind],
            name,
            last4,
            str(row.line.position) if row.line else "",
            row.expected_fen,
            row.found_fen,
            row.found_fen - row.expected_fen,
            "、".join(tax_row.voucher for tax_row in row.rows),
            row.get_state_display(),
            row.get_settlement_display() if row.settlement else "",
            row.reason,
        ]

    return Export(_("%(number)s差异清单") % {"number": found.number}, columns, cells)
