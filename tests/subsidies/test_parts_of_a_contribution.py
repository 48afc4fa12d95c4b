"""One year's contribution in several payments: own money, government's, and a raise of the tier (A-43, A-60)."""

from __future__ import annotations

from datetime import date

import pytest

from contributions.enums import ContributionKind
from contributions.models import Contribution
from contributions.resting import resting_on
from contributions.services import PaymentInput, record_contributions
from core.errors import RuleViolation
from policies.models import PolicyValue
from policies.selectors import rulebook
from policies.services import change_token
from subsidies.models import Application, Finding, Line
from subsidies.rules.standards import StandardRow
from subsidies.selectors.explaining import explain, lines_of
from subsidies.selectors.plans import estimate
from subsidies.selectors.refunds import doubtful_lines
from tests import factories
from tests.batches import posted_batch
from tests.subsidies.stages import flat, plan_in_force, submitted
from tests.subsidies.test_eligibility import ON, batch_of, codes, judged

pytestmark = pytest.mark.django_db
SHARE = StandardRow(rate_ppm=400_000, method="percent")
TOPUP = ContributionKind.TOPUP


@pytest.fixture
def small(base_data):
    """Five members, nobody has paid."""
    return factories.make_village(members=5, years=())


def own_and_on_behalf(person, *, tier=500, own=400, behalf=100):
    """Own 400.00 in March, 100.00 of government in May, each written with the year's tier."""
    mine = factories.paid(person, 2024, tier, personal_fen=own * 100)
    government = factories.paid(
        person, 2024, tier, personal_fen=0, on_behalf_fen=behalf * 100, on=date(2024, 5, 9), voucher="DJ1"
    )
    return mine, government


@pytest.mark.rule("CS-11")
@pytest.mark.rule("CS-12")
def test_own_money_and_governments_make_one_contribution_together(small, cast, by):
    first, short, late, back, elsewhere = small.persons
    own_and_on_behalf(first)
    own_and_on_behalf(short, own=399)
    factories.paid(late, 2024, 500, personal_fen=40_000)
    factories.paid(late, 2024, 500, personal_fen=0, on_behalf_fen=10_000, on=date(2024, 6, 25))
    own_and_on_behalf(back)
    own_and_on_behalf(elsewhere)
    government = Contribution.objects.filter(personal_fen=0)
    government.filter(person=back).update(reversed_on=ON)
    government.filter(person=elsewhere).update(county_code="500112000000")

    application = judged(batch_of(small, cast, by))

    assert codes(application, first) == set()
    for person in (short, late, back):
        assert codes(application, person) == {"E-UNPAID"}
    assert "E-UNPAID" in codes(application, elsewhere), "what was paid in another county is no part of it"
    line = application.lines.get(person=first)
    assert (line.tier_fen, line.own_fen, line.on_behalf_fen, line.paid_on) == (
        50_000, 40_000, 10_000, date(2024, 5, 9),
    )  # fmt: skip


def test_parts_written_each_with_its_own_tier_reach_the_tier_that_they_make_together(small, cast, by):
    first, *_ = small.persons
    factories.paid(first, 2024, 400)
    factories.paid(first, 2024, 100, personal_fen=0, on_behalf_fen=10_000, voucher="DJ1")

    application = judged(batch_of(small, cast, by, 200, SHARE))

    line = application.lines.get(person=first)
    assert codes(application, first) == set()
    assert (line.tier_fen, line.standard_fen) == (50_000, 20_000)


