"""What rests on a payment: rooms above, which know of subsidies, say so here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from core.access import Area


@dataclass(frozen=True, slots=True)
class Resting:
    """One thing that was judged by a payment.

    `name` says which (石门村2024年度第1批第3号), `state` how far it is, `follows` what becomes of it where the payment
    is taken back or lowered (A-72); `posted_on` is the day its money was posted, None where none stands posted. The
    codes are its place: a payment and what rests on it may lie in different areas.
    """

    payment: int
    name: str
    state: str
    follows: str
    county_code: str
    town_code: str
    village_code: str
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


def resting_within(area: Area | None, ids: Collection[int]) -> dict[int, list[Resting]]:
    """`resting_on` for a reader of this area: of what lies outside it only that there is something, and how far."""
    return {pk: [_as_seen(one, area) for one in found] for pk, found in resting_on(ids).items()}


def _as_seen(one: Resting, area: Area | None) -> Resting:
    if area is not None and area.holds(one):
        return one
    return replace(one, name=_("其他单位管理的村的补助"), posted_on=None)
