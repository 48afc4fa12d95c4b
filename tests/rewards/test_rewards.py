"""The year's reward: rate × (posted − refunded) to the fen, once, four eyes, within the budget, by its own book."""

import random
from datetime import date
from fractions import Fraction

import pytest
from django.urls import reverse

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
from core.requests import Replayed
from core.workflow import By
from ledger.enums import AccountKind, TransferKind
from ledger.models import Account, Transfer
from ledger.selectors import balance_fen
from policies.selectors import rulebook
from rewards import services
from rewards.enums import OffsetState, RewardState, Verdict
from rewards.models import Budget, Offset, Reward, RewardApplication
from rewards.rules import offset_due, reckon, reward_terms
from rewards.services import RowDecision
from subsidies.models import Line
from subsidies.rules.closing import year_is_closed
from subsidies.selectors.posting import YearSum
from tests import factories
from tests.batches import remitted_batch
from tests.factories import COUNTY, SHAXI, SHIMEN
from tests.rewards import reward_cases as cases
from villages.models import AccountChange, CollectiveOrganisation
from villages.services.accounts import confirm_account, refuse_account
from villages.services.organisations import change_organisation

pytestmark = pytest.mark.usefixtures("books_hold")
JANUARY = date(2025, 1, 10)


def transit(county=COUNTY):
    return balance_fen(Account.objects.get(kind=AccountKind.AGENCY_TRANSIT, county_code=county))


def compute(cast, year=2024, on=JANUARY):
    return services.compute_rewards(COUNTY, year, by=By(cast.officer, on))


@pytest.fixture
def worked(cast):
    """81,000.00 posted in 2024, 7,800.00 in January 2025, 2,400.00 refunded: base 86,400.00."""
    village = cases.posted_village(cast, SHIMEN, members=27, fen=300_000)
    more = [factories.member(village.organisation) for _ in range(3)]
    cases.posted_again(village, cast, fen=260_000, year=2024, on=date(2025, 1, 6), members=more)
    cases.refund(cast, Line.objects.filter(amount_fen=300_000).first(), 240_000, on=date(2025, 1, 8))
    return village


@pytest.mark.rule("CS-13")
def test_the_reward_is_the_rate_of_the_plan_year_whenever_its_lines_were_posted(worked, cast):
    compute(cast)
    row = Reward.objects.get()
    assert (row.posted_fen, row.refunded_fen, row.base_fen) == (8_880_000, 240_000, 8_640_000)
    assert (row.rate_ppm, row.cap_fen, row.blocked_code) == (600_000, 5_184_000, "")
    assert "60%" in row.clause


@pytest.mark.rule("CS-13")
@pytest.mark.parametrize(
    ("year", "cap_fen"), [(2024, 5_184_000), (2025, 3_456_000), (2026, 1_728_000), (2027, 0)]
)
def test_the_same_base_brings_less_each_year_and_nothing_without_a_rate(base_data, year, cap_fen):
    on = date(year + 1, 2, 1)
    terms = reward_terms(rulebook(COUNTY, on=on), year, decided_ppm=None)
    found = reckon(YearSum(1, posted_fen=8_880_000, refunded_fen=240_000, headcount=30), terms, on=on)
    assert found.cap_fen == cap_fen
    assert found.blocked_code == ("" if cap_fen else "W-NO-RATE")


@pytest.mark.rule("CS-13")
def test_random_bases_come_to_the_same_fen_as_exact_fractions(base_data):
    rng = random.Random(20240601)
    on = JANUARY
    terms = reward_terms(rulebook(COUNTY, on=on), 2024, decided_ppm=None)
    for _ in range(300):
        posted = rng.randrange(1, 10**11)
        refunded = rng.randrange(0, posted)
        found = reckon(YearSum(1, posted_fen=posted, refunded_fen=refunded), terms, on=on)
        assert found.cap_fen == int(Fraction(60, 100) * (posted - refunded))


