"""The acts on registers. Source: CS-04 (checklist), CS-19 (experience notes), JN-16 (town summaries), CS-24, JN-17."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from core.errors import ActorNotPermitted, InvalidInput, NotInArea, TransitionNotAllowed
from core.workflow import By, Effect, Step, require_text, run_creation, run_step
from desk.enums import EntryState
from desk.models import Entry, Outreach, Selection, Summary
from desk.registers import rules
from desk.registers import workflow as steps
from policies.selectors import Rulebook, rulebook
from villages.models import CollectiveOrganisation, Region


@dataclass(frozen=True, slots=True)
class Event:
    """What is recorded of an event: a kind and what was explained by their keys in the rulebook."""

    kind: str
    title: str
    held_on: date
    attended_count: int
    explained: Iterable[str] = field(default_factory=tuple)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a village or a town sums up: of which year and term (0: the whole year)."""

    year: int
    title: str
    text: str
    term_no: int = 0


def record_event(region_code: str, *, by: By, event: Event) -> Outreach:
    """Record an event held in a place, with the number who came.

    Raises InvalidInput for a kind or an item the rulebook does not name, a day to come, or nobody there.
    """
    region = _region(region_code)

    def create() -> tuple[Outreach, Effect]:
        book = rulebook(region_code, on=by.on)
        kinds = book.table("event_kind")
        _require(event.kind in kinds, "kind", _("本地的政策文件没有这种形式，请从列出的里面选"))
        _require(event.held_on <= by.on, "held_on", _("日期在业务日期以后，请改成举办的那一天"))
        _require(event.attended_count > 0, "attended_count", _("请填参加人数"))
        known = rules.explained_items(book)
        explained = [key for key in known if key in set(event.explained)]
        _require(len(explained) == len(set(event.explained)), "explained", _("请从列出的内容里选"))
        row = Outreach.objects.create(
            region=region,
            kind=event.kind,
            title=_short(Outreach, "title", require_text(event.title, _("请填主题。"), name="title")),
            held_on=event.held_on,
            attended_count=event.attended_count,
            explained=explained,
            note=_short(Outreach, "note", event.note),
            year=event.held_on.year,
            **_made(region, by),
        )
        clause = kinds[event.kind].clause.name
        return row, Effect(rows_count=event.attended_count, clause=clause, figures={"year": row.year})

    return run_creation(steps.RECORD_EVENT, region, by=by, create=create)


def write_summary(region_code: str, *, by: By, note: Note) -> Summary:
    """Hand in a village's note of experience, or a town's summary of a term, where the rulebook asks for one.

    Raises TransitionNotAllowed where it asks this level for none and for a term that has its summary, InvalidInput for
    a wrong term.
    """
    region = _region(region_code)

    def create() -> tuple[Summary, Effect]:
        book = rulebook(region_code, on=by.on)
        level = rules.LEVEL_OF_REGION.get(region.level, "")
        asked = rules.note_kinds(book).get(level)
        if asked is None:
            raise TransitionNotAllowed(_("本地的政策文件没有要求这一级报送总结。"))
        term_no = _term(note, level, book)
        same = {"region": region, "year": note.year, "level": level, "term_no": term_no}
        if term_no and Summary.objects.filter(**same, state=EntryState.RECORDED).exists():
            raise TransitionNotAllowed(_("这一期已经报过；写错的先作废，再重报。"))
        row = Summary.objects.create(
            **same,
            title=_short(Summary, "title", require_text(note.title, _("请填标题。"), name="title")),
            text=require_text(note.text, _("请填内容。"), name="text"),
            written_on=by.on,
            **_made(region, by),
        )
        return row, Effect(clause=asked.clause.name, figures={"year": row.year, "term": term_no})

    return run_creation(steps.WRITE_SUMMARY, region, by=by, create=create)


