"""A village's programme suspended and resumed (暂停、恢复): what it stops, what it cancels, what it leaves alone."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from core.errors import (
    ActorNotPermitted,
    BusinessDateRefused,
    InvalidInput,
    NotInArea,
    RuleViolation,
    TransitionNotAllowed,
)
from ledger.models import CapUse
from subsidies.enums import ApplicationState, LineState, Match, NoticeState, SuspensionState
from subsidies.models import Application, Line, Suspension, TaxRow
from subsidies.selectors.suspensions import is_suspended
from subsidies.services import filings, plans, suspensions
from subsidies.services.applications import draw_up_application, submit_application
from tests import factories
from tests.subsidies import ningxia, stages
from tests.subsidies.ningxia import acknowledge, on, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def nx(base_data: None) -> SimpleNamespace:
    return factories.make_ningxia_cast()


@pytest.fixture
def yuanlong(nx: SimpleNamespace) -> factories.Village:
    return factories.make_ningxia_village(years=(2024, 2025))


def plan_of_2025(village: factories.Village, nx: SimpleNamespace):
    return ningxia.in_force(village, nx, year=2025, decided="2025-02-10", day="2025-02-11")


def notified(village: factories.Village, nx: SimpleNamespace, plan=None) -> Application:
    """A batch of 2025 with its notice, unpaid."""
    year = ningxia.year_of(village, nx, 2025)
    batch = year.draw_up(plan or plan_of_2025(village, nx), date(2025, 2, 17))
    year.submit(batch, date(2025, 2, 18))
    year.verify(batch, date(2025, 2, 20))
    year.confirm(batch, date(2025, 2, 21))
    batch.refresh_from_db()
    return batch


@pytest.mark.rule("NX-18")
def test_the_worked_example_forty_unpaid_are_cancelled_and_two_hundred_and_ten_posted_stay(nx, books_hold):
    village = factories.make_ningxia_village(members=210)
    old = ningxia.posted(village, nx, ningxia.in_force(village, nx))
    # Of 2025, forty have paid their own contribution by March.
    for person in village.persons[:40]:
        factories.paid(person, 2025, on=date(2025, 1, 10), county_code=factories.NX_COUNTY)
    new = notified(village, nx)
    posted_before = list(old.lines.order_by("pk").values())

    row = ningxia.suspended(village, nx)

    assert row.state == SuspensionState.SUSPENDED
    assert list(new.lines.values_list("state", flat=True)) == ["cancelled"] * 40
    assert old.lines.filter(state=LineState.POSTED).count() == 210
    assert list(old.lines.order_by("pk").values()) == posted_before
    new.refresh_from_db()
    assert new.state == ApplicationState.WITHDRAWN
    notice = new.notices.get()
    assert (notice.state, notice.void_reason) == (NoticeState.VOID, "集体补助暂停，未缴款的人已全部取消")
    assert not CapUse.objects.filter(year=2025, reserved_fen__gt=0).exists()
    assert CapUse.objects.filter(year=2024, reserved_fen=20_000).count() == 210
    with pytest.raises(RuleViolation) as refusal:
        draw_up_application(new.plan_id, by=on(nx.clerk, "2025-04-01"))
    assert refusal.value.code == "E-SUSPENDED"
    assert "自2025年3月15日起暂停" in refusal.value.message
    assert "暂停对村级集体经济组织参保成员的缴费补助" in refusal.value.clause


@pytest.mark.rule("NX-18")
def test_a_suspension_asks_two_offices_and_not_the_town(nx, yuanlong):
    row = ningxia.ask_to_suspend(yuanlong, nx)

    assert list(row.filings.values_list("office", flat=True)) == ["county_hr", "county_agriculture"]
    assert row.decision.met_on == date(2025, 3, 3)
    acknowledge(row, nx, county_hr="2025-03-06")
    assert row.filings.get(office="county_hr").number == "城乡居保集补停备〔2025〕1号"


@pytest.mark.rule("NX-18")
def test_a_suspension_waits_for_both_offices_and_for_its_day(nx, yuanlong):
    row = ningxia.ask_to_suspend(yuanlong, nx)
    acknowledge(row, nx, county_hr="2025-03-06")

    with pytest.raises(RuleViolation, match="县（市、区）农业农村部门2025年3月5日收到") as refusal:
        suspensions.suspend_programme(row.pk, by=on(nx.officer, "2025-03-10"))
    assert refusal.value.code == "E-FILING"
    acknowledge(row, nx, county_agriculture="2025-03-11")
    with pytest.raises(BusinessDateRefused, match="2025年3月15日"):
        suspensions.suspend_programme(row.pk, by=on(nx.officer, "2025-03-14"))

    assert not is_suspended(yuanlong.organisation.pk, on=date(2025, 3, 14))
    # Without the agency's act the day in the decision already stops new plans.
    assert is_suspended(yuanlong.organisation.pk, on=date(2025, 3, 15))


@pytest.mark.rule("NX-18")
def test_silence_of_an_office_files_a_suspension_too(nx, yuanlong):
    row = ningxia.ask_to_suspend(yuanlong, nx)
    acknowledge(row, nx, county_hr="2025-03-06")

    # Received on Wednesday the 5th: the fifth working day is the 12th.
    assert not is_suspended(yuanlong.organisation.pk, on=date(2025, 3, 12))
    done = suspensions.suspend_programme(row.pk, by=on(nx.officer, "2025-03-17"))

    assert done.state == SuspensionState.SUSPENDED
    assert row.filings.get(office="county_agriculture").state == "pending"


@pytest.mark.rule("NX-18")
def test_nothing_new_begins_while_suspended(nx, yuanlong):
    plan = plan_of_2025(yuanlong, nx)
    batch = draw_up_application(plan.pk, by=on(nx.clerk, "2025-02-17"))
    stages.with_papers(batch, on(nx.clerk, "2025-02-17"))
    row = ningxia.ask_to_suspend(yuanlong, nx)
    acknowledge(row, nx, county_hr="2025-03-06", county_agriculture="2025-03-07")
    clerk = on(nx.clerk, "2025-03-15")
    supplementary = ningxia.plans.content_of(plan)

    acts = [
        lambda: plans.draft_plan(yuanlong.organisation.pk, by=clerk, year=2026),
        lambda: plans.draft_plan(
            yuanlong.organisation.pk, by=clerk, year=2025, kind="supplementary", content=supplementary
        ),
        lambda: plans.revise_plan(plan.pk, by=clerk),
        lambda: draw_up_application(plan.pk, by=clerk),
        lambda: submit_application(batch.pk, by=clerk, declared_true=True),
    ]
    for act in acts:
        with pytest.raises(RuleViolation) as refusal:
            act()
        assert refusal.value.code == "E-SUSPENDED"
        assert refusal.value.clause


@pytest.mark.rule("NX-18")
@pytest.mark.parametrize("stage", ["drawn", "submitted", "verified"])
def test_a_batch_before_its_notice_is_cancelled_whole(nx, yuanlong, stage):
    year = ningxia.year_of(yuanlong, nx, 2025)
    batch = year.draw_up(plan_of_2025(yuanlong, nx), date(2025, 2, 17))
    if stage != "drawn":
        year.submit(batch, date(2025, 2, 18))
    if stage == "verified":
        year.verify(batch, date(2025, 2, 20))

    ningxia.suspended(yuanlong, nx)

    batch.refresh_from_db()
    assert batch.state == ApplicationState.WITHDRAWN
    assert set(batch.lines.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.rule("NX-18")
def test_what_was_remitted_finishes_and_only_the_rest_is_cancelled(nx, yuanlong, books_hold):
    year = ningxia.year_of(yuanlong, nx, 2025)
    batch = notified(yuanlong, nx)
    year.remit(batch.notices.get(), date(2025, 3, 10), voucher="NX-2", leave_out=1)

    ningxia.suspended(yuanlong, nx)

    assert sorted(batch.lines.values_list("state", flat=True)) == ["cancelled", "remitted", "remitted"]
    batch.refresh_from_db()
    assert batch.state == ApplicationState.REMITTED
    assert batch.notices.get().state == NoticeState.PAID
    year.post(batch, date(2025, 3, 20))
    assert batch.lines.filter(state=LineState.POSTED).count() == 2


def late_money(batch: Application, nx: SimpleNamespace, *, paid_on: date) -> TaxRow:
    from subsidies.enums import TaxRowOrigin
    from subsidies.services import notices

    line = batch.lines.order_by("position").first()
    given = notices.TaxRowInput(
        amount_fen=line.amount_fen, paid_on=paid_on, voucher="NX-9", person_id=line.person_id
    )
    notices.record_tax_rows(
        batch.notices.get().pk, [given], by=on(nx.tax, "2025-03-20"), origin=TaxRowOrigin.FILE
    )
    return TaxRow.objects.get(voucher="NX-9")


@pytest.mark.rule("NX-18")
def test_money_paid_before_the_suspension_and_told_after_it_revives_its_line(nx, yuanlong, books_hold):
    batch = notified(yuanlong, nx)
    ningxia.suspended(yuanlong, nx)

    money = late_money(batch, nx, paid_on=date(2025, 3, 14))

    assert (money.match, money.line.state) == (Match.SAME, LineState.REMITTED)
    assert CapUse.objects.get(year=2025, person=money.line.person).reserved_fen == 20_000
    batch.refresh_from_db()
    assert batch.state == ApplicationState.REMITTED


@pytest.mark.rule("NX-18")
def test_money_paid_on_the_day_of_the_suspension_is_a_surplus_to_be_returned(nx, yuanlong, books_hold):
    batch = notified(yuanlong, nx)
    ningxia.suspended(yuanlong, nx)

    money = late_money(batch, nx, paid_on=date(2025, 3, 15))

    assert money.match == Match.EXTRA
    assert set(batch.lines.values_list("state", flat=True)) == {"cancelled"}
    assert not CapUse.objects.filter(year=2025, reserved_fen__gt=0).exists()


@pytest.mark.rule("NX-18")
@pytest.mark.rule("NX-15")
def test_a_suspension_must_be_decided_for_a_cause_of_the_document(nx, yuanlong):
    with pytest.raises(RuleViolation) as refusal:
        ningxia.ask_to_suspend(yuanlong, nx, decision=None)
    assert refusal.value.code == "E-DECISION"
    with pytest.raises(RuleViolation, match="党组织提议"):
        ningxia.ask_to_suspend(yuanlong, nx, decision=ningxia.decision("2025-03-03", proposed_on=None))
    with pytest.raises(InvalidInput, match="事由"):
        ningxia.ask_to_suspend(yuanlong, nx, cause="laziness")
    with pytest.raises(InvalidInput, match="早于会议日期"):
        ningxia.ask_to_suspend(yuanlong, nx, effective_on=date(2025, 3, 1))

    assert not Suspension.objects.exists()


@pytest.mark.rule("NX-18")
def test_one_suspension_at_a_time_and_it_can_be_withdrawn(nx, yuanlong):
    first = ningxia.ask_to_suspend(yuanlong, nx)
    with pytest.raises(TransitionNotAllowed, match="已有2025年3月15日起的暂停"):
        ningxia.ask_to_suspend(yuanlong, nx)

    suspensions.withdraw_suspension(first.pk, by=on(nx.clerk, "2025-03-06"), reason="收入好转")

    assert not is_suspended(yuanlong.organisation.pk, on=date(2025, 12, 31))
    with pytest.raises(TransitionNotAllowed):
        filings.acknowledge_filing(row(first, "county_hr").pk, by=on(nx.officer, "2025-03-07"))
    assert ningxia.ask_to_suspend(yuanlong, nx, day="2025-03-06").pk != first.pk


@pytest.mark.rule("NX-18")
def test_a_returned_suspension_is_filed_again_with_that_office_unless_it_changed(nx, yuanlong):
    asked = ningxia.ask_to_suspend(yuanlong, nx)
    acknowledge(asked, nx, county_hr="2025-03-06")
    refuse = row(asked, "county_agriculture").pk
    filings.return_filing(refuse, by=on(nx.agriculture, "2025-03-06"), reason="说明太简单")

    suspensions.file_suspension_again(asked.pk, by=on(nx.clerk, "2025-03-07"))
    assert row(asked, "county_hr").state == "filed"
    assert row(asked, "county_agriculture").received_on == date(2025, 3, 7)

    filings.return_filing(refuse, by=on(nx.agriculture, "2025-03-10"), reason="还是太简单")
    suspensions.file_suspension_again(
        asked.pk, by=on(nx.clerk, "2025-03-11"), reason="两处厂房租约到期，年收入减少60万元"
    )
    assert row(asked, "county_hr").state == "pending"


@pytest.mark.rule("NX-18")
def test_who_may_do_what(nx, yuanlong):
    asked = ningxia.ask_to_suspend(yuanlong, nx)

    for who in ("clerk", "township", "agriculture", "reviewer", "tax"):
        with pytest.raises(ActorNotPermitted):
            suspensions.suspend_programme(asked.pk, by=on(getattr(nx, who), "2025-03-15"))
    for who in ("officer", "township", "agriculture"):
        with pytest.raises(ActorNotPermitted):
            suspensions.withdraw_suspension(asked.pk, by=on(getattr(nx, who), "2025-03-06"))
    foreign = factories.account("foreign", "640181000000", factories.Role.OFFICER)
    with pytest.raises(NotInArea):
        suspensions.suspend_programme(asked.pk, by=on(foreign, "2025-03-15"))


def resumed(village: factories.Village, nx: SimpleNamespace):
    suspended = ningxia.suspended(village, nx)
    suspensions.apply_to_resume(suspended.pk, by=on(nx.clerk, "2026-02-01"), reason="新厂房已经出租")
    return suspensions.grant_resumption(
        suspended.pk, by=on(nx.officer, "2026-02-10"), active_on=date(2026, 3, 1)
    )


@pytest.mark.rule("NX-19")
def test_applied_in_february_and_active_in_march_without_anything_for_2025(nx, yuanlong):
    """The worked example."""
    plan = plan_of_2025(yuanlong, nx)
    suspended = resumed(yuanlong, nx)

    assert (suspended.state, suspended.active_on) == (SuspensionState.RESUMED, date(2026, 3, 1))
    assert is_suspended(yuanlong.organisation.pk, on=date(2026, 2, 28))
    assert not is_suspended(yuanlong.organisation.pk, on=date(2026, 3, 1))
    with pytest.raises(RuleViolation) as refusal:
        plans.draft_plan(yuanlong.organisation.pk, by=on(nx.clerk, "2026-02-28"), year=2026)
    assert refusal.value.code == "E-SUSPENDED"
    for act in (draw_up_application, plans.revise_plan):
        with pytest.raises(
            RuleViolation, match="2025年3月15日至2026年2月28日集体补助暂停，2025年度不补办"
        ) as refusal:
            act(plan.pk, by=on(nx.clerk, "2026-03-02"))
        assert refusal.value.code == "E-SUSPENDED"
        assert "待条件成熟后，可申请恢复实施" in refusal.value.clause
    assert plans.draft_plan(yuanlong.organisation.pk, by=on(nx.clerk, "2026-03-02"), year=2026).year == 2026


@pytest.mark.rule("NX-19")
def test_resumption_is_applied_for_and_never_reaches_back(nx, yuanlong):
    suspended = ningxia.suspended(yuanlong, nx)

    with pytest.raises(TransitionNotAllowed, match="还没有申请恢复"):
        suspensions.grant_resumption(
            suspended.pk, by=on(nx.officer, "2026-02-10"), active_on=date(2026, 3, 1)
        )
    suspensions.apply_to_resume(suspended.pk, by=on(nx.clerk, "2026-02-01"), reason="新厂房已经出租")
    with pytest.raises(InvalidInput, match="不溯及以前"):
        suspensions.grant_resumption(
            suspended.pk, by=on(nx.officer, "2026-02-10"), active_on=date(2026, 2, 9)
        )
    with pytest.raises(ActorNotPermitted):
        suspensions.grant_resumption(suspended.pk, by=on(nx.clerk, "2026-02-10"), active_on=date(2026, 3, 1))
    refused = suspensions.refuse_resumption(
        suspended.pk, by=on(nx.officer, "2026-02-10"), reason="租金还没有到账"
    )

    assert refused.state == SuspensionState.SUSPENDED
    assert is_suspended(yuanlong.organisation.pk, on=date(2026, 12, 31))


@pytest.mark.rule("NX-19")
@pytest.mark.parametrize(
    ("active_on", "closed", "open_year"),
    [
        (date(2025, 9, 1), [2025], 2026),
        (date(2026, 3, 1), [2025], 2026),
        (date(2027, 1, 1), [2025, 2026], 2027),
        (None, [2025, 2026, 2027], 2024),
    ],
)
def test_which_years_a_suspension_closes(active_on, closed, open_year):
    from subsidies.rules.suspensions import Span

    span = Span(date(2025, 3, 15), active_on)

    assert [year for year in (2025, 2026, 2027) if span.closes(year)] == closed
    assert not span.closes(open_year)


def test_changshou_knows_no_suspension(cast, by, village):
    with pytest.raises(TransitionNotAllowed, match="没有规定可以暂停") as refusal:
        ningxia.ask_to_suspend(village, SimpleNamespace(clerk=cast.clerk))

    assert refusal.value.code == "E-STATE"
    assert not Line.objects.filter(state=LineState.CANCELLED).exists()
