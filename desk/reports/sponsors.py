"""R9: what donors gave, who keeps it, what of it reached members (CS-15, JN-18, NX-09)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.look import TELL, Cell, Finding
from core.sheets.writer import OutColumn
from desk.progress import POSTED
from desk.reports.gathering import Gather, count, fen, persons
from desk.reports.lines import LINE_READERS, line_detail
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    CASE,
    KEY,
    PERSONS,
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
from ledger.enums import Source
from policies.parameters import CUSTODIANS, SPONSOR_KINDS
from subsidies.models import Line, Pool
from subsidies.selectors.donations import BALANCE
from subsidies.workflow.donations import POOL_READERS


def pools(scope: Scope) -> QuerySet[Pool]:
    """Donors' pools of the year that were open by the day asked, with what is left of each."""
    rows = Pool.objects.filter(year=scope.year, source=Source.SPONSOR, opened_on__lte=scope.on)
    return scope.within(rows).annotate(left=BALANCE, donor_key=F("donor_id"), donor_kind=F("donor__kind"))


def lines(scope: Scope) -> QuerySet[Line]:
    """Members on whose accounts donors' money was posted."""
    rows = Line.objects.filter(
        year=scope.year, source=Source.SPONSOR, state__in=POSTED, posted_on__lte=scope.on
    )
    return scope.within(rows).annotate(
        donor_key=F("plan__pool__donor_id"),
        donor_kind=F("plan__pool__donor__kind"),
        keeper=F("plan__pool__custody"),
    )


SUMS = {
    "pools": count(),
    "income": fen("income_fen"),
    "reserved": fen("reserved_fen"),
    "remitted": fen("remitted_fen"),
    "refunded": fen("refunded_fen"),
    "returned": fen("returned_fen"),
    "left_fen": fen("left"),
}


def donor_facts(scope: Scope) -> list[Fact]:
    """One fact a pool: a donor's gift to one village."""
    told = dict(
        lines(scope)
        .order_by()
        .values_list("plan__pool_id")
        .annotate(people=persons())
        .values_list("plan__pool_id", "people")
    )
    rows = pools(scope).select_related("donor").order_by("donor__name", "pk")
    return [_pool(row, told.get(row.pk, 0)) for row in rows]


def _pool(row: Any, people: int) -> Fact:
    cells = {
        "kind": SPONSOR_KINDS.get(row.donor.kind, row.donor.kind),
        "custody": row.charity_name or CUSTODIANS.get(row.custody, row.custody),
        "pools": 1,
        "income": row.income_fen,
        "reserved": row.reserved_fen,
        "remitted": row.remitted_fen,
        "refunded": row.refunded_fen,
        "returned": row.returned_fen,
        "left_fen": row.left,
        "people": people,
    }
    url = reverse("pool", args=[row.pk])
    return Fact(
        row.county_code, row.town_code, row.village_code, cells, str(row.donor_id), row.donor.name, url
    )


def _grouped(field: str, line_field: str, words: Mapping[str, str]) -> Callable[[Scope], list[Fact]]:
    """Facts by village and one property of the pools."""

    def facts(scope: Scope) -> list[Fact]:
        gather = Gather()
        gather.add(pools(scope), SUMS, key=field)
        gather.add(lines(scope), {"people": persons()}, key=line_field)
        return gather.facts(words)

    return facts


def _columns(scope: Scope) -> list[Column]:
    """What came in, what is spoken for, paid, back, returned, left; how many members had of it."""
    return [
        Column("pools", "专款（笔）", meaning="资助方按协议建立的专款", of="pools", is_one=True),
        Column("income", "资助收入（元）", AMOUNT, "收到的资助款", of="pools", take="income_fen", width=14),
        Column(
            "reserved",
            "已占用（元）",
            AMOUNT,
            "复核通过、还没有缴款的",
            of="pools",
            take="reserved_fen",
            width=14,
        ),
        Column("remitted", "已缴款（元）", AMOUNT, "税务已收到的", of="pools", take="remitted_fen", width=14),
        Column(
            "refunded",
            "退费退回（元）",
            AMOUNT,
            "退费以后回到专款的",
            of="pools",
            take="refunded_fen",
            width=14,
        ),
        Column(
            "returned",
            "退还资助人（元）",
            AMOUNT,
            "凭书面申请退还的",
            of="pools",
            take="returned_fen",
            width=14,
        ),
        Column(
            "left_fen",
            "结余（元）",
            AMOUNT,
            "收入减占用、缴款、退还，加退费退回",
            of="pools",
            take="left",
            width=14,
        ),
        Column("people", "受助人数", meaning="资助款已记账的人，各笔分别计", of="lines", take=PERSONS),
    ]


