"""Loading rulebooks: repeatable, strict, and never rewriting what was the rule."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from core.errors import StoredValueUnknown
from policies.files import RulebookRefused
from policies.models import Clause, PolicyDocument, PolicyRevision, PolicyValue, ReasonCode
from policies.selectors import rulebook
from policies.services import change_token, load_reasons
from tests.rulebooks import load_rulebook

YUTAI = "370827000000"
BUILT_IN = {
    "budget_carries_over": {
        "unit": "是/否",
        "clause": "YT 一",
        "confidence": "document",
        "rules": ["CS-13"],
        "rows": [{"value": "否"}],
    }
}
MONEY = {
    "reward_form": {"unit": "选项", "clause": "YT 一", "confidence": "document", "rows": [{"value": "money"}]}
}


def group(content, **more):
    """The one group of the fourth region's file, with more fields."""
    content["parameters"]["reward_ceiling"].update(more)


def row(content, **more):
    content["parameters"]["reward_ceiling"]["rows"][0].update(more)


def counts():
    return {model: model.objects.count() for model in (PolicyDocument, Clause, PolicyValue, ReasonCode)}


def test_loading_the_real_rulebooks_again_changes_nothing(base_data):
    before, token = counts(), PolicyRevision.objects.get().token

    call_command("load_policies", verbosity=0)

    assert counts() == before
    assert PolicyRevision.objects.get().token == token


def test_a_new_region_is_one_file(written):
    report = load_rulebook(written())

    assert (report.created, report.changed) == (3, 0)
    assert rulebook(YUTAI, on=date(2024, 6, 1)).amount("reward_ceiling", year=2024) == 350_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: row(c, clause=""), "缺少条款"),
        (lambda c: row(c, clause="YT"), "缺少条款"),
        (lambda c: row(c, clause="YT 九"), "没有“YT”的条款“九”"),
        (lambda c: row(c, unit=""), "缺少单位，应为“%”"),
        (lambda c: row(c, unit="元"), "单位是“元”，应为“%”"),
        (lambda c: row(c, value="135"), "“135”不能作为“奖励比例上限”的值"),
        (lambda c: row(c, value="三成"), "不能作为"),
        (lambda c: row(c, quoted_at="百分之四十"), "“百分之四十”不在条款“一”的原文里"),
        (lambda c: row(c, quoted_at="百" * 41), "quoted_at最多40个字，这里有41个字"),
        (
            lambda c: c["parameters"].update(
                town_opinion_required={
                    "unit": "是/否",
                    "clause": "YT 一",
                    "confidence": "document",
                    "rows": [{"value": "是"}],
                }
            ),
            "“须有镇街意见”系统只能按“否”办理，不能写“是”",
        ),
        (lambda c: row(c, value=35), "值须加引号"),
        (lambda c: row(c, confidence="sure"), "缺少依据程度"),
        (lambda c: row(c, confidence="illustrative"), "示例值须在note里写明"),
        (lambda c: row(c, ambiguity="72"), "口径编号"),
        (lambda c: row(c, key="village"), "key“village”不对"),
        (lambda c: row(c, year=None), "这个参数按年度"),
        (lambda c: row(c, year=None, years="2026-2024"), "截止年度早于起始年度"),
        (lambda c: row(c, **{"from": "三月"}), "from须写成"),
        (lambda c: row(c, to=date(2024, 1, 1)), "截止日期早于起始日期2024-03-01"),
        (lambda c: row(c, colour="red"), "没有这一项：colour"),
        (lambda c: group(c, rows=[]), "缺少rows"),
        (lambda c: c["parameters"].update(reward_colour={}), "没有这个参数"),
        (lambda c: c.update(region="12345"), "十二位区划代码"),
        (lambda c: c.update(region="999999000000"), "不在区划表中"),
        (lambda c: c["documents"][0].pop("title"), "缺少title"),
        (lambda c: c["documents"][0].update(key="CS"), "已用于另一地区"),
        (lambda c: c["documents"][0]["clauses"][0].pop("text"), "须写原文"),
        (
            lambda c: c["documents"][0]["clauses"].append({"key": "一", "label": "又", "text": "又"}),
            "不重复的key",
        ),
    ],
)
def test_a_faulty_file_is_refused_with_its_place_and_nothing_is_kept(written, change, said):
    before = counts()

    with pytest.raises(RulebookRefused) as refused:
        load_rulebook(written(change))

    assert said in refused.value.message
    assert refused.value.message.startswith("yutai.yaml（")
    assert counts() == before


@pytest.mark.parametrize(
    "second",
    [
        {"year": 2024, "value": "30"},
        {"years": "2023-", "value": "30", "from": date(2024, 5, 1)},
    ],
)
def test_overlapping_spans_are_refused(written, second):
    path = written(lambda c: c["parameters"]["reward_ceiling"]["rows"].append(second))

    with pytest.raises(RulebookRefused, match="适用期间重叠"):
        load_rulebook(path)


def test_a_value_may_follow_another_on_the_next_day(written):
    def follow(content):
        row(content, to=date(2024, 12, 31))
        later = {"year": 2024, "value": "30", "from": date(2025, 1, 1)}
        content["parameters"]["reward_ceiling"]["rows"].append(later)

    load_rulebook(written(follow))

    ceilings = [
        rulebook(YUTAI, on=day).amount("reward_ceiling", year=2024)
        for day in (date(2024, 12, 31), date(2025, 1, 1))
    ]
    assert ceilings == [350_000, 300_000]


