"""Two finance officers at once on the last budget yuan; two officers determining at once: exactly one takes effect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from core.models import Event
from core.workflow import By
from rewards import services
from rewards.models import Budget, Reward, RewardPayment
from rewards.services import RowDecision, budgets
from tests import factories
from tests.racing import race
from tests.rewards import reward_cases as cases
from villages.enums import Role

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def last_yuan(cast: SimpleNamespace) -> list[Callable[[], Any]]:
    """Two applied rows of 1,200.00 each and a budget of 2,399.99: two officers, one row each."""
    for code in (factories.SHIMEN, factories.SHAXI):
        cases.posted_village(cast, code, members=10, fen=20_000)
    cases.budget(cast, 239_999)
    application = cases.applied(cast)
    other = factories.account("finance2", factories.COUNTY, Role.FINANCE)
    on = date(2025, 1, 15)
    ids = application.rewards.order_by("pk").values_list("pk", flat=True)

    def act(pk: int, who: Any) -> Callable[[], Any]:
        return lambda: services.approve([RowDecision(pk)], by=By(who, on))

    return [act(pk, who) for pk, who in zip(ids, (cast.finance, other), strict=True)]


def test_the_last_yuan_of_the_budget_goes_to_one(last_yuan: list[Callable[[], Any]]) -> None:
    assert race(*last_yuan) == ["E-BUDGET", "done"]
    assert Budget.objects.get().reserved_fen == 120_000
    assert sorted(Reward.objects.values_list("state", flat=True)) == ["applied", "approved"]


def test_without_the_budgets_lock_the_same_race_is_lost(
    last_yuan: list[Callable[[], Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both read the budget before either writes it, and the second overwrites the first."""
    both_read = threading.Barrier(2, timeout=10)

    def unlocked(county_code: str, year: int) -> Budget | None:
        found = Budget.objects.filter(county_code=county_code, year=year, state="agreed").first()
        both_read.wait()
        return found

    monkeypatch.setattr(budgets, "agreed_budget", unlocked)
    assert race(*last_yuan) == ["done", "done"]
    assert sum(Reward.objects.values_list("approved_fen", flat=True)) > Budget.objects.get().total_fen


def test_two_officers_determine_the_same_village_once(cast: SimpleNamespace) -> None:
    cases.posted_village(cast, factories.SHIMEN, members=10, fen=20_000)
    other = factories.account("officer2", factories.COUNTY, Role.OFFICER)
    on = date(2025, 1, 10)
    acts = [
        lambda who=who: services.determine(cases.COUNTY, 2024, by=By(who, on))
        for who in (cast.officer, other)
    ]
    assert race(*acts) == ["E-REWARD-TWICE", "done"]
    assert Event.objects.filter(act="rewards.determine").count() == 1


def test_a_payment_confirmed_twice_at_once_pays_once(cast: SimpleNamespace) -> None:
    cases.posted_village(cast, factories.SHIMEN, members=10, fen=20_000)
    cases.budget(cast, 10**7)
    application = cases.applied(cast)
    cases.approved(cast, application)
    cases.received(cast, application)
    on = date(2025, 1, 25)
    run = services.propose_payment([Reward.objects.get().pk], by=By(cast.officer, on))
    other = factories.account("reviewer2", factories.COUNTY, Role.REVIEWER)
    acts = [
        lambda who=who: services.confirm_payment(run.pk, by=By(who, on), voucher="B")
        for who in (cast.reviewer, other)
    ]
    assert race(*acts) == ["E-STATE", "done"]


@pytest.fixture
def agreed_application(cast: SimpleNamespace) -> Any:
    """One village's reward approved, its money on the way to the agency."""
    cases.posted_village(cast, factories.SHIMEN, members=10, fen=20_000)
    cases.budget(cast, 10**7)
    application = cases.applied(cast)
    cases.approved(cast, application)
    return application


def test_one_receipt_recorded_by_two_officers_comes_in_once(
    cast: SimpleNamespace, agreed_application: Any
) -> None:
    on, due = date(2025, 1, 20), Reward.objects.get().approved_fen
    acts = [
        lambda who=who: services.receive(agreed_application.pk, by=By(who, on), amount_fen=due, voucher="A")
        for who in (cast.officer, cast.finance)
    ]
    assert race(*acts) == ["E-STATE", "done"]
    assert Reward.objects.get().held_fen == due


def test_one_village_is_put_on_one_payment(cast: SimpleNamespace, agreed_application: Any) -> None:
    cases.received(cast, agreed_application)
    other = factories.account("officer2", factories.COUNTY, Role.OFFICER)
    on, pk = date(2025, 1, 25), Reward.objects.get().pk
    acts = [lambda who=who: services.propose_payment([pk], by=By(who, on)) for who in (cast.officer, other)]
    assert race(*acts) == ["E-STATE", "done"]
    assert RewardPayment.objects.count() == 1


def test_two_budgets_entered_at_once_leave_one_to_agree(cast: SimpleNamespace) -> None:
    acts = [
        lambda who=who: services.enter_budget(
            cases.COUNTY, 2024, by=By(who, date(2025, 1, 5)), total_fen=100_000, document="长财〔2025〕3号"
        )
        for who in (cast.finance, cast.finance_reviewer)
    ]
    assert race(*acts) == ["E-STATE", "done"]


def test_two_rates_proposed_at_once_leave_one_to_confirm(cast: SimpleNamespace) -> None:
    other = factories.account("officer2", factories.COUNTY, Role.OFFICER)
    acts = [
        lambda who=who: services.propose_rate(
            cases.COUNTY, 2024, by=By(who, date(2025, 1, 5)), rate_ppm=300_000, document="长府办〔2025〕1号"
        )
        for who in (cast.officer, other)
    ]
    assert race(*acts) == ["E-STATE", "done"]
