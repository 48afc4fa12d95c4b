"""Refunds: by reason and day, never beyond what was posted, booked back with the interest that was the money's own."""

from datetime import date

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
from ledger.models import CapUse, Transfer
from ledger.selectors import person_balances, statement
from ledger.services.interest import confirm_interest_rate, enter_interest_rate, start_interest
from subsidies import hooks
from subsidies.enums import LineState, Payee, RefundState
from subsidies.models import Refund
from subsidies.rules.refunds import RefundRequest
from subsidies.selectors.posting import year_sums
from subsidies.selectors.refunds import to_approve_again
from subsidies.services.attachments import Paper
from subsidies.services.refunds import (
    approve_refund,
    ask_refund,
    record_refund_paid,
    refuse_refund,
    verify_refund,
)
from subsidies.workflow import refunds as steps
from tests import factories
from tests.batches import posted_batch
from tests.factories import COUNTY
from villages.models import AccountChange
from villages.selectors.accounts import accounts_on
from villages.services.accounts import confirm_account, refuse_account
from villages.services.organisations import change_organisation

pytestmark = pytest.mark.usefixtures("books_hold")
PAPERS = [Paper(kind="evidence", name="死亡证明.pdf", content=b"%PDF-1.4\n%%EOF\n")]
DEATH = RefundRequest("DEATH", date(2024, 6, 20))


@pytest.fixture
def line(village, cast):
    return posted_batch(village, cast).lines.order_by("position").first()


@pytest.fixture
def refund_it(cast, by):
    """The whole way, asked and paid back on a day."""

    def way(line, on="2024-07-05", request=DEATH):
        refund = ask_refund(line.pk, by=by(cast.clerk, on), request=request, papers=PAPERS)
        verify_refund(refund.pk, by=by(cast.officer, on))
        approve_refund(refund.pk, by=by(cast.reviewer, on))
        return record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T1")

    return way


def settle_year(year, cast, by, run_jobs, *, ppm=30000):
    on = f"{year + 1}-02-10"
    rate = enter_interest_rate(COUNTY, by=by(cast.officer, on), year=year, rate_ppm=ppm, document="公布文件")
    confirm_interest_rate(rate.pk, by=by(cast.reviewer, on))
    start_interest(rate.pk, by=by(cast.officer, on))
    run_jobs()


@pytest.mark.rule("CS-34")
def test_a_death_before_the_payment_takes_200_back_and_shrinks_the_base(line, refund_it):
    refund = refund_it(line)
    line.refresh_from_db()
    assert (refund.state, refund.amount_fen, refund.interest_fen) == (RefundState.REVERSED, 20000, 0)
    assert refund.number == "长社保退〔2024〕1号" and refund.payee == Payee.ORGANISATION
    assert line.state == LineState.REFUNDED and line.refunded_on == date(2024, 7, 5)
    assert [row.signed_fen for row in statement(line.person_id)] == [20000, -20000]
    assert CapUse.objects.get(person=line.person, year=2024).reserved_fen == 0
    sums = year_sums(COUNTY, 2024)[line.organisation_id]
    assert (sums.posted_fen, sums.refunded_fen, sums.headcount) == (600000, 20000, 29)


@pytest.mark.rule("CS-34")
def test_a_refund_after_interest_takes_200_and_3_back_and_earns_nothing_more(
    line, cast, by, run_jobs, refund_it
):
    settle_year(2024, cast, by, run_jobs)
    assert person_balances(line.person_id) == {"collective": 20300}
    refund = refund_it(line, on="2025-03-10")
    assert (refund.amount_fen, refund.interest_fen) == (20000, 300)
    assert person_balances(line.person_id) == {"collective": 0}
    settle_year(2025, cast, by, run_jobs)
    assert person_balances(line.person_id) == {"collective": 0}


def test_interest_on_interest_of_two_settled_years_goes_back_too(line, cast, by, run_jobs, refund_it):
    settle_year(2024, cast, by, run_jobs)
    settle_year(2025, cast, by, run_jobs)
    assert person_balances(line.person_id) == {"collective": 20909}
    assert refund_it(line, on="2026-03-10").interest_fen == 909


def test_parts_add_up_to_the_line_and_no_fen_stays_behind(line, cast, by, run_jobs, refund_it):
    settle_year(2024, cast, by, run_jobs, ppm=28_700)
    for fen in (6170, 1, 13829):
        refund_it(
            line, on="2025-03-10", request=RefundRequest("WRONG_AMOUNT", date(2024, 6, 26), amount_fen=fen)
        )
        line.refresh_from_db()
    assert line.state == LineState.REFUNDED
    assert person_balances(line.person_id) == {"collective": 0}


