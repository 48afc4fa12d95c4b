"""The two sums: the worked example to the fen, on page, poster and call; today's values, each with its source."""

from datetime import date

import pytest
from django.urls import reverse

from subsidies.rules.gain import PensionTerms, Situation, reckon_gain
from tests import factories
from tests.subsidies.stages import plan_in_force

ON = "2024-06-26"
TERMS = PensionTerms(
    rate_ppm=30_000, basic_fen=16_500, bonus_fen=200, pension_age=60, years_min=15, months=139
)
ASKED = {"age": "45", "own": "50000", "subsidy": "200", "balance": "6480", "rate": "3", "basic": "165"}


@pytest.mark.rule("JN-17")
@pytest.mark.rule("NX-21")
@pytest.mark.rule("CS-24")
def test_200_a_year_for_15_years_at_3_percent_add_26_76_a_month():
    gain = reckon_gain(
        Situation(age=45, own_fen=50_000, government_fen=7_000, subsidy_fen=20_000, balance_fen=648_000),
        TERMS,
    )
    assert (gain.collective.put_in_fen, gain.collective.total_fen) == (300_000, 371_978)
    assert (gain.opening.total_fen, gain.own.total_fen, gain.government.total_fen) == (
        1_009_563,
        929_946,
        130_192,
    )
    assert (gain.monthly_fen, gain.monthly_without_fen, gain.gain_fen) == (34_066, 31_390, 2_676)
    assert [row.age for row in gain.balances] == list(range(46, 61))
    assert gain.balances[-1].total_fen == gain.total.total_fen == 2_441_679


@pytest.mark.parametrize(("paid", "bonus"), [(0, 0), (1, 200), (3, 600)])
def test_years_beyond_the_least_add_to_the_basic_pension(paid, bonus):
    one = reckon_gain(Situation(45, 50_000, 7_000, 20_000, paid_years=paid), TERMS)
    assert one.bonus_fen == bonus


@pytest.mark.parametrize("age", [60, 75])
def test_at_pension_age_nothing_is_added(age):
    one = reckon_gain(Situation(age, 50_000, 7_000, 20_000, balance_fen=139_000), TERMS)
    assert (one.years, one.gain_fen, one.monthly_fen) == (0, 0, 17_500)
    assert one.balances == ()


@pytest.mark.rule("CS-24")
def test_the_page_the_poster_and_the_call_say_the_same(base_data, cast, page, api):
    client = page(cast.clerk, on=ON)
    shown = client.get(reverse("estimator"), ASKED).content.decode()
    assert "26.76" in shown and "340.66" in shown and "示例值" in shown
    poster = client.get(reverse("estimator-poster"), ASKED).content.decode()
    assert [sum_ for sum_ in ("26.76元", "3,719.78元", "87.00元") if sum_ not in poster] == []
    answer = api(cast.clerk).get("/api/estimator/", ASKED | {"on": ON}).json()
    assert (answer["monthly_fen"], answer["gain_fen"]) == (34_066, 2_676)


def test_what_is_not_given_is_what_is_in_force(base_data, cast, api):
    village = factories.make_village(members=1)
    assert village.members
    answer = api(cast.clerk).get("/api/estimator/", {"on": ON}).json()
    assert answer["years"] == 15 and answer["gain_fen"] > 0


def test_a_faulty_figure_is_told_beside_its_field(base_data, cast, page, api):
    wrong = ASKED | {"subsidy": "9000", "age": "12"}
    shown = page(cast.clerk, on=ON).get(reverse("estimator"), wrong).content.decode()
    assert "不超过最高缴费档次3000.00元" in shown and "填16到59之间的数" in shown and "每月领" not in shown
    answer = api(cast.clerk).get("/api/estimator/", wrong | {"on": ON})
    assert answer.status_code == 400 and set(answer.json()["fields"]) == {"subsidy", "age"}


@pytest.mark.rule("CS-24")
def test_a_villages_plan_is_summed_over_its_members_by_age(base_data, cast, by, page):
    village = factories.make_village(members=3)
    plan_in_force(village, cast, by)
    with_plan = page(cast.clerk, on=ON).get(reverse("estimator-village"))
    sums = with_plan.context["sums"]
    assert (sums.headcount, sums.cost_fen, sums.reward_fen, sums.net_fen) == (3, 60_000, 36_000, 24_000)
    row = sums.rows[0]
    years = 60 - (2024 - date(1975, 5, 4).year)
    assert (row.years, row.amount_fen) == (years, 20_000)
    assert sums.average_gain_fen == row.gain_fen > 0
    assert "经济账" in with_plan.content.decode()


def test_without_a_plan_the_village_page_says_so(base_data, cast, page):
    assert "还没有生效的方案" in page(cast.officer, on=ON).get(reverse("estimator-village")).content.decode()
