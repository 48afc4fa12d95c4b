"""R4: payment notices against what the tax office returned, and which are overdue (CS-17c, CS-30)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core.look import ASK, Cell, Finding
from core.sheets.writer import OutColumn
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    CASE,
    CHIP,
    DAY,
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
from policies.selectors import reason_text
from subsidies.enums import NoticeState
from subsidies.models import Difference, PaymentNotice, TaxRow
from subsidies.workflow import notices as steps

STANDING = (NoticeState.ISSUED, NoticeState.PART_PAID, NoticeState.PAID)


def notices(scope: Scope) -> QuerySet[PaymentNotice]:
    """Notices of the year that stand (void and replaced ones left out), with what the tax office returned."""
    standing = TaxRow.objects.standing().filter(notice=OuterRef("pk"), recorded_on__lte=scope.on)
    rows = standing.order_by().values("notice")
    open_cases = Difference.objects.filter(notice=OuterRef("pk"), state__in=steps.UNSETTLED)
    found = PaymentNotice.objects.filter(
        application__year=scope.year, state__in=STANDING, issued_on__lte=scope.on
    ).annotate(
        received_fen=Coalesce(_of(rows, Sum("net_fen")), 0),
        received_n=Coalesce(_of(rows, Count("pk")), 0),
        fed_back_on=Subquery(rows.annotate(n=Max("recorded_on")).values("n")),
        open_count=Coalesce(_of(open_cases.order_by().values("notice"), Count("pk")), 0),
    )
    return scope.within(found)


def _of(rows: QuerySet[Any], what: Any) -> Subquery:
    return Subquery(rows.annotate(n=what).values("n"), output_field=BigIntegerField())


def days_late(notice: Any, *, on: date) -> int:
    """How many days after its deadline a notice's feedback came, or is still missing; nought in time (W-LATE)."""
    until = notice.fed_back_on if notice.state == NoticeState.PAID and notice.fed_back_on else on
    return max((until - notice.due_on).days, 0)


def facts(scope: Scope) -> list[Fact]:
    """One fact a notice, the longest overdue first."""
    rows = [_fact(notice, scope.on) for notice in notices(scope).order_by("village_code", "issued_on", "pk")]
    return sorted(rows, key=lambda fact: -fact.cells["late_days"])


def _fact(notice: Any, on: date) -> Fact:
    late = days_late(notice, on=on)
    cells = {
        "notices": 1,
        "issued_on": notice.issued_on.isoformat(),
        "due_on": notice.due_on.isoformat(),
        "headcount": notice.headcount,
        "amount_fen": notice.amount_fen,
        "received_n": notice.received_n,
        "received_fen": notice.received_fen,
        "gap_fen": notice.amount_fen - notice.received_fen,
        "fed_back_on": notice.fed_back_on.isoformat() if notice.fed_back_on else None,
        "open_cases": notice.open_count,
        "late": int(late > 0),
        "late_days": late,
        "standing": _word(notice, late),
    }
    url = reverse("notice", args=[notice.pk])
    return Fact(
        notice.county_code, notice.town_code, notice.village_code, cells, str(notice.pk), notice.number, url
    )


def _word(notice: Any, late: int) -> str:
    if notice.state == NoticeState.PAID:
        return str(NoticeState.PAID.label)
    return _("已逾期") if late else str(NoticeState(notice.state).label)


