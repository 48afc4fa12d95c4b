"""Two at once on the last money of a pool: exactly one has it, the other is told E-POOL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.checks import problems
from subsidies.models import Application, PaymentNotice, Pool
from subsidies.services import applications
from subsidies.services.applications import LineChanges
from subsidies.services.verification import confirm_verification
from tests import factories
from tests.racing import race
from tests.subsidies import gifts
from tests.subsidies.gifts import columns, on

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]
DAY = "2024-09-02"


@pytest.fixture
def village(base_data: None) -> factories.Village:
    return factories.make_village(members=5)


def two_batches(
    village: factories.Village, cast: SimpleNamespace, *, yuan: int
) -> tuple[Pool, list[Application]]:
    """A pool, and two verified batches of three and of two members at 100.00 that wait for the reviewer."""
    pool = gifts.pool(village, cast.clerk, DAY, yuan=yuan)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    year, day = gifts.year_of(village, cast), date(2024, 9, 3)
    first = year.draw_up(plan, day)
    leave = list(first.lines.order_by("position").values_list("pk", flat=True)[:2])
    applications.change_lines(first.pk, by=on(cast.clerk, day), changes=LineChanges(remove=leave))
    year.submit(first, day)
    second = year.draw_up(plan, day)
    year.submit(second, day)
    return pool, [year.verify(batch, day) for batch in (first, second)]


def confirming(batch: Application, cast: SimpleNamespace) -> Callable[[], Any]:
    return lambda: confirm_verification(batch.pk, by=on(cast.reviewer, "2024-09-04"))


@pytest.mark.rule("NX-09")
def test_of_two_batches_that_want_the_last_money_one_has_it(village, cast):
    pool, batches = two_batches(village, cast, yuan=400)

    assert race(*[confirming(batch, cast) for batch in batches]) == ["E-POOL", "done"]

    won = PaymentNotice.objects.get()
    assert columns(pool)[1] == won.amount_fen // 100
    assert sorted(Application.objects.values_list("state", flat=True)) == ["notified", "verified"]
    assert problems() == []


@pytest.mark.rule("NX-09")
def test_where_there_is_enough_for_both_both_have_it(village, cast):
    pool, batches = two_batches(village, cast, yuan=500)

    assert race(*[confirming(batch, cast) for batch in batches]) == ["done", "done"]

    assert columns(pool) == (500, 500, 0, 0, 0, 0)
    assert problems() == []


def test_money_is_either_granted_or_given_back_to_the_donor(village, cast):
    pool, batches = two_batches(village, cast, yuan=400)

    def give_back() -> None:
        gifts.give_back(pool, cast.clerk, "2024-09-04", yuan=300)

    assert race(confirming(batches[0], cast), give_back) == ["E-POOL", "done"]

    assert columns(pool)[5] in (100, 100)
    assert problems() == []


def test_one_payment_recorded_twice_at_once_comes_in_once(village, cast):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=0)
    pay = [lambda: gifts.receive(pool, cast.clerk, DAY, yuan=100) for _ in range(2)]

    assert race(*pay) == ["E-VOUCHER", "done"]

    assert columns(pool)[0] == 100
