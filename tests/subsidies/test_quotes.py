"""A reason quotes the sentence it rests on, in each region's own document."""

from __future__ import annotations

from datetime import date

import pytest

from policies.models import PolicyValue
from policies.selectors import rulebook
from policies.services import change_token
from subsidies.rules.judged import cited, excerpt
from subsidies.rules.wording import Words

CS, JN, NX = "500115002203", "370827001207", "640121102010"
QUOTES = [
    (CS, "plan_part", "方案应明确资金来源、补助对象、补助标准、补助流程等"),
    (JN, "plan_part", "主要内容包括资金来源、补助范围、补助标准等"),
    (NX, "plan_part", "补助范围、补助标准、补助年度、资金来源等具体方案"),
    (CS, "cap_basis", "年度个人账户的最高补助金额不得超过"),
    (JN, "cap_basis", "个人的资助合计金额应不超过居民基本养老保险最高缴费档次标准"),
    (NX, "cap_basis", "集体经济补助和社会资助的合计金额不得超过当年度我区"),
    (JN, "decision_body", "经村（居）民会议民主确定的补助标准及补助对象名单"),
    (NX, "decision_body", "“四议两公开”等程序"),
    (JN, "over_income", "尽力而为、量力而行"),
    (NX, "standard_high_warning", "补助标准坚持低水平起步"),
    (NX, "tier_order", "鼓励“多缴多得”"),
    (JN, "pilot_scope", "先行开展集体补助试点工作"),
    (NX, "pilot_scope", "村级集体经济组织先行试点（具体名单见附件）"),
]


@pytest.mark.parametrize(("place", "name", "words"), QUOTES)
def test_a_rule_is_quoted_by_the_sentence_that_says_it(base_data, place, name, words):
    view = next(iter(rulebook(place, on=date(2024, 8, 28)).require_table(name).values()))

    assert words in cited(view)


@pytest.mark.parametrize(
    ("code", "clause", "words"),
    [
        ("E-LUMP", "JN 三（一）", "一次性补缴的参保人员，不享受集体补助"),
        ("E-BACKPAY", "NX 三（一）", "不对以往年度补缴和一次性补缴进行补助"),
        ("E-UNPAID", "JN 三（一）", "当年参加居民基本养老保险缴费"),
        ("E-CAP", "NX 三（二）第二段", "不得超过当年度我区城乡居民基本养老保险最高缴费档次标准"),
    ],
)
def test_a_finding_is_quoted_by_the_sentence_that_says_it(base_data, code, clause, words):
    assert words in Words().cited_at(code, clause)


def test_a_region_names_the_words_it_is_quoted_at_in_its_own_file(base_data):
    PolicyValue.objects.filter(region_code="640000000000", name="tier_order").update(quoted_at="低水平起步")
    change_token()

    assert "补助标准坚持低水平起步" in cited(rulebook(NX, on=date(2024, 8, 28)).value("tier_order"))


def test_an_excerpt_without_any_of_the_words_is_the_first_sentence():
    assert excerpt("甲。乙。", "丙") == "甲"
    assert excerpt("甲。乙。", "丙", "乙") == "乙"
    assert excerpt("", "丙") == ""
