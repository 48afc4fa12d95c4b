"""Seeds the demo's districts: people, payments, and villages at different steps of 2024 to 2026, through services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import transaction

from desk.demo.accounts import Staff, seed_accounts
from desk.demo.districts import District, county_of, districts
from desk.demo.gifts import Gift
from desk.demo.people import declare_incomes, make_members, make_organisations, make_payments
from desk.demo.pilots import ask_for_pilot
from desk.demo.rewarding import reward_villages
from desk.demo.stories import Pause, YearStory, ask_back, report_death
from desk.demo.year import Crew, Year
from rewards.models import Reward
from villages.enums import Role
from villages.models import CollectiveOrganisation, Membership

PAYMENT_YEARS = (2022, 2023, 2024, 2025, 2026)


def seed_districts() -> int:
    """Make the accounts, organisations and villages that are missing; return how many villages were made.

    One village a transaction: what a stop in the middle left out is made at the next start. With
    `DEMO_VILLAGES=0` the districts are left without members, for a course that begins at the beginning.
    """
    staff = Staff(seed_accounts())
    standing = set(Membership.objects.values_list("village_code", flat=True).distinct())
    made = 0
    for district in districts():
        make_organisations(district)
        stories = district["villages"] if settings.DEMO_VILLAGES else []
        for story in stories:
            if story["code"] not in standing:
                with transaction.atomic():
                    _village(story, district, staff)
                made += 1
        for county in district.get("pilot_counties", ()) if stories else ():
            ask_for_pilot(county, staff)
        if stories and "rewards" in district and not Reward.objects.exists():
            with transaction.atomic():
                reward_villages(district["rewards"], staff)
    return made


def _village(story: dict[str, Any], district: District, staff: Staff) -> None:
    organisation = CollectiveOrganisation.objects.get(region_id=story["code"])
    crew = crew_of(organisation, staff)
    make_members(organisation, story["members"])
    make_payments(organisation, PAYMENT_YEARS)
    declare_incomes(organisation, yuan=story["income"], clerk=crew.clerk)
    for _begins_on, tell in sorted(_chapters(story, district, crew, organisation), key=itemgetter(0)):
        tell()
    if "died" in story:
        county = district["counties"][county_of(story["code"])]
        report_death(Year(crew, organisation, story["died"]), county["civil_affairs"])
    if "refund" in story:
        ask_back(Year(crew, organisation, story["refund"]))


def _chapters(
    story: dict[str, Any], district: District, crew: Crew, organisation: CollectiveOrganisation
) -> list[tuple[date, Callable[[], None]]]:
    """The village's years and its suspension, each with the day on which it begins."""
    years = [Year(crew, organisation, number) for number in story["years"]]
    stories = [YearStory(year, story, district) for year in years]
    chapters = [(one.on("meeting"), one.tell) for one in stories]
    for told in story.get("gifts", ()):
        gift = Gift(Year(crew, organisation, told["year"]), told, story["members"])
        chapters.append((gift.begins_on, gift.tell))
    if "paused" in story:
        pause = Pause(years[0], story)
        chapters.append((pause.asked_on, pause.tell))
    return chapters


def crew_of(organisation: CollectiveOrganisation, staff: Staff) -> Crew:
    """Who takes a village through its year."""
    return Crew(
        clerk=staff.of(Role.CLERK, organisation),
        officer=staff.of(Role.OFFICER, organisation),
        reviewer=staff.of(Role.REVIEWER, organisation),
        tax=staff.of(Role.TAX, organisation),
        township=staff.of(Role.TOWNSHIP, organisation),
        agriculture=staff.of(Role.AGRICULTURE, organisation),
    )
