"""Checks of the reward book against the rows that caused it, and what the lower rooms ask of rewards."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext as _

from ledger.checks import Problem, found, register_check
from ledger.enums import AccountKind, TransferKind
from ledger.models import Account, Transfer
from ledger.selectors import with_balances
from rewards import workflow as steps
from rewards.enums import RewardState
from rewards.models import Reward


def reward_is_determined(organisation_id: int, year: int) -> bool:
    """Whether a plan year takes no further batch, because its reward is determined. Source: A-67."""
    return Reward.objects.filter(
        organisation=organisation_id, year=year, state__in=[*steps.FIXED, RewardState.RETURNED]
    ).exists()


@register_check
def rewards_are_paid_as_they_say() -> Iterator[Problem]:
    """Each paid row has its one transfer to its village, of its amount; no transfer is without such a row."""
    booked = Transfer.objects.filter(kind=TransferKind.REWARD_PAID, cause_type="rewards.reward")
    right = booked.filter(
        cause_id=OuterRef("pk"),
        amount_fen=OuterRef("approved_fen"),
        on=OuterRef("paid_on"),
        credit__village_code=OuterRef("village_code"),
    )
    paid = Reward.objects.filter(state=RewardState.PAID)
    yield from found(_("已拨付的奖励没有对应的账目"), paid.filter(approved_fen__gt=0).filter(~Exists(right)))
    yield from found(
        _("拨付账目没有对应的奖励"), booked.filter(~Exists(paid.filter(pk=OuterRef("cause_id"))))
    )


@register_check
def agency_holds_what_waits() -> Iterator[Problem]:
    """In each county the agency's reward account holds exactly what villages still wait for; zero when all is paid."""
    due = dict(
        Reward.objects.order_by().values_list("county_code").annotate(fen=Sum("held_fen")).filter(fen__gt=0)
    )
    accounts = Account.objects.filter(kind=AccountKind.AGENCY_TRANSIT)
    held = dict(with_balances(accounts).values_list("county_code", "balance_fen"))
    for county in sorted(set(due) | set(held)):
        if due.get(county, 0) != held.get(county, 0):
            yield Problem(
                _("%(county)s奖励专户应为%(due)d分，账上%(held)d分")
                % {"county": county, "due": due.get(county, 0), "held": held.get(county, 0)}
            )
