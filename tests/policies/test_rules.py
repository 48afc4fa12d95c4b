"""The offices' questions to Changshou's rulebook, with the worked figures of the documents."""

from __future__ import annotations

from datetime import date

import pytest

from core.calendar import Deadline
from core.errors import ParameterNotInForce
from core.rates import percent_plain, percent_text, ppm_from_percent
from policies import rules
from policies.enums import Strictness


@pytest.mark.rule("CS-09")
def test_the_highest_tier_of_chongqing_in_2024_is_3000_yuan(book):
    cap = rules.yearly_cap(book(), 2024)

    assert cap.amount_fen == 300_000
    assert cap.clause.reference == "长寿府办发〔2024〕49号 三（一）"
    assert cap.marks == ("illustrative",)


@pytest.mark.rule("CS-09")
@pytest.mark.parametrize(("plan_year", "fen"), [(2024, 300_000), (2025, 800_000)])
def test_the_cap_follows_the_plan_year_not_the_qualifying_year(book, plan_year, fen):
    assert rules.yearly_cap(book("2025-06-02"), plan_year, qualifying_year=plan_year - 1).amount_fen == fen


def test_a_year_without_tiers_is_refused(book):
    with pytest.raises(ParameterNotInForce, match="个人缴费档次"):
        rules.yearly_cap(book(), 2031)


def test_tiers_are_the_year_s_own(book):
    assert rules.min_tier_fen(book(), 2024) == 10_000
    assert 50_000 in rules.tiers_fen(book(), 2024)
    assert 25_000 not in rules.tiers_fen(book(), 2024)


@pytest.mark.rule("CS-13")
@pytest.mark.parametrize(
    ("year", "ppm", "reward_fen"),
    [(2024, 600_000, 5_184_000), (2025, 400_000, 3_456_000), (2026, 200_000, 1_728_000)],
)
def test_reward_ceilings_of_a_base_of_86400_yuan(book, year, ppm, reward_fen):
    assert rules.reward_ceiling(book("2025-02-01"), year).value == ppm
    assert 8_640_000 * ppm // 1_000_000 == reward_fen


@pytest.mark.rule("CS-13")
def test_no_reward_rate_is_in_force_for_2027(book):
    assert rules.reward_ceiling(book("2028-02-01"), 2027) is None


@pytest.mark.rule("CS-35")
def test_a_plan_year_is_rewarded_from_the_next_first_of_january(book):
    assert rules.reward_first_day(book(), 2024) == date(2025, 1, 1)


@pytest.mark.rule("CS-11")
def test_contributions_of_the_year_and_the_year_before_qualify(book):
    found = [(one.key, one.year, one.warning) for one in rules.qualifying_years(book(), 2024)]

    assert found == [("current", 2024, ""), ("previous", 2023, "W-PREV-YEAR")]


@pytest.mark.rule("CS-26")
@pytest.mark.parametrize(
    ("year", "sources"),
    [
        (2024, ["distributable_income", "welfare_fund", "own_funds"]),
        (2025, ["distributable_income", "welfare_fund"]),
    ],
)
def test_sources_of_a_plan_by_year(book, year, sources):
    assert list(rules.allowed_keys(book(), "fund_source_allowed", year=year)) == sources


def test_what_the_government_adds_follows_what_the_person_paid(book):
    found = rules.government_subsidy_fen(book(), 2024, personal_fen=40_000, on_behalf_fen=10_000)

    assert found.value == 7_000
    assert rules.government_subsidy_fen(book(), 2024, personal_fen=45_000).value == 6_000
    assert rules.government_subsidy_fen(book(), 2024, personal_fen=9_999) is None


@pytest.mark.rule("CS-25")
@pytest.mark.rule("LAW-01")
def test_two_thirds_are_asked_from_may_2025_only(book):
    before, since = (rules.decision_thresholds(book(on)) for on in ("2025-04-30", "2025-05-01"))

    assert before.agreement is None
    assert rules.share_reached(since.attendance, 205, 300)
    assert not rules.share_reached(since.agreement, 199, 300)
    assert rules.share_needed(since.agreement, 300) == 200
    assert rules.share_needed(since.agreement, 312) == 208
    assert since.notice_days.value == 10


