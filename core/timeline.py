"""办理经过: events in the words that pages show, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.look import TimelineItem
from core.models import Event
from core.money import yuan_text
from core.workflow import STEPS

SHOWN_EVENTS = 60


def events_of(row: Model) -> QuerySet[Event]:
    """What happened to one row, newest first, with who did it and what was said."""
    events = Event.objects.filter(object_type=row._meta.label_lower, object_id=row.pk)
    return events.select_related("actor", "note").order_by("-pk")


def timeline_of(
    row: Model, *, events: QuerySet[Event] | None = None, waits_for: str = "", until: date | None = None
) -> list[TimelineItem]:
    """What happened to a row, or these events, with what is waited for, and until when, on top."""
    found = events_of(row) if events is None else events
    items = [_item(event, times) for event, times in merged(found[:SHOWN_EVENTS])]
    when = _("期限 %(day)s") % {"day": until} if until else ""
    return [TimelineItem(waits_for, when, tone="next"), *items] if waits_for else items


# Acts that agree in all of these tell a reader nothing new the second time.
SAME_ACT = ("act", "on", "actor_id", "object_type", "rows_count", "amount_fen")


def merged(events: Iterable[Event]) -> list[tuple[Event, int]]:
    """Events with how often they stand in a row: the same act on one day by one person is told once."""
    found: list[tuple[Event, int]] = []
    for event in events:
        last = found[-1][0] if found else None
        if (
            last
            and _note(event) == _note(last)
            and all(getattr(last, n) == getattr(event, n) for n in SAME_ACT)
        ):
            found[-1] = (last, found[-1][1] + 1)
        else:
            found.append((event, 1))
    return found


def _note(event: Event) -> str:
    note = getattr(event, "note", None)
    return note.text if note is not None else ""


def event_words(event: Event) -> str:
    """One act in words: what, how many, how much."""
    step = STEPS.get(event.act)
    text = step.label if step else event.act
    unit = step.unit if step else "人"
    if event.rows_count and unit:
        text += f"{event.rows_count}{unit}"
    if event.amount_fen:
        text += _("，%(yuan)s元") % {"yuan": yuan_text(event.amount_fen)}
    return text


def aside(note: str) -> str:
    """What was noted beside an act; brackets of its own are not put into brackets."""
    if not note:
        return ""
    return f"：{note}" if "（" in note else f"（{note}）"


def times_words(times: int) -> str:
    """How often, where it was more than once."""
    return _("，%(n)d次") % {"n": times} if times > 1 else ""


def _item(event: Event, times: int) -> TimelineItem:
    step = STEPS.get(event.act)
    note = _note(event)
    text = event_words(event) + aside(note) + times_words(times)
    who = f"{event.actor}　{event.actor.title}" if event.actor else _("系统")
    when = timezone.localtime(event.at)
    shown = f"{event.on:%Y-%m-%d}" if event.on != when.date() else f"{when:%m-%d %H:%M}"
    return TimelineItem(text, shown, who, step.tone if step else "done")
