"""The demo's rewards: 2024 paid to the villages, 2025 waiting for finance."""

from __future__ import annotations

from datetime import date

from core.models import User
from core.workflow import By
from desk.demo.people import YUAN, district
from rewards import services
from rewards.enums import RewardState
from rewards.models import Reward, RewardApplication

BUDGETS = {2024: 420_000, 2025: 260_000}


def reward_district(accounts: dict[str, User]) -> None:
    """The agency's acts of two years, and finance's of the first."""
    first = _apply(accounts, 2024, date(2025, 1, 10))
    _budget(accounts, 2024, date(2025, 1, 6))
    _approve_and_pay(accounts, first)
    _apply(accounts, 2025, date(2026, 1, 12))
    _budget(accounts, 2025, date(2026, 1, 8))


def _apply(accounts: dict[str, User], year: int, on: date) -> RewardApplication:
    county, officer = district()["county"], By(accounts["jingban"], on)
    services.compute_rewards(county, year, by=officer)
    services.determine(county, year, by=officer)
    application = services.apply_to_finance(county, year, by=officer)
    return services.confirm_application(application.pk, by=By(accounts["fuhe"], on.replace(day=on.day + 2)))


def _budget(accounts: dict[str, User], year: int, on: date) -> None:
    budget = services.enter_budget(
        district()["county"],
        year,
        by=By(accounts["caizheng"], on),
        total_fen=BUDGETS[year] * YUAN,
        document=f"长财预〔{year + 1}〕3号",
    )
    services.agree_budget(budget.pk, by=By(accounts["caizheng2"], on))


def _approve_and_pay(accounts: dict[str, User], application: RewardApplication) -> None:
    rows = Reward.objects.filter(application=application, state=RewardState.APPLIED)
    decisions = [services.RowDecision(row.pk) for row in rows]
    services.approve(decisions, by=By(accounts["caizheng"], date(2025, 1, 16)))
    approved = Reward.objects.filter(application=application, state=RewardState.APPROVED)
    total = sum(row.approved_fen or 0 for row in approved)
    officer, reviewer = accounts["jingban"], accounts["fuhe"]
    services.receive(
        application.pk, by=By(officer, date(2025, 1, 20)), amount_fen=total, voucher="CZ2025-0117"
    )
    payment = services.propose_payment([row.pk for row in approved], by=By(officer, date(2025, 1, 22)))
    services.confirm_payment(payment.pk, by=By(reviewer, date(2025, 1, 23)), voucher="SB2025-0034")
