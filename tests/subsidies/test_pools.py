"""Pools of earmarked money (专款): never beyond what came in, followed by their lines, and compared with them."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import InvalidInput, RuleViolation
from ledger.checks import problems
from ledger.models import CapUse
from subsidies.models import Line, PaymentNotice, Pool, PoolEntry
from subsidies.rules.plans import Source
from subsidies.services import notices, plans
from tests import factories
from tests.subsidies import gifts, ningxia, stages
from tests.subsidies.gifts import charity_pool, clause_of, columns, on, paid_back

pytestmark = pytest.mark.django_db
DAY = "2024-09-02"


@pytest.fixture
def village(base_data):
    return factories.make_village(members=5)


@pytest.fixture
def nx(base_data):
    return factories.make_ningxia_cast()


@pytest.fixture
def yuanlong(nx):
    made = factories.make_ningxia_village(members=4)
    for member in made.members[:3]:
        member.person_kind = "minimum_living_allowance"
        member.save()
    return made


@pytest.mark.rule("NX-09")
def test_nothing_is_granted_beyond_the_pool(yuanlong, nx, books_hold):
    """1,400.00 for three times 500.00: refused when handed in, and nothing is half done."""
    pool = charity_pool(yuanlong, nx.clerk, yuan=1_400)
    plan = gifts.sponsored_plan(pool, nx.clerk, DAY, yuan=500)

    with pytest.raises(RuleViolation) as refusal:
        gifts.handed_in(yuanlong, nx, plan, "2024-09-03")

    assert refusal.value.code == "E-POOL"
    assert refusal.value.figures["over_fen"] == 100_00
    assert "还差100.00元" in refusal.value.message
    assert "专款专用" in clause_of(refusal)
    assert columns(pool) == (1_400, 0, 0, 0, 0, 1_400)


@pytest.mark.rule("NX-09")
def test_the_second_batch_finds_the_pool_spent(yuanlong, nx, books_hold):
    pool = charity_pool(yuanlong, nx.clerk, yuan=1_500)
    plan = gifts.sponsored_plan(pool, nx.clerk, DAY, yuan=500)
    year = gifts.year_of(yuanlong, nx)
    first = gifts.handed_in(yuanlong, nx, plan, "2024-09-03")
    added = yuanlong.members[3]
    added.person_kind = "minimum_living_allowance"
    added.save()
    second = gifts.verified(yuanlong, nx, plan, "2024-09-04")
    year.verify(first, date(2024, 9, 4))
    year.confirm(first, date(2024, 9, 5))

    with pytest.raises(RuleViolation) as refusal:
        year.confirm(second, date(2024, 9, 5))

    assert refusal.value.code == "E-POOL"
    assert columns(pool) == (1_500, 1_500, 0, 0, 0, 0)
    second.refresh_from_db()
    assert second.state == "verified"
    assert not PaymentNotice.objects.filter(application=second).exists()


@pytest.mark.rule("JN-08")
def test_the_villages_own_money_is_a_pool_as_well(base_data, books_hold):
    """The worked example: set aside 50,000, remitted 42,300, one refund of 300: 8,000 are left."""
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast, members=141)
    plan = gifts.village_plan(village, cast.clerk, DAY, yuan=300, set_aside=50_000, body="villagers_meeting")
    pool = Pool.objects.get(source="collective")
    assert columns(pool) == (50_000, 0, 0, 0, 0, 50_000)

    batch = gifts.posted(village, cast, plan, "2024-09-03")
    assert columns(pool) == (50_000, 0, 42_300, 0, 0, 7_700)
    paid_back(batch.lines.order_by("position")[0], cast)

    assert columns(pool) == (50_000, 0, 42_300, 300, 0, 8_000)


@pytest.mark.rule("JN-08")
def test_a_village_cannot_grant_more_than_it_set_aside(base_data, books_hold):
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast, members=3)
    plan = gifts.village_plan(village, cast.clerk, DAY, yuan=300, set_aside=800, body="villagers_meeting")

    with pytest.raises(RuleViolation) as refusal:
        gifts.handed_in(village, cast, plan, "2024-09-03")

    assert refusal.value.code == "E-POOL"
    assert refusal.value.figures["over_fen"] == 100_00
    assert "专款专用" in clause_of(refusal)


@pytest.mark.rule("JN-08")
def test_changshou_keeps_no_pool_of_the_villages_own_money(village, cast, by):
    own = stages.plan_in_force(village, cast, by)
    gifts.confirmed(village, cast, own, "2024-09-03")

    assert not Pool.objects.exists()


@pytest.mark.rule("NX-09")
def test_a_village_of_ningxia_keeps_its_own_money_earmarked_too(yuanlong, nx, books_hold):
    plan = ningxia.in_force(yuanlong, nx)
    gifts.confirmed(yuanlong, nx, plan, "2024-09-03")

    assert columns(Pool.objects.get(source="collective")) == (200_000, 800, 0, 0, 0, 199_200)


@pytest.mark.rule("JN-08")
def test_a_revision_adds_to_the_pool_and_cannot_take_what_is_spent(base_data, books_hold):
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast, members=3)
    plan = gifts.village_plan(village, cast.clerk, DAY, yuan=300, set_aside=1_000, body="villagers_meeting")
    gifts.confirmed(village, cast, plan, "2024-09-03")

    def revised(to: int, day: str):
        version = plans.revise_plan(
            village.organisation.plans.get(state="in_force").pk, by=on(cast.clerk, day)
        )
        content = plans.PlanContent(sources=[Source("distributable_income", to * 100)])
        plans.change_plan(version.pk, by=on(cast.clerk, day), content=content)
        plans.record_decision(version.pk, by=on(cast.clerk, day), record=gifts.meeting(day))
        return plans.put_in_force(version.pk, by=on(cast.clerk, day))

    revised(1_500, "2024-09-10")
    pool = Pool.objects.get()
    assert columns(pool) == (1_500, 900, 0, 0, 0, 600)
    with pytest.raises(RuleViolation) as refusal:
        revised(800, "2024-09-17")
    assert refusal.value.code == "E-POOL"
    assert columns(pool) == (1_500, 900, 0, 0, 0, 600)
    plans.end_plan(village.organisation.plans.get(state="in_force").pk, by=on(cast.clerk, "2024-09-20"))
    assert columns(pool) == (900, 900, 0, 0, 0, 0)


def test_money_goes_back_to_the_donor_on_his_claim_only(village, cast, books_hold):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)

    with pytest.raises(RuleViolation) as refusal:
        gifts.give_back(pool, cast.clerk, "2024-09-20", yuan=400, paper=None)
    assert refusal.value.code == "E-DOC-MISSING"
    with pytest.raises(RuleViolation) as refusal:
        gifts.give_back(pool, cast.clerk, "2024-09-20", yuan=1_001)
    assert refusal.value.code == "E-POOL"
    gifts.give_back(pool, cast.clerk, "2024-09-20", yuan=400)

    assert columns(pool) == (1_000, 0, 0, 0, 400, 600)
    assert pool.attachments.get().kind == "claim"


def test_one_voucher_is_recorded_once(village, cast):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)

    with pytest.raises(InvalidInput) as refusal:
        gifts.receive(pool, cast.clerk, DAY, yuan=1_000)

    assert "voucher" in refusal.value.fields
    assert columns(pool) == (1_000, 0, 0, 0, 0, 1_000)


def test_lines_given_up_give_the_pool_its_money_back_and_late_money_takes_it_again(
    village, cast, by, books_hold
):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    notice = gifts.confirmed(village, cast, plan, "2024-09-03")
    line = notice.application.lines.order_by("position")[0]

    notices.give_up_lines([line.pk], by=on(cast.clerk, "2024-10-08"), reason="资金安排有变化")
    assert columns(pool) == (1_000, 400, 0, 0, 0, 600)
    row = notices.TaxRowInput(
        amount_fen=100_00, paid_on=date(2024, 10, 9), voucher="L-1", person_id=line.person_id
    )
    notices.record_tax_rows(notice.pk, [row], by=on(cast.tax, "2024-10-10"), origin="page")

    assert columns(pool) == (1_000, 400, 100, 0, 0, 500)
    line.refresh_from_db()
    assert line.state == "remitted"


def test_late_money_for_which_the_pool_has_nothing_left_is_a_surplus(village, cast, by, books_hold):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=500)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    notice = gifts.confirmed(village, cast, plan, "2024-09-03")
    line = notice.application.lines.order_by("position")[0]
    notices.give_up_lines([line.pk], by=on(cast.clerk, "2024-10-08"), reason="资金安排有变化")
    gifts.give_back(pool, cast.clerk, "2024-10-08", yuan=50)
    row = notices.TaxRowInput(
        amount_fen=100_00, paid_on=date(2024, 10, 9), voucher="L-1", person_id=line.person_id
    )

    notices.record_tax_rows(notice.pk, [row], by=on(cast.tax, "2024-10-10"), origin="page")

    assert notice.differences.get(kind="extra").found_fen == 100_00
    assert columns(pool) == (500, 400, 0, 0, 50, 50)
    assert CapUse.objects.get(person=line.person, year=2024).reserved_fen == 0


def test_the_database_lets_no_pool_fall_below_nothing(village, cast):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=100)

    with pytest.raises(IntegrityError), transaction.atomic():
        Pool.objects.filter(pk=pool.pk).update(reserved_fen=100_01)


def test_entries_are_never_changed(village, cast):
    gifts.pool(village, cast.clerk, DAY, yuan=100)

    for act in (lambda: PoolEntry.objects.update(amount_fen=1), lambda: PoolEntry.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("income_fen = income_fen + 100", "专款的数与变动记录不符"),
        ("reserved_fen = reserved_fen + 100", "占用、缴款与补助人员不符"),
        ("refunded_fen = refunded_fen + 100", "退回与退费不符"),
    ],
)
def test_a_touched_pool_is_found(village, cast, damage, said):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    assert problems() == []

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE subsidies_pool SET {damage} WHERE id = %s", [pool.pk])

    assert any(said in str(problem) for problem in problems())


def test_money_of_a_line_booked_from_the_village_instead_of_its_pool_is_found(village, cast):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    batch = gifts.posted(village, cast, plan, "2024-09-03")
    Line.objects.filter(application=batch).update(source="collective")

    said = " ".join(str(problem) for problem in problems())

    assert "补助的资金与方案不符" in said
    assert "已记账的人没有对应的账目" in said


def test_confirming_a_batch_costs_the_same_however_many_it_has(cast):
    """Pool, cap and notice are written as sets: nine members more are not one query more."""
    costs = []
    for code, members in ((factories.SHIMEN, 2), (factories.SHAXI, 11)):
        village = factories.make_village(code, members=members)
        crew = SimpleNamespace(
            **vars(cast) | {"clerk": cast.clerk if code == factories.SHIMEN else cast.stranger}
        )
        pool = gifts.pool(village, crew.clerk, DAY, yuan=5_000)
        record = gifts.meeting(DAY, "member_representatives")
        plan = gifts.sponsored_plan(pool, crew.clerk, DAY, yuan=100, decision=record)
        batch = gifts.verified(village, crew, plan, "2024-09-03")
        with CaptureQueriesContext(connection) as cost:
            gifts.year_of(village, crew).confirm(batch, date(2024, 9, 4))
        costs.append(len(cost))

    # The first notice of the county opens its counter.
    assert costs[1] <= costs[0]


@pytest.mark.rule("NX-18")
def test_a_suspension_frees_the_pool(yuanlong, nx, books_hold):
    pool = charity_pool(yuanlong, nx.clerk, yuan=5_000, year=2025)
    for member in yuanlong.members:
        factories.paid(member.person, 2025, on=date(2025, 1, 10), county_code=factories.NX_COUNTY)
    plan = gifts.sponsored_plan(pool, nx.clerk, "2025-01-20", yuan=500)
    gifts.confirmed(yuanlong, nx, plan, "2025-02-03")
    assert columns(pool) == (5_000, 1_500, 0, 0, 0, 3_500)

    ningxia.suspended(yuanlong, nx)

    assert columns(pool) == (5_000, 0, 0, 0, 0, 5_000)
