"""What rests on a payment: rooms above, which know of subsidies, say so here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Resting:
    """One thing that was judged by a payment.

    `name` says which (石门村2024年度第1批第3号), `state` how far it is, `follows` what becomes of it where the payment
    is taken back or lowered (A-72); `posted_on` is the day its money was posted, None where none stands posted.
    """

    payment: int
    name: str
    state: str
    follows: str
    posted_on: date | None = None


# Functions from payment ids to what rests on them.
RESTS_ON_PAYMENT: list[Callable[[Collection[int]], Iterable[Resting]]] = []


def resting_on(ids: Collection[int]) -> dict[int, list[Resting]]:
    """Payment id → what rests on it, for those of the payments on which anything does."""
    found: dict[int, list[Resting]] = {}
    for asked in RESTS_ON_PAYMENT if ids else ():
        for one in asked(ids):
            found.setdefault(one.payment, []).append(one)
    return found
