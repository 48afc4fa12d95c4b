"""Where a region's own documents are silent the nation's word counts: on forms, on papers, in judgements.

Here Changshou and Ningxia have lost every value that the nation's rulebook gives as well. Source: 国发〔2014〕8号 and
the readings A-15, A-16, A-17, A-49, A-52, A-54, A-56, A-64, A-65, A-69, A-73.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from core.calendar import add_working_days
from core.divisions import NATIONAL_CODE
from core.errors import InvalidInput, RuleViolation
from ledger.selectors import person_balances
from ledger.services.interest import confirm_interest_rate, enter_interest_rate, start_interest
from policies.models import PolicyValue
from policies.rules import application_window, filed_by_silence_on
from policies.selectors import Rulebook, rulebook
from policies.services import change_token
from rewards.rules import counted_money, reward_terms
from subsidies.enums import Payee
from subsidies.forms.applications import WithdrawLinesForm
from subsidies.forms.editors import BeneficiariesEditor
from subsidies.forms.plans import DecisionForm, SourceForm, StandardForm
from subsidies.forms.refunds import RefundForm
from subsidies.rules.candidates import age_day
from subsidies.rules.plans import DecisionFacts, income_year, judge_decision
from subsidies.rules.refunds import Refundable, RefundRequest, check_request, payee_of, reasons
from subsidies.selectors import filings, informing
from subsidies.selectors.verification import correction_day
from subsidies.services.applications import submit_application
from subsidies.services.attachments import Paper
from subsidies.services.numbers import paper_number
from subsidies.services.plans import draft_plan
from subsidies.services.refunds import approve_refund, ask_refund, record_refund_paid, verify_refund
from tests import factories
from tests.batches import posted_batch
from tests.subsidies import ningxia, stages
from tests.subsidies.notice_cases import make_batch

pytestmark = pytest.mark.django_db
VILLAGE = "500115002203"
DAY = date(2024, 6, 28)
# The Law on Rural Collective Economic Organisations is in force.
UNDER_THE_LAW = date(2025, 6, 27)


@pytest.fixture(autouse=True)
def _silent(base_data: None) -> None:
    """Every region says only what the nation does not say."""
    named = PolicyValue.objects.filter(region_code=NATIONAL_CODE).values_list("name", flat=True)
    PolicyValue.objects.exclude(region_code=NATIONAL_CODE).filter(name__in=set(named)).delete()
    change_token()


def nation(on: date = DAY) -> Rulebook:
    return rulebook(VILLAGE, on=on)


def labels(form, name: str) -> list[str]:
    return [str(label) for _key, label in form.fields[name].choices]


# Words on forms


def test_hardship_kind_is_chosen_in_a_standard_by_the_nations_words():
    form = StandardForm(rulebook=nation(), year=2024)

    assert labels(form, "person_kind") == [
        "不限", "普通", "特困人员", "低保对象", "返贫致贫人口", "重度残疾人（一、二级）",
    ]  # fmt: skip


def test_fund_source_allowed_and_fund_source_name():
    form = SourceForm(rulebook=nation(), year=2024)

    assert labels(form, "source_type") == ["集体经济组织可支配收益", "公益金"]


def test_decision_body_is_the_assembly_or_the_representatives_under_the_law():
    form = DecisionForm(rulebook=nation(UNDER_THE_LAW))

    assert labels(form, "body") == ["成员大会", "成员代表大会"]


def test_withdrawal_reason_is_chosen_from_four():
    form = WithdrawLinesForm(rules=nation())

    assert labels(form, "reason") == ["死亡", "丧失国籍", "已享受其他基本养老保险待遇", "其他情形"]


def test_refund_reason_is_chosen_with_its_payee_and_refund_evidence():
    form = RefundForm(rules=nation())

    assert labels(form, "reason") == [
        "请选择",
        "死亡（退给村集体，须交死亡证明或户口注销证明）",
        "丧失国籍（退给村集体，须交户口注销证明）",
        "重复缴费（退给本人，须交重复缴费的缴费凭证）",
        "已享受基本养老保险待遇（退给村集体，须交待遇领取证明）",
        "多收（退给村集体，须交税票或缴款凭证）",
        "错收（退给村集体，须交税票或缴款凭证）",
        "其他情形（退给村集体，须交情况说明和证明材料）",
    ]


def test_scheme_name_stands_in_the_words_a_plan_begins_with():
    editor = SimpleNamespace(plan=SimpleNamespace(year=2024, pool=None), rulebook=nation())

    assert BeneficiariesEditor.suggestion(editor) == (
        "已完成2024年度或2023年度城乡居民基本养老保险个人缴费的本集体经济组织成员。"
    )


def test_inform_method_and_inform_days_follow_the_feedback(cast):
    batch = make_batch(cast, size=1).application
    batch.fed_back_on = DAY

    assert list(informing.inform_methods(batch, on=DAY).values()) == ["公示", "短信", "上门", "微信群"]
    assert informing.inform_deadline(batch).on == DAY + timedelta(days=15)


# Papers


def test_scheme_name_office_name_and_tax_item_stand_on_the_notice(cast, page):
    notice = make_batch(cast, size=1).notice

    paper = page(cast.officer, on="2024-06-28").get(reverse("notice-print", args=[notice.pk]))

    told = {name: paper.context[name].value for name in ("scheme", "tax_office", "tax_item")}
    assert told == {
        "scheme": "城乡居民基本养老保险",
        "tax_office": "税务部门",
        "tax_item": "居民养老保险费——集体补助",
    }
    assert paper.context["due"].value == 15
    # notice_payment_days: 15 days after 18 June.
    assert notice.due_on == date(2024, 7, 3)


PAPERS = {
    "plan": "晏石门补案〔2024〕2号",
    "application": "晏石门申〔2024〕2号",
    "notice": "集补缴通〔2024〕0002号",
    "feedback": "集补反馈〔2024〕2号",
    "refund": "集补退〔2024〕2号",
    "reward_application": "集补奖申〔2024〕2号",
    "reward_budget": "集补奖预〔2024〕2号",
    "reward_payment": "集补奖拨〔2024〕2号",
    "filing": "集补备〔2024〕2号",
    "suspension": "集补停备〔2024〕2号",
}


@pytest.mark.parametrize("kind", PAPERS)
def test_number_pattern(kind):
    village = factories.organisation(VILLAGE)
    paper_number(kind, village, year=2024, rulebook=nation())

    assert paper_number(kind, village, year=2024, rulebook=nation()) == PAPERS[kind]


# Terms


def test_application_first_day_and_application_last_day_are_the_years():
    assert application_window(nation(), 2024) == (date(2024, 1, 1), date(2024, 12, 31))


def test_application_declaration_is_asked_before_a_batch_is_handed_in(village, cast, by):
    batch = stages.with_papers(stages.drawn(village, cast, by), by(cast.clerk, stages.DRAWN))

    with pytest.raises(InvalidInput) as refused:
        submit_application(batch.pk, by=by(cast.clerk, stages.HANDED_IN), declared_true=False)

    assert refused.value.message == "请先勾选承诺：本组织对申请材料的真实性、完整性负责。"


def test_application_correction_days_are_ten_working_days(village, cast, by):
    batch = stages.submitted(village, cast, by)

    assert correction_day(batch, DAY) == add_working_days(DAY, 10)


def test_age_counted_on_the_last_day_and_income_year_offset_of_one():
    assert age_day(2024, nation()) == date(2024, 12, 31)
    assert income_year(2024, nation()) == 2023


def test_filing_order_is_side_by_side_and_filing_silence_counts_on_the_next_day():
    crew = factories.make_ningxia_cast()
    ningxia.sent(factories.make_ningxia_village(), crew)
    users = (crew.township, crew.officer, crew.agriculture)
    offices = [row.office for user in users for row in filings.open_for(user, on=date(2024, 8, 27))]

    assert offices == ["town", "county_hr", "county_agriculture"]
    # Five working days after Tuesday 27 August end on 3 September.
    assert filed_by_silence_on(rulebook("640121102010", on=date(2024, 8, 27)), date(2024, 8, 27)) == date(
        2024, 9, 4
    )


def decided(**changed) -> list[str]:
    facts = {
        "body": "member_representatives", "met_on": UNDER_THE_LAW, "posted_on": date(2025, 6, 1),
        "notified_on": date(2025, 6, 1), "published_from": UNDER_THE_LAW, "called_count": 21, "attended_count": 21,
        "agreed_count": 21, "against_count": 0, "households_count": 210, "resolution": "同意",
    }  # fmt: skip
    found = judge_decision(DecisionFacts(**(facts | changed)), rulebook=nation(UNDER_THE_LAW))
    return [one.code for one in found]


@pytest.mark.rule("LAW-01")
def test_representatives_more_than_twenty_each_of_representative_households_min_five_to_max_fifteen():
    assert decided() == []
    assert decided(called_count=20, attended_count=20, agreed_count=20) == ["E-DECISION"]
    assert decided(households_count=105) == decided(households_count=315) == []
    assert decided(households_count=104) == ["E-DECISION"]
    assert decided(households_count=316) == ["E-DECISION"]


@pytest.mark.rule("LAW-01")
def test_decision_procedure_stands_beside_the_record_with_what_the_law_asks(village, cast, by, page):
    plan = draft_plan(village.organisation.pk, by=by(cast.clerk, UNDER_THE_LAW), year=2025)

    shown = page(cast.clerk, on=UNDER_THE_LAW.isoformat()).get(reverse("plan-decision", args=[plan.pk]))

    assert {view.name: view.shown for view in shown.context["decision_rules"]} == {
        "decision_procedure": "成员大会或者成员代表大会表决",
        "plan_shown_days": "10天",
        "decision_notice_days": "10天",
        "decision_attendance_share": "3分之2",
        "decision_agreement_share": "3分之2",
    }


# Refunds


PAYEES = {"DUPLICATE_CONTRIBUTION": Payee.PERSON}
BEFORE_PAYMENT = {"DEATH", "NATIONALITY_LOST", "OTHER_PENSION"}
REASONS = (
    "DEATH", "NATIONALITY_LOST", "DUPLICATE_CONTRIBUTION", "OTHER_PENSION", "WRONG_AMOUNT", "WRONG_PERSON", "OTHER",
)  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_refund_payee_by_reason(reason):
    assert payee_of(nation(), reason) == PAYEES.get(reason, Payee.ORGANISATION)
    assert set(reasons(nation())) == set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_refund_event_before_payment(reason):
    line = Refundable(posted_fen=20_000, claimed_fen=0, paid_on=date(2024, 6, 20))
    asked = RefundRequest(reason=reason, event_on=date(2024, 6, 21), reason_text="说明")

    if reason in BEFORE_PAYMENT:
        with pytest.raises(RuleViolation) as refused:
            check_request(asked, line, rulebook=nation(), on=DAY)
        assert refused.value.code == "E-REFUND-EVENT"
    else:
        assert check_request(asked, line, rulebook=nation(), on=DAY) == 20_000


@pytest.mark.parametrize("reason", REASONS)
def test_refund_reduces_base_of_the_reward(village, cast, by, reason):
    line = posted_batch(village, cast).lines.earliest("position")
    asked = RefundRequest(reason, date(2024, 6, 20), reason_text="说明", payee_account="6223790012345678")
    papers = [Paper(kind="evidence", name="证明.pdf", content=stages.PDF)]

    refund = ask_refund(line.pk, by=by(cast.clerk, "2024-07-05"), request=asked, papers=papers)

    assert refund.reduces_base is True


def test_refund_interest_is_not_kept_and_office_name_stands_on_the_request(village, cast, by, run_jobs, page):
    line = posted_batch(village, cast).lines.earliest("position")
    rate = enter_interest_rate(
        factories.COUNTY, by=by(cast.officer, "2025-02-10"), year=2024, rate_ppm=30_000, document="公布文件"
    )
    confirm_interest_rate(rate.pk, by=by(cast.reviewer, "2025-02-10"))
    start_interest(rate.pk, by=by(cast.officer, "2025-02-10"))
    run_jobs()
    papers = [Paper(kind="evidence", name="证明.pdf", content=stages.PDF)]
    asked = RefundRequest("DEATH", date(2024, 6, 20))
    refund = ask_refund(line.pk, by=by(cast.clerk, "2025-03-10"), request=asked, papers=papers)
    verify_refund(refund.pk, by=by(cast.officer, "2025-03-10"))
    approve_refund(refund.pk, by=by(cast.reviewer, "2025-03-10"))
    paid = record_refund_paid(refund.pk, by=by(cast.tax, "2025-03-10"), voucher="T1")

    paper = page(cast.officer, on="2025-03-10").get(reverse("refund-print", args=[refund.pk]))

    assert paid.interest_fen > 0
    assert person_balances(line.person_id, on=date(2025, 3, 10))["collective"] == 0
    assert list(paper.context["offices"].values()) == [
        "社会保险经办机构",
        "人力资源社会保障部门",
        "税务部门",
        "财政部门",
        "农业农村部门",
        "民政部门",
    ]


# The reward, where a document gives a rate


def test_source_in_reward_base_is_the_villages_own_money():
    counted = counted_money(nation())

    assert (counted.donors, counted.left_out) == (False, frozenset())


def test_reward_from_and_reward_from_offset_with_refunds_taken_off_a_finished_year():
    terms = reward_terms(nation(), 2024, decided_ppm=None)

    # reward_base_less_refunds, reward_needs_finished_year, reward_rate_default: the ceiling.
    assert (terms.first_day, terms.less_refunds, terms.needs_finished_year) == (date(2025, 1, 1), True, True)
    assert terms.rate_ppm == terms.ceiling.value == 600_000
