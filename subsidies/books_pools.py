"""Pools compared with their entries, with the lines and refunds that caused them, and with the fund book.

See `ledger.checks`; a pool whose figures were touched by anything but an entry is found here.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from ledger.checks import Problem, register_check
from ledger.enums import AccountKind, Source
from ledger.models import Account
from ledger.selectors import with_balances
from subsidies.enums import LineState, Payee, PoolEntryKind, RefundState
from subsidies.models import Line, Pool, PoolEntry, Refund, TaxRow
from subsidies.models.donations import COLUMNS
from subsidies.rules.pools import SIGNS
from subsidies.services.pools import REFILLS, SPENT


@register_check
def pools_are_the_sum_of_their_entries() -> Iterator[Problem]:
    """Each column of a pool is what its entries add up to."""
    sums: dict[int, dict[str, int]] = {}
    for pool, kind, fen in (
        PoolEntry.objects.order_by().values_list("pool", "kind").annotate(fen=Sum("amount_fen"))
    ):
        columns = sums.setdefault(pool, dict.fromkeys(COLUMNS, 0))
        for column, sign in SIGNS[PoolEntryKind(kind)].items():
            columns[column] += sign * fen
    nothing = dict.fromkeys(COLUMNS, 0)
    wrong = [
        row["pk"]
        for row in Pool.objects.order_by("pk").values("pk", *COLUMNS)
        if {name: row[name] for name in COLUMNS} != sums.get(row["pk"], nothing)
    ]
    if wrong:
        yield Problem(_("专款的数与变动记录不符"), tuple(wrong))


@register_check
def pools_are_spent_as_their_lines_say() -> Iterator[Problem]:
    """What is reserved and paid of a pool is what its lines say, what came back is what its refunds say."""
    states = Q(state=LineState.ELIGIBLE), Q(state__in=SPENT)
    lines = {
        row["pool"]: (row["reserved"], row["remitted"])
        for row in Line.objects.filter(pool__isnull=False)
        .order_by()
        .values("pool")
        .annotate(
            reserved=Sum("amount_fen", filter=states[0], default=0),
            remitted=Sum("amount_fen", filter=states[1], default=0),
        )
    }
    back = dict(
        Refund.objects.filter(state=RefundState.REVERSED, payee__in=REFILLS, line__pool__isnull=False)
        .order_by()
        .values_list("line__pool")
        .annotate(fen=Sum("amount_fen"))
    )
    pools = list(Pool.objects.order_by("pk"))
    spent = [p.pk for p in pools if (p.reserved_fen, p.remitted_fen) != lines.get(p.pk, (0, 0))]
    if spent:
        yield Problem(_("专款的占用、缴款与补助人员不符"), tuple(spent))
    refunded = [p.pk for p in pools if p.refunded_fen != back.get(p.pk, 0)]
    if refunded:
        yield Problem(_("专款的退回与退费不符"), tuple(refunded))


@register_check
def donors_money_is_booked_from_its_pool() -> Iterator[Problem]:
    """The fund book took from each donor's pool what the tax office reported of it, less what came back."""
    came = dict(
        TaxRow.objects.standing()
        .filter(notice__application__plan__pool__isnull=False)
        .order_by()
        .values_list("notice__application__plan__pool")
        .annotate(fen=Sum("net_fen"))
    )
    back = dict(
        Refund.objects.filter(state=RefundState.REVERSED, payee=Payee.POOL)
        .order_by()
        .values_list("line__pool")
        .annotate(fen=Sum("amount_fen"))
    )
    accounts = with_balances(Account.objects.filter(kind=AccountKind.SPONSOR_FUND))
    held = {int(key.rpartition(":")[2]): fen for key, fen in accounts.values_list("key", "balance_fen")}
    wrong = [
        pool
        for pool in Pool.objects.filter(source=Source.SPONSOR).order_by("pk").values_list("pk", flat=True)
        if held.get(pool, 0) != back.get(pool, 0) - came.get(pool, 0)
    ]
    if wrong:
        yield Problem(_("基金账上的社会资助与专款不符"), tuple(wrong))


@register_check
def lines_are_paid_from_their_plan() -> Iterator[Problem]:
    """A line's money and pool are those of its plan."""
    strange = Line.objects.filter(
        Q(plan__pool__isnull=False) & (~Q(pool=F("plan__pool")) | ~Q(source=Source.SPONSOR))
        | Q(plan__pool__isnull=True) & ~Q(source=Source.COLLECTIVE)
    )
    ids = tuple(strange.order_by("pk").values_list("pk", flat=True))
    if ids:
        yield Problem(_("补助的资金与方案不符"), ids)
