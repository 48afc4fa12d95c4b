"""Reads of money reported twice for persons of one notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.counts import TICKED_ROWS
from subsidies.enums import DifferenceState, Match, Settlement
from subsidies.models import Difference, PaymentNotice

# Never was such a payment (a file sent twice): the rows count nothing. It was paid twice: the money goes back.
WAYS = (Settlement.CORRECT, Settlement.RETURN)
# The terms of a correction that leaves nothing of the row.
VOID = {"is_void": True}


@dataclass(frozen=True, slots=True)
class Repeats:
    """Repeats of a notice that are settled as one, each with its tax row, and what they come to."""

    rows: Sequence[Difference]

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.rows)

    @property
    def shown(self) -> Sequence[Difference]:
        """The first of them, for a page."""
        return self.rows[:TICKED_ROWS]

    @property
    def sum_fen(self) -> int:
        """The money they report."""
        return sum(row.found_fen for row in self.rows)


@dataclass(frozen=True, slots=True)
class RepeatsOfNotice:
    """The repeats nobody has proposed anything for, and by way those proposed to be settled as a whole."""

    open: Repeats
    proposed: Mapping[Settlement, Repeats]


def repeats_of(notice: PaymentNotice) -> RepeatsOfNotice:
    """All unsettled repeats of a notice, in one statement; one of which a part went back before is none of them."""
    found = Difference.objects.filter(
        notice=notice,
        kind=Match.REPEAT,
        state__in=[DifferenceState.OPEN, DifferenceState.PROPOSED],
        tax_row__returned_fen=0,
        tax_row__is_corrected=False,
    )
    rows = list(found.select_related("tax_row", "line", "proposed_by").order_by("line__position", "pk"))
    left = [row for row in rows if row.state == DifferenceState.OPEN]
    proposed = [row for row in rows if row.state == DifferenceState.PROPOSED]
    return RepeatsOfNotice(
        Repeats(left), {way: Repeats([row for row in proposed if _is_whole(row, way)]) for way in WAYS}
    )


def _is_whole(row: Difference, way: Settlement) -> bool:
    return row.settlement == way and (way != Settlement.CORRECT or row.terms == VOID)
