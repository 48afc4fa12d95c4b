"""R7: the reward of each village from its base to the payment, offsets, and the agency's account (CS-13, CS-36)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _

from core.look import ASK, TELL, Cell, Finding
from core.money import yuan_text
from core.sheets.writer import OutColumn
from desk.reports.gathering import Gather, count, fen
from desk.reports.scope import Scope
from desk.reports.shapes import AMOUNT, RATE, Column, Detail, Fact, Report, Table, by_details
from ledger.enums import AccountKind, Book
from ledger.selectors import trial_sums
from policies.rules import reward_ceiling
from rewards import workflow as steps
from rewards.enums import OffsetState, RewardState
from rewards.models import Offset, Reward
from villages.enums import Role

READERS = steps.READERS | steps.VILLAGE | {Role.DISTRICT}
PAID = Q(state=RewardState.PAID)


def rows_of(scope: Scope) -> QuerySet[Reward]:
    """The villages' rewards of the plan year, with what came in for each so far."""
    rows = Reward.objects.filter(year=scope.year)
    of_paid = Case(When(PAID, then=F("approved_fen")), default=0, output_field=BigIntegerField())
    return scope.within(rows).annotate(received_sum=F("held_fen") + of_paid)


def paid(scope: Scope) -> QuerySet[Reward]:
    """Those that reached their village."""
    return rows_of(scope).filter(PAID)


def offsets(scope: Scope) -> QuerySet[Offset]:
    """What villages owe because of refunds after the payment of this year's reward."""
    rows = Offset.objects.filter(reward__year=scope.year).annotate(rest=F("amount_fen") - F("settled_fen"))
    return scope.within(rows)


def facts(scope: Scope) -> list[Fact]:
    """One fact a village with a reward row."""
    gather = Gather()
    gather.add(
        rows_of(scope),
        {
            "villages": count(),
            "people": fen("headcount"),
            "posted": fen("posted_fen"),
            "refunded": fen("refunded_fen"),
            "base": fen("base_fen"),
            "cap": fen("cap_fen"),
            "determined": fen("determined_fen"),
            "deducted": fen("offset_fen"),
            "approved": fen("approved_fen"),
            "held": fen("held_fen"),
            "received": fen("received_sum"),
            "paid_villages": count(PAID),
            "paid": fen("approved_fen", PAID),
            "late": fen("late_fen"),
        },
    )
    gather.add(offsets(scope), {"owed": fen(), "owed_rest": fen("rest", Q(state=OffsetState.OPEN))})
    rates = dict(rows_of(scope).values_list("village_code", "rate_ppm"))
    found = gather.facts()
    for fact in found:
        fact.cells["rate"] = rates.get(fact.village_code)
    return found


def columns(scope: Scope) -> list[Column]:
    """Base → ceiling → determined → approved → received → paid; offsets beside them."""
    return [
        Column(
            "people", "补助人数", meaning="奖励基数中的人", ground="reward", of="rewards", take="headcount"
        ),
        Column(
            "posted",
            "补助记账（元）",
            AMOUNT,
            "本年度已记账的补助，村集体自己的钱",
            ground="reward",
            of="rewards",
            take="posted_fen",
            width=14,
        ),
        Column(
            "refunded",
            "退费（元）",
            AMOUNT,
            "核定前已经退回的",
            ground="reward",
            of="rewards",
            take="refunded_fen",
            width=14,
        ),
        Column("base", "奖励基数（元）", AMOUNT, "补助记账减退费", ground="reward", of="rewards", width=14),
        Column("rate", "比例上限", RATE, "按补助年度的最高比例", ground="reward", is_summed=False),
        Column(
            "cap",
            "最高可奖（元）",
            AMOUNT,
            "基数乘比例，舍去分以下",
            ground="reward",
            of="rewards",
            take="cap_fen",
            width=14,
        ),
        Column(
            "determined",
            "核定（元）",
            AMOUNT,
            "社保核定的奖励",
            ground="reward",
            of="rewards",
            take="determined_fen",
            width=14,
        ),
        Column(
            "deducted",
            "冲抵以前年度（元）",
            AMOUNT,
            "从这次奖励里扣回的",
            ground="reward",
            of="rewards",
            take="offset_fen",
            width=16,
        ),
        Column(
            "approved",
            "财政批复（元）",
            AMOUNT,
            "财政批复的奖励",
            ground="reward",
            of="rewards",
            take="approved_fen",
            width=14,
        ),
        Column(
            "received",
            "已到经办账户（元）",
            AMOUNT,
            "财政拨到社保经办账户的",
            ground="reward",
            of="rewards",
            take="received_sum",
            width=16,
        ),
        Column(
            "paid", "已拨付到村（元）", AMOUNT, "社保已经拨付到村的", ground="reward", of="paid", width=14
        ),
        Column(
            "held",
            "账户待拨（元）",
            AMOUNT,
            "到了经办账户、还没有拨付的",
            ground="reward",
            of="rewards",
            take="held_fen",
            width=14,
        ),
        Column(
            "owed",
            "应冲抵（元）",
            AMOUNT,
            "拨付以后退费，多得的奖励",
            ground="reward",
            of="offsets",
            width=14,
        ),
        Column(
            "owed_rest",
            "未冲抵（元）",
            AMOUNT,
            "还没有冲抵、退回或者核销的",
            ground="reward",
            of="offsets_open",
            width=14,
        ),
    ]


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """The ceiling of the year with its clause, and whether the agency's account holds what villages wait for."""
    found = []
    ceiling = reward_ceiling(scope.rules, scope.year)
    if ceiling is not None:
        sentence = _("%(year)d年度的奖励最高不超过补助金额的%(rate)s。") % {
            "year": scope.year,
            "rate": ceiling.shown,
        }
        found.append(Finding(TELL, sentence, ceiling.clause.cited, marks=ceiling.marks))
    held = table.totals["held"]
    if held:
        waiting = "、".join(row.label for row in table.rows if row.cells.get("held"))
        sentence = _("经办账户还有%(fen)s元没有拨付：%(who)s。") % {"fen": yuan_text(held), "who": waiting}
        found.append(Finding(ASK, sentence, scope.rules.cite_ground("reward")))
    return found


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Received, paid on, what is left; and what the agency's account holds of all years by the books."""
    totals = table.totals
    cells = [
        Cell("最高可奖", totals["cap"]),
        Cell("财政批复", totals["approved"]),
        Cell("已拨付到村", totals["paid"], main=True),
    ]
    if scope.is_whole and scope.area.column() == "county_code":
        in_transit = trial_sums(scope.area, book=Book.REWARD, on=scope.on).get(AccountKind.AGENCY_TRANSIT, 0)
        cells.insert(2, Cell("经办账户余额", in_transit, "各年度合计，按账目"))
    return cells


