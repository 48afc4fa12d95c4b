"""Bringing grouped sums of several sets of rows together into facts, one statement a set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from core.money import PPM
from desk.reports.scope import Scope
from desk.reports.shapes import Cells, Fact
from villages.models import CollectiveOrganisation

PLACE = ("county_code", "town_code", "village_code")


def fen(name: str = "amount_fen", only: Q | None = None) -> Coalesce:
    """A sum in fen, nought where there is nothing."""
    return Coalesce(Sum(name, filter=only), 0, output_field=BigIntegerField())


def count(only: Q | None = None) -> Count:
    """How many rows."""
    return Count("pk", filter=only)


def persons(name: str = "person", only: Q | None = None) -> Count:
    """How many different persons."""
    return Count(name, distinct=True, filter=only)


def share(part: int | None, whole: int | None) -> int | None:
    """A share in parts per million, half up; None of nothing."""
    if not whole or part is None or whole < 0:
        return None
    return (2 * part * PPM + whole) // (2 * whole)


class Gather:
    """Cells by village and key; each `add` is one grouped statement."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str, str, str], Cells] = {}

    def seed(self, scope: Scope, **fields: Any) -> None:
        """One fact for each organisation of the scope, with nothing counted yet."""
        rows = scope.within(CollectiveOrganisation.objects.filter(**fields))
        for codes in rows.order_by("village_code").values_list(*PLACE):
            self.cells(codes)

    def cells(self, codes: Iterable[str], key: str = "") -> Cells:
        """The cells of a village and key."""
        county, town, village = codes
        return self.found.setdefault((county, town, village, key), {})

    def add(self, rows: QuerySet[Any], sums: Mapping[str, Any], *, key: str = "", prefix: str = "") -> None:
        """Group rows by their place (and a key field) and add each sum to the cell of its name."""
        names = [f"{prefix}{name}" for name in PLACE]
        fields = [*names, key] if key else names
        for row in rows.order_by().values(*fields).annotate(**sums):
            cells = self.cells([row[name] for name in names], str(row[key]) if key else "")
            for name in sums:
                cells[name] = cells.get(name, 0) + row[name]

    def facts(self, label: Callable[[str], str] | Mapping[str, str] | None = None) -> list[Fact]:
        """The facts; `label` words their keys."""
        words = label.get if isinstance(label, Mapping) else label
        return [
            Fact(county, town, village, cells, key, (words(key) if words and key else "") or key)
            for (county, town, village, key), cells in self.found.items()
        ]
