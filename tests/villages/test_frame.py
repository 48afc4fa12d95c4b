"""The cast can be made, and an area holds what lies in it."""

from __future__ import annotations

import pytest

from core.access import Area
from core.navigation import navigation_for
from villages.models import Region

pytestmark = pytest.mark.django_db


def test_changshou_has_nineteen_towns_and_their_villages(base_data):
    towns = Region.objects.filter(parent_id="500115000000")

    assert towns.count() == 19
    assert Region.objects.filter(level="village", county_code="500115000000").count() == 270


def test_an_area_holds_its_own_rows_and_no_others(village, cast):
    organisation = village.organisation

    assert cast.clerk.access.area.holds(organisation)
    assert cast.township.access.area.holds(organisation)
    assert cast.officer.access.area.holds(organisation)
    assert not cast.stranger.access.area.holds(organisation)
    assert not cast.foreign_officer.access.area.holds(organisation)
    assert Area("500000000000").holds(organisation)
    assert not Area("370000000000").holds(organisation)


@pytest.mark.parametrize(
    ("role", "path", "entry"),
    [
        ("officer", "/", "首页"),
        ("officer", "/rewards/", "奖励核定"),
        ("officer", "/reward-rates/", "奖励核定"),
        ("officer", "/reward-applications/", "奖励批复"),
        ("finance", "/reward-applications/", "奖励批复"),
        ("officer", "/reward-payments/", "资金拨付"),
        ("officer", "/help/", ""),
    ],
)
def test_the_entry_that_a_page_belongs_to_is_marked(cast, rf, role, path, entry):
    request = rf.get(path)
    request.user = getattr(cast, role)

    rooms = [room for group in navigation_for(request) for room in group["items"] if room["active"]]
    marked = [tab["label"] for room in rooms for tab in room["tabs"] if tab["active"]]
    assert marked == ([entry] if entry else [])
    assert len(rooms) == len(marked)
