"""Every way in which a difference is settled, by two persons; the books agree after each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from core.errors import (
    ActorNotPermitted,
    InvalidInput,
    NotInArea,
    RuleViolation,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.workflow import By
from ledger.models import CapUse, Transfer
from subsidies.enums import ApplicationState, DifferenceState, LineState, Match, NoticeState, Settlement
from subsidies.models import Difference, PaymentNotice, TaxRow
from subsidies.services import notices
from subsidies.services.notices import Terms
from subsidies.services.posting import start_posting
from tests import factories
from tests.subsidies.notice_cases import PAID_ON, Batch, assert_books_agree, in_transit_fen, make_batch

ByFactory = Callable[..., By]
LATE = "2024-07-10"


@pytest.fixture(autouse=True)
def _books(books_hold: Callable[[], list[str]]) -> None:
    """After each test the ledger says the same as the rows that caused it."""


@pytest.fixture
def settle(cast: SimpleNamespace, by: ByFactory) -> Callable[..., Difference]:
    """Propose as the tax officer, confirm as the agency's officer; the books must agree afterwards."""

    def run(
        difference: Difference,
        settlement: Settlement,
        *,
        on: str = LATE,
        reason: str = "核对无误",
        terms: Terms | None = None,
    ) -> Difference:
        notices.propose_settlement(
            difference.pk, by=by(cast.tax, on), settlement=settlement, reason=reason, terms=terms
        )
        done = notices.confirm_settlement(difference.pk, by=by(cast.officer, on))
        assert_books_agree()
        return done

    return run


@pytest.fixture
def record(cast: SimpleNamespace, by: ByFactory) -> Callable[..., None]:
    def run(batch: Batch, *rows: notices.TaxRowInput, on: date | str = PAID_ON) -> None:
        notices.record_tax_rows(batch.notice.pk, list(rows), by=by(cast.tax, on), origin="api")

    return run


def test_asked_to_pay_stays_open_until_the_money_comes(
    cast: SimpleNamespace, by: ByFactory, record: Callable
) -> None:
    batch = make_batch(cast, size=2)
    record(batch, batch.row(0))
    missing = Difference.objects.get()
    notices.propose_settlement(missing.pk, by=by(cast.tax, "2024-06-28"), settlement=Settlement.ASK)
    missing.refresh_from_db()
    assert (missing.state, missing.asked_on) == (DifferenceState.OPEN, date(2024, 6, 28))
    record(batch, batch.row(1, voucher="V2"), on="2024-06-30")
    missing.refresh_from_db()
    assert (missing.state, missing.settlement) == (DifferenceState.SETTLED, Settlement.ASK)
    assert batch.fresh().application.state == ApplicationState.REMITTED


def test_withdrawing_the_missing_person_replaces_the_notice(
    cast: SimpleNamespace, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=3)
    record(batch, batch.row(0))
    missing = Difference.objects.get(line=batch.lines[2])
    settle(missing, Settlement.WITHDRAW, terms=Terms(left_reason="DEATH", event_on=date(2024, 6, 26)))
    new = PaymentNotice.objects.get(replaces=batch.notice)
    assert (new.headcount, new.amount_fen) == (1, 20_000)
    assert batch.states() == [LineState.REMITTED, LineState.ELIGIBLE, LineState.WITHDRAWN]
    assert CapUse.objects.get(person=batch.lines[2].person).reserved_fen == 0


def test_withdrawing_somebody_paid_in_part_returns_his_part(
    cast: SimpleNamespace, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=2)
    record(batch, batch.row(0), batch.row(1, amount_fen=15_000))
    settle(
        Difference.objects.get(),
        Settlement.WITHDRAW,
        terms=Terms(left_reason="DEATH", event_on=date(2024, 6, 26)),
    )
    assert in_transit_fen() == 20_000
    assert batch.fresh().notice.state == NoticeState.PAID
    assert batch.application.state == ApplicationState.REMITTED