@pytest.mark.rule("BDX-04")
def test_a_raise_of_the_tier_counts_with_what_was_paid_before(small, cast, by):
    raised, short, only_the_raise, twice, _ = small.persons
    factories.paid(raised, 2024, 200)
    factories.paid(raised, 2024, 500, personal_fen=30_000, kind=TOPUP, on=date(2024, 5, 9))
    factories.paid(short, 2024, 200)
    factories.paid(short, 2024, 500, personal_fen=29_900, kind=TOPUP)
    factories.paid(only_the_raise, 2024, 500, personal_fen=30_000, kind=TOPUP)
    factories.paid(twice, 2024, 500)
    factories.paid(twice, 2024, 500, voucher="2")

    application = judged(batch_of(small, cast, by))

    found = {line.person_id: line.tier_fen for line in application.lines.all()}
    assert codes(application, raised) == codes(application, twice) == set()
    assert found[raised.pk] == 50_000
    assert found[short.pk] == 20_000, "a raise not paid in full leaves the tier that is"
    assert found[twice.pk] == 50_000, "a contribution paid twice raises no tier"
    assert codes(application, only_the_raise) == {"E-UNPAID"}
    told = Finding.objects.get(line__person=only_the_raise)
    assert told.figures["paid_fen"] == 30_000


def test_an_estimate_and_a_drawn_list_count_the_same_parts(small, cast, by):
    own_and_on_behalf(small.persons[0])
    own_and_on_behalf(small.persons[1], own=399)
    plan = plan_in_force(small, cast, by, flat(200))

    seen = estimate(
        plan.organisation_id, [flat(200)], year=2024, rulebook=rulebook(plan.village_code, on=ON), on=ON
    )

    assert (seen.count, seen.unpaid_count) == (1, 4)


def test_a_rulebook_that_judges_each_payment_alone_refuses_parts(small, cast, by):
    own_and_on_behalf(small.persons[0])
    PolicyValue.objects.filter(name="contribution_parts").update(value="each")
    change_token()

    application = judged(batch_of(small, cast, by))

    assert codes(application, small.persons[0]) == {"E-UNPAID"}


def test_the_explanation_shows_the_parts_and_their_sum(small, cast, by, page, api):
    person = small.persons[0]
    own_and_on_behalf(person)
    submitted(small, cast, by)

    told = explain(lines_of(cast.clerk, person.pk, 2024)[0], actor=cast.clerk)
    facts = next(question for question in told.questions if question.name == "payment").facts

    assert ("2024年度", "500.00元，2024年5月9日缴费，2笔合计500.00元") in facts
    assert ("其中本人缴费", "400.00元，2024年3月6日缴费") in facts
    assert ("其中政府代缴", "100.00元，2024年5月9日缴费") in facts
    assert ("认定依据", "2024年度的缴费，本人400.00元，政府代缴100.00元") in facts
    answer = api(cast.officer).get(f"/api/explanations/{person.pk}/2024/").json()
    assert ["其中政府代缴", "100.00元，2024年5月9日缴费"] in next(
        question["facts"] for question in answer[0]["questions"] if question["name"] == "payment"
    )
    line = Line.objects.get(person=person)
    shown = page(cast.officer).get(f"/verifications/{line.application_id}/").content.decode()
    assert "2笔合计500.00元" in shown


def test_every_part_that_a_line_rests_on_is_held(small, cast, by):
    parts = own_and_on_behalf(small.persons[0])
    whole = (
        factories.paid(small.persons[1], 2024, 500),
        factories.paid(small.persons[1], 2024, 300, voucher="2"),
    )
    application = judged(batch_of(small, cast, by))
    elsewhere = factories.paid(small.persons[0], 2024, 500, personal_fen=10_000, voucher="3")
    Contribution.objects.filter(pk=elsewhere.pk).update(county_code="500112000000")
    asked = [one.pk for one in (*parts, *whole, elsewhere)]
    assert resting_on(asked) == {}, "a draft holds nothing"
    Line.objects.filter(application=application).exclude(person__in=small.persons[:2]).delete()
    Application.objects.filter(pk=application.pk).update(state="submitted")

    assert set(resting_on(asked)) == {parts[0].pk, parts[1].pk, whole[0].pk}


