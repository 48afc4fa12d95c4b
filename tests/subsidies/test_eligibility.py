"""Who may be subsidised: the worked examples, each reason by itself."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contributions.enums import ContributionKind
from contributions.models import Contribution
from contributions.services import PaymentInput, record_contributions
from core.errors import RuleViolation
from core.models import Import
from ledger.caps import reserve_caps
from policies.selectors import rulebook
from subsidies.models import Application, Finding, Line, PriorGrant
from subsidies.rules.eligibility import judge
from subsidies.rules.wording import Words
from subsidies.services.applications import (
    LineChanges,
    NewLine,
    change_lines,
    draw_up_application,
    precheck_application,
)
from tests import factories
from tests.subsidies.stages import drawn, flat, hand_in, plan_in_force, submitted
from villages.models import PersonStatus

pytestmark = pytest.mark.django_db
ON = date(2024, 6, 24)
PAID_THERE = date(2024, 5, 6)


def batch_of(village, cast, by, yuan: int = 200, *rows) -> Application:
    """A draft with everybody on it, also those whom drawing up leaves out."""
    plan = plan_in_force(village, cast, by, *(rows or (flat(yuan),)))
    application = Application.objects.create(
        plan=plan,
        organisation=village.organisation,
        year=2024,
        batch_no=1,
        drafted_by=cast.clerk,
        **plan.area_codes(),
    )
    Line.objects.bulk_create(
        Line(
            application=application, position=n, person=member.person, membership=member, plan=plan,
            organisation=village.organisation, year=2024, amount_fen=yuan * 100, **plan.area_codes(),
        )
        for n, member in enumerate(village.members, start=1)
    )  # fmt: skip
    return application


def judged(application: Application, on: date = ON) -> Application:
    rules = rulebook(application.village_code, on=on)
    judge(application.lines.all(), application=application, plan=application.plan, rulebook=rules, on=on)
    return application


def codes(application: Application, person) -> set[str]:
    found = Finding.objects.filter(line__application=application, line__person=person)
    return set(found.values_list("code", flat=True))


def said(application: Application, code: str) -> str:
    return Words().sentence(Finding.objects.filter(line__application=application, code=code).get())


@pytest.fixture
def small(base_data):
    """Five members, nobody has paid."""
    return factories.make_village(members=5, years=())


@pytest.mark.rule("CS-11")
def test_paid_this_year_or_the_year_before_qualifies_and_earlier_does_not(small, cast, by):
    first, second, third, *_ = small.persons
    factories.paid(first, 2024, 500)
    factories.paid(second, 2023, 200, on=date(2023, 11, 8))
    factories.paid(third, 2022, 200)

    application = judged(batch_of(small, cast, by))

    assert codes(application, first) == set()
    assert codes(application, second) == {"W-PREV-YEAR"}
    assert codes(application, third) == {"E-UNPAID"}
    years = application.lines.order_by("position").values_list("qualifying_year", flat=True)
    assert list(years)[:3] == [2024, 2023, None]
    finding = Finding.objects.get(line__person=third)
    assert Words().sentence(finding) == "没有查到2024年度或2023年度的个人缴费，最近一次是2022年度。"
    assert finding.clause == "CS 三（二）一"


@pytest.mark.rule("CS-12")
def test_a_subsidy_never_stands_in_for_a_contribution_not_made(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 200, on=date(2024, 6, 25))

    assert codes(judged(batch_of(small, cast, by)), someone) == {"E-UNPAID"}


@pytest.mark.rule("CS-12")
def test_payment_is_read_again_when_the_batch_is_judged_again(small, cast, by):
    someone = small.persons[0]
    payment = factories.paid(someone, 2024, 200)
    application = judged(batch_of(small, cast, by))
    assert codes(application, someone) == set()
    payment.reversed_on = ON
    payment.save()

    assert codes(judged(application), someone) == {"E-UNPAID"}


@pytest.mark.rule("CS-11")
def test_a_contribution_paid_in_part_is_not_paid(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 500, personal_fen=30_000)

    application = judged(batch_of(small, cast, by))

    assert codes(application, someone) == {"E-UNPAID"}
    line = application.lines.get(person=someone)
    assert "没有缴足500.00元" in Words().sentence(line.findings.get())


def test_a_contribution_wholly_paid_on_behalf_counts_and_is_shown(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 100, personal_fen=0, on_behalf_fen=10_000)

    assert codes(judged(batch_of(small, cast, by)), someone) == {"W-ONBEHALF"}


def test_a_contribution_of_which_government_paid_only_its_share_is_not_said_to_be_paid_on_behalf(
    small, cast, by
):
    someone = small.persons[0]
    factories.paid(someone, 2024, 500, personal_fen=0, on_behalf_fen=10_000)

    assert codes(judged(batch_of(small, cast, by)), someone) == {"E-UNPAID"}


@pytest.mark.rule("CS-11")
def test_who_paid_in_another_county_is_insured_there_and_left_out_of_list_and_estimate(small, cast, by):
    elsewhere, here, *_ = small.persons
    factories.paid(elsewhere, 2024, 500, county_code="500112000000")
    factories.paid(here, 2024, 500)

    application = judged(batch_of(small, cast, by))

    assert (codes(application, elsewhere), codes(application, here)) == ({"E-JURIS"}, set())
    assert said(application, "E-JURIS") == "2024年度的保费是在其他区县缴的（2024年3月6日），在那里参保。"
    assert application.plan.estimated_count == 1
    assert (
        draw_up_application(application.plan_id, by=by(cast.clerk, "2024-06-19")).lines.get().person == here
    )


def another_countys_payment(person, number, by):
    row = PaymentInput(name=person.name, id_number=number, year=2024, personal_fen=50_000, paid_on=PAID_THERE)
    return record_contributions([row], by=by)


@pytest.mark.rule("CS-11")
def test_what_another_county_brings_in_stays_there(small, cast, by):
    """A member who paid elsewhere is insured elsewhere, whoever's list he stands on."""
    someone = small.persons[0]
    [done] = another_countys_payment(someone, someone.id_cipher, by(cast.foreign_officer, "2024-06-01"))

    assert done.contribution.area_codes() == {
        "county_code": "370827000000",
        "town_code": "",
        "village_code": "",
    }
    assert codes(judged(batch_of(small, cast, by)), someone) == {"E-JURIS"}


