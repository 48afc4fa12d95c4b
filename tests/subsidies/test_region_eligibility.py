"""Who may be subsidised in Jining and Ningxia: the worked examples of lump sums and back payments, judged as sets."""

from __future__ import annotations

from datetime import date

import pytest

from contributions.enums import ContributionKind
from policies.selectors import rulebook
from subsidies.enums import Method, PlanState
from subsidies.models import Application, Finding, Line, Plan, PlanStandard
from subsidies.rules.eligibility import judge
from subsidies.rules.wording import Words
from subsidies.selectors.plans import plan_facts
from tests import factories
from villages.enums import Role

pytestmark = pytest.mark.django_db
WANGZHUANG, SHANGQIAO = "370827001207", "640181105200"
ON = date(2024, 9, 20)


@pytest.fixture
def jining(base_data):
    """Three members of 汪庄村 in 鱼台县, nobody has paid."""
    return factories.make_village(WANGZHUANG, members=3, years=())


@pytest.fixture
def ningxia(base_data):
    """Three members of 上桥村 in 灵武市, nobody has paid."""
    return factories.make_village(SHANGQIAO, members=3, years=())


def paid(person, village, year, yuan, **more):
    return factories.paid(person, year, yuan, county_code=village.organisation.county_code, **more)


def lump_sum(person, village, yuan, on=date(2024, 5, 6)):
    return paid(person, village, 2015, yuan, kind=ContributionKind.LUMP_SUM, on=on)


def back_payment(person, village, year, yuan=500, on=date(2024, 4, 8)):
    return paid(person, village, year, yuan, kind=ContributionKind.BACK_PAYMENT, on=on)


def judged(village, *, on=ON, amount_fen=10_000, rate_ppm=None) -> Application:
    """A submitted batch of all members under a plan in force, judged by the region's rules."""
    clerk = factories.account(
        f"clerk_{village.organisation.pk}", village.organisation.village_code, Role.CLERK
    )
    area = village.organisation.area_codes()
    plan = Plan.objects.create(
        organisation=village.organisation,
        year=2024,
        state=PlanState.IN_FORCE,
        in_force_on=ON,
        drafted_by=clerk,
        **area,
    )
    by_tier = {"method": Method.PERCENT, "rate_ppm": rate_ppm}
    PlanStandard.objects.create(
        plan=plan, position=1, **(by_tier if rate_ppm else {"method": Method.FLAT, "amount_fen": amount_fen})
    )
    application = Application.objects.create(
        plan=plan, organisation=village.organisation, year=2024, batch_no=1, drafted_by=clerk, **area
    )
    Line.objects.bulk_create(
        Line(
            application=application,
            position=n,
            person=member.person,
            membership=member,
            plan=plan,
            organisation=village.organisation,
            year=2024,
            amount_fen=amount_fen,
            **area,
        )
        for n, member in enumerate(village.members, start=1)
    )
    rules = rulebook(application.village_code, on=on)
    judge(application.lines.all(), application=application, plan=plan, rulebook=rules, on=on)
    return application


def codes(application, person) -> set[str]:
    found = Finding.objects.filter(line__application=application, line__person=person)
    return set(found.values_list("code", flat=True))


@pytest.mark.rule("JN-05")
def test_in_jining_the_year_before_is_not_enough(jining):
    first, second, _third = jining.persons
    paid(first, jining, 2024, 300)
    paid(second, jining, 2023, 300)

    application = judged(jining)

    assert codes(application, first) == set()
    assert codes(application, second) == {"E-UNPAID"}
    finding = Finding.objects.get(line__person=second)
    assert finding.clause == "JN 三（一）"
    assert Words().sentence(finding) == "没有查到2024年度的个人缴费，最近一次是2023年度。"


@pytest.mark.rule("JN-06")
def test_in_jining_a_lump_sum_of_the_year_shuts_the_person_out_although_she_paid(jining):
    woman, second, third = jining.persons
    paid(woman, jining, 2024, 300)
    lump_sum(woman, jining, 2100)
    paid(second, jining, 2024, 300)
    lump_sum(second, jining, 2100, on=date(2023, 12, 28))
    lump_sum(third, jining, 2100)

    application = judged(jining)

    assert codes(application, woman) == {"E-LUMP"}
    assert codes(application, second) == set()
    assert codes(application, third) == {"E-LUMP", "E-UNPAID"}
    finding = Finding.objects.get(line__person=woman)
    assert finding.severity == "refuse" and finding.clause == "JN 三（一）"
    assert Words().sentence(finding) == "有一次性补缴记录（2024年5月6日），不享受集体补助。"


