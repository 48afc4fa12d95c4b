"""Whether a plan year is closed to further batches; the room that determines rewards registers how it knows."""

from __future__ import annotations

from collections.abc import Callable

# Each answers for (organisation id, plan year) whether that year's reward is determined.
YEAR_CLOSED: list[Callable[[int, int], bool]] = []


def register_year_closed(check: Callable[[int, int], bool]) -> None:
    """Add a reason for which a plan year takes no further batch (at start of a room)."""
    YEAR_CLOSED.append(check)


def year_is_closed(organisation_id: int, year: int) -> bool:
    """Whether the year's reward of this organisation is determined, so that no batch may follow. Source: A-67."""
    return any(check(organisation_id, year) for check in YEAR_CLOSED)
