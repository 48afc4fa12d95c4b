"""The reward of a county in sets and a plain-Python oracle agree, village by village, over random books."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor

import pytest

from core.workflow import By
from ledger.enums import Source
from policies.selectors import Rulebook, rulebook
from rewards.models import Reward
from rewards.services.computing import compute_rewards
from subsidies.enums import ApplicationState, LineState, Payee, PlanKind, PlanState, RefundState
from subsidies.models import Application, Donor, Line, Plan, PlanSource, Pool, Refund
from tests import factories
from villages.enums import Role
from villages.models import CollectiveOrganisation, Person, Region

pytestmark = pytest.mark.django_db
VILLAGES = 90
PEOPLE = 40
OPEN = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.VERIFIED,
    ApplicationState.NOTIFIED,
)
DONE = (
    ApplicationState.POSTED,
    ApplicationState.INFORMED,
    ApplicationState.CLOSED,
    ApplicationState.WITHDRAWN,
)


@dataclass(frozen=True)
class Money:
    """One line of a batch: whose money, how much, and what became of it; `back_fen` was or is to be paid back."""

    person: int
    fen: int
    state: str
    back_fen: int = 0
    is_back: bool = False
    reduces_base: bool = True


@dataclass(frozen=True)
class Batch:
    kind: str
    state: str
    lines: tuple[Money, ...]


@dataclass(frozen=True)
class Expected:
    """What a village is to be rewarded, and why not yet; `why` is empty where it may be determined."""

    headcount: int
    posted_fen: int
    base_fen: int
    cap_fen: int
    why: str


def random_books(rng: random.Random) -> list[tuple[Batch, ...]]:
    return [tuple(_batch(rng) for _ in range(rng.choice((1, 1, 2, 3)))) for _ in range(VILLAGES)]


def _batch(rng: random.Random) -> Batch:
    kind = rng.choice((PlanKind.REGULAR, PlanKind.REGULAR, PlanKind.SUPPLEMENTARY, PlanKind.SPONSORED))
    state = rng.choice((*DONE, *DONE, ApplicationState.DRAFT, rng.choice(OPEN)))
    people = rng.sample(range(PEOPLE), k=rng.randint(1, 6))
    return Batch(kind, state, tuple(_money(rng, person, state) for person in people))


def _money(rng: random.Random, person: int, of: str) -> Money:
    fen = rng.choice((20_000, 10_050, 3_333, 1))
    if of in (ApplicationState.DRAFT, *OPEN, ApplicationState.WITHDRAWN):
        return Money(
            person, fen, LineState.WITHDRAWN if of == ApplicationState.WITHDRAWN else LineState.PENDING
        )
    state = rng.choice(
        (LineState.POSTED,) * 6 + (LineState.REFUNDED, LineState.INELIGIBLE, LineState.GIVEN_UP)
    )
    if state == LineState.REFUNDED:
        return Money(person, fen, state, fen, True, rng.random() < 0.8)
    if state == LineState.POSTED and fen > 1 and rng.random() < 0.15:
        return Money(person, fen, state, rng.randint(1, fen - 1), rng.random() < 0.7, rng.random() < 0.8)
    return Money(person, fen, state)


def expected(batches: Sequence[Batch], book: Rulebook, year: int, on: date) -> Expected | None:
    """CS-13, CS-37, A-05 to A-08, A-52: the village's own money of the year, whenever posted, less what went back."""
    own = [batch for batch in batches if batch.kind != PlanKind.SPONSORED]
    assert not book.flag("source_in_reward_base", "sponsor") and book.flag(
        "source_in_reward_base", "own_funds"
    )
    lines = [line for batch in own for line in batch.lines]
    arrived = [line for line in lines if line.state in (LineState.POSTED, LineState.REFUNDED)]
    posted = sum(line.fen for line in arrived)
    back = sum(line.back_fen for line in arrived if line.is_back and line.reduces_base)
    is_open = any(batch.state in OPEN for batch in own)
    if not posted and not is_open:
        return None
    ceiling = book.get("reward_ceiling", year=year)
    rate = Fraction(int(str(ceiling.value)), 1_000_000) if ceiling else Fraction(0)
    base = max(0, posted - back)
    why = _why(
        has_rate=bool(ceiling),
        is_early=on < date(year + book.amount("reward_from_offset"), 1, 1),
        is_nothing=not posted,
        is_open=is_open,
        is_asked=any(line.back_fen and not line.is_back for line in arrived),
    )
    heads = len({line.person for line in arrived if line.state == LineState.POSTED})
    return Expected(heads, posted, base, floor(base * rate), why)