def test_a_refund_before_the_years_settlement_earns_nothing_when_it_is_settled(
    line, cast, by, run_jobs, refund_it
):
    refund_it(line, on="2025-01-10")
    settle_year(2024, cast, by, run_jobs)
    assert person_balances(line.person_id) == {"collective": 0}


@pytest.mark.rule("CS-34")
def test_more_than_posted_less_refunded_and_asked_for_is_refused(line, cast, by):
    asked = by(cast.clerk, "2024-07-05")
    wrong = RefundRequest("WRONG_AMOUNT", date(2024, 6, 26), amount_fen=20001)
    with pytest.raises(RuleViolation) as refused:
        ask_refund(line.pk, by=asked, request=wrong, papers=PAPERS)
    assert (refused.value.code, refused.value.figures["rest_fen"]) == ("E-REFUND-AMOUNT", 20000)
    assert refused.value.clause
    ask_refund(line.pk, by=asked, request=DEATH, papers=PAPERS)
    with pytest.raises(RuleViolation, match="超过可退金额"):
        ask_refund(line.pk, by=asked, request=DEATH, papers=PAPERS)
    assert Refund.objects.count() == 1


@pytest.mark.rule("CS-34")
def test_an_event_after_the_payment_is_inheritance_and_no_refund(line, cast, by):
    asked = by(cast.clerk, "2024-07-05")
    with pytest.raises(RuleViolation) as refused:
        ask_refund(line.pk, by=asked, request=RefundRequest("DEATH", date(2024, 6, 27)), papers=PAPERS)
    assert refused.value.code == "E-REFUND-EVENT"
    on_the_day = RefundRequest("DEATH", date(2024, 6, 26))
    assert ask_refund(line.pk, by=asked, request=on_the_day, papers=PAPERS).state == RefundState.REQUESTED


def test_a_duplicate_may_show_later_and_goes_to_the_person(line, cast, by):
    request = RefundRequest("DUPLICATE_CONTRIBUTION", date(2024, 7, 1), payee_bank="农商行")
    refund = ask_refund(line.pk, by=by(cast.clerk, "2024-07-05"), request=request, papers=PAPERS)
    assert (refund.payee, refund.payee_name) == (Payee.PERSON, line.person.name)


def test_evidence_is_required(line, cast, by):
    with pytest.raises(RuleViolation, match="死亡证明") as refused:
        ask_refund(line.pk, by=by(cast.clerk, "2024-07-05"), request=DEATH)
    assert refused.value.code == "E-DOC-MISSING"
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    "request_",
    [
        RefundRequest("NO-SUCH", date(2024, 6, 20)),
        RefundRequest("OTHER", date(2024, 6, 20)),
        RefundRequest("DEATH", date(2024, 7, 6)),
        RefundRequest("DEATH", date(2024, 6, 20), amount_fen=0),
        RefundRequest("DEATH", date(2024, 6, 20), amount_fen=-1),
        RefundRequest("DUPLICATE_CONTRIBUTION", date(2024, 6, 20), payee_account="12"),
        RefundRequest("DUPLICATE_CONTRIBUTION", date(2024, 6, 20), payee_name="名" * 101),
    ],
)
def test_input_without_sense_is_refused(line, cast, by, request_):
    with pytest.raises(InvalidInput):
        ask_refund(line.pk, by=by(cast.clerk, "2024-07-05"), request=request_, papers=PAPERS)


def test_who_may_do_what(line, cast, by):
    on = "2024-07-05"
    with pytest.raises(ActorNotPermitted):
        ask_refund(line.pk, by=by(cast.officer, on), request=DEATH, papers=PAPERS)
    with pytest.raises(NotInArea):
        ask_refund(line.pk, by=by(cast.stranger, on), request=DEATH, papers=PAPERS)
    refund = ask_refund(line.pk, by=by(cast.clerk, on), request=DEATH, papers=PAPERS)
    with pytest.raises(ActorNotPermitted):
        verify_refund(refund.pk, by=by(cast.clerk, on))
    with pytest.raises(NotInArea):
        verify_refund(refund.pk, by=by(cast.foreign_officer, on))
    with pytest.raises(TransitionNotAllowed):
        approve_refund(refund.pk, by=by(cast.reviewer, on))
    with pytest.raises(TransitionNotAllowed):
        record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T1")