def _term(note: Note, level: str, book: Rulebook) -> int:
    terms = rules.terms_a_year(book) if level == rules.TOWN_LEVEL else 0
    if not terms:
        return 0
    fits = 0 < note.term_no <= terms
    _require(fits, "term_no", _("请选第几期，全年%(n)d期") % {"n": terms})
    return note.term_no


def check_selection(
    organisation_id: int, *, by: By, year: int, answers: Mapping[str, Mapping[str, Any]], conclusion: str = ""
) -> Selection:
    """Check an organisation against every criterion of the pilot, each with a reason; met by all is recommended.

    `answers` maps a criterion to `is_met` and `reason`. Raises InvalidInput, TransitionNotAllowed on a day without
    criteria (the first batch is over) and where the organisation was checked for the year.
    """
    organisation = CollectiveOrganisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        raise NotInArea

    def create() -> tuple[Selection, Effect]:
        book = rulebook(organisation.village_code, on=by.on)
        named = rules.criteria(book)
        if not named:
            raise TransitionNotAllowed(_("这一天没有遴选条件：首批遴选已经结束，或者本地不遴选。"))
        found = rules.answers_of(book, answers)
        rows = Selection.objects.filter(organisation=organisation, year=year, state=EntryState.RECORDED)
        if rows.exists():
            raise TransitionNotAllowed(_("这个组织本年度已经登记；写错的先作废，再重新登记。"))
        row = Selection.objects.create(
            organisation=organisation,
            year=year,
            checked_on=by.on,
            answers=found,
            is_recommended=all(answer["is_met"] for answer in found),
            conclusion=_short(Selection, "conclusion", conclusion),
            **_made(organisation, by),
        )
        clause = next(iter(named.values())).clause.name
        return row, Effect(rows_count=len(found), clause=clause, figures={"recommended": row.is_recommended})

    return run_creation(steps.CHECK_SELECTION, organisation, by=by, create=create)


def strike_event(pk: int, *, by: By, reason: str) -> Entry:
    """Strike an event out: it counts nowhere any more and stays readable. Only who recorded it may."""
    return _strike(steps.STRIKE_EVENT, Outreach, pk, by=by, reason=reason)


def strike_summary(pk: int, *, by: By, reason: str) -> Entry:
    """Strike a note or a summary out; another may take its place."""
    return _strike(steps.STRIKE_SUMMARY, Summary, pk, by=by, reason=reason)


def strike_selection(pk: int, *, by: By, reason: str) -> Entry:
    """Strike a checklist out; another may take its place."""
    return _strike(steps.STRIKE_SELECTION, Selection, pk, by=by, reason=reason)


def _strike(step: Step, model: type[Entry], pk: int, *, by: By, reason: str) -> Entry:
    def effect(row: Entry) -> Effect:
        if row.recorded_by_id != by.actor.pk:
            raise ActorNotPermitted(_("这一条由%(who)s登记，只能由本人作废。") % {"who": row.recorded_by})
        row.struck_reason = _short(model, "struck_reason", require_text(reason, _("请写明作废的理由。")))
        return Effect(changed=("struck_reason",), note=row.struck_reason)

    return run_step(step, model._default_manager.all(), pk, by=by, effect=effect)


STRIKE: dict[str, Callable[..., Entry]] = {
    "outreach": strike_event,
    "summary": strike_summary,
    "selection": strike_selection,
}


def _region(code: str) -> Region:
    found = Region.objects.filter(pk=code).first()
    if found is None or not found.county_code:
        raise NotInArea
    return found


def _made(place: Region | CollectiveOrganisation, by: By) -> dict[str, Any]:
    return {"recorded_by": by.actor, "last_acted_on": by.on, **place.area_codes()}


def _short(model: type[Model], name: str, text: str) -> str:
    length = model._meta.get_field(name).max_length  # type: ignore[union-attr]
    return text.strip()[:length]


def _require(is_right: bool, name: str, sentence: str) -> None:
    if not is_right:
        raise InvalidInput(f"{sentence}。", fields={name: [sentence]})
