"""R10: plans and suspensions filed with the offices, how long each took, what silence filed (NX-17, NX-18, NX-19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.look import TELL, Cell, Finding
from core.sheets.writer import OutColumn
from desk.reports.gathering import Gather, count, fen
from desk.reports.lines import LINE_READERS, line_detail
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    CASE,
    CHIP,
    DAY,
    KEY,
    TEXT,
    TOWN,
    VILLAGE,
    Column,
    Detail,
    Fact,
    Report,
    Table,
    by_details,
)
from subsidies.enums import FilingState, LineState, PlanState, SuspensionState
from subsidies.models import Filing, Line, Suspension
from subsidies.selectors.filings import Books, standing_of, with_subjects
from subsidies.workflow.filings import READERS as FILING_READERS


def filings(scope: Scope) -> QuerySet[Filing]:
    """Filings of the year's plans that reached an office by the day asked; plans given up are left out."""
    rows = Filing.objects.filter(plan__year=scope.year, received_on__lte=scope.on)
    return scope.within(rows.exclude(plan__state=PlanState.DISCARDED))


def filing_facts(scope: Scope) -> list[Fact]:
    """One fact a filing: received, due, answered or filed by silence, and the days it took."""
    books: Books = {}
    rows = with_subjects(filings(scope)).order_by("received_on", "pk")
    return [_filing(row, scope.on, books) for row in rows]


def _filing(row: Filing, on: date, books: Books) -> Fact:
    one = standing_of(row, on=on, books=books)
    silent = bool(one and one.is_silent)
    ended = one.counts_on if one and one.is_filed else row.answered_on
    word = one.word if one else row.get_state_display()
    assert row.received_on is not None and row.plan is not None
    cells = {
        "filings": 1,
        "subject": _("第%(n)d版方案") % {"n": row.plan.version_no},
        "office": one.name if one else row.office,
        "received_on": row.received_on.isoformat(),
        "due_on": one.due.on.isoformat() if one and one.due else None,
        "ended_on": ended.isoformat() if ended else None,
        "number": row.number,
        "days": ((ended or on) - row.received_on).days,
        "filed": int(bool(one and one.is_filed)),
        "silent": int(silent),
        "returned": int(row.state == FilingState.RETURNED),
        "waiting": int(bool(one and one.is_waiting)),
        "standing": word,
    }
    url = reverse("filing", args=[row.pk])
    return Fact(
        row.county_code, row.town_code, row.village_code, cells, row.office, str(cells["office"]), url
    )


def filing_columns(scope: Scope) -> list[Column]:
    """When it came, until when it may be returned, when it was done, how it ended."""
    return [
        Column("filings", "备案（件）", meaning="报到各单位的备案", ground="plan", of="filings", is_one=True),
        Column("subject", "事项", TEXT),
        Column("received_on", "收到日期", DAY),
        Column("due_on", "退回期限", DAY, meaning="过了这一天没有退回，次日起视同备案"),
        Column("ended_on", "办结日期", DAY, meaning="备案、退回，或者视同备案的那一天"),
        Column("days", "用时（天）", meaning="收到到办结的天数；没有办结的算到业务日期", is_summed=False),
        Column("filed", "已备案", meaning="已备案的，含视同备案", ground="plan"),
        Column("silent", "其中视同备案", meaning="到期没有退回，视同备案的", ground="plan"),
        Column("returned", "退回", meaning="退回还没有重报的", ground="plan"),
        Column("waiting", "待办", meaning="还在期限内、没有办的", ground="plan"),
        Column("number", "备案号", TEXT, width=22),
        Column("standing", "状态", CHIP),
    ]


def filing_remarks(scope: Scope, table: Table) -> list[Finding]:
    """The term after which silence counts, with its clause; nothing where plans are not filed."""
    term = scope.rules.get("filing_silence_days")
    if term is None:
        return []
    sentence = _("备案单位%(term)s内没有退回的，视同备案；备案不是审批。") % {"term": term.shown}
    return [Finding(TELL, sentence, term.clause.cited, marks=term.marks)]