def test_nobody_approves_what_he_verified(line, cast, by):
    both = factories.account("both", COUNTY, "officer", "reviewer")
    refund = ask_refund(line.pk, by=by(cast.clerk, "2024-07-05"), request=DEATH, papers=PAPERS)
    verify_refund(refund.pk, by=by(both, "2024-07-05"))
    with pytest.raises(SeparationOfDuties):
        approve_refund(refund.pk, by=by(both, "2024-07-05"))


def test_a_refused_request_keeps_its_reason_and_frees_the_amount(line, cast, by):
    refund = ask_refund(line.pk, by=by(cast.clerk, "2024-07-05"), request=DEATH, papers=PAPERS)
    with pytest.raises(InvalidInput):
        refuse_refund(refund.pk, by=by(cast.officer, "2024-07-06"), reason=" ")
    refuse_refund(refund.pk, by=by(cast.officer, "2024-07-06"), reason="证明日期不符")
    again = ask_refund(line.pk, by=by(cast.clerk, "2024-07-07"), request=DEATH, papers=PAPERS)
    assert again.amount_fen == 20000
    assert year_sums(COUNTY, 2024)[line.organisation_id].has_open_refund


def test_the_voucher_and_a_sensible_day_are_required(line, cast, by):
    refund = ask_refund(line.pk, by=by(cast.clerk, "2024-07-05"), request=DEATH, papers=PAPERS)
    verify_refund(refund.pk, by=by(cast.officer, "2024-07-05"))
    approve_refund(refund.pk, by=by(cast.reviewer, "2024-07-08"))
    with pytest.raises(InvalidInput):
        record_refund_paid(refund.pk, by=by(cast.finance, "2024-07-09"), voucher="")
    for day in (date(2024, 7, 7), date(2024, 7, 10)):
        with pytest.raises(BusinessDateRefused):
            record_refund_paid(refund.pk, by=by(cast.finance, "2024-07-09"), voucher="T1", paid_on=day)
    assert not Transfer.objects.filter(kind="refund").exists()


def test_a_line_that_is_not_posted_is_not_refunded(village, cast, by):
    from tests.batches import remitted_batch

    waiting = remitted_batch(village, cast).lines.first()
    with pytest.raises(TransitionNotAllowed, match="撤回"):
        ask_refund(waiting.pk, by=by(cast.clerk, "2024-07-05"), request=DEATH, papers=PAPERS)


def test_higher_rooms_hear_of_it_in_the_same_transaction(line, refund_it, monkeypatch):
    heard = []

    def hook(refund, by):
        heard.append((refund.pk, refund.state, by.key))
        raise RuntimeError("the reward could not follow")

    monkeypatch.setattr(hooks, "on_refund_reversed", [hook])
    with pytest.raises(RuntimeError):
        refund_it(line)
    assert heard and Refund.objects.get().state == RefundState.APPROVED
    assert not Transfer.objects.filter(kind="refund").exists()


def test_events_hold_figures_and_no_names(line, refund_it):
    refund_it(line)
    acts = Event.objects.filter(object_type="subsidies.refund").order_by("pk")
    assert [event.act.split(".")[1] for event in acts] == [
        "ask_refund",
        "verify_refund",
        "approve_refund",
        "record_refund_paid",
    ]
    assert {event.amount_fen for event in acts} == {20000}


def test_a_refund_is_not_asked_for_before_the_money_was_posted(line, cast, by):
    """Posted on 28 June: a paper dated the day before would take back what was not there."""
    with pytest.raises(BusinessDateRefused, match="早于上一步"):
        ask_refund(line.pk, by=by(cast.clerk, "2024-06-27"), request=DEATH, papers=PAPERS)
    assert not Refund.objects.exists()


def change_account(line, cast, by, number, *, on, confirmed=True):
    """The village's own account is to be another one; confirmed or still waiting."""
    new = {"bank_account": number, "account_reason": "换了开户行"}
    change_organisation(line.organisation_id, by=by(cast.officer, on), **new)
    change = AccountChange.objects.latest("pk")
    if confirmed:
        confirm_account(change.pk, by=by(cast.reviewer, on), bank_account=number)
    return change


