"""The runner of acts on a set of villages' rows: same order as for one row, one event a row, few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.access import require_area, require_role
from core.bulk import UPDATED_ROWS
from core.errors import InvalidInput, NotInArea, TransitionNotAllowed
from core.lengths import REMARK_TEXT
from core.models import Event, EventNote
from core.requests import claim_request_key
from core.workflow import (
    By,
    Effect,
    Step,
    already_done_sentence,
    content_hash,
    ground_of,
    grounded,
    require_another_person,
    require_business_date,
)
from rewards.models import Reward
from villages.models import Region


@dataclass(frozen=True, slots=True)
class Done:
    """What an act did to one row: its effect, and the state it was found in."""

    row: Reward
    effect: Effect
    found_state: str


def lock_rows(rows: QuerySet[Reward]) -> list[Reward]:
    """Lock rows in the order of their keys, so that two acts wait for each other and never both."""
    found = rows.select_for_update(of=("self",)).select_related("organisation__region__parent")
    return list(found.order_by("pk"))


def county_of(code: str, *, by: By) -> Region:
    """The county as the place of an act. Raises NotInArea."""
    county = Region.objects.filter(pk=code, county_code=code).first()
    if county is None:
        raise NotInArea
    require_area(by.actor, county)
    return county


def run_rows(step: Step, ids: Iterable[int], *, by: By, effect: Callable[[Reward], Effect]) -> list[Reward]:
    """Move every one of these rows by one step, or none, and return them.

    Raises InvalidInput for no row, and as `core.workflow.run_step` does.
    """
    wanted = set(ids)
    access = require_role(by.actor, step.roles, step.label)
    with transaction.atomic():
        rows = lock_rows(Reward.objects.filter(pk__in=wanted))
        if not wanted:
            raise InvalidInput(_("没有选村。请先勾选，再%(act)s。") % {"act": step.label})
        if len(rows) != len(wanted):
            raise NotInArea
        for row in rows:
            require_area(by.actor, row)
        claim_request_key(by, step.act)
        for row in rows:
            _require_free(step, row, by)
            require_business_date(access, by.on, not_before=row.last_acted_on)
        with grounded(step, rows[0], by):
            done = [Done(row, effect(row), row.state) for row in rows]
        keep(step, done, by)
    return rows


def _require_free(step: Step, row: Reward, by: By) -> None:
    if step.sources and row.state not in step.sources:
        raise TransitionNotAllowed(
            f"{row.organisation.region}：{already_done_sentence(step, row)}",
            found=row.state,
            allowed=sorted(step.sources),
            act=step.act,
        )
    require_another_person(by.actor, [getattr(row, name) for name in step.checks])


def keep(step: Step, done: Sequence[Done], by: By) -> None:
    """Write the rows of an act and one event for each: three statements, however many rows."""
    if not done:
        return
    changed = {"state", "version", "last_acted_on"}
    for one in done:
        one.row.state = one.effect.target or step.target or one.row.state
        one.row.version += 1
        one.row.last_acted_on = by.on
        changed |= set(one.effect.changed)
    Reward.objects.bulk_update([one.row for one in done], sorted(changed), batch_size=UPDATED_ROWS)
    keep_events(step, done, by)


def keep_events(step: Step, done: Sequence[Done], by: By) -> None:
    """One event a row, with the words given; all rows are of one county and rest on its ground."""
    ground = ground_of(step, done[0].row, by).name
    events = [_event(step, one, by, ground) for one in done]
    Event.objects.bulk_create(events)
    notes = [
        EventNote(event=event, text=one.effect.note)
        for event, one in zip(events, done, strict=True)
        if one.effect.note
    ]
    EventNote.objects.bulk_create(notes)


def _event(step: Step, one: Done, by: By, ground: str) -> Event:
    effect = one.effect
    event = Event(
        on=by.on,
        actor=by.actor,
        act=step.act,
        object_type=one.row._meta.label_lower,
        object_id=one.row.pk,
        from_state=one.found_state,
        to_state=one.row.state,
        rows_count=effect.rows_count,
        amount_fen=effect.amount_fen,
        reason_code=effect.reason_code,
        clause=(effect.clause or ground)[:REMARK_TEXT],
        figures=effect.figures,
        **one.row.area_codes(),
    )
    event.content_hash = content_hash(event)
    return event
