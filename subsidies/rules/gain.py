"""What a yearly subsidy comes to in old age: the account year by year, and the monthly pension (算清两笔账).

An estimate, never posted: a year's payments earn from the year after, and today's values are taken to hold.
Sources: JN-17, CS-24, NX-21; facts of pension and interest in the rulebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from core.money import PPM, part_half_up


@dataclass(frozen=True, slots=True)
class Situation:
    """One person: age now, what is paid in a year by whom, what lies on the account; amounts in fen."""

    age: int
    own_fen: int
    government_fen: int
    subsidy_fen: int
    balance_fen: int = 0
    paid_years: int = 0


@dataclass(frozen=True, slots=True)
class PensionTerms:
    """What the rulebook says of interest and pension; months is the divisor of the account."""

    rate_ppm: int
    basic_fen: int
    bonus_fen: int
    pension_age: int
    years_min: int
    months: int


@dataclass(frozen=True, slots=True)
class Stream:
    """What one source put in until pension age, and what it earned."""

    put_in_fen: int
    total_fen: int

    @property
    def interest_fen(self) -> int:
        """What was earned."""
        return self.total_fen - self.put_in_fen


@dataclass(frozen=True, slots=True)
class Balance:
    """What lies on the account at an age, by source; what lies there today counts as the person's own."""

    age: int
    own_fen: int
    government_fen: int
    collective_fen: int

    @property
    def total_fen(self) -> int:
        """All of it."""
        return self.own_fen + self.government_fen + self.collective_fen


@dataclass(frozen=True, slots=True)
class Gain:
    """The account at pension age by stream, and the monthly pension with and without the subsidy."""

    years: int
    opening: Stream
    own: Stream
    government: Stream
    collective: Stream
    balances: tuple[Balance, ...]
    bonus_fen: int
    monthly_fen: int
    gain_fen: int

    @property
    def monthly_without_fen(self) -> int:
        """A month's pension without what the subsidy adds to it."""
        return self.monthly_fen - self.gain_fen

    @property
    def total(self) -> Stream:
        """All streams together."""
        streams = (self.opening, self.own, self.government, self.collective)
        return Stream(sum(s.put_in_fen for s in streams), sum(s.total_fen for s in streams))


def grown(yearly_fen: int, years: int, rate_ppm: int, *, opening_fen: int = 0) -> list[int]:
    """A stream's balance at the end of each year: last year's with its interest, and the year's payment.

    Each is rounded by itself, so that no rounding of an earlier year runs on through decades.
    """
    factor, balance, found = Fraction(PPM + rate_ppm, PPM), Fraction(opening_fen), []
    for _year in range(years):
        balance = balance * factor + yearly_fen
        found.append(part_half_up(balance.numerator, balance.denominator))
    return found


def reckon_gain(who: Situation, terms: PensionTerms) -> Gain:
    """Reckon one person's account until pension age and the pension from it; at or above that age nothing is added."""
    years = max(terms.pension_age - who.age, 0)

    def stream(yearly_fen: int, opening_fen: int = 0) -> tuple[list[int], Stream]:
        balances = grown(yearly_fen, years, terms.rate_ppm, opening_fen=opening_fen)
        last = balances[-1] if balances else opening_fen
        return balances, Stream(yearly_fen * years + opening_fen, last)

    openings, opening = stream(0, who.balance_fen)
    owns, own = stream(who.own_fen)
    governments, government = stream(who.government_fen)
    collectives, collective = stream(who.subsidy_fen)
    rows = zip(openings, owns, governments, collectives, strict=True)
    balances = tuple(Balance(who.age + n, a + b, c, d) for n, (a, b, c, d) in enumerate(rows, start=1))
    bonus = max(who.paid_years + years - terms.years_min, 0) * terms.bonus_fen
    fixed = terms.basic_fen + bonus
    without = opening.total_fen + own.total_fen + government.total_fen
    return Gain(
        years=years,
        opening=opening,
        own=own,
        government=government,
        collective=collective,
        balances=balances,
        bonus_fen=bonus,
        monthly_fen=fixed + part_half_up(without + collective.total_fen, terms.months),
        gain_fen=part_half_up(collective.total_fen, terms.months),
    )
