"""Two finance officers at once on the last budget yuan; two officers determining at once: exactly one takes effect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from core.errors import PensionError
from core.models import Event
from core.workflow import By
from rewards import services
from rewards.models import Budget, Reward
from rewards.services import RowDecision, budgets
from tests import factories
from tests.rewards import reward_cases as cases
from villages.enums import Role

pytestmark = [pytest.mark.pg, pytest.mark.django_db(transaction=True)]


def race(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts at once; "done" or the refusal's code for each, sorted; "broken" for anything else."""
    start, outcomes = threading.Barrier(len(acts), timeout=10), []

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait()
            act()
            outcomes.append("done")
        except PensionError as error:
            outcomes.append(error.code)
        except Exception:
            outcomes.append("broken")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(outcomes)


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