def test_a_row_booked_on_the_wrong_person_is_corrected_and_covers_the_missing_one(
    cast: SimpleNamespace, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=2)
    record(batch, batch.row(0), batch.row(1, id_number=factories.id_number(), name="认错的人"))
    extra, missing = Difference.objects.get(kind=Match.EXTRA), Difference.objects.get(kind=Match.MISSING)
    right = batch.lines[1].person
    terms = Terms(
        id_number=right.id_cipher, name=right.name, amount_fen=20_000, paid_on=PAID_ON, voucher="V1"
    )
    settle(extra, Settlement.CORRECT, terms=terms)
    wrong = TaxRow.objects.get(pk=extra.tax_row_id)
    missing.refresh_from_db()
    assert (wrong.is_corrected, wrong.corrected_by_row.line_id) == (True, batch.lines[1].pk)
    assert Transfer.objects.filter(reverses__cause_key=f"tax_row:{wrong.pk}").count() == 1
    assert missing.state == DifferenceState.SETTLED
    assert batch.fresh().notice.state == NoticeState.PAID
    assert batch.application.state == ApplicationState.REMITTED


def test_a_row_that_never_was_is_taken_back_without_another(
    cast: SimpleNamespace, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0))
    settle(Difference.objects.get(), Settlement.CORRECT, terms=Terms(is_void=True))
    assert in_transit_fen() == 20_000
    assert batch.fresh().application.state == ApplicationState.REMITTED


def test_a_corrected_amount_matches_its_line(
    cast: SimpleNamespace, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, batch.row(0, amount_fen=19_855))
    person = batch.lines[0].person
    terms = Terms(id_number=person.id_cipher, amount_fen=20_000, paid_on=PAID_ON, voucher="V1-1")
    settle(Difference.objects.get(), Settlement.CORRECT, terms=terms)
    assert batch.states() == [LineState.REMITTED]
    assert batch.fresh().notice.state == NoticeState.PAID


@pytest.mark.parametrize("voucher", ["V1", "V2"])
def test_the_surplus_of_a_repeat_is_returned(
    cast: SimpleNamespace, record: Callable, settle: Callable, voucher: str
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0, voucher=voucher))
    done = settle(Difference.objects.get(), Settlement.RETURN)
    assert done.moved_fen == 20_000
    assert in_transit_fen() == 20_000
    assert batch.states() == [LineState.REMITTED]
    assert batch.fresh().application.state == ApplicationState.REMITTED


def test_what_was_paid_too_much_is_returned_and_the_line_goes_on(
    cast: SimpleNamespace, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, batch.row(0, amount_fen=25_000))
    assert batch.states() == [LineState.ELIGIBLE]
    done = settle(Difference.objects.get(), Settlement.RETURN)
    assert done.moved_fen == 5_000
    assert batch.states() == [LineState.REMITTED]
    assert in_transit_fen() == 20_000


def test_a_surplus_may_become_a_refund(cast: SimpleNamespace, record: Callable, settle: Callable) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0, voucher="V2"))
    settle(Difference.objects.get(), Settlement.REFUND)
    assert in_transit_fen() == 20_000
    assert batch.fresh().application.state == ApplicationState.REMITTED


def test_giving_up_after_the_deadline_frees_the_cap_and_closes_the_batch(
    cast: SimpleNamespace, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=2)
    record(batch, batch.row(0), batch.row(1, amount_fen=10_000))
    settle(Difference.objects.get(), Settlement.GIVE_UP, reason="村里不再补缴")
    assert batch.states() == [LineState.REMITTED, LineState.GIVEN_UP]
    assert CapUse.objects.get(person=batch.lines[1].person).reserved_fen == 0
    assert in_transit_fen() == 20_000
    assert batch.fresh().notice.state == NoticeState.PAID
    assert batch.application.state == ApplicationState.REMITTED


def test_giving_up_before_the_deadline_is_refused(
    cast: SimpleNamespace, by: ByFactory, record: Callable
) -> None:
    batch = make_batch(cast, size=2)
    record(batch, batch.row(0))
    with pytest.raises(RuleViolation, match="期限"):
        notices.propose_settlement(
            Difference.objects.get().pk,
            by=by(cast.tax, "2024-06-28"),
            settlement=Settlement.GIVE_UP,
            reason="x",
        )


