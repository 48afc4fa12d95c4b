"""Reading and writing values: each kind by its own rule, nothing guessed."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from policies.parameters import PARAMETERS
from policies.values import read_key, read_value, show_key, show_value, write_key


@pytest.mark.parametrize(
    ("name", "text", "typed", "shown"),
    [
        ("contribution_tier", "3000.00", 300_000, "3,000.00元/年"),
        ("basic_pension", "165", 16_500, "165.00元/月"),
        ("reward_ceiling", "60", 600_000, "60%"),
        ("decision_agreement_share", "2/3", Fraction(2, 3), "3分之2"),
        ("annuity_divisor", "139", 139, "139个月"),
        ("notice_payment_days", "15", 15, "15天"),
        ("application_correction_days", "10", 10, "10个工作日"),
        ("onbehalf_counts", "是", True, "是"),
        ("onbehalf_counts", "否", False, "否"),
        ("refund_interest", "none", "none", "只退本金，利息冲回"),
        ("goal_first_batch_on", "2024-06-30", date(2024, 6, 30), "2024年6月30日"),
        ("reward_from", "01-01", (1, 1), "1月1日"),
        ("scheme_name", "城乡居民基本养老保险", "城乡居民基本养老保险", "城乡居民基本养老保险"),
        ("number_pattern", "长〔{year}〕{n:04d}号", "长〔{year}〕{n:04d}号", "长〔（年度）〕（序号）号"),
        ("contribution_reason", "W-LUMP", "W-LUMP", "W-LUMP"),
    ],
)
def test_each_kind_is_read_and_shown(name, text, typed, shown):
    assert read_value(PARAMETERS[name], text) == typed
    assert show_value(PARAMETERS[name], text) == shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("contribution_tier", "三千"),
        ("contribution_tier", "-1"),
        ("contribution_tier", "100.001"),
        ("decision_agreement_share", "3/2"),
        ("decision_agreement_share", "2/0"),
        ("annuity_divisor", "139.0"),
        ("onbehalf_counts", "true"),
        ("refund_interest", "perhaps"),
        ("goal_first_batch_on", "6月底"),
        ("reward_from", "13-01"),
        ("reward_from", "06-31"),
        ("reward_from", "1-1"),
        ("scheme_name", " "),
        ("number_pattern", "长〔{colour}〕号"),
        ("contribution_reason", "提醒"),
    ],
)
def test_what_does_not_fit_the_kind_is_refused(name, text):
    with pytest.raises(ValueError, match=r".*"):
        read_value(PARAMETERS[name], text)


@pytest.mark.parametrize(
    ("name", "text", "key", "shown"),
    [
        ("contribution_tier", "500", "50000", "500.00元"),
        ("plan_part", "procedure", "procedure", "补助流程"),
        ("workflow_step", "7", "7", "第7步"),
        ("pilot_town", "500115002000", "500115002000", "500115002000"),
        ("hardship_word", "五保", "五保", "五保"),
        ("annuity_divisor", "", "", ""),
    ],
)
def test_keys_are_read_and_shown(name, text, key, shown):
    assert read_key(PARAMETERS[name], text) == key
    assert show_key(PARAMETERS[name], key) == shown


def test_a_tier_is_written_back_in_yuan():
    assert write_key(PARAMETERS["contribution_tier"], "50000") == "500.00"
    assert write_key(PARAMETERS["plan_part"], "procedure") == "procedure"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("contribution_tier", "lots"),
        ("plan_part", "colour"),
        ("plan_part", ""),
        ("annuity_divisor", "60"),
        ("workflow_step", "seven"),
        ("pilot_town", "500115"),
    ],
)
def test_keys_that_do_not_belong_are_refused(name, text):
    with pytest.raises(ValueError, match=r".*"):
        read_key(PARAMETERS[name], text)


def test_every_parameter_has_a_label_a_unit_and_a_heading():
    for parameter in PARAMETERS.values():
        assert parameter.label, parameter.name
        assert parameter.unit, parameter.name
        assert parameter.group, parameter.name
