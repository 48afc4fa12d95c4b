"""Where a later validity cuts what was the rule: the past stays, the other years go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from policies.files import Span, span_of
from policies.models import PolicyValue

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cut:
    """From `day` on, for the years named (both None where the parameter is asked by day)."""

    day: date
    first_year: int | None
    last_year: int | None

    def span(self, name: str, key: str) -> Span:
        """What the later validity covers of one value; it has no last day."""
        first, last = self.first_year or date.min.year, self.last_year or date.max.year
        return Span(name, key, self.day, date.max, first, last)

    def meets(self, row: PolicyValue) -> bool:
        """Whether a stored value holds on a day and for a year that the later validity takes over."""
        return span_of(row).meets(self.span(row.name, row.key))

    def years_left(self, row: PolicyValue) -> list[tuple[int | None, int | None]]:
        """The years of a stored value that go on from the day, because the later validity does not name them."""
        if self.first_year is None or row.year_from is None:
            return []
        left: list[tuple[int | None, int | None]] = []
        if row.year_from < self.first_year:
            left.append((row.year_from, self.first_year - 1))
        if self.last_year is not None and (row.year_to is None or row.year_to > self.last_year):
            left.append((self.last_year + 1, row.year_to))
        return left

    def years_taken(self, row: PolicyValue) -> dict[str, Any]:
        """The years that a value of a region above shares with the later validity."""
        if self.first_year is None or row.year_from is None:
            return {"year_from": None, "year_to": None}
        ends = [year for year in (self.last_year, row.year_to) if year is not None]
        return {"year_from": max(self.first_year, row.year_from), "year_to": min(ends, default=None)}
