"""The rules of eligibility once more, one person at a time, in plain Python: what the product is compared with.

Written from the documents and the values of a rulebook alone. It asks no table of the database and shares no line
with `subsidies.rules`; where both agree over thousands of people, neither the sets nor the loops are likely wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from policies.selectors import Rulebook

WHOLE_RATE = Decimal(1_000_000)
ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment of somebody's own contribution; a later one in the case was recorded later."""

    year: int
    paid_on: date
    tier_fen: int
    personal_fen: int
    on_behalf_fen: int = 0
    kind: str = "regular"
    reversed_on: date | None = None
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What was reported of a person."""

    kind: str
    event_on: date
    is_lifted: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """Another line of the same person.

    `stage`: draft, open (handed in, not confirmed), live (confirmed or later), gone (withdrawn, refused).
    `place`: this village, or another whose batch was handed in "before" or "after" this one.
    `plan`: the village's own (regular, supplementary), or that of one donor's money or another's (donor, donor_2).
    """

    stage: str
    amount_fen: int
    place: str = "here"
    plan: str = "regular"
    year: int | None = None
    qualifying_year: int | None = None
    refunded_fen: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of a plan's standard; None or "" means that it is not asked."""

    fen: int | None = None
    ppm: int | None = None
    is_addition: bool = False
    tier: tuple[int | None, int | None] = (None, None)
    age: tuple[int | None, int | None] = (None, None)
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that is known of one person on the day of judgement."""

    birth: date
    amount_fen: int
    kind: str = ""
    is_member: bool = True
    joined_on: date = date(2019, 12, 1)
    payments: tuple[Paid, ...] = ()
    statuses: tuple[Status, ...] = ()
    grants: tuple[Grant, ...] = ()
    elsewhere_fen: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of a case: codes, what qualifies, and the money."""

    codes: frozenset[str]
    qualifying_year: int | None
    tier_fen: int | None
    age: int
    standard_fen: int
    granted_fen: int
    headroom_fen: int


@dataclass(frozen=True, slots=True)
class Office:
    """Where and when a batch is judged: rulebook of the village, plan year, day, which plan and its standard."""

    rulebook: Rulebook = field(repr=False)
    year: int
    on: date
    standard: tuple[Rate, ...]
    plan: str = "regular"


def judge(case: Case, office: Office) -> Judgement:
    """The whole judgement of one person."""
    found = qualifying(case, office)
    age = _age(case.birth, _age_day(office))
    # Of what kind somebody is stands in the member list: of a stranger it is not known.
    kind = case.kind if _is_member(case, office) else ""
    standard = standard_fen(office.standard, found.tier_fen if found else None, age, kind)
    granted, headroom = _granted(case, office), _cap(office) - _used(case, office)
    codes = {
        *_of_statuses(case, office, found),
        *_of_membership(case, office),
        *_of_age(case, office),
        *_of_payment(case, office, found),
        *_of_other_payments(case, office),
        *_of_reuse(case, office, found),
        *_of_amount(case, office, found, standard - granted, standard),
        *_of_grants(case, office),
        *_of_purpose(kind, office),
    }
    if case.amount_fen > headroom:
        codes.add("E-CAP")
    return Judgement(
        frozenset(codes),
        found.year if found else None,
        found.tier_fen if found else None,
        age,
        standard,
        granted,
        headroom,
    )


# Years and ages


def _years(office: Office) -> dict[int, str]:
    table = office.rulebook.table("qualifying_year_offset")
    return {office.year - int(str(view.value)): key for key, view in table.items()}


def _age(birth: date, day: date) -> int:
    had_birthday = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (0 if had_birthday else 1)


def _age_day(office: Office) -> date:
    month_day: Any = office.rulebook.plain("age_counted_on")
    return date(office.year, *month_day)


# The contribution that qualifies


def _known(payment: Paid, office: Office) -> bool:
    return payment.paid_on <= office.on and payment.reversed_on is None


def _treatment(kind: str, office: Office) -> str:
    view = office.rulebook.get("contribution_treatment", kind)
    return str(view.value) if view else ""


@dataclass(frozen=True, slots=True)
class Contributed:
    """What somebody paid for a year, as one of his payments declares it: sums of the parts, tier reached."""

    declared: Paid
    own_fen: int
    behalf_fen: int
    tier_fen: int

    @property
    def year(self) -> int:
        return self.declared.year

    def is_complete(self, office: Office) -> bool:
        counts = office.rulebook.flag("onbehalf_counts")
        return self.own_fen + (self.behalf_fen if counts else 0) >= self.declared.tier_fen


