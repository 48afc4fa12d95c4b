"""What the documents and the law say of a plan, with their worked examples."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db.models import BigIntegerField, CharField, IntegerField, Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.models import Event
from policies.selectors import rulebook
from subsidies.enums import Method, PlanKind, PlanState
from subsidies.models import Plan
from subsidies.rules.candidates import candidates
from subsidies.rules.plans import (
    PlanFacts,
    Source,
    afford,
    days_of_notice,
    judge_decision,
    judge_plan,
)
from subsidies.rules.standards import (
    StandardRow,
    amount_expression,
    judge_standard,
    rows_expression,
    standard_amount,
)
from subsidies.selectors import plans as selectors
from subsidies.services import plans as services
from subsidies.services.plans import PlanContent
from tests import factories
from tests.subsidies.test_plans import content, decision, flat, in_force
from villages.models import Membership, Region

pytestmark = pytest.mark.django_db
SHIMEN = "500115002203"
IN_2024, IN_2025 = date(2024, 6, 21), date(2025, 6, 21)


@pytest.fixture
def rules(base_data):
    return rulebook(SHIMEN, on=IN_2024)


@pytest.fixture
def law(base_data):
    return rulebook(SHIMEN, on=date(2025, 6, 20))


def facts(**changes) -> PlanFacts:
    whole = PlanFacts(
        year=2024,
        beneficiaries="成员",
        procedure="流程",
        sources=[Source("distributable_income", 21_000_000)],
        rows=[flat(1000)],
        estimate_fen=21_000_000,
        income_fen=30_000_000,
        responsible_person="张书记",
    )
    return replace(whole, **changes)


def codes(found) -> list[str]:
    return [one.code for one in found]


# CS-02, CS-14: capacity


@pytest.mark.rule("CS-02")
def test_210_people_at_1000_are_70_percent_of_300000_and_pass(rules):
    against = afford(facts(), rules)

    assert against.share_ppm == 700_000
    assert codes(judge_plan(facts(), rulebook=rules)) == []


@pytest.mark.rule("CS-02")
def test_350_people_at_1000_exceed_300000_by_50000(rules):
    dear = facts(estimate_fen=35_000_000)

    found = judge_plan(dear, rulebook=rules)

    assert codes(found)[0] == "E-OVER-INCOME"
    assert found[0].figures["over_fen"] == 5_000_000
    assert "50,000.00元" in found[0].sentence
    assert "可支配收益" in found[0].clause


@pytest.mark.rule("CS-14")
def test_210000_of_240000_are_87_5_percent_and_warned_of(rules):
    found = judge_plan(
        facts(
            income_fen=24_000_000,
            sources=[
                Source("distributable_income", 18_000_000, "土地流转收益"),
                Source("distributable_income", 6_000_000, "物业出租"),
            ],
        ),
        rulebook=rules,
    )

    assert codes(found) == ["W-AFFORD"]
    assert found[0].figures["share_ppm"] == 875_000
    assert "87.5%" in found[0].sentence


@pytest.mark.rule("CS-14")
def test_money_set_aside_beyond_disposable_income_is_refused(rules):
    found = judge_plan(facts(sources=[Source("distributable_income", 30_000_100)]), rulebook=rules)

    assert codes(found) == ["E-OVER-INCOME"]


@pytest.mark.rule("CS-02")
def test_a_plan_without_declared_income_is_refused(rules):
    assert "E-OVER-INCOME" in codes(judge_plan(facts(income_fen=None), rulebook=rules))


@pytest.mark.rule("CS-02")
def test_all_plans_of_the_year_count_against_income_together(village, cast, by, rules):
    factories.income(village.organisation, 2023, 10_000)
    first = services.draft_plan(
        village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024, content=content(source=6_000)
    )
    services.record_decision(first.pk, by=by(cast.clerk, IN_2024), record=decision())
    second = services.draft_plan(
        village.organisation.pk,
        by=by(cast.clerk, IN_2024),
        year=2024,
        kind=PlanKind.SUPPLEMENTARY,
        content=content(flat(200), source=5_000),
    )

    with pytest.raises(RuleViolation) as refusal:
        services.record_decision(second.pk, by=by(cast.clerk, IN_2024), record=decision())

    assert refusal.value.code == "E-OVER-INCOME"
    assert refusal.value.figures["over_fen"] == 200_000


# CS-07: one village one standard


@pytest.mark.rule("CS-07")
def test_shimen_gives_200_flat_and_wubao_a_tenth_of_the_tier(rules):
    tenth = [StandardRow(method=Method.PERCENT, rate_ppm=100_000)]

    assert standard_amount([flat(200)], tier_fen=50_000, age=40, person_kind="") == 20_000
    assert standard_amount(tenth, tier_fen=100_000, age=40, person_kind="") == 10_000
    assert standard_amount(tenth, tier_fen=300_000, age=40, person_kind="") == 30_000


@pytest.mark.rule("CS-07")
def test_a_percentage_is_rounded_half_up_to_the_fen():
    row = StandardRow(method=Method.PERCENT, rate_ppm=33_300)

    assert standard_amount([row], tier_fen=50_000, age=None, person_kind="") == 1_665


@pytest.mark.rule("CS-07")
def test_the_first_base_row_wins_and_every_addition_is_added():
    rows = [
        flat(100, tier_to_fen=40_000),
        flat(200),
        flat(50, is_addition=True, age_from=60),
        flat(30, is_addition=True, person_kind="severe_disability"),
    ]

    assert standard_amount(rows, tier_fen=40_000, age=59, person_kind="") == 10_000
    assert standard_amount(rows, tier_fen=50_000, age=60, person_kind="severe_disability") == 28_000


@pytest.mark.rule("CS-07")
def test_a_year_has_one_live_plan_of_a_kind(village, cast, by):
    in_force(village, by, cast.clerk)

    with pytest.raises(TransitionNotAllowed, match="2024年度已有"):
        services.draft_plan(village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024)


@pytest.mark.rule("CS-07")
def test_last_years_plan_is_copied_whole(village, cast, by):
    in_force(village, by, cast.clerk, flat(100, tier_to_fen=40_000), flat(50, is_addition=True))

    copy = services.copy_last_year(village.organisation.pk, by=by(cast.clerk, "2025-02-12"), year=2025)

    assert services.content_of(copy) == services.content_of(Plan.objects.get(year=2024))
    assert copy.state == PlanState.DRAFT


def test_copying_without_a_plan_of_the_year_before_is_refused(village, cast, by):
    with pytest.raises(TransitionNotAllowed, match="2023年度"):
        services.copy_last_year(village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024)


OPTIONAL = st.one_of(st.none(), st.integers(0, 100))
ROWS = st.lists(
    st.builds(
        StandardRow,
        is_addition=st.booleans(),
        tier_from_fen=st.one_of(st.none(), st.sampled_from([10_000, 50_000])),
        tier_to_fen=st.one_of(st.none(), st.sampled_from([40_000, 300_000])),
        age_from=OPTIONAL,
        age_to=OPTIONAL,
        person_kind=st.sampled_from(["", "ordinary", "severe_disability"]),
        method=st.sampled_from(list(Method.values)),
        amount_fen=st.integers(1, 10**6),
        rate_ppm=st.integers(1, 10**6),
    ),
    max_size=5,
)


@pytest.mark.rule("CS-07")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    tier=st.one_of(st.none(), st.integers(1, 10**6)),
    age=st.integers(0, 110),
    kind=st.sampled_from(["", "ordinary", "severe_disability", "other"]),
)
def test_the_standard_in_sql_equals_the_standard_in_python(base_data, rows, tier, age, kind):
    person = Region.objects.filter(pk=SHIMEN).annotate(
        tier_fen=Value(tier, output_field=BigIntegerField()),
        age=Value(age, output_field=IntegerField()),
        person_kind=Value(kind, output_field=CharField()),
    )

    in_sql = person.annotate(standard=rows_expression(rows)).values_list("standard", flat=True).get()

    assert in_sql == standard_amount(rows, tier_fen=tier, age=age, person_kind=kind)


def test_a_stored_plan_gives_its_amount_to_each_candidate(village, cast, by, rules):
    plan = in_force(village, by, cast.clerk, StandardRow(method=Method.PERCENT, rate_ppm=100_000))
    members = candidates(Membership.objects.all(), plan_year=2024, rulebook=rules, on=IN_2024)

    amounts = set(
        members.annotate(standard_fen=amount_expression(plan)).values_list("standard_fen", flat=True)
    )

    assert amounts == {5_000}


def test_rows_that_are_never_used_are_pointed_out(rules):
    found = judge_standard([flat(200), flat(300, age_from=60)], year=2024, rulebook=rules)

    assert [(one.code, one.severity) for one in found] == [("", "tell")]
    assert "第2行用不到" in found[0].sentence


def test_overlapping_rows_say_which_counts(rules):
    rows = [flat(200, tier_to_fen=50_000), flat(300, tier_from_fen=40_000)]

    assert "重叠" in judge_standard(rows, year=2024, rulebook=rules)[0].sentence


# CS-08, CS-26: contents and sources


@pytest.mark.rule("CS-08")
def test_a_plan_without_procedure_is_refused_by_name(village, cast, by):
    plan = services.draft_plan(
        village.organisation.pk,
        by=by(cast.clerk, IN_2024),
        year=2024,
        content=replace(content(), procedure=""),
    )

    with pytest.raises(RuleViolation, match="补助流程") as refusal:
        services.record_decision(plan.pk, by=by(cast.clerk, IN_2024), record=decision())

    assert refusal.value.code == "E-PLAN-PART"
    assert Plan.objects.get().state == PlanState.DRAFT
    assert not hasattr(Plan.objects.get(), "decision")


@pytest.mark.rule("CS-08")
@pytest.mark.parametrize(
    ("missing", "name"),
    [
        ({"sources": ()}, "资金来源"),
        ({"beneficiaries": " "}, "补助对象"),
        ({"rows": ()}, "补助标准"),
        ({"procedure": ""}, "补助流程"),
    ],
)
def test_each_of_the_four_parts_is_asked_for_by_name(rules, missing, name):
    found = judge_plan(facts(**missing), rulebook=rules)

    assert [one.figures["parts"] for one in found if one.code == "E-PLAN-PART"] == [name]


@pytest.mark.rule("CS-26")
def test_own_funds_make_a_supplementary_plan_in_2024_only(rules):
    own = [Source("own_funds", 3_000_000)]
    year_2024 = facts(kind=PlanKind.SUPPLEMENTARY, sources=own, estimate_fen=3_000_000, income_fen=None)

    assert codes(judge_plan(year_2024, rulebook=rules)) == []
    later = rulebook(SHIMEN, on=IN_2025)
    assert "E-SOURCE" in codes(judge_plan(replace(year_2024, year=2025), rulebook=later))


@pytest.mark.rule("CS-26")
def test_own_funds_are_left_out_of_the_income_test(rules):
    mixed = facts(
        sources=[Source("own_funds", 10_000_000), Source("distributable_income", 25_000_000)],
        estimate_fen=35_000_000,
    )

    assert afford(mixed, rules).counted_fen == 25_000_000


@pytest.mark.rule("CS-09")
def test_nobody_may_be_granted_more_than_the_years_highest_tier(rules):
    top = selectors.highest_tier(rules, 2024).value

    exact = judge_standard([StandardRow(amount_fen=top)], year=2024, rulebook=rules)
    above = judge_standard(
        [StandardRow(amount_fen=top), flat(1, is_addition=True, age_from=60)], year=2024, rulebook=rules
    )

    assert codes(exact) == []
    assert codes(above) == ["E-CAP"]
    assert above[0].figures["over_fen"] == 100
    assert "最高缴费档次" in above[0].clause


@pytest.mark.rule("CS-22")
def test_a_missing_responsible_person_is_warned_of_and_kept(village, cast, by):
    village.organisation.responsible_person = ""
    village.organisation.save(update_fields=["responsible_person"])

    plan = in_force(village, by, cast.clerk)

    assert [one["code"] for one in plan.warnings] == ["W-HEAD"]
    assert Event.objects.get(act="subsidies.put_in_force").figures["warnings"] == ["W-HEAD"]


def _with(rules, base, **changed):
    """The rulebook with one more value, made after one it has."""
    found = rules.value(*base)
    return replace(rules, values=(*rules.values, replace(found, **changed)))


def test_a_higher_tier_that_gets_less_is_warned_of_where_the_rulebook_asks(rules):
    asking = _with(rules, ("over_income",), name="tier_order", key="", value="warn", text="warn")
    rows = [flat(200, tier_to_fen=50_000), flat(100, tier_from_fen=50_001)]

    assert "W-TIER-ORDER" in codes(judge_standard(rows, year=2024, rulebook=asking))
    assert "W-TIER-ORDER" not in codes(judge_standard(rows, year=2024, rulebook=rules))


def test_a_high_standard_is_warned_of_where_the_rulebook_asks(rules):
    asking = _with(rules, ("afford_warning",), name="standard_high_warning", value=500_000, text="50")
    top = selectors.highest_tier(rules, 2024).value

    found = judge_standard([StandardRow(amount_fen=top)], year=2024, rulebook=asking)

    assert codes(found) == ["W-STANDARD-HIGH"]


# CS-10: revision


@pytest.mark.rule("CS-10")
def test_a_revision_decided_later_supersedes_in_one_act_and_keeps_the_old_version(village, cast, by):
    old = in_force(village, by, cast.clerk, flat(200))
    new = services.revise_plan(old.pk, by=by(cast.clerk, "2024-10-09"))
    services.change_plan(new.pk, by=by(cast.clerk, "2024-10-09"), content=PlanContent(standards=[flat(300)]))
    services.record_decision(new.pk, by=by(cast.clerk, "2024-10-09"), record=decision("2024-10-08"))
    assert selectors.plan_in_force(village.organisation.pk, 2024) == old

    services.put_in_force(new.pk, by=by(cast.clerk, "2024-10-10"))

    old.refresh_from_db()
    assert old.state == PlanState.SUPERSEDED
    assert old.standards.get().amount_fen == 20_000
    assert selectors.plan_in_force(village.organisation.pk, 2024).version_no == 2
    assert Event.objects.filter(act="subsidies.supersede_plan", object_id=old.pk).count() == 1


@pytest.mark.rule("CS-10")
@pytest.mark.parametrize("met_on", ["2024-06-20", "2024-06-19"])
def test_a_revision_needs_a_decision_after_the_one_it_changes(village, cast, by, met_on):
    old = in_force(village, by, cast.clerk)
    new = services.revise_plan(old.pk, by=by(cast.clerk, "2024-10-09"))

    with pytest.raises(RuleViolation) as refusal:
        services.record_decision(new.pk, by=by(cast.clerk, "2024-10-09"), record=decision(met_on))

    assert refusal.value.code == "E-DECISION"
    assert selectors.plan_in_force(village.organisation.pk, 2024) == old


def test_a_plan_is_revised_once_at_a_time(village, cast, by):
    old = in_force(village, by, cast.clerk)
    services.revise_plan(old.pk, by=by(cast.clerk, IN_2024))

    with pytest.raises(TransitionNotAllowed, match="第2版正在拟定"):
        services.revise_plan(old.pk, by=by(cast.clerk, IN_2024))


def test_a_discarded_revision_leaves_room_for_another(village, cast, by):
    old = in_force(village, by, cast.clerk)
    first = services.revise_plan(old.pk, by=by(cast.clerk, IN_2024))
    services.discard_plan(first.pk, by=by(cast.clerk, IN_2024), reason="重拟")

    second = services.revise_plan(old.pk, by=by(cast.clerk, IN_2024))

    assert (second.version_no, second.previous) == (2, old)


def test_a_plan_in_force_cannot_be_changed_in_place(village, cast, by):
    plan = in_force(village, by, cast.clerk)

    with pytest.raises(TransitionNotAllowed):
        services.change_plan(plan.pk, by=by(cast.clerk, IN_2024), content=content(flat(300)))

    assert plan.standards.get().amount_fen == 20_000


def test_a_reopened_plan_needs_a_new_decision(village, cast, by):
    plan = services.draft_plan(
        village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024, content=content()
    )
    services.record_decision(plan.pk, by=by(cast.clerk, IN_2024), record=decision())

    services.reopen_plan(plan.pk, by=by(cast.clerk, IN_2024))

    with pytest.raises(TransitionNotAllowed):
        services.put_in_force(plan.pk, by=by(cast.clerk, IN_2024))
    assert not hasattr(Plan.objects.get(), "decision")


def test_an_ended_plan_is_no_longer_applied_under(village, cast, by):
    plan = in_force(village, by, cast.clerk)

    services.end_plan(plan.pk, by=by(cast.clerk, "2024-12-31"), reason="年度结束")

    assert selectors.plan_in_force(village.organisation.pk, 2024) is None
    again = services.draft_plan(village.organisation.pk, by=by(cast.clerk, "2024-12-31"), year=2024)
    assert again.version_no == 2


def test_a_foreign_clerk_neither_drafts_nor_changes(village, cast, by):
    plan = in_force(village, by, cast.clerk)

    with pytest.raises(NotInArea):
        services.draft_plan(village.organisation.pk, by=by(cast.stranger, IN_2024), year=2025)
    with pytest.raises(NotInArea):
        services.end_plan(plan.pk, by=by(cast.stranger, IN_2024))


# CS-25, LAW-01, LAW-03: the decision


def asked(law, **changes):
    record = decision("2025-06-20", posted_on=date(2025, 6, 10), notified_on=date(2025, 6, 10), **changes)
    return judge_decision(record, rulebook=law)


@pytest.mark.rule("CS-25")
def test_248_of_312_attending_and_231_agreeing_pass_both_two_thirds(law):
    assert codes(asked(law)) == []


@pytest.mark.rule("CS-25")
def test_a_plan_without_decision_cannot_come_into_force(village, cast, by):
    plan = services.draft_plan(
        village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024, content=content()
    )

    with pytest.raises(TransitionNotAllowed):
        services.put_in_force(plan.pk, by=by(cast.clerk, IN_2024))


@pytest.mark.rule("LAW-01")
def test_199_of_300_are_no_two_thirds_and_200_are(law):
    refused = asked(
        law, called_count=300, attended_count=205, agreed_count=199, against_count=0, abstained_count=0
    )

    assert codes(refused) == ["E-MAJORITY"]
    assert refused[0].figures["needed_count"] == 200
    assert codes(asked(law, called_count=300, attended_count=205, agreed_count=200, against_count=0)) == []


@pytest.mark.rule("LAW-01")
def test_fewer_than_two_thirds_attending_is_no_quorum(law):
    found = asked(
        law, called_count=312, attended_count=207, agreed_count=207, against_count=0, abstained_count=0
    )

    assert "E-QUORUM" in codes(found)


@pytest.mark.rule("LAW-01")
def test_the_law_asks_nothing_of_a_meeting_before_may_2025(village, cast, by):
    record = decision(
        called_count=300, attended_count=120, agreed_count=110, abstained_count=0, posted_on=None
    )
    plan = services.draft_plan(
        village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024, content=content()
    )

    done = services.record_decision(plan.pk, by=by(cast.clerk, IN_2024), record=record)

    assert done.state == PlanState.RESOLVED


@pytest.mark.rule("LAW-01")
def test_representatives_must_be_more_than_20_and_stand_for_5_to_15_households(law):
    few = {
        "called_count": 20,
        "attended_count": 20,
        "agreed_count": 20,
        "against_count": 0,
        "abstained_count": 0,
    }

    assert codes(asked(law, **few)) == ["E-DECISION"]
    assert codes(asked(law, households_count=312 * 16)) == ["E-DECISION"]
    assert codes(asked(law, households_count=312 * 15)) == []


@pytest.mark.rule("LAW-01")
def test_from_may_2025_the_members_decide(law):
    assert codes(asked(law, body="villagers_meeting")) == ["E-DECISION"]


@pytest.mark.rule("LAW-03")
def test_shown_on_the_12th_for_the_20th_are_8_days_and_too_few(law):
    record = decision("2025-06-20", posted_on=date(2025, 6, 12), notified_on=date(2025, 6, 1))

    found = judge_decision(record, rulebook=law)

    assert codes(found) == ["E-NOTICE"]
    assert (found[0].figures["days"], found[0].figures["needed_days"]) == (8, 10)
    assert days_of_notice(date(2025, 6, 12), date(2025, 6, 20), counts_posting_day=True) == 9


def test_a_decision_before_the_document_is_warned_of(village, cast, by):
    plan = services.draft_plan(
        village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024, content=content()
    )

    done = services.record_decision(plan.pk, by=by(cast.clerk, IN_2024), record=decision("2024-06-10"))

    assert [one["code"] for one in done.warnings] == ["W-EARLY"]


def test_a_resolution_that_was_voted_down_is_no_decision(rules):
    lost = decision(agreed_count=100, against_count=148, abstained_count=0)

    assert codes(judge_decision(lost, rulebook=rules)) == ["E-DECISION"]


@pytest.mark.parametrize(
    "impossible",
    [
        {"attended_count": 313},
        {"agreed_count": 240},
        {"posted_on": date(2024, 6, 21)},
        {"proposed_on": date(2024, 6, 21)},
        {"published_from": date(2024, 6, 21), "published_to": date(2024, 6, 20)},
        {"met_on": "2024-07-01", "published_from": None},
    ],
)
def test_counts_and_dates_that_cannot_be_are_refused_by_field(village, cast, by, impossible):
    plan = services.draft_plan(
        village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024, content=content()
    )

    with pytest.raises(InvalidInput) as refusal:
        services.record_decision(plan.pk, by=by(cast.clerk, IN_2024), record=decision(**impossible))

    assert refusal.value.fields


@pytest.mark.parametrize(
    "row",
    [
        StandardRow(),
        flat(0),
        flat(-5),
        flat(100, tier_from_fen=50_000, tier_to_fen=40_000),
        flat(100, age_from=60, age_to=50),
        StandardRow(method=Method.PERCENT),
    ],
)
def test_a_row_that_gives_nothing_or_fits_nobody_is_refused(village, cast, by, row):
    with pytest.raises(InvalidInput):
        services.draft_plan(
            village.organisation.pk, by=by(cast.clerk, IN_2024), year=2024, content=content(row)
        )

    assert not Plan.objects.exists()


# Candidates and the estimate


@pytest.mark.rule("CS-11")
def test_the_current_years_contribution_goes_before_last_years_and_an_incomplete_one_behind(village, rules):
    both, partly, before, none = (factories.member(village.organisation).person for _ in range(4))
    factories.paid(both, 2023, 300), factories.paid(both, 2024, 500)
    factories.paid(partly, 2023, 300), factories.paid(partly, 2024, 500, personal_fen=10_000)
    factories.paid(before, 2023, 200), factories.paid(none, 2022, 200)

    rows = candidates(Membership.objects.all(), plan_year=2024, rulebook=rules, on=IN_2024).values()
    found = {r["person_id"]: (r["qualifying_year"], r["tier_fen"], r["personal_complete"]) for r in rows}

    assert found[both.pk] == (2024, 50_000, True)
    assert found[partly.pk] == (2023, 30_000, True)
    assert found[before.pk] == (2023, 20_000, True)
    assert found[none.pk] == (None, None, False)


@pytest.mark.rule("CS-12")
def test_a_contribution_after_the_business_date_or_reversed_does_not_qualify(village, rules):
    late, reversed_ = (factories.member(village.organisation).person for _ in range(2))
    factories.paid(late, 2024, on=date(2024, 6, 22))
    factories.paid(reversed_, 2024, reversed_on=date(2024, 5, 1))

    rows = candidates(Membership.objects.all(), plan_year=2024, rulebook=rules, on=IN_2024).values()

    assert {row["person_id"] for row in rows if row["qualifying_year"] is None} == {late.pk, reversed_.pk}


def test_the_age_in_sql_is_the_age_on_the_last_day_of_the_year(village, rules):
    def age_on(birth, day):
        return day.year - birth.year - ((birth.month, birth.day) > (day.month, day.day))

    rows = candidates(Membership.objects.all(), plan_year=2024, rulebook=rules, on=IN_2024)

    assert all(row.age == age_on(row.birth_date, date(2024, 12, 31)) for row in rows)


def test_the_estimate_tells_rows_apart_and_counts_who_has_not_paid(village, cast, by, rules):
    rich = factories.member(village.organisation, person_kind="severe_disability").person
    factories.paid(rich, 2024, 3000)
    factories.member(village.organisation)
    rows = [
        flat(100, tier_to_fen=50_000),
        flat(300, tier_from_fen=50_001),
        flat(50, is_addition=True, person_kind="severe_disability"),
    ]

    cost = selectors.estimate(village.organisation.pk, rows, year=2024, rulebook=rules, on=IN_2024)

    assert [(row.count, row.amount_fen) for row in cost.rows] == [(30, 300_000), (1, 30_000), (1, 5_000)]
    assert (cost.count, cost.amount_fen, cost.mean_fen) == (31, 335_000, 10_806)
    assert (cost.unpaid_count, cost.unpaid_fen, cost.most_fen) == (1, 30_000, 35_000)


def test_the_estimate_asks_once_whatever_the_size(village, rules, django_assert_num_queries):
    rows = [flat(100, age_from=60), flat(200, person_kind="ordinary")]

    with django_assert_num_queries(1):
        selectors.estimate(village.organisation.pk, rows, year=2024, rulebook=rules, on=IN_2024)
