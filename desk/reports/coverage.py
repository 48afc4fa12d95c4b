"""R1: how many organisations of each town subsidise, against the goals of the document (CS-04, CS-05, CS-18–20)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Exists, Min, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.look import ASK, TELL, Cell, Finding
from core.rates import percent_text
from core.sheets.writer import OutColumn
from desk.models import Selection
from desk.progress import POSTED, TownRow, first_batch, goals_of, last_day_of
from desk.registers.workflow import REGISTER_READERS
from desk.reports.baseline import EVENT_ROWS, SUMMARY_ROWS
from desk.reports.gathering import PLACE, Gather, fen, persons, share
from desk.reports.lines import LINE_READERS, line_detail
from desk.reports.registers import NOTES, OUTREACH, chosen, held, written
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    CHIP,
    PERSONS,
    RATE,
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
from ledger.enums import Source
from policies.rules import organisations_needed_in_a_town
from subsidies.models import Line
from villages.enums import AGENCY, FINANCE, READERS, RegionLevel
from villages.models import CollectiveOrganisation, Region


def posted_lines(scope: Scope) -> QuerySet[Line]:
    """Lines of the year that were posted by the day asked, refunded later or not (A-10)."""
    rows = Line.objects.filter(
        year=scope.year, state__in=POSTED, source=Source.COLLECTIVE, posted_on__lte=scope.on
    )
    return scope.within(rows)


def registered(scope: Scope) -> QuerySet[CollectiveOrganisation]:
    """Organisations that were registered when the year's goal fell due (A-11)."""
    last = last_day_of(scope.rules, scope.year, scope.on)
    return scope.within(CollectiveOrganisation.objects.filter(registered_on__lte=last))


def begun(scope: Scope) -> QuerySet[CollectiveOrganisation]:
    """Organisations with somebody posted."""
    lines = Line.objects.filter(
        organisation=OuterRef("pk"),
        year=scope.year,
        state__in=POSTED,
        source=Source.COLLECTIVE,
        posted_on__lte=scope.on,
    )
    return scope.within(CollectiveOrganisation.objects.filter(Exists(lines)))


def in_time(scope: Scope) -> QuerySet[CollectiveOrganisation]:
    """Organisations whose first line was posted before the year's goal fell due."""
    last = last_day_of(scope.rules, scope.year, scope.on)
    lines = Line.objects.filter(
        organisation=OuterRef("pk"),
        year=scope.year,
        state__in=POSTED,
        source=Source.COLLECTIVE,
        posted_on__lte=last,
    )
    return scope.within(CollectiveOrganisation.objects.filter(Exists(lines)))


def recommended(scope: Scope) -> QuerySet[Selection]:
    """Organisations that met every criterion of the first batch (CS-04)."""
    return chosen(scope).filter(is_recommended=True)


def facts(scope: Scope) -> list[Fact]:
    """One fact an organisation, and one a town, also where no village of it is registered yet (CS-05)."""
    gather = Gather()
    towns = scope.within(Region.objects.filter(level=RegionLevel.TOWNSHIP))
    for codes in towns.order_by("code").values_list(*PLACE):
        gather.cells(codes)
    for codes in registered(scope).order_by("village_code").values_list(*PLACE):
        gather.cells(codes)["registered"] = 1
    gather.add(posted_lines(scope), {"persons": persons(), "fen": fen()})
    last = last_day_of(scope.rules, scope.year, scope.on)
    firsts = posted_lines(scope).order_by().values_list(*PLACE).annotate(first=Min("posted_on"))
    for *codes, first in firsts:
        gather.cells(codes).update(begun=1, in_time=int(first <= last))
    gather.add(written(scope), {"notes": NOTES})
    gather.add(held(scope), {"events": OUTREACH})
    gather.add(recommended(scope), {"chosen": NOTES})
    return gather.facts()


def columns(scope: Scope) -> list[Column]:
    """Counts, the share of organisations, and where goals are set how many began in time."""
    has_goal = bool(scope.rules.get("goal_towns", year=scope.year)) or bool(
        scope.rules.get("goal_organisation_share", year=scope.year)
    )
    found = [
        Column("registered", "登记的组织", meaning="目标日以前登记的村集体经济组织", of="registered"),
        Column("begun", "已开展", meaning="本年度有1人以上记账的组织", ground="posting", of="begun"),
        Column(
            "share",
            "占登记数",
            RATE,
            "已开展的组织除以登记的组织",
            reckon=lambda c: share(c.get("begun"), c.get("registered")),
        ),
        Column(
            "persons",
            "补助人数",
            meaning="已记账的人，各村分别计",
            ground="posting",
            of="posted",
            take=PERSONS,
        ),
        Column(
            "fen",
            "补助金额（元）",
            AMOUNT,
            "已记账的补助，后来退费的不减",
            ground="posting",
            of="posted",
            width=16,
        ),
        Column("notes", "经验总结（篇）", meaning="本年度报来的经验总结和镇街小结", of="summaries"),
        Column("events", "宣传培训（场）", meaning="本年度的宣传、讲解、培训", of="events"),
    ]
    if recommended(scope).exists():
        found.insert(
            1,
            Column(
                "chosen", "遴选推荐", meaning="对照首批试点的条件，全部符合的组织", ground="plan", of="chosen"
            ),
        )
    if has_goal:
        found[-2:-2] = [
            Column(
                "in_time",
                "目标日以前开展",
                meaning="第一笔记账在年度目标日以前的组织",
                ground="posting",
                of="in_time",
            ),
        ]
        least = organisations_needed_in_a_town(scope.rules, scope.year)
        meaning = _("每个镇街要有%(n)d个以上的村开展") % {"n": least}
        found.append(
            Column("standing", "对照目标", CHIP, meaning, reckon=lambda cells: _standing(cells, least))
        )
    return found