def test_no_county_mends_a_payment_of_another(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 1000, on=PAID_THERE, **small.organisation.area_codes())

    with pytest.raises(RuleViolation) as told:
        another_countys_payment(someone, someone.id_cipher, by(cast.foreign_officer, "2024-06-01"))

    assert [row["code"] for row in told.value.rows] == ["E-JURIS"]
    assert Contribution.objects.get(person=someone).personal_fen == 100_000


def test_whoever_is_not_yet_sixteen_is_refused_and_on_the_birthday_is_not(small, cast, by):
    """From 16 on, on the day of the judgement; the clause is the State Council's (国发8号)."""
    young, on_the_day = small.persons[:2]
    for who, born in ((young, date(2008, 6, 25)), (on_the_day, date(2008, 6, 24))):
        who.birth_date = born
        who.save()
        factories.paid(who, 2024, 500)

    application = judged(batch_of(small, cast, by))

    assert (codes(application, young), codes(application, on_the_day)) == ({"E-AGE"}, set())
    assert said(application, "E-AGE") == "未满16周岁，不能参保。"
    assert Finding.objects.get(code="E-AGE").clause == "国发8号 参保范围"


def test_a_lump_sum_payer_is_asked_about(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 500)
    factories.paid(someone, 2015, 300, kind=ContributionKind.LUMP_SUM, on=date(2024, 5, 6))

    assert codes(judged(batch_of(small, cast, by)), someone) == {"W-LUMP"}


def reserve_elsewhere(person, cast, fen: int, source: str = "collective") -> None:
    upload = Import.objects.create(
        kind="prior", file_name="x.xlsx", sha256="0", on=date(2024, 1, 1), uploaded_by=cast.officer
    )
    grant = PriorGrant.objects.create(
        person=person, year=2024, source=source, giver=f"{fen}", amount_fen=fen, granted_on=date(2024, 1, 31),
        imported_by=upload,
    )  # fmt: skip
    reserve_caps(PriorGrant.objects.filter(pk=grant.pk), year=2024, limit_fen=300_000)


