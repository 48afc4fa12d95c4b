"""Every read of filings: where each office stands, and what waits for whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import date

from django.db.models import Q, QuerySet

from core.access import access_of, require_role
from core.errors import NotInArea
from core.fingerprints import fingerprint
from core.models import User
from policies.rules import filed_by_silence_on
from policies.selectors import Rulebook, rulebook
from subsidies.enums import FilingState, PlanState, SuspensionState
from subsidies.models import Filing, Plan, Suspension
from subsidies.rules.filings import PLAN_OFFICES, SUSPENSION_OFFICES, Standing, missing, standings
from subsidies.rules.pools import needs_decision
from subsidies.selectors.plans import rows_of, sources_of
from subsidies.workflow.filings import OFFICE_ROLES, READERS

# Rulebooks read while one list is made, by place and day: many rows ask for the same ones.
Books = dict[tuple[str, date], Rulebook]


def rulebook_of(place: Plan | Suspension, books: Books) -> Callable[[date], Rulebook]:
    """The rulebook of a place on any day, each read once."""

    def find(on: date) -> Rulebook:
        key = (place.village_code, on)
        if key not in books:
            books[key] = rulebook(place.village_code, on=on)
        return books[key]

    return find


def offices_table(subject: Plan | Suspension) -> str:
    """The parameter that names the offices a thing is filed with."""
    return PLAN_OFFICES if isinstance(subject, Plan) else SUSPENSION_OFFICES


def standings_of(subject: Plan | Suspension, *, on: date, books: Books | None = None) -> list[Standing]:
    """Where the filing of a plan or a suspension stands at each office on a day; empty where none is named."""
    rules_on = rulebook_of(subject, {} if books is None else books)
    if isinstance(subject, Plan) and not goes_by_decision(subject, rules_on(on)):
        return []
    offices = rules_on(on).table(offices_table(subject))
    rows = subject.filings.all() if offices else ()
    return standings(rows, offices, rulebook_on=rules_on, on=on)


def goes_by_decision(plan: Plan, rules: Rulebook) -> bool:
    """Whether a plan is decided democratically and filed; donors' money in other hands may go by its agreement."""
    return plan.pool is None or needs_decision(rules, plan.pool.custody)


def missing_filings(plan: Plan, *, on: date) -> list[Standing]:
    """The offices without which the plan may not go on; empty where the rulebook asks for no filing first."""
    if not rulebook(plan.village_code, on=on).flag("filing_before_application"):
        return []
    return missing(standings_of(plan, on=on))


def content_of_plan(plan: Plan) -> str:
    """A fingerprint of what a plan says: offices that filed it are asked again only when it changes."""
    said = [
        plan.beneficiaries,
        plan.procedure,
        [[s.source_type, s.amount_fen, s.note] for s in sources_of(plan)],
        [asdict(row) for row in rows_of(plan)],
    ]
    return _fingerprint(said)


def content_of_suspension(suspension: Suspension) -> str:
    """A fingerprint of what a suspension says."""
    return _fingerprint([suspension.cause, suspension.reason, suspension.effective_on.isoformat()])


def _fingerprint(said: object) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return fingerprint(text)


def filings_within(actor: User) -> QuerySet[Filing]:
    """Filings of the actor's area with what they are about; raises ActorNotPermitted."""
    area = require_role(actor, READERS).area
    assert area is not None
    rows = Filing.objects.within(area).exclude(plan__state=PlanState.DISCARDED)
    return with_subjects(rows)


def with_subjects(rows: QuerySet[Filing]) -> QuerySet[Filing]:
    """Filings with what they are about and its other offices' rows, whatever the number of rows."""
    places = ("plan__organisation__region__parent", "suspension__organisation__region__parent")
    others = ("plan__filings", "suspension__filings")
    return rows.select_related(*places, "answered_by").prefetch_related(*others)


def filing(actor: User, pk: int) -> Filing:
    """One filing of the actor's area; raises NotInArea otherwise."""
    found = filings_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def subject_of(row: Filing) -> Plan | Suspension:
    """What a filing is of."""
    subject = row.plan or row.suspension
    assert subject is not None
    return subject


def standing_of(row: Filing, *, on: date, books: Books | None = None) -> Standing | None:
    """Where one filing stands on a day; None where the rulebook no longer names its office."""
    found = standings_of(subject_of(row), on=on, books=books)
    return next((one for one in found if one.office == row.office), None)


def own_offices(actor: User) -> list[str]:
    """The offices of the rulebook for which the actor answers."""
    return [office for office, role in OFFICE_ROLES.items() if role in access_of(actor).roles]


def may_answer(actor: User, row: Filing) -> bool:
    """Whether the row is the actor's own office's."""
    return row.office in own_offices(actor)


def open_for(actor: User, *, on: date) -> QuerySet[Filing]:
    """Filings on which the actor's own office has yet to answer, those filed by silence left out; oldest first."""
    offices = own_offices(actor)
    area = access_of(actor).area
    if not offices or area is None:
        return Filing.objects.none()
    live = Filing.objects.within(area).filter(Q(office__in=offices) & _live())
    rows = live.filter(Q(received_on__lte=on) | Q(pk__in=_handed_on(live, on=on)))
    return with_subjects(rows.exclude(silent(rows, on=on))).order_by("received_on", "pk")


def _handed_on(live: QuerySet[Filing], *, on: date) -> list[int]:
    """Filed in turn, a later office has it once the one before counts as filed, which may be by silence (A-69)."""
    books: Books = {}
    unsent = with_subjects(live.filter(received_on__isnull=True))
    found = ((row.pk, standing_of(row, on=on, books=books)) for row in unsent)
    return [pk for pk, one in found if one is not None and one.has_it and not one.is_filed]


def _live() -> Q:
    of_plan = Q(plan__state=PlanState.RESOLVED)
    return Q(state=FilingState.PENDING) & (of_plan | Q(suspension__state=SuspensionState.FILING))


def silent(rows: QuerySet[Filing], *, on: date) -> Q:
    """The condition by which pending rows count as filed on a day because nobody returned them.

    One reckoning a village and day of receipt, whatever the number of rows.
    """
    pending = rows.filter(state=FilingState.PENDING, received_on__isnull=False)
    received = pending.order_by().values_list("village_code", "received_on").distinct()
    found = Q(pk__in=[])
    for village_code, received_on in received:
        assert received_on is not None
        counts_on = filed_by_silence_on(rulebook(village_code, on=received_on), received_on)
        if counts_on is not None and counts_on <= on:
            found |= Q(state=FilingState.PENDING, village_code=village_code, received_on=received_on)
    return found


def names_filings(actor: User, *, on: date) -> bool:
    """Whether the rulebook of the actor's place names offices that file plans."""
    area = access_of(actor).area
    return area is not None and bool(area.code) and bool(rulebook(area.code, on=on).table(PLAN_OFFICES))


def sentence_of(found: Iterable[Standing]) -> str:
    """What is missing, office by office."""
    return "；".join(one.lacking for one in found)