@pytest.mark.rule("CS-13")
def test_a_decided_rate_within_the_ceiling_counts_and_one_above_is_refused(worked, cast):
    by = By(cast.officer, date(2025, 1, 9))
    with pytest.raises(RuleViolation) as refused:
        services.propose_rate(COUNTY, 2024, by=by, rate_ppm=600_001, document="长府办〔2025〕1号")
    assert refused.value.code == "E-REWARD-RATE"
    rate = services.propose_rate(COUNTY, 2024, by=by, rate_ppm=500_000, document="长府办〔2025〕1号")
    compute(cast)
    assert Reward.objects.get().rate_ppm == 600_000
    services.confirm_rate(rate.pk, by=By(cast.reviewer, date(2025, 1, 9)))
    result = compute(cast)
    assert Reward.objects.get().cap_fen == 4_320_000
    assert result.changed[0]["before"]["cap_fen"] == 5_184_000
    assert result.changed[0]["after"]["cap_fen"] == 4_320_000


def test_running_again_changes_nothing_and_writes_no_event(worked, cast):
    first = compute(cast)
    before, events = list(Reward.objects.values()), Event.objects.count()
    again = compute(cast)
    assert (len(first.new), len(again.new), again.changed, again.unchanged) == (1, 0, [], 1)
    assert list(Reward.objects.values()) == before
    assert Event.objects.count() == events


def test_the_job_shows_what_changed(worked, cast, run_jobs):
    job = services.start_rewards(COUNTY, 2024, by=By(cast.officer, JANUARY))
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.result["new"], job.done_count) == ("done", 1, 1)
    cases.refund(cast, Line.objects.filter(amount_fen=260_000).first(), 1_000, on=date(2025, 1, 12))
    assert Reward.objects.get().cap_fen == 5_183_400


def test_the_yearly_task_starts_one_job_a_county(worked, cast, monkeypatch, run_jobs):
    from rewards import tasks

    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2025, 1, 2))
    assert tasks.compute_last_year_task() == 1
    run_jobs()
    assert Reward.objects.get().year == 2024


@pytest.mark.rule("CS-37")
def test_an_open_batch_an_open_refund_or_an_early_day_blocks(cast, village):
    batch = remitted_batch(village, cast)
    compute(cast)
    row = Reward.objects.get()
    assert (row.blocked_code, row.blocked_figures) == ("E-REWARD-OPEN", {"why": "nothing"})
    with pytest.raises(RuleViolation) as refused:
        cases.determined(cast, amounts={row.pk: None})
    assert refused.value.code == "E-REWARD-OPEN"
    assert [one["reward"] for one in refused.value.rows] == [row.pk]
    from core.jobs import run_job
    from subsidies.services.posting import start_posting

    run_job(start_posting([batch.pk], by=By(cast.officer, date(2025, 2, 3))).pk)
    compute(cast, on=date(2025, 2, 4))
    row.refresh_from_db()
    assert (row.blocked_code, row.rate_ppm) == ("", 600_000)
    cases.refund(cast, batch.lines.first(), 10_000, on=date(2025, 2, 5), pay=False)
    compute(cast, on=date(2025, 2, 5))
    row.refresh_from_db()
    assert row.blocked_figures == {"why": "refund"}
    compute(cast, on=date(2024, 12, 31))
    row.refresh_from_db()
    assert row.blocked_figures["why"] == "early"


@pytest.mark.rule("CS-37")
def test_a_third_batch_unposted_blocks_although_two_are_posted(cast, village):
    cases.posted_again(village, cast, fen=10_000, year=2024)
    remitted_batch(village, cast, fen=10_000)
    compute(cast)
    assert Reward.objects.get().blocked_figures == {"why": "batch"}


@pytest.mark.rule("CS-13")
def test_a_sum_above_the_cap_is_refused_and_one_below_is_kept(worked, cast):
    compute(cast)
    row = Reward.objects.get()
    with pytest.raises(RuleViolation) as refused:
        cases.determined(cast, amounts={row.pk: 5_184_001})
    assert refused.value.code == "E-REWARD-CAP"
    cases.determined(cast, amounts={row.pk: 5_000_000})
    row.refresh_from_db()
    assert (row.state, row.determined_fen) == (RewardState.DETERMINED, 5_000_000)


@pytest.mark.rule("CS-35")
def test_a_second_claim_for_the_year_is_refused(worked, cast):
    cases.determined(cast)
    row = Reward.objects.get()
    for amounts in (None, {row.pk: None}):
        with pytest.raises(RuleViolation) as refused:
            cases.determined(cast, amounts=amounts)
        assert refused.value.code == "E-REWARD-TWICE"
    assert Event.objects.filter(act="rewards.determine").count() == 1