def filing_tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Filed, of it by silence, returned."""
    totals = table.totals
    return [
        Cell("报备", f"{totals['filings']}", unit="件"),
        Cell("其中视同备案", f"{totals['silent']}", unit="件"),
        Cell("退回", f"{totals['returned']}", unit="件", tone="refused" if totals["returned"] else ""),
        Cell("已备案", f"{totals['filed']}", unit="件", main=True),
    ]


FILING_ROWS = Detail(
    "filings",
    "备案",
    FILING_READERS,
    filings,
    (
        OutColumn("村", width=14),
        OutColumn("事项"),
        OutColumn("收到日期", "date"),
        OutColumn("办理日期", "date"),
        OutColumn("备案号", width=22),
        OutColumn("登记状态"),
    ),
    lambda row: (
        str(row.plan.organisation.region),
        f"第{row.plan.version_no}版方案",
        row.received_on,
        row.answered_on,
        row.number,
        row.get_state_display(),
    ),
    lambda row: reverse("filing", args=[row.pk]),
    key_field="office",
    fen="",
    unit="件",
    related=("plan__organisation__region",),
)

FILINGS = Report(
    "R10",
    "方案备案",
    "方案报到各单位几天办完，哪些退回、哪些到期视同备案？",
    "镇街、社保、农业农村查自己的备案，区级督促时用",
    "方案备案记录",
    FILING_READERS,
    ("NX-17",),
    filing_columns,
    filing_facts,
    (CASE, KEY, VILLAGE, TOWN),
    by_details(FILING_ROWS),
    filing_remarks,
    filing_tops,
    key_words="备案单位",
    empty="这个年度没有备案，或者本地不要求备案。",
)


def suspensions(scope: Scope) -> QuerySet[Suspension]:
    """Suspensions that touch the year: begun in it or before, and not resumed before it."""
    rows = Suspension.objects.exclude(state=SuspensionState.WITHDRAWN).filter(
        effective_on__year__lte=scope.year, asked_on__lte=scope.on
    )
    return scope.within(rows.exclude(active_on__year__lt=scope.year))


def cancelled(scope: Scope) -> QuerySet[Line]:
    """Lines of the year that a suspension cancelled."""
    return scope.within(Line.objects.filter(year=scope.year, state=LineState.CANCELLED))


def suspension_facts(scope: Scope) -> list[Fact]:
    """One fact a village that was suspended, with every date on the way."""
    sums = Gather()
    sums.add(cancelled(scope), {"cancelled_n": count(), "cancelled_fen": fen()})
    of_village = {codes[2]: cells for codes, cells in sums.found.items()}
    causes = {key: str(view.value) for key, view in scope.rules.table("suspension_cause").items()}
    return [_suspension(row, causes, of_village) for row in suspensions(scope).order_by("effective_on", "pk")]


def _suspension(row: Suspension, causes: dict[str, str], cancelled_of: dict[str, Any]) -> Fact:
    # Of a village suspended twice the lines stand beside the first one only.
    gone = cancelled_of.pop(row.village_code, {})
    days = {
        name: day.isoformat() if (day := getattr(row, name)) else None
        for name in ("asked_on", "effective_on", "executed_on", "resume_asked_on", "active_on")
    }
    cells = {"suspensions": 1, "cause": causes.get(row.cause, row.cause), **days, **gone}
    cells["running"] = int(row.state in (SuspensionState.SUSPENDED, SuspensionState.RESUME_APPLIED))
    cells["standing"] = row.get_state_display()
    url = reverse("suspension", args=[row.pk])
    return Fact(row.county_code, row.town_code, row.village_code, cells, row.cause, str(cells["cause"]), url)


def suspension_columns(scope: Scope) -> list[Column]:
    """From the village's request to its resumption."""
    return [
        Column("suspensions", "暂停（次）", meaning="报请暂停、没有撤回的", ground="plan", is_one=True),
        Column("asked_on", "报请日期", DAY),
        Column("effective_on", "暂停起始", DAY),
        Column("executed_on", "社保办理", DAY),
        Column(
            "cancelled_n", "取消的人", meaning="暂停时还没有缴款、因此取消的人", ground="plan", of="cancelled"
        ),
        Column("cancelled_fen", "取消金额（元）", AMOUNT, "因暂停取消的补助", of="cancelled", width=14),
        Column("resume_asked_on", "申请恢复", DAY),
        Column("active_on", "恢复起始", DAY),
        Column("running", "暂停中", meaning="现在还暂停着的"),
        Column("standing", "状态", CHIP),
    ]


SUSPENSIONS = Report(
    "R10-suspensions",
    "暂停和恢复",
    "哪些村暂停了补助，什么原因，取消了多少，什么时候恢复？",
    "社保、农业农村、区级掌握暂停情况时用",
    "暂停补助记录",
    FILING_READERS,
    ("NX-18", "NX-19"),
    suspension_columns,
    suspension_facts,
    (CASE, KEY, TOWN),
    by_details(line_detail("cancelled", "因暂停取消的人员", cancelled, LINE_READERS)),
    key_words="事由",
    empty="这个年度没有村暂停补助。",
)
