"""Status lists (F19): what civil affairs, police and social insurance report of persons, brought in by the agency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.bulk import BATCH_ROWS
from core.calendar import day_text
from core.errors import InvalidInput, NotInArea
from core.lengths import DOCUMENT_TEXT, EVIDENCE_TEXT, NAME_TEXT
from core.models import User
from core.workflow import By, Effect, run_creation
from subsidies.models import Line
from subsidies.workflow import applications as steps
from villages.enums import StatusKind
from villages.models import Membership, PersonStatus, Region

LASTING_REASONS = frozenset({StatusKind.DEATH, StatusKind.NATIONALITY_LOST, StatusKind.OTHER_PENSION})


@dataclass(frozen=True, slots=True)
class StatusInput:
    """One row of a status list; the person is known already."""

    person_id: int
    kind: str
    event_on: date
    source: str = ""
    evidence: str = ""
    remark: str = ""


def record_statuses(rows: Sequence[StatusInput], *, by: By) -> list[PersonStatus]:
    """Keep what a status list reports; a restoration lifts what was reported before it.

    A row that is on file already changes nothing. What it means for open lines follows by itself: they become the
    village's work. Raises InvalidInput for a date after the act's, NotInArea for a person whom no organisation of
    the area lists. Source: CS-28, CS-34.
    """
    _require_possible(rows, by)
    places = places_of(by.actor, [row.person_id for row in rows])
    if any(row.person_id not in places for row in rows):
        raise NotInArea(_("有人员不在本区的成员名单或补助名单中。"))

    def create() -> tuple[PersonStatus, Effect]:
        made = [_status(row, places, by) for row in rows]
        PersonStatus.objects.bulk_create(made, ignore_conflicts=True, batch_size=BATCH_ROWS)
        _lift(row for row in rows if row.kind == StatusKind.RESTORED)
        kept = _kept(rows)
        return kept[0], Effect(rows_count=len(kept), figures=_by_kind(rows))

    area = by.actor.access.area
    place = Region.objects.filter(code=area.seat if area else "").first()
    if place is None:
        raise NotInArea
    run_creation(steps.RECORD_STATUSES, place, by=by, create=create)
    return _kept(rows)


def _require_possible(rows: Sequence[StatusInput], by: By) -> None:
    if not rows:
        raise InvalidInput(_("名单里没有人。"))
    for row in rows:
        if row.kind not in StatusKind.values:
            message = _("事由“%(kind)s”不在规定的种类中。") % {"kind": row.kind}
            raise InvalidInput(message, fields={"kind": [message]})
        if row.event_on > by.on:
            message = _("发生日期%(day)s晚于业务日期%(on)s。") % {
                "day": day_text(row.event_on),
                "on": day_text(by.on),
            }
            raise InvalidInput(message, fields={"event_on": [message]})


def places_of(actor: User, person_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Person → area codes of the organisation that lists him, or of his latest line, within the actor's area."""
    area = actor.access.area
    if area is None:
        return {}
    ids = list(set(person_ids))
    found: dict[int, dict[str, str]] = {}
    for line in Line.objects.within(area).filter(person__in=ids).order_by("pk"):
        found[line.person_id] = line.area_codes()
    for member in Membership.objects.within(area).filter(person__in=ids).order_by("-left_on", "pk"):
        found[member.person_id] = member.area_codes()
    return found


def keep_reason_of_leaving(lines: Iterable[Line], *, by: By, reason: str, event_on: date | None) -> None:
    """Who was taken out because he died, lost the nationality or draws another pension stays out of later lists.

    Other reasons say nothing of the person; a status that stands already is not told twice. A mistake is lifted as
    any status is. Source: CS-28, CS-34.
    """
    if reason not in LASTING_REASONS or event_on is None:
        return
    rows = list(lines)
    known = PersonStatus.objects.filter(
        person__in=[row.person_id for row in rows], kind=reason, is_lifted=False
    )
    told = set(known.values_list("person_id", flat=True))
    made = [
        PersonStatus(
            person_id=row.person_id,
            kind=reason,
            event_on=event_on,
            source=_("村集体经济组织"),
            reported_by=by.actor,
            reported_on=by.on,
            **row.area_codes(),
        )
        for row in rows
        if row.person_id not in told
    ]
    PersonStatus.objects.bulk_create(made, ignore_conflicts=True, batch_size=BATCH_ROWS)


def _status(row: StatusInput, places: dict[int, dict[str, str]], by: By) -> PersonStatus:
    return PersonStatus(
        person_id=row.person_id,
        kind=row.kind,
        event_on=row.event_on,
        source=row.source[:NAME_TEXT],
        evidence=row.evidence[:EVIDENCE_TEXT],
        remark=row.remark[:DOCUMENT_TEXT],
        reported_by=by.actor,
        reported_on=by.on,
        **places[row.person_id],
    )


def _lift(restored: Iterable[StatusInput]) -> None:
    for row in restored:
        earlier = PersonStatus.objects.filter(
            person=row.person_id, event_on__lte=row.event_on, is_lifted=False
        )
        earlier.exclude(kind=StatusKind.RESTORED).update(is_lifted=True)


def _kept(rows: Sequence[StatusInput]) -> list[PersonStatus]:
    wanted = {(row.person_id, row.kind, row.event_on) for row in rows}
    on_file = PersonStatus.objects.filter(person__in={row.person_id for row in rows}).order_by("pk")
    return [status for status in on_file if (status.person_id, status.kind, status.event_on) in wanted]


def _by_kind(rows: Sequence[StatusInput]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.kind] = counts.get(row.kind, 0) + 1
    return counts