def _why(*, has_rate: bool, is_early: bool, is_nothing: bool, is_open: bool, is_asked: bool) -> str:
    if not has_rate:
        return "W-NO-RATE"
    reasons = (("early", is_early), ("nothing", is_nothing), ("batch", is_open), ("refund", is_asked))
    return next((name for name, holds in reasons if holds), "")


def lay(books: Sequence[Sequence[Batch]], year: int, officer: object) -> list[CollectiveOrganisation]:
    """The rows of these books, village by village."""
    places = Region.objects.filter(county_code=factories.COUNTY, level="village").order_by("code")[
        : len(books)
    ]
    persons = [factories.person() for _ in range(PEOPLE)]
    found = []
    for region, batches in zip(places, books, strict=True):
        org = factories.organisation(region.code)
        found.append(org)
        for number, batch in enumerate(batches, start=1):
            _lay_batch(org, batch, number, year, persons, officer)
    return found


def _lay_batch(
    org: CollectiveOrganisation, batch: Batch, number: int, year: int, persons: list[Person], officer: object
) -> None:
    area = org.area_codes()
    plan = Plan.objects.create(
        organisation=org, year=year, kind=batch.kind, version_no=number, state=PlanState.ENDED,
        in_force_on=date(year, 6, 1), drafted_by=officer, pool=_pool(org, batch, number, year, officer), **area,
    )  # fmt: skip
    if batch.kind != PlanKind.SPONSORED:
        pot = "own_funds" if batch.kind == PlanKind.SUPPLEMENTARY else "distributable_income"
        PlanSource.objects.create(plan=plan, source_type=pot, amount_fen=10**6)
    application = Application.objects.create(
        plan=plan, organisation=org, year=year, batch_no=number, state=batch.state, drafted_by=officer, **area
    )
    source = Source.SPONSOR if batch.kind == PlanKind.SPONSORED else Source.COLLECTIVE
    lines = Line.objects.bulk_create(
        Line(
            application=application, position=n, person=persons[one.person], plan=plan, organisation=org, year=year,
            state=one.state, amount_fen=one.fen, source=source, **area,
        )
        for n, one in enumerate(batch.lines, start=1)
    )  # fmt: skip
    Refund.objects.bulk_create(
        Refund(
            line=line, year=year, state=RefundState.REVERSED if one.is_back else RefundState.REQUESTED,
            reason="OTHER", event_on=date(year, 7, 1), amount_fen=one.back_fen, reduces_base=one.reduces_base,
            payee=Payee.ORGANISATION, asked_by=officer, asked_on=date(year, 7, 2),
            paid_on=date(year, 7, 3) if one.is_back else None, **area,
        )
        for line, one in zip(lines, batch.lines, strict=True)
        if one.back_fen
    )  # fmt: skip


def _pool(org: CollectiveOrganisation, batch: Batch, number: int, year: int, officer: object) -> Pool | None:
    if batch.kind != PlanKind.SPONSORED:
        return None
    on, area = date(year, 5, 1), org.area_codes()
    donor = Donor.objects.create(
        kind="individual", name=f"{org.pk}-{number}", registered_by=officer, registered_on=on, **area
    )
    return Pool.objects.create(
        source=Source.SPONSOR, organisation=org, year=year, donor=donor, custody="organisation", opened_by=officer,
        opened_on=on, **area,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("year", "on"),
    [
        (2024, date(2025, 1, 10)),
        (2025, date(2025, 12, 31)),
        (2025, date(2026, 1, 1)),
        (2023, date(2025, 1, 10)),
    ],
)
@pytest.mark.rule("CS-13")
@pytest.mark.rule("CS-37")
def test_every_village_is_reckoned_as_the_oracle_does(year, on, base_data):
    officer = factories.account("officer", factories.COUNTY, Role.OFFICER)
    books = random_books(random.Random(f"{year}{on}"))
    organisations = lay(books, year, officer)

    compute_rewards(factories.COUNTY, year, by=By(officer, on))

    book = rulebook(factories.COUNTY, on=on)
    found = {
        row.organisation_id: Expected(
            row.headcount,
            row.posted_fen,
            row.base_fen,
            row.cap_fen,
            row.blocked_figures.get("why", row.blocked_code),
        )
        for row in Reward.objects.filter(year=year)
    }
    reckoned = {
        org.pk: expected(batches, book, year, on) for org, batches in zip(organisations, books, strict=True)
    }
    assert found == {pk: one for pk, one in reckoned.items() if one is not None}
    assert len(found) > VILLAGES // 2