def _contributed(payment: Paid, known: list[Paid], office: Office) -> Contributed:
    """A-60: own money, government's and a raise of the tier are one contribution; what stands alone is its own."""
    parts = [payment]
    if payment.kind in ("regular", "topup") and office.rulebook.plain("contribution_parts") == "together":
        parts = [
            other
            for other in known
            if other.kind in ("regular", "topup")
            and (other.year, other.is_elsewhere) == (payment.year, payment.is_elsewhere)
        ]
    tier = payment.tier_fen
    own_alone = [part.personal_fen for part in parts if part.on_behalf_fen == 0]
    behalf_alone = [part.on_behalf_fen for part in parts if part.personal_fen == 0]
    if own_alone and behalf_alone and office.rulebook.flag("onbehalf_counts"):
        both = max(own_alone) + max(behalf_alone)
        if str(both) in office.rulebook.table("contribution_tier", year=payment.year):
            tier = max(tier, both)
    own, behalf = sum(part.personal_fen for part in parts), sum(part.on_behalf_fen for part in parts)
    return Contributed(payment, own, behalf, tier)


def qualifying(case: Case, office: Office) -> Contributed | None:
    """What a person stands on: complete before incomplete, near year before far, high tier before low."""
    counting = [
        payment
        for payment in case.payments
        if payment.year in _years(office)
        and _known(payment, office)
        and _treatment(payment.kind, office) == "counts"
    ]
    found = [(number, _contributed(payment, counting, office)) for number, payment in enumerate(counting)]
    best = max(
        found,
        key=lambda row: (
            row[1].is_complete(office),
            row[1].year,
            row[1].tier_fen,
            row[1].declared.tier_fen,
            row[0],
        ),
        default=None,
    )
    return best[1] if best else None


def _of_payment(case: Case, office: Office, found: Contributed | None) -> Iterator[str]:
    """CS-11, CS-12, JN-05, NX-05 to NX-07, A-01, A-43, A-45."""
    if found is None:
        yield _why_nothing_counts(case, office)
        return
    if office.rulebook.flag("other_county_excluded") and found.declared.is_elsewhere:
        yield "E-JURIS"
    if found.own_fen == 0 and found.behalf_fen >= found.tier_fen:
        view = office.rulebook.get("contribution_reason", "on_behalf")
        if view:
            yield str(view.value)
    if not found.is_complete(office):
        yield "E-UNPAID"
        return
    warning = office.rulebook.get("qualifying_year_warning", _years(office)[found.year])
    if warning:
        yield str(warning.value)


def _why_nothing_counts(case: Case, office: Office) -> str:
    """Nothing that counts was paid: a payment that is left out says so itself, back payments of years first."""
    for kind in ("back_payment", "lump_sum"):
        reason = office.rulebook.get("contribution_reason", kind)
        if reason and _treatment(kind, office) == "ignored" and _touches(case, office, kind):
            return str(reason.value)
    return "E-UNPAID"


def _touches(case: Case, office: Office, kind: str) -> bool:
    """Whether a payment of the kind belongs to the plan year, by its day or (unless only the day counts) its year."""
    by = office.rulebook.get("lump_sum_year_by") if kind == "lump_sum" else None
    for payment in case.payments:
        if payment.kind != kind or not _known(payment, office):
            continue
        by_day, by_year = payment.paid_on.year == office.year, payment.year in _years(office)
        if (by_day and (by is None or by.value == "payment_day")) or (
            by_year and (by is None or by.value == "contribution_year")
        ):
            return True
    return False


def _of_other_payments(case: Case, office: Office) -> Iterator[str]:
    """Lump sums and back payments that are not simply left out: asked about (CS-11) or excluding (JN-06)."""
    for kind in ("back_payment", "lump_sum"):
        reason = office.rulebook.get("contribution_reason", kind)
        if reason and _treatment(kind, office) not in ("", "ignored") and _touches(case, office, kind):
            yield str(reason.value)


def _of_reuse(case: Case, office: Office, found: Contributed | None) -> Iterator[str]:
    """A-01: one contribution year behind the subsidies of two plan years."""
    weight = office.rulebook.get("reuse_qualifying_year")
    is_used = found is not None and any(
        grant.qualifying_year == found.year
        for grant in case.grants
        if grant.year not in (None, office.year) and grant.stage in ("open", "live")
    )
    if is_used:
        yield from _weighed("REUSE", str(weight.value) if weight else "ignore")


# The person


def _of_statuses(case: Case, office: Office, found: Contributed | None) -> Iterator[str]:
    """CS-28: reported, in force, not lifted; A-44: pension age and no contribution of the plan year itself."""
    codes = office.rulebook.table("status_refusal")
    for status in case.statuses:
        if status.kind in codes and not status.is_lifted and status.event_on <= office.on:
            yield str(codes[status.kind].value)
    pension_age = office.rulebook.get("pension_age")
    if office.rulebook.flag("drawing_excluded") and pension_age:
        is_old = _age(case.birth, office.on) >= int(str(pension_age.value))
        if is_old and (found is None or found.year != office.year):
            yield "E-DRAWING"


