"""The three regions side by side: each cell of the comparison, asked of the rulebook in force in a village."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from core.errors import ParameterNotInForce
from policies import rules
from policies.enums import Seal, Strictness, Treatment
from policies.selectors import Rulebook, rulebook
from rewards.rules import reward_terms
from subsidies.rules import candidates, payments
from tests.rulebooks import load_rulebook

CS, JN, NX = "500115002203", "370827001207", "640121102010"
NOT_IN_FIRST_BATCH, OTHER_COUNTY, OFF_THE_LIST = "500115100000", "370829104000", "640105006201"
DAY = "2024-08-28"
COUNT_ALL = ["regular", "topup", "back_payment", "lump_sum", "on_behalf"]
CLAUSES = {
    CS: "长寿府办发〔2024〕49号",
    JN: "《关于开展居民基本养老保险集体补助试点工作的实施意见》",
    NX: "宁人社发〔2024〕93号",
}


def book_of(place: str, on: str = DAY) -> Rulebook:
    return rulebook(place, on=date.fromisoformat(on))


def words(name: str, **more: Any) -> Callable[[Rulebook], dict[str, str]]:
    return lambda book: {key: str(view.value) for key, view in book.table(name, **more).items()}


def said(name: str, **more: Any) -> Callable[[Rulebook], dict[str, Any]]:
    return lambda book: {key: view.value for key, view in book.table(name, **more).items()}


def one(name: str, key: str = "", **more: Any) -> Callable[[Rulebook], Any]:
    return lambda book: book.plain(name, key, **more) if book.get(name, key, **more) else None


def allows(place: str) -> Callable[[Rulebook], bool]:
    return lambda book: rules.place_is_in_pilot(book, place, book.on.year)


def treatment(kind: str) -> Callable[[Rulebook], tuple[str, str]]:
    def found(book: Rulebook) -> tuple[str, str]:
        reason = book.get("contribution_reason", kind)
        return book.choice("contribution_treatment", kind), str(reason.value) if reason else ""

    return found


def qualifying(book: Rulebook) -> list[int]:
    return list(candidates.qualifying_years(2024, book))


def cap(book: Rulebook) -> tuple[int, bool, bool]:
    return (
        rules.yearly_cap(book, 2024).amount_fen,
        book.flag("cap_includes_sponsors"),
        book.flag("cap_includes_personal"),
    )


def sources(year: int) -> Callable[[Rulebook], list[str]]:
    return lambda book: list(rules.allowed_keys(book, "fund_source_allowed", year=year))


def sponsors(book: Rulebook) -> set[str]:
    return set(rules.allowed_keys(book, "sponsor_allowed"))


def custody(book: Rulebook) -> set[str]:
    return set(rules.allowed_keys(book, "sponsor_custody_allowed"))


def seals(book: Rulebook) -> dict[str, str]:
    return {key: str(view.value) for key, view in book.table("application_seal").items()}


def required_steps(book: Rulebook) -> int:
    return len(rules.allowed_keys(book, "decision_step_required"))


def offices(name: str) -> Callable[[Rulebook], list[str]]:
    return lambda book: list(book.table(name))


def ceilings(book: Rulebook) -> list[int | None]:
    found = [rules.reward_ceiling(book, year) for year in (2024, 2025, 2026, 2027)]
    return [view.value if view else None for view in found]


def subsidy_of(personal_fen: int) -> Callable[[Rulebook], Any]:
    return lambda book: rules.government_subsidy_fen(book, 2024, personal_fen=personal_fen).value


EVERY_SPONSOR = {"enterprise", "social_organisation", "charity", "individual"}
COUNTED, LEFT_OUT, SHUT_OUT = str(Treatment.COUNTS), str(Treatment.IGNORED), str(Treatment.EXCLUDES)


def cell(topic: str, place: str, question: Callable[[Rulebook], Any], answer: Any, *ids: str, on: str = DAY):
    marks = [pytest.mark.rule(rule) for rule in ids]
    name = {CS: "CS", JN: "JN", NX: "NX"}[place]
    return pytest.param(place, on, question, answer, id=f"{topic}-{name}-{on}", marks=marks)


CELLS = [
    # who may take part
    cell("scope", CS, one("pilot_scope"), "listed_towns", "CS-04", on="2024-06-30"),
    cell("scope", CS, one("pilot_scope"), "all_towns", "CS-19"),
    cell("scope", JN, one("pilot_scope"), "selected_counties", "JN-04"),
    cell("scope", NX, one("pilot_scope"), "listed_villages", "NX-02"),
    cell("this place", CS, allows(CS), True, "CS-04", on="2024-06-30"),
    cell("other town", CS, allows(NOT_IN_FIRST_BATCH), False, "CS-04", on="2024-06-30"),
    cell("other town later", CS, allows(NOT_IN_FIRST_BATCH), True, "CS-19"),
    cell("this place", JN, allows(JN), True, "JN-04"),
    cell("too early", JN, allows(JN), False, "JN-04", on="2024-04-09"),
    cell("other county", JN, allows(OTHER_COUNTY), False, "JN-04"),
    cell("this place", NX, allows(NX), True, "NX-03", "NX-04"),
    cell("other village", NX, allows(OFF_THE_LIST), False, "NX-02"),
    cell("next year", NX, allows(NX), True, "NX-02", on="2025-03-01"),
    cell("next year other", NX, allows(OFF_THE_LIST), False, "NX-02", on="2025-03-01"),
    # qualifying contribution
    cell("qualifying", CS, qualifying, [2024, 2023], "CS-11"),
    cell("qualifying", JN, qualifying, [2024], "JN-05"),
    cell("qualifying", NX, qualifying, [2024], "NX-05"),
    cell("kinds", CS, payments.counting_kinds, COUNT_ALL, "CS-11"),
    cell("kinds", JN, payments.counting_kinds, ["regular", "topup", "back_payment", "on_behalf"], "JN-05", "JN-06"),
    cell("kinds", NX, payments.counting_kinds, ["regular", "topup", "on_behalf"], "NX-05", "NX-06", "NX-07"),
    # lump-sum back payer, past-year back payment
    cell("lump sum", CS, treatment("lump_sum"), (COUNTED, "W-LUMP"), "CS-11"),
    cell("lump sum", JN, treatment("lump_sum"), (SHUT_OUT, "E-LUMP"), "JN-06"),
    cell("lump sum", NX, treatment("lump_sum"), (LEFT_OUT, "E-LUMP"), "NX-07"),
    cell("back payment", CS, treatment("back_payment"), (COUNTED, ""), "CS-11"),
    cell("back payment", JN, treatment("back_payment"), (COUNTED, ""), "JN-05"),
    cell("back payment", NX, treatment("back_payment"), (LEFT_OUT, "E-BACKPAY"), "NX-06"),
    # cap: amount, with sponsors, without what the person pays
    cell("cap", CS, cap, (300_000, True, False), "CS-09"),
    cell("cap", JN, cap, (500_000, True, False), "JN-10"),
    *(
        cell("tier table", place, one("cap_tier_table"), "city", rule)
        for place, rule in ((CS, "CS-09"), (JN, "JN-10"), (NX, "NX-13"))
    ),
    cell("cap", NX, cap, (300_000, True, False), "NX-13"),
    # government subsidy on the subsidised part: by the person's own 500 yuan, whatever the village adds
    cell("subsidy on own", CS, one("government_subsidy_on_personal_only"), True, "CS-03"),
    cell("subsidy on own", JN, one("government_subsidy_on_personal_only"), True, "JN-07"),
    cell("subsidy on own", NX, one("government_subsidy_on_personal_only"), True, "NX-14"),
    cell("subsidy", CS, subsidy_of(50_000), 7_000, "CS-03"),
    cell("subsidy", JN, subsidy_of(50_000), 6_000, "JN-07"),
    cell("subsidy", NX, subsidy_of(50_000), 6_000, "NX-14"),
    # fund source, donors
    cell("sources 2024", CS, sources(2024), ["distributable_income", "welfare_fund", "own_funds"], "CS-14", "CS-26"),
    cell("sources 2025", CS, sources(2025), ["distributable_income", "welfare_fund"], "CS-26"),
    cell("sources 2024", JN, sources(2024), ["distributable_income", "welfare_fund"], "JN-08"),
    cell("sources 2024", NX, sources(2024), ["distributable_income", "welfare_fund"], "NX-09"),
    cell("source name", JN, one("fund_source_name", "distributable_income"), "集体经济组织收益", "JN-08"),
    cell("source name", NX, one("fund_source_name", "distributable_income"), "集体经济组织收益", "NX-09"),
    cell("supplementary", CS, one("supplementary_plan_allowed", year=2024), True, "CS-26"),
    cell("supplementary", JN, one("supplementary_plan_allowed", year=2024), None, "JN-08"),
    cell("supplementary", NX, one("supplementary_plan_allowed", year=2024), None, "NX-09"),
    cell("sponsors", CS, sponsors, EVERY_SPONSOR, "CS-15"),
    cell("sponsors", JN, sponsors, EVERY_SPONSOR, "JN-10", "JN-18"),
    cell("sponsors", NX, sponsors, EVERY_SPONSOR, "NX-09", "NX-21"),
    cell("custody", JN, custody, {"organisation"}, "JN-08"),
    cell("custody", NX, custody, {"charity", "direct"}, "NX-09"),
    cell("needy", JN, one("sponsor_for_needy_only"), None, "JN-18"),
    cell("needy", NX, one("sponsor_for_needy_only"), True, "NX-09"),
    cell("charity named", NX, one("charity_identity_required"), True, "NX-09"),
    cell("pool", JN, lambda book: rules.strictness(book, "pool_overdrawn"), Strictness.REFUSE, "JN-08"),
    cell("pool", NX, lambda book: rules.strictness(book, "pool_overdrawn"), Strictness.REFUSE, "NX-09"),
    cell("custody", CS, custody, {"organisation", "charity", "direct"}, "CS-15"),
    cell("charity named", CS, one("charity_identity_required"), True, "CS-15"),
    cell("pool", CS, lambda book: rules.strictness(book, "pool_overdrawn"), Strictness.REFUSE, "CS-15"),
    # required parts of the plan, in the words of each document
    cell(
        "parts", CS, words("plan_part"),
        {"fund_source": "资金来源", "beneficiaries": "补助对象", "standard": "补助标准", "procedure": "补助流程"},
        "CS-08",
    ),
    cell(
        "parts", JN, words("plan_part"),
        {"fund_source": "资金来源", "beneficiaries": "补助范围", "standard": "补助标准"}, "JN-11",
    ),
    cell(
        "parts", NX, words("plan_part"),
        {"beneficiaries": "补助范围", "standard": "补助标准", "plan_year": "补助年度", "fund_source": "资金来源"},
        "NX-16",
    ),
    # decision: form, bodies and steps before and after the law
    cell("form", CS, one("decision_procedure"), "重大经济事项民主决策程序", "CS-25"),
    cell("form", JN, one("decision_procedure"), "村（居）民会议民主确定", "JN-12"),
    cell("form", NX, one("decision_procedure"), "“一村一策”、“一事一策”、“四议两公开”等程序", "NX-15"),
    cell("bodies", JN, offices("decision_body"), ["villagers_meeting"], "JN-12"),
    cell("bodies", NX, offices("decision_body"), ["villagers_meeting", "villager_representatives"], "NX-15"),
    *(
        cell("bodies", place, offices("decision_body"), ["members_assembly", "member_representatives"], rule,
             "LAW-01", on="2025-05-01")
        for place, rule in ((CS, "CS-25"), (JN, "JN-12"), (NX, "NX-15"))
    ),
    cell("beside", JN, offices("decision_body_beside"), ["villagers_meeting"], "JN-12", on="2025-05-01"),
    cell("beside", NX, offices("decision_body_beside"), ["villagers_meeting", "villager_representatives"],
         "NX-15", on="2025-05-01"),
    cell("steps required", CS, required_steps, 1, "CS-25"),
    cell("steps required", JN, required_steps, 1, "JN-12"),
    cell("steps required", NX, required_steps, 5, "NX-15"),
    cell("last step", NX, one("decision_step_due", "result_published"), "closing", "NX-15"),
    cell("early decision", CS, lambda b: rules.strictness(b, "decision_before_policy"), Strictness.WARN, "CS-01"),
    cell("early decision", JN, lambda b: rules.strictness(b, "decision_before_policy"), Strictness.IGNORE, "JN-01"),
    cell("early decision", NX, lambda b: rules.strictness(b, "decision_before_policy"), Strictness.WARN, "NX-01"),
    # seal
    cell("seal", CS, seals, dict.fromkeys(["plan", "application", "roster"], str(Seal.ORGANISATION)), "CS-27"),
    cell("seal", JN, seals, dict.fromkeys(["application", "roster"], str(Seal.VILLAGE_COMMITTEE)), "JN-12"),
    cell("seal", NX, seals, dict.fromkeys(["plan", "application", "roster"], str(Seal.NONE)), "NX-17"),
    cell("second seal", JN, one("application_extra_seal", "application"), str(Seal.ORGANISATION), "JN-12"),
    cell("second seal", CS, one("application_extra_seal", "application"), None, "CS-27"),
    # filing, suspension, resumption
    cell("filing", CS, offices("filing_office"), [], "CS-27"),
    cell("filing", JN, offices("filing_office"), [], "JN-12"),
    cell("filing", NX, offices("filing_office"), ["town", "county_hr", "county_agriculture"], "NX-17"),
    cell("filing first", NX, one("filing_before_application"), True, "NX-17"),
    cell("filing silence", NX, one("filing_silence_days"), 5, "NX-17"),
    cell("filing order", NX, one("filing_order"), "side_by_side", "NX-17"),
    cell("filing from", NX, one("filing_counted_from"), "receipt", "NX-17"),
    cell("filing again", NX, one("filing_after_return"), "same_office", "NX-17"),
    cell("filing changed", NX, one("filing_after_change"), "every_office", "NX-17"),
    cell("suspend", CS, one("suspension_allowed"), None, "CS-27"),
    cell("suspend", JN, one("suspension_allowed"), None, "JN-12"),
    cell("suspend", NX, one("suspension_allowed"), True, "NX-18"),
    cell("suspend filed", NX, offices("suspension_filing_office"), ["county_hr", "county_agriculture"], "NX-18"),
    cell("suspend decided", NX, one("suspension_needs_decision"), True, "NX-18"),
    cell("suspend causes", NX, offices("suspension_cause"), ["economic", "objective"], "NX-18"),
    cell("suspend from", NX, one("suspension_from"), "day_in_decision", "NX-18"),
    cell("suspend whole", NX, one("suspension_scope"), "organisation", "NX-18"),
    cell("unremitted", NX, one("suspension_unremitted_line"), "cancel", "NX-18"),
    cell("remitted", NX, one("suspension_remitted_line"), "finish", "NX-18"),
    cell("resume", NX, one("resumption_allowed"), True, "NX-19"),
    cell("resume asked", NX, one("resumption_needs_application"), True, "NX-19"),
    cell("resume back", NX, one("resumption_retroactive"), False, "NX-19"),
    # reward
    cell("reward", CS, one("reward_form"), "money", "CS-13"),
    cell("reward", JN, one("reward_form"), "commendation", "JN-13"),
    cell("reward", NX, one("reward_form"), "none", "NX-01"),
    cell("rates", CS, ceilings, [600_000, 400_000, 200_000, None], "CS-13"),
    cell("rates", JN, ceilings, [None] * 4, "JN-13"),
    cell("rates", NX, ceilings, [None] * 4, "NX-01"),
    cell("county option", CS, one("county_incentive_allowed"), None, "CS-13"),
    cell("county option", JN, one("county_incentive_allowed"), True, "JN-13"),
    cell("commendation", JN, one("commendation_name"), "通报表扬", "JN-13"),
    cell("commendation in", JN, one("commendation_occasion"), "相关工作考核", "JN-13"),
    # civil affairs
    cell("civil affairs", CS, one("office_name", "civil_affairs"), None, "CS-17"),
    cell("civil affairs", JN, one("office_name", "civil_affairs"), None, "JN-14"),
    cell("civil affairs", NX, one("office_name", "civil_affairs"), "民政局", "NX-20"),
    cell("task force", JN, offices("task_force_member"), ["human_resources", "finance", "agriculture", "tax"], "JN-14"),
    cell(
        "task force", NX, offices("task_force_member"),
        ["human_resources", "civil_affairs", "agriculture", "tax"], "NX-20",
    ),
    cell("task force", CS, offices("task_force_member"), ["human_resources", "finance", "agriculture", "tax"], "CS-23"),
    cell("task force name", CS, one("task_force_name", "county"), "工作推进机制", "CS-23"),
    cell("lead", CS, one("task_force_lead"), "区人力社保局", "CS-23"),
    cell("lead", JN, one("task_force_lead"), None, "JN-14"),
    # units, experience, events
    cell("units", CS, offices("village_unit_allowed"), ["village_committee", "resident_committee"], "CS-04"),
    cell("units", NX, offices("village_unit_allowed"), ["village_committee", "resident_committee"], "NX-04"),
    cell("experience", CS, offices("experience_note"), ["village"], "CS-19"),
    cell("experience", JN, offices("experience_note"), ["town"], "JN-16"),
    cell("events", CS, offices("event_kind"), ["training", "explanation", "publicity"], "CS-24"),
    cell("events", JN, offices("event_kind"), ["training", "explanation", "publicity"], "JN-17"),
    cell("events", NX, offices("event_kind"), ["publicity"], "NX-21"),
    cell("sums", JN, lambda b: {"yearly_sums", "lifelong_sums"} <= set(b.table("explained_item")), True, "JN-17"),
    cell("sums", NX, lambda b: {"yearly_sums", "lifelong_sums"} <= set(b.table("explained_item")), True, "NX-21"),
    cell("criteria", CS, offices("pilot_criterion"), ["经济实力", "党组织", "工作基础"], "CS-04", on="2024-06-20"),
    cell("criteria", JN, offices("pilot_criterion"), ["收益", "条件"], "JN-04"),
    cell("criteria", NX, offices("pilot_criterion"), ["收益", "条件", "意愿"], "NX-02"),
    cell("baseline", JN, offices("baseline_item"), ["operation", "participation"], "JN-15"),
    # the clause an act rests on
    cell("ground", CS, lambda book: book.ground("refund").key, "附件七", "CS-34"),
    cell("ground", JN, lambda book: book.ground("beneficiaries").key, "三（一）", "JN-05"),
    cell("ground", NX, lambda book: book.ground("plan").key, "三（三）第一段", "NX-15"),
    cell("ground of reward", JN, lambda book: book.ground("reward").key, "三（四）", "JN-13"),
    cell("ground of reward", NX, lambda book: book.ground("reward"), None, "NX-01"),
    # names on prints, capacity, advice on the standard
    cell("scheme", CS, one("scheme_name"), "城乡居民基本养老保险", "CS-01"),
    cell("scheme", JN, one("scheme_name"), "居民基本养老保险", "JN-02"),
    cell("scheme", NX, one("scheme_name"), "城乡居民基本养老保险", "NX-01"),
    cell("over income", JN, lambda b: rules.strictness(b, "over_income"), Strictness.REFUSE, "JN-03"),
    cell("over income", NX, lambda b: rules.strictness(b, "over_income"), Strictness.REFUSE, "NX-02"),
    cell("low start", CS, one("standard_high_warning"), None, "CS-07"),
    cell("low start", JN, one("standard_high_warning"), None, "JN-09"),
    cell("low start", NX, one("standard_high_warning"), 200_000, "NX-11"),
    cell("tier order", JN, lambda b: rules.strictness(b, "tier_order"), Strictness.IGNORE, "JN-09"),
    cell("tier order", NX, lambda b: rules.strictness(b, "tier_order"), Strictness.WARN, "NX-12"),
    cell("after the roster", CS, one("supplementary_batch_allowed"), True, "CS-27"),
    cell("after the roster", JN, one("supplementary_batch_allowed"), True, "JN-05"),
    cell("after the roster", NX, one("supplementary_batch_allowed"), True, "NX-05"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "on", "question", "answer"), CELLS)
def test_a_cell_of_the_comparison_holds(base_data, place, on, question, answer):
    assert question(book_of(place, on)) == answer


# "Path not stated → as Changshou's": what the two documents leave open goes the way of the third.
AS_CHANGSHOU = [
    "application_first_day",
    "application_last_day",
    "application_correction_days",
    "application_declaration",
    "backdating_days",
    "cents_in_amount",
    "drawing_excluded",
    "eligibility_judged_on",
    "fund_source_in_income_test",
    "give_up_after_deadline",
    "income_after_reserve",
    "income_covers_all_plans",
    "income_year_offset",
    "inform_days",
    "inform_method",
    "late_money_revives_line",
    "line_above_standard",
    "line_below_standard",
    "name_must_match",
    "notice_payment_days",
    "notice_replacement_covers",
    "other_county_excluded",
    "other_village_open_line",
    "percent_rounding",
    "qualifying_contribution_reversed",
    "qualifying_tier_of",
    "refund_counts_on",
    "refund_event_before_payment",
    "refund_evidence",
    "refund_interest",
    "refund_of_sponsor_money",
    "refund_payee_by_reason",
    "refund_reason",
    "repeat_line",
    "revision_needs_later_decision",
    "standard_allowed",
    "status_refusal",
    "topup_allowed",
    "town_opinion_required",
    "withdraw_after_own_payment",
    "withdrawal_reason",
    "withdrawal_until",
    "workflow_step_optional",
]
ONLY_IN_CHANGSHOU = {"fund_source_in_income_test": {"own_funds"}}
# Ningxia's agriculture office acknowledges filings, so it may enter one late; in Changshou it only reads.
OTHERWISE = {("backdating_days", NX): {"agriculture": 30}}


@pytest.mark.rule("JN-12")
@pytest.mark.rule("NX-17")
@pytest.mark.parametrize("place", [JN, NX])
@pytest.mark.parametrize("name", AS_CHANGSHOU)
def test_what_a_document_leaves_open_goes_as_in_changshou(base_data, place, name):
    from policies.parameters import PARAMETERS

    year = {"year": 2024} if PARAMETERS[name].by_year else {}
    wanted = said(name, **year)(book_of(CS))
    for key in ONLY_IN_CHANGSHOU.get(name, ()):
        del wanted[key]
    wanted |= OTHERWISE.get((name, place), {})
    found = book_of(place).require_table(name, **year)

    assert {key: view.value for key, view in found.items()} == wanted
    stated = {view.region_code for view in found.values()}
    assert stated <= {"370800000000", "640000000000"}, "each document's own file says so, with its own clause"


@pytest.mark.rule("JN-13")
def test_the_way_of_the_money_of_a_county_incentive_goes_as_in_changshou(base_data):
    names = ("reward_rate_default", "reward_without_rate", "reward_rounding", "reward_from", "reward_from_offset",
             "reward_base_less_refunds", "reward_needs_finished_year", "reward_once_a_year",
             "reward_refund_after_payment", "refund_reduces_base")  # fmt: skip
    ours, theirs = book_of(JN), book_of(CS)

    assert {name: said(name)(ours) for name in names} == {name: said(name)(theirs) for name in names}
    assert said("source_in_reward_base")(ours) == {
        "distributable_income": True,
        "welfare_fund": True,
        "sponsor": False,
    }


INCENTIVE = """
region: "370811000000"
documents:
  - key: RC
    number: 任政办发〔2024〕9号
    title: 村级集体经济组织激励办法（试验）
    issuer: 任城区
    issued_on: 2024-05-01
    effective_on: 2024-05-01
    clauses:
      - {key: 一, label: 激励, text: 按补助金额的百分之十给予激励。}
