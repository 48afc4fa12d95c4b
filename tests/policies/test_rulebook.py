"""What is in force where, from when, and on which words it rests."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date
from fractions import Fraction

import pytest

from core.divisions import NATIONAL_CODE, ancestor_codes
from core.errors import ParameterNotInForce
from policies.enums import Confidence, KeyKind, Severity
from policies.models import Clause, PolicyValue
from policies.parameters import PARAMETERS
from policies.selectors import cite, clause, reason, reason_text, reasons, rulebook
from policies.services import change_token
from tests.rulebooks import load_rulebook

CHANGSHOU = "500115000000"
CHONGQING = "500000000000"


def test_a_village_stands_under_its_town_county_prefecture_province_and_country():
    assert ancestor_codes("500115002203") == (
        "500115002203",
        "500115002000",
        CHANGSHOU,
        "500100000000",
        CHONGQING,
        NATIONAL_CODE,
    )


def test_a_province_stands_under_the_country_only():
    assert ancestor_codes(CHONGQING) == (CHONGQING, NATIONAL_CODE)


def test_a_short_code_is_no_place():
    with pytest.raises(ValueError, match="500115"):
        ancestor_codes("500115")


@pytest.mark.parametrize(
    ("name", "region"),
    [("plan_part", CHANGSHOU), ("annuity_divisor", NATIONAL_CODE), ("scheme_name", CHANGSHOU)],
)
def test_a_value_comes_from_the_nearest_region_that_states_it(book, name, region):
    found = next(iter(book().table(name).values()))

    assert found.region_code == region


def test_tiers_of_the_city_hold_in_the_village(book):
    found = book().value("contribution_tier", "300000", year=2024)

    assert (found.region_code, found.value, found.shown) == (CHONGQING, 300_000, "3,000.00元/年")


def test_before_its_date_the_document_is_silent(book):
    assert book("2024-06-16").get("plan_part", "procedure") is None
    assert book("2024-06-17").get("plan_part", "procedure") is not None


@pytest.mark.rule("CS-04")
@pytest.mark.rule("CS-19")
@pytest.mark.parametrize(("on", "scope"), [("2024-06-30", "listed_towns"), ("2024-07-01", "all_towns")])
def test_the_first_batch_ends_with_june_2024(book, on, scope):
    assert book(on).choice("pilot_scope") == scope


@pytest.mark.rule("CS-26")
@pytest.mark.parametrize(("year", "allowed"), [(2024, True), (2025, False)])
def test_own_funds_belong_to_plan_year_2024_whatever_the_day(book, year, allowed):
    assert book("2025-03-01").flag("fund_source_allowed", "own_funds", year=year) is allowed


def test_the_law_takes_over_where_the_county_ends(book):
    assert "villagers_meeting" in book("2025-04-30").table("decision_body")
    assert list(book("2025-05-01").table("decision_body")) == ["members_assembly", "member_representatives"]
    assert book("2025-04-30").get("decision_agreement_share") is None
    assert book("2025-05-01").value("decision_agreement_share").value == Fraction(2, 3)


def test_a_silent_rulebook_is_refused_with_name_place_and_year(book):
    with pytest.raises(ParameterNotInForce) as refused:
        book().value("reward_ceiling", year=2027)

    assert refused.value.message.startswith("政策文件没有规定奖励比例上限：石门村，2027年度。")
    assert refused.value.figures == {
        "name": "reward_ceiling",
        "key": "",
        "region": "500115002203",
        "on": "2024-06-19",
        "year": 2027,
    }


def test_a_silence_about_a_day_names_day_and_part_in_words(book):
    with pytest.raises(ParameterNotInForce) as refused:
        book("2020-01-02").value("backdating_days", "clerk")

    assert refused.value.message.startswith(
        "政策文件没有规定各岗位可补录的天数（村文书）：石门村，2020年1月2日。"
    )


def test_a_silent_table_is_empty_and_a_required_one_is_refused(book):
    assert book().table("filing_office") == {}
    with pytest.raises(ParameterNotInForce):
        book().require_table("filing_office")


@pytest.mark.parametrize(("name", "year"), [("reward_ceiling", None), ("plan_part", 2024)])
def test_asking_by_the_wrong_measure_of_time_is_a_mistake_of_the_program(book, name, year):
    with pytest.raises(TypeError):
        book().table(name, year=year)


def test_a_parameter_that_nobody_declared_is_a_mistake_of_the_program(book):
    with pytest.raises(KeyError):
        book().get("reward_colour")


def test_nothing_stated_is_no(book):
    assert book().flag("town_opinion_required") is False
    assert book("2024-01-01").flag("cap_includes_sponsors") is False


def test_a_rulebook_never_changes(book):
    with pytest.raises(FrozenInstanceError):
        book().on = date(2025, 1, 1)
    with pytest.raises(TypeError):
        book().table("plan_part")["more"] = None


def test_the_version_follows_what_is_in_force(book):
    assert book("2024-06-19").version == book("2024-06-20").version
    assert book("2024-06-30").version != book("2024-07-01").version


def test_a_second_look_costs_one_small_query(book, django_assert_num_queries):
    book()

    with django_assert_num_queries(1):
        book().value("cap_basis")


def test_a_change_is_seen_by_whoever_looks_next(written, book):
    yutai = rulebook("370827000000", on=date(2024, 6, 1))
    assert yutai.get("reward_ceiling", year=2024) is None

    load_rulebook(written())

    assert rulebook("370827000000", on=date(2024, 6, 1)).get("reward_ceiling", year=2024) is not None


def test_a_new_token_drops_what_was_remembered(book):
    before = book()
    change_token()

    assert book() is not before
    assert book().version == before.version


def test_a_clause_is_cited_with_document_place_and_words(book):
    found = book().value("reward_ceiling", year=2025)

    assert found.clause.cited.startswith("长寿府办发〔2024〕49号 三（二）二“二是区级财政对")
    assert cite(Clause.objects.get(document__key="CS", key="附件五")) == (
        "长寿府办发〔2024〕49号 附件五“社保经办机构收到税务部门回传的缴费数据后，将补助金额记入补助对象的个人账户。"
        "集体补助记入个人账户后按规定计息。”"
    )


def test_a_clause_whose_words_are_missing_is_cited_without_quotation(book):
    assert clause("渝府办发98号", "缴费档次").cited == "渝府办发〔2014〕98号 缴费档次"


def test_a_document_without_number_is_cited_by_title(book):
    assert clause("社会保险法", "第十四条").reference == "《中华人民共和国社会保险法》 第十四条"


@pytest.mark.parametrize(
    ("name", "key", "mark"),
    [
        ("reward_from", "", "口径待确认"),
        ("notice_payment_days", "", "示例值"),
        ("application_document", "plan", ""),
    ],
)
def test_the_mark_goes_with_the_value(book, name, key, mark):
    assert book().value(name, key).mark == mark


def test_every_loaded_value_has_clause_unit_and_grounds(base_data):
    for value in PolicyValue.objects.select_related("clause__document"):
        parameter = PARAMETERS[value.name]
        assert value.unit == parameter.unit, value
        assert value.clause.document.number or value.clause.document.title, value
        assert value.confidence in Confidence.values, value
        assert value.note or value.confidence != Confidence.ILLUSTRATIVE, value
        assert bool(value.key) == (parameter.key_kind != KeyKind.NONE), value
        assert (value.year_from is not None) == parameter.by_year, value


def test_every_clause_of_changshou_has_its_words(base_data):
    quoted = Clause.objects.filter(document__key="CS")

    assert quoted.count() == 26
    assert not quoted.filter(is_quoted=False).exists()


@pytest.mark.parametrize(
    "number", [*range(1, 18), *range(43, 51), *range(52, 60), 63, 64, 65, 66, 67, 70, 72, 73, 75]
)
def test_every_reading_that_changshou_needs_is_a_value(base_data, number):
    # A-05 … A-08 and the like are settled by several values; … belong to other documents.
    assert PolicyValue.objects.filter(ambiguity=f"A-{number:02}").exists()


def test_every_reason_has_its_cure(base_data):
    assert all(row.remedy for row in reasons().values() if row.severity != Severity.REASON)


def test_a_reason_is_worded_with_its_figures(base_data):
    assert reason_text("E-CAP", rest="400.00") == "超过年度最高补助金额，剩余额度400.00元"
    assert reason_text("E-PLAN-PART") == "补助方案缺少必备内容：…"
    assert reason("E-UNPAID").severity == Severity.REFUSE


def test_a_reason_that_nobody_declared_is_a_mistake_of_the_program(base_data):
    with pytest.raises(KeyError):
        reason("E-NOBODY")
