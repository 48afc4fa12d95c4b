"""R8: how far the yearly cap is used, by whose money, and who is at it (CS-09, JN-10, NX-13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core.look import TELL, Cell, Finding
from core.sheets.writer import OutColumn
from desk.reports.gathering import PLACE, Gather, count, fen, share
from desk.reports.lines import line_detail
from desk.reports.scope import Scope
from desk.reports.shapes import AMOUNT, RATE, Column, Detail, Fact, Report, Table, by_details
from ledger.enums import Source
from ledger.models import CapUse
from policies.rules import min_tier_fen, yearly_cap
from policies.selectors import Rulebook
from subsidies.enums import LineState
from subsidies.models import Line, PriorGrant
from subsidies.workflow.applications import READERS as LINE_READERS
from villages.enums import AGENCY, CASE_READERS, Role

# What holds a part of the cap: confirmed and not taken back (`ledger.caps`).
HOLDING = (LineState.ELIGIBLE, LineState.REMITTED, LineState.POSTED)


def lines(scope: Scope) -> QuerySet[Line]:
    """Lines that hold a part of the cap."""
    return scope.within(Line.objects.filter(year=scope.year, state__in=HOLDING))


def own_lines(scope: Scope) -> QuerySet[Line]:
    """Of them those of the villages' own money."""
    return lines(scope).filter(source=Source.COLLECTIVE)


def given_lines(scope: Scope) -> QuerySet[Line]:
    """Of them those of donors' money."""
    return lines(scope).filter(source=Source.SPONSOR)


def grants(scope: Scope) -> QuerySet[PriorGrant]:
    """What was granted outside this system."""
    return scope.within(PriorGrant.objects.filter(year=scope.year))


def uses(scope: Scope) -> QuerySet[CapUse]:
    """Each person with a used cap, once, under the village that granted him most lately; `rest` is what is left."""
    of_lines = lines(scope).filter(person=OuterRef("person")).order_by("-pk")
    of_grants = grants(scope).filter(person=OuterRef("person")).order_by("-pk")
    codes = {
        name: Coalesce(
            Subquery(of_lines.values(name)[:1]),
            Subquery(of_grants.values(name)[:1]),
            output_field=CharField(),
        )
        for name in PLACE
    }
    rows = CapUse.objects.filter(year=scope.year, reserved_fen__gt=0)
    return rows.annotate(**codes, rest=F("limit_fen") - F("reserved_fen")).filter(village_code__isnull=False)


def lowest_fen(rules: Rulebook, year: int) -> int:
    """The lowest tier of the year: with less than that left, a person is near his cap; nought without a table."""
    return min_tier_fen(rules, year) if rules.table("contribution_tier", year=year) else 0


def at_cap(scope: Scope) -> QuerySet[CapUse]:
    """Those with nothing left."""
    return uses(scope).filter(rest__lte=0)


def near_cap(scope: Scope) -> QuerySet[CapUse]:
    """Those with less left than the lowest tier, and something."""
    return uses(scope).filter(rest__gt=0, rest__lt=lowest_fen(scope.rules, scope.year))


def facts(scope: Scope) -> list[Fact]:
    """One fact a village."""
    gather = Gather()
    lowest = lowest_fen(scope.rules, scope.year)
    gather.add(
        uses(scope),
        {
            "people": count(),
            "at_cap": count(Q(rest__lte=0)),
            "near_cap": count(Q(rest__gt=0, rest__lt=lowest)),
            "used": fen("reserved_fen"),
            "allowed": fen("limit_fen"),
        },
    )
    own, given = Q(source=Source.COLLECTIVE), Q(source=Source.SPONSOR)
    gather.add(lines(scope), {"own": fen(only=own), "sponsored": fen(only=given)})
    gather.add(
        grants(scope),
        {
            "prior_own": fen(only=~Q(source=Source.SPONSOR)),
            "prior_sponsored": fen(only=Q(source=Source.SPONSOR)),
        },
    )
    return gather.facts()


