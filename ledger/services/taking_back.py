"""Taking principal back from a sub-balance, with the interest that it alone had earned (A-16)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Q, Sum

from core.calendar import YEAR_END
from ledger.enums import AccountKind, RateState, TransferKind
from ledger.models import Account, InterestRate, Transfer
from ledger.rules import reckoning
from ledger.services.interest import with_interest
from ledger.services.transfers import Movement, office_account, record_transfer
from policies.selectors import rulebook


@dataclass(frozen=True, slots=True)
class TakingBack:
    """What is taken back of one posting: to which account, when, for which cause.

    `keeps_interest`: interest credited so far stays, and the amount counts from the day it is paid.
    """

    amount_fen: int
    payee_account_id: int
    on: date
    cause_id: int
    keeps_interest: bool = False
    clause: str = ""


def take_back(posted: Transfer, taking: TakingBack) -> int:
    """Book principal and interest of a posting back and return the interest in fen.

    The principal counts from the posting it takes back, so that nothing is earned on it from then on. For each
    settled year what the sub-balance was credited is compared with what it is due without this principal.
    """
    counts_on = taking.on if taking.keeps_interest else posted.counts_on
    record_transfer(
        _movement(posted, taking, counts_on=counts_on, key=f"refund:{taking.cause_id}"), place=posted
    )
    if taking.keeps_interest:
        return 0
    rates = InterestRate.objects.filter(
        county_code=posted.credit.county_code, state=RateState.SETTLED, year__gte=posted.counts_on.year
    )
    return sum(_take_interest(posted, taking, rate) for rate in rates.order_by("year"))


def _take_interest(posted: Transfer, taking: TakingBack, rate: InterestRate) -> int:
    surplus = credited_fen(posted.credit_id, rate.year) - due_fen(posted.credit_id, rate)
    if surplus <= 0:
        return 0
    movement = _movement(
        posted,
        taking,
        counts_on=date(rate.year, *YEAR_END),
        key=f"refund_interest:{taking.cause_id}:{rate.year}",
    )
    interest = office_account(AccountKind.INTEREST, place=rate)
    back = replace(
        movement,
        kind=TransferKind.REFUND_INTEREST,
        credit=interest.pk,
        amount_fen=surplus,
        year=rate.year,
    )
    record_transfer(back, place=posted)
    return surplus


def _movement(posted: Transfer, taking: TakingBack, *, counts_on: date, key: str) -> Movement:
    return Movement(
        kind=TransferKind.REFUND,
        debit=posted.credit_id,
        credit=taking.payee_account_id,
        amount_fen=taking.amount_fen,
        on=taking.on,
        counts_on=counts_on,
        year=posted.year,
        cause_key=key,
        cause_type="subsidies.refund",
        cause_id=taking.cause_id,
        person=posted.person_id,
        source=posted.source,
        clause=taking.clause,
    )


def due_fen(account_id: int, rate: InterestRate) -> int:
    """What a sub-balance is due for a settled year, as the books stand now."""
    assert rate.settled_on is not None
    how = reckoning(rulebook(rate.county_code, on=rate.settled_on), year=rate.year, rate_ppm=rate.rate_ppm)
    return (
        with_interest(Account.objects.filter(pk=account_id), how)
        .values_list("interest_fen", flat=True)
        .first()
        or 0
    )


def credited_fen(account_id: int, year: int) -> int:
    """What a sub-balance was credited for a year, less what was taken back of it."""
    came, went = (
        Q(kind=TransferKind.INTEREST, credit=account_id),
        Q(kind=TransferKind.REFUND_INTEREST, debit=account_id),
    )
    sums = Transfer.objects.filter(came | went, year=year).aggregate(
        came=Sum("amount_fen", filter=came, default=0), went=Sum("amount_fen", filter=went, default=0)
    )
    return sums["came"] - sums["went"]