def test_the_account_that_counts_at_the_approval_is_paid_to(line, cast, by):
    on = "2024-07-05"
    refund = ask_refund(line.pk, by=by(cast.clerk, on), request=DEATH, papers=PAPERS)
    verify_refund(refund.pk, by=by(cast.officer, on))
    change_account(line, cast, by, "6214660012345678", on=on)

    approved = approve_refund(refund.pk, by=by(cast.reviewer, on))

    assert Refund.objects.get().payee_account == "6214660012345678"
    event = Event.objects.get(object_type="subsidies.refund", act=steps.APPROVE.act)
    assert event.figures == {"payee_changed": ["payee_account"]}
    assert record_refund_paid(approved.pk, by=by(cast.tax, on), voucher="T1").state == RefundState.REVERSED


def test_nothing_is_paid_to_an_account_that_changed_after_the_approval(line, cast, by, page):
    """The reviewer approves once more, with the same number; then it is paid."""
    refund, on = approved_refund(line, cast, by, "2024-07-04"), "2024-07-06"
    with pytest.raises(TransitionNotAllowed):
        approve_refund(refund.pk, by=by(cast.reviewer, on))
    change_account(line, cast, by, "6214660012345678", on="2024-07-05")
    with pytest.raises(TransitionNotAllowed, match="重新批准"):
        record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T1")

    here = reverse("refund", args=[refund.pk])
    shown = page(cast.reviewer, on).get(here).content.decode()
    assert "5678，批准时改用这个账户" in shown and "重新批准退费200.00元" in shown
    told = page(cast.tax, on).get(here).content.decode()
    assert "变更以前已经退到原账户的，不要重新批准" in told and "重新批准退费200.00元" not in told

    again = approve_refund(refund.pk, by=by(cast.reviewer, on))

    shown = page(cast.reviewer, on).get(here).content.decode()
    assert "批准时改用" not in shown and reverse("refund-approve", args=[refund.pk]) not in shown
    assert "不要重新批准" not in shown
    assert (again.number, again.payee_account) == ("长社保退〔2024〕1号", "6214660012345678")
    assert record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T1").state == RefundState.REVERSED


def approved_refund(line, cast, by, on="2024-07-05"):
    refund = ask_refund(line.pk, by=by(cast.clerk, on), request=DEATH, papers=PAPERS)
    verify_refund(refund.pk, by=by(cast.officer, on))
    return approve_refund(refund.pk, by=by(cast.reviewer, on))


OLD, NEW, THIRD = "6222020012343456", "6214660012345678", "6217000012345670"


def test_what_was_paid_before_the_account_changed_is_recorded_after_it(line, cast, by):
    """Paid on the 6th to the approved account, another one confirmed on the 8th, recorded on the 9th."""
    refund = approved_refund(line, cast, by)
    before = refund.payee_account
    change_account(line, cast, by, NEW, on="2024-07-08")
    with pytest.raises(TransitionNotAllowed, match=r"重新批准.*退款日期请填实际退款的那天"):
        record_refund_paid(refund.pk, by=by(cast.tax, "2024-07-09"), voucher="T1")
    assert not Transfer.objects.filter(kind="refund").exists()

    paid = record_refund_paid(
        refund.pk, by=by(cast.tax, "2024-07-09"), voucher="T1", paid_on=date(2024, 7, 6)
    )

    assert (paid.state, paid.paid_on, paid.payee_account) == (RefundState.REVERSED, date(2024, 7, 6), before)


def test_on_the_day_of_the_change_itself_the_approved_account_may_have_been_paid(line, cast, by):
    """Paid in the morning of the 8th to the approved account; in the afternoon another one is confirmed."""
    refund = approved_refund(line, cast, by)
    change_account(line, cast, by, NEW, on="2024-07-08")

    paid = record_refund_paid(
        refund.pk, by=by(cast.tax, "2024-07-09"), voucher="T1", paid_on=date(2024, 7, 8)
    )

    assert (paid.state, paid.payee_account) == (RefundState.REVERSED, refund.payee_account)


def test_the_interface_tells_the_account_and_whether_it_changed(line, cast, by, api):
    refund = approved_refund(line, cast, by)

    def told():
        shown = api(cast.reviewer).get(f"/api/refunds/{refund.pk}/").json()
        return shown["payee_account_last4"], shown["payee_changed"]

    assert told() == (refund.payee_account[-4:], False)
    change_account(line, cast, by, NEW, on="2024-07-08")
    assert told() == (refund.payee_account[-4:], True)
    approve_refund(refund.pk, by=by(cast.reviewer, "2024-07-09"))
    assert told() == (NEW[-4:], False)


