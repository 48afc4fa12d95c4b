"""The ledger compared with the lines, tax rows and refunds that caused it (see `ledger.checks`)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from ledger.checks import Problem, found, register_check
from ledger.enums import AccountKind, TransferKind
from ledger.models import Account, Transfer
from ledger.selectors import with_balances
from subsidies.enums import LineState, RefundState
from subsidies.models import Line, PriorGrant, Refund, TaxRow

POSTED = (LineState.POSTED, LineState.REFUNDED)
LINE, TAX_ROW, REFUND = "subsidies.line", "subsidies.taxrow", "subsidies.refund"


def _caused(kind: TransferKind, cause_type: str) -> QuerySet[Transfer]:
    return Transfer.objects.filter(kind=kind, cause_type=cause_type)


@register_check
def lines_are_posted_as_they_say() -> Iterator[Problem]:
    """Each posted line has its one transfer, of its amount, to its person; no transfer is without such a line."""
    booked = _caused(TransferKind.POSTED, LINE)
    right = booked.filter(
        cause_id=OuterRef("pk"),
        amount_fen=OuterRef("amount_fen"),
        year=OuterRef("year"),
        on=OuterRef("posted_on"),
        credit__person=OuterRef("person"),
        source=OuterRef("source"),
        credit__source=OuterRef("source"),
        debit__kind=AccountKind.IN_TRANSIT,
    )
    posted = Line.objects.filter(state__in=POSTED)
    yield from found(_("已记账的人没有对应的账目"), posted.filter(~Exists(right)))
    orphans = booked.filter(~Exists(posted.filter(pk=OuterRef("cause_id"))))
    yield from found(_("账目没有对应的已记账人员"), orphans)


@register_check
def tax_money_is_booked() -> Iterator[Problem]:
    """Each row of tax money came in once, at its amount; a corrected one was taken back."""
    booked = _caused(TransferKind.REMITTED, TAX_ROW)
    rows = TaxRow.objects.filter(is_reversal=False)
    right = booked.filter(cause_id=OuterRef("pk"), amount_fen=OuterRef("amount_fen"))
    yield from found(_("税务到账没有记账"), rows.filter(~Exists(right)))
    yield from found(_("到账账目没有税务回传"), booked.filter(~Exists(rows.filter(pk=OuterRef("cause_id")))))
    undone = right.filter(reversed_by__isnull=False)
    wrong = Q(is_corrected=True) & ~Exists(undone) | Q(is_corrected=False) & Exists(undone)
    yield from found(_("税务更正与账目不符"), rows.filter(wrong))


@register_check
def transit_is_what_waits() -> Iterator[Problem]:
    """In each county the fund in transit holds what came in, less what went back, less what was posted."""
    came = TaxRow.objects.standing().order_by().values("county_code").annotate(fen=Sum("net_fen"))
    went = (
        Line.objects.filter(state__in=POSTED).order_by().values("county_code").annotate(fen=Sum("amount_fen"))
    )
    due = {row["county_code"]: row["fen"] for row in came}
    for row in went:
        due[row["county_code"]] = due.get(row["county_code"], 0) - row["fen"]
    held = dict(
        with_balances(Account.objects.filter(kind=AccountKind.IN_TRANSIT)).values_list(
            "county_code", "balance_fen"
        )
    )
    for county in sorted(set(due) | set(held)):
        if due.get(county, 0) != held.get(county, 0):
            yield Problem(
                _("%(county)s在途资金应为%(due)d分，账上%(held)d分")
                % {"county": county, "due": due.get(county, 0), "held": held.get(county, 0)}
            )


@register_check
def refunds_are_reversed_as_they_say() -> Iterator[Problem]:
    """Each reversed refund took its amount and its interest from the account; no other refund took anything."""
    booked = _caused(TransferKind.REFUND, REFUND)
    done = Refund.objects.filter(state=RefundState.REVERSED)
    right = booked.filter(cause_id=OuterRef("pk"), amount_fen=OuterRef("amount_fen"), on=OuterRef("paid_on"))
    yield from found(_("已退费没有冲账"), done.filter(~Exists(right.filter(person=OuterRef("line__person")))))
    yield from found(_("冲账没有对应的退费"), booked.filter(~Exists(done.filter(pk=OuterRef("cause_id")))))
    back = (
        _caused(TransferKind.REFUND_INTEREST, REFUND)
        .order_by()
        .values("cause_id")
        .annotate(fen=Sum("amount_fen"))
    )
    taken = {row["cause_id"]: row["fen"] for row in back if row["cause_id"] is not None}
    said = dict(done.filter(interest_fen__gt=0).values_list("pk", "interest_fen"))
    if taken != said:
        wrong = {pk for pk in set(taken) | set(said) if taken.get(pk) != said.get(pk)}
        yield Problem(_("退费冲减的利息与账目不符"), tuple(sorted(wrong)))


@register_check
def prior_grants_are_booked() -> Iterator[Problem]:
    """Each grant from before stands in its person's account at its amount, and nothing else is booked as one."""
    booked = _caused(TransferKind.OPENING, "subsidies.priorgrant")
    grants = PriorGrant.objects.all()
    right = booked.filter(
        cause_id=OuterRef("pk"), amount_fen=OuterRef("amount_fen"), credit__person=OuterRef("person")
    )
    yield from found(_("期初补助没有记账"), grants.filter(~Exists(right)))
    yield from found(
        _("期初账目没有对应的补助"), booked.filter(~Exists(grants.filter(pk=OuterRef("cause_id"))))
    )


@register_check
def nothing_is_refunded_beyond_its_line() -> Iterator[Problem]:
    """Refunds of a line never exceed it, and a line is refunded exactly when all of it went back."""
    totals = (
        Line.objects.filter(refunds__state=RefundState.REVERSED)
        .annotate(back_fen=Sum("refunds__amount_fen"))
        .order_by()
    )
    too_much = totals.filter(back_fen__gt=F("amount_fen"))
    yield from found(_("退费超过补助金额"), too_much)
    whole = totals.filter(back_fen=F("amount_fen")).values("pk")
    yield from found(
        _("退完的人状态不对"), Line.objects.filter(pk__in=whole).exclude(state=LineState.REFUNDED)
    )
    yield from found(
        _("没有退完却记为已退费"), Line.objects.filter(state=LineState.REFUNDED).exclude(pk__in=whole)
    )