def test_a_replayed_determination_is_answered_and_not_refused(worked, cast):
    by = By(cast.officer, JANUARY, key="k1", body_hash="h")
    services.determine(COUNTY, 2024, by=by)
    with pytest.raises(Replayed):
        services.determine(COUNTY, 2024, by=By(cast.officer, JANUARY, key="k1", body_hash="h"))


def test_once_determined_the_year_takes_no_further_batch(worked, cast):
    organisation = worked.organisation.pk
    compute(cast)
    assert not year_is_closed(organisation, 2024)
    cases.determined(cast)
    assert year_is_closed(organisation, 2024) and not year_is_closed(organisation, 2025)


def test_money_posted_after_the_determination_is_shown_and_not_rewarded(worked, cast):
    cases.determined(cast)
    latecomer = factories.member(worked.organisation)
    cases.posted_again(worked, cast, fen=10_000, year=2024, on=date(2025, 1, 12), members=[latecomer])
    compute(cast)
    row = Reward.objects.get()
    assert (row.state, row.late_fen, row.determined_fen) == (RewardState.DETERMINED, 10_000, 5_184_000)


@pytest.mark.rule("CS-36")
def test_the_money_goes_from_finance_through_the_agency_to_the_village(worked, cast):
    cases.budget(cast, 6_000_000)
    application = cases.applied(cast)
    assert application.number == "长社保奖申〔2025〕1号"
    cases.approved(cast, application)
    assert Budget.objects.get(state="agreed").reserved_fen == 5_184_000
    with pytest.raises(RuleViolation) as refused:
        services.receive(
            application.pk, by=By(cast.officer, JANUARY.replace(day=20)), amount_fen=1, voucher="V"
        )
    assert refused.value.code == "E-REWARD-SUM"
    cases.received(cast, application)
    assert transit() == 5_184_000
    run = cases.paid(cast, [Reward.objects.get().pk])
    assert run.number == "长社保奖拨〔2025〕1号"
    assert transit() == 0
    row = Reward.objects.get()
    assert (row.state, row.voucher, row.held_fen) == (RewardState.PAID, "BF-0125", 0)
    village = Account.objects.get(kind=AccountKind.VILLAGE_REWARD)
    assert (village.village_code, balance_fen(village)) == (SHIMEN, 5_184_000)
    kinds = Transfer.objects.filter(book="reward").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [TransferKind.REWARD_RECEIVED, TransferKind.REWARD_PAID]


