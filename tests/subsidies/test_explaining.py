"""Each question about a line answered with its facts, sum, outcome and clause, as it was judged."""

from datetime import date

import pytest
from django.urls import reverse

from contributions.models import Contribution
from core.errors import NotInArea
from policies.models import PolicyValue
from subsidies.models import Line
from subsidies.selectors.explaining import MET, NOT_MET, QUESTIONS, explain, lines_of
from subsidies.services.verification import confirm_verification
from tests import factories
from tests.subsidies.stages import CONFIRMED, confirmed, submitted, verified
from tests.subsidies.test_eligibility import reserve_elsewhere
from villages.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def village(base_data):
    return factories.make_village(members=2)


@pytest.fixture
def over_the_cap(village, cast, by):
    """2,400.00 from before and 500.00 of a donor came in while 200.00 were under way: 100.00 too much of 3,000.00."""
    application = verified(submitted(village, cast, by), cast, by)
    reserve_elsewhere(village.persons[0], cast, 240_000)
    reserve_elsewhere(village.persons[0], cast, 50_000, source="sponsor")
    confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))
    return Line.objects.get(person=village.persons[0])


def explained(line, actor):
    return explain(lines_of(actor, line.person_id, line.year)[0], actor=actor)


@pytest.mark.rule("CS-09")
def test_a_refusal_shows_the_sum_that_led_to_it_and_every_other_question_answered(over_the_cap, cast):
    told = explained(over_the_cap, cast.officer)
    outcomes = {question.name: question.outcome for question in told.questions}
    asked = [name for name in QUESTIONS if name != "purpose"]
    assert outcomes == dict.fromkeys(asked, MET) | {"cap": NOT_MET}
    cap = next(question for question in told.questions if question.name == "cap")
    assert [(row.fen, row.kind) for row in cap.sums] == [
        (300_000, "part"), (-240_000, "part"), (-50_000, "part"), (10_000, "sum"), (20_000, "part"), (10_000, "over"),
    ]  # fmt: skip
    assert "最高补助金额" in cap.clauses[0] and cap.clauses[0].startswith("长寿府办发〔2024〕49号 三（一）")
    assert "illustrative" in cap.marks
    assert told.conclusion.sentence.startswith("全年补助会超过上限100.00元")
    assert not told.is_granted


@pytest.mark.rule("CS-11")
def test_a_granted_line_names_the_contribution_it_rests_on_and_what_became_of_it(village, cast, by):
    confirmed(submitted(village, cast, by), cast, by)
    told = explained(Line.objects.first(), cast.clerk)
    assert told.is_granted and told.conclusion.sentence == "符合条件，补助200.00元。"
    payment = next(question for question in told.questions if question.name == "payment")
    assert ("认定依据", "2024年度的缴费") in payment.facts
    assert [what for what, _day, _who in told.fate] == ["提交申请", "经办核实", "复核"]


def test_what_is_kept_outlives_a_later_change_of_facts(over_the_cap, cast):
    Contribution.objects.filter(person=over_the_cap.person).update(reversed_on=date(2024, 7, 1))
    told = explained(over_the_cap, cast.officer)
    payment = next(question for question in told.questions if question.name == "payment")
    assert payment.outcome == MET
    assert ("认定依据", "2024年度的缴费") in payment.facts


def test_a_value_amended_afterwards_is_said(over_the_cap, cast):
    assert not explained(over_the_cap, cast.officer).is_rulebook_amended
    Line.objects.filter(pk=over_the_cap.pk).update(policy_version="another")
    assert explained(over_the_cap, cast.officer).is_rulebook_amended
    assert PolicyValue.objects.exists()


def test_page_and_call_say_the_same_and_hide_it_from_others(over_the_cap, cast, page, api):
    address = reverse("explanation", args=[over_the_cap.person_id, 2024])
    shown = page(cast.officer).get(address).content.decode()
    assert "为什么不予补助" in shown and "全年补助有没有超过上限" in shown
    answer = api(cast.officer).get(f"/api/explanations/{over_the_cap.person_id}/2024/").json()
    assert [row["line"] for row in answer] == [over_the_cap.pk]
    assert {q["name"]: q["outcome"] for q in answer[0]["questions"]}["cap"] == NOT_MET
    assert api(cast.stranger).get(f"/api/explanations/{over_the_cap.person_id}/2024/").status_code == 404
    assert api(cast.tax).get(f"/api/explanations/{over_the_cap.person_id}/2024/").status_code == 403
    with pytest.raises(NotInArea):
        lines_of(cast.officer, over_the_cap.person_id, 2023)


def test_another_village_is_named_to_the_agency_alone(village, cast, by):
    other = factories.make_village(factories.SHAXI, members=1)
    mover = other.persons[0]
    confirmed(submitted(other, cast, by, clerk=cast.stranger), cast, by)
    Membership.objects.filter(person=mover).update(left_on=date(2024, 6, 1))
    factories.member(village.organisation, mover)
    confirmed(submitted(village, cast, by), cast, by)
    line = Line.objects.get(person=mover, organisation=village.organisation)
    labels = {
        who: [row.label for q in explained(line, getattr(cast, who)).questions for row in q.sums]
        for who in ("officer", "clerk")
    }
    assert any("沙溪村" in label for label in labels["officer"])
    assert not any("沙溪村" in label for label in labels["clerk"])
    assert any("其他村" in label for label in labels["clerk"])