def _standing(cells: Mapping[str, int], least: int) -> str:
    if (cells.get("in_time") or 0) >= least:
        return _("已达标")
    if (cells.get("begun") or 0) >= least:
        return _("期限以后才开展")
    return _("开展的村不够") if cells.get("begun") else _("还没有村")


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """Each goal of the document with its clause, and whether it is met; the first batch while it is behind."""
    if not scope.is_whole or scope.area.column() != "county_code":
        return []
    towns = [_town(row.key, row.label, row.cells) for row in table.rows if row.place.get("town")]
    found = goals_of(scope.rules, towns, scope.year) if towns else {}
    return [
        *_town_goal(found),
        *_share_goal(found, scope.year),
        *first_batch(scope.area, scope.rules, scope.year, scope.on),
    ]


def _town(code: str, name: str, cells: dict[str, int]) -> TownRow:
    registered, begun, in_time = (cells.get(key) or 0 for key in ("registered", "begun", "in_time"))
    return TownRow(Region(code=code, short_name=name), registered, begun, in_time)


def _town_goal(found: dict) -> list[Finding]:
    if not found or not found["towns"]:
        return []
    missing = "、".join(str(row.region) for row in found["missing_towns"])
    words = {
        "goal": found["towns"].shown,
        "n": found["towns_in_time"],
        "share": percent_text(found["towns_ppm"] // 100 * 100),
        "missing": missing,
    }
    if missing:
        sentence = _("目标%(goal)s都有村开展，现有%(n)d个（%(share)s），还没有的：%(missing)s。") % words
    else:
        sentence = _("目标%(goal)s都有村开展，已达标。") % words
    view = found["towns"]
    return [Finding(ASK if missing else TELL, sentence, view.clause.cited, marks=view.marks)]


def _share_goal(found: dict, year: int) -> list[Finding]:
    if not found or not found["share"] or not found["needed"]:
        return []
    words = {
        "year": year,
        "goal": found["share"].shown,
        "needed": found["needed"],
        "n": found["in_time"],
        "lacking": found["lacking"],
    }
    if found["lacking"]:
        sentence = (
            _("%(year)d年要有%(goal)s的组织开展，需%(needed)d个，现有%(n)d个，差%(lacking)d个。") % words
        )
    else:
        sentence = _("%(year)d年要有%(goal)s的组织开展，需%(needed)d个，现有%(n)d个，已达标。") % words
    view = found["share"]
    return [Finding(ASK if found["lacking"] else TELL, sentence, view.clause.cited, marks=view.marks)]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """The figures a leader asks for first."""
    totals = table.totals
    return [
        Cell("已开展的组织", str(totals["begun"]), unit=f"/ {totals['registered']}个"),
        Cell("补助人数", f"{totals['persons']:,}", unit="人"),
        Cell("补助金额", totals["fen"], main=True),
    ]


def organisation_rows(key: str, title: str, rows: Callable[[Scope], QuerySet[Any]]) -> Detail:
    """Organisations behind a figure."""
    return Detail(
        key,
        title,
        AGENCY | READERS | FINANCE,
        rows,
        (
            OutColumn("镇街", width=14),
            OutColumn("村", width=14),
            OutColumn("组织名称", width=36),
            OutColumn("登记日期", "date"),
        ),
        lambda row: (str(row.region.parent), str(row.region), row.name, row.registered_on),
        lambda row: reverse("organisation", args=[row.pk]),
        fen="",
        unit="个",
        related=("region__parent",),
    )


REPORT = Report(
    "R1",
    "覆盖情况",
    "各镇街有多少村开展了补助，离文件的目标还差多少？",
    "区级主管、社保、镇街向上汇报进度时用",
    "补助人员名单中已记账的人，登记的村集体经济组织",
    AGENCY | READERS | FINANCE,
    ("CS-04", "CS-05", "CS-18", "CS-19", "CS-20", "NX-02"),
    columns,
    facts,
    (TOWN, VILLAGE, UNIT),
    by_details(
        organisation_rows("registered", "登记的村集体经济组织", registered),
        organisation_rows("begun", "已开展的村集体经济组织", begun),
        organisation_rows("in_time", "目标日以前开展的村集体经济组织", in_time),
        EVENT_ROWS,
        SUMMARY_ROWS,
        Detail(
            "chosen",
            "遴选推荐的组织",
            REGISTER_READERS,
            recommended,
            (OutColumn("村", width=14), OutColumn("组织", width=36), OutColumn("核对日期", "date")),
            lambda row: (str(row.organisation.region), row.organisation.name, row.checked_on),
            lambda row: reverse("selection", args=[row.pk]),
            fen="",
            unit="个",
            related=("organisation__region",),
        ),
        line_detail("posted", "已记账的补助人员", posted_lines, LINE_READERS),
    ),
    remarks,
    tops,
    sort="-fen",
)
