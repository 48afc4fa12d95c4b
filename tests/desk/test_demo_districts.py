"""The demo's districts come to where their files say, through the services that pages call."""

from __future__ import annotations

from copy import deepcopy

import pytest

from core.identity import read_id_number
from desk.demo import seed
from desk.demo.districts import districts
from subsidies.enums import SuspensionState
from subsidies.models import Application, CountyPilot, Filing, Finding, Line, Plan, Suspension
from villages.models import CollectiveOrganisation, Person

pytestmark = pytest.mark.django_db
MEMBERS = 24
YUTAI, LINGWU, YONGNING = "370827000000", "640181000000", "640121000000"


@pytest.fixture
def small_districts():
    """鱼台 and Ningxia with few members in each village; Changshou's years are the other tests' own."""
    found = [deepcopy(one) for one in districts()[1:]]
    for district in found:
        for story in district["villages"]:
            story["members"] = MEMBERS
            story.pop("gifts", None)
    return found


def test_each_village_stands_where_its_story_says_and_a_second_seeding_changes_nothing(
    base_data, monkeypatch, small_districts, settings
):
    settings.DEMO = settings.DEMO_VILLAGES = True
    monkeypatch.setattr(seed, "districts", lambda: small_districts)

    assert seed.seed_districts() == sum(len(district["villages"]) for district in small_districts)

    assert levels(YUTAI) == {"returned", "submitted", "verified", "notified", "remitted"}
    assert levels(LINGWU) == {"submitted", "verified", "notified"}
    assert levels(YONGNING) == {"informed", "remitted"}
    assert set(Suspension.objects.values_list("state", flat=True)) == set(SuspensionState) - {
        SuspensionState.WITHDRAWN
    }
    assert CountyPilot.objects.get().state == "applied"
    hold_filings()
    listed = Line.objects.filter(year=2026, village_code="370827001207")
    assert Finding.objects.filter(line__in=listed, code="E-LUMP").exists()
    assert CollectiveOrganisation.objects.filter(county_code__startswith="64").count() == 16
    numbers = [read_id_number(person.id_cipher).number for person in Person.objects.all()]
    assert {number[:2] for number in numbers} == {"37", "64"}
    assert seed.seed_districts() == 0


def levels(county: str) -> set[str]:
    """How far the lists of a county are in the current year."""
    return set(Application.objects.filter(county_code=county, year=2026).values_list("state", flat=True))


def hold_filings() -> None:
    """One plan was returned, one waits for its offices, and one counts as filed because nobody returned it in time."""
    assert answers("640181105200") == {
        "town": "filed",
        "county_hr": "filed",
        "county_agriculture": "returned",
    }
    assert set(answers("640181105201").values()) == {"pending"}
    assert answers("640181105202") == {"town": "filed", "county_hr": "filed", "county_agriculture": "pending"}
    assert Plan.objects.get(year=2026, village_code="640181105202").state == "in_force"


def answers(village: str) -> dict[str, str]:
    """How each office answered the village's plan of the current year."""
    rows = Filing.objects.filter(plan__year=2026, village_code=village)
    return dict(rows.values_list("office", "state"))
