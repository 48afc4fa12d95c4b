"""Whatever link a page shows, its reader may follow: one page of each kind, from the home page on, as every role."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace

import pytest
from django.db import transaction

from subsidies.models import Line
from tests import factories
from tests.rewards import reward_cases as cases
from tests.subsidies import stages
from tests.walking import closed_doors

pytestmark = pytest.mark.django_db
ROLES = [
    "clerk",
    "township",
    "officer",
    "reviewer",
    "tax",
    "finance",
    "finance_reviewer",
    "agriculture",
    "civil_affairs",
    "district",
    "auditor",
    "admin",
]
ON = "2025-03-06"
MOST_PAGES = 90


@pytest.fixture
def district(cast: SimpleNamespace, by: object) -> None:
    """A village rewarded with one refund under way, and another whose batch waits for the reviewer."""
    cases.posted_village(cast, factories.SHIMEN, members=4, fen=20_000)
    cases.whole_reward(cast)
    cases.refund(cast, Line.objects.order_by("position")[0], 20_000, on=date(2025, 3, 5), pay=False)
    other = factories.make_village(factories.SHAXI, members=4)
    with transaction.atomic():
        stages.verified(stages.submitted(other, cast, by, clerk=cast.stranger), cast, by)


@pytest.mark.parametrize("role", ROLES)
def test_every_link_that_a_role_sees_opens(role: str, cast: SimpleNamespace, district: None, page) -> None:
    assert closed_doors(page(getattr(cast, role), on=ON), most=MOST_PAGES) == []


def test_a_figure_on_the_home_page_leads_to_its_batches(cast: SimpleNamespace, district: None, page) -> None:
    client = page(cast.officer, on="2024-06-26")
    found = re.findall(r'href="(/applications/\?show=verified[^"]*)"', client.get("/").content.decode())

    shown = client.get(found[0].replace("&amp;", "&")).context["rows"]
    assert [row.state for row, _chip in shown] == ["verified"]
