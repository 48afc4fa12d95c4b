"""Celery entry points of rewards."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core.models import User
from core.workflow import By
from policies.rules import gives_reward_money
from policies.selectors import rulebook
from rewards.services import start_rewards
from subsidies.models import Application
from villages.enums import Role


@shared_task(name="rewards.compute_last_year")
def compute_last_year_task() -> int:
    """Each January: reckon last year's rewards where a county subsidised and gives money; return how many jobs."""
    today = timezone.localdate()
    year = today.year - 1
    counties = (
        Application.objects.filter(year=year).order_by().values_list("county_code", flat=True).distinct()
    )
    started = 0
    for county in counties:
        officer = _officer_of(county)
        if officer is not None and gives_reward_money(rulebook(county, on=today)):
            start_rewards(county, year, by=By(actor=officer, on=today))
            started += 1
    return started


def _officer_of(county_code: str) -> User | None:
    rows = User.objects.filter(
        is_active=True,
        staff_roles__role=Role.OFFICER,
        staff_area__region__code=county_code,
        staff_area__zone="",
    )
    return rows.order_by("pk").first()