@pytest.mark.rule("CS-09")
def test_the_cap_counts_what_others_gave_and_names_the_headroom(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 3000)
    reserve_elsewhere(someone, cast, 260_000)

    application = judged(batch_of(small, cast, by, 500))

    assert codes(application, someone) == {"E-CAP"}
    assert said(application, "E-CAP") == (
        "全年补助会超过上限100.00元：已用2,600.00元，本次500.00元，上限3,000.00元，还可用400.00元。"
    )


@pytest.mark.rule("CS-09")
def test_what_is_only_in_progress_elsewhere_is_shown_and_does_not_refuse(village, cast, by):
    someone = village.persons[0]
    other = factories.make_village(factories.SHAXI, members=0)
    submitted(village, cast, by, flat(2000))
    member = village.members[0]
    member.left_on = date(2024, 6, 20)
    member.save()
    other.members.append(factories.member(other.organisation, someone))
    plan = plan_in_force(other, cast, by, flat(2000), clerk=cast.stranger)
    application = Application.objects.create(
        plan=plan,
        organisation=other.organisation,
        year=2024,
        batch_no=1,
        drafted_by=cast.stranger,
        **plan.area_codes(),
    )
    Line.objects.create(
        application=application, position=1, person=someone, plan=plan, organisation=other.organisation, year=2024,
        amount_fen=200_000, **plan.area_codes(),
    )  # fmt: skip

    judged(application)

    line = application.lines.get()
    assert (line.cap_reserved_fen, line.cap_in_progress_fen) == (0, 200_000)
    assert codes(application, someone) == {"E-DUP"}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("DEATH", "E-DEAD"),
        ("NATIONALITY_LOST", "E-NATION"),
        ("OTHER_PENSION", "E-PENSION"),
        ("DRAWING", "E-DRAWING"),
    ],
)
@pytest.mark.rule("CS-28")
def test_a_reported_status_refuses_until_it_is_lifted(kind, code, small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 500)
    status = PersonStatus.objects.create(
        person=someone, kind=kind, event_on=date(2024, 6, 20), reported_by=cast.officer, reported_on=ON
    )
    application = judged(batch_of(small, cast, by))
    assert codes(application, someone) == {code}
    status.is_lifted = True
    status.save()

    assert codes(judged(application), someone) == set()


def test_an_event_after_the_business_date_is_not_known_yet(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 500)
    PersonStatus.objects.create(
        person=someone, kind="DEATH", event_on=date(2024, 6, 25), reported_by=cast.officer, reported_on=ON
    )

    assert codes(judged(batch_of(small, cast, by)), someone) == set()


def test_of_pension_age_without_a_payment_for_the_year_draws_and_with_one_does_not(base_data, cast, by):
    village = factories.make_village(members=0, years=())
    old = date(1964, 6, 24)
    for number in (
        factories.id_number(old, sequence=1),
        factories.id_number(old, sequence=2),
        factories.id_number(date(1964, 6, 25), sequence=3),
    ):
        village.members.append(factories.member(village.organisation, factories.person(number=number)))
    drawing, paying, younger = village.persons
    factories.paid(drawing, 2023, 200)
    factories.paid(paying, 2024, 200)
    factories.paid(younger, 2023, 200)

    application = judged(batch_of(village, cast, by))

    assert codes(application, drawing) == {"E-DRAWING", "W-PREV-YEAR"}
    assert codes(application, paying) == set()
    assert codes(application, younger) == {"W-PREV-YEAR"}


def test_who_left_the_organisation_is_no_member(small, cast, by):
    someone = small.persons[0]
    factories.paid(someone, 2024, 500)
    application = batch_of(small, cast, by)
    member = small.members[0]
    member.left_on = date(2024, 6, 1)
    member.save()

    assert codes(judged(application), someone) == {"E-NOT-MEMBER"}


