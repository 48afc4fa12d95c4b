"""The district's board against the goals of the document (CS-05, CS-16, CS-19, CS-20)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import ActorNotPermitted
from desk.progress import board
from subsidies.enums import ApplicationState
from tests import factories
from tests.desk.posted import posted, registered, villages
from villages.models import CollectiveOrganisation, Region

pytestmark = pytest.mark.django_db
IN_2024, YEAR_END = date(2024, 11, 5), date(2024, 12, 31)


def one_of_each_town(*, without: frozenset[str] = frozenset()) -> list[CollectiveOrganisation]:
    """The organisation of the first village of every town but these."""
    towns = Region.objects.filter(level="township", parent_id=factories.COUNTY).order_by("code")
    firsts = [
        Region.objects.filter(parent_id=town.code, level="village").order_by("code")[0]
        for town in towns
        if town.short_name not in without
    ]
    return registered(firsts)


@pytest.mark.rule("CS-05")
def test_seventeen_of_the_nineteen_towns_leave_two_missing_by_name(cast, page):
    posted(one_of_each_town(without={"但渡镇", "万顺镇"}), cast.officer, year=2024, on=IN_2024)

    found = board(cast.officer, on=YEAR_END, year=2024)

    assert (found["goals"]["towns_in_time"], found["total"]["towns"]) == (17, 19)
    assert found["goals"]["towns"].value == 19
    assert [row.region.short_name for row in found["goals"]["missing_towns"]] == ["但渡镇", "万顺镇"]
    shown = page(cast.officer, on="2024-12-31").get("/board/").content.decode()
    assert "89.47%" in shown
    assert "还有2个镇街没有村开展" in shown and "但渡镇、万顺镇" in shown
    assert shown.count('class="is-bad"') == 2


@pytest.mark.rule("CS-05")
def test_a_town_counts_by_its_first_posted_line_and_only_until_the_year_s_end(cast):
    organisations = one_of_each_town()
    posted(organisations[:18], cast.officer, year=2024, on=YEAR_END)
    posted(organisations[18:], cast.officer, year=2024, on=date(2025, 1, 3))

    found = board(cast.officer, on=date(2025, 3, 1), year=2024)

    assert found["goals"]["towns_in_time"] == 18
    assert found["total"]["towns_begun"] == 19
    assert [row.region for row in found["goals"]["missing_towns"]] == [organisations[18].region.parent]
    # The day before the last ones were posted, nothing of them is known.
    assert board(cast.officer, on=date(2024, 12, 30), year=2024)["total"]["towns_begun"] == 0


def district_of_221(cast, begun: int, year: int) -> dict:
    organisations = registered(villages(221))
    posted(organisations[:begun], cast.officer, year=year, on=date(year, 11, 5))
    return board(cast.officer, on=date(year, 12, 31), year=year)["goals"]


@pytest.mark.rule("CS-19")
def test_of_221_organisations_23_are_needed_and_22_do_not_do(cast, page):
    goals = district_of_221(cast, 22, 2024)

    assert (goals["needed"], goals["in_time"], goals["lacking"]) == (23, 22, 1)
    shown = page(cast.district, on="2024-12-31").get("/board/").content.decode()
    # 22 of 221 are 9.95 %, rounded half up at the second place.
    assert "9.95%" in shown and "22 / 221" in shown
    assert "要23个，差1个" in shown


@pytest.mark.rule("CS-19")
def test_23_of_221_reach_ten_percent(cast):
    goals = district_of_221(cast, 23, 2024)

    assert (goals["lacking"], goals["over"]) == (0, 0)


@pytest.mark.rule("CS-20")
@pytest.mark.parametrize(("begun", "lacking"), [(44, 1), (45, 0)])
def test_of_221_organisations_45_are_needed_in_2025(cast, begun, lacking):
    goals = district_of_221(cast, begun, 2025)

    assert (goals["needed"], goals["lacking"]) == (45, lacking)
    assert goals["share"].value == 200_000


@pytest.mark.rule("CS-19")
def test_who_registers_after_the_year_s_end_does_not_raise_the_number_needed(cast):
    registered(villages(230)[221:], on=date(2025, 1, 2))
    registered(villages(221))

    assert board(cast.officer, on=date(2025, 6, 1), year=2024)["goals"]["needed"] == 23
    assert board(cast.officer, on=date(2025, 6, 1), year=2025)["goals"]["needed"] == 46


@pytest.mark.rule("CS-19")
@pytest.mark.rule("CS-20")
def test_from_2026_no_share_is_asked(cast, page):
    registered(villages(3))

    assert board(cast.officer, on=date(2026, 6, 1), year=2026)["goals"]["needed"] is None
    assert "本年度没有目标" in page(cast.officer, on="2026-06-01").get("/board/").content.decode()


@pytest.mark.rule("CS-16")
def test_a_town_sees_its_own_villages_only(cast, page):
    yuntai = Region.objects.get(code="500115130000")
    own = registered(Region.objects.filter(parent=yuntai, level="village"))
    foreign = registered(Region.objects.filter(parent_id="500115132000", level="village"))
    posted([own[0], foreign[0]], cast.officer, year=2024, on=IN_2024)
    town_clerk = factories.account("yuntai", yuntai.code, factories.Role.TOWNSHIP)

    found = board(town_clerk, on=YEAR_END, year=2024, open_town=yuntai.code)

    # 云台镇 has 13 villages and 1 community.
    assert len(own) == 14
    assert [row.region for row in found["rows"]] == [yuntai]
    assert (found["total"]["registered"], found["total"]["begun"]) == (14, 1)
    shown = [village["organisation_id"] for village in found["rows"][0].villages]
    assert shown[0] == own[0].pk and set(shown) == {one.pk for one in own}
    answer = page(town_clerk, on="2024-12-31").get("/board/").content.decode()
    assert "2024年度云台镇进度" in answer and "目标" not in answer.replace("全区目标", "")
    listed = page(town_clerk).get("/organisations/?per_page=100").content.decode()
    assert own[0].region.short_name in listed
    assert "葛兰镇" not in listed
    assert page(town_clerk).get(f"/organisations/{foreign[0].pk}/").status_code == 404


@pytest.mark.rule("CS-16")
def test_the_district_sees_every_town_and_a_village_sees_no_board(cast):
    assert len(board(cast.district, on=YEAR_END, year=2024)["rows"]) == 19
    with pytest.raises(ActorNotPermitted):
        board(cast.clerk, on=YEAR_END, year=2024)


def queries_of(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_the_board_costs_as_many_statements_for_six_batches_as_for_two(cast, page):
    client = page(cast.officer, on="2024-12-31")
    organisations = registered(villages(6))
    posted(organisations[:2], cast.officer, year=2024, on=IN_2024)
    town = organisations[0].town_code
    two = queries_of(client, f"/board/?year=2024&town={town}")
    lines = posted(organisations[2:], cast.officer, year=2024, on=IN_2024)

    assert queries_of(client, f"/board/?year=2024&town={town}") == two
    assert lines[0].application.state == ApplicationState.POSTED
