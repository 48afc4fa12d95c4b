"""Whose table of tiers the yearly cap is taken from: the city's, although a county has its own (A-21)."""

from __future__ import annotations

from datetime import date

import pytest

from policies import rules
from policies.selectors import rulebook
from tests.rulebooks import load_rulebook

pytestmark = pytest.mark.django_db
OWN_TIERS = """
region: "370827000000"
documents:
  - key: YTT
    number: 鱼人社〔2024〕1号
    title: 缴费档次（试验）
    issuer: 鱼台县
    issued_on: 2024-01-02
    effective_on: 2024-01-02
    clauses:
      - {key: 一, label: 档次, text: 增设六千元档。}
parameters:
  contribution_tier:
    {unit: 元/年, clause: YTT 一, confidence: document, rules: [JN-10], rows: [
      {key: "300", year: 2024, value: "300.00"}, {key: "6000", year: 2024, value: "6000.00"}]}
"""
BY_COUNTY = """  cap_tier_table:
    {unit: 选项, clause: YTT 一, confidence: document, rules: [JN-10], rows: [{value: county}]}
"""


def book(tmp_path, text: str):
    path = tmp_path / "yutai.yaml"
    path.write_text(text, encoding="utf-8")
    load_rulebook(path)
    return rulebook("370827001207", on=date(2024, 6, 1))


@pytest.mark.rule("JN-10")
def test_a_county_s_own_higher_tier_does_not_raise_the_cap(base_data, tmp_path):
    found = book(tmp_path, OWN_TIERS)

    assert max(rules.tiers_fen(found, 2024)) == 600_000
    assert rules.yearly_cap(found, 2024).amount_fen == 500_000
    assert rules.yearly_cap(found, 2024).tier.region_code == "370000000000"


@pytest.mark.rule("JN-10")
def test_where_the_rulebook_names_the_county_s_table_the_cap_follows_it(base_data, tmp_path):
    found = book(tmp_path, OWN_TIERS + BY_COUNTY)

    assert rules.yearly_cap(found, 2024).amount_fen == 600_000


@pytest.mark.rule("CS-09")
def test_without_a_table_of_its_own_a_county_s_cap_is_the_city_s(base_data):
    found = rulebook("500115002203", on=date(2024, 6, 19))

    assert rules.yearly_cap(found, 2024).amount_fen == max(rules.tiers_fen(found, 2024))
