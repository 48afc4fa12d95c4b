"""办理经过: events in the words that pages show, newest first."""

from __future__ import annotations

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
    items = [_item(event) for event in found[:SHOWN_EVENTS]]
    when = _("期限 %(day)s") % {"day": until} if until else ""
    return [TimelineItem(waits_for, when, tone="next"), *items] if waits_for else items


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


def _item(event: Event) -> TimelineItem:
    step = STEPS.get(event.act)
    note = getattr(event, "note", None)
    text = event_words(event) + (f"（{note.text}）" if note is not None else "")
    who = f"{event.actor}　{event.actor.title}" if event.actor else _("系统")
    when = timezone.localtime(event.at)
    shown = f"{event.on:%Y-%m-%d}" if event.on != when.date() else f"{when:%m-%d %H:%M}"
    return TimelineItem(text, shown, who, step.tone if step else "done")