def columns(scope: Scope) -> list[Column]:
    """Issued, due, returned, the difference, days late."""
    return [
        Column(
            "notices",
            "通知书（份）",
            meaning="没有作废、没有换开的缴款通知书",
            ground="remittance",
            is_one=True,
        ),
        Column("issued_on", "开具日期", DAY),
        Column("due_on", "缴款期限", DAY, ground="remittance"),
        Column("headcount", "应缴人数", meaning="通知书上的人", ground="remittance"),
        Column("amount_fen", "应缴金额（元）", AMOUNT, "通知书的金额", ground="remittance", width=14),
        Column(
            "received_n",
            "回传（条）",
            meaning="税务回传、没有冲销的缴款记录",
            ground="remittance",
            of="tax_rows",
        ),
        Column(
            "received_fen",
            "回传金额（元）",
            AMOUNT,
            "税务回传的金额，减去退回的",
            ground="remittance",
            of="tax_rows",
            width=14,
        ),
        Column("gap_fen", "未到金额（元）", AMOUNT, "应缴减回传；负数是多缴", ground="remittance", width=14),
        Column("fed_back_on", "最近回传", DAY),
        Column("open_cases", "未处理差异", meaning="还没有办结的对账差异", ground="remittance", of="cases"),
        Column("late", "逾期（份）", meaning="过了缴款期限才缴清，或者还没有缴清", ground="remittance"),
        Column(
            "late_days", "逾期天数", meaning="从缴款期限次日算到缴清；没有缴清的算到业务日期", is_summed=False
        ),
        Column("standing", "状态", CHIP),
    ]


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """What is overdue, with the clause by which money comes on time and in full (CS-17c)."""
    late = [fact for row in table.rows for fact in row.facts if fact.cells["late"]]
    if not late:
        return []
    worst = max(fact.cells["late_days"] for fact in late)
    words = {"n": len(late), "days": reason_text("W-LATE", days=worst), "number": late[0].label}
    sentence = _("%(n)d份通知书没有按期缴清，最久的%(days)s（%(number)s）。") % words
    return [Finding(ASK, sentence, scope.rules.cite_ground("remittance"))]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Due, returned, overdue."""
    totals = table.totals
    return [
        Cell("应缴", totals["amount_fen"], f"{totals['notices']}份通知书"),
        Cell("税务回传", totals["received_fen"], main=True),
        Cell("逾期", str(totals["late"]), unit="份", tone="refused" if totals["late"] else ""),
    ]


TAX_ROWS = Detail(
    "tax_rows",
    "税务回传的缴款记录",
    steps.READERS,
    lambda scope: scope.within(
        TaxRow.objects.standing().filter(
            notice__application__year=scope.year,
            notice__state__in=STANDING,
            notice__issued_on__lte=scope.on,
            recorded_on__lte=scope.on,
        )
    ),
    (
        OutColumn("通知书", width=22),
        OutColumn("姓名"),
        OutColumn("身份证后四位", "code"),
        OutColumn("实缴金额（元）", "amount", 14),
        OutColumn("缴款日期", "date"),
        OutColumn("税票号", "code", 18),
        OutColumn("核对"),
    ),
    lambda row: (
        row.notice.number,
        row.name,
        row.last4,
        row.net_fen,
        row.paid_on,
        row.voucher,
        row.get_match_display(),
    ),
    lambda row: reverse("reconciliation", args=[row.notice_id]),
    key_field="notice_id",
    fen="net_fen",
    related=("notice",),
)
CASES = Detail(
    "cases",
    "未处理的对账差异",
    steps.READERS,
    lambda scope: scope.within(
        Difference.objects.filter(
            notice__application__year=scope.year,
            notice__state__in=STANDING,
            notice__issued_on__lte=scope.on,
            state__in=steps.UNSETTLED,
        )
    ).annotate(short_fen=F("expected_fen") - F("found_fen")),
    (
        OutColumn("通知书", width=22),
        OutColumn("种类"),
        OutColumn("通知书金额（元）", "amount", 14),
        OutColumn("税务金额（元）", "amount", 14),
        OutColumn("处理"),
        OutColumn("状态"),
    ),
    lambda row: (
        row.notice.number,
        row.get_kind_display(),
        row.expected_fen,
        row.found_fen,
        row.get_settlement_display(),
        row.get_state_display(),
    ),
    lambda row: reverse("reconciliation", args=[row.notice_id]),
    key_field="notice_id",
    fen="short_fen",
    unit="件",
    related=("notice",),
)

REPORT = Report(
    "R4",
    "缴款与税务回传",
    "开出的缴款通知书，税务收到了多少，哪些过了期限还没有缴清？",
    "税务催缴、社保对账时用",
    "缴款通知书、税务回传、对账差异",
    steps.READERS,
    ("CS-17", "CS-30"),
    columns,
    facts,
    (CASE, VILLAGE, TOWN, UNIT),
    by_details(TAX_ROWS, CASES),
    remarks,
    tops,
    key_words="通知书",
    empty="这个年度还没有开具缴款通知书。",
)
