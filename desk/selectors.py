"""What the desk shows across rooms, always within the reader's area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from core.calendar import working_days_between
from core.lists import person_words
from core.look import TimelineItem
from core.models import Event, User
from core.navigation import Todo, todos_for
from core.timeline import event_words, merged, times_words
from desk.progress import BOARD_READERS
from desk.year_columns import county_columns, open_years, village_columns
from subsidies.models import Application, Line, Plan
from villages.enums import CASE_READERS
from villages.models import Region
from villages.selectors.people import members_within
from villages.selectors.regions import organisations_within, own_organisation

RECENT_COUNT = 6
SEARCH_ROWS = 20
NEAR_DAYS = 3
ACTIVITY_PAGE = 50


def installation_title() -> dict[str, str]:
    """Name and document shown on the login page."""
    return {}


def home(actor: User, *, on: date) -> dict[str, Any]:
    """The home page: waiting work by deadline, the year's steps, near deadlines, what the actor did lately."""
    todos = [_with_deadline(todo, on) for todo in todos_for(actor, on=on)]
    return {
        "todos": todos,
        "deadlines": [todo for todo in todos if todo["due_on"]][:RECENT_COUNT],
        "recent": recent_acts(actor),
        **_year_part(actor, on),
    }


def _with_deadline(todo: Todo, on: date) -> dict[str, Any]:
    shown = {name: getattr(todo, name) for name in ("title", "detail", "url", "button", "due_on", "count")}
    if todo.due_on is None:
        return shown | {"left": "", "tone": ""}
    if todo.due_on < on:
        return shown | {"left": _("已逾期%(n)d天") % {"n": (on - todo.due_on).days}, "tone": "over"}
    days = working_days_between(on, todo.due_on)
    left = _("剩%(n)d个工作日") % {"n": days} if todo.due_on > on else _("今天到期")
    return shown | {"left": left, "tone": "near" if days <= NEAR_DAYS else ""}


def _year_part(actor: User, on: date) -> dict[str, Any]:
    area = actor.access.area
    if area is None:
        return {}
    own = own_organisation(actor)
    if own is not None:
        columns = [(year, village_columns(own, year=year, on=on)) for year in open_years(area, on=on)]
        return {"own_years": columns, "facts": [own.name]}
    if actor.access.may(BOARD_READERS):
        columns = [(year, county_columns(actor.access, year=year, on=on)) for year in open_years(area, on=on)]
        return {"area_years": columns, "facts": [actor.access.area_title]}
    return {"facts": [actor.access.area_title]}


def recent_acts(actor: User) -> list[TimelineItem]:
    """What the actor did lately; the same act several times over on one day is one line that counts them."""
    acts = merged(own_events(actor).select_related("note")[: RECENT_COUNT * RECENT_COUNT])
    return event_items(acts[:RECENT_COUNT])


def own_events(actor: User) -> Any:
    """The actor's acts, newest first."""
    return Event.objects.filter(actor=actor).order_by("-id")


def event_items(acts: list[tuple[Event, int]]) -> list[TimelineItem]:
    """Acts as lines of a timeline: what, how many, how much, when, and in which village where there are several."""
    codes = {event.village_code for event, _times in acts} - {""}
    villages = dict(Region.objects.filter(code__in=codes).values_list("code", "short_name"))
    return [
        TimelineItem(
            event_words(event) + times_words(times),
            f"{event.on:%Y-%m-%d}",
            villages.get(event.village_code, "") if times == 1 and len(codes) > 1 else "",
        )
        for event, times in acts
    ]


def activity(actor: User, *, page: str) -> Page:
    """All acts of the actor, in pages of timeline lines."""
    found = Paginator(own_events(actor), ACTIVITY_PAGE).get_page(page)
    found.object_list = event_items([(event, 1) for event in found.object_list])
    return found


def plan_years(chosen: int, on: date) -> list[int]:
    """Years to choose from: those with plans, the chosen one and the current one, newest first."""
    known = set(Plan.objects.order_by().values_list("year", flat=True).distinct())
    return sorted(known | {chosen, on.year}, reverse=True)


@dataclass(frozen=True, slots=True)
class Found:
    """One group of search results: title, note, and items with title, detail and url."""

    title: str
    note: str
    items: list[dict[str, str]]


def search(actor: User, words: str) -> list[Found]:
    """Persons by name, pinyin or last four; batches by number; villages by name.

    In the actor's area, at most 20 of each.
    """
    if not words:
        return []
    groups = [_found_members(actor, words), _found_batches(actor, words), _found_villages(actor, words)]
    return [group for group in groups if group.items]


def _found_members(actor: User, words: str) -> Found:
    if not actor.access.may(CASE_READERS):
        return Found(_("成员"), "", [])
    rows = members_within(actor).filter(person_words(words, "person__")).order_by("person__pinyin", "pk")
    items = [
        {
            "title": row.person.name,
            "detail": f"{row.person.masked_id}　{row.organisation.region}",
            "url": reverse("member", args=[row.pk]),
        }
        for row in rows[:SEARCH_ROWS]
    ]
    return Found(_("成员"), _more(items), items)


def _found_batches(actor: User, words: str) -> Found:
    area = actor.access.area
    may_read = actor.access.may(CASE_READERS)
    rows = Application.objects.within(area) if area and may_read else Application.objects.none()
    rows = rows.filter(Q(number__contains=words) | Q(notices__number__contains=words)).distinct()
    items = [
        {
            "title": f"{row.organisation.region} {row.year}年度第{row.batch_no}批",
            "detail": f"{row.number}　{row.get_state_display()}",
            "url": reverse("application", args=[row.pk]),
        }
        for row in rows.select_related("organisation__region").order_by("-pk")[:SEARCH_ROWS]
    ]
    return Found(_("补助申请"), _more(items), items)


def _found_villages(actor: User, words: str) -> Found:
    rows = organisations_within(actor).filter(Q(name__contains=words) | Q(region__short_name__contains=words))
    items = [
        {
            "title": row.name,
            "detail": f"{row.region.parent} {row.region}",
            "url": reverse("organisation", args=[row.pk]),
        }
        for row in rows.order_by("village_code")[:SEARCH_ROWS]
    ]
    return Found(_("村集体组织"), _more(items), items)


def _more(items: list[dict[str, str]]) -> str:
    return _("只列前%(n)d条，请输得更具体些") % {"n": SEARCH_ROWS} if len(items) == SEARCH_ROWS else ""


def lines_of(actor: User, person_id: int) -> Any:
    """A person's subsidy lines that the actor may see: his own area's only."""
    area = actor.access.area
    rows = Line.objects.filter(person_id=person_id)
    rows = rows.within(area) if area else rows.none()
    return rows.select_related("application", "organisation__region").order_by("-year", "-pk")