@pytest.mark.rule("CS-36")
def test_twenty_three_of_twenty_four_are_paid_and_the_rest_waits_for_its_account(cast):
    """612,480.00 for 24 organisations; 23 get 590,880.00; 21,600.00 stays because a bank account is wrong."""
    codes = _village_codes(24)
    caps = [5_184_000, 2_160_000] + [2_460_000] * 21
    caps.append(61_248_000 - sum(caps))
    for code, cap in zip(codes, caps, strict=True):
        _village_with_base(cast, code, base_fen=cap * 10 // 6)
    assert compute(cast).cap_fen == 61_248_000
    cases.budget(cast, 65_000_000)
    application = cases.applied(cast)
    cases.approved(cast, application)
    assert cases.received(cast, application, on=date(2025, 1, 20)) == 61_248_000
    poor = Reward.objects.get(cap_fen=2_160_000)
    CollectiveOrganisation.objects.filter(pk=poor.organisation_id).update(
        bank_account="", bank_account_last4=""
    )
    ids = list(Reward.objects.values_list("pk", flat=True))
    with pytest.raises(RuleViolation) as refused:
        cases.paid(cast, ids)
    assert refused.value.code == "E-REWARD-ACCOUNT"
    cases.paid(cast, [pk for pk in ids if pk != poor.pk])
    assert Reward.objects.filter(state=RewardState.PAID).count() == 23
    assert (
        sum(Reward.objects.filter(state=RewardState.PAID).values_list("approved_fen", flat=True))
        == 59_088_000
    )
    assert transit() == 2_160_000


def _village_codes(n):
    from villages.models import Region

    return list(
        Region.objects.filter(county_code=COUNTY, level="village")
        .order_by("pk")
        .values_list("pk", flat=True)[:n]
    )


def _village_with_base(cast, code, *, base_fen):
    village = factories.make_village(code, members=0)
    whole, rest = divmod(base_fen, 300_000)
    many = [factories.member(village.organisation) for _ in range(whole)]
    if many:
        cases.posted_again(village, cast, fen=300_000, year=2024, members=many)
    if rest:
        last = [factories.member(village.organisation)]
        cases.posted_again(village, cast, fen=rest, year=2024, members=last)
    return village


@pytest.mark.rule("CS-36")
def test_a_refund_after_payment_becomes_an_offset_of_the_next_reward(worked, cast):
    """51,840.00 paid; refund of 200.00 in March → offset 120.00; 40 % × 90,000.00 = 36,000.00 − 120.00 = 35,880.00."""
    cases.whole_reward(cast)
    paid_row = Reward.objects.values().get()
    cases.refund(cast, Line.objects.filter(amount_fen=260_000).first(), 20_000, on=date(2025, 3, 10))
    offset = Offset.objects.get()
    assert (offset.amount_fen, offset.state, offset.opened_on) == (
        12_000,
        OffsetState.OPEN,
        date(2025, 3, 10),
    )
    assert Reward.objects.values().get() == paid_row
    cases.posted_again(worked, cast, fen=300_000, year=2025, on=date(2025, 6, 20), members=_thirty(worked))
    cases.determined(cast, year=2025, on=date(2026, 1, 8))
    row = Reward.objects.get(year=2025)
    assert (row.determined_fen, row.offset_fen, row.payable_fen) == (3_600_000, 12_000, 3_588_000)
    offset.refresh_from_db()
    assert (offset.state, offset.settled_fen) == (OffsetState.SETTLED, 12_000)
    services.undo_determination(row.pk, by=By(cast.officer, date(2026, 1, 9)))
    offset.refresh_from_db()
    assert (offset.state, offset.settled_fen, offset.uses.count()) == (OffsetState.OPEN, 0, 0)


def _thirty(village):
    members = list(village.organisation.memberships.order_by("pk"))
    return members[:30]


@pytest.mark.rule("CS-36")
@pytest.mark.parametrize(
    ("granted", "ceiling", "opened", "offset"),
    [
        (5_184_000, 5_172_000, 0, 12_000),
        (150_000, 142_200, 0, 7_800),
        (33_564, 31_096, 0, 2_468),
        (150_000, 142_200, 7_800, 0),
        (100_000, 142_200, 0, 0),
    ],
)
def test_the_offset_is_what_was_granted_above_the_ceiling_as_it_now_stands(granted, ceiling, opened, offset):
    assert offset_due(granted_fen=granted, ceiling_fen=ceiling, opened_fen=opened) == offset


@pytest.mark.rule("CS-36")
def test_less_than_the_ceiling_granted_gives_a_smaller_offset(cast):
    """1,500.00 granted of a ceiling of 1,542.00; refund of 200.00 at 60 % → ceiling 1,422.00 → offset 78.00."""
    _village_with_base(cast, SHIMEN, base_fen=257_000)
    compute(cast)
    row = Reward.objects.get()
    assert row.cap_fen == 154_200
    cases.budget(cast, 10**8)
    application = cases.applied(cast, amounts={row.pk: 150_000})
    cases.approved(cast, application)
    cases.received(cast, application)
    cases.paid(cast, [row.pk])
    cases.refund(cast, Line.objects.first(), 20_000, on=date(2025, 3, 10))
    assert Offset.objects.get().amount_fen == 7_800


@pytest.mark.rule("CS-36")
def test_an_offset_counts_what_was_granted_before_its_own_offset(cast):
    """Granted 335.64, of it 120.00 settled by an old offset; refund of 61.70 at 40 % → 24.68."""
    village = _village_with_base(cast, SHIMEN, base_fen=257_000)
    cases.whole_reward(cast)
    cases.refund(cast, Line.objects.first(), 20_000, on=date(2025, 3, 10))
    assert Offset.objects.get().amount_fen == 12_000
    one = [factories.member(village.organisation)]
    cases.posted_again(village, cast, fen=83_910, year=2025, on=date(2025, 6, 20), members=one)
    cases.whole_reward(cast, year=2025, on=date(2026, 1, 10))
    row = Reward.objects.get(year=2025)
    assert (row.determined_fen, row.offset_fen, row.approved_fen) == (33_564, 12_000, 21_564)
    cases.refund(cast, Line.objects.get(year=2025), 6_170, on=date(2026, 3, 1))
    assert Offset.objects.get(reward=row).amount_fen == 2_468


def test_a_refund_before_payment_sends_the_row_back_and_the_difference_to_finance(worked, cast):
    cases.budget(cast, 6_000_000)
    application = cases.applied(cast)
    cases.approved(cast, application)
    cases.received(cast, application)
    cases.refund(cast, Line.objects.filter(amount_fen=260_000).first(), 20_000, on=date(2025, 1, 22))
    row = Reward.objects.get()
    assert (row.state, row.cap_fen, row.determined_fen, row.held_fen) == (
        RewardState.COMPUTED,
        5_172_000,
        None,
        5_172_000,
    )
    assert Budget.objects.get(state="agreed").reserved_fen == 0
    assert transit() == 5_172_000
    assert not Offset.objects.exists()
    second = cases.applied(cast, on=date(2025, 1, 23))
    cases.approved(cast, second, on=date(2025, 1, 24))
    row.refresh_from_db()
    assert row.state == RewardState.RECEIVED
    cases.paid(cast, [row.pk], on=date(2025, 1, 25))
    assert transit() == 0
    assert Budget.objects.get(state="agreed").reserved_fen == 5_172_000


def test_an_offset_that_meets_no_reward_is_repaid_or_waived_with_a_document(worked, cast):
    cases.whole_reward(cast)
    lines = Line.objects.filter(amount_fen=260_000).order_by("pk")
    cases.refund(cast, lines[0], 20_000, on=date(2025, 3, 10))
    cases.refund(cast, lines[1], 10_000, on=date(2025, 3, 11))
    first, second = Offset.objects.order_by("pk")
    assert (first.amount_fen, second.amount_fen) == (12_000, 6_000)
    by = By(cast.finance, date(2025, 4, 1))
    with pytest.raises(InvalidInput):
        services.waive_offset(first.pk, by=by, document=" ")
    services.waive_offset(first.pk, by=by, document="长财〔2025〕9号")
    services.repay_offset(second.pk, by=by, document="TK-77")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (OffsetState.WAIVED, OffsetState.REPAID)
    village = Account.objects.get(kind=AccountKind.VILLAGE_REWARD)
    assert balance_fen(village) == 5_184_000 - 6_000
    with pytest.raises(TransitionNotAllowed):
        services.repay_offset(second.pk, by=by, document="TK-77")


def test_finance_reduces_and_returns_with_a_reason_only(worked, cast):
    cases.posted_village(cast, SHAXI, members=10, fen=20_000)
    cases.budget(cast, 6_000_000)
    application = cases.applied(cast)
    one, two = application.rewards.order_by("-cap_fen")
    by = By(cast.finance, date(2025, 1, 15))
    for bad in (RowDecision(one.pk, Verdict.REDUCE, 1), RowDecision(one.pk, Verdict.RETURN)):
        with pytest.raises(InvalidInput):
            services.approve([bad], by=by)
    with pytest.raises(InvalidInput):
        services.approve([RowDecision(one.pk, Verdict.REDUCE, one.determined_fen, "同额")], by=by)
    decisions = [
        RowDecision(one.pk, Verdict.REDUCE, 5_000_000, "2人应计入上年"),
        RowDecision(two.pk, Verdict.RETURN, reason="户名不一致"),
    ]
    services.approve(decisions, by=by)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, one.approved_fen) == (RewardState.APPROVED, 5_000_000)
    assert (two.state, two.finance_reason) == (RewardState.RETURNED, "户名不一致")
    assert Event.objects.filter(act="rewards.approve").count() == 2
    cases.determined(cast, amounts={two.pk: None}, on=date(2025, 1, 16))
    two.refresh_from_db()
    assert (two.state, two.application) == (RewardState.DETERMINED, None)


