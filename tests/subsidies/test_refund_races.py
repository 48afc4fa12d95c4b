"""Two officers at once on one refund, or on the rate of one year: exactly one takes effect, the other is told."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from core.workflow import By
from ledger.models import InterestRate, Transfer
from ledger.services.interest import enter_interest_rate
from rewards.models import Offset
from subsidies.models import Line
from subsidies.services.refunds import approve_refund, record_refund_paid, verify_refund
from tests import factories
from tests.racing import race
from tests.rewards import reward_cases as cases
from villages.enums import Role

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]
ON = date(2025, 3, 5)


@pytest.fixture
def lines(cast: SimpleNamespace) -> list[Line]:
    """Posted lines of one village."""
    cases.posted_village(cast, factories.SHIMEN, members=10, fen=20_000)
    return list(Line.objects.order_by("position"))


def approved_refund(cast: SimpleNamespace, line: Line) -> int:
    """A refund of the whole line, ready to be paid."""
    refund = cases.refund(cast, line, line.amount_fen, on=ON, pay=False)
    verify_refund(refund.pk, by=By(cast.officer, ON))
    approve_refund(refund.pk, by=By(cast.reviewer, ON))
    return refund.pk


def test_one_refund_paid_by_two_officers_goes_back_once(cast: SimpleNamespace, lines: list[Line]) -> None:
    pk = approved_refund(cast, lines[0])
    acts = [
        lambda who=who: record_refund_paid(pk, by=By(who, ON), voucher="T1")
        for who in (cast.tax, cast.finance)
    ]
    assert race(*acts) == ["E-STATE", "done"]
    assert Transfer.objects.filter(kind="refund").count() == 1


def test_two_refunds_of_a_rewarded_village_paid_at_once_both_take_effect(
    cast: SimpleNamespace, lines: list[Line]
) -> None:
    cases.whole_reward(cast)
    first, second = (approved_refund(cast, line) for line in lines[:2])
    assert race(
        lambda: record_refund_paid(first, by=By(cast.tax, ON), voucher="T1"),
        lambda: record_refund_paid(second, by=By(cast.finance, ON), voucher="T2"),
    ) == ["done", "done"]
    assert sum(Offset.objects.values_list("amount_fen", flat=True)) == 24_000


def test_one_line_asked_back_twice_at_once_is_asked_once(cast: SimpleNamespace, lines: list[Line]) -> None:
    other = factories.account("clerk2", factories.SHIMEN, Role.CLERK)
    acts = [
        lambda who=who: cases.refund(
            SimpleNamespace(clerk=who), lines[0], lines[0].amount_fen, on=ON, pay=False
        )
        for who in (cast.clerk, other)
    ]
    assert race(*acts) == ["E-REFUND-AMOUNT", "done"]


def test_one_years_rate_entered_by_two_officers_stands_once(cast: SimpleNamespace) -> None:
    other = factories.account("officer2", factories.COUNTY, Role.OFFICER)
    acts = [
        lambda who=who: enter_interest_rate(
            factories.COUNTY, by=By(who, ON), year=2024, rate_ppm=30_000, document="公布文件"
        )
        for who in (cast.officer, other)
    ]
    assert race(*acts) in (["E-STATE", "done"], ["done", "done"])
    assert InterestRate.objects.count() == 1
