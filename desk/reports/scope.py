"""What a reader asked for, within what he may see: year, town, village, administering unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from core.access import Area
from core.divisions import NATIONAL_CODE
from policies.rules import administering_unit
from policies.selectors import Rulebook, rulebook
from villages.models import Region


@dataclass(frozen=True, slots=True)
class Ask:
    """What a reader chose: plan year, place, how to fold, words to look for, rows behind which figure."""

    year: int
    town: str = ""
    village: str = ""
    unit: str = ""
    fold: str = ""
    words: str = ""
    sort: str = ""
    key: str = ""


class Place(NamedTuple):
    """A village (or a town, for what a town did itself) with its names; `unit` is who administers it."""

    village: str
    town: str
    county: str
    unit: str


@dataclass(frozen=True)
class Scope:
    """The rows a report may count: those of the area that lie in the place asked for, as known on a day."""

    area: Area
    ask: Ask
    on: date

    @property
    def year(self) -> int:
        """The plan year asked for."""
        return self.ask.year

    @cached_property
    def rules(self) -> Rulebook:
        """The rulebook of the area on the day asked."""
        return rulebook(self.area.code or NATIONAL_CODE, on=self.on)

    @cached_property
    def unit_codes(self) -> dict[str, str]:
        """Places that a functional zone administers: code → name of the unit (JN-01)."""
        return {code: str(view.value) for code, view in self.rules.table("administering_unit").items()}

    def within(self, rows: QuerySet[Any], prefix: str = "") -> QuerySet[Any]:
        """Rows with place columns, narrowed to the scope; `prefix` leads to the columns of a related row."""
        rows = rows.filter(**self.area.filters(prefix))
        if self.ask.town:
            rows = rows.filter(**{f"{prefix}town_code": self.ask.town})
        if self.ask.village:
            rows = rows.filter(**{f"{prefix}village_code": self.ask.village})
        if self.ask.unit:
            rows = rows.filter(self._of_unit(prefix))
        return rows

    def _of_unit(self, prefix: str) -> Q:
        codes = [code for code, name in self.unit_codes.items() if name == self.ask.unit]
        return Q(**{f"{prefix}county_code__in": codes}) | Q(**{f"{prefix}town_code__in": codes})

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the area was left out, so that its goals may be held against it."""
        return not (self.ask.town or self.ask.village or self.ask.unit)

    def places(self, codes: Iterable[str]) -> dict[str, Place]:
        """Names of villages and towns by code, in one statement."""
        rows = Region.objects.filter(code__in=set(codes)).values_list(
            "code", "level", "short_name", "parent__short_name", "parent__parent__short_name"
        )
        return {code: self._place(code, *names) for code, *names in rows}

    def _place(self, code: str, level: str, name: str, above: str | None, top: str | None) -> Place:
        unit = administering_unit(self.rules, code)
        county = (top if level == "village" else above) or ""
        town, village = ((above or ""), name) if level == "village" else (name, "")
        return Place(village, town, county, str(unit.value) if unit else county)
