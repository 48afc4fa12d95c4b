"""Random people for the oracle, and their rows laid in bulk: every fact that eligibility looks at, near its bounds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from contributions.models import Contribution
from core.models import User
from ledger.enums import Source
from ledger.models import CapUse
from subsidies.enums import ApplicationState, LineState, Method, Payee, PlanKind, PlanState, RefundState
from subsidies.models import Application, Donor, Line, Plan, PlanStandard, Pool, Refund
from tests import factories
from tests.subsidies import oracle
from tests.subsidies.oracle import Case, Grant, Office, Paid, Rate, Status
from villages.models import CollectiveOrganisation, Membership, Person, PersonStatus

HARDSHIP = ("destitute_supported", "minimum_living_allowance", "severe_disability")
STATUSES = ("DEATH", "NATIONALITY_LOST", "OTHER_PENSION", "DRAWING", "JOINED_EMPLOYEE_SCHEME")
ELSEWHERE = "500112000000"
HANDED_IN = datetime(2024, 6, 20, 9, tzinfo=UTC)
ACCEPTED = {
    "here": HANDED_IN,
    "before": HANDED_IN - timedelta(hours=1),
    "after": HANDED_IN + timedelta(hours=1),
}
GONE = (
    LineState.INELIGIBLE,
    LineState.WITHDRAWN,
    LineState.GIVEN_UP,
    LineState.CANCELLED,
    LineState.REFUNDED,
)
LIVE = (LineState.ELIGIBLE, LineState.REMITTED, LineState.POSTED)

# Flat; a share that leaves half a fen; a tier table with a gap; age bands; NX-08's example; everything together.
STANDARDS: tuple[tuple[Rate, ...], ...] = (
    (Rate(fen=20_000),),
    (Rate(ppm=103_335),),
    (
        Rate(fen=2_000, tier=(None, 20_000)),
        Rate(fen=6_000, tier=(30_000, 50_000)),
        Rate(fen=15_000, tier=(70_000, None)),
    ),
    (Rate(fen=10_000, age=(16, 44)), Rate(fen=15_000, age=(45, 54)), Rate(fen=23_055, age=(55, 59))),
    (
        Rate(fen=10_000),
        *(Rate(fen=5_000, is_addition=True, kind=kind) for kind in HARDSHIP),
        Rate(fen=3_000, is_addition=True, age=(55, 59)),
    ),
    (
        Rate(fen=30_000, kind="minimum_living_allowance"),
        Rate(ppm=33_300, tier=(None, 100_000), kind="ordinary"),
        Rate(ppm=250_000, age=(40, None)),
        Rate(fen=8_001, is_addition=True, tier=(100_000, None)),
        Rate(ppm=15_555, is_addition=True, age=(None, 30)),
    ),
)


def random_case(rng: random.Random, office: Office, tiers: Sequence[int]) -> Case:
    """Somebody; most have paid and are members, everything else happens to some."""
    case = Case(
        birth=_birth(rng, office.on),
        amount_fen=1,
        kind=rng.choice(("", "", "ordinary", *HARDSHIP)),
        is_member=rng.random() > 0.05,
        joined_on=office.on + timedelta(days=rng.choice((-1700, -1700, -400, -1, 0, 1))),
        payments=_payments(rng, office, tiers),
        statuses=_statuses(rng, office.on),
        grants=_grants(rng, office),
    )
    return _with_money(rng, case, office)


def _birth(rng: random.Random, on: date) -> date:
    """Any age; every fourth has a birthday of 16 or 60 within a day of the judgement."""
    if rng.random() < 0.25:
        born = date(on.year - rng.choice((16, 60)), on.month, min(on.day, 28))
        return born + timedelta(days=rng.choice((-1, 0, 1)))
    return date(on.year - rng.randint(14, 70), rng.randint(1, 12), rng.randint(1, 28))


def _payments(rng: random.Random, office: Office, tiers: Sequence[int]) -> tuple[Paid, ...]:
    years = [year for year in (office.year - 2, office.year - 1, office.year) if rng.random() < 0.6]
    regular = [_payment(rng, year, office, tiers) for year in years]
    if rng.random() < 0.1 and years:
        regular.append(_payment(rng, years[-1], office, tiers))
    other = [
        replace(_payment(rng, rng.choice((office.year - 3, *years)), office, tiers), kind=kind)
        for kind in ("back_payment", "lump_sum")
        if rng.random() < 0.2
    ]
    if rng.random() < 0.25:
        regular.extend(_parts(rng, office, tiers))
    return tuple(rng.sample([*regular, *other], k=len(regular) + len(other)))


def _parts(rng: random.Random, office: Office, tiers: Sequence[int]) -> list[Paid]:
    """One year's contribution in several payments: own and on behalf, in instalments, raised to a higher tier.

    Some fall a fen short, are declared each for itself, come too late, from elsewhere, or were taken back.
    """
    whole = _payment(rng, rng.choice((office.year - 1, office.year)), office, tiers)
    low, high = sorted(rng.sample(tiers, k=2))
    first = min(rng.choice((10_000, high // 2, low)), high - 1)
    rest = high - first - rng.choice((0, 0, 0, 1))
    shapes = (
        ((high, 0, first), (high, rest, 0)),
        ((first, 0, first), (rest, rest, 0)),
        ((high, first, 0), (high, rest, 0)),
        ((low, low, 0), (high, high - low - rng.choice((0, 0, 1)), 0)),
        ((low, 0, low), (high, high - low, 0)),
    )
    shape = rng.choice(shapes)
    is_raise = shape in shapes[3:]
    return [
        replace(
            _payment(rng, whole.year, office, tiers),
            tier_fen=max(tier, 1),
            personal_fen=max(own, 0),
            on_behalf_fen=behalf,
            kind="topup" if is_raise and number else "regular",
        )
        for number, (tier, own, behalf) in enumerate(shape)
    ]


def _payment(rng: random.Random, year: int, office: Office, tiers: Sequence[int]) -> Paid:
    tier = rng.choice(tiers)
    own, behalf = rng.choice(
        ((tier, 0), (tier, 0), (tier, 0), (0, tier), (tier - 10_000, 10_000), (tier // 2, 0), (0, tier // 2))
    )
    days = (date(year, 3, 6), date(year, 12, 31), date(year + 1, 1, 1), office.on)
    return Paid(
        year=year,
        paid_on=rng.choice((*days, date(year, 3, 6), office.on + timedelta(days=1))),
        tier_fen=tier,
        personal_fen=own,
        on_behalf_fen=behalf,
        reversed_on=office.on if rng.random() < 0.06 else None,
        is_elsewhere=rng.random() < 0.06,
    )


def _statuses(rng: random.Random, on: date) -> tuple[Status, ...]:
    if rng.random() > 0.25:
        return ()
    kinds = rng.sample(STATUSES, k=rng.choice((1, 1, 2)))
    days = (-30, -1, 0, 1)
    return tuple(Status(kind, on + timedelta(days=rng.choice(days)), rng.random() < 0.2) for kind in kinds)


def _grants(rng: random.Random, office: Office) -> tuple[Grant, ...]:
    """Lines of this village under each plan, of another that came before or after, of last year."""
    found = []
    for place, plan, year in (
        ("here", "regular", None),
        ("here", "supplementary", None),
        ("here", "donor", None),
        ("here", "donor_2", None),
        ("before", "regular", None),
        ("after", "regular", None),
        ("here", "regular", office.year - 1),
    ):
        if rng.random() < 0.1:
            stage = rng.choice(("draft", "open", "live", "live", "gone"))
            amount = rng.choice((5_000, 10_000, 15_050))
            refunded = rng.choice((0, 0, 4_000)) if stage == "live" and year is None else 0
            used = rng.choice((office.year - 2, office.year - 1)) if year else office.year
            found.append(Grant(stage, amount, place, plan, year, used, refunded))
    return tuple(found)


def _with_money(rng: random.Random, case: Case, office: Office) -> Case:
    """Amounts at the standard and beside it; a cap used to the last fen, or one fen more than that."""
    seen = oracle.judge(case, office)
    still_open = seen.standard_fen - seen.granted_fen
    amount = max(1, still_open + rng.choice((0, 0, 0, 0, 1, -1, 100, -5_000)))
    if still_open <= 0:
        amount = rng.choice((1, 10_000))
    room = max(0, seen.headroom_fen - amount)
    return replace(
        case, amount_fen=amount, elsewhere_fen=rng.choice((0, 0, 0, room, min(room + 1, seen.headroom_fen)))
    )


# Laying the rows


@dataclass
class Laid:
    """A batch handed in, its people in the order of the cases."""

    application: Application
    persons: list[Person] = field(default_factory=list)


class Layer:
    """Writes the rows of many cases, a statement for each kind of row."""

    def __init__(self, org: CollectiveOrganisation, other: CollectiveOrganisation, office: Office, by: User):
        self.org, self.other, self.office, self.by = org, other, office, by
        self._applications: dict[tuple[str, str, str, int], Application] = {}
        self._plans: dict[tuple[int, int, str], Plan] = {}

    def lay(self, cases: Sequence[Case], *, first_number: int) -> Laid:
        application = self._application(self.org, self.office.plan, self.office.year, "open", "here")
        PlanStandard.objects.bulk_create(
            _standard_row(application.plan, n, rate) for n, rate in enumerate(self.office.standard, start=1)
        )
        laid = Laid(application, self._persons(cases, first_number))
        pairs = list(zip(cases, laid.persons, strict=True))
        members = Membership.objects.bulk_create(self._member(case, person) for case, person in pairs)
        self._facts(pairs)
        self._lines(pairs, members, application)
        self._others(pairs)
        return laid

    def _persons(self, cases: Sequence[Case], first: int) -> list[Person]:
        rows = []
        for number, case in enumerate(cases, start=first):
            # The birth date is laid as it is; the number need only be nobody else's.
            fields = factories.person_fields("王明芳", factories.id_number(sequence=number))
            rows.append(Person(**fields | {"birth_date": case.birth}))
        return Person.objects.bulk_create(rows)

    def _member(self, case: Case, person: Person) -> Membership:
        left_on = None if case.is_member else max(case.joined_on, self.office.on)
        return Membership(
            person=person,
            organisation=self.org,
            person_kind=case.kind,
            joined_on=case.joined_on,
            left_on=left_on,
            **self.org.area_codes(),
        )

    def _facts(self, pairs: Sequence[tuple[Case, Person]]) -> None:
        Contribution.objects.bulk_create(
            Contribution(
                person=person,
                year=paid.year,
                kind=paid.kind,
                tier_fen=paid.tier_fen,
                personal_fen=paid.personal_fen,
                on_behalf_fen=paid.on_behalf_fen,
                paid_on=paid.paid_on,
                voucher=str(number),
                reversed_on=paid.reversed_on,
                county_code=ELSEWHERE if paid.is_elsewhere else self.org.county_code,
            )
            for case, person in pairs
            for number, paid in enumerate(case.payments)
        )
        PersonStatus.objects.bulk_create(
            PersonStatus(
                person=person,
                kind=status.kind,
                event_on=status.event_on,
                is_lifted=status.is_lifted,
                reported_by=self.by,
                reported_on=status.event_on,
            )
            for case, person in pairs
            for status in case.statuses
        )

    def _lines(
        self, pairs: Sequence[tuple[Case, Person]], members: list[Membership], application: Application
    ) -> None:
        Line.objects.bulk_create(
            self._line(application, person, n, amount_fen=case.amount_fen, membership=member)
            for n, ((case, person), member) in enumerate(zip(pairs, members, strict=True), start=1)
        )

    def _line(self, application: Application, person: Person, position: int, **more: object) -> Line:
        return Line(
            application=application,
            position=position,
            person=person,
            plan=application.plan,
            organisation=application.organisation,
            year=application.year,
            source=application.plan.source,
            **more,
            **application.area_codes(),
        )

    def _others(self, pairs: Sequence[tuple[Case, Person]]) -> None:
        """Other lines of the people, the refunds of some, and the cap that they and outsiders used."""
        rng = random.Random(len(pairs))
        made, refunds, uses = [], [], []
        for position, (case, person) in enumerate(pairs, start=1):
            for grant in case.grants:
                line = self._line(
                    self._application_of(grant),
                    person,
                    position,
                    amount_fen=grant.amount_fen,
                    qualifying_year=grant.qualifying_year,
                    state=_line_state(grant, rng),
                )
                made.append(line)
                if grant.refunded_fen:
                    refunds.append((line, grant.refunded_fen))
            live = [g for g in case.grants if g.stage == "live" and g.year is None]
            used = case.elsewhere_fen + sum(g.amount_fen - g.refunded_fen for g in live)
            if used:
                # The limit of the row is not what counts: the rulebook's is.
                uses.append(CapUse(person=person, year=self.office.year, limit_fen=10**9, reserved_fen=used))
        Line.objects.bulk_create(made)
        Refund.objects.bulk_create(self._refund(line, fen) for line, fen in refunds)
        CapUse.objects.bulk_create(uses)

    def _refund(self, line: Line, fen: int) -> Refund:
        return Refund(
            line=line,
            year=line.year,
            state=RefundState.REVERSED,
            reason="WRONG_AMOUNT",
            event_on=self.office.on,
            amount_fen=fen,
            payee=Payee.ORGANISATION,
            asked_by=self.by,
            asked_on=self.office.on,
            paid_on=self.office.on,
            **line.area_codes(),
        )

    def _application_of(self, grant: Grant) -> Application:
        stage = grant.stage if grant.stage in ("draft", "open") else "live"
        org = self.org if grant.place == "here" else self.other
        return self._application(
            org, grant.plan, grant.year or self.office.year, stage, grant.place, is_side=True
        )

    def _application(
        self,
        org: CollectiveOrganisation,
        plan_kind: str,
        year: int,
        stage: str,
        place: str,
        *,
        is_side: bool = False,
    ) -> Application:
        key = (f"{org.pk}{is_side}{place}", plan_kind, stage, year)
        if key not in self._applications:
            state = {"draft": ApplicationState.DRAFT, "open": ApplicationState.SUBMITTED}
            batches = Application.objects.filter(organisation=org, year=year).count()
            self._applications[key] = Application.objects.create(
                plan=self._plan(org, year, plan_kind),
                organisation=org,
                year=year,
                batch_no=batches + 1,
                state=state.get(stage, ApplicationState.POSTED),
                drafted_by=self.by,
                accepted_at=None if stage == "draft" else ACCEPTED[place],
                **org.area_codes(),
            )
        return self._applications[key]

    def _plan(self, org: CollectiveOrganisation, year: int, kind: str) -> Plan:
        key = (org.pk, year, kind)
        if key not in self._plans:
            pool = self._pool(org, year, kind) if kind.startswith("donor") else None
            self._plans[key] = Plan.objects.get_or_create(
                organisation=org,
                year=year,
                kind=PlanKind.SPONSORED if pool else kind,
                version_no=1,
                pool=pool,
                defaults={
                    "state": PlanState.IN_FORCE,
                    "in_force_on": date(year, 1, 2),
                    "drafted_by": self.by,
                    **org.area_codes(),
                },
            )[0]
        return self._plans[key]

    def _pool(self, org: CollectiveOrganisation, year: int, name: str) -> Pool:
        donor = Donor.objects.create(
            kind="individual", name=name, registered_by=self.by, registered_on=date(year, 1, 2), **org.area_codes()
        )  # fmt: skip
        return Pool.objects.create(
            source=Source.SPONSOR,
            organisation=org,
            year=year,
            donor=donor,
            custody="direct",
            opened_by=self.by,
            opened_on=date(year, 1, 2),
            **org.area_codes(),
        )


def _line_state(grant: Grant, rng: random.Random) -> str:
    if grant.refunded_fen:
        return LineState.POSTED
    return {"live": rng.choice(LIVE), "gone": rng.choice(GONE)}.get(grant.stage, LineState.PENDING)


def _standard_row(plan: Plan, position: int, rate: Rate) -> PlanStandard:
    return PlanStandard(
        plan=plan,
        position=position,
        is_addition=rate.is_addition,
        tier_from_fen=rate.tier[0],
        tier_to_fen=rate.tier[1],
        age_from=rate.age[0],
        age_to=rate.age[1],
        person_kind=rate.kind,
        method=Method.FLAT if rate.ppm is None else Method.PERCENT,
        amount_fen=rate.fen,
        rate_ppm=rate.ppm,
    )
