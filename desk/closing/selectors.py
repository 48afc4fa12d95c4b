"""Reads of closed years: which are closed, which wait, what of a year is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Count, QuerySet

from core.access import access_of, require_role
from core.errors import NotInArea
from core.models import User
from desk.closing import workflow as steps
from desk.closing.items import BY_KEY, Kind, OpenItem, open_items
from desk.closing.services import last_day_of_year
from desk.enums import ClosingState
from desk.models import LeftOver, YearClosing
from subsidies.models import Plan
from villages.models import Region


def closings_within(actor: User) -> QuerySet[YearClosing]:
    """Closings of the counties in the actor's area, or of the county his town or village lies in."""
    area = require_role(actor, steps.CLOSING_READERS, "年度关账").area
    assert area is not None
    wide = area.column() in ("", "county_code")
    rows = (
        YearClosing.objects.within(area)
        if wide
        else YearClosing.objects.filter(county_code=_county(area.code))
    )
    rows = rows.select_related("proposed_by", "closed_by").annotate(left_count=Count("left_over"))
    return rows.order_by("-year", "county_code", "-pk")


def _county(code: str) -> str:

    return Region.objects.filter(pk=code).values_list("county_code", flat=True).first() or "-"


def closing(actor: User, pk: int) -> YearClosing:
    """One of them; raises NotInArea."""
    found = closings_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def left_over(actor: User, found: YearClosing) -> QuerySet[LeftOver]:
    """What a closing left over, of the actor's own area."""
    area = access_of(actor).area
    assert area is not None
    return found.left_over.filter(**area.filters()).order_by("kind", "village_code", "pk")


def kind_title(key: str) -> str:
    """What a kind of open things is called."""
    return BY_KEY[key].title if key in BY_KEY else key


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A plan year of a county that is not closed: whether its time is over, and how much is still open."""

    year: int
    last_day: date
    is_over: bool


def own_county(actor: User) -> str:
    """The county whose years an officer closes; raises NotInArea for a wider or smaller area."""
    area = require_role(actor, steps.CLOSING_READERS, "年度关账").area
    if area is None or area.column() != "county_code" or _county(area.code) != area.code:
        raise NotInArea
    return area.code


def open_years(county_code: str, *, on: date) -> list[OpenYear]:
    """Plan years with plans that are neither closed nor proposed, newest first."""
    live = [ClosingState.PROPOSED, ClosingState.CLOSED]
    known = YearClosing.objects.filter(county_code=county_code, state__in=live).values("year")
    plans = Plan.objects.filter(county_code=county_code).exclude(year__in=known)
    years = plans.order_by("-year").values_list("year", flat=True).distinct()
    days = [(year, last_day_of_year(county_code, year, on=on)) for year in years]
    return [OpenYear(year, last, on > last) for year, last in days]


def by_kind(county_code: str, year: int, *, on: date) -> list[tuple[Kind, list[OpenItem]]]:
    """What is open of a year, kind by kind."""
    found = open_items(county_code, year, on=on)
    return [(kind, list(items)) for kind, items in groupby(found, key=lambda item: item.kind)]


def waiting_for(actor: User) -> list[YearClosing]:
    """Proposals that the actor may confirm."""
    if not access_of(actor).may(steps.CONFIRM.roles):
        return []
    rows = closings_within(actor).filter(state=ClosingState.PROPOSED)
    return [row for row in rows if may_confirm(actor, row)]


def may_confirm(actor: User, found: YearClosing) -> bool:
    """Whether a closing waits for the actor's word: another's proposal, in his area and not only of his county."""
    access = access_of(actor)
    assert access.area is not None
    return (
        found.state == ClosingState.PROPOSED
        and access.may(steps.CONFIRM.roles)
        and access.area.holds(found)
        and found.proposed_by_id != actor.pk
    )
