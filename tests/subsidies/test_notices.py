"""Payment notices: issued, void, replaced; the tax office's money matched to the fen and to the person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
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
from core.models import Event
from core.requests import Replayed
from core.workflow import By
from ledger.models import CapUse, Transfer
from subsidies.enums import ApplicationState, DifferenceState, LineState, Match, NoticeState
from subsidies.models import Difference, NoticeLine, PaymentNotice, TaxRow
from subsidies.services import notices
from tests import factories
from tests.subsidies.notice_cases import CONFIRMED_ON, PAID_ON, assert_books_agree, in_transit_fen, make_batch

ByFactory = Callable[..., By]


@pytest.fixture
def tax(cast: SimpleNamespace, by: ByFactory) -> By:
    return by(cast.tax, PAID_ON)


@pytest.mark.rule("CS-30")
def test_a_notice_carries_number_amount_headcount_and_the_deadline_of_the_rulebook(
    cast: SimpleNamespace,
) -> None:
    batch = make_batch(cast, size=115)
    assert batch.notice.number == "长社保缴通〔2024〕0001号"
    assert (batch.notice.headcount, batch.notice.amount_fen) == (115, 2_300_000)
    assert batch.notice.due_on == CONFIRMED_ON + timedelta(days=15)
    assert NoticeLine.objects.filter(notice=batch.notice).count() == 115


@pytest.mark.rule("CS-30")
def test_tax_data_of_23000_for_115_persons_matches_the_notice(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=115)
    done = notices.record_tax_rows(batch.notice.pk, batch.rows(), by=tax, origin="file")
    assert (done.rows_count, done.amount_fen, done.counts[Match.SAME]) == (115, 2_300_000, 115)
    assert batch.fresh().notice.state == NoticeState.PAID
    assert batch.application.state == ApplicationState.REMITTED
    assert set(batch.states()) == {LineState.REMITTED}
    assert in_transit_fen() == 2_300_000
    assert not Difference.objects.exists()
    assert_books_agree()


@pytest.mark.rule("CS-30")
def test_tax_data_of_22800_for_114_persons_leaves_one_missing_and_the_notice_partly_paid(
    cast: SimpleNamespace, tax: By
) -> None:
    batch = make_batch(cast, size=115)
    notices.record_tax_rows(batch.notice.pk, batch.rows(range(114)), by=tax, origin="file")
    missing = Difference.objects.get()
    assert (missing.kind, missing.line_id, missing.expected_fen, missing.found_fen) == (
        Match.MISSING,
        batch.lines[114].pk,
        20_000,
        0,
    )
    assert batch.fresh().notice.state == NoticeState.PART_PAID
    assert batch.application.state == ApplicationState.NOTIFIED
    assert batch.states().count(LineState.REMITTED) == 114
    assert in_transit_fen() == 2_280_000


def test_two_vouchers_may_pay_one_notice(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=4)
    notices.record_tax_rows(batch.notice.pk, batch.rows([0, 1], voucher="A"), by=tax, origin="page")
    assert Difference.objects.filter(state=DifferenceState.OPEN).count() == 2
    notices.record_tax_rows(batch.notice.pk, batch.rows([2, 3], voucher="B"), by=tax, origin="page")
    assert batch.fresh().notice.state == NoticeState.PAID
    assert batch.application.state == ApplicationState.REMITTED
    assert not Difference.objects.exclude(state=DifferenceState.SETTLED).exists()


def test_one_voucher_may_pay_two_notices_also_for_one_person(cast: SimpleNamespace, tax: By) -> None:
    first = make_batch(cast, size=2)
    second = make_batch(cast, persons=[line.person for line in first.lines], batch_no=2)
    notices.record_tax_rows(first.notice.pk, first.rows(), by=tax, origin="api")
    notices.record_tax_rows(second.notice.pk, second.rows(), by=tax, origin="api")
    assert first.fresh().notice.state == second.fresh().notice.state == NoticeState.PAID
    assert not Difference.objects.exists()


def test_two_rows_of_two_vouchers_add_up_to_one_line(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=1)
    notices.record_tax_rows(
        batch.notice.pk, [batch.row(0, amount_fen=19_855, voucher="A")], by=tax, origin="page"
    )
    short = Difference.objects.get()
    assert (short.kind, short.expected_fen, short.found_fen) == (Match.AMOUNT, 20_000, 19_855)
    notices.record_tax_rows(
        batch.notice.pk, [batch.row(0, amount_fen=145, voucher="B")], by=tax, origin="page"
    )
    short.refresh_from_db()
    assert short.state == DifferenceState.SETTLED
    assert batch.states() == [LineState.REMITTED]
    assert set(TaxRow.objects.values_list("match", flat=True)) == {Match.SAME}
    assert_books_agree()


def test_a_person_not_on_the_notice_stays_in_transit_as_a_difference(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=1)
    stranger = batch.row(0, id_number=factories.id_number(), name="田维成")
    notices.record_tax_rows(batch.notice.pk, [*batch.rows(), stranger], by=tax, origin="api")
    extra = Difference.objects.get()
    assert (extra.kind, extra.line_id, extra.found_fen) == (Match.EXTRA, None, 20_000)
    assert batch.fresh().notice.state == NoticeState.PAID
    assert batch.application.state == ApplicationState.NOTIFIED, (
        "the batch closes when the difference is settled"
    )
    assert in_transit_fen() == 40_000


@pytest.mark.rule("CS-31")
@pytest.mark.parametrize("voucher", ["V1", "V2"])
def test_a_person_paid_twice_is_a_repeat_and_nothing_is_lost(
    cast: SimpleNamespace, tax: By, voucher: str
) -> None:
    batch = make_batch(cast, size=2)
    notices.record_tax_rows(batch.notice.pk, batch.rows(), by=tax, origin="api")
    notices.record_tax_rows(batch.notice.pk, [batch.row(0, voucher=voucher)], by=tax, origin="api")
    repeat = Difference.objects.get()
    assert (repeat.kind, repeat.line_id, repeat.found_fen) == (Match.REPEAT, batch.lines[0].pk, 20_000)
    assert TaxRow.objects.count() == 3
    assert in_transit_fen() == 60_000
    assert_books_agree()


def test_a_file_read_twice_changes_nothing(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=3)
    again = {"by": tax, "origin": "file", "skip_known": True}
    notices.record_tax_rows(batch.notice.pk, batch.rows([0, 1]), **again)
    before = (TaxRow.objects.count(), Transfer.objects.count(), Difference.objects.count(), batch.states())
    done = notices.record_tax_rows(batch.notice.pk, batch.rows([0, 1]), **again)
    assert (done.known_count, done.rows_count) == (2, 0)
    assert (
        TaxRow.objects.count(),
        Transfer.objects.count(),
        Difference.objects.count(),
        batch.states(),
    ) == before


def test_a_longer_file_adds_only_its_new_rows_and_a_row_doubled_in_it_is_a_repeat(
    cast: SimpleNamespace, tax: By
) -> None:
    batch = make_batch(cast, size=3)
    notices.record_tax_rows(batch.notice.pk, batch.rows([0]), by=tax, origin="file", skip_known=True)
    done = notices.record_tax_rows(
        batch.notice.pk, batch.rows([0, 1, 1]), by=tax, origin="file", skip_known=True
    )
    assert done.counts[Match.SAME] == done.counts[Match.REPEAT] == 1
    assert batch.states() == [LineState.REMITTED, LineState.REMITTED, LineState.ELIGIBLE]


def test_a_request_sent_twice_takes_effect_once(cast: SimpleNamespace, by: ByFactory) -> None:
    batch = make_batch(cast, size=2)
    keyed = by(cast.tax, PAID_ON, key="k1", body_hash="x")
    notices.record_tax_rows(batch.notice.pk, batch.rows(), by=keyed, origin="api")
    with pytest.raises(Replayed):
        notices.record_tax_rows(batch.notice.pk, batch.rows(), by=keyed, origin="api")
    assert TaxRow.objects.count() == 2


@pytest.mark.rule("CS-30")
def test_a_lump_sum_equal_to_what_is_open_is_split_over_the_lines(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=3)
    notices.record_tax_rows(batch.notice.pk, [batch.row(0)], by=tax, origin="page")
    done = notices.record_lump_sum(batch.notice.pk, by=tax, amount_fen=40_000, paid_on=PAID_ON, voucher="L")
    assert done.rows_count == 2
    assert batch.fresh().notice.state == NoticeState.PAID
    assert TaxRow.objects.filter(origin="lump").count() == 2
    assert_books_agree()


@pytest.mark.rule("CS-30")
@pytest.mark.parametrize("fen", [59_999, 60_001])
def test_a_lump_sum_that_differs_from_what_is_open_is_refused_with_both_figures(
    cast: SimpleNamespace, tax: By, fen: int
) -> None:
    batch = make_batch(cast, size=3)
    with pytest.raises(RuleViolation) as refused:
        notices.record_lump_sum(batch.notice.pk, by=tax, amount_fen=fen, paid_on=PAID_ON, voucher="L")
    assert refused.value.code == "E-TAX-AMOUNT"
    assert refused.value.figures == {"amount_fen": fen, "open_fen": 60_000}
    assert "600.00" in refused.value.message
    assert not TaxRow.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount_fen": 0}, "E-AMOUNT"),
        ({"voucher": " "}, "E-VOUCHER"),
        ({"paid_on": PAID_ON + timedelta(days=1)}, "E-DATE"),
        ({"id_number": "500115199003071230"}, "E-ID-CHECK"),
        ({"id_number": "", "person_id": 0}, "E-TAX-EXTRA"),
    ],
)
def test_one_faulty_row_keeps_all_out_and_says_which(
    cast: SimpleNamespace, tax: By, fields: dict[str, object], code: str
) -> None:
    batch = make_batch(cast, size=2)
    with pytest.raises(InvalidInput) as refused:
        notices.record_tax_rows(batch.notice.pk, [batch.row(0), batch.row(1, **fields)], by=tax, origin="api")
    assert [(row["row"], row["code"]) for row in refused.value.rows] == [(2, code)]
    assert not TaxRow.objects.exists()


def test_a_negative_row_takes_the_money_back_and_the_person_is_missing_again(
    cast: SimpleNamespace, tax: By
) -> None:
    batch = make_batch(cast, size=2)
    notices.record_tax_rows(batch.notice.pk, batch.rows(), by=tax, origin="file")
    back = batch.row(1, yuan=-200, voucher="R1", reverses_voucher="V1")
    notices.record_tax_rows(batch.notice.pk, [back], by=tax, origin="file")
    assert batch.states() == [LineState.REMITTED, LineState.ELIGIBLE]
    assert Difference.objects.get().kind == Match.MISSING
    assert batch.fresh().notice.state == NoticeState.PART_PAID
    assert batch.application.state == ApplicationState.NOTIFIED
    assert in_transit_fen() == 20_000
    assert_books_agree()


def test_a_negative_row_without_its_ticket_is_refused(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=1)
    with pytest.raises(InvalidInput, match="原税票"):
        notices.record_tax_rows(batch.notice.pk, [batch.row(0, yuan=-200)], by=tax, origin="file")


def test_only_the_tax_office_of_the_county_records_money(cast: SimpleNamespace, by: ByFactory) -> None:
    batch = make_batch(cast, size=1)
    with pytest.raises(NotInArea):
        notices.record_tax_rows(batch.notice.pk, batch.rows(), by=by(cast.foreign_tax, PAID_ON), origin="api")
    with pytest.raises(ActorNotPermitted):
        notices.record_tax_rows(batch.notice.pk, batch.rows(), by=by(cast.officer, PAID_ON), origin="api")


def test_recording_writes_one_event_with_count_and_sum(cast: SimpleNamespace, tax: By) -> None:
    batch = make_batch(cast, size=3)
    notices.record_tax_rows(batch.notice.pk, batch.rows(), by=tax, origin="api")
    event = Event.objects.get(act="subsidies.record_tax_rows")
    assert (event.rows_count, event.amount_fen, event.to_state) == (3, 60_000, NoticeState.PAID)


@pytest.mark.rule("CS-28")
def test_a_withdrawal_after_the_notice_replaces_it_and_frees_the_cap(
    cast: SimpleNamespace, by: ByFactory
) -> None:
    batch = make_batch(cast, size=3)
    [new] = notices.withdraw_and_replace(
        [batch.lines[1].pk], by=by(cast.clerk, "2024-06-24"), reason="DEATH", event_on=date(2024, 6, 20)
    )
    old = batch.fresh().notice
    assert (old.state, new.replaces_id, old.replaced_by.pk) == (NoticeState.REPLACED, old.pk, new.pk)
    assert (new.headcount, new.amount_fen, new.number) == (2, 40_000, "长社保缴通〔2024〕0002号")
    assert batch.states() == [LineState.ELIGIBLE, LineState.WITHDRAWN, LineState.ELIGIBLE]
    assert CapUse.objects.get(person=batch.lines[1].person).reserved_fen == 0


def test_after_part_was_paid_the_new_notice_covers_the_unpaid_rest_only(
    cast: SimpleNamespace, by: ByFactory
) -> None:
    batch = make_batch(cast, size=4)
    rows = [batch.row(0), batch.row(1, amount_fen=19_855)]
    notices.record_tax_rows(batch.notice.pk, rows, by=by(cast.tax, "2024-06-27"), origin="api")
    [new] = notices.withdraw_and_replace(
        [batch.lines[3].pk],
        by=by(cast.clerk, "2024-06-28"),
        reason="OTHER_PENSION",
        event_on=date(2024, 6, 20),
    )
    assert (new.headcount, new.amount_fen) == (2, 20_000 + 145)
    assert not Difference.objects.exclude(state=DifferenceState.SETTLED).exists()
    rest = [batch.row(1, amount_fen=145, voucher="V9"), batch.row(2, voucher="V9")]
    rest = [
        row.__class__(**{f: getattr(row, f) for f in row.__slots__} | {"paid_on": date(2024, 7, 1)})
        for row in rest
    ]
    notices.record_tax_rows(new.pk, rest, by=by(cast.tax, "2024-07-01"), origin="api")
    new.refresh_from_db()
    assert new.state == NoticeState.PAID
    assert batch.fresh().application.state == ApplicationState.REMITTED
    assert_books_agree()


def test_money_for_a_replaced_notice_is_sent_to_the_new_one(
    cast: SimpleNamespace, by: ByFactory, tax: By
) -> None:
    batch = make_batch(cast, size=2)
    notices.withdraw_and_replace(
        [batch.lines[1].pk], by=by(cast.clerk, "2024-06-24"), reason="DEATH", event_on=date(2024, 6, 20)
    )
    with pytest.raises(TransitionNotAllowed, match="0002号"):
        notices.record_tax_rows(batch.notice.pk, batch.rows(), by=tax, origin="api")


def test_a_notice_whose_last_person_is_withdrawn_is_void_and_the_batch_ends(
    cast: SimpleNamespace, by: ByFactory
) -> None:
    batch = make_batch(cast, size=1)
    made = notices.withdraw_and_replace(
        [batch.lines[0].pk], by=by(cast.clerk, "2024-06-24"), reason="DEATH", event_on=date(2024, 6, 20)
    )
    assert made == []
    assert batch.fresh().notice.state == NoticeState.VOID
    assert batch.application.state == ApplicationState.WITHDRAWN


def test_a_paid_person_cannot_be_withdrawn(cast: SimpleNamespace, by: ByFactory, tax: By) -> None:
    batch = make_batch(cast, size=2)
    notices.record_tax_rows(batch.notice.pk, [batch.row(0)], by=tax, origin="api")
    with pytest.raises(TransitionNotAllowed) as refused:
        notices.withdraw_and_replace(
            [batch.lines[0].pk], by=by(cast.clerk, "2024-06-28"), reason="DEATH", event_on=date(2024, 6, 20)
        )
    assert refused.value.rows == [batch.lines[0].pk]


def test_a_notice_is_void_only_while_unpaid_and_a_new_one_names_it(
    cast: SimpleNamespace, by: ByFactory
) -> None:
    batch = make_batch(cast, size=2)
    reviewer = by(cast.reviewer, "2024-06-20")
    notices.void_notice(batch.notice.pk, by=reviewer, reason="开具有误")
    new = notices.reissue_notice(batch.notice.pk, by=reviewer)
    assert batch.fresh().notice.state == NoticeState.VOID
    assert (new.replaces_id, new.amount_fen) == (batch.notice.pk, 40_000)
    notices.record_tax_rows(new.pk, batch.rows(), by=by(cast.tax, PAID_ON), origin="api")
    with pytest.raises(TransitionNotAllowed):
        notices.void_notice(new.pk, by=by(cast.reviewer, "2024-06-28"), reason="开具有误")


def test_whoever_verified_the_batch_does_not_void_its_notice(cast: SimpleNamespace, by: ByFactory) -> None:
    batch = make_batch(cast, size=1)
    batch.application.verified_by, batch.application.confirmed_by = cast.reviewer, cast.officer
    batch.application.save()
    with pytest.raises(SeparationOfDuties):
        notices.void_notice(batch.notice.pk, by=by(cast.reviewer, "2024-06-20"), reason="开具有误")


def test_the_village_gives_up_after_the_deadline_only(cast: SimpleNamespace, by: ByFactory, tax: By) -> None:
    batch = make_batch(cast, size=2)
    notices.record_tax_rows(batch.notice.pk, [batch.row(0)], by=tax, origin="api")
    left = [batch.lines[1].pk]
    with pytest.raises(RuleViolation, match="期限"):
        notices.give_up_lines(left, by=by(cast.clerk, "2024-07-03"), reason="村里不再补助")
    assert notices.give_up_lines(left, by=by(cast.clerk, "2024-07-04"), reason="村里不再补助") == 1
    assert batch.states() == [LineState.REMITTED, LineState.GIVEN_UP]
    assert CapUse.objects.get(person=batch.lines[1].person).reserved_fen == 0
    assert batch.fresh().notice.state == NoticeState.PAID
    assert batch.application.state == ApplicationState.REMITTED


def test_the_agency_lets_a_whole_notice_lapse_and_the_batch_ends(
    cast: SimpleNamespace, by: ByFactory
) -> None:
    batch = make_batch(cast, size=2)
    notices.lapse_lines(
        [line.pk for line in batch.lines], by=by(cast.officer, "2024-07-20"), reason="逾期未缴"
    )
    assert batch.fresh().notice.state == NoticeState.VOID
    assert batch.application.state == ApplicationState.WITHDRAWN


def test_late_money_for_a_given_up_line_reserves_the_cap_anew_and_goes_on(
    cast: SimpleNamespace, by: ByFactory
) -> None:
    batch = make_batch(cast, size=2)
    notices.lapse_lines(
        [line.pk for line in batch.lines], by=by(cast.officer, "2024-07-20"), reason="逾期未缴"
    )
    row = batch.row(0)
    notices.record_tax_rows(batch.notice.pk, [row], by=by(cast.tax, "2024-07-22"), origin="api")
    assert batch.states() == [LineState.REMITTED, LineState.GIVEN_UP]
    assert CapUse.objects.get(person=batch.lines[0].person).reserved_fen == 20_000
    assert batch.fresh().application.state == ApplicationState.REMITTED
    assert batch.notice.state == NoticeState.PAID


def test_late_money_where_the_cap_is_used_by_then_is_a_surplus_to_return(
    cast: SimpleNamespace, by: ByFactory
) -> None:
    batch = make_batch(cast, size=1)
    notices.lapse_lines([batch.lines[0].pk], by=by(cast.officer, "2024-07-20"), reason="逾期未缴")
    CapUse.objects.filter(person=batch.lines[0].person).update(reserved_fen=290_000)
    notices.record_tax_rows(batch.notice.pk, batch.rows(), by=by(cast.tax, "2024-07-22"), origin="api")
    assert batch.states() == [LineState.GIVEN_UP]
    assert Difference.objects.get().kind == Match.EXTRA
    assert in_transit_fen() == 20_000


def test_statements_do_not_grow_with_the_rows(
    cast: SimpleNamespace, tax: By, django_assert_max_num_queries: Callable
) -> None:
    small, large = make_batch(cast, size=3), make_batch(cast, size=40, batch_no=2)
    for batch in (small, large):
        with django_assert_max_num_queries(60):
            notices.record_tax_rows(batch.notice.pk, batch.rows(), by=tax, origin="file")
    assert PaymentNotice.objects.filter(state=NoticeState.PAID).count() == 2
