"""One batch: where it stands, its persons, its findings, its papers, and its list as a workbook."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.acts import by_page
from core.http import PageRequest
from core.lists import Export, page_of, query_with
from core.look import Pill
from core.sheets.writer import OutColumn
from subsidies.enums import ApplicationState as State
from subsidies.enums import LineState
from subsidies.forms import applications as forms
from subsidies.models import Application, Line
from subsidies.rules.papers import seals_asked
from subsidies.rules.wording import Words
from subsidies.selectors import applications as selectors
from subsidies.selectors import verification as evidence
from subsidies.services import applications as services
from subsidies.views.applications.prints import may_see_numbers
from subsidies.views.applications.shapes import chip_of, finding_pills, papers_of
from subsidies.workflow import applications as steps
from villages.enums import AGENCY

LINE_FILTERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pending", "待核实", (LineState.PENDING,)),
    ("eligible", "待缴款", (LineState.ELIGIBLE,)),
    ("remitted", "已到账", (LineState.REMITTED,)),
    ("posted", "已记账", (LineState.POSTED,)),
    ("refunded", "已退费", (LineState.REFUNDED,)),
    ("ineligible", "不予补助", (LineState.INELIGIBLE,)),
    ("withdrawn", "已撤回", (LineState.WITHDRAWN,)),
    ("given_up", "已放弃", (LineState.GIVEN_UP,)),
    ("cancelled", "已取消", (LineState.CANCELLED,)),
)
_WAITS = {
    State.DRAFT: "等村里核对名单、上传材料、提交",
    State.SUBMITTED: "等社保经办机构核实",
    State.RETURNED: "等村里补正后再次提交",
    State.VERIFIED: "等社保经办机构复核",
    State.NOTIFIED: "等村里到税务部门缴款",
    State.REMITTED: "等社保经办机构记账",
    State.POSTED: "等社保经办机构反馈，村里告知本人",
}


def application(request: PageRequest, pk: int) -> HttpResponseBase:
    """One batch: where it stands, sums, who is refused and why, who did what."""
    row = selectors.application(request.user, pk)
    if request.GET.get("export") == "xlsx":
        return _roster_export(request, row).answer(selectors.lines_of(row))
    rules = selectors.rules_of(row, request.working_date)
    sums = selectors.state_sums(row)
    chosen = selectors.LineFilter(
        request.GET.get("show", ""), request.GET.get("code", ""), request.GET.get("q", "")
    )
    page = page_of(request, selectors.filtered(selectors.lines_of(row), chosen))
    context = {
        "application": row,
        "chip": chip_of(row, sums),
        "steps": selectors.stepper_for(row, rules),
        "cells": selectors.totals_of(row, sums),
        "page_obj": page,
        "rows": evidence.with_findings(page, rules),
        "pills": _line_pills(request, sums, chosen.state),
        "finding_pills": finding_pills(request, row, chosen.code),
        "events": selectors.timeline_of(row, waits_for=_waits_for(row), until=selectors.deadline_of(row)),
        "notice": selectors.live_notice(row),
        "papers": papers_of(row, rules),
        "paper_form": forms.PaperForm(rules=rules),
        "left_out": _left_out(row),
        "words": chosen.search,
        "asks_seal": bool(seals_asked(rules)),
        "is_late": _is_late(request, row),
        **_rights(request, row),
    }
    return render(request, "subsidies/applications/detail.html", context)


def _line_pills(request: PageRequest, sums: dict[str, tuple[int, int]], chosen: str) -> list[Pill]:
    whole = sum(n for n, _fen in sums.values())
    pills = [Pill(_("全部"), whole, query_with(request, show="", code=""), active=not chosen)]
    for key, label, states in LINE_FILTERS:
        count = sum(sums.get(state, (0, 0))[0] for state in states)
        if count:
            tone = "refused" if key == "ineligible" else ""
            pills.append(Pill(_(label), count, query_with(request, show=key, code=""), key == chosen, tone))
    whole_batch, *by_state = pills
    return pills if len(by_state) > 1 else [whole_batch]


def _left_out(row: Application) -> list[tuple[str, int]]:
    if row.state != State.DRAFT:
        return []
    words = Words()
    return [(words.short(code), n) for code, n in selectors.left_out_of(row).items()]


def _waits_for(row: Application) -> str:
    return _(_WAITS[State(row.state)]) if row.state in _WAITS else ""


def _rights(request: PageRequest, row: Application) -> dict[str, bool]:
    """What this reader may do with the batch as it stands."""
    clerk = request.user.access.may(steps.CLERK)
    return {
        "may_edit": clerk and row.state in steps.IN_HAND,
        "may_submit": clerk and row.state in steps.IN_HAND,
        "may_withdraw": clerk and row.state in steps.WITHDRAW.sources,
        "may_withdraw_lines": clerk and row.state in steps.WITHDRAW_LINES.sources,
        "may_verify": request.user.access.may(AGENCY) and row.state in (State.SUBMITTED, State.VERIFIED),
        "may_lapse": request.user.access.may(steps.OFFICER)
        and row.state == State.RETURNED
        and _is_late(request, row),
        "may_pay": row.state == State.NOTIFIED,
    }


def _is_late(request: PageRequest, row: Application) -> bool:
    return row.correct_by is not None and row.correct_by < request.working_date


def _roster_export(request: PageRequest, row: Application) -> Export:
    """The batch's list as a workbook; whole identity numbers only for those who handle the cases."""
    whole = may_see_numbers(request)
    if whole:
        services.record_print(row, by=by_page(request), form="F05.xlsx", rows_count=row.lines.count())
    columns = [
        OutColumn(_("序号"), "code", width=6),
        OutColumn(_("姓名")),
        OutColumn(_("公民身份号码"), "id", width=22),
        OutColumn(_("组")),
        OutColumn(_("缴费年度"), "code"),
        OutColumn(_("个人缴费档次（元）"), "amount", width=16, is_summed=False),
        OutColumn(_("个人缴费日期"), "date"),
        OutColumn(_("人员类别")),
        OutColumn(
            _("社会资助金额（元）") if row.plan.pool_id else _("集体补助金额（元）"), "amount", width=18
        ),
        OutColumn(_("状态")),
        OutColumn(_("说明"), width=40),
    ]

    words = Words()

    def cells(line: Line) -> list[object]:
        group = line.membership.group_name if line.membership else ""
        number = line.person.id_cipher if whole else line.person.masked_id
        facts = [line.qualifying_year, line.tier_fen, line.paid_on, line.person_kind_label]
        said = "；".join(words.short(found.code) for found in line.found)  # type: ignore[attr-defined]
        return [
            line.position,
            line.person.name,
            number,
            group,
            *facts,
            line.amount_fen,
            line.get_state_display(),
            said,
        ]

    place = {"village": row.organisation.region, "year": row.year, "batch": row.batch_no}
    return Export(_("%(village)s%(year)d年度第%(batch)d批集体补助人员名单") % place, columns, cells)
