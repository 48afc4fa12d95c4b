"""R2: a village's money of the year from the plan to the account (CS-02, CS-31, JN-08, NX-08)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.look import ASK, Cell, Finding
from core.sheets.writer import OutColumn
from desk.progress import POSTED
from desk.reports.gathering import Gather, count, fen, persons, share
from desk.reports.lines import LINE_READERS, line_detail, refund_detail
from desk.reports.scope import Scope
from desk.reports.shapes import AMOUNT, PERSONS, RATE, Column, Detail, Fact, Report, Table, by_details
from ledger.enums import Source
from policies.parameters import CARE_GROUPS, HARDSHIP_KINDS
from policies.selectors import Rulebook
from subsidies.enums import LineState, Payee, PlanKind, PlanState, RefundState
from subsidies.models import Line, Plan, PlanSource, Refund
from subsidies.workflow.plans import PLAN_READERS
from villages.enums import AGENCY, READERS, Role
from villages.models import OrganisationIncome

STANDING = (PlanState.IN_FORCE, PlanState.ENDED)
GRANTED = (LineState.ELIGIBLE, LineState.REMITTED, *POSTED)
REMITTED = (LineState.REMITTED, *POSTED)
ORDINARY = ("", next(iter(HARDSHIP_KINDS)))


def plans(scope: Scope) -> QuerySet[Plan]:
    """Plans of the year that stand: in force, or ended with the year."""
    rows = Plan.objects.filter(year=scope.year, state__in=STANDING)
    return scope.within(rows.exclude(kind=PlanKind.SPONSORED))


def granted(scope: Scope) -> QuerySet[Line]:
    """The village's own lines that the agency confirmed and nobody took back; donors' money stands in R9."""
    rows = Line.objects.filter(year=scope.year, state__in=GRANTED, source=Source.COLLECTIVE)
    return scope.within(rows)


def remitted(scope: Scope) -> QuerySet[Line]:
    """Lines whose money is in."""
    return granted(scope).filter(state__in=REMITTED)


def posted(scope: Scope) -> QuerySet[Line]:
    """Lines on the persons' accounts, refunded later or not."""
    return granted(scope).filter(state__in=POSTED)


def refunds(scope: Scope) -> QuerySet[Refund]:
    """Refunds of the year that were paid back."""
    rows = Refund.objects.filter(year=scope.year, state=RefundState.REVERSED, line__source=Source.COLLECTIVE)
    return scope.within(rows)


def sources(scope: Scope) -> QuerySet[PlanSource]:
    """What the standing plans set aside."""
    rows = PlanSource.objects.filter(plan__year=scope.year, plan__state__in=STANDING)
    return scope.within(rows.exclude(plan__kind=PlanKind.SPONSORED), "plan__")


def incomes(scope: Scope) -> QuerySet[OrganisationIncome]:
    """Disposable income that the year's plans are held against (A-65)."""
    offset = scope.rules.get("income_year_offset")
    year = scope.year - int(str(offset.value)) if offset else scope.year
    return scope.within(OrganisationIncome.objects.filter(year=year))


def care_groups(rules: Rulebook) -> dict[str, Q]:
    """Condition on lines for each group that the rulebook asks to take care of (NX-08); empty where it names none."""
    ages_from, ages_to = rules.table("care_group_age_from"), rules.table("care_group_age_to")
    found = {}
    for key in rules.table("care_group"):
        if key in ages_from and key in ages_to:
            found[key] = Q(age__gte=ages_from[key].value, age__lte=ages_to[key].value)
        elif key in CARE_GROUPS:
            found[key] = ~Q(person_kind__in=ORDINARY)
    return found


