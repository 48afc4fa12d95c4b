"""An account of a functional zone is made in the smallest region that holds all its towns, and in no other (JN-01)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from policies.models import PolicyValue
from policies.services import change_token
from tests import factories
from villages.enums import Role

pytestmark = [pytest.mark.django_db, pytest.mark.rule("JN-01")]
ZONE, RENCHENG, SHIQIAO = "太白湖新区", "370811000000", "370811109000"
ON = "2024-06-01"


@pytest.fixture
def admin(base_data):
    return factories.account("rc_admin", RENCHENG, Role.ADMIN)


def make_through_api(api, who, region):
    account = {
        "username": "taibai",
        "display_name": "孔令工",
        "password": "Xin-qu-2024",
        "roles": ["officer"],
    }
    return api(who).post(
        "/api/staff/",
        account | {"on": ON, "region": region, "zone": ZONE},
        format="json",
        headers={"Idempotency-Key": region},
    )


def test_a_zone_account_is_made_in_the_smallest_region_that_holds_its_towns_and_in_no_other(admin, api):
    one_of_its_towns = make_through_api(api, admin, SHIQIAO)

    assert one_of_its_towns.status_code == 400, one_of_its_towns.json()
    assert "任城区" in str(one_of_its_towns.json()["fields"]["region"])
    assert make_through_api(api, admin, RENCHENG).status_code == 201


def test_a_county_makes_no_account_of_a_zone_that_has_towns_in_another_county_too(admin, page, api):
    elsewhere = PolicyValue.objects.filter(name="administering_unit", key="370829104000")
    elsewhere.update(value=ZONE)
    change_token()

    assert ZONE not in page(admin, on=ON).get(reverse("staff-new")).content.decode()
    refused = make_through_api(api, admin, RENCHENG)
    assert refused.status_code == 400 and "济宁市" in str(refused.json()["fields"]["region"])
