"""A rulebook that contradicts itself is refused at the place, in one sentence, and nothing of it is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from policies.files import RulebookRefused
from policies.models import PolicyValue
from policies.services import load_rulebooks
from tests.rulebooks import load_rulebook
from villages.models import Region

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "policies"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))
YUTAI = "370827000000"


def stated(name: str, unit: str, *rows: dict) -> dict:
    return {name: {"unit": unit, "clause": "YT 一", "confidence": "document", "rows": list(rows)}}


def tier(yuan: str, value: str | None = None) -> dict:
    return {"key": yuan, "year": 2024, "value": value or yuan}


CONTRADICTIONS = {
    "a source without its name": (
        stated("fund_source_allowed", "是/否", {"key": "own_funds", "year": 2024, "value": "是"})
        | stated("fund_source_name", "文字", {"key": "welfare_fund", "value": "公益金"}),
        "同期的“资金来源名称”里却没有这一项",
    ),
    "a step required that is not named": (
        stated("decision_step", "文字", {"key": "resolution", "value": "决议"})
        | stated("decision_step_required", "是/否", {"key": "party_proposal", "value": "是"}),
        "同期的“决策与公开环节”里却没有这一项",
    ),
    "a step named only until the day before it is required": (
        stated("decision_step", "文字", {"key": "resolution", "value": "决议", "to": date(2025, 4, 30)})
        | stated("decision_step_required", "是/否",
                 {"key": "resolution", "value": "是", "from": date(2025, 5, 1)}),
        "里却没有这一项",
    ),
    "a seal on a paper that is not asked for": (
        stated("application_document", "文字", {"key": "application", "value": "书面申请"})
        | stated("application_seal", "选项", {"key": "plan", "value": "organisation"}),
        "同期的“申请材料”里却没有这一项",
    ),
    "a subsidy for a tier that does not exist": (
        stated("contribution_tier", "元/年", tier("300"))
        | stated("government_subsidy", "元/年", {"key": "350", "year": 2024, "value": "30"}),
        "同期的“个人缴费档次”里却没有这一项",
    ),
    "a payee for a reason that is none": (
        stated("refund_reason", "文字", {"key": "DEATH", "value": "死亡"})
        | stated("refund_payee_by_reason", "选项", {"key": "OTHER", "value": "person"}),
        "同期的“退费事由”里却没有这一项",
    ),
    "a list of towns without towns": (
        stated("pilot_scope", "选项", {"value": "listed_towns"}), "同期却没有“首批试点镇街”",
    ),
    "a list of villages without villages": (
        stated("pilot_scope", "选项", {"value": "listed_villages"}), "同期却没有“试点村（社区）”",
    ),
    "silence about a filing that nobody asks for": (
        stated("filing_silence_days", "个工作日", {"value": "5"}), "同期却没有“方案备案单位”",
    ),
    "resumption without suspension": (
        stated("resumption_allowed", "是/否", {"value": "是"}), "同期却没有“可以暂停补助”",
    ),
    "resumption of what may not be suspended": (
        stated("suspension_allowed", "是/否", {"value": "否"})
        | stated("resumption_allowed", "是/否", {"value": "是"}),
        "不能并存",
    ),
    "a reward rate beside mere praise": (
        stated("reward_form", "选项", {"value": "commendation"}),
        "“奖励形式：通报表扬”与同期的“奖励比例上限：35%”不能并存",
    ),
    "a least above the most": (
        stated("pilot_organisations_min", "个组织", {"value": "9"})
        | stated("pilot_organisations_max", "个组织", {"value": "8"}),
        "“首批试点组织数下限：9个组织”与同期的“首批试点组织数上限：8个组织”不能并存",
    ),
    "a year that ends before it begins": (
        stated("application_first_day", "月日", {"year": 2024, "value": "07-01"})
        | stated("application_last_day", "月日", {"year": 2024, "value": "06-30"}),
        "不能并存",
    ),
    "a tier under another name": (
        stated("contribution_tier", "元/年", tier("300", "350")), "档次与金额不同",
    ),
    "a tier that is ordinary and special": (
        stated("contribution_tier", "元/年", tier("100")) | stated("special_tier", "元/年", tier("100")),
        "不能并存",
    ),
    "a payment that counts and is refused": (
        stated("contribution_treatment", "选项", {"key": "lump_sum", "value": "counts"})
        | stated("contribution_reason", "代码", {"key": "lump_sum", "value": "E-LUMP"}),
        "不能并存",
    ),
    "a payment that excludes and is only warned of": (
        stated("contribution_treatment", "选项", {"key": "lump_sum", "value": "excludes"})
        | stated("contribution_reason", "代码", {"key": "lump_sum", "value": "W-LUMP"}),
        "不能并存",
    ),
    "a rate published that is not known": (
        stated("interest_rate_published", "是/否", {"year": 2024, "value": "是"}), "同期却没有“个人账户记账利率”",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_refused_and_nothing_is_kept(written, name):
    more, sentence = CONTRADICTIONS[name]

    with pytest.raises(RulebookRefused) as refused:
        load_rulebook(written(lambda content: content["parameters"].update(more)))

    assert refused.value.code == "E-RULEBOOK"
    assert sentence in refused.value.message
    assert "自相矛盾" in refused.value.message and refused.value.message.startswith(
        "yutai.yaml（parameters › "
    )
    assert not PolicyValue.objects.filter(region_code=YUTAI).exists()


def test_what_differs_in_other_years_is_no_contradiction(written):
    more = stated("contribution_tier", "元/年", tier("300"), {"key": "100", "year": 2025, "value": "100"})
    more |= stated("special_tier", "元/年", tier("100"))
    more |= stated("government_subsidy", "元/年", tier("100", "30"), tier("300", "30"))

    load_rulebook(written(lambda content: content["parameters"].update(more)))

    assert PolicyValue.objects.filter(region_code=YUTAI).count() == 6


def test_what_the_file_leaves_to_the_regions_above_is_not_asked_for(written):
    more = stated("decision_step_required", "是/否", {"key": "party_proposal", "value": "是"})

    load_rulebook(written(lambda content: content["parameters"].update(more)))

    assert PolicyValue.objects.filter(region_code=YUTAI).count() == 2


# Places that values name


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("370827999000", "区划370827999000不在区划表中"), ("640121102010", "不在本文件的地区370827000000内")],
)
def test_a_place_unknown_or_of_another_region_is_refused(written, code, sentence):
    more = stated("pilot_town", "文字", {"key": code, "value": "某镇"})

    with pytest.raises(RulebookRefused, match=sentence):
        load_rulebook(written(lambda content: content["parameters"].update(more)))


@pytest.mark.rule("NX-03")
def test_a_list_of_15_villages_is_refused_where_the_document_says_16(base_data, tmp_path):
    content = yaml.safe_load((FOLDER / "ningxia.yaml").read_text(encoding="utf-8"))
    rows = content["parameters"]["pilot_village"]["rows"]
    content["parameters"]["pilot_village"]["rows"] = [row for row in rows if row["value"] != "杨郎村"]
    path = tmp_path / "ningxia.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    with pytest.raises(RulebookRefused) as refused:
        load_rulebook(path, replace_values=True)

    assert refused.value.code == "E-PILOT-COUNT"
    assert "16个村（社区），名单里有15个" in refused.value.message


@pytest.mark.rule("NX-03")
@pytest.mark.rule("NX-04")
def test_the_names_on_the_list_are_those_of_the_codes(base_data):
    rows = PolicyValue.objects.filter(name="pilot_village", year_from=2024).values_list("key", "value")
    names = dict(
        Region.objects.filter(code__in=[key for key, _name in rows]).values_list("code", "short_name")
    )

    assert names == dict(rows) and len(names) == 16
    kinds = Region.objects.filter(code__in=names).values_list("unit_type", flat=True)
    assert sorted(set(kinds)) == ["resident_committee", "village_committee"]


# Files as such


@pytest.mark.parametrize("name", FILES)
def test_each_real_rulebook_loads_again_without_a_change(base_data, name):
    report = load_rulebook(FOLDER / name)

    assert (report.created, report.changed, report.removed) == (0, 0, 0)
    assert report.unchanged > 10


def test_two_files_of_one_region_are_refused(written, tmp_path):
    first = written()
    second = tmp_path / "again.yaml"
    second.write_text(first.read_text(encoding="utf-8"), encoding="utf-8")

    with pytest.raises(RulebookRefused, match="一个地区只写一个文件"):
        load_rulebooks([first, second])


def test_two_documents_of_one_name_are_refused(written):
    with pytest.raises(RulebookRefused, match="简称“YT”重复"):
        load_rulebook(written(lambda content: content["documents"].append(content["documents"][0])))


def test_every_code_that_a_rulebook_gives_is_explained(base_data):
    from policies.enums import Kind
    from policies.parameters import PARAMETERS
    from policies.selectors import reasons

    rows = PolicyValue.objects.values_list("name", "value")
    codes = {value for name, value in rows if PARAMETERS[name].kind == Kind.REASON_CODE}

    assert codes and codes <= set(reasons())


@pytest.mark.parametrize("region", ["370800000000", "640000000000", "370000000000"])
def test_every_value_of_the_two_regions_names_its_rule(base_data, region):
    assert not PolicyValue.objects.filter(region_code=region, rules=[]).exists()
