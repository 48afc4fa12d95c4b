"""Which organisations of a county subsidised in a plan year, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

from subsidies.selectors.posting import year_sums


@dataclass(frozen=True, slots=True)
class Subsidised:
    """What stands on pension accounts of one organisation's plan year: persons, and posted less refunded."""

    headcount: int
    amount_fen: int


def subsidised_of(county_code: str, year: int) -> dict[int, Subsidised]:
    """By organisation, those of whom something is left; the same figures as a reward is reckoned from (JN-13)."""
    return {
        key: Subsidised(one.headcount, one.posted_fen - one.refunded_fen)
        for key, one in year_sums(county_code, year).items()
        if one.headcount and one.posted_fen > one.refunded_fen
    }