parameters:
  reward_form: {unit: 选项, clause: RC 一, confidence: document, rules: [JN-13], rows: [{value: money}]}
  reward_ceiling:
    {unit: "%", clause: RC 一, confidence: document, rules: [JN-13], rows: [{years: "2024-", value: "10"}]}
"""


@pytest.mark.rule("JN-13")
def test_a_county_sets_its_own_incentive_with_its_own_document_and_the_others_stay_without(
    base_data, tmp_path
):
    path = tmp_path / "rencheng.yaml"
    path.write_text(INCENTIVE, encoding="utf-8")
    load_rulebook(path)

    rencheng = book_of("370811109000", "2025-02-01")
    terms = reward_terms(rencheng, 2024, decided_ppm=None)

    assert (terms.rate_ppm, terms.first_day) == (100_000, date(2025, 1, 1))
    assert rencheng.value("reward_ceiling", year=2024).clause.reference == "任政办发〔2024〕9号 一"
    assert rencheng.choice("commendation_name") == "通报表扬"
    assert rules.reward_ceiling(book_of(JN, "2025-02-01"), 2024) is None
    assert reward_terms(book_of(JN, "2025-02-01"), 2024, decided_ppm=None).rate_ppm == 0


# Tiers and subsidies by year

TIERS_OF_SHANDONG = (300, 500, 600, 800, 1000, 1500, 2000, 2500, 3000, 4000, 5000)


@pytest.mark.rule("JN-10")
def test_shandongs_two_tables_of_tiers_are_not_mixed(base_data):
    book = book_of(JN)

    assert rules.tiers_fen(book, 2024) == tuple(yuan * 100 for yuan in TIERS_OF_SHANDONG)
    assert rules.tiers_fen(book, 2025) == tuple(
        yuan * 100 for yuan in (350, 500, 1000, 2000, 3000, 5000, 8000)
    )
    assert [rules.yearly_cap(book, year).amount_fen for year in (2024, 2025)] == [500_000, 800_000]
    assert rules.yearly_cap(book, 2024).marks == ("illustrative",)
    with pytest.raises(ParameterNotInForce):
        rules.yearly_cap(book, 2027)


@pytest.mark.rule("JN-07")
@pytest.mark.parametrize(
    ("year", "yuan", "fen"),
    [(2024, 300, 3_000), (2024, 500, 6_000), (2024, 700, 6_000), (2024, 5000, 8_000), (2025, 500, 4_000),
     (2025, 3000, 7_500)],
)  # fmt: skip
def test_shandongs_subsidy_follows_the_own_contribution(base_data, year, yuan, fen):
    found = rules.government_subsidy_fen(book_of(JN), year, personal_fen=yuan * 100)

    assert found is not None and found.value == fen


@pytest.mark.rule("JN-07")
def test_a_special_tier_is_no_tier_for_everybody_and_has_its_own_subsidy(base_data):
    book = book_of(JN)
    paid_on_behalf = rules.government_subsidy_fen(book, 2024, personal_fen=0, on_behalf_fen=10_000)

    assert 10_000 not in rules.tiers_fen(book, 2024)
    assert paid_on_behalf is not None
    assert (paid_on_behalf.name, paid_on_behalf.value) == ("subsidy_special_tier", 3_000)


@pytest.mark.rule("NX-13")
@pytest.mark.rule("NX-14")
def test_ningxias_tables_are_illustrative_to_the_last_row(base_data):
    book = book_of(NX)
    yuan = {
        200: 40,
        300: 50,
        500: 60,
        600: 70,
        700: 80,
        800: 90,
        900: 100,
        1000: 120,
        1500: 150,
        2000: 200,
        3000: 280,
    }

    for year in (2022, 2026):
        subsidies = said("government_subsidy", year=year)(book)
        assert subsidies == {str(tier * 100): fen * 100 for tier, fen in yuan.items()}
        assert rules.tiers_fen(book, year) == tuple(tier * 100 for tier in yuan)
    tables = [
        *book.table("contribution_tier", year=2024).values(),
        *book.table("government_subsidy", year=2024).values(),
    ]
    assert {view.confidence for view in tables} == {"illustrative"}


@pytest.mark.parametrize(
    ("place", "on", "fen"),
    [
        (CS, "2025-02-01", 16_500),
        (JN, "2025-02-01", 18_800),
        (JN, "2024-02-01", 16_800),
        (NX, "2025-02-01", 21_500),
    ],
)
def test_basic_pensions_differ(base_data, place, on, fen):
    assert book_of(place, on).amount("basic_pension") == fen


# Grounds: each cell rests on its own region's words

OWN_WORDS = [
    "plan_part",
    "qualifying_year_offset",
    "cap_basis",
    "decision_procedure",
    "pilot_scope",
    "standard_allowed",
]


@pytest.mark.parametrize("place", [CS, JN, NX])
@pytest.mark.parametrize("name", OWN_WORDS)
def test_a_rule_is_cited_from_the_regions_own_document(base_data, place, name):
    for view in book_of(place).require_table(name).values():
        assert view.clause.document == CLAUSES[place]
        assert view.clause.text


@pytest.mark.rule("JN-01")
def test_jinings_document_has_no_invented_number_date_or_issuer(base_data):
    from policies.models import PolicyDocument

    document = PolicyDocument.objects.get(key="JN")

    assert (document.number, document.issuer, document.issued_on, document.date_is_assumed) == (
        "",
        "",
        None,
        True,
    )
    assert "鲁政发〔2013〕13号" in "".join(document.basis)


@pytest.mark.rule("NX-01")
def test_ningxias_document_has_four_issuers_two_titles_and_its_day(base_data):
    from policies.models import PolicyDocument

    document = PolicyDocument.objects.get(key="NX")

    assert (document.issued_on, document.effective_on) == (date(2024, 7, 26), date(2024, 7, 26))
    assert "民政厅" in document.issuer and document.issuer.count("、") == 3
    assert document.title.endswith("工作方案") and document.aliases[0].endswith("实施方案")
    assert book_of(NX, "2024-07-25").get("plan_part", "standard") is None


@pytest.mark.parametrize("key", ["JN", "NX"])
def test_every_clause_of_the_two_documents_has_its_words(base_data, key):
    from policies.models import Clause

    texts = Clause.objects.filter(document__key=key).values_list("text", flat=True)

    assert len(texts) == {"JN": 13, "NX": 22}[key] and all(texts)


# Readings: each ambiguity that the two documents leave open is a value with its number

SHARED_READINGS = (*range(13, 19), *range(43, 50), *range(55, 60), *range(64, 68), *range(70, 74))
READINGS = [
    *((place, number) for place in ("370800000000", "640000000000") for number in SHARED_READINGS),
    *(("370800000000", number) for number in (6, 7, 20, 21, 22, 52, 54)),
    *(("640000000000", number) for number in (19, 23, 24, 25, 26, 68, 69, 75)),
]


@pytest.mark.parametrize(("place", "number"), READINGS)
def test_every_reading_that_the_two_documents_need_is_a_value(base_data, place, number):
    from policies.models import PolicyValue

    rows = PolicyValue.objects.filter(region_code=place, ambiguity=f"A-{number:02}")

    assert rows.exists() and set(rows.values_list("confidence", flat=True)) <= {"reading", "illustrative"}