def test_approvals_never_exceed_the_budget_and_none_is_carried_over(worked, cast):
    cases.budget(cast, 9_000_000, year=2023)
    application = cases.applied(cast)
    with pytest.raises(RuleViolation) as refused:
        cases.approved(cast, application)
    assert refused.value.code == "E-BUDGET"
    cases.budget(cast, 5_183_999)
    with pytest.raises(RuleViolation) as refused:
        cases.approved(cast, application)
    assert refused.value.figures["rest_fen"] == 5_183_999
    assert application.rewards.get().state == RewardState.APPLIED
    cases.budget(cast, 5_184_000)
    cases.approved(cast, application)
    assert Budget.objects.filter(state="agreed", year=2024).get().rest_fen == 0
    with pytest.raises(RuleViolation) as refused:
        cases.budget(cast, 5_183_999, on=date(2025, 1, 16))
    assert refused.value.code == "E-BUDGET"


def test_nobody_confirms_his_own_work(worked, cast):
    both = factories.account("both", COUNTY, "officer", "reviewer", "finance")
    by = By(both, JANUARY)
    entered = services.enter_budget(COUNTY, 2024, by=by, total_fen=10**9, document="文")
    with pytest.raises(SeparationOfDuties):
        services.agree_budget(entered.pk, by=by)
    services.agree_budget(entered.pk, by=By(cast.finance, JANUARY))
    services.determine(COUNTY, 2024, by=by)
    made = services.apply_to_finance(COUNTY, 2024, by=By(cast.officer, JANUARY))
    with pytest.raises(SeparationOfDuties):
        services.confirm_application(made.pk, by=by)
    services.confirm_application(made.pk, by=By(cast.reviewer, JANUARY))
    row = Reward.objects.get()
    with pytest.raises(SeparationOfDuties):
        services.approve([RowDecision(row.pk)], by=by)
    cases.approved(cast, made)
    cases.received(cast, made)
    late = By(both, date(2025, 1, 25))
    run = services.propose_payment([row.pk], by=late)
    with pytest.raises(SeparationOfDuties):
        services.confirm_payment(run.pk, by=late, voucher="V")
    rate = services.propose_rate(COUNTY, 2025, by=late, rate_ppm=300_000, document="文")
    with pytest.raises(SeparationOfDuties):
        services.confirm_rate(rate.pk, by=late)


