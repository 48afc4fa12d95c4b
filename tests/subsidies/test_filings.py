"""Filings of a plan with town, county human resources and county agriculture (备案), before anything is applied for."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from core.errors import ActorNotPermitted, InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.models import Event
from subsidies.enums import FilingState, PlanState
from subsidies.models import Filing, Plan
from subsidies.selectors import filings as selectors
from subsidies.services import filings, plans
from subsidies.services.applications import draw_up_application, submit_application
from tests import factories
from tests.subsidies import ningxia, stages
from tests.subsidies.ningxia import acknowledge, on, row
from tests.subsidies.test_notice_races import race

pytestmark = [pytest.mark.django_db, pytest.mark.rule("NX-17")]


@pytest.fixture
def nx(base_data: None) -> SimpleNamespace:
    return factories.make_ningxia_cast()


@pytest.fixture
def yuanlong(nx: SimpleNamespace) -> factories.Village:
    return factories.make_ningxia_village()


def words(plan: Plan, day: str) -> list[str]:
    found = selectors.standings_of(Plan.objects.get(pk=plan.pk), on=date.fromisoformat(day))
    return [one.word for one in found]


def test_a_decided_plan_is_filed_with_the_three_offices_side_by_side(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)

    rows = list(plan.filings.values_list("office", "state", "received_on"))
    received = date(2024, 8, 27)
    assert rows == [
        ("town", "pending", received),
        ("county_hr", "pending", received),
        ("county_agriculture", "pending", received),
    ]
    one = selectors.standings_of(plan, on=received)[0]
    assert (one.due.on, one.counts_on) == (date(2024, 9, 3), date(2024, 9, 4))


@pytest.mark.rule("NX-16")
@pytest.mark.rule("NX-15")
def test_an_incomplete_or_undecided_plan_is_not_filed(nx, yuanlong):
    by = on(nx.clerk, "2024-08-26")
    plan = plans.draft_plan(yuanlong.organisation.pk, by=by, year=2024)

    with pytest.raises(TransitionNotAllowed):
        plans.file_plan(plan.pk, by=by)
    with pytest.raises(RuleViolation, match="补助范围") as refusal:
        plans.record_decision(plan.pk, by=by, record=ningxia.decision("2024-08-26"))

    assert refusal.value.code == "E-PLAN-PART"


def test_with_agriculture_pending_the_plan_and_the_application_are_refused(nx, yuanlong):
    """The worked example: town on 08-28, human resources on 09-02, agriculture silent."""
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28", county_hr="2024-09-02")
    clerk = on(nx.clerk, "2024-09-02")

    for act in (plans.put_in_force, draw_up_application):
        with pytest.raises(RuleViolation) as refusal:
            act(plan.pk, by=clerk)
        assert refusal.value.code == "E-FILING"
        assert "县（市、区）农业农村部门2024年8月27日收到，还没有备案" in refusal.value.message
        assert "乡（镇、街道）" not in refusal.value.message
        assert "将方案报乡（镇、街道）、县（市、区）人社、农业农村部门备案" in refusal.value.clause
        assert refusal.value.figures["offices"] == ["county_agriculture"]
    assert words(plan, "2024-09-02") == ["已备案", "已备案", "待备案"]


def test_an_unfiled_plan_is_named_with_all_its_offices(nx, yuanlong):
    plan = ningxia.resolved(yuanlong, nx)

    with pytest.raises(
        RuleViolation, match="还没有报乡（镇、街道）；还没有报县（市、区）人社部门"
    ) as refusal:
        plans.put_in_force(plan.pk, by=on(nx.clerk, "2024-08-27"))

    assert refusal.value.code == "E-FILING"


def test_silence_counts_from_the_day_after_the_fifth_working_day(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28", county_hr="2024-09-02")

    with pytest.raises(RuleViolation, match="尚未完成备案"):
        plans.put_in_force(plan.pk, by=on(nx.clerk, "2024-09-03"))
    assert words(plan, "2024-09-04") == ["已备案", "已备案", "视同备案"]
    # Nothing was written of it.
    assert row(plan, "county_agriculture").state == FilingState.PENDING

    in_force = plans.put_in_force(plan.pk, by=on(nx.clerk, "2024-09-04"))

    assert in_force.state == PlanState.IN_FORCE


def test_holidays_and_made_up_days_count_as_the_official_calendar_says(nx, yuanlong):
    """2024-09-13, a Friday before 中秋: the 14th works, the 15th to 17th and the weekend after rest."""
    plan = ningxia.sent(yuanlong, nx, day="2024-09-13")

    one = selectors.standings_of(plan, on=date(2024, 9, 13))[0]

    assert one.due.on == date(2024, 9, 23)
    assert one.counts_on == date(2024, 9, 24)


def test_the_last_office_completes_the_filing_and_each_answer_has_a_number(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28", county_hr="2024-09-02", county_agriculture="2024-09-03")

    plan.refresh_from_db()
    assert plan.state == PlanState.FILED
    numbers = list(plan.filings.values_list("number", flat=True))
    assert numbers == ["城乡居保集补备〔2024〕1号", "城乡居保集补备〔2024〕2号", "城乡居保集补备〔2024〕3号"]
    event = Event.objects.get(act="subsidies.close_filing")
    assert event.clause == "NX 三（三）第一段"
    assert plans.put_in_force(plan.pk, by=on(nx.clerk, "2024-09-03")).state == PlanState.IN_FORCE


def test_the_last_answer_completes_it_when_another_office_filed_by_silence(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28", county_hr="2024-09-05")

    plan.refresh_from_db()
    assert plan.state == PlanState.FILED


def test_a_filed_plan_goes_its_way_to_a_handed_in_application(nx, yuanlong):
    plan = ningxia.in_force(yuanlong, nx)

    batch = draw_up_application(plan.pk, by=on(nx.clerk, "2024-09-02"))
    stages.with_papers(batch, on(nx.clerk, "2024-09-02"))
    batch = submit_application(batch.pk, by=on(nx.clerk, "2024-09-02"), declared_true=True)

    assert batch.lines.count() == 3


@pytest.mark.parametrize(
    ("office", "who"),
    [
        ("town", "officer"),
        ("town", "agriculture"),
        ("county_hr", "township"),
        ("county_hr", "agriculture"),
        ("county_agriculture", "officer"),
        ("county_agriculture", "township"),
    ],
)
def test_no_office_answers_for_another(nx, yuanlong, office, who):
    plan = ningxia.sent(yuanlong, nx)
    by = on(getattr(nx, who), "2024-08-28")

    with pytest.raises(ActorNotPermitted):
        filings.acknowledge_filing(row(plan, office).pk, by=by)
    with pytest.raises(ActorNotPermitted):
        filings.return_filing(row(plan, office).pk, by=by, reason="缺附件")

    assert row(plan, office).state == FilingState.PENDING


def test_no_office_answers_outside_its_area_and_neither_clerk_nor_reviewer_answers_at_all(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)

    for who, office in (("other_township", "town"), ("other_agriculture", "county_agriculture")):
        with pytest.raises(NotInArea):
            filings.acknowledge_filing(row(plan, office).pk, by=on(getattr(nx, who), "2024-08-28"))
    for who in ("clerk", "reviewer"):
        with pytest.raises(ActorNotPermitted):
            filings.acknowledge_filing(row(plan, "county_hr").pk, by=on(getattr(nx, who), "2024-08-28"))


def returned(village: factories.Village, nx: SimpleNamespace) -> Plan:
    """Filed by town and human resources, returned by agriculture on 08-29."""
    plan = ningxia.sent(village, nx)
    acknowledge(plan, nx, town="2024-08-28", county_hr="2024-08-28")
    by = on(nx.agriculture, "2024-08-29")
    filings.return_filing(row(plan, "county_agriculture").pk, by=by, reason="资金来源说明不清")
    return plan


def test_a_return_needs_a_reason_and_is_told_with_it(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)
    by = on(nx.agriculture, "2024-08-29")

    with pytest.raises(InvalidInput, match="退回的原因"):
        filings.return_filing(row(plan, "county_agriculture").pk, by=by, reason=" ")
    filings.return_filing(row(plan, "county_agriculture").pk, by=by, reason="资金来源说明不清。")

    # Silence never files what was returned.
    with pytest.raises(RuleViolation, match="2024年8月29日退回（资金来源说明不清），还没有重报"):
        plans.put_in_force(plan.pk, by=on(nx.clerk, "2024-10-31"))


def test_after_a_return_only_that_office_is_asked_again(nx, yuanlong):
    plan = returned(yuanlong, nx)

    plans.file_plan(plan.pk, by=on(nx.clerk, "2024-09-02"))

    assert words(plan, "2024-09-02") == ["已备案", "已备案", "待备案"]
    asked = row(plan, "county_agriculture")
    assert (asked.received_on, asked.reason) == (date(2024, 9, 2), "")
    assert row(plan, "town").number == "城乡居保集补备〔2024〕1号"


def again(plan: Plan, nx: SimpleNamespace, content: plans.PlanContent) -> None:
    by = on(nx.clerk, "2024-09-02")
    plans.reopen_plan(plan.pk, by=by)
    plans.change_plan(plan.pk, by=by, content=content)
    plans.record_decision(plan.pk, by=by, record=ningxia.decision("2024-09-02"))
    plans.file_plan(plan.pk, by=by)


def test_a_changed_plan_is_filed_with_every_office_again(nx, yuanlong):
    plan = returned(yuanlong, nx)

    again(plan, nx, plans.PlanContent(standards=[stages.flat(100)]))

    assert words(plan, "2024-09-02") == ["待备案", "待备案", "待备案"]
    assert set(plan.filings.values_list("number", flat=True)) == {""}


def test_a_plan_decided_anew_without_a_change_keeps_what_was_filed(nx, yuanlong):
    plan = returned(yuanlong, nx)

    again(plan, nx, plans.PlanContent(standards=[stages.flat(200)]))

    assert words(plan, "2024-09-02") == ["已备案", "已备案", "待备案"]


def test_a_plan_taken_back_leaves_the_offices_lists_and_silence_does_not_file_it(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)
    acknowledge(plan, nx, town="2024-08-28")
    waiting = selectors.open_for(nx.agriculture, on=date(2024, 8, 29))
    assert waiting.count() == 1

    plans.reopen_plan(plan.pk, by=on(nx.clerk, "2024-08-29"))

    assert not selectors.open_for(nx.agriculture, on=date(2024, 8, 29)).exists()
    assert words(plan, "2024-10-31") == ["已备案", "未报", "未报"]
    with pytest.raises(TransitionNotAllowed):
        acknowledge(plan, nx, county_hr="2024-08-30")


def test_silence_cannot_be_taken_back_by_a_late_return(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)
    late = row(plan, "county_agriculture").pk

    with pytest.raises(TransitionNotAllowed, match="2024年9月4日起视同备案，不能再退回") as refusal:
        filings.return_filing(late, by=on(nx.agriculture, "2024-09-04"), reason="晚了")
    assert refusal.value.clause
    # On the fifth working day it is still in time.
    filings.return_filing(late, by=on(nx.agriculture, "2024-09-03"), reason="当天退回")

    assert row(plan, "county_agriculture").state == FilingState.RETURNED


def test_filing_twice_is_told_who_has_it(nx, yuanlong):
    plan = ningxia.sent(yuanlong, nx)

    with pytest.raises(TransitionNotAllowed, match="已经报乡（镇、街道）"):
        plans.file_plan(plan.pk, by=on(nx.clerk, "2024-08-28"))


def test_each_version_of_a_plan_is_filed_by_itself(nx, yuanlong):
    plan = ningxia.in_force(yuanlong, nx)
    by = on(nx.clerk, "2024-10-08")
    new = plans.revise_plan(plan.pk, by=by)
    plans.change_plan(new.pk, by=by, content=plans.PlanContent(standards=[stages.flat(100)]))
    plans.record_decision(new.pk, by=by, record=ningxia.decision("2024-10-08"))

    with pytest.raises(RuleViolation) as refusal:
        plans.put_in_force(new.pk, by=by)

    assert refusal.value.code == "E-FILING"
    assert plan.filings.count() == 3
    assert not new.filings.exists()


def test_changshou_files_with_nobody(cast, by, village):
    plan = stages.plan_in_force(village, cast, by)

    assert plan.state == PlanState.IN_FORCE
    assert not Filing.objects.exists()
    assert selectors.standings_of(plan, on=date(2024, 6, 18)) == []
    content = plans.content_of(plan)
    other = plans.draft_plan(
        village.organisation.pk,
        by=by(cast.clerk, "2024-06-19"),
        year=2024,
        kind="supplementary",
        content=content,
    )
    with pytest.raises(TransitionNotAllowed):
        plans.file_plan(other.pk, by=by(cast.clerk, "2024-06-19"))


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_the_last_two_offices_at_once_complete_the_filing_once(base_data):
    nx = factories.make_ningxia_cast()
    plan = ningxia.sent(factories.make_ningxia_village(), nx)
    acknowledge(plan, nx, town="2024-08-28")

    def answer(office: str, who: object):
        pk = row(plan, office).pk
        return lambda: filings.acknowledge_filing(pk, by=on(who, "2024-08-29"))

    both = [answer("county_hr", nx.officer), answer("county_agriculture", nx.agriculture)]
    assert race(*both) == ["done", "done"]
    plan.refresh_from_db()
    assert plan.state == PlanState.FILED
    assert Event.objects.filter(act="subsidies.close_filing").count() == 1