def test_what_was_paid_before_a_change_was_proposed_is_recorded_while_it_waits(line, cast, by):
    refund = approved_refund(line, cast, by)
    change_account(line, cast, by, NEW, on="2024-07-08", confirmed=False)
    with pytest.raises(TransitionNotAllowed, match="等待复核"):
        record_refund_paid(refund.pk, by=by(cast.tax, "2024-07-09"), voucher="T1", paid_on=date(2024, 7, 8))

    paid = record_refund_paid(
        refund.pk, by=by(cast.tax, "2024-07-09"), voucher="T1", paid_on=date(2024, 7, 7)
    )

    assert paid.state == RefundState.REVERSED


def test_what_is_approved_anew_is_not_recorded_as_paid_before(line, cast, by):
    refund = approved_refund(line, cast, by)
    change_account(line, cast, by, NEW, on="2024-07-08")
    approve_refund(refund.pk, by=by(cast.reviewer, "2024-07-09"))

    with pytest.raises(BusinessDateRefused):
        record_refund_paid(refund.pk, by=by(cast.tax, "2024-07-10"), voucher="T1", paid_on=date(2024, 7, 6))

    paid = record_refund_paid(refund.pk, by=by(cast.tax, "2024-07-10"), voucher="T1")
    assert paid.payee_account == NEW


def test_the_accounts_of_a_day_are_read_from_the_changes_since(line, cast, by):
    """On the day of a change both; a later change may be confirmed with an earlier date than the one before it."""
    organisation = line.organisation

    def numbers(day):
        organisation.refresh_from_db()
        return [account["bank_account"] for account in accounts_on(organisation, date(2024, 7, day))]

    [first] = numbers(1)
    change_account(line, cast, by, NEW, on="2024-07-08")
    change_account(line, cast, by, OLD, on="2024-07-10")
    change_account(line, cast, by, NEW, on="2024-07-12", confirmed=False)
    assert [numbers(day) for day in (7, 8, 9, 10, 13)] == [[first], [NEW, first], [NEW], [OLD, NEW], [OLD]]

    refuse_account(AccountChange.objects.latest("pk").pk, by=by(cast.reviewer, "2024-07-12"), reason="不变")
    change_account(line, cast, by, THIRD, on="2024-07-10")
    assert [numbers(day) for day in (9, 10, 11)] == [[NEW], [THIRD, OLD, NEW], [THIRD]]
    change_account(line, cast, by, NEW, on="2024-07-09")
    assert [numbers(day) for day in (8, 9, 10)] == [[NEW, first], [NEW, NEW], [NEW]]


def test_nothing_is_paid_while_a_change_of_the_account_waits(line, cast, by):
    on = "2024-07-05"
    refund = ask_refund(line.pk, by=by(cast.clerk, on), request=DEATH, papers=PAPERS)
    verify_refund(refund.pk, by=by(cast.officer, on))
    approve_refund(refund.pk, by=by(cast.reviewer, on))
    change = change_account(line, cast, by, "6214660012345678", on=on, confirmed=False)
    with pytest.raises(TransitionNotAllowed, match="等待复核"):
        record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T1")
    assert not Transfer.objects.filter(kind="refund").exists()

    refuse_account(change.pk, by=by(cast.reviewer, on), reason="没有开户许可证")

    assert record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T1").state == RefundState.REVERSED


def test_an_account_confirmed_with_an_earlier_date_than_the_approval_waits_for_it_anew(line, cast, by):
    """Approved on the 5th; another account is confirmed afterwards and dated the 4th."""
    refund = approved_refund(line, cast, by)
    change_account(line, cast, by, NEW, on="2024-07-04")
    assert to_approve_again(cast.reviewer) == [refund.pk]

    approve_refund(refund.pk, by=by(cast.reviewer, "2024-07-08"))

    assert to_approve_again(cast.reviewer) == []
    assert record_refund_paid(refund.pk, by=by(cast.tax, "2024-07-08"), voucher="T1").payee_account == NEW


def test_the_account_of_a_person_is_not_touched_by_the_villages(line, cast, by):
    on = "2024-07-05"
    request = RefundRequest(
        "DUPLICATE_CONTRIBUTION", date(2024, 6, 20), payee_bank="农商行", payee_account="6223790012345678"
    )
    refund = ask_refund(line.pk, by=by(cast.clerk, on), request=request, papers=PAPERS)
    verify_refund(refund.pk, by=by(cast.officer, on))
    change_account(line, cast, by, "6214660012345678", on=on)
    approve_refund(refund.pk, by=by(cast.reviewer, on))
    paid = record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T1")
    assert (paid.payee, paid.payee_account) == (Payee.PERSON, "6223790012345678")
