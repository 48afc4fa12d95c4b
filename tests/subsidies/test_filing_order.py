"""Offices asked side by side or in turn, as the rulebook says (NX-17, A-69)."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from core.errors import TransitionNotAllowed
from policies.models import PolicyValue
from policies.services import change_token
from subsidies.selectors import filings as selectors
from tests import factories
from tests.subsidies import ningxia

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast_nx(base_data):
    return factories.make_ningxia_cast()


@pytest.fixture
def in_turn(base_data):
    PolicyValue.objects.filter(region_code="640000000000", name="filing_order").update(value="in_turn")
    change_token()


@pytest.fixture
def plan(cast_nx, in_turn):
    """Filed on Tuesday 2024-08-27, one office after the other."""
    return ningxia.sent(factories.make_ningxia_village(), cast_nx)


def open_offices(cast_nx, day: str) -> list[str]:
    on = date.fromisoformat(day)
    users = (cast_nx.township, cast_nx.officer, cast_nx.agriculture)
    return [row.office for user in users for row in selectors.open_for(user, on=on)]


@pytest.mark.rule("NX-17")
def test_side_by_side_every_office_has_it_at_once(cast_nx, base_data):
    ningxia.sent(factories.make_ningxia_village(), cast_nx)

    assert open_offices(cast_nx, "2024-08-27") == ["town", "county_hr", "county_agriculture"]


@pytest.mark.rule("NX-17")
def test_in_turn_the_second_office_has_it_only_after_the_first_filed(plan, cast_nx, page):
    before = open_offices(cast_nx, "2024-08-28")
    with pytest.raises(TransitionNotAllowed):
        ningxia.acknowledge(plan, cast_nx, county_hr="2024-08-28")
    ningxia.acknowledge(plan, cast_nx, town="2024-08-28")
    after = open_offices(cast_nx, "2024-08-28")
    shown = page(cast_nx.officer, on="2024-08-28").get(reverse("filings") + "?show=mine").content.decode()
    ningxia.acknowledge(plan, cast_nx, county_hr="2024-08-29", county_agriculture="2024-08-30")

    plan.refresh_from_db()
    assert (before, after) == (["town"], ["county_hr"])
    assert "原隆村" in shown
    assert ningxia.row(plan, "county_hr").received_on == date(2024, 8, 28)
    assert plan.state == "filed"


@pytest.mark.rule("NX-17")
def test_in_turn_the_term_of_the_second_runs_from_the_silence_of_the_first(plan, cast_nx):
    # Five working days after 08-27: 09-03 is the last; the town counts as filed from 09-04.
    found = selectors.standings_of(plan, on=date(2024, 9, 4))

    assert [(one.office, one.received_on, one.is_filed) for one in found[:2]] == [
        ("town", date(2024, 8, 27), True),
        ("county_hr", date(2024, 9, 4), False),
    ]
    assert open_offices(cast_nx, "2024-09-03") == ["town"]
    assert open_offices(cast_nx, "2024-09-04") == ["county_hr"]
