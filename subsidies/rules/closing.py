"""Whether a plan year is closed to further plans and batches; higher rooms register how they know."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import RuleViolation

# Each answers for (organisation id, plan year) whether that year's reward is determined.
YEAR_CLOSED: list[Callable[[int, int], bool]] = []
# Each says for (county code, plan year) why the year takes nothing more; empty while it is open.
YEAR_SHUT: list[Callable[[str, int], str]] = []


def register_year_closed(check: Callable[[int, int], bool]) -> None:
    """Add a reason for which a plan year takes no further batch (at start of a room)."""
    YEAR_CLOSED.append(check)


def register_year_shut(why: Callable[[str, int], str]) -> None:
    """Add a reason for which a plan year takes nothing more at all (at start of a room)."""
    YEAR_SHUT.append(why)


def year_is_closed(organisation_id: int, year: int) -> bool:
    """Whether the year's reward of this organisation is determined, so that no batch may follow. Source: A-67."""
    return any(check(organisation_id, year) for check in YEAR_CLOSED)


def why_year_is_shut(county_code: str, year: int) -> str:
    """Why a county's plan year takes nothing more; empty while it is open."""
    return next((sentence for why in YEAR_SHUT if (sentence := why(county_code, year))), "")


def require_year_open(county_code: str, year: int) -> None:
    """Raise RuleViolation E-YEAR-CLOSED where the year was closed for good: no plan, no batch of it may follow.

    Source: A-17 (what a closed year reported stays as it is).
    """
    sentence = why_year_is_shut(county_code, year)
    if sentence:
        raise RuleViolation(sentence, code="E-YEAR-CLOSED", year=year)