def test_nobody_confirms_his_own_proposal(cast: SimpleNamespace, by: ByFactory, record: Callable) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0, voucher="V2"))
    repeat = Difference.objects.get()
    notices.propose_settlement(repeat.pk, by=by(cast.officer, LATE), settlement=Settlement.RETURN)
    with pytest.raises(SeparationOfDuties):
        notices.confirm_settlement(repeat.pk, by=by(cast.officer, LATE))
    assert in_transit_fen() == 40_000


def test_the_tax_officer_does_not_confirm_and_a_foreign_agency_sees_nothing(
    cast: SimpleNamespace, by: ByFactory, record: Callable
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0, voucher="V2"))
    repeat = Difference.objects.get()
    notices.propose_settlement(repeat.pk, by=by(cast.tax, LATE), settlement=Settlement.RETURN)
    with pytest.raises(ActorNotPermitted):
        notices.confirm_settlement(repeat.pk, by=by(cast.tax, LATE))
    with pytest.raises(NotInArea):
        notices.confirm_settlement(repeat.pk, by=by(cast.foreign_officer, LATE))


def test_a_settlement_confirmed_twice_moves_money_once(
    cast: SimpleNamespace, by: ByFactory, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0, voucher="V2"))
    repeat = settle(Difference.objects.get(), Settlement.RETURN)
    with pytest.raises(TransitionNotAllowed, match="officer"):
        notices.confirm_settlement(repeat.pk, by=by(cast.reviewer, LATE))
    assert in_transit_fen() == 20_000


def test_a_proposal_that_is_refused_leaves_the_difference_open(
    cast: SimpleNamespace, by: ByFactory, record: Callable
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0, voucher="V2"))
    repeat = Difference.objects.get()
    notices.propose_settlement(repeat.pk, by=by(cast.tax, LATE), settlement=Settlement.RETURN)
    done = notices.reject_settlement(repeat.pk, by=by(cast.officer, LATE), reason="请先查是否认错人")
    assert (done.state, done.settlement, done.proposed_by) == (DifferenceState.OPEN, "", None)


@pytest.mark.parametrize(
    ("settlement", "terms"),
    [
        (Settlement.GIVE_UP, None),
        (Settlement.ASK, None),
        (Settlement.CORRECT, Terms()),
        (Settlement.CORRECT, Terms(id_number="1")),
    ],
)
def test_a_way_that_does_not_fit_or_lacks_its_terms_is_refused(
    cast: SimpleNamespace, by: ByFactory, record: Callable, settlement: Settlement, terms: Terms | None
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows(), batch.row(0, id_number=factories.id_number(), name="某人"))
    with pytest.raises(InvalidInput):
        notices.propose_settlement(
            Difference.objects.get().pk, by=by(cast.tax, LATE), settlement=settlement, reason="x", terms=terms
        )


def test_late_money_over_the_cap_is_returned_as_surplus(
    cast: SimpleNamespace, by: ByFactory, record: Callable, settle: Callable
) -> None:
    batch = make_batch(cast, size=1)
    notices.lapse_lines([batch.lines[0].pk], by=by(cast.officer, "2024-07-20"), reason="逾期未缴")
    CapUse.objects.filter(person=batch.lines[0].person).update(reserved_fen=290_000)
    record(batch, *batch.rows(), on="2024-07-22")
    settle(Difference.objects.get(), Settlement.RETURN, on="2024-07-23")
    assert in_transit_fen() == 0
    assert batch.fresh().notice.state == NoticeState.VOID


def test_money_taken_back_after_posting_asks_for_a_refund_and_moves_nothing_here(
    cast: SimpleNamespace, by: ByFactory, record: Callable, run_jobs: Callable[[], int]
) -> None:
    batch = make_batch(cast, size=1)
    record(batch, *batch.rows())
    start_posting([batch.application.pk], by=by(cast.officer, "2024-06-28"))
    run_jobs()
    record(batch, batch.row(0, yuan=-200, voucher="R1", reverses_voucher="V1"), on="2024-06-28")
    difference = Difference.objects.get()
    assert in_transit_fen() == 0
    with pytest.raises(TransitionNotAllowed, match="退费申请"):
        notices.propose_settlement(
            difference.pk, by=by(cast.tax, LATE), settlement=Settlement.REFUND, reason="税务已退库"
        )