def test_what_is_sent_back_can_be_made_again(worked, cast):
    cases.budget(cast, 10**9)
    cases.determined(cast)
    by = By(cast.officer, JANUARY)
    first = services.apply_to_finance(COUNTY, 2024, by=by)
    services.refuse_application(first.pk, by=By(cast.reviewer, JANUARY), reason="漏了一个村")
    second = services.apply_to_finance(COUNTY, 2024, by=by, reward_ids=[Reward.objects.get().pk])
    application = services.confirm_application(second.pk, by=By(cast.reviewer, JANUARY))
    cases.approved(cast, application)
    cases.received(cast, application)
    day = date(2025, 1, 25)
    run = services.propose_payment([Reward.objects.get().pk], by=By(cast.officer, day))
    with pytest.raises(TransitionNotAllowed):
        services.propose_payment([Reward.objects.get().pk], by=By(cast.officer, day))
    services.refuse_payment(run.pk, by=By(cast.reviewer, day), reason="凭证号不对")
    cases.paid(cast, [Reward.objects.get().pk])
    assert RewardApplication.objects.get(pk=first.pk).state == "refused"


@pytest.mark.parametrize("who", ["clerk", "tax", "finance", "reviewer", "auditor", "admin"])
def test_only_the_agencys_officer_determines(worked, cast, who):
    with pytest.raises(ActorNotPermitted):
        services.determine(COUNTY, 2024, by=By(getattr(cast, who), JANUARY))
    assert not Reward.objects.filter(state=RewardState.DETERMINED).exists()


def test_a_foreign_area_reads_like_nothing(worked, cast):
    cases.budget(cast, 10**9)
    foreign = By(cast.foreign_officer, JANUARY)
    for act in (
        services.compute_rewards,
        services.determine,
        services.start_rewards,
        services.apply_to_finance,
    ):
        with pytest.raises(NotInArea):
            act(COUNTY, 2024, by=foreign)
    application = cases.applied(cast)
    row = application.rewards.get()
    with pytest.raises(NotInArea):
        services.approve([RowDecision(row.pk)], by=By(cast.foreign_finance, JANUARY))
    with pytest.raises(NotInArea):
        services.receive(application.pk, by=foreign, amount_fen=1, voucher="V")
    with pytest.raises(NotInArea):
        services.propose_payment([row.pk], by=foreign)


def test_who_finds_the_row_made_by_another_meanwhile_is_told_so(cast, by, monkeypatch):
    # As in a race: the look before the insert saw nothing of the other officer's rate.
    monkeypatch.setattr("rewards.services.rates._refuse_second", lambda *place: None)
    services.propose_rate(COUNTY, 2024, by=by(cast.officer, "2025-01-05"), rate_ppm=300_000, document="1号")

    with pytest.raises(TransitionNotAllowed, match=r"另有一人.*没有生效") as refusal:
        services.propose_rate(
            COUNTY, 2024, by=by(cast.officer, "2025-01-05"), rate_ppm=300_000, document="1号"
        )
    assert (refusal.value.code, refusal.value.status) == ("E-STATE", 409)