def facts(scope: Scope) -> list[Fact]:
    """One fact an organisation that has an income, a plan or lines."""
    gather = Gather()
    gather.add(plans(scope), {"planned_n": fen("estimated_count"), "planned_fen": fen("estimated_fen")})
    gather.add(sources(scope), {"set_aside_fen": fen()}, prefix="plan__")
    gather.add(incomes(scope), {"income_fen": fen("disposable_fen")})
    of_state = {"remitted": Q(state__in=REMITTED), "posted": Q(state__in=POSTED)}
    sums: dict[str, Any] = {"granted_n": persons(), "granted_fen": fen()}
    for name, only in of_state.items():
        sums |= {f"{name}_n": persons(only=only), f"{name}_fen": fen(only=only)}
    for key, only in care_groups(scope.rules).items():
        sums[f"{key}_fen"] = fen(only=only & of_state["posted"])
    gather.add(granted(scope), sums)
    back = Q(payee=Payee.ORGANISATION)
    gather.add(refunds(scope), {"refunded_n": count(), "refunded_fen": fen(), "back_fen": fen(only=back)})
    return gather.facts()


def columns(scope: Scope) -> list[Column]:
    """From the plan to the account; the shares of the groups that the rulebook names at the end."""
    rules = scope.rules
    groups = rules.table("care_group")
    return [
        Column(
            "planned_n",
            "方案人数",
            meaning="已生效方案预计的人数",
            ground="plan",
            of="plans",
            take="estimated_count",
        ),
        Column(
            "planned_fen",
            "方案金额（元）",
            AMOUNT,
            "已生效方案预计的金额",
            ground="plan",
            of="plans",
            width=14,
        ),
        Column(
            "income_fen",
            "可支配收益（元）",
            AMOUNT,
            "补助年度上一年的可支配收益，提取公积公益金以后",
            ground="plan",
            of="incomes",
            width=15,
        ),
        Column(
            "share", "占可支配收益", RATE, "方案金额除以可支配收益", reckon=_part("planned_fen", "income_fen")
        ),
        Column(
            "granted_n",
            "复核通过（人）",
            meaning="社保复核通过、没有撤回的人",
            ground="verification",
            of="granted",
            take=PERSONS,
        ),
        Column(
            "granted_fen",
            "复核通过（元）",
            AMOUNT,
            "复核通过的补助",
            ground="verification",
            of="granted",
            width=14,
        ),
        Column(
            "remitted_fen",
            "已缴款（元）",
            AMOUNT,
            "税务已收到的补助",
            ground="remittance",
            of="remitted",
            width=14,
        ),
        Column(
            "posted_n",
            "已记账（人）",
            meaning="已记入个人账户的人",
            ground="posting",
            of="posted",
            take=PERSONS,
        ),
        Column(
            "posted_fen",
            "已记账（元）",
            AMOUNT,
            "已记入个人账户的补助，后来退费的不减",
            ground="posting",
            of="posted",
            width=14,
        ),
        Column(
            "refunded_fen",
            "已退费（元）",
            AMOUNT,
            "缴款以后依法退回的本金",
            ground="refund",
            of="refunds",
            width=14,
        ),
        Column(
            "set_aside_fen",
            "安排资金（元）",
            AMOUNT,
            "方案写明的资金来源合计",
            ground="plan",
            of="plans_sources",
            width=14,
        ),
        Column(
            "balance_fen",
            "专款结余（元）",
            AMOUNT,
            "安排资金减已缴款，加退回村集体的退费",
            ground="plan",
            reckon=_balance,
            width=14,
        ),
        *(
            Column(
                f"{key}_share",
                f"{view.value}占比",
                RATE,
                _("给%(who)s的补助占已记账补助的比例") % {"who": view.value},
                reckon=_part(f"{key}_fen", "posted_fen"),
            )
            for key, view in groups.items()
        ),
    ]


def _part(part: str, whole: str) -> Callable[[Mapping[str, Any]], int | None]:
    return lambda cells: share(cells.get(part, 0), cells.get(whole))


