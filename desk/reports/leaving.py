"""R6: who left before the money was in, and what went back after it, by reason (CS-28, CS-34)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from core.look import Cell
from core.sheets.writer import OutColumn
from desk.reports.gathering import Gather, count, fen
from desk.reports.lines import COLUMNS, LINE_READERS, RELATED, line_cells, line_url, refund_detail
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    KEY,
    TOWN,
    UNIT,
    VILLAGE,
    Column,
    Detail,
    Fact,
    Report,
    Table,
    by_details,
)
from policies.selectors import reasons
from subsidies.enums import GONE_LINES, LineState, RefundState
from subsidies.models import Line, Refund
from villages.enums import AGENCY, READERS, Role

WITHDRAWN, GIVEN_UP, CANCELLED = LineState.WITHDRAWN, LineState.GIVEN_UP, LineState.CANCELLED
NO_REASON = "OTHER"


def gone(scope: Scope) -> QuerySet[Line]:
    """Lines that left before their money was in, each with `why`."""
    why = Coalesce(NullIf("left_reason", Value("")), Value(NO_REASON), output_field=CharField())
    rows = Line.objects.filter(year=scope.year, state__in=GONE_LINES, left_on__lte=scope.on)
    return scope.within(rows).annotate(why=why)


def refunds(scope: Scope) -> QuerySet[Refund]:
    """Refunds asked for, those refused left out."""
    rows = Refund.objects.filter(year=scope.year, asked_on__lte=scope.on)
    return scope.within(rows.exclude(state=RefundState.REFUSED))


def paid_back(scope: Scope) -> QuerySet[Refund]:
    """Of them those paid back and booked."""
    return refunds(scope).filter(state=RefundState.REVERSED, paid_on__lte=scope.on)


def facts(scope: Scope) -> list[Fact]:
    """One fact a village and reason."""
    gather = Gather()
    for name, state in (("withdrawn", WITHDRAWN), ("given_up", GIVEN_UP), ("cancelled", CANCELLED)):
        sums = {f"{name}_n": count(), f"{name}_fen": fen()}
        gather.add(gone(scope).filter(state=state), sums, key="why")
    done = Q(state=RefundState.REVERSED, paid_on__lte=scope.on)
    gather.add(
        refunds(scope),
        {
            "asked_n": count(),
            "asked_fen": fen(),
            "back_n": count(done),
            "back_fen": fen(only=done),
            "taken_interest_fen": fen("interest_fen", done),
        },
        key="reason",
    )
    known = reasons()
    return sorted(
        gather.facts(lambda code: str(known[code]) if code in known else code), key=lambda fact: fact.key
    )


def columns(scope: Scope) -> list[Column]:
    """Before the money was in: withdrawn, given up, cancelled. After it: refunds."""
    return [
        Column(
            "withdrawn_n", "撤回（人）", meaning="缴款到账以前撤回的人", ground="application", of="withdrawn"
        ),
        Column(
            "withdrawn_fen",
            "撤回（元）",
            AMOUNT,
            "缴款到账以前撤回的补助",
            ground="application",
            of="withdrawn",
            width=14,
        ),
        Column(
            "given_up_n",
            "放弃缴款（人）",
            meaning="逾期没有缴、按放弃处理的人",
            ground="remittance",
            of="given_up",
        ),
        Column(
            "given_up_fen",
            "放弃缴款（元）",
            AMOUNT,
            "逾期没有缴、按放弃处理的补助",
            ground="remittance",
            of="given_up",
            width=14,
        ),
        Column(
            "cancelled_n",
            "暂停取消（人）",
            meaning="暂停补助时取消的人",
            ground="application",
            of="cancelled",
        ),
        Column(
            "asked_n",
            "申请退费（件）",
            meaning="缴款以后申请退费的，不予退费的除外",
            ground="refund",
            of="refunds",
        ),
        Column(
            "asked_fen", "申请退费（元）", AMOUNT, "申请退费的本金", ground="refund", of="refunds", width=14
        ),
        Column("back_n", "已退费（件）", meaning="已经退款并冲账的", ground="refund", of="paid_back"),
        Column(
            "back_fen", "已退费（元）", AMOUNT, "已经退款的本金", ground="refund", of="paid_back", width=14
        ),
        Column(
            "taken_interest_fen",
            "冲减利息（元）",
            AMOUNT,
            "随退费冲减的利息",
            ground="refund",
            of="paid_back",
            take="interest_fen",
            width=14,
        ),
    ]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Before and after the money was in."""
    totals = table.totals
    return [
        Cell("缴款前撤回", totals["withdrawn_fen"], f"{totals['withdrawn_n']}人"),
        Cell("放弃缴款", totals["given_up_fen"], f"{totals['given_up_n']}人"),
        Cell("已退费", totals["back_fen"], f"{totals['back_n']}件", main=True),
    ]


def _left(key: str, title: str, state: LineState) -> Detail:
    return Detail(
        key,
        title,
        LINE_READERS,
        lambda scope: gone(scope).filter(state=state),
        (*COLUMNS, OutColumn("办理日期", "date"), OutColumn("说明", width=24)),
        lambda line: (*line_cells(line), line.left_on, line.left_note),
        line_url,
        key_field="why",
        person="person",
        unit="人",
        related=RELATED,
    )


REPORT = Report(
    "R6",
    "撤回与退费",
    "多少人没有补成、多少钱退了回去，各是什么原因？",
    "社保、审计核对退费，村里查自己的撤回和退费时用",
    "补助人员名单的撤回记录、退费申请",
    AGENCY | (READERS - {Role.AGRICULTURE}) | {Role.CLERK},
    ("CS-28", "CS-34"),
    columns,
    facts,
    (KEY, VILLAGE, TOWN, UNIT),
    by_details(
        _left("withdrawn", "撤回的人员", WITHDRAWN),
        _left("given_up", "放弃缴款的人员", GIVEN_UP),
        _left("cancelled", "暂停补助时取消的人员", CANCELLED),
        refund_detail("refunds", "申请的退费", refunds, key_field="reason"),
        refund_detail("paid_back", "已退费", paid_back, key_field="reason"),
    ),
    tops=tops,
    key_words="原因",
    empty="这个年度没有撤回，也没有退费。",
)
