"""Does the ledger say what its causes say? Each room adds the checks of its own causes.

Sum-to-zero proves nothing (a doubled transfer also sums to zero), so every check compares transfers with the rows
that caused them: missing, doubled, orphaned, of another amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.counts import NAMED_ROWS
from ledger.enums import RateState, TransferKind
from ledger.models import Account, InterestRate, Transfer
from ledger.rules import reckoning
from ledger.services.interest import NOTHING, person_accounts, with_interest
from policies.selectors import rulebook


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which the books do not hold: what, and the ids of the rows concerned."""

    sentence: str
    ids: tuple[int, ...] = ()

    def __str__(self) -> str:
        if not self.ids:
            return self.sentence
        shown = "、".join(str(i) for i in self.ids[:NAMED_ROWS])
        return _("%(what)s：%(ids)s%(more)s，共%(n)d处") % {
            "what": self.sentence,
            "ids": shown,
            "more": "…" if len(self.ids) > NAMED_ROWS else "",
            "n": len(self.ids),
        }


BookCheck = Callable[[], Iterable[Problem]]
CHECKS: list[BookCheck] = []


def register_check(check: BookCheck) -> BookCheck:
    """Add a check of the books (at start of a room)."""
    CHECKS.append(check)
    return check


def problems() -> list[Problem]:
    """Everything wrong with the books; empty when they hold."""
    return [problem for check in CHECKS for problem in check()]


def found(sentence: str, rows: QuerySet, column: str = "pk") -> Iterator[Problem]:
    """A problem with these rows, or nothing where there are none."""
    ids = tuple(rows.order_by(column).values_list(column, flat=True))
    if ids:
        yield Problem(sentence, ids)


@register_check
def transfers_are_sound() -> Iterator[Problem]:
    """Books are not mixed, reversals mirror what they take back, a person's money goes to the person's account."""
    mixed = Transfer.objects.exclude(debit__book=F("book"), credit__book=F("book"))
    yield from found(_("两个账套混记"), mixed)
    crooked = Transfer.objects.filter(reverses__isnull=False).exclude(
        amount_fen=F("reverses__amount_fen"), debit=F("reverses__credit"), credit=F("reverses__debit")
    )
    yield from found(_("冲正与原账不符"), crooked)
    strange = Q(credit__person__isnull=False) & (
        ~Q(credit__person=F("person")) | ~Q(credit__source=F("source"))
    )
    strange |= Q(debit__person__isnull=False) & (
        ~Q(debit__person=F("person")) | ~Q(debit__source=F("source"))
    )
    yield from found(_("记到了别人的账户或别的来源"), Transfer.objects.filter(strange))


@register_check
def causes_are_booked_once() -> Iterator[Problem]:
    """No cause stands behind two transfers of one kind, year and account (returns may come in parts)."""
    twice = (
        Transfer.objects.filter(cause_id__isnull=False)
        .exclude(kind=TransferKind.RETURNED)
        .order_by()
        .values("kind", "cause_type", "cause_id", "year", "debit", "credit")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    ids = tuple(sorted({row["cause_id"] for row in twice if row["cause_id"] is not None}))
    if ids:
        yield Problem(_("同一事由记了两次"), ids)


@register_check
def interest_is_right() -> Iterator[Problem]:
    """What each sub-balance was credited in a settled year, less what was taken back, is the year's reckoning."""
    for rate in InterestRate.objects.filter(state=RateState.SETTLED):
        yield from _wrong_interest(rate)


def _wrong_interest(rate: InterestRate) -> Iterator[Problem]:
    assert rate.settled_on is not None
    how = reckoning(rulebook(rate.county_code, on=rate.settled_on), year=rate.year, rate_ppm=rate.rate_ppm)
    accounts = person_accounts(rate.county_code)
    due = with_interest(Account.objects.filter(pk=OuterRef("pk")), how).values("interest_fen")
    credited = _net_interest("credit", rate.year) - _net_interest("debit", rate.year)
    wrong = accounts.annotate(credited_fen=credited, due_fen=Coalesce(Subquery(due), NOTHING)).exclude(
        credited_fen=F("due_fen")
    )
    yield from found(_("%(year)s年度利息与应计不符，账户") % {"year": rate.year}, wrong)


def _net_interest(side: str, year: int) -> Coalesce:
    kinds = [TransferKind.INTEREST, TransferKind.REFUND_INTEREST]
    rows = Transfer.objects.filter(kind__in=kinds, year=year, **{side: OuterRef("pk")})
    return Coalesce(Subquery(rows.order_by().values(side).annotate(n=Sum("amount_fen")).values("n")), NOTHING)