@pytest.mark.rule("CS-36")
def test_no_step_of_the_reward_is_dated_before_the_one_it_follows(worked, cast):
    """The rows know the day of their last step; a paper that gathers them may not be older."""
    cases.budget(cast, 10**9)
    compute(cast)
    cases.determined(cast, on=date(2025, 1, 12))
    with pytest.raises(BusinessDateRefused):
        services.apply_to_finance(COUNTY, 2024, by=By(cast.officer, date(2025, 1, 11)))
    made = services.apply_to_finance(COUNTY, 2024, by=By(cast.officer, date(2025, 1, 13)))
    application = services.confirm_application(made.pk, by=By(cast.reviewer, date(2025, 1, 13)))
    cases.approved(cast, application, on=date(2025, 1, 15))
    with pytest.raises(BusinessDateRefused):
        cases.received(cast, application, on=date(2025, 1, 14))
    cases.received(cast, application, on=date(2025, 1, 20))
    with pytest.raises(BusinessDateRefused):
        cases.paid(cast, [Reward.objects.get().pk], on=date(2025, 1, 19))


def _change_account(cast, row, number, *, on, confirmed=True):
    said = {"bank_account": number, "account_reason": "换了开户行"}
    change_organisation(row.organisation_id, by=By(cast.officer, on), **said)
    change = AccountChange.objects.latest("pk")
    if confirmed:
        confirm_account(change.pk, by=By(cast.reviewer, on), bank_account=number)
    return change


def _received_row(cast):
    cases.budget(cast, 10**9)
    application = cases.applied(cast)
    cases.approved(cast, application)
    cases.received(cast, application)
    return Reward.objects.get()


def test_a_run_is_not_paid_to_an_account_its_proposer_did_not_see(worked, cast):
    row, day = _received_row(cast), date(2025, 1, 25)
    officer, reviewer = By(cast.officer, day), By(cast.reviewer, day)
    run = services.propose_payment([row.pk], by=officer)
    _change_account(cast, row, "6214660012345678", on=day)

    with pytest.raises(TransitionNotAllowed, match="账户已变更，请退回重提"):
        services.confirm_payment(run.pk, by=reviewer, voucher="V")
    assert not Transfer.objects.filter(kind=TransferKind.REWARD_PAID).exists()

    services.refuse_payment(run.pk, by=reviewer, reason="账户已变更")
    cases.paid(cast, [row.pk], on=day)
    row.refresh_from_db()
    assert (row.state, row.payee["bank_account"]) == (RewardState.PAID, "6214660012345678")


def test_nothing_is_proposed_or_paid_while_a_change_of_the_account_waits(worked, cast):
    row, day = _received_row(cast), date(2025, 1, 25)
    officer, reviewer = By(cast.officer, day), By(cast.reviewer, day)
    run = services.propose_payment([row.pk], by=officer)
    change = _change_account(cast, row, "6214660012345678", on=day, confirmed=False)

    with pytest.raises(TransitionNotAllowed, match="等待复核"):
        services.confirm_payment(run.pk, by=reviewer, voucher="V")
    services.refuse_payment(run.pk, by=reviewer, reason="账户变更待复核")
    with pytest.raises(TransitionNotAllowed, match="等待复核"):
        services.propose_payment([row.pk], by=officer)

    refuse_account(change.pk, by=reviewer, reason="没有开户许可证")
    cases.paid(cast, [row.pk], on=day)
    assert Reward.objects.get().state == RewardState.PAID


def test_a_paid_reward_shows_the_account_it_was_paid_to(worked, cast, page):
    cases.whole_reward(cast)
    row = Reward.objects.get()
    paid_to = row.organisation.bank_account
    _change_account(cast, row, "6214660012345678", on=date(2025, 2, 1))

    reviewer = page(cast.reviewer, "2025-02-02")
    for name, pk in (("reward", row.pk), ("reward-payment", row.payment_id)):
        shown = reviewer.get(reverse(name, args=[pk])).content.decode()
        assert paid_to[-4:] in shown and "5678" not in shown
