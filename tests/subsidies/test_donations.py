"""Donors' money (社会资助): registered, received, granted through a plan like any other; cap, reward base, refunds."""

from __future__ import annotations

from datetime import date

import pytest

from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from ledger.enums import AccountKind
from ledger.models import CapUse, Transfer
from ledger.selectors import person_balances
from policies.selectors import Rulebook
from rewards.models import Reward
from rewards.services import compute_rewards
from subsidies.enums import Payee
from subsidies.models import Line, Pool, PoolEntry
from subsidies.rules.refunds import RefundRequest
from subsidies.selectors import explaining
from subsidies.services import applications, donations, plans, refunds
from subsidies.services.applications import LineChanges
from subsidies.services.attachments import Paper
from subsidies.services.donations import DonorContent, MoneyMoved, PoolContent
from tests import factories
from tests.subsidies import gifts, stages
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


@pytest.mark.rule("CS-15")
def test_a_gift_goes_the_whole_way_into_the_members_sponsor_balances(village, cast, books_hold):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    plan = gifts.sponsored_plan(
        pool, cast.clerk, DAY, yuan=100, decision=gifts.meeting(DAY, "member_representatives")
    )
    batch = gifts.posted(village, cast, plan, "2024-09-03")

    assert columns(pool) == (1_000, 0, 500, 0, 0, 500)
    assert {line.source for line in batch.lines.all()} == {"sponsor"}
    assert person_balances(village.persons[0].pk) == {"sponsor": 100_00}
    assert CapUse.objects.get(person=village.persons[0], year=2024).reserved_fen == 100_00
    taken = Transfer.objects.filter(debit__kind=AccountKind.SPONSOR_FUND)
    assert {(row.kind, row.source) for row in taken} == {("remitted", "sponsor")}
    assert not Transfer.objects.filter(debit__kind=AccountKind.VILLAGE_FUND).exists()