def columns(scope: Scope) -> list[Column]:
    """Persons at and near the cap; the cap's use by source."""
    return [
        Column(
            "people",
            "占用上限的人",
            meaning="本年度有补助或资助占用上限的人，每人只计一次",
            of="uses",
            ground="standard",
        ),
        Column("at_cap", "已到上限", meaning="剩余额度为零的人", of="at_cap", ground="standard"),
        Column(
            "near_cap",
            "接近上限",
            meaning="剩余额度不够一个最低缴费档次的人",
            of="near_cap",
            ground="standard",
        ),
        Column(
            "own",
            "集体补助（元）",
            AMOUNT,
            "复核通过、没有撤回退费的补助",
            ground="standard",
            of="own",
            width=14,
        ),
        Column("prior_own", "期初补助（元）", AMOUNT, "系统启用以前已经补助的", of="grants", width=14),
        Column(
            "sponsored",
            "社会资助（元）",
            AMOUNT,
            "企业、社会组织、慈善组织、个人的资助",
            of="given",
            ground="standard",
            width=14,
        ),
        Column(
            "prior_sponsored", "期初资助（元）", AMOUNT, "系统启用以前已经资助的", of="sponsored", width=14
        ),
        Column("used", "已占用（元）", AMOUNT, "占用上限的合计", of="uses", ground="standard", width=14),
        Column(
            "allowed",
            "上限合计（元）",
            AMOUNT,
            "这些人的年度上限合计",
            of="uses",
            take="limit_fen",
            ground="standard",
            width=14,
        ),
        Column(
            "share",
            "使用率",
            RATE,
            "已占用除以上限合计",
            reckon=lambda c: share(c.get("used", 0), c.get("allowed")),
        ),
    ]


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """The cap of the year with its clause."""
    if not scope.rules.table("contribution_tier", year=scope.year) or scope.rules.get("cap_basis") is None:
        return []
    cap = yearly_cap(scope.rules, scope.year)
    sentence = _("%(year)d年度每人上限%(cap)s元（当年最高缴费档次）。") % {
        "year": scope.year,
        "cap": f"{cap.amount_fen // 100:,}",
    }
    return [Finding(TELL, sentence, cap.clause.cited, marks=cap.marks)]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Who is at the cap, who is near it."""
    totals = table.totals
    return [
        Cell("占用上限的人", f"{totals['people']:,}", unit="人"),
        Cell("接近上限", f"{totals['near_cap']:,}", unit="人"),
        Cell("已到上限", f"{totals['at_cap']:,}", unit="人", main=True),
    ]


USE_COLUMNS = (
    OutColumn("姓名"),
    OutColumn("身份证后四位", "code"),
    OutColumn("上限（元）", "amount", 14),
    OutColumn("已占用（元）", "amount", 14),
    OutColumn("剩余（元）", "amount", 14),
)


def _uses(
    key: str, title: str, rows: Callable[[Scope], QuerySet[Any]], field: str = "reserved_fen"
) -> Detail:
    return Detail(
        key,
        title,
        LINE_READERS,
        rows,
        USE_COLUMNS,
        lambda row: (row.person.name, row.person.last4, row.limit_fen, row.reserved_fen, row.rest),
        lambda row: reverse("explanation", args=[row.person_id, row.year]),
        fen=field,
        unit="人",
        related=("person",),
    )


def _grants(key: str, title: str, only: Q) -> Detail:
    def cells(row: PriorGrant) -> tuple[Any, ...]:
        return (
            row.person.name,
            row.person.last4,
            row.get_source_display(),
            row.giver,
            row.amount_fen,
            row.granted_on,
        )

    return Detail(
        key,
        title,
        LINE_READERS,
        lambda scope: grants(scope).filter(only),
        (
            OutColumn("姓名"),
            OutColumn("身份证后四位", "code"),
            OutColumn("来源"),
            OutColumn("补助（资助）单位", width=24),
            OutColumn("金额（元）", "amount", 14),
            OutColumn("记账日期", "date"),
        ),
        cells,
        lambda row: reverse("explanation", args=[row.person_id, row.year]),
        unit="笔",
        related=("person",),
    )


REPORT = Report(
    "R8",
    "补助上限使用",
    "每人每年的补助上限用了多少，谁已经到顶、谁快到顶？",
    "社保复核前心里有数，村里定标准时参考",
    "复核通过的补助、期初补助、社会资助",
    AGENCY | CASE_READERS | {Role.CLERK},
    ("CS-09", "JN-10", "NX-13"),
    columns,
    facts,
    details=by_details(
        _uses("uses", "占用上限的人员", uses),
        _uses("at_cap", "已到上限的人员", at_cap),
        _uses("near_cap", "接近上限的人员", near_cap),
        line_detail("own", "占用上限的补助", own_lines, LINE_READERS),
        line_detail("given", "占用上限的资助", given_lines, LINE_READERS),
        _grants("grants", "期初补助", ~Q(source=Source.SPONSOR)),
        _grants("sponsored", "期初资助", Q(source=Source.SPONSOR)),
    ),
    remarks=remarks,
    tops=tops,
    empty="这个年度还没有人占用上限。",
)
