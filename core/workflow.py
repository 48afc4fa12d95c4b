"""The one runner of every act: permission, lock, replay, state, four eyes, effect, event. Always in that order.

A room declares its acts as `Step`s; a service hands the runner a step and an effect. Pages, API, commands and
Celery tasks call the same services, so none of them can pass by a check.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import Access, require_area, require_role
from core.calendar import day_text
from core.database import told_who_came_second
from core.errors import (
    BusinessDateRefused,
    InvalidInput,
    NotInArea,
    RuleViolation,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.models import Event, EventNote, User
from core.models.area import AreaModel, AreaQuerySet
from core.requests import claim_request_key

Row = TypeVar("Row", bound=AreaModel)
STEPS: dict[str, Step] = {}


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the office: from which states to which, by whom, on which ground.

    `ground` is a topic of the rulebook (提出申请, 税务缴款, …): which clause that is depends on place and day.

    `sources` empty: the act does not depend on a state. `target` empty: the state stays. `checks` names the
    fields that hold who made what this act checks; the actor must be none of them. `on_oneself`: the row is the
    actor's own account (`user`), wherever it stands. `unit` is what its events count
    (empty: the count says nothing of its own), `tone` the colour of their dot in 办理经过.
    """

    act: str
    label: str
    roles: frozenset[str]
    sources: frozenset[str] = frozenset()
    target: str = ""
    ground: str = ""
    checks: tuple[str, ...] = ()
    on_oneself: bool = False
    unit: str = "人"
    tone: str = "done"

    def __post_init__(self) -> None:
        if self.act in STEPS:
            raise TypeError(f"the act {self.act} is declared twice")
        STEPS[self.act] = self


@dataclass(frozen=True, slots=True)
class Ground:
    """The clause an act rests on: its `name` as events keep it, and `cited` with its words for a refusal."""

    name: str = ""
    cited: str = ""


def _no_ground(topic: str, place: Any, on: date) -> Ground:
    return Ground()


_find_ground: Callable[[str, Any, date], Ground] = _no_ground


def register_ground_finder(finder: Callable[[str, Any, date], Ground]) -> None:
    """Tell core how the clause of a topic is found for a place and a day (once, at start)."""
    global _find_ground
    _find_ground = finder


@dataclass(frozen=True, slots=True)
class Backdating:
    """How many days back an account may enter an act, and the words that say so."""

    days: int = 0
    cited: str = ""


def _no_backdating(access: Access) -> Backdating:
    return Backdating()


_find_backdating: Callable[[Access], Backdating] = _no_backdating


def register_backdating_finder(finder: Callable[[Access], Backdating]) -> None:
    """Tell core how far back a role may go where its account names no days of its own (once, at start)."""
    global _find_backdating
    _find_backdating = finder


def ground_of(step: Step, place: Any, by: By) -> Ground:
    """The clause a step rests on at a place (anything with area codes) on the act's day."""
    return _find_ground(step.ground, place, by.on) if step.ground else Ground()


@contextmanager
def grounded(step: Step, place: Any, by: By) -> Iterator[None]:
    """A rule's refusal that names no clause of its own rests on that of the act."""
    try:
        yield
    except RuleViolation as error:
        error.clause = error.clause or ground_of(step, place, by).cited
        raise


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, as of which business date, under which request key.

    `slot` receives the id of the request key's row, so that the caller can store the answer with it. `goes_on`: a
    worker goes on with what was asked for on that day; the day was checked then, and midnight changes nothing. Whoever
    starts such work again by hand has the day checked anew (`core.views_jobs.retry`).
    """

    actor: User
    on: date
    key: str = ""
    body_hash: str = ""
    slot: dict[str, int] = field(default_factory=dict)
    goes_on: bool = False

    def within(self) -> By:
        """The same actor and date for an act inside another act, whose request key is already taken."""
        return replace(self, key="", slot={})


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act did: fields changed on its row, and the figures that its event keeps (no personal data)."""

    changed: tuple[str, ...] = ()
    target: str = ""
    rows_count: int | None = None
    amount_fen: int | None = None
    reason_code: str = ""
    clause: str = ""
    note: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