@pytest.mark.rule("CS-13")
@pytest.mark.rule("CS-15")
def test_a_gift_is_no_part_of_the_reward_base(village, cast, by, books_hold):
    stages.plan_in_force(village, cast, by)
    own = village.organisation.plans.get()
    gifts.posted(village, cast, own, "2024-09-03")
    pool = gifts.pool(village, cast.clerk, DAY, yuan=5_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    gifts.posted(village, cast, plan, "2024-09-03")

    compute_rewards(factories.COUNTY, 2024, by=by(cast.officer, "2025-01-10"))

    assert Reward.objects.get().posted_fen == 5 * 200_00


@pytest.mark.rule("CS-13")
def test_an_open_batch_of_donors_money_keeps_no_reward_back(village, cast, by):
    own = stages.plan_in_force(village, cast, by)
    gifts.posted(village, cast, own, "2024-09-03")
    pool = gifts.pool(village, cast.clerk, DAY, yuan=5_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    gifts.handed_in(village, cast, plan, "2024-09-03")

    compute_rewards(factories.COUNTY, 2024, by=by(cast.officer, "2025-01-10"))

    assert Reward.objects.get().blocked_code == ""


@pytest.mark.rule("CS-15")
def test_before_the_document_no_gift_is_taken(village, cast):
    giver = gifts.donor(on(cast.clerk, "2024-06-01"), village.organisation.village_code)
    content = PoolContent(giver.pk, village.organisation.pk, 2024, "organisation", purpose="资助")

    with pytest.raises(RuleViolation) as refusal:
        donations.open_pool(by=on(cast.clerk, "2024-06-01"), content=content)

    assert refusal.value.code == "E-SOURCE"
    assert not Pool.objects.exists()


@pytest.mark.rule("JN-08")
@pytest.mark.parametrize("custody", ["charity", "direct"])
def test_in_jining_the_village_keeps_the_money_and_nobody_else(base_data, custody):
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast)

    with pytest.raises(RuleViolation) as refusal:
        gifts.pool(
            village, cast.clerk, DAY, yuan=100, custody=custody, charity_name="某慈善总会",
            charity_uscc=gifts.uscc("53370827MJX000017"),
        )  # fmt: skip

    assert refusal.value.code == "E-SOURCE"
    assert "资金来源及补助标准" in clause_of(refusal) or "三（二）" in clause_of(refusal)


@pytest.mark.rule("NX-09")
def test_in_ningxia_the_village_keeps_no_donors_money(yuanlong, nx):
    with pytest.raises(RuleViolation) as refusal:
        gifts.pool(yuanlong, nx.clerk, DAY, yuan=100, custody="organisation")

    assert refusal.value.code == "E-SOURCE"


@pytest.mark.rule("NX-09")
@pytest.mark.parametrize("named", [{}, {"charity_name": "宁夏某慈善总会"}])
def test_a_charity_needs_its_name_and_code(yuanlong, nx, named):
    with pytest.raises(RuleViolation) as refusal:
        gifts.pool(yuanlong, nx.clerk, DAY, yuan=100, custody="charity", **named)

    assert refusal.value.code == "E-CUSTODY"
    assert "三（二）第一段" in clause_of(refusal)


@pytest.mark.rule("NX-09")
def test_a_charity_pays_for_those_in_need_by_its_agreement_alone(yuanlong, nx, books_hold):
    """No meeting and no filing: the plan says for whom and how much; the fourth member is not in need."""
    pool = charity_pool(yuanlong, nx.clerk, yuan=20_000)
    plan = gifts.sponsored_plan(pool, nx.clerk, DAY, yuan=500)
    notice = gifts.confirmed(yuanlong, nx, plan, "2024-09-03")

    assert notice.payer_name == "宁夏某慈善总会"
    assert (notice.headcount, notice.amount_fen) == (3, 1_500_00)
    assert columns(pool) == (20_000, 1_500, 0, 0, 0, 18_500)


@pytest.mark.rule("NX-09")
def test_who_is_not_in_need_is_outside_the_gifts_purpose(yuanlong, nx):
    pool = charity_pool(yuanlong, nx.clerk, yuan=20_000)
    plan = gifts.sponsored_plan(pool, nx.clerk, DAY, yuan=500)
    batch = applications.draw_up_application(plan.pk, by=on(nx.clerk, DAY))
    stranger = yuanlong.persons[3].pk
    add = LineChanges(add=[applications.NewLine(stranger, 500_00)])
    applications.change_lines(batch.pk, by=on(nx.clerk, DAY), changes=add)

    found = Line.objects.get(application=batch, person=stranger).findings.get(severity="refuse")

    assert (found.code, found.clause) == ("E-POOL", "NX 三（二）第一段")


@pytest.mark.rule("JN-10")
@pytest.mark.rule("NX-13")
def test_collective_and_donors_together_stay_within_the_cap(base_data, books_hold):
    """The worked example: of 5,000, 3,800 + 1,000 + 300 are 100 too much; cut to 200 the last gift passes."""
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast)
    own = gifts.village_plan(village, cast.clerk, DAY, yuan=3_800, set_aside=3_800, body="villagers_meeting")
    gifts.confirmed(village, cast, own, DAY)
    record = gifts.meeting(DAY)
    firm = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    firms = gifts.sponsored_plan(firm, cast.clerk, DAY, yuan=1_000, decision=record)
    man = gifts.pool(village, cast.clerk, DAY, yuan=300, kind="individual", name="张三")
    mans = gifts.sponsored_plan(man, cast.clerk, DAY, yuan=300, decision=record)
    batch = applications.draw_up_application(mans.pk, by=on(cast.clerk, DAY))
    gifts.confirmed(village, cast, firms, DAY)

    applications.precheck_application(batch.pk, by=on(cast.clerk, DAY))
    line = batch.lines.get()
    found = line.findings.get(code="E-CAP")
    assert found.clause == "JN 三（二）"
    figures = found.figures
    assert figures["reserved_fen"] + figures["amount_fen"] - figures["limit_fen"] == 100_00
    assert line.cap_sponsor_fen == 1_000_00

    cut = LineChanges(cut=[line.pk])
    applications.change_lines(batch.pk, by=on(cast.clerk, DAY), changes=cut)
    line.refresh_from_db()
    assert (line.amount_fen, line.findings.filter(severity="refuse").count()) == (200_00, 0)
    year = gifts.year_of(village, cast)
    year.submit(batch, date(2024, 9, 3))
    year.verify(batch, date(2024, 9, 3))
    year.confirm(batch, date(2024, 9, 3))
    assert CapUse.objects.get(person=village.persons[0]).reserved_fen == 5_000_00
    assert columns(man) == (300, 200, 0, 0, 0, 100)


@pytest.mark.rule("JN-10")
def test_the_explanation_shows_the_cap_by_whose_money_took_of_it(base_data):
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast)
    own = gifts.village_plan(village, cast.clerk, DAY, yuan=3_800, set_aside=3_800, body="villagers_meeting")
    gifts.confirmed(village, cast, own, DAY)
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    record = gifts.meeting(DAY)
    first = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=1_000, decision=record)
    gifts.confirmed(village, cast, first, DAY)
    man = gifts.pool(village, cast.clerk, DAY, yuan=200, kind="individual", name="张三")
    second = gifts.sponsored_plan(man, cast.clerk, DAY, yuan=200, decision=record)
    gifts.confirmed(village, cast, second, DAY)

    line = explaining.lines_of(cast.clerk, village.persons[0].pk, 2024)[0]
    told = explaining.explain(line, actor=cast.clerk)

    assert (told.other_fen, told.donor_fen, line.amount_fen) == (3_800_00, 1_000_00, 200_00)
    cap = next(question for question in told.questions if question.name == "cap")
    labels = " ".join(row.label for row in cap.sums)
    assert "第1批补助" in labels and "社会资助（长寿某机械公司，第2批）" in labels
    purpose = next(question for question in told.questions if question.name == "purpose")
    assert ("资助方", "张三") in purpose.facts