@pytest.mark.rule("CS-07")
def test_a_line_above_the_standard_is_refused_and_one_below_is_asked_about(small, cast, by):
    first, second, third, *_ = small.persons
    for person in (first, second, third):
        factories.paid(person, 2024, 500)
    application = batch_of(small, cast, by)
    application.lines.filter(person=first).update(amount_fen=25_000)
    application.lines.filter(person=second).update(amount_fen=15_000)
    application.lines.filter(person=third).update(amount_fen=19_950)

    judged(application)

    assert codes(application, first) == {"E-AMOUNT"}
    assert codes(application, second) == {"W-AMOUNT-LOW"}
    assert codes(application, third) == {"W-AMOUNT-LOW", "W-CENTS"}


def test_two_batches_of_one_plan_together_stay_within_the_standard(village, cast, by):
    first = drawn(village, cast, by)
    someone = first.lines.order_by("position").first()
    change_lines(first.pk, by=by(cast.clerk, "2024-06-19"), changes=LineChanges(amounts={someone.pk: 15_000}))
    hand_in(first, by(cast.clerk, "2024-06-19"))

    second = draw_up_application(first.plan_id, by=by(cast.clerk, "2024-06-20"))

    line = second.lines.get()
    assert (line.person_id, line.amount_fen, line.granted_fen) == (someone.person_id, 5_000, 15_000)
    assert codes(second, line.person) == {"W-REPEAT"}
    with pytest.raises(RuleViolation, match=r"最多还可补助50\.00元") as refused:
        change_lines(
            second.pk, by=by(cast.clerk, "2024-06-20"), changes=LineChanges(amounts={line.pk: 5_001})
        )
    assert refused.value.code == "E-AMOUNT"


def test_one_contribution_behind_two_plan_years_is_asked_about(village, cast, by):
    submitted(village, cast, by)
    plan = plan_in_force(village, cast, by, year=2025)

    application = draw_up_application(plan.pk, by=by(cast.clerk, "2025-06-19"))

    assert codes(application, village.persons[0]) == {"W-PREV-YEAR", "W-REUSE"}
    assert said_of_first(application, "W-REUSE") == "2024年度的缴费已用于2024年度的补助。"


def said_of_first(application: Application, code: str) -> str:
    return Words().sentence(Finding.objects.filter(line__application=application, code=code).first())


def test_of_two_villages_the_first_handed_in_stands_and_the_second_learns_no_name(village, cast, by):
    someone = village.persons[0]
    first = submitted(village, cast, by)
    member = village.members[0]
    member.left_on = date(2024, 6, 19)
    member.save()
    other = factories.make_village(factories.SHAXI, members=2)
    factories.member(other.organisation, someone)
    plan = plan_in_force(other, cast, by, clerk=cast.stranger)
    second = draw_up_application(plan.pk, by=by(cast.stranger, "2024-06-20"))

    with pytest.raises(RuleViolation) as refused:
        change_lines(
            second.pk,
            by=by(cast.stranger, "2024-06-20"),
            changes=LineChanges(add=[NewLine(someone.pk), NewLine(someone.pk)]),
        )
    change_lines(
        second.pk, by=by(cast.stranger, "2024-06-20"), changes=LineChanges(add=[NewLine(someone.pk)])
    )

    assert refused.value.code == "E-DUP-ROW"
    assert second.lines.count() == 3
    assert codes(second, someone) == {"E-DUP"}
    assert "石门" not in said(second, "E-DUP")
    assert codes(judged(first), someone) == {"E-NOT-MEMBER"}


def test_judging_takes_as_many_statements_for_thirty_lines_as_for_one(village, cast, by):
    many = batch_of(village, cast, by)
    precheck_application(many.pk, by=by(cast.clerk, "2024-06-19"))
    few = many.lines.filter(position=1)
    rules = rulebook(many.village_code, on=ON)

    def statements(lines) -> int:
        with CaptureQueriesContext(connection) as captured:
            judge(lines, application=many, plan=many.plan, rulebook=rules, on=ON)
        return len(captured)

    assert statements(few) == statements(many.lines.all()) < 40