def _is_member(case: Case, office: Office) -> bool:
    return case.is_member and case.joined_on <= office.on


def _of_membership(case: Case, office: Office) -> Iterator[str]:
    if office.rulebook.flag("membership_required") and not _is_member(case, office):
        yield "E-NOT-MEMBER"


def _of_age(case: Case, office: Office) -> Iterator[str]:
    youngest = office.rulebook.get("minimum_age")
    if youngest and _age(case.birth, office.on) < int(str(youngest.value)):
        yield "E-AGE"


# The money


def standard_fen(rows: tuple[Rate, ...], tier_fen: int | None, age: int, kind: str) -> int:
    """The first base row that fits and every addition that fits; a share is rounded half up to the fen (A-57)."""
    fitting = [row for row in rows if _fits(row, tier_fen, age, kind)]
    base = next((row for row in fitting if not row.is_addition), None)
    return sum(
        _gives(row, tier_fen) for row in [*([base] if base else []), *(r for r in fitting if r.is_addition)]
    )


def _fits(row: Rate, tier_fen: int | None, age: int, kind: str) -> bool:
    is_kind = not row.kind or row.kind == kind or (row.kind == ORDINARY and kind == "")
    return is_kind and _between(tier_fen, *row.tier) and _between(age, *row.age)


def _between(number: int | None, low: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    return number is not None and (low is None or number >= low) and (high is None or number <= high)


def _gives(row: Rate, tier_fen: int | None) -> int:
    if row.ppm is None:
        return row.fen or 0
    share = Decimal(tier_fen or 0) * Decimal(row.ppm) / WHOLE_RATE
    return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _of_amount(
    case: Case, office: Office, found: Contributed | None, still_open_fen: int, standard: int
) -> Iterator[str]:
    """A-59: never above what the plan still gives; below it is asked about. A-47: whole yuan."""
    tier_is_unknown = found is None and standard == 0
    if case.amount_fen > still_open_fen and not tier_is_unknown:
        yield from _weighed("AMOUNT", office.rulebook.choice("line_above_standard"))
    if case.amount_fen < still_open_fen:
        yield from _weighed("AMOUNT-LOW", office.rulebook.choice("line_below_standard"))
    if Decimal(case.amount_fen) / 100 % 1:
        yield from _weighed("CENTS", office.rulebook.choice("cents_in_amount"))


def _this_year(case: Case, office: Office) -> list[Grant]:
    return [grant for grant in case.grants if grant.year in (None, office.year)]


def _granted(case: Case, office: Office) -> int:
    """A-59: what the same plan, whatever its version, gave or is about to give, less what was paid back."""
    return sum(
        grant.amount_fen - grant.refunded_fen
        for grant in _this_year(case, office)
        if grant.place == "here" and grant.plan == office.plan and grant.stage in ("open", "live")
    )


def _cap(office: Office) -> int:
    """CS-09, JN-10, NX-13, A-02: the plan year's highest tier."""
    tiers = office.rulebook.table("contribution_tier", year=office.year)
    return max(int(str(view.value)) for view in tiers.values())


def _used(case: Case, office: Office) -> int:
    """CS-09, A-03: everything confirmed, of every plan, village and donor, and what came from outside, less refunds."""
    assert office.rulebook.flag("cap_includes_sponsors")
    lines = sum(g.amount_fen - g.refunded_fen for g in _this_year(case, office) if g.stage == "live")
    return lines + case.elsewhere_fen


def _of_grants(case: Case, office: Office) -> Iterator[str]:
    """A-46: another village's open line that came first; A-48: a line of this village's (this donor's) in the year."""
    this_year = _this_year(case, office)
    if any(grant.place == "before" and grant.stage == "open" for grant in this_year):
        yield from _weighed("DUP", office.rulebook.choice("other_village_open_line"))
    same = (office.plan,) if _is_donors(office) else ("regular", "supplementary")
    here = [grant for grant in this_year if grant.place == "here" and grant.plan in same]
    if any(grant.stage in ("open", "live") for grant in here):
        yield from _weighed("REPEAT", office.rulebook.choice("repeat_line"))


def _is_donors(office: Office) -> bool:
    return office.plan.startswith("donor")


def _of_purpose(kind: str, office: Office) -> Iterator[str]:
    """NX-09: donors' money for those in need, where the rulebook says so."""
    if _is_donors(office) and office.rulebook.flag("sponsor_for_needy_only") and kind in ("", ORDINARY):
        yield "E-POOL"


def _weighed(name: str, weight: str) -> Iterator[str]:
    if weight != "ignore":
        yield ("W-" if weight == "warn" else "E-") + name