def test_money_that_the_rulebook_leaves_out_of_the_cap_takes_none_of_it(village, cast, monkeypatch):
    """A-03 the other way round: where sponsors are not counted they neither reserve nor refuse."""
    flag = Rulebook.flag
    monkeypatch.setattr(
        Rulebook,
        "flag",
        lambda self, name, *a, **k: name != "cap_includes_sponsors" and flag(self, name, *a, **k),
    )
    pool = gifts.pool(village, cast.clerk, DAY, yuan=20_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    batch = gifts.posted(village, cast, plan, "2024-09-03")

    assert not CapUse.objects.filter(reserved_fen__gt=0).exists()
    paid_back(batch.lines.order_by("position")[0], cast)
    assert not CapUse.objects.filter(reserved_fen__lt=0).exists()


@pytest.mark.rule("CS-15")
def test_a_refund_goes_back_to_the_pool_and_leaves_the_reward_alone(village, cast, by, books_hold):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    batch = gifts.posted(village, cast, plan, "2024-09-03")
    line = batch.lines.order_by("position")[0]

    paid_back(line, cast)

    refund = line.refunds.get()
    assert (refund.payee, refund.reduces_base) == ("pool", False)
    assert columns(pool) == (1_000, 0, 500, 100, 0, 600)
    assert PoolEntry.objects.get(kind="refunded").refund == refund
    assert CapUse.objects.get(person=line.person, year=2024).reserved_fen == 0


def test_a_duplicates_refund_of_a_gift_goes_to_the_pool_not_to_the_person(village, cast, books_hold):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    batch = gifts.posted(village, cast, plan, "2024-09-03")
    evidence = [Paper("evidence", "说明.pdf", stages.PDF, is_sealed=True)]

    asked = refunds.ask_refund(
        batch.lines.order_by("position")[0].pk,
        by=on(cast.clerk, "2024-09-10"),
        request=RefundRequest("DUPLICATE_CONTRIBUTION", date(2024, 9, 1)),
        papers=evidence,
    )

    assert asked.payee == "pool"


def test_where_the_rulebook_says_so_a_refund_goes_to_the_donor_himself(
    village, cast, monkeypatch, books_hold
):
    monkeypatch.setattr(refunds, "payee_of_sponsor_money", lambda rules: Payee.SPONSOR)
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    record = gifts.meeting(DAY, "member_representatives")
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)
    batch = gifts.posted(village, cast, plan, "2024-09-03")

    paid_back(batch.lines.order_by("position")[0], cast)

    assert columns(pool) == (1_000, 0, 500, 0, 0, 500)


@pytest.mark.rule("CS-15")
@pytest.mark.parametrize(
    ("custody", "is_decided"), [("organisation", True), ("charity", False), ("direct", False)]
)
def test_only_money_in_the_villages_hands_needs_its_meeting(village, cast, custody, is_decided):
    named = {"charity_name": "某慈善会", "charity_uscc": gifts.uscc("53500115MJX000017")}
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000, custody=custody, **named)

    if is_decided:
        with pytest.raises(TransitionNotAllowed):
            gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100)
    else:
        assert gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100).state == "in_force"


@pytest.mark.rule("JN-18")
def test_a_donor_is_entered_once_a_body_with_its_code(village, cast):
    place = village.organisation.village_code
    gifts.donor(on(cast.clerk, DAY), place)
    gifts.donor(on(cast.clerk, DAY), place, kind="individual", name="张三")

    for content, field in (
        (DonorContent("enterprise", "无码公司"), "uscc"),
        (DonorContent("enterprise", "错码公司", "91500115MA5U00001X"), "uscc"),
        (DonorContent("individual", "张三"), "name"),
        (DonorContent("somebody", "李四"), "kind"),
        (DonorContent("individual", " "), "name"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            donations.register_donor(place, by=on(cast.clerk, DAY), content=content)
        assert field in refusal.value.fields


def test_a_neighbours_clerk_touches_neither_donor_nor_pool(village, cast):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    money = MoneyMoved(100, date(2024, 9, 2), "X-1")

    for act in (
        lambda: donations.receive_money(pool.pk, by=on(cast.stranger, DAY), money=money),
        lambda: donations.return_money(pool.pk, by=on(cast.stranger, DAY), money=money, paper=gifts.CLAIM),
        lambda: plans.draft_sponsored_plan(pool.pk, by=on(cast.stranger, DAY)),
        lambda: donations.change_donor(
            pool.donor_id, by=on(cast.stranger, DAY), content=DonorContent("individual", "张三")
        ),
    ):
        with pytest.raises(NotInArea):
            act()


def test_two_gifts_of_a_year_have_their_own_plans(village, cast):
    record = gifts.meeting(DAY, "member_representatives")
    for name in ("甲公司", "乙公司"):
        pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000, name=name)
        gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=100, decision=record)

    assert village.organisation.plans.filter(state="in_force", kind="sponsored").count() == 2
    with pytest.raises(InvalidInput):
        plans.draft_plan(village.organisation.pk, by=on(cast.clerk, DAY), year=2024, kind="sponsored")