@pytest.mark.rule("JN-06")
def test_in_jining_an_estimate_counts_nobody_whom_the_list_will_leave_out(jining):
    woman, second, _third = jining.persons
    paid(woman, jining, 2024, 300)
    lump_sum(woman, jining, 2100)
    paid(second, jining, 2024, 300)

    plan = judged(jining).plan

    rules = rulebook(plan.village_code, on=ON)
    facts = plan_facts(plan, rulebook=rules, on=ON)
    assert (facts.estimate_count, facts.plan.estimate_fen) == (1, 10_000)


@pytest.mark.rule("JN-07")
def test_in_jining_an_unpaid_contribution_is_not_replaced(jining):
    assert codes(judged(jining), jining.persons[0]) == {"E-UNPAID"}


@pytest.mark.rule("NX-05")
@pytest.mark.rule("NX-10")
def test_in_ningxia_only_the_year_itself_counts(ningxia):
    first, second, third = ningxia.persons
    paid(first, ningxia, 2024, 500)
    paid(second, ningxia, 2023, 500)

    application = judged(ningxia)

    assert (codes(application, first), codes(application, second)) == (set(), {"E-UNPAID"})
    assert codes(application, third) == {"E-UNPAID"}


@pytest.mark.rule("NX-06")
def test_in_ningxia_back_payments_of_past_years_alone_are_no_ground(ningxia):
    first, second, third = ningxia.persons
    back_payment(first, ningxia, 2022)
    back_payment(first, ningxia, 2023)
    back_payment(second, ningxia, 2023)
    paid(second, ningxia, 2024, 500)
    back_payment(third, ningxia, 2021, on=date(2023, 4, 8))

    application = judged(ningxia)

    assert codes(application, first) == {"E-BACKPAY"}
    assert codes(application, second) == set()
    assert codes(application, third) == {"E-UNPAID"}, (
        "what was paid in an earlier year says nothing of this one"
    )
    finding = Finding.objects.get(line__person=first)
    assert finding.clause == "NX 三（一）"
    assert Words().sentence(finding) == "2024年只补缴了以往年度（2024年4月8日），没有缴纳2024年度的保费。"
    assert "不对以往年度补缴和一次性补缴进行补助" in Words().cited_at(finding.code, finding.clause)


@pytest.mark.rule("NX-07")
def test_in_ningxia_a_lump_sum_is_left_out_and_the_normal_payment_judged(ningxia):
    first, second, third = ningxia.persons
    paid(first, ningxia, 2024, 1000)
    lump_sum(first, ningxia, 8000)
    lump_sum(second, ningxia, 8000)
    lump_sum(third, ningxia, 8000)
    back_payment(third, ningxia, 2023)

    application = judged(ningxia, rate_ppm=100_000)

    assert codes(application, first) == set()
    assert application.lines.get(person=first).standard_fen == 10_000
    assert codes(application, second) == {"E-LUMP"}
    assert codes(application, third) == {"E-BACKPAY"}
    sentence = Words().sentence(Finding.objects.get(line__person=second))
    assert sentence == "有一次性补缴记录（2024年5月6日），不享受集体补助。"


@pytest.mark.rule("NX-05")
def test_in_ningxia_a_contribution_paid_in_part_is_unpaid_whatever_else_was_paid(ningxia):
    someone = ningxia.persons[0]
    paid(someone, ningxia, 2024, 500, personal_fen=30_000)
    lump_sum(someone, ningxia, 8000)

    assert codes(judged(ningxia), someone) == {"E-UNPAID"}


@pytest.mark.rule("NX-06")
def test_a_reversed_back_payment_was_never_made(ningxia):
    someone = ningxia.persons[0]
    payment = back_payment(someone, ningxia, 2023)
    payment.reversed_on = date(2024, 5, 1)
    payment.save()

    assert codes(judged(ningxia), someone) == {"E-UNPAID"}
