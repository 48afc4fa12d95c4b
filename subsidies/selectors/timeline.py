"""办理经过 of one row: its events as the timeline shows them, newest first."""

from __future__ import annotations

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from core.look import DONE, REFUSED, TimelineItem
from core.models import Event
from core.money import yuan_text
from core.workflow import STEPS

REFUSING = frozenset({"subsidies.refuse_refund"})
SHOWN_EVENTS = 60


def timeline_of(row: Model, *, waits_for: str = "") -> list[TimelineItem]:
    """What happened to a row, with what is waited for on top."""
    events = Event.objects.filter(object_type=row._meta.label_lower, object_id=row.pk)
    items = [_item(event) for event in events.select_related("actor", "note").order_by("-pk")[:SHOWN_EVENTS]]
    return [TimelineItem(waits_for, tone="next"), *items] if waits_for else items


def _item(event: Event) -> TimelineItem:
    step = STEPS.get(event.act)
    text = step.label if step else event.act
    if event.amount_fen:
        text += _("，%(yuan)s元") % {"yuan": yuan_text(event.amount_fen)}
    note = getattr(event, "note", None)
    if note is not None:
        text += f"（{note.text}）"
    who = f"{event.actor}　{event.actor.title}" if event.actor else _("系统")
    when = timezone.localtime(event.at)
    shown = f"{event.on:%Y-%m-%d}" if event.on != when.date() else f"{when:%m-%d %H:%M}"
    return TimelineItem(text, shown, who, REFUSED if event.act in REFUSING else DONE)
