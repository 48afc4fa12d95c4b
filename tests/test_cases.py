"""The worked examples of the documents as an official can read them: tests/cases/*.yaml, one test a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.money import fen_from_number, share_down, yuan_plain, yuan_text
from core.rates import percent_text, ppm_from_percent
from policies import rules
from policies.parameters import CONTRIBUTION_KINDS, CUSTODIANS, DECISION_BODIES, PARAMETERS, PLAN_PARTS
from policies.selectors import Rulebook, rulebook
from subsidies.enums import Method
from subsidies.rules.gain import PensionTerms, Situation, reckon_gain
from subsidies.rules.judged import Judged
from subsidies.rules.plans import (
    DecisionFacts,
    PlanFacts,
    Source,
    afford,
    judge_decision,
    judge_parts,
    judge_plan,
)
from subsidies.rules.standards import StandardRow, judge_standard, standard_amount

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "cases"
Given = Mapping[str, Any]
Way = Callable[[Rulebook, Given], Any]
WAYS: dict[str, Way] = {}


def way(name: str) -> Callable[[Way], Way]:
    """Register what a case reckons under the Chinese name that cases use."""

    def register(function: Way) -> Way:
        WAYS[name] = function
        return function

    return register


def cases() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        shared = {key: content[key] for key in ("地点", "日期")}
        for number, case in enumerate(content["算例"], start=1):
            mark = pytest.mark.rule(case["规则"])
            yield pytest.param({**shared, **case}, id=f"{path.stem}-{number}-{case['规则']}", marks=mark)


@pytest.mark.parametrize("case", list(cases()))
def test_a_worked_example_comes_out_as_written(base_data, case):
    book = rulebook(case["地点"], on=case["日期"])

    assert WAYS[case["办法"]](book, case.get("已知") or {}) == case["结果"], case["说明"]


def fen(yuan: str) -> int:
    return fen_from_number(Decimal(yuan))


def yes_no(is_so: bool) -> str:
    return "是" if is_so else "否"


def codes(found: list[Judged]) -> list[str]:
    return [one.code for one in found if one.code]


@way("管理单位")
def administering(book: Rulebook, given: Given) -> str:
    unit = rules.administering_unit(book, given["区划"])
    return str(unit.value) if unit else "无"


@way("险种名称")
def scheme(book: Rulebook, given: Given) -> str:
    return book.choice("scheme_name")


@way("试点范围")
def pilot(book: Rulebook, given: Given) -> str:
    return yes_no(rules.place_is_in_pilot(book, given["区划"], given["补助年度"]))


@way("试点村数")
def pilot_count(book: Rulebook, given: Given) -> int:
    return book.amount("pilot_village_count", given["区划"], year=given["补助年度"])


@way("认可的缴费年度")
def years(book: Rulebook, given: Given) -> list[int]:
    return [one.year for one in rules.qualifying_years(book, given["补助年度"])]


@way("缴费认定")
def treatment(book: Rulebook, given: Given) -> dict[str, str]:
    kind = next(key for key, label in CONTRIBUTION_KINDS.items() if label == given["缴费类别"])
    reason = book.get("contribution_reason", kind)
    return {
        "认定": book.value("contribution_treatment", kind).shown,
        "代码": str(reason.value) if reason else "",
    }


@way("政府补贴")
def government_subsidy(book: Rulebook, given: Given) -> str:
    # What the collective gives (集体补助) is told in the case and must not matter.
    found = rules.government_subsidy_fen(book, given["年度"], personal_fen=fen(given["个人缴费"]))
    assert book.flag("government_subsidy_on_personal_only")
    return yuan_plain(int(str(found.value))) if found else "无"


@way("年度上限")
def cap(book: Rulebook, given: Given) -> dict[str, str]:
    limit = rules.yearly_cap(book, given["补助年度"]).amount_fen
    assert book.flag("cap_includes_sponsors")
    together = sum(fen(one) for one in given["已有"]) + fen(given["本笔"])
    return {"上限": yuan_plain(limit), "超出": yuan_plain(max(together - limit, 0))}


def plan_facts(**changes: Any) -> PlanFacts:
    whole = PlanFacts(
        year=2024,
        beneficiaries="成员",
        procedure="流程",
        sources=[Source("distributable_income", fen("6000"))],
        rows=[StandardRow(amount_fen=fen("100"))],
        estimate_fen=fen("6000"),
        income_fen=fen("60000"),
        responsible_person="张书记",
    )
    return replace(whole, **changes)


WITHOUT = {
    "fund_source": {"sources": []},
    "beneficiaries": {"beneficiaries": ""},
    "standard": {"rows": []},
    "procedure": {"procedure": ""},
    "plan_year": {"year": 0},
}


@way("方案内容")
def parts(book: Rulebook, given: Given) -> dict[str, Any]:
    lacking = [key for key, label in PLAN_PARTS.items() if label in given["缺少"]]
    changes = {name: value for key in lacking for name, value in WITHOUT[key].items()}
    # A plan without a year is judged by nothing else: whatever rule asks for a year has no answer.
    facts = plan_facts(**changes)
    found = list(judge_parts(facts, book)) if "plan_year" in lacking else judge_plan(facts, rulebook=book)
    answer: dict[str, Any] = {"代码": codes(found)}
    return answer | ({"缺少": found[0].figures["parts"]} if found else {})


@way("补助总额")
def total(book: Rulebook, given: Given) -> dict[str, Any]:
    sum_fen, income = fen(given["补助总额"]), fen(given["可支配收益"])
    sources = [Source("distributable_income", min(sum_fen, income))]
    facts = plan_facts(estimate_fen=sum_fen, income_fen=income, sources=sources)
    found = [one for one in judge_plan(facts, rulebook=book) if one.code]
    if found:
        return {"代码": codes(found), "超出": yuan_plain(found[0].figures["over_fen"])}
    return {"代码": [], "占比": percent_text(afford(facts, book).share_ppm or 0)}


def standard_rows(given: Given) -> list[StandardRow]:
    return [_standard_row(row) for row in given["标准"]]


def _standard_row(row: Given) -> StandardRow:
    tiers, ages = row.get("档次", [None, None]), row.get("年龄", [None, None])
    low, high = (fen(tier) if tier else None for tier in tiers)
    return StandardRow(
        is_addition=bool(row.get("加发")),
        tier_from_fen=low,
        tier_to_fen=high,
        age_from=ages[0],
        age_to=ages[1],
        person_kind=row.get("类别", ""),
        method=Method.PERCENT if "比例" in row else Method.FLAT,
        amount_fen=fen(row["金额"]) if "金额" in row else None,
        rate_ppm=ppm_from_percent(row["比例"]) if "比例" in row else None,
    )


@way("应补金额")
def amount(book: Rulebook, given: Given) -> str:
    given_fen = standard_amount(
        standard_rows(given),
        tier_fen=fen(given["档次"]),
        age=given["年龄"],
        person_kind=given.get("类别", ""),
    )
    assert codes(judge_standard(standard_rows(given), year=2024, rulebook=book)) == []
    return yuan_plain(given_fen)


@way("补助标准")
def standard(book: Rulebook, given: Given) -> dict[str, Any]:
    found = judge_standard(standard_rows(given), year=given["年度"], rulebook=book)
    falls = next((one.sentence for one in found if one.code == "W-TIER-ORDER"), "")
    at = falls.removeprefix("缴费").partition("元")[0]
    return {"代码": codes(found)} | ({"档次": at} if at else {})


DATES = {
    "党组织提议": "proposed_on",
    "两委商议": "discussed_on",
    "党员大会审议": "reviewed_on",
    "决议公开": "published_from",
    "公示": "posted_on",
    "通知": "notified_on",
}


@way("民主决策")
def decision(book: Rulebook, given: Given) -> dict[str, Any]:
    record = DecisionFacts(
        body=next(key for key, label in DECISION_BODIES.items() if label == given["会议"]),
        met_on=given["会议日期"],
        called_count=given["应到"],
        attended_count=given["实到"],
        agreed_count=given["同意"],
        resolution="同意补助方案",
        **{column: given[word] for word, column in DATES.items() if word in given},
    )
    on_the_day = rulebook(book.region_code, on=record.met_on)
    found = judge_decision(record, rulebook=on_the_day if on_the_day.table("decision_procedure") else book)
    answer: dict[str, Any] = {"代码": codes(found)}
    if codes(found) == ["E-MAJORITY"]:
        answer["至少"] = found[0].figures["needed_count"]
    if codes(found) == ["E-NOTICE"]:
        answer["天数"] = found[0].figures["days"]
    return answer


@way("申请材料")
def papers(book: Rulebook, given: Given) -> dict[str, str]:
    names = book.require_table("application_document")
    return {str(view.value): book.value("application_seal", key).shown for key, view in names.items()}


@way("资助资金管理")
def custody(book: Rulebook, given: Given) -> dict[str, str]:
    return {label: yes_no(book.flag("sponsor_custody_allowed", key)) for key, label in CUSTODIANS.items()}


@way("财政奖励")
def reward(book: Rulebook, given: Given) -> str:
    ceiling = rules.reward_ceiling(book, given["补助年度"])
    return yuan_text(share_down(fen(given["基数"]), ceiling.value)) if ceiling else "无"


def _names(book: Rulebook, name: str) -> list[str]:
    return [str(view.value) for view in book.require_table(name).values()]


@way("备案")
def filing(book: Rulebook, given: Given) -> dict[str, Any]:
    silent: date | None = rules.filed_by_silence_on(book, given["收到"])
    return {"单位": _names(book, "filing_office"), "视同备案": silent}


@way("暂停备案")
def suspension(book: Rulebook, given: Given) -> list[str]:
    assert book.flag("suspension_allowed")
    return _names(book, "suspension_filing_office")


@way("恢复")
def resumption(book: Rulebook, given: Given) -> dict[str, str]:
    return {
        "可以恢复": yes_no(book.flag("resumption_allowed")),
        "须申请": yes_no(book.flag("resumption_needs_application")),
        "补办暂停年度": yes_no(book.flag("resumption_retroactive")),
    }


@way("长远账")
def lifelong_sums(book: Rulebook, given: Given) -> dict[str, str]:
    terms = PensionTerms(
        rate_ppm=book.amount("interest_rate", year=2024),
        basic_fen=book.amount("basic_pension"),
        bonus_fen=book.amount("long_contribution_bonus") if book.get("long_contribution_bonus") else 0,
        pension_age=book.amount("pension_age"),
        years_min=book.amount("contribution_years_min"),
        months=book.amount("annuity_divisor"),
    )
    gain = reckon_gain(Situation(given["年龄"], fen("300"), 0, fen(given["每年补助"])), terms)
    return {"账户多出": yuan_plain(gain.collective.total_fen), "每月多出": yuan_plain(gain.gain_fen)}


@way("工作日期限")
def term(book: Rulebook, given: Given) -> date:
    name = next(name for name, parameter in PARAMETERS.items() if parameter.label == given["期限"])
    return rules.due_on(book, name, given["起"]).on
