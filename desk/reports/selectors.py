"""Every read of reports: what a reader may open, a report as it stands, the rows behind a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from core.access import Area, access_of, require_role
from core.errors import NotInArea
from core.models import User
from core.typed import MOST_DIGITS
from desk.enums import ClosingState
from desk.models import ReportSnapshot, YearClosing
from desk.reports.catalogue import BY_CODE, READERS, REPORTS
from desk.reports.folding import table_of, with_later
from desk.reports.scope import Ask, Scope
from desk.reports.shapes import AMOUNT, CASE, PERSONS, UNIT, Column, Detail, Fact, Report, Table
from villages.models import Region


@dataclass(frozen=True, slots=True)
class Made:
    """A report as one reader sees it: his scope, the table, how it is folded, and the closing it is kept by."""

    report: Report
    scope: Scope
    table: Table
    fold: str
    closing: YearClosing | None = None
    is_live: bool = True

    @property
    def folds(self) -> list[str]:
        """The ways of putting it together that make sense here."""
        return [fold for fold in self.report.folds if fold != UNIT or self.scope.unit_codes]


@dataclass(frozen=True, slots=True)
class Drilled:
    """The rows behind one figure, with their number, and the figure reckoned from them once more."""

    report: Report
    column: Column
    detail: Detail
    scope: Scope
    rows: QuerySet[Any]
    count: int
    figure: int


def reports_for(actor: User) -> list[Report]:
    """The reports that the actor's roles may read."""
    access = require_role(actor, READERS, "报表")
    return [report for report in REPORTS if access.may(report.roles)]


def report_of(actor: User, code: str) -> tuple[Report, Area]:
    """One report with the actor's area; raises NotInArea for an unknown one, ActorNotPermitted."""
    report = BY_CODE.get(code)
    if report is None:
        raise NotInArea
    area = require_role(actor, report.roles, f"报表：{report.title}").area
    assert area is not None
    return report, area


def made(actor: User, code: str, ask: Ask, *, on: date, live: bool = False) -> Made:
    """A report of a year: as it stands, or of a closed year as it was, with what changed since beside it (A-17).

    `live` asks for today's figures of a closed year. Raises NotInArea, ActorNotPermitted.
    """
    report, area = report_of(actor, code)
    scope = Scope(area, ask, on)
    fold = ask.fold if ask.fold in report.folds else report.folds[0]
    now = _table(report, scope, report.facts(scope), fold, ask)
    closing = closing_of(area, ask.year)
    if closing is None or live:
        return Made(report, scope, now, fold, closing)
    assert closing.closed_on is not None
    then = replace(scope, on=closing.closed_on)
    stored = _table(report, then, stored_facts(closing, report.code, scope), fold, ask)
    return Made(report, then, with_later(stored, now), fold, closing, is_live=False)


def _table(report: Report, scope: Scope, facts: Sequence[Fact], fold: str, ask: Ask) -> Table:
    columns = report.columns(scope)
    table = table_of(columns, facts, scope, fold=fold, words=ask.words, sort=ask.sort or report.sort)
    # How many there are is said above the table also where each row is one.
    table.columns = [one for one in columns if not (fold == CASE and one.is_one)]
    return table


def closing_of(area: Area, year: int) -> YearClosing | None:
    """The closing of the area's county for a year; None above the county."""
    if not area.code:
        return None
    county = Region.objects.filter(pk=area.code).values_list("county_code", flat=True).first()
    rows = YearClosing.objects.filter(county_code=county or "-", year=year, state=ClosingState.CLOSED)
    return rows.select_related("proposed_by", "closed_by").first()


def stored_facts(closing: YearClosing, code: str, scope: Scope) -> list[Fact]:
    """The facts of a closed year that lie within the scope; none of a report that was not kept."""
    kept = ReportSnapshot.objects.filter(closing=closing, code=code).first()
    facts = [Fact(**fact) for fact in kept.facts] if kept else []
    return [fact for fact in facts if _lies_within(fact, scope)]


def _lies_within(fact: Fact, scope: Scope) -> bool:
    ask = scope.ask
    if not scope.area.holds(fact):
        return False
    if (ask.town and fact.town_code != ask.town) or (ask.village and fact.village_code != ask.village):
        return False
    names = {scope.unit_codes.get(fact.county_code), scope.unit_codes.get(fact.town_code)}
    return not ask.unit or ask.unit in names