def _balance(cells: Mapping[str, Any]) -> int:
    return int(cells.get("set_aside_fen", 0) - cells.get("remitted_fen", 0) + cells.get("back_fen", 0))


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """Villages whose plan takes more of the income than the rulebook's line (CS-02)."""
    line = scope.rules.get("afford_warning")
    if line is None or not isinstance(line.value, int):
        return []
    over = [row.label for row in table.rows if (row.cells.get("share") or 0) > line.value]
    if not over:
        return []
    sentence = _("%(who)s的方案超过可支配收益的%(line)s，请核对能不能承受。") % {
        "who": "、".join(over),
        "line": line.shown,
    }
    return [Finding(ASK, sentence, line.clause.cited, marks=line.marks)]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Planned, posted, refunded, what remains."""
    totals = table.totals
    return [
        Cell("方案金额", totals["planned_fen"]),
        Cell("已记账", totals["posted_fen"]),
        Cell("已退费", totals["refunded_fen"]),
        Cell("实际补助", totals["posted_fen"] - totals["refunded_fen"], main=True),
    ]


PLAN_ROWS = Detail(
    "plans",
    "已生效的方案",
    PLAN_READERS,
    plans,
    (
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("方案"),
        OutColumn("预计人数", "count"),
        OutColumn("预计金额（元）", "amount", 14),
        OutColumn("状态"),
    ),
    lambda row: (
        str(row.organisation.region.parent),
        str(row.organisation.region),
        f"第{row.version_no}版",
        row.estimated_count,
        row.estimated_fen,
        row.get_state_display(),
    ),
    lambda row: reverse("plan", args=[row.pk]),
    fen="estimated_fen",
    unit="个",
    related=("organisation__region__parent",),
)
SOURCE_ROWS = Detail(
    "plans_sources",
    "方案的资金来源",
    PLAN_READERS,
    sources,
    (
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("来源", width=24),
        OutColumn("金额（元）", "amount", 14),
        OutColumn("说明", width=24),
    ),
    lambda row: (
        str(row.plan.organisation.region.parent),
        str(row.plan.organisation.region),
        row.source_type,
        row.amount_fen,
        row.note,
    ),
    lambda row: reverse("plan", args=[row.plan_id]),
    prefix="plan__",
    unit="项",
    related=("plan__organisation__region__parent",),
)
INCOME_ROWS = Detail(
    "incomes",
    "申报的可支配收益",
    AGENCY | READERS | {Role.CLERK},
    incomes,
    (
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("年度"),
        OutColumn("经营收入（元）", "amount", 14),
        OutColumn("公积公益金（元）", "amount", 14),
        OutColumn("可支配收益（元）", "amount", 14),
    ),
    lambda row: (
        str(row.organisation.region.parent),
        str(row.organisation.region),
        str(row.year),
        row.operating_income_fen,
        row.reserve_fen,
        row.disposable_fen,
    ),
    lambda row: reverse("organisation", args=[row.organisation_id]),
    fen="disposable_fen",
    unit="个",
    related=("organisation__region__parent",),
)
REPORT = Report(
    "R2",
    "补助台账",
    "每个村计划补多少、缴了多少、记了多少、退了多少，占可支配收益多大比例？",
    "社保、镇街、农业农村、审计核对资金时用；村里看自己的一行",
    "补助方案、补助人员名单、退费、申报的可支配收益",
    AGENCY | READERS | {Role.CLERK},
    ("CS-02", "CS-31", "JN-08", "NX-08"),
    columns,
    facts,
    details=by_details(
        PLAN_ROWS,
        SOURCE_ROWS,
        INCOME_ROWS,
        line_detail("granted", "复核通过的补助人员", granted, LINE_READERS),
        line_detail("remitted", "已缴款的补助人员", remitted, LINE_READERS),
        line_detail("posted", "已记账的补助人员", posted, LINE_READERS),
        refund_detail("refunds", "已退费", refunds),
    ),
    remarks=remarks,
    tops=tops,
)
