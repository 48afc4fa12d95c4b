"""The pages of notices and reconciliation, walked as the people who use them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from core.workflow import By
from subsidies.enums import DifferenceState, LineState, Match, NoticeState
from subsidies.models import Difference, PaymentNotice, TaxRow
from subsidies.services import notices
from tests import factories
from tests.subsidies.notice_cases import PAID_ON, Batch, assert_books_agree, make_batch

Page = Callable[..., Client]
ON = "2024-06-28"


@pytest.fixture
def wrong(cast: SimpleNamespace, by: Callable[..., By]) -> Batch:
    """A notice over six: three match, one missing, one short, one paid twice, and a stranger."""
    batch = make_batch(cast, size=6)
    stranger = batch.row(0, id_number=factories.id_number(), name="田维成")
    rows = [*batch.rows([0, 1, 2, 3]), batch.row(4, amount_fen=19_855), batch.row(3, voucher="V2"), stranger]
    notices.record_tax_rows(batch.notice.pk, rows, by=by(cast.tax, PAID_ON), origin="page")
    return batch


def addresses(batch: Batch) -> list[str]:
    case = Difference.objects.filter(notice=batch.notice).first()
    assert case is not None
    return [
        reverse("notices"),
        reverse("notice", args=[batch.notice.pk]),
        reverse("notice-print", args=[batch.notice.pk]),
        reverse("reconciliations"),
        reverse("reconciliation", args=[batch.notice.pk]),
        reverse("difference", args=[case.pk]),
    ]


@pytest.mark.parametrize("who", ["clerk", "township", "officer", "reviewer", "tax", "district", "auditor"])
def test_who_reads_cases_opens_every_page(cast: SimpleNamespace, page: Page, wrong: Batch, who: str) -> None:
    client = page(getattr(cast, who), ON)
    for address in addresses(wrong):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("foreign_tax", 404), ("finance", 403), ("admin", 403)]
)
def test_others_open_none(cast: SimpleNamespace, page: Page, wrong: Batch, who: str, status: int) -> None:
    client = page(getattr(cast, who), ON)
    for address in addresses(wrong):
        if address not in (reverse("notices"), reverse("reconciliations")):
            assert client.get(address).status_code == status, address


def test_lists_show_a_stranger_nothing(cast: SimpleNamespace, page: Page, wrong: Batch) -> None:
    client = page(cast.stranger, ON)
    for name in ("notices", "reconciliations"):
        assert wrong.notice.number not in client.get(reverse(name)).content.decode()


@pytest.mark.rule("CS-17c")
def test_a_late_notice_says_by_how_many_days_and_against_which_clause(
    cast: SimpleNamespace, page: Page, by: Callable[..., By]
) -> None:
    batch = make_batch(cast, size=2)
    listed = page(cast.tax, "2024-07-06").get(reverse("notices"), {"show": "overdue"}).content.decode()
    assert "逾期3天" in listed
    shown = page(cast.tax, "2024-07-06").get(reverse("notice", args=[batch.notice.pk])).content.decode()
    assert "已逾期3天" in shown
    assert "按时足额" in shown
    notices.record_tax_rows(batch.notice.pk, batch.rows(), by=by(cast.tax, "2024-07-06"), origin="page")
    paid = page(cast.tax, "2024-07-20").get(reverse("notice", args=[batch.notice.pk])).content.decode()
    assert "已逾期3天" in paid


@pytest.mark.rule("CS-30")
def test_the_print_carries_number_capitals_list_and_slip(cast: SimpleNamespace, page: Page) -> None:
    batch = make_batch(cast, size=115)
    paper = page(cast.clerk, ON).get(reverse("notice-print", args=[batch.notice.pk])).content.decode()
    for text in (
        "长社保缴通〔2024〕0001号",
        "贰万叁仟元整",
        "23,000.00",
        "2024年7月3日",
        "重庆市长寿区城乡居民基本养老保险",
        "回执",
        "示例值",
    ):
        assert text in paper
    assert all(line.person.id_cipher in paper for line in batch.lines[:3])


def test_the_sums_of_the_reconciliation_add_up(cast: SimpleNamespace, page: Page, wrong: Batch) -> None:
    sums = page(cast.officer, ON).get(reverse("reconciliation", args=[wrong.notice.pk])).context["sums"]
    by_kind = {b.kind: (b.line_count, b.line_fen, b.row_count, b.row_fen) for b in sums.buckets}
    assert by_kind == {
        Match.SAME: (3, 60_000, 3, 60_000),
        Match.MISSING: (1, 20_000, 0, 0),
        Match.EXTRA: (0, 0, 1, 20_000),
        Match.AMOUNT: (1, 20_000, 1, 19_855),
        Match.REPEAT: (1, 20_000, 2, 40_000),
    }
    assert (sums.total.line_fen, sums.total.row_fen, sums.total.gap_fen) == (120_000, 139_855, 19_855)
    assert (sums.to_post_count, sums.to_post_fen) == (4, 80_000)


def test_the_list_of_differences_leaves_as_a_workbook_without_identity_numbers(
    cast: SimpleNamespace, page: Page, wrong: Batch
) -> None:
    from io import BytesIO

    import openpyxl

    answer = page(cast.tax, ON).get(reverse("reconciliation", args=[wrong.notice.pk]), {"export": "xlsx"})
    book = openpyxl.load_workbook(BytesIO(answer.content))
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell is not None]
    assert {"E-TAX-MISSING", "E-TAX-EXTRA", "E-TAX-AMOUNT", "E-TAX-REPEAT"} <= set(cells)
    assert not any(wrong.lines[4].person.id_cipher in cell for cell in cells)


def send(client: Client, name: str, pk: int, data: dict[str, object], key: str = "k") -> object:
    return client.post(reverse(name, args=[pk]), {"request_key": key, **data}, follow=True)


def test_ticked_persons_are_recorded_at_what_is_open(cast: SimpleNamespace, page: Page) -> None:
    batch = make_batch(cast, size=3)
    ticked = [batch.lines[0].pk, batch.lines[2].pk]
    data = {"way": "pick", "lines": ticked, "voucher": "V1", "paid_on": "2024-06-27"}
    send(page(cast.tax, ON), "tax-rows-new", batch.notice.pk, data)
    send(page(cast.tax, ON), "tax-rows-new", batch.notice.pk, data)
    assert batch.states() == [LineState.REMITTED, LineState.ELIGIBLE, LineState.REMITTED]
    assert TaxRow.objects.count() == 2


def test_rows_typed_from_tickets_are_recorded_and_a_wrong_one_keeps_its_input(
    cast: SimpleNamespace, page: Page
) -> None:
    batch = make_batch(cast, size=2)
    form = {"way": "rows", "row-TOTAL_FORMS": 2, "row-INITIAL_FORMS": 0}
    typed = {
        "row-0-id_number": batch.lines[0].person.id_cipher,
        "row-0-amount": "200.00",
        "row-0-paid_on": "2024-06-27",
        "row-0-voucher": "V1",
    }
    client = page(cast.tax, ON)
    refused = send(
        client, "tax-rows-new", batch.notice.pk, {**form, **typed, "row-0-id_number": "50011519750504123"}
    )
    assert "这里有17位" in refused.content.decode()
    assert not TaxRow.objects.exists()
    send(client, "tax-rows-new", batch.notice.pk, {**form, **typed}, "k2")
    assert batch.states() == [LineState.REMITTED, LineState.ELIGIBLE]


def test_a_lump_sum_that_does_not_fit_is_told_on_the_form(cast: SimpleNamespace, page: Page) -> None:
    batch = make_batch(cast, size=2)
    data = {"way": "lump", "lump-amount": "399.00", "lump-paid_on": "2024-06-27", "lump-voucher": "L"}
    refused = send(page(cast.tax, ON), "tax-rows-new", batch.notice.pk, data)
    assert "399.00" in refused.content.decode()
    assert "400.00" in refused.content.decode()
    send(page(cast.tax, ON), "tax-rows-new", batch.notice.pk, data | {"lump-amount": "400.00"}, "k2")
    assert batch.fresh().notice.state == NoticeState.PAID


@pytest.mark.parametrize("who", ["clerk", "officer", "finance"])
def test_only_the_tax_office_records_on_a_page(cast: SimpleNamespace, page: Page, who: str) -> None:
    batch = make_batch(cast, size=1)
    assert (
        page(getattr(cast, who), ON).get(reverse("tax-rows-new", args=[batch.notice.pk])).status_code == 403
    )


def test_a_repeat_is_returned_by_two_people_with_a_tick(
    cast: SimpleNamespace, page: Page, wrong: Batch
) -> None:
    repeat = Difference.objects.get(kind=Match.REPEAT)
    send(page(cast.tax, ON), "difference", repeat.pk, {"settlement": "return", "reason": "缴了两次"})
    send(page(cast.officer, ON), "difference-confirm", repeat.pk, {})
    repeat.refresh_from_db()
    assert repeat.state == DifferenceState.PROPOSED, "without the tick nothing moves"
    send(page(cast.officer, ON), "difference-confirm", repeat.pk, {"confirmed": "1"}, "k2")
    repeat.refresh_from_db()
    assert (repeat.state, repeat.moved_fen) == (DifferenceState.SETTLED, 20_000)
    assert_books_agree()
    settled = page(cast.officer, ON).get(
        reverse("reconciliation", args=[wrong.notice.pk]), {"show": "settled"}
    )
    assert "已退回多缴" in settled.content.decode()


def test_every_way_out_has_its_page(cast: SimpleNamespace, page: Page, wrong: Batch) -> None:
    client = page(cast.tax, "2024-07-10")
    for case in Difference.objects.filter(notice=wrong.notice):
        address = reverse("difference", args=[case.pk])
        for way in ("ask", "withdraw", "correct", "return", "refund", "give_up"):
            assert client.get(address, {"way": way}).status_code == 200


def test_a_correction_is_proposed_on_the_page_and_shown_masked_to_who_confirms(
    cast: SimpleNamespace, page: Page, wrong: Batch
) -> None:
    extra, right = Difference.objects.get(kind=Match.EXTRA), wrong.lines[5].person
    data = {
        "settlement": "correct",
        "id_number": right.id_cipher,
        "amount_fen": "200.00",
        "paid_on": "2024-06-27",
        "voucher": "V1",
    }
    send(page(cast.tax, ON), "difference", extra.pk, data)
    shown = page(cast.officer, ON).get(reverse("difference", args=[extra.pk])).content.decode()
    assert right.last4 in shown
    assert right.id_cipher not in shown
    send(page(cast.officer, ON), "difference-confirm", extra.pk, {"confirmed": "1"})
    assert wrong.states()[5] == LineState.REMITTED
    assert_books_agree()


def test_a_proposal_may_be_refused_with_a_reason(cast: SimpleNamespace, page: Page, wrong: Batch) -> None:
    repeat = Difference.objects.get(kind=Match.REPEAT)
    send(page(cast.tax, ON), "difference", repeat.pk, {"settlement": "return"})
    send(page(cast.officer, ON), "difference-reject", repeat.pk, {"reason": "请先核对税票"})
    repeat.refresh_from_db()
    assert (repeat.state, repeat.reason) == (DifferenceState.OPEN, "请先核对税票")


def test_void_and_reissue_on_pages(cast: SimpleNamespace, page: Page) -> None:
    batch = make_batch(cast, size=2)
    client = page(cast.reviewer, ON)
    send(client, "notice-void", batch.notice.pk, {"reason": "金额开错"})
    assert batch.fresh().notice.state == NoticeState.VOID
    send(client, "notice-reissue", batch.notice.pk, {}, "k2")
    new = PaymentNotice.objects.get(replaces=batch.notice)
    shown = client.get(reverse("notice", args=[batch.notice.pk])).content.decode()
    assert new.number in shown
    assert batch.notice.number in client.get(reverse("notice", args=[new.pk])).content.decode()


def test_the_village_gives_up_on_the_page_after_ticking(cast: SimpleNamespace, page: Page) -> None:
    batch = make_batch(cast, size=2)
    client = page(cast.clerk, "2024-07-04")
    data = {"lines": [batch.lines[0].pk], "reason": "村里不再补助"}
    send(client, "notice-give-up", batch.notice.pk, data)
    assert set(batch.states()) == {LineState.ELIGIBLE}
    send(client, "notice-give-up", batch.notice.pk, data | {"confirmed": "1"}, "k2")
    assert batch.states() == [LineState.GIVEN_UP, LineState.ELIGIBLE]


def test_questions_do_not_grow_with_rows(
    cast: SimpleNamespace, page: Page, by: Callable[..., By], django_assert_max_num_queries: Callable
) -> None:
    large = make_batch(cast, size=30)
    notices.record_tax_rows(large.notice.pk, large.rows(range(12)), by=by(cast.tax, PAID_ON), origin="page")
    for number in range(2, 8):
        make_batch(cast, size=1, batch_no=number)
    client = page(cast.tax, ON)
    for address in [*addresses(large), reverse("tax-rows-new", args=[large.notice.pk])]:
        with django_assert_max_num_queries(45):
            client.get(address)