@pytest.mark.parametrize(
    ("reversed_part", "paid_again", "is_doubtful"),
    [
        (0, "", True),
        (1, "", True),
        (None, "", False),
        (0, factories.COUNTY, False),
        (0, "500112000000", True),
    ],
)
def test_a_part_taken_back_after_posting_is_told(base_data, cast, by, reversed_part, paid_again, is_doubtful):
    village = factories.make_village(members=1, years=())
    parts = own_and_on_behalf(village.persons[0])
    if paid_again:
        again = factories.paid(village.persons[0], 2024, 500, personal_fen=40_000, voucher="4")
        Contribution.objects.filter(pk=again.pk).update(county_code=paid_again)
    batch = posted_batch(village, cast)
    facts = {"contribution": parts[1], "qualifying_year": 2024, "tier_fen": 50_000}
    batch.lines.filter(person=village.persons[0]).update(**facts)
    if reversed_part is not None:
        parts[reversed_part].reversed_on = date(2024, 7, 1)
        parts[reversed_part].save()

    found = doubtful_lines(cast.officer)

    assert found.exists() is is_doubtful
    assert all(line.reversed_on == date(2024, 7, 1) for line in found)


def posted_line(village, cast, contribution):
    """The posted line of whoever paid, judged by this payment."""
    lines = posted_batch(village, cast).lines.filter(person=contribution.person)
    lines.update(contribution=contribution, qualifying_year=2024, tier_fen=contribution.tier_fen)
    return lines.get()


@pytest.mark.rule("CS-12")
def test_a_raise_that_stands_without_what_it_raised_makes_no_tier_whole(base_data, cast, page):
    village = factories.make_village(members=1, years=())
    person = village.persons[0]
    base = factories.paid(person, 2024, 500)
    factories.paid(person, 2024, 1000, personal_fen=50_000, kind=TOPUP, on=date(2024, 7, 2))
    line = posted_line(village, cast, base)
    assert not doubtful_lines(cast.officer).exists()

    Contribution.objects.filter(pk=base.pk).update(reversed_on=date(2024, 7, 5))

    assert [(one.pk, one.standing_fen) for one in doubtful_lines(cast.officer)] == [(line.pk, 0)]
    shown = page(cast.officer, "2024-07-05").get("/refunds/doubtful/").content.decode()
    assert "认定500.00元，余下的缴费一档也没有缴足" in shown


def test_of_several_tiers_the_highest_that_was_paid_in_full_stands(base_data, cast):
    village = factories.make_village(members=1, years=())
    person = village.persons[0]
    base = factories.paid(person, 2024, 200)
    raised = factories.paid(person, 2024, 500, personal_fen=30_000, kind=TOPUP)
    posted_line(village, cast, raised)
    assert not doubtful_lines(cast.officer).exists()

    Contribution.objects.filter(pk=raised.pk).update(personal_fen=29_900)

    assert [one.standing_fen for one in doubtful_lines(cast.officer)] == [base.tier_fen]


@pytest.mark.parametrize(("counts", "is_doubtful"), [("是", False), ("否", True)])
def test_what_government_paid_stands_only_where_the_rulebook_counts_it(base_data, cast, counts, is_doubtful):
    village = factories.make_village(members=1, years=())
    payment = factories.paid(village.persons[0], 2024, 500)
    posted_line(village, cast, payment)
    PolicyValue.objects.filter(name="onbehalf_counts").update(value=counts)
    change_token()

    Contribution.objects.filter(pk=payment.pk).update(personal_fen=40_000, on_behalf_fen=10_000)

    assert doubtful_lines(cast.officer).exists() is is_doubtful


# Recording


def topup(person, number, **more):
    given = {
        "year": 2024,
        "personal_fen": 30_000,
        "tier_fen": 50_000,
        "paid_on": date(2024, 5, 9),
        "kind": TOPUP,
    }
    return PaymentInput(name=person.name, id_number=number, **(given | more))


