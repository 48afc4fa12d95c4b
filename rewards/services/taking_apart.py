"""What undoing a determination gives back: offsets, budget, and money that already came in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import F

from ledger.enums import AccountKind, Book, TransferKind
from ledger.services import Movement, office_account, record_transfer
from policies.selectors import ground_name
from rewards.enums import BudgetState, OffsetState
from rewards.models import Budget, Offset, OffsetUse, Reward

CLEARED = {
    "determined_fen": None,
    "determined_by": None,
    "determined_on": None,
    "offset_fen": 0,
    "approved_fen": None,
    "approved_by": None,
    "approved_on": None,
    "payment_proposed_by": None,
    "application": None,
    "payment": None,
    "payee": None,
    "late_fen": 0,
}
TAKEN_APART = (*CLEARED, "held_fen", "money_moves")


def take_apart(rows: Sequence[Reward], *, on: date) -> None:
    """Undo the determination of locked rows in memory, whose new caps are set: offsets open again, the budget is
    free, money on the agency's account above the new cap goes back to finance. The caller writes the rows.
    """
    release_budget(rows)
    for row in rows:
        return_excess(row, keep_fen=max(row.cap_fen - row.offset_fen, 0), on=on)
    release_offsets(rows)
    for row in rows:
        for name, value in CLEARED.items():
            setattr(row, name, value)


def release_offsets(rows: Sequence[Reward]) -> None:
    """Open again what these rewards had settled of earlier offsets."""
    uses = OffsetUse.objects.filter(reward__in=[row.pk for row in rows])
    given_back: dict[int, int] = defaultdict(int)
    for offset_id, fen in uses.values_list("offset", "amount_fen"):
        given_back[offset_id] += fen
    for offset_id, fen in sorted(given_back.items()):
        Offset.objects.filter(pk=offset_id).update(settled_fen=F("settled_fen") - fen, state=OffsetState.OPEN)
    uses.delete()


def release_budget(rows: Sequence[Reward]) -> None:
    """Give the approved sums of these rows back to their year's budget."""
    freed: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows:
        freed[row.county_code, row.year] += row.approved_fen or 0
    for (county, year), fen in sorted(freed.items()):
        if fen:
            Budget.objects.filter(county_code=county, year=year, state=BudgetState.AGREED).update(
                reserved_fen=F("reserved_fen") - fen
            )


def return_excess(row: Reward, *, keep_fen: int, on: date) -> int:
    """Send what the agency holds for a village above `keep_fen` back to finance; return how much."""
    excess = row.held_fen - keep_fen
    if excess <= 0:
        return 0
    row.held_fen = keep_fen
    row.money_moves += 1
    record_transfer(
        Movement(
            kind=TransferKind.REWARD_RETURNED,
            debit=office_account(AccountKind.AGENCY_TRANSIT, place=row).pk,
            credit=office_account(AccountKind.FINANCE, place=row).pk,
            amount_fen=excess,
            on=on,
            year=row.year,
            cause_key=f"reward_returned:{row.pk}:{row.money_moves}",
            cause_type="rewards.reward",
            cause_id=row.pk,
            clause=ground_name(row, "reward", on=on),
            book=Book.REWARD,
        ),
        place=row,
    )
    return excess
