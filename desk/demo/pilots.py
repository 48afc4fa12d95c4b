"""Counties of the demo that ask their city to take them into the pilot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.workflow import By
from desk.demo.accounts import Staff
from desk.demo.stories import demo_today
from subsidies.models import CountyPilot
from subsidies.services.county_pilots import apply_for_pilot
from villages.enums import Role
from villages.models import Region


def ask_for_pilot(told: dict[str, Any], staff: Staff) -> None:
    """One county's application some days ago; the city has yet to decide."""
    if CountyPilot.objects.filter(county_code=told["county"]).exists():
        return
    officer = staff.of(Role.OFFICER, Region.objects.get(code=told["county"]))
    asked_on = demo_today() - timedelta(days=told["days_ago"])
    apply_for_pilot(
        told["county"], by=By(officer, asked_on), statement=told["statement"], document=told["document"]
    )