def drilled(actor: User, code: str, of: str, ask: Ask, *, on: date) -> Drilled:
    """The rows behind a figure (`of`: its column): of one village, town, unit and key exactly what the report counted.

    Raises NotInArea for a figure that has no rows, ActorNotPermitted where they are not for the actor's roles.
    """
    report, area = report_of(actor, code)
    scope = Scope(area, replace(ask, town="", village="", unit=""), on)
    with_rows = [column for column in report.columns(scope) if column.of]
    column = next((one for one in with_rows if not of or one.key == of), None)
    if column is None:
        raise NotInArea
    detail = report.details[column.of]
    require_role(actor, detail.roles, f"报表明细：{detail.title}")
    rows = _narrowed(detail, scope, ask)
    count = rows.count()
    figure = _figure(column, detail, rows, count)
    return Drilled(report, column, detail, scope, rows.select_related(*detail.related), count, figure)


def _figure(column: Column, detail: Detail, rows: QuerySet[Any], count: int) -> int:
    if column.take == PERSONS:
        return rows.order_by().values(detail.person).distinct().count()
    field = column.take or (detail.fen if column.kind == AMOUNT else "")
    return (rows.order_by().aggregate(sum=Sum(field))["sum"] or 0) if field else count


def _narrowed(detail: Detail, scope: Scope, ask: Ask) -> QuerySet[Any]:
    rows = detail.rows(scope)
    for name, code in (("town_code", ask.town), ("village_code", ask.village)):
        if code:
            rows = rows.filter(**{f"{detail.prefix}{name}": code})
    if ask.unit:
        rows = rows.filter(of_unit(scope, ask.unit, detail.prefix))
    return _of_key(rows, detail, ask.key) if ask.key and detail.key_field else rows


def _of_key(rows: QuerySet[Any], detail: Detail, key: str) -> QuerySet[Any]:
    # A number that no column holds is a row that is not there, on both engines.
    if key.isdecimal() and len(key) > MOST_DIGITS:
        raise NotInArea
    try:
        return rows.filter(**{detail.key_field: key})
    except ValueError as error:
        raise NotInArea from error


def of_unit(scope: Scope, name: str, prefix: str = "") -> Q:
    """Rows of the places that a unit administers; for a county's own name those that no functional zone has."""
    codes = [code for code, unit in scope.unit_codes.items() if unit == name]
    in_codes = Q(**{f"{prefix}county_code__in": codes}) | Q(**{f"{prefix}town_code__in": codes})
    if codes:
        return in_codes
    zones = list(scope.unit_codes)
    in_zones = Q(**{f"{prefix}county_code__in": zones}) | Q(**{f"{prefix}town_code__in": zones})
    counties = Region.objects.filter(level="county", short_name=name).values("code")
    return Q(**{f"{prefix}county_code__in": counties}) & ~in_zones


def may_open(actor: User, detail: Detail) -> bool:
    """Whether the rows behind a figure are for the actor's roles."""
    return access_of(actor).may(detail.roles)


def choices(actor: User, scope: Scope) -> dict[str, Any]:
    """Towns, villages of the chosen town, and units to narrow a report by; empty where there is nothing to choose."""
    area = scope.area
    level = area.column()
    towns = Region.objects.none()
    if level == "county_code" or area.towns:
        towns = Region.objects.filter(level="township", **area.filters())
    town = area.own_town or scope.ask.town
    villages = Region.objects.none()
    if town and level != "village_code":
        villages = Region.objects.filter(level="village", town_code=town)
    in_area = set(scope.unit_codes.values()) if level == "county_code" else set()
    return {
        "towns": list(towns.order_by("code").values_list("code", "short_name")),
        "villages": list(villages.order_by("code").values_list("code", "short_name")),
        "units": sorted(in_area),
    }


def figure_url_args(row_place: dict[str, str], column: Column, ask: Ask) -> dict[str, str]:
    """What the address of a figure's rows names: year, the filters asked for, the row's own place and key."""
    given = {"town": ask.town, "village": ask.village, "unit": ask.unit, "key": ask.key} | row_place
    return {
        "of": column.key,
        "year": str(ask.year),
        **{name: value for name, value in given.items() if value},
    }
