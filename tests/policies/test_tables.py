"""The tables of the three regions as offices use them: which tier, which government subsidy, which pension and rate."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from core.money import fen_from_number, yuan_plain
from policies import rules
from policies.selectors import rulebook
from subsidies.rules.gain import PensionTerms, Situation, reckon_gain
from tests import factories
from villages.enums import Role

pytestmark = pytest.mark.django_db
CS, JN, NX = "500115002203", "370827001207", "640121102010"
# Contribution of a year → what government adds, in yuan.
CHONGQING = {
    100: 30, 200: 40, 300: 50, 400: 60, 500: 70, 600: 80, 700: 90, 800: 100, 900: 105, 1000: 110, 1500: 120,
    2000: 130, 3000: 140,
}  # fmt: skip
CHONGQING_2025 = CHONGQING | {4000: 160, 5000: 175, 6000: 180, 7000: 180, 8000: 180}
SHANDONG = {300: 30, 500: 60, 600: 60, **dict.fromkeys([800, 1000, 1500, 2000, 2500, 3000, 4000, 5000], 80)}
SHANDONG_2025 = {350: 30, 500: 40, 1000: 60, 2000: 70, 3000: 75, 5000: 80, 8000: 80}
NINGXIA = {
    200: 40, 300: 50, 500: 60, 600: 70, 700: 80, 800: 90, 900: 100, 1000: 120, 1500: 150, 2000: 200, 3000: 280,
}  # fmt: skip
TABLES = [
    *(pytest.param(CS, year, CHONGQING, marks=pytest.mark.rule("CS-09")) for year in (2022, 2024)),
    *(pytest.param(CS, year, CHONGQING_2025, marks=pytest.mark.rule("CS-09")) for year in (2025, 2026)),
    *(pytest.param(JN, year, SHANDONG, marks=pytest.mark.rule("JN-07")) for year in (2022, 2024)),
    *(pytest.param(JN, year, SHANDONG_2025, marks=pytest.mark.rule("JN-07")) for year in (2025, 2026)),
    *(pytest.param(NX, year, NINGXIA, marks=pytest.mark.rule("NX-14")) for year in (2022, 2026)),
]


@pytest.mark.parametrize(("place", "year", "table"), TABLES)
def test_who_pays_a_tier_gets_its_subsidy_and_the_highest_tier_is_the_cap(base_data, place, year, table):
    book = rulebook(place, on=date(2026, 3, 1))

    def added(yuan: int) -> str:
        found = rules.government_subsidy_fen(book, year, personal_fen=fen_from_number(yuan))
        return yuan_plain(int(str(found.value))) if found else ""

    assert [tier // 100 for tier in rules.tiers_fen(book, year)] == list(table)
    assert {yuan: added(yuan) for yuan in table} == {yuan: f"{more}.00" for yuan, more in table.items()}
    assert added(min(table) - 1) == ""
    assert rules.yearly_cap(book, year).amount_fen == max(table) * 100


@pytest.mark.rule("JN-07")
@pytest.mark.parametrize("year", [2022, 2024])
def test_what_is_paid_wholly_on_behalf_in_shandong_has_a_tier_and_a_subsidy_of_its_own(base_data, year):
    book = rulebook(JN, on=date(2024, 8, 28))

    found = rules.government_subsidy_fen(book, year, personal_fen=0, on_behalf_fen=10_000)

    special = set(rules.tiers_fen(book, year, wholly_on_behalf=True)) - set(rules.tiers_fen(book, year))
    assert special == {10_000}
    assert found is not None and (found.name, found.value) == ("subsidy_special_tier", 3_000)


@pytest.mark.rule("NX-14")
@pytest.mark.parametrize(("place", "subsidy_fen"), [(CS, 7_000), (JN, 6_000), (NX, 6_000)])
def test_what_is_paid_on_behalf_reaches_the_tier_together_with_what_the_person_pays(
    base_data, place, subsidy_fen
):
    book = rulebook(place, on=date(2024, 8, 28))

    found = rules.government_subsidy_fen(book, 2024, personal_fen=40_000, on_behalf_fen=10_000)

    assert found is not None and found.value == subsidy_fen


XUPU = "431224000000"
PENSIONS = [
    (XUPU, "2024-06-01", "123.00", "0.00"),
    (XUPU, "2025-06-01", "143.00", "0.00"),
    (XUPU, "2026-06-01", "163.00", "0.00"),
    (CS, "2024-06-01", "155.00", "2.00"),
    (CS, "2025-06-01", "165.00", "2.00"),
    (JN, "2024-06-01", "168.00", "2.00"),
    (JN, "2025-06-01", "188.00", "2.00"),
    (NX, "2024-06-01", "123.00", "0.00"),
    (NX, "2025-06-01", "215.00", "0.00"),
]


@pytest.mark.parametrize(("place", "on", "basic", "bonus"), PENSIONS)
def test_somebody_of_59_with_sixteen_years_gets_the_basic_pension_and_one_years_bonus(
    base_data, place, on, basic, bonus
):
    book = rulebook(place, on=date.fromisoformat(on))
    extra = book.get("long_contribution_bonus")
    terms = PensionTerms(
        rate_ppm=0,
        basic_fen=book.amount("basic_pension"),
        bonus_fen=int(str(extra.value)) if extra else 0,
        pension_age=book.amount("pension_age"),
        years_min=book.amount("contribution_years_min"),
        months=book.amount("annuity_divisor"),
    )

    gain = reckon_gain(Situation(59, 0, 0, 13_900, paid_years=15), terms)

    # One year to go; 139 yuan over 139 months is one yuan a month.
    assert (yuan_plain(gain.bonus_fen), gain.years, gain.gain_fen) == (bonus, 1, 100)
    assert gain.monthly_without_fen == fen_from_number(basic) + gain.bonus_fen


RATES = {"2022": "3.5%", "2023": "3.2%", "2024": "3%", "2025": "2.8%", "2026": "2.8%（未公布，只作估算）"}
RATE_SHOWN = re.compile(r"<dt>(\d{4})</dt><dd>([^ <]+)")


@pytest.mark.rule("CS-32")
def test_the_page_of_interest_tells_the_known_rates_and_which_is_not_published(base_data, page):
    officer = factories.account("jx_officer", "500115000000", Role.OFFICER)

    shown = "".join(
        page(officer, on=day).get(reverse("interest")).content.decode()
        for day in ("2025-11-03", "2026-11-02")
    )

    assert dict(RATE_SHOWN.findall(shown)) == RATES


OLD_AGE = {
    "500115000000": ["高龄加发（满65周岁）"],
    "370827000000": ["高龄加发（满65周岁）", "高龄加发（满75周岁）"],
}


@pytest.mark.rule("CS-24")
@pytest.mark.rule("JN-17")
@pytest.mark.parametrize("county", list(OLD_AGE))
def test_the_estimate_tells_what_is_added_in_old_age(base_data, page, county):
    officer = factories.account(f"gl_{county}", county, Role.OFFICER)
    shown = page(officer, on="2024-08-28").get(reverse("estimator")).context["sources"].shown

    told = {view.full_label: view.shown for view in shown if view.name == "age_bonus"}

    assert list(told) == OLD_AGE[county]
    assert list(told.values()) == ["5.00元/月", "10.00元/月"][: len(told)]
