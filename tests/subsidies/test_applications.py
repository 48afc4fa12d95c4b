"""The village's acts on an application, and the agency's: order, refusals, four eyes, withdrawals."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from contributions.models import Contribution
from core.errors import (
    ActorNotPermitted,
    BusinessDateRefused,
    InvalidInput,
    NotInArea,
    RuleViolation,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.models import Event
from core.navigation import todos_for
from ledger.models import CapUse
from subsidies.enums import ApplicationState, LineState, NoticeState, Verdict
from subsidies.models import Application, Finding, Line, PaymentNotice
from subsidies.rules.closing import YEAR_CLOSED
from subsidies.selectors import applications as selectors
from subsidies.services import applications as services
from subsidies.services.applications import LineChanges, NewLine
from subsidies.services.statuses import StatusInput, record_statuses
from subsidies.services.verification import (
    Decision,
    confirm_verification,
    decide_lines,
    recheck_application,
    reject_verification,
    return_application,
    verify_application,
)
from tests import factories
from tests.subsidies.stages import (
    CONFIRMED,
    HANDED_IN,
    VERIFIED,
    confirmed,
    decided,
    drawn,
    flat,
    hand_in,
    plan_in_force,
    submitted,
    verified,
    with_papers,
)
from villages.models import PersonStatus

pytestmark = pytest.mark.django_db


def footprint() -> tuple:
    """What an act that was refused must leave as it was."""
    return (
        list(Application.objects.order_by("pk").values_list("pk", "state", "version", "number")),
        list(Line.objects.order_by("pk").values_list("pk", "state", "amount_fen", "verdict")),
        list(CapUse.objects.order_by("pk").values_list("person", "reserved_fen")),
        Event.objects.count(),
        PaymentNotice.objects.count(),
    )


# Drawing up


def test_who_does_not_qualify_is_left_out_and_counted_by_reason(village, cast, by):
    Contribution.objects.filter(person__in=village.persons[:3]).delete()

    application = drawn(village, cast, by)

    assert application.lines.count() == 27
    assert selectors.left_out_of(application) == {"E-UNPAID": 3}
    assert list(application.lines.order_by("position").values_list("position", flat=True)) == list(
        range(1, 28)
    )


def test_a_list_of_nobody_is_not_drawn_up(base_data, cast, by):
    village = factories.make_village(members=3, years=())
    plan = plan_in_force(village, cast, by)
    before = footprint()

    with pytest.raises(RuleViolation) as refused:
        services.draw_up_application(plan.pk, by=by(cast.clerk, "2024-06-19"))

    assert refused.value.code == "E-EMPTY"
    assert footprint() == before


def test_a_plan_not_in_force_gives_no_list(village, cast, by):
    plan = plan_in_force(village, cast, by)
    plan.state = "ended"
    plan.save()

    with pytest.raises(RuleViolation) as refused:
        services.draw_up_application(plan.pk, by=by(cast.clerk, "2024-06-19"))

    assert refused.value.code == "E-PLAN"


@pytest.mark.parametrize("who", ["stranger", "officer", "tax", "township"])
def test_only_the_villages_clerk_draws_up(who, village, cast, by):
    plan = plan_in_force(village, cast, by)

    with pytest.raises((ActorNotPermitted, NotInArea)):
        services.draw_up_application(plan.pk, by=by(getattr(cast, who), "2024-06-19"))


# Changes


def test_a_member_is_added_with_what_the_plan_gives(village, cast, by):
    late = factories.member(village.organisation)
    application = drawn(village, cast, by)
    factories.paid(late.person, 2024)

    services.change_lines(
        application.pk, by=by(cast.clerk, HANDED_IN), changes=LineChanges(add=[NewLine(late.person_id)])
    )

    line = application.lines.get(person=late.person)
    assert (line.amount_fen, line.qualifying_year, line.advice) == (20_000, 2024, "pass")


def test_an_unpaid_member_may_stand_on_a_flat_list_with_the_warning(village, cast, by):
    late = factories.member(village.organisation)
    application = drawn(village, cast, by)

    services.change_lines(
        application.pk, by=by(cast.clerk, HANDED_IN), changes=LineChanges(add=[NewLine(late.person_id)])
    )

    assert Finding.objects.get(line__person=late.person).code == "E-UNPAID"


@pytest.mark.rule("CS-11")
def test_a_stranger_is_not_added(village, cast, by):
    application = drawn(village, cast, by)
    before = footprint()

    with pytest.raises(RuleViolation) as refused:
        services.change_lines(
            application.pk,
            by=by(cast.clerk, HANDED_IN),
            changes=LineChanges(add=[NewLine(factories.person().pk)]),
        )

    assert refused.value.code == "E-NOT-MEMBER"
    assert footprint() == before


@pytest.mark.parametrize("fen", [0, -100])
def test_an_amount_must_be_positive(fen, village, cast, by):
    application = drawn(village, cast, by)
    line = application.lines.first()

    with pytest.raises(InvalidInput) as refused:
        services.change_lines(
            application.pk, by=by(cast.clerk, HANDED_IN), changes=LineChanges(amounts={line.pk: fen})
        )

    assert refused.value.code == "E-AMOUNT"


@pytest.mark.rule("CS-09")
def test_an_amount_above_what_is_left_of_the_cap_is_refused_with_the_headroom(village, cast, by):
    application = drawn(village, cast, by, flat(500))
    line = application.lines.first()
    CapUse.objects.create(person=line.person, year=2024, limit_fen=300_000, reserved_fen=260_000)
    before = footprint()

    with pytest.raises(RuleViolation, match=r"还可用400\.00元") as refused:
        services.change_lines(
            application.pk, by=by(cast.clerk, HANDED_IN), changes=LineChanges(amounts={line.pk: 45_000})
        )

    assert refused.value.code == "E-CAP"
    assert "最高补助金额" in refused.value.clause
    assert footprint() == before


def test_a_stale_form_changes_nothing(village, cast, by):
    application = drawn(village, cast, by)
    line = application.lines.first()
    changes = LineChanges(amounts={line.pk: 10_000})
    services.change_lines(application.pk, by=by(cast.clerk, HANDED_IN), changes=changes, expected_version=0)

    with pytest.raises(TransitionNotAllowed):
        services.change_lines(
            application.pk, by=by(cast.clerk, HANDED_IN), changes=changes, expected_version=0
        )


def test_lines_of_another_batch_are_not_touched(village, cast, by):
    application = drawn(village, cast, by)
    foreign = factories.make_village(factories.SHAXI, members=1)
    other = drawn(foreign, cast, by, clerk=cast.stranger)

    with pytest.raises(NotInArea):
        services.change_lines(
            application.pk, by=by(cast.clerk, HANDED_IN), changes=LineChanges(remove=[other.lines.get().pk])
        )

    assert other.lines.count() == 1


# Handing in


@pytest.mark.rule("CS-27")
def test_a_batch_is_handed_in_with_its_three_papers_sealed_and_the_declaration(village, cast, by):
    application = hand_in(drawn(village, cast, by), by(cast.clerk, HANDED_IN))

    assert application.state == ApplicationState.SUBMITTED
    assert application.number == "晏石门申〔2024〕1号"
    assert (application.declared_true, application.submitted_by) == (True, cast.clerk)


@pytest.mark.rule("CS-27")
def test_an_unsealed_roster_is_refused(village, cast, by):
    application = with_papers(drawn(village, cast, by), by(cast.clerk, HANDED_IN))
    application.attachments.filter(kind="roster").update(seals=[])
    before = footprint()

    with pytest.raises(RuleViolation) as refused:
        services.submit_application(application.pk, by=by(cast.clerk, HANDED_IN), declared_true=True)

    assert refused.value.code == "E-DOC-SEAL"
    assert footprint() == before


@pytest.mark.rule("CS-27")
def test_a_missing_paper_is_named(village, cast, by):
    application = with_papers(drawn(village, cast, by), by(cast.clerk, HANDED_IN))
    application.attachments.filter(kind="application").delete()

    with pytest.raises(RuleViolation, match="书面申请") as refused:
        services.submit_application(application.pk, by=by(cast.clerk, HANDED_IN), declared_true=True)

    assert refused.value.code == "E-DOC-MISSING"


@pytest.mark.rule("CS-27")
def test_nothing_is_handed_in_without_the_declaration(village, cast, by):
    application = with_papers(drawn(village, cast, by), by(cast.clerk, HANDED_IN))

    with pytest.raises(InvalidInput) as refused:
        services.submit_application(application.pk, by=by(cast.clerk, HANDED_IN), declared_true=False)

    assert refused.value.code == "E-DECLARATION"


def test_after_the_period_no_batch_is_taken(village, cast, by):
    application = with_papers(drawn(village, cast, by), by(cast.clerk, HANDED_IN))

    with pytest.raises(RuleViolation) as refused:
        services.submit_application(application.pk, by=by(cast.clerk, "2025-01-01"), declared_true=True)

    assert refused.value.code == "E-WINDOW"


def test_a_year_whose_reward_is_determined_takes_no_batch(village, cast, by, monkeypatch):
    application = with_papers(drawn(village, cast, by), by(cast.clerk, HANDED_IN))
    monkeypatch.setattr(
        "subsidies.rules.closing.YEAR_CLOSED", [*YEAR_CLOSED, lambda organisation, year: year == 2024]
    )

    with pytest.raises(RuleViolation) as refused:
        services.submit_application(application.pk, by=by(cast.clerk, HANDED_IN), declared_true=True)

    assert refused.value.code == "E-YEAR-CLOSED"


# Deciding, returning, verifying


@pytest.mark.rule("CS-29")
def test_119_lines_give_115_passed_three_unpaid_and_one_of_another_name(base_data, cast, by):
    village = factories.make_village(members=119)
    application = submitted(village, cast, by)
    unpaid = [line.pk for line in application.lines.order_by("position")[:3]]
    Contribution.objects.filter(person__lines__in=unpaid).update(reversed_on=date(2024, 6, 20))
    recheck_application(application.pk, by=by(cast.officer, VERIFIED))
    misnamed = application.lines.order_by("position")[3].pk
    decisions = [
        Decision(Verdict.REFUSE, [misnamed], reason_code="E-NAME"),
        Decision(Verdict.REFUSE, pick="refused"),
        Decision(Verdict.PASS, pick="clean"),
    ]
    decide_lines(application.pk, by=by(cast.officer, VERIFIED), decisions=decisions)
    verify_application(application.pk, by=by(cast.officer, VERIFIED))

    confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))

    refused = application.lines.filter(state=LineState.INELIGIBLE).values_list("verdict_code", flat=True)
    notice = PaymentNotice.objects.get()
    assert sorted(refused) == ["E-NAME", "E-UNPAID", "E-UNPAID", "E-UNPAID"]
    assert (notice.headcount, notice.amount_fen) == (115, 2_300_000)
    assert CapUse.objects.filter(reserved_fen=20_000).count() == 115


def test_a_line_that_a_rule_refuses_cannot_be_passed(village, cast, by):
    application = submitted(village, cast, by)
    line = application.lines.first()
    Contribution.objects.filter(person=line.person).update(reversed_on=date(2024, 6, 20))
    before = footprint()

    with pytest.raises(RuleViolation) as refused:
        decide_lines(
            application.pk, by=by(cast.officer, VERIFIED), decisions=[Decision(Verdict.PASS, [line.pk])]
        )

    assert (refused.value.code, refused.value.rows) == ("E-UNPAID", [line.pk])
    assert footprint() == before


def test_a_refusal_names_its_reason(village, cast, by):
    application = submitted(village, cast, by)
    line = application.lines.first()

    for decision in (
        Decision(Verdict.REFUSE, [line.pk]),
        Decision(Verdict.REFUSE, [line.pk], reason_code="OTHER"),
        Decision(Verdict.REFUSE, [line.pk], reason_code="E-NONSENSE"),
    ):
        with pytest.raises(InvalidInput):
            decide_lines(application.pk, by=by(cast.officer, VERIFIED), decisions=[decision])

    line.refresh_from_db()
    assert line.verdict == Verdict.NONE


def test_a_verdict_can_be_taken_back(village, cast, by):
    application = decided(submitted(village, cast, by), cast, by)
    line = application.lines.first()

    decide_lines(application.pk, by=by(cast.officer, VERIFIED), decisions=[Decision(Verdict.NONE, [line.pk])])

    line.refresh_from_db()
    assert (line.verdict, line.decided_by) == (Verdict.NONE, None)


def test_a_batch_with_an_undecided_line_is_not_verified(village, cast, by):
    application = decided(submitted(village, cast, by), cast, by)
    line = application.lines.first()
    decide_lines(application.pk, by=by(cast.officer, VERIFIED), decisions=[Decision(Verdict.NONE, [line.pk])])

    with pytest.raises(RuleViolation, match="还有1人没有结论") as refused:
        verify_application(application.pk, by=by(cast.officer, VERIFIED))

    assert refused.value.rows == [line.pk]


def test_a_returned_batch_is_mended_and_keeps_its_number(village, cast, by):
    application = submitted(village, cast, by)
    returned = return_application(application.pk, by=by(cast.officer, VERIFIED), reason="名单缺第3组")
    line = application.lines.first()
    services.change_lines(
        application.pk, by=by(cast.clerk, "2024-06-25"), changes=LineChanges(remove=[line.pk])
    )

    again = services.submit_application(application.pk, by=by(cast.clerk, "2024-06-25"), declared_true=True)

    assert returned.correct_by == date(2024, 7, 8)
    assert (again.number, again.lines.count()) == ("晏石门申〔2024〕1号", 29)
    assert again.accepted_at == application.accepted_at


def test_a_return_says_what_to_mend(village, cast, by):
    application = submitted(village, cast, by)

    with pytest.raises(InvalidInput):
        return_application(application.pk, by=by(cast.officer, VERIFIED), reason="  ")


def test_a_returned_batch_lapses_only_after_its_deadline(village, cast, by):
    application = submitted(village, cast, by)
    return_application(application.pk, by=by(cast.officer, VERIFIED), reason="缺材料")

    with pytest.raises(RuleViolation, match="补正期限到2024年7月8日，还没有过"):
        services.lapse_application(application.pk, by=by(cast.officer, "2024-07-08"))
    lapsed = services.lapse_application(application.pk, by=by(cast.officer, "2024-07-09"))

    assert lapsed.state == ApplicationState.WITHDRAWN


@pytest.mark.parametrize(
    ("who", "on", "said"),
    [
        ("clerk", "2024-07-08", "请在2024年7月8日以前补正后再次提交"),
        ("clerk", "2024-07-09", "社保经办机构可以终止这一批，请尽快补正"),
        ("officer", "2024-07-09", "村里没有再次提交。可以终止这一批"),
        ("township", "2024-07-09", "补正期限2024年7月8日已过，村里没有再次提交。"),
    ],
)
def test_the_page_of_a_returned_batch_says_whether_its_term_is_over(village, cast, by, page, who, on, said):
    application = submitted(village, cast, by)
    return_application(application.pk, by=by(cast.officer, VERIFIED), reason="缺材料")

    text = page(getattr(cast, who), on=on).get(f"/applications/{application.pk}/").content.decode()
    assert said in text and "退回意见：缺材料" in text


# Confirming


def test_nobody_confirms_a_batch_he_verified(village, cast, by):
    cast.officer = factories.account("both", factories.COUNTY, "officer", "reviewer")
    application = verified(submitted(village, cast, by), cast, by)
    before = footprint()

    with pytest.raises(SeparationOfDuties):
        confirm_verification(application.pk, by=by(cast.officer, CONFIRMED))

    assert footprint() == before


def test_nobody_confirms_a_batch_of_which_he_decided_one_line(village, cast, by):
    both = factories.account("both", factories.COUNTY, "officer", "reviewer")
    application = decided(submitted(village, cast, by), cast, by)
    line = application.lines.first()
    decide_lines(application.pk, by=by(both, VERIFIED), decisions=[Decision(Verdict.PASS, [line.pk])])
    verify_application(application.pk, by=by(cast.officer, VERIFIED))

    with pytest.raises(SeparationOfDuties):
        confirm_verification(application.pk, by=by(both, CONFIRMED))


def test_a_line_that_became_ineligible_is_refused_at_confirmation_with_its_reason(village, cast, by):
    application = verified(submitted(village, cast, by), cast, by)
    line = application.lines.first()
    Contribution.objects.filter(person=line.person).update(reversed_on=date(2024, 6, 25))

    confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))

    line.refresh_from_db()
    assert (line.state, line.verdict_code) == (LineState.INELIGIBLE, "E-UNPAID")
    assert PaymentNotice.objects.get().headcount == 29
    assert not CapUse.objects.filter(person=line.person, reserved_fen__gt=0).exists()


@pytest.mark.rule("CS-09")
def test_whoever_is_over_the_cap_by_now_is_refused_at_confirmation(village, cast, by):
    application = verified(submitted(village, cast, by), cast, by)
    line = application.lines.first()
    CapUse.objects.create(person=line.person, year=2024, limit_fen=300_000, reserved_fen=290_000)

    confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))

    line.refresh_from_db()
    assert (line.state, line.verdict_code) == (LineState.INELIGIBLE, "E-CAP")
    assert CapUse.objects.get(person=line.person).reserved_fen == 290_000


def test_a_batch_of_refusals_alone_is_closed_without_a_notice(base_data, cast, by):
    village = factories.make_village(members=1)
    application = submitted(village, cast, by)
    line = application.lines.get()
    decisions = [Decision(Verdict.REFUSE, [line.pk], reason_code="E-NAME")]
    decide_lines(application.pk, by=by(cast.officer, VERIFIED), decisions=decisions)
    verify_application(application.pk, by=by(cast.officer, VERIFIED))

    closed = confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))

    assert closed.state == ApplicationState.CLOSED
    assert not PaymentNotice.objects.exists()


def test_the_reviewer_gives_a_batch_back_with_the_verdicts_kept(village, cast, by):
    application = verified(submitted(village, cast, by), cast, by)

    back = reject_verification(application.pk, by=by(cast.reviewer, CONFIRMED), reason="第5行请再核")

    assert (back.state, back.verified_by) == (ApplicationState.SUBMITTED, None)
    assert back.lines.filter(verdict=Verdict.PASS).count() == 30


def test_a_second_confirmation_is_told_who_was_first(village, cast, by):
    application = confirmed(submitted(village, cast, by), cast, by)

    with pytest.raises(TransitionNotAllowed, match="reviewer"):
        confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))

    assert PaymentNotice.objects.count() == 1


# Status lists and withdrawal


def report(person, cast, by, kind="DEATH", event_on=date(2024, 6, 24), on="2024-06-25"):
    row = StatusInput(person.pk, kind, event_on, source="区民政局")
    return record_statuses([row], by=by(cast.officer, on))[0]


@pytest.mark.rule("CS-28")
def test_one_death_of_120_stops_the_batch_until_the_village_withdraws(base_data, cast, by):
    village = factories.make_village(members=120)
    application = verified(submitted(village, cast, by), cast, by)
    line = application.lines.order_by("position").first()
    report(line.person, cast, by)
    before = footprint()

    with pytest.raises(RuleViolation) as refused:
        confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))
    assert refused.value.code == "E-DEAD"
    assert footprint() == before
    services.withdraw_lines(
        application.pk,
        by=by(cast.clerk, CONFIRMED),
        line_ids=[line.pk],
        reason="DEATH",
        event_on=date(2024, 6, 24),
    )
    confirm_verification(application.pk, by=by(cast.reviewer, CONFIRMED))

    notice = PaymentNotice.objects.get()
    assert (notice.headcount, notice.amount_fen) == (119, 2_380_000)


@pytest.mark.rule("CS-28")
def test_a_reported_person_becomes_the_villages_work_and_nobody_elses(village, cast, by):
    application = submitted(village, cast, by)
    report(application.lines.first().person, cast, by)

    titles = [todo.title for todo in todos_for(cast.clerk, on=date(2024, 6, 25))]

    assert "撤回1人" in titles
    assert selectors.status_matches(cast.clerk).count() == 1
    assert selectors.status_matches(cast.stranger).count() == 0


@pytest.mark.rule("CS-28")
def test_a_person_withdrawn_after_the_notice_has_it_replaced_and_the_cap_freed(village, cast, by):
    application = confirmed(submitted(village, cast, by), cast, by)
    line = application.lines.first()

    services.withdraw_lines(
        application.pk,
        by=by(cast.clerk, "2024-06-26"),
        line_ids=[line.pk],
        reason="DEATH",
        event_on=date(2024, 6, 26),
    )

    line.refresh_from_db()
    old, new = PaymentNotice.objects.order_by("pk")
    assert (line.state, line.left_reason) == (LineState.WITHDRAWN, "DEATH")
    assert (old.state, new.replaces, new.headcount) == (NoticeState.REPLACED, old, 29)
    assert CapUse.objects.get(person=line.person).reserved_fen == 0


@pytest.mark.parametrize(
    "given",
    [
        {"reason": "MOVED"},
        {"reason": "DEATH"},
        {"reason": "DEATH", "event_on": date(2024, 7, 1)},
        {"reason": "OTHER"},
    ],
)
def test_a_withdrawal_gives_reason_and_date(given, village, cast, by):
    application = submitted(village, cast, by)
    line = application.lines.first()

    with pytest.raises(InvalidInput):
        services.withdraw_lines(application.pk, by=by(cast.clerk, VERIFIED), line_ids=[line.pk], **given)

    line.refresh_from_db()
    assert line.state == LineState.PENDING


def test_a_batch_whose_last_person_is_withdrawn_is_withdrawn(base_data, cast, by):
    village = factories.make_village(members=1)
    application = submitted(village, cast, by)

    left = services.withdraw_lines(
        application.pk,
        by=by(cast.clerk, VERIFIED),
        line_ids=[application.lines.get().pk],
        reason="OTHER",
        note="本人放弃",
    )

    assert left.state == ApplicationState.WITHDRAWN


def test_a_whole_batch_is_withdrawn_before_it_is_verified_and_not_after(village, cast, by):
    application = submitted(village, cast, by)
    with pytest.raises(InvalidInput):
        services.withdraw_application(application.pk, by=by(cast.clerk, VERIFIED))

    gone = services.withdraw_application(application.pk, by=by(cast.clerk, VERIFIED), reason="名单有误")

    assert gone.state == ApplicationState.WITHDRAWN
    assert set(gone.lines.values_list("state", flat=True)) == {LineState.WITHDRAWN}
    with pytest.raises(TransitionNotAllowed):
        services.withdraw_application(application.pk, by=by(cast.clerk, VERIFIED), reason="再撤")


def test_a_restoration_lifts_what_was_reported_before(village, cast, by):
    person = village.persons[0]
    report(person, cast, by)

    report(person, cast, by, kind="RESTORED", event_on=date(2024, 6, 25))

    assert PersonStatus.objects.get(person=person, kind="DEATH").is_lifted


def test_a_status_reported_twice_stands_once(village, cast, by):
    first = report(village.persons[0], cast, by)

    assert report(village.persons[0], cast, by) == first


def test_a_status_of_a_person_of_another_district_is_not_taken(village, cast, by):
    stranger = factories.person()

    with pytest.raises(NotInArea):
        report(stranger, cast, by)


@pytest.mark.parametrize("who", ["clerk", "reviewer", "tax", "foreign_officer"])
def test_only_the_districts_officer_brings_a_status_list_in(who, village, cast, by):
    row = StatusInput(village.persons[0].pk, "DEATH", date(2024, 6, 24))

    with pytest.raises((ActorNotPermitted, NotInArea)):
        record_statuses([row], by=by(getattr(cast, who), "2024-06-25"))

    assert not PersonStatus.objects.exists()


@pytest.mark.rule("CS-27")
def test_no_list_is_drawn_up_before_the_day_its_plan_came_into_force(village, cast, by):
    plan = plan_in_force(village, cast, by)
    day_before = plan.in_force_on - timedelta(days=1)

    with pytest.raises(BusinessDateRefused, match="早于上一步"):
        services.draw_up_application(plan.pk, by=by(cast.clerk, day_before))
    assert not Application.objects.exists()


# Two at once


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_confirming_at_once_exactly_one_does(village, cast, by):
    other = factories.account("second", factories.COUNTY, "reviewer")
    application = verified(submitted(village, cast, by), cast, by)
    outcomes = []

    def confirm(actor):
        try:
            confirm_verification(application.pk, by=by(actor, CONFIRMED))
            outcomes.append("done")
        except TransitionNotAllowed:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(actor,)) for actor in (cast.reviewer, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["done", "late"]
    assert PaymentNotice.objects.count() == 1
    assert set(CapUse.objects.values_list("reserved_fen", flat=True)) == {20_000}
