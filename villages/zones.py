"""Functional zones (功能区) without a code of their own, which handle towns that lie under another county (JN-01).

Which towns a zone handles stands in the rulebook, a room above; it is registered here at start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from core.access import Area
from core.divisions import ancestor_codes


@dataclass(frozen=True, slots=True)
class Unit:
    """Who really handles a place: the zone's name, how sure that is (示例值 …), and what it rests on."""

    name: str
    mark_kind: str = ""
    reference: str = ""


Units = Mapping[str, Unit]


def _no_units(region_code: str, on: date) -> Units:
    return {}


_find: Callable[[str, date], Units] = _no_units


def register_units(finder: Callable[[str, date], Units]) -> None:
    """Tell this room how the places of functional zones are found (once, at start)."""
    global _find
    _find = finder


def units_of(region_code: str, *, on: date) -> Units:
    """Code of a town or county → the zone that handles it, for a region on a day; empty where there is none."""
    return _find(region_code, on) if region_code else {}


def unit_of(units: Units, row: Any) -> Unit | None:
    """The zone that handles a row with code columns; None where its county does."""
    return units.get(row.town_code) or units.get(row.county_code)


def zones_with_towns(region_code: str, *, on: date) -> dict[str, frozenset[str]]:
    """Name of each zone that handles towns of a region → their codes. Whole counties have a code of their own."""
    inside = {
        name: frozenset(code for code in codes if region_code in ancestor_codes(code))
        for name, codes in _towns_by_zone(region_code, on=on).items()
    }
    return {name: codes for name, codes in inside.items() if codes}


def regions_of_zones(region_code: str, *, on: date) -> dict[str, str]:
    """Name of each zone that the rulebook of a region names → the one region in which its accounts are made."""
    return {name: region_of_zone(codes) for name, codes in _towns_by_zone(region_code, on=on).items()}


def _towns_by_zone(region_code: str, *, on: date) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, unit in units_of(region_code, on=on).items():
        if Area(code).own_town:
            found.setdefault(unit.name, set()).add(code)
    return found


def region_of_zone(towns: Iterable[str]) -> str:
    """The smallest region that holds all towns of a zone: its account is made there, its rules bind it."""
    first, *others = [ancestor_codes(code) for code in sorted(towns)]
    return next(code for code in first if all(code in above for above in others) and not Area(code).own_town)


def handled_by(units: Units, name: str) -> Q:
    """The condition on rows with code columns that a zone handles them."""
    codes = [code for code, unit in units.items() if unit.name == name]
    return Q(town_code__in=codes) | Q(county_code__in=codes)
