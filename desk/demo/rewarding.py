"""The demo's rewards: a year paid to the villages, the next waiting for finance."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.workflow import By
from desk.demo.accounts import Staff
from desk.demo.people import YUAN
from rewards import services
from rewards.enums import RewardState
from rewards.models import Reward, RewardApplication
from villages.enums import Role
from villages.models import Region


def reward_villages(told: dict[str, Any], staff: Staff) -> None:
    """The agency's acts of two years, and finance's of the first."""
    paid, waiting = sorted(told["budgets"])
    county = Region.objects.get(code=told["county"])
    first = _apply(county, staff, paid)
    _budget(county, staff, paid, told)
    _approve_and_pay(county, staff, first)
    _apply(county, staff, waiting)
    _budget(county, staff, waiting, told)


def _apply(county: Region, staff: Staff, year: int) -> RewardApplication:
    officer = By(staff.of(Role.OFFICER, county), date(year + 1, 1, 10))
    services.compute_rewards(county.code, year, by=officer)
    services.determine(county.code, year, by=officer)
    application = services.apply_to_finance(county.code, year, by=officer)
    reviewer = By(staff.of(Role.REVIEWER, county), date(year + 1, 1, 12))
    return services.confirm_application(application.pk, by=reviewer)


def _budget(county: Region, staff: Staff, year: int, told: dict[str, Any]) -> None:
    on = date(year + 1, 1, 6)
    budget = services.enter_budget(
        county.code,
        year,
        by=By(staff.of(Role.FINANCE, county), on),
        total_fen=told["budgets"][year] * YUAN,
        document=told["document"].format(year=year + 1),
    )
    services.agree_budget(budget.pk, by=By(staff.of(Role.FINANCE_REVIEWER, county), on))


def _approve_and_pay(county: Region, staff: Staff, application: RewardApplication) -> None:
    rows = Reward.objects.filter(application=application, state=RewardState.APPLIED)
    decisions = [services.RowDecision(row.pk) for row in rows]
    finance, officer = staff.of(Role.FINANCE, county), staff.of(Role.OFFICER, county)
    paid_in = application.year + 1
    services.approve(decisions, by=By(finance, date(paid_in, 1, 16)))
    approved = Reward.objects.filter(application=application, state=RewardState.APPROVED)
    total = sum(row.approved_fen or 0 for row in approved)
    services.receive(
        application.pk, by=By(officer, date(paid_in, 1, 20)), amount_fen=total, voucher="CZ2025-0117"
    )
    payment = services.propose_payment([row.pk for row in approved], by=By(officer, date(paid_in, 1, 22)))
    reviewer = By(staff.of(Role.REVIEWER, county), date(paid_in, 1, 23))
    services.confirm_payment(payment.pk, by=reviewer, voucher="SB2025-0034")