def _donor_columns(scope: Scope) -> list[Column]:
    return [
        Column("kind", "资助方种类", TEXT, width=16),
        Column("custody", "谁管理", TEXT, meaning="村集体、慈善组织，或者直接给受益人", width=18),
        *_columns(scope),
    ]


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """From which document donors may give, with the clause (CS-15, JN-18, NX-09)."""
    allowed = [view for view in scope.rules.table("sponsor_allowed").values() if view.value is True]
    if not allowed:
        return []
    names = "、".join(SPONSOR_KINDS.get(view.key, view.key) for view in allowed)
    sentence = _("可以资助的：%(names)s。资助款专款专用，不计入奖励基数。") % {"names": names}
    return [Finding(TELL, sentence, allowed[0].clause.cited, marks=allowed[0].marks)]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Given, spent, left."""
    totals = table.totals
    return [
        Cell("资助收入", totals["income"], f"{totals['pools']}笔"),
        Cell("已缴款", totals["remitted"]),
        Cell("受助", f"{totals['people']:,}", unit="人"),
        Cell("结余", totals["left_fen"], main=True),
    ]


def _details(pool_field: str, line_field: str) -> dict[str, Detail]:
    return by_details(
        Detail(
            "pools",
            "资助专款",
            POOL_READERS,
            pools,
            (
                OutColumn("镇街", width=14),
                OutColumn("村", width=14),
                OutColumn("资助方", width=24),
                OutColumn("种类", width=16),
                OutColumn("谁管理", width=18),
                OutColumn("收入（元）", "amount", 14),
                OutColumn("已缴款（元）", "amount", 14),
                OutColumn("结余（元）", "amount", 14),
            ),
            lambda row: (
                str(row.organisation.region.parent),
                str(row.organisation.region),
                row.donor.name,
                SPONSOR_KINDS.get(row.donor.kind, row.donor.kind),
                row.charity_name or CUSTODIANS.get(row.custody, row.custody),
                row.income_fen,
                row.remitted_fen,
                row.left,
            ),
            lambda row: reverse("pool", args=[row.pk]),
            key_field=pool_field,
            fen="income_fen",
            unit="笔",
            related=("donor", "organisation__region__parent"),
        ),
        line_detail("lines", "受资助的人员", lines, LINE_READERS, key_field=line_field),
    )


_USED_BY = "民政、社保、审计核对资助款，向资助方交代时用"
_SOURCE = "资助方登记、资助专款、补助人员名单"
_RULES = ("CS-15", "JN-18", "NX-09")
DONORS = Report(
    "R9",
    "社会资助",
    "谁资助了哪个村，钱由谁管，用了多少、还剩多少？",
    _USED_BY,
    _SOURCE,
    POOL_READERS,
    _RULES,
    _donor_columns,
    donor_facts,
    (CASE, KEY, VILLAGE, TOWN),
    _details("donor_key", "donor_key"),
    remarks,
    tops,
    key_words="资助方",
    empty="这个年度没有社会资助。",
)
KINDS = Report(
    "R9-kinds",
    "按资助方种类",
    "企业、社会组织、慈善组织、个人各资助了多少？",
    _USED_BY,
    _SOURCE,
    POOL_READERS,
    _RULES,
    _columns,
    _grouped("donor_kind", "donor_kind", SPONSOR_KINDS),
    (KEY, VILLAGE, TOWN),
    _details("donor_kind", "donor_kind"),
    remarks,
    tops,
    key_words="资助方种类",
    empty="这个年度没有社会资助。",
)
CUSTODIES = Report(
    "R9-custody",
    "按管理方式",
    "资助款由村集体管、慈善组织管、直接给本人的各有多少？",
    _USED_BY,
    _SOURCE,
    POOL_READERS,
    _RULES,
    _columns,
    _grouped("custody", "keeper", CUSTODIANS),
    (KEY, VILLAGE, TOWN),
    _details("custody", "keeper"),
    remarks,
    tops,
    key_words="谁管理",
    empty="这个年度没有社会资助。",
)