REWARD_COLUMNS = (
    OutColumn("镇街", width=14),
    OutColumn("村", width=14),
    OutColumn("状态"),
    OutColumn("奖励基数（元）", "amount", 14),
    OutColumn("最高可奖（元）", "amount", 14),
    OutColumn("核定（元）", "amount", 14),
    OutColumn("批复（元）", "amount", 14),
    OutColumn("账户待拨（元）", "amount", 14),
)


def _rewards(key: str, title: str, rows: Callable[[Scope], QuerySet[Any]], field: str) -> Detail:
    return Detail(
        key,
        title,
        READERS,
        rows,
        REWARD_COLUMNS,
        lambda row: (
            str(row.organisation.region.parent),
            str(row.organisation.region),
            row.get_state_display(),
            row.base_fen,
            row.cap_fen,
            row.determined_fen,
            row.approved_fen,
            row.held_fen,
        ),
        lambda row: reverse("reward", args=[row.pk]),
        fen=field,
        unit="个",
        related=("organisation__region__parent",),
    )


def _offsets(key: str, title: str, rows: Callable[[Scope], QuerySet[Any]], field: str) -> Detail:
    return Detail(
        key,
        title,
        READERS,
        rows,
        (
            OutColumn("镇街", width=14),
            OutColumn("村", width=14),
            OutColumn("应冲抵（元）", "amount", 14),
            OutColumn("已冲抵（元）", "amount", 14),
            OutColumn("发生日期", "date"),
            OutColumn("状态"),
        ),
        lambda row: (
            str(row.organisation.region.parent),
            str(row.organisation.region),
            row.amount_fen,
            row.settled_fen,
            row.opened_on,
            row.get_state_display(),
        ),
        lambda row: reverse("reward", args=[row.reward_id]),
        fen=field,
        unit="笔",
        related=("organisation__region__parent",),
    )


REPORT = Report(
    "R7",
    "财政奖励",
    "每个村的奖励算了多少、批了多少、到了多少、拨了多少，还有多少要冲抵？",
    "社保核定、财政核对、审计检查时用",
    "奖励核定表、冲抵、奖励账",
    READERS,
    ("CS-13", "CS-36"),
    columns,
    facts,
    details=by_details(
        _rewards("rewards", "奖励核定表", rows_of, "base_fen"),
        _rewards("paid", "已拨付的奖励", paid, "approved_fen"),
        _offsets("offsets", "奖励冲抵", offsets, "amount_fen"),
        _offsets(
            "offsets_open", "未冲抵", lambda scope: offsets(scope).filter(state=OffsetState.OPEN), "rest"
        ),
    ),
    remarks=remarks,
    tops=tops,
    empty="这个年度还没有测算奖励。",
)
