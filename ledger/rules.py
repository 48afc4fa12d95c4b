"""Interest of a sub-balance: what each movement counts for, and the sum with its one division.

All in whole numbers: a movement counts `weight` parts of `whole` parts of the year, both from the strategy of the
rulebook; interest = Σ amount × weight × rate ÷ (whole × a million), rounded once for each sub-balance.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Case, Q, Value, When
from django.db.models.expressions import Combinable, Func
from django.db.models.functions import Cast, ExtractDay

from core.calendar import HALF_YEAR_MONTH, LEAP_YEAR_DAYS, MONTHS_A_YEAR, YEAR_DAYS, YEAR_END
from core.money import PPM, half_of
from ledger.enums import TransferKind
from policies.enums import InterestStrategy, Rounding
from policies.selectors import Rulebook


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How one year's interest is reckoned: year, rate in parts per million, strategy and rounding."""

    year: int
    rate_ppm: int
    strategy: str
    rounding: str

    @property
    def whole(self) -> int:
        """Parts that a whole year has."""
        if self.strategy == InterestStrategy.POSTING_DAY:
            return LEAP_YEAR_DAYS if calendar.isleap(self.year) else YEAR_DAYS
        return MONTHS_A_YEAR

    @property
    def first_day(self) -> date:
        return date(self.year, 1, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, *YEAR_END)

    @property
    def divisor(self) -> int:
        return self.whole * PPM

    @property
    def offset(self) -> int:
        """What is added before the division so that cutting the rest rounds as asked."""
        return {Rounding.HALF_UP: half_of(self.divisor), Rounding.DOWN: 0, Rounding.UP: self.divisor - 1}[
            Rounding(self.rounding)
        ]


def reckoning(rulebook: Rulebook, *, year: int, rate_ppm: int) -> Reckoning:
    """The year's reckoning by the rulebook's strategy (A-63, facts §3)."""
    return Reckoning(
        year, rate_ppm, rulebook.choice("interest_strategy"), rulebook.choice("interest_rounding")
    )


def _parts(how: Reckoning, month: int) -> tuple[int, int]:
    """Weight of a movement in this month as (fixed part, part per day of the month)."""
    if how.strategy == InterestStrategy.NEXT_MONTH:
        return MONTHS_A_YEAR - month, 0
    if how.strategy == InterestStrategy.HALF_YEAR:
        return (MONTHS_A_YEAR if month <= HALF_YEAR_MONTH else 0), 0
    days_before = (date(how.year, month, 1) - how.first_day).days
    return how.whole - days_before + 1, -1


def weight(how: Reckoning, counts_on: date) -> int:
    """Parts of the year that a movement counts for: all when it lies before the year, none after it."""
    if counts_on < how.first_day:
        return how.whole
    if counts_on > how.last_day:
        return 0
    fixed, daily = _parts(how, counts_on.month)
    return fixed + daily * counts_on.day


def interest_fen(how: Reckoning, movements: Iterable[tuple[date, int]]) -> int:
    """Interest in fen on movements (day it counts from, signed fen) of one sub-balance; never negative.

    Example (3 %): 4,120.00 carried over → 123.60; 200.00 posted on 28 June → 3.00.
    """
    base = sum(fen * weight(how, counts_on) for counts_on, fen in movements)
    return (max(base, 0) * how.rate_ppm + how.offset) // how.divisor


class _InterestOf(Func):
    """The one division, as SQL; both databases cut the rest of whole non-negative numbers."""

    arity = 1
    output_field = BigIntegerField()


def interest_expression(how: Reckoning, base: Combinable) -> Func:
    """`interest_fen` as an expression over a base (Σ amount × weight) that is not negative."""
    return _InterestOf(
        Cast(base, BigIntegerField()),
        template=f"((%(expressions)s * {how.rate_ppm} + {how.offset}) / {how.divisor})",
    )


def weight_expression(how: Reckoning) -> Case:
    """`weight` as an expression over transfers that count until the year's last day."""
    cases = [When(counts_on__lt=how.first_day, then=Value(how.whole))]
    for month in range(MONTHS_A_YEAR, 0, -1):
        fixed, daily = _parts(how, month)
        worth: Any = Value(fixed) + Value(daily) * ExtractDay("counts_on") if daily else Value(fixed)
        cases.append(When(counts_on__gte=date(how.year, month, 1), then=worth))
    return Case(*cases, output_field=BigIntegerField())


def counted(how: Reckoning) -> Q:
    """Which transfers the year's interest looks at: until its last day, the year's own interest left out."""
    own = Q(kind__in=[TransferKind.INTEREST, TransferKind.REFUND_INTEREST], year=how.year)
    return Q(counts_on__lte=how.last_day) & ~own