def test_a_value_in_force_is_not_rewritten(written):
    load_rulebook(written())

    with pytest.raises(RulebookRefused, match="已执行的值不改写"):
        load_rulebook(written(lambda c: row(c, value="50")))

    assert rulebook(YUTAI, on=date(2024, 6, 1)).amount("reward_ceiling", year=2024) == 350_000


def test_a_value_in_force_does_not_vanish(written):
    load_rulebook(written())

    with pytest.raises(RulebookRefused, match="已执行的值不删除"):
        load_rulebook(written(lambda c: row(c, year=2025)))


def test_an_ended_value_is_not_reopened(written):
    load_rulebook(written(lambda c: row(c, to=date(2024, 12, 31))))

    with pytest.raises(RulebookRefused, match="已执行的值不改写"):
        load_rulebook(written())


def test_a_misprint_is_corrected_only_when_asked_for(written):
    load_rulebook(written())

    report = load_rulebook(written(lambda c: row(c, value="50")), replace_values=True)

    assert report.changed == 1
    assert rulebook(YUTAI, on=date(2024, 6, 1)).amount("reward_ceiling", year=2024) == 500_000


def test_an_open_value_may_be_ended_and_its_grounds_bettered(written):
    load_rulebook(written())

    report = load_rulebook(
        written(lambda c: row(c, to=date(2026, 12, 31), confidence="public", note="已核对"))
    )

    assert report.changed == 1
    value = PolicyValue.objects.get(region_code=YUTAI)
    assert (value.valid_to, value.confidence) == (date(2026, 12, 31), "public")


def removed(region, name, value):
    """A value that an earlier version took and this one does not (decision 0012)."""
    PolicyValue.objects.filter(region_code=region, name=name).update(value=value)
    change_token()


def test_a_stored_value_that_is_no_answer_any_more_is_told_with_its_cure(written):
    only = written(lambda c: c["parameters"].update(BUILT_IN))
    load_rulebook(only)
    removed(YUTAI, "budget_carries_over", "是")

    with pytest.raises(StoredValueUnknown) as told:
        rulebook(YUTAI, on=date(2024, 6, 1))

    for word in (YUTAI, "奖励预算结转下年", "budget_carries_over", "“是”", "load_policies", "--replace"):
        assert word in told.value.message
    assert rulebook("500115000000", on=date(2024, 6, 19)).values
    assert rulebook(YUTAI, on=date(2024, 2, 28)).values
    call_command("load_policies", only, "--replace", verbosity=0)
    assert rulebook(YUTAI, on=date(2024, 6, 1)).value("budget_carries_over").value is False


def test_the_command_says_a_value_above_that_is_no_answer_any_more_in_one_line(written):
    removed("370800000000", "cap_includes_personal", "是")

    with pytest.raises(CommandError, match="区划370800000000的政策参数“个人缴费计入上限”"):
        call_command("load_policies", written(lambda c: c["parameters"].update(MONEY)), verbosity=0)


def test_every_page_tells_what_is_to_be_mended(cast, page):
    removed("500115000000", "reward_account_separate", "否")

    answer = page(cast.clerk).get("/plans/")

    assert (answer.status_code, "load_policies" in answer.content.decode()) == (500, True)


def test_the_command_says_what_is_wrong_in_one_line(written):
    with pytest.raises(CommandError, match=r"yutai\.yaml"):
        call_command("load_policies", str(written(lambda c: row(c, unit="元"))), verbosity=0)


def test_a_file_that_is_no_yaml_is_refused(tmp_path, base_data):
    path = tmp_path / "torn.yaml"
    path.write_text("region: [", encoding="utf-8")

    with pytest.raises(RulebookRefused, match="不是正确的YAML"):
        load_rulebook(path)


def test_a_file_that_is_not_there_is_refused(tmp_path, base_data):
    with pytest.raises(RulebookRefused, match="读不出文件"):
        load_rulebook(tmp_path / "none.yaml")


def test_a_refusal_without_a_remedy_is_refused(tmp_path, base_data):
    path = tmp_path / "reasons.yaml"
    path.write_text("E-NEW: {severity: refuse, text: 新}", encoding="utf-8")

    with pytest.raises(RulebookRefused, match="缺少remedy"):
        load_reasons(path)


def test_a_reason_that_the_file_no_longer_names_goes(tmp_path, base_data):
    path = tmp_path / "reasons.yaml"
    path.write_text("OTHER: {severity: reason, text: 其他}", encoding="utf-8")

    report = load_reasons(path)

    assert list(ReasonCode.objects.values_list("code", flat=True)) == ["OTHER"]
    assert report.removed > 0


def test_the_demo_follows_its_files(written, settings):
    settings.DEMO = True
    call_command("load_policies", str(written()), verbosity=0)

    call_command("load_policies", str(written(lambda c: row(c, value="50"))), verbosity=0)

    assert PolicyValue.objects.get(region_code=YUTAI).value == "50"


def test_the_command_says_what_it_loaded(written, capsys):
    call_command("load_policies", str(written()))

    assert "yutai.yaml：新增3，更改0，删除0，不变0" in capsys.readouterr().out