@pytest.mark.rule("CS-30")
def test_a_notice_is_payable_within_fifteen_days(book):
    assert rules.due_on(book(), "notice_payment_days", date(2024, 6, 25)) == Deadline(date(2024, 7, 10))


@pytest.mark.rule("LAW-05")
def test_a_cancellation_received_on_monday_is_due_two_weeks_later(book):
    assert rules.due_on(book(), "registration_change_days", date(2024, 6, 17)).on == date(2024, 7, 1)


@pytest.mark.rule("LAW-05")
def test_a_claim_of_a_pension_is_due_four_weeks_later(book):
    assert rules.due_on(book(), "pension_claim_days", date(2024, 6, 17)).on == date(2024, 7, 15)


@pytest.mark.rule("LAW-06")
def test_a_death_is_reported_within_twenty_working_days(book):
    deadline = rules.due_on(book(), "status_report_days", date(2024, 4, 15))

    assert deadline.on == date(2024, 5, 14)
    assert deadline.days_late(date(2024, 5, 15)) == 1


@pytest.mark.rule("LAW-06")
def test_before_december_2023_no_limit_is_in_force(book):
    with pytest.raises(ParameterNotInForce):
        rules.due_on(book("2023-11-30"), "status_report_days", date(2023, 11, 1))


def test_applications_are_taken_within_the_plan_year(book):
    assert rules.application_window(book(), 2024) == (date(2024, 1, 1), date(2024, 12, 31))


def test_the_way_has_eight_steps_of_which_refunds_come_when_needed(book):
    steps = rules.workflow_steps(book())

    assert [step.label for step in steps] == [
        "制定方案",
        "提出申请",
        "实缴核实",
        "税务缴款",
        "社保记账",
        "信息反馈",
        "依法退费",
        "财政奖励",
    ]
    assert [step.number for step in steps if step.is_optional] == [7]
    assert [step.number for step in steps if step.is_yearly] == [8]


@pytest.mark.rule("CS-04")
@pytest.mark.parametrize(
    ("on", "town", "in_pilot"),
    [
        ("2024-06-20", "500115002000", True),
        ("2024-06-20", "500115132000", False),
        ("2024-07-01", "500115132000", True),
    ],
)
def test_only_the_first_towns_take_part_until_july_2024(book, on, town, in_pilot):
    assert rules.place_is_in_pilot(book(on), town, 2024) is in_pilot


@pytest.mark.rule("CS-19")
@pytest.mark.rule("CS-20")
@pytest.mark.parametrize(("year", "needed"), [(2024, 23), (2025, 45), (2026, None)])
def test_of_221_organisations_the_goal_asks_for(book, year, needed):
    assert rules.organisations_needed(book(), year, 221) == needed


def test_what_is_open_warns_or_refuses_as_the_rulebook_says(book):
    assert rules.strictness(book(), "reuse_qualifying_year") == Strictness.WARN
    assert rules.strictness(book(), "other_village_open_line") == Strictness.REFUSE
    assert rules.strictness(book(), "tier_order") == Strictness.IGNORE


def test_the_standards_a_plan_may_use(book):
    assert rules.allowed_keys(book(), "standard_allowed") == (
        "flat",
        "tier_table",
        "tier_percent",
        "age_band",
        "hardship",
    )


@pytest.mark.parametrize(
    ("text", "ppm"), [("60", 600_000), ("3.25", 32_500), ("0.0001", 1), ("100", 1_000_000)]
)
def test_percentages_are_whole_parts_per_million(text, ppm):
    assert ppm_from_percent(text) == ppm
    assert percent_plain(ppm) == text
    assert percent_text(ppm) == f"{text}%"


@pytest.mark.parametrize("text", ["六十", "-1", "101", "1e2", "60%"])
def test_what_is_no_percentage_is_refused(text):
    with pytest.raises(ValueError, match=text):
        ppm_from_percent(text)