def test_a_raise_is_recorded_and_counts_in_the_list(small, cast, by, page):
    person = small.persons[0]
    factories.paid(person, 2024, 200)
    done = record_contributions([topup(person, person.id_cipher)], by=by(cast.tax, "2024-06-01"))

    assert [one.status for one in done] == ["new"]
    assert done[0].contribution.get_kind_display() == "提档补差"
    page_of_payments = page(cast.officer).get("/contributions/?kind=topup").content.decode()
    assert person.name in page_of_payments and "提档补差" in page_of_payments
    assert "500.00" in page(cast.clerk, "2024-06-10").get("/members/").content.decode()


@pytest.mark.parametrize("tier_fen", [None, 30_000, 12_300])
def test_a_raise_must_name_the_tier_that_it_leads_to(small, cast, by, tier_fen):
    person = small.persons[0]
    with pytest.raises(RuleViolation) as told:
        record_contributions(
            [topup(person, person.id_cipher, tier_fen=tier_fen)], by=by(cast.tax, "2024-06-01")
        )

    assert {row["code"] for row in told.value.rows} == {"E-TIER"}


def test_a_list_is_handed_in_with_a_raised_tier(small, cast, by):
    person = small.persons[0]
    factories.paid(person, 2024, 200)
    factories.paid(person, 2024, 500, personal_fen=30_000, kind=TOPUP)
    application = submitted(small, cast, by, SHARE)

    assert application.lines.get(person=person).amount_fen == 20_000


@pytest.mark.rule("JN-05")
def test_the_tier_of_the_poor_is_open_to_what_government_pays_alone(cast, by):
    """Shandong's special tier of 100: paid wholly on behalf it is a tier, out of one's own pocket it is none."""

    def pay(**sums):
        row = PaymentInput("钱满仓", factories.id_number(), 2024, paid_on=date(2024, 5, 6), **sums)
        return record_contributions([row], by=by(cast.foreign_tax, "2024-06-01"))

    [done] = pay(personal_fen=0, on_behalf_fen=10_000)
    assert done.contribution.tier_fen == 10_000
    with pytest.raises(RuleViolation) as told:
        pay(personal_fen=10_000)
    assert {row["code"] for row in told.value.rows} == {"E-TIER"}


def once(person, number, **more):
    given = {"year": 2024, "personal_fen": 30_000, "tier_fen": 50_000, "paid_on": date(2024, 3, 6)}
    return PaymentInput(name=person.name, id_number=number, **(given | more))


@pytest.mark.parametrize(("first", "then"), [("", "税票1号"), ("税票1号", "")])
def test_one_payment_told_twice_is_no_second_half(small, cast, by, first, then):
    """The agency's list knows no voucher, the tax bureau's does: 300 of 500 stays 300."""
    person = small.persons[0]
    for voucher in (first, then):
        done = record_contributions(
            [once(person, person.id_cipher, voucher=voucher)], by=by(cast.tax, "2024-06-01")
        )

    assert [one.status for one in done] == ["unchanged"]
    assert Contribution.objects.filter(person=person).count() == 1
    assert codes(judged(batch_of(small, cast, by)), person) == {"E-UNPAID"}


def test_the_same_money_twice_in_one_list_is_asked_about(small, cast, by):
    person = small.persons[0]
    rows = [once(person, person.id_cipher), once(person, person.id_cipher, voucher="税票1号")]
    with pytest.raises(RuleViolation) as told:
        record_contributions(rows, by=by(cast.tax, "2024-06-01"))

    assert [(row["row"], row["code"]) for row in told.value.rows] == [(1, "E-DUP-ROW")]
    assert not Contribution.objects.filter(person=person).exists()


def test_two_payments_with_their_own_vouchers_are_two(small, cast, by):
    person = small.persons[0]
    rows = [once(person, person.id_cipher, personal_fen=25_000, voucher=f"税票{n}号") for n in (1, 2)]
    record_contributions(rows, by=by(cast.tax, "2024-06-01"))

    assert codes(judged(batch_of(small, cast, by)), person) == set()
