"""What higher rooms tell the rulebooks before one changes: they add their functions at start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a change of a rulebook goes: a region, a parameter, its years (None: asked by day), from a day on."""

    region_code: str
    name: str
    year_from: int | None
    year_to: int | None
    valid_from: date


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change will be read by from its first day on: so many of this; `url_name` is a list of them."""

    label: str
    count: int
    url_name: str = ""


# Years of the reach that are settled for good in the region, so that no rule of theirs may change.
SETTLED_YEARS: list[Callable[[Reach], Iterable[int]]] = []
# Years of the reach that were closed in the region: not even where nothing was said may anything be said of them.
CLOSED_YEARS: list[Callable[[Reach], Iterable[int]]] = []
# What is open in the region and will read the change.
TOUCHED: list[Callable[[Reach], Iterable[Touched]]] = []
