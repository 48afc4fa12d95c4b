"""Functional zones without a code: 石桥镇 lies under 任城区 by its code and is handled by 太白湖新区 (JN-01)."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from tests import factories
from tests.subsidies import jining
from villages.enums import Role

pytestmark = pytest.mark.django_db
RENCHENG, SHIQIAO, CHANGGOU = "370811000000", "370811109000", "370811102000"


@pytest.fixture
def jn(base_data):
    """A village in 石桥镇, which the zone handles, and one in 长沟镇, which 任城区 handles."""
    zone = jining.new_village(SHIQIAO, name="新河村")
    own = jining.new_village(CHANGGOU, name="回林村")
    for code in (zone, own):
        village = jining.make_village(code, members=1)
        jining.resolved(village, factories.account(f"jn_clerk_{code}", code, Role.CLERK))
    return factories.account("rc_officer", RENCHENG, Role.OFFICER)


@pytest.mark.rule("JN-01")
@pytest.mark.parametrize("name", ["organisations", "plans"])
def test_lists_say_who_really_handles_a_place_and_narrow_to_it(jn, page, name):
    browser = page(jn, on="2024-06-01")
    both = browser.get(reverse(name)).content.decode()
    zone = browser.get(reverse(name) + "?unit=太白湖新区").content.decode()

    assert "新河村" in both and "回林村" in both
    assert "太白湖新区" in both and "任城区" in both
    assert "新河村" in zone and "回林村" not in zone


@pytest.mark.rule("JN-01")
def test_where_no_zone_is_there_is_no_column(village, cast, page):
    for name in ("organisations", "plans"):
        assert "实际管理单位" not in page(cast.officer, on="2024-07-01").get(reverse(name)).content.decode()


def exported(browser, address):
    """The first sheet of a list's workbook, row by row."""
    content = browser.get(address).content
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active.rows]


@pytest.mark.rule("JN-01")
def test_the_workbook_of_plans_says_who_handles_each(jn, page):
    rows = exported(page(jn, on="2024-06-01"), reverse("plans") + "?export=xlsx")

    told = {row[2]: row[-1] for row in rows if row[2] and "联合社" in str(row[2])}
    assert "实际管理单位" in [row[-1] for row in rows]
    assert told == {"新河村股份经济合作联合社": "太白湖新区", "回林村股份经济合作联合社": None}


@pytest.mark.rule("JN-01")
def test_a_workbook_has_no_such_column_where_there_is_no_zone(village, cast, page):
    rows = exported(page(cast.officer, on="2024-07-01"), reverse("plans") + "?export=xlsx")

    assert "实际管理单位" not in [cell for row in rows for cell in row]


@pytest.mark.rule("JN-01")
@pytest.mark.parametrize("name", ["organisations", "plans"])
@pytest.mark.parametrize(("unit", "villages"), [("太白湖新区", 1), ("没有的区", 0), ("", 2)])
def test_the_api_narrows_to_a_zone(jn, api, name, unit, villages):
    assert api(jn).get(f"/api/{name}/", {"unit": unit}).json()["count"] == villages