class StatefulModel(AreaModel):
    """A row with a state that only the runner writes; `version` counts its acts, for stale forms."""

    state = models.CharField("状态", max_length=20)
    version = models.PositiveIntegerField(default=0)
    last_acted_on = models.DateField("最近办理日期", null=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        abstract = True


def run_step(
    step: Step,
    queryset: models.QuerySet[Row],
    pk: int,
    *,
    by: By,
    effect: Callable[[Row], Effect],
    expected_version: int | None = None,
) -> Row:
    """Move one row by one step, exactly once, and return it.

    Raises ActorNotPermitted, NotInArea, Replayed, RequestKeyReused, TransitionNotAllowed, SeparationOfDuties,
    BusinessDateRefused, or whatever the effect raises; nothing is kept then.
    """
    access = require_role(by.actor, step.roles, step.label)
    with told_who_came_second(step.label), transaction.atomic():
        row = _lock(queryset, pk)
        if step.on_oneself:
            _require_oneself(by.actor, row)
        else:
            require_area(by.actor, row)
        claim_request_key(by, step.act)
        _require_state(step, row, expected_version)
        require_another_person(by.actor, [getattr(row, name) for name in step.checks])
        _require_date(access, by, getattr(row, "last_acted_on", None))
        found_state = getattr(row, "state", "")
        with grounded(step, row, by):
            done = effect(row)
        _write(row, step, done, by)
        record_event(step, row, done, by, from_state=found_state)
    return row


def run_creation(
    step: Step,
    place: Any,
    *,
    by: By,
    create: Callable[[], tuple[Row, Effect]],
    not_before: date | None = None,
) -> Row:
    """Make a new row in the area of `place` (anything with the three code columns), exactly once.

    `create` returns the saved row and its effect; `not_before` is the day of what the row follows. Raises as
    `run_step` does.
    """
    access = require_role(by.actor, step.roles, step.label)
    with told_who_came_second(step.label), transaction.atomic():
        require_area(by.actor, place)
        claim_request_key(by, step.act)
        _require_date(access, by, not_before)
        with grounded(step, place, by):
            row, done = create()
        record_event(step, row, done, by, to_state=getattr(row, "state", ""))
    return row


def move_rows(queryset: models.QuerySet, sources: Iterable[str], target: str, **fields: Any) -> int:
    """Move a set of rows, whose batch the caller has locked, in one statement; return how many moved."""
    return queryset.filter(state__in=list(sources)).update(state=target, **fields)


def _lock(queryset: models.QuerySet[Row], pk: int) -> Row:
    row = queryset.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None:
        raise NotInArea
    return row


def _require_state(step: Step, row: Any, expected_version: int | None) -> None:
    stale = expected_version is not None and row.version != expected_version
    if (step.sources and row.state not in step.sources) or stale:
        raise TransitionNotAllowed(
            already_done_sentence(step, row), found=row.state, allowed=sorted(step.sources), act=step.act
        )


def already_done_sentence(step: Step, row: Any) -> str:
    """Who was there first and when, for the one who lost the race."""
    state = row.get_state_display() if hasattr(row, "get_state_display") else row.state
    last = (
        Event.objects.filter(object_type=row._meta.label_lower, object_id=row.pk)
        .select_related("actor")
        .order_by("-id")
        .first()
    )
    if last is None or last.actor is None:
        return _("当前状态是“%(state)s”，不能办理“%(act)s”。") % {"state": state, "act": step.label}
    when = timezone.localtime(last.at)
    return _("%(who)s已于%(when)s办理，现在是“%(state)s”；您这次的“%(act)s”没有生效。") % {
        "who": last.actor,
        "when": f"{when.month}月{when.day}日{when:%H:%M}",
        "state": state,
        "act": step.label,
    }


def require_another_person(actor: User, makers: Iterable[int | None]) -> None:
    """Raise `SeparationOfDuties` where the actor made what he is about to check."""
    if actor.pk in set(makers):
        raise SeparationOfDuties(_("这是您本人经办的，须由另一人复核。"))


def _require_date(access: Access, by: By, not_before: date | None) -> None:
    if by.goes_on:
        require_not_before(by.on, not_before)
    else:
        require_business_date(access, by.on, not_before=not_before)


def require_business_date(access: Access, on: date, *, not_before: date | None = None) -> None:
    """Raise `BusinessDateRefused` for a date that the act may not carry; the demo allows any day.

    How far back an act may go, the account says, or for its roles the rulebook of today.
    """
    today = timezone.localdate()
    require_not_before(on, not_before)
    if settings.DEMO:
        return
    if on > today:
        raise BusinessDateRefused(_("业务日期%(on)s在今天以后，请改为今天或以前。") % {"on": day_text(on)})
    if on == today:
        return
    own = access.backdate_days
    allowed = Backdating(own) if own is not None else _find_backdating(access)
    if on < today - timedelta(days=allowed.days):
        who = _("岗位") if own is None else _("账号")
        raise BusinessDateRefused(
            _(
                "您的%(who)s最多可补录%(days)d天以内的业务，%(on)s太早。须补录更早的业务，请管理员在账号里放宽可补录天数。"
            )
            % {"who": who, "days": allowed.days, "on": day_text(on)},
            clause=allowed.cited,
            days=allowed.days,
        )


def require_not_before(on: date, *days: date | None) -> None:
    """Raise `BusinessDateRefused` for a date before the last of the days on which what it follows was done."""
    last = max((day for day in days if day is not None), default=on)
    if on < last:
        raise BusinessDateRefused(
            _("业务日期%(on)s早于上一步的日期%(last)s，请改为当天或以后。")
            % {"on": day_text(on), "last": day_text(last)}
        )


def _require_oneself(actor: User, row: Any) -> None:
    if getattr(row, "user_id", None) != actor.pk:
        raise NotInArea


def _write(row: Any, step: Step, done: Effect, by: By) -> None:
    changed = set(done.changed)
    target = done.target or step.target
    if target:
        row.state = target
        changed.add("state")
    if isinstance(row, StatefulModel):
        row.version += 1
        row.last_acted_on = by.on
        changed |= {"version", "last_acted_on"}
    if changed:
        row.save(update_fields=sorted(changed))


def record_event(
    step: Step, row: AreaModel, done: Effect, by: By, *, from_state: str = "", to_state: str = ""
) -> Event:
    """Write the event of an act; called by the runner, and by jobs for what they did in one chunk."""
    event = _event(step, row, done, by, from_state, to_state)
    event.save(force_insert=True)
    if done.note:
        EventNote.objects.create(event=event, text=done.note)
    return event


def record_events(step: Step, done: Iterable[tuple[StatefulModel, Effect]], by: By) -> None:
    """Write an event for each of many rows, as they were before one act moved all of them, in two statements."""
    pairs = [(_event(step, row, effect, by, row.state, step.target), effect) for row, effect in done]
    events = Event.objects.bulk_create([event for event, _effect in pairs])
    notes = [(event, effect.note) for event, (_made, effect) in zip(events, pairs, strict=True)]
    EventNote.objects.bulk_create([EventNote(event=event, text=note) for event, note in notes if note])


def _event(step: Step, row: AreaModel, done: Effect, by: By, from_state: str, to_state: str) -> Event:
    event = Event(
        on=by.on,
        actor=by.actor,
        act=step.act,
        object_type=row._meta.label_lower,
        object_id=row.pk,
        from_state=from_state,
        to_state=to_state or getattr(row, "state", ""),
        rows_count=done.rows_count,
        amount_fen=done.amount_fen,
        reason_code=done.reason_code,
        clause=done.clause or ground_of(step, row, by).name,
        figures=done.figures,
        **row.area_codes(),
    )
    event.content_hash = content_hash(event)
    return event


def content_hash(event: Event) -> str:
    """SHA-256 over what the event says, in a fixed order."""
    fields = [
        event.on.isoformat(),
        event.actor_id,
        event.act,
        event.object_type,
        event.object_id,
        event.from_state,
        event.to_state,
        event.rows_count,
        event.amount_fen,
        event.reason_code,
        event.clause,
        event.figures,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def require_text(text: str, message: str, *, name: str = "reason") -> str:
    """Return the stripped text; raise `InvalidInput` with the sentence where it is empty."""
    if not text.strip():
        raise InvalidInput(message, fields={name: [message]})
    return text.strip()
