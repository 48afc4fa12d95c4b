"""Notices, tax money and differences through the API, and the tax office's file."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from rest_framework.test import APIClient

from core.enums import ImportState
from core.imports.services import confirm_import, upload_sheet
from core.workflow import By
from subsidies.enums import DifferenceState, LineState, Match, NoticeState
from subsidies.models import Difference, TaxRow
from tests import factories
from tests.subsidies.notice_cases import PAID_ON, Batch, assert_books_agree, make_batch

Login = Callable[..., APIClient]


def body(batch: Batch, *indexes: int, **fields: Any) -> dict[str, Any]:
    rows = [
        {
            "id_number": batch.lines[i].person.id_cipher,
            "amount_fen": 20_000,
            "paid_on": "2024-06-27",
            "voucher": "V1",
            **fields,
        }
        for i in indexes
    ]
    return {"on": "2024-06-27", "rows": rows}


def post(client: APIClient, path: str, data: dict[str, Any], key: str = "k") -> Any:
    return client.post(f"/api/{path}", data, format="json", headers={"Idempotency-Key": key})


def test_tax_rows_are_recorded_once_and_the_same_request_gets_the_same_answer(
    cast: SimpleNamespace, api: Login
) -> None:
    batch = make_batch(cast, size=2)
    path = f"notices/{batch.notice.pk}/tax-rows/"
    first = post(api(cast.tax), path, body(batch, 0, 1))
    assert (first.status_code, first.data["counts"]["same"], first.data["notice"]["state"]) == (
        201,
        2,
        "paid",
    )
    again = post(api(cast.tax), path, body(batch, 0, 1))
    assert (again.status_code, again.data) == (201, first.data)
    assert again["Idempotent-Replay"] == "true"
    other = post(api(cast.tax), path, body(batch, 0))
    assert (other.status_code, other.data["code"]) == (422, "E-KEY")
    assert TaxRow.objects.count() == 2


def test_the_person_may_be_named_by_id(cast: SimpleNamespace, api: Login) -> None:
    batch = make_batch(cast, size=1)
    rows = body(batch, 0, id_number="", person=batch.lines[0].person_id)
    done = post(api(cast.tax), f"notices/{batch.notice.pk}/tax-rows/", rows)
    assert (done.status_code, done.data["notice"]["state"]) == (201, "paid")


@pytest.mark.parametrize(
    ("who", "status"),
    [("foreign_tax", 404), ("officer", 403), ("clerk", 403), ("finance", 403)],
)
def test_who_may_not_record_is_refused(cast: SimpleNamespace, api: Login, who: str, status: int) -> None:
    batch = make_batch(cast, size=1)
    done = post(api(getattr(cast, who)), f"notices/{batch.notice.pk}/tax-rows/", body(batch, 0))
    assert done.status_code == status
    assert not TaxRow.objects.exists()


@pytest.mark.parametrize("who", ["foreign_tax", "stranger", "foreign_officer"])
def test_a_foreign_notice_and_difference_read_like_nothing(
    cast: SimpleNamespace, api: Login, who: str
) -> None:
    batch = make_batch(cast, size=2)
    post(api(cast.tax), f"notices/{batch.notice.pk}/tax-rows/", body(batch, 0))
    client, difference = api(getattr(cast, who)), Difference.objects.get()
    for path in (
        f"notices/{batch.notice.pk}/",
        f"notices/{batch.notice.pk}/lines/",
        f"notices/{batch.notice.pk}/tax-rows/",
        f"differences/{difference.pk}/",
    ):
        assert client.get(f"/api/{path}").status_code == 404
    assert client.get("/api/notices/").data["count"] == client.get("/api/differences/").data["count"] == 0


def test_a_faulty_row_answers_400_with_its_number_and_no_identity_number(
    cast: SimpleNamespace, api: Login
) -> None:
    batch = make_batch(cast, size=1)
    done = post(
        api(cast.tax), f"notices/{batch.notice.pk}/tax-rows/", body(batch, 0, id_number="500115197505041235")
    )
    assert done.status_code == 400
    assert done.data["rows"][0]["row"] == 1
    assert "500115" not in done.content.decode()


@pytest.mark.rule("CS-30")
def test_a_lump_sum_of_another_amount_answers_422_with_both_figures(
    cast: SimpleNamespace, api: Login
) -> None:
    batch = make_batch(cast, size=2)
    lump = {"on": "2024-06-27", "amount_fen": 39_900, "paid_on": "2024-06-27", "voucher": "L"}
    done = post(api(cast.tax), f"notices/{batch.notice.pk}/lump-sum/", lump)
    assert (done.status_code, done.data["code"]) == (422, "E-TAX-AMOUNT")
    assert done.data["figures"] == {"amount_fen": 39_900, "open_fen": 40_000}
    done = post(api(cast.tax), f"notices/{batch.notice.pk}/lump-sum/", lump | {"amount_fen": 40_000}, "k2")
    assert (done.status_code, done.data["rows_count"]) == (201, 2)


def test_a_repeat_is_listed_proposed_and_confirmed_by_two_persons(cast: SimpleNamespace, api: Login) -> None:
    batch = make_batch(cast, size=1)
    path = f"notices/{batch.notice.pk}/tax-rows/"
    post(api(cast.tax), path, body(batch, 0), "a")
    post(api(cast.tax), path, body(batch, 0), "b")
    [row] = api(cast.officer).get("/api/differences/", {"notice": batch.notice.pk}).data["results"]
    assert (row["code"], row["ways"]) == ("E-TAX-REPEAT", ["return", "correct", "refund"])
    case, on = f"differences/{row['id']}/", {"on": "2024-06-28"}
    proposed = post(
        api(cast.tax), f"{case}propose/", on | {"settlement": "return", "reason": "同一人缴了两次"}, "c"
    )
    assert proposed.data["state"] == "proposed"
    assert post(api(cast.tax), f"{case}confirm/", on, "d").status_code == 403
    confirmed = post(api(cast.officer), f"{case}confirm/", on, "e")
    assert (confirmed.data["state"], confirmed.data["moved_fen"]) == ("settled", 20_000)
    assert post(api(cast.reviewer), f"{case}confirm/", on, "f").status_code == 409
    assert_books_agree()


def test_a_withdrawal_answers_the_new_notice_and_a_void_one_can_be_issued_anew(
    cast: SimpleNamespace, api: Login
) -> None:
    batch = make_batch(cast, size=2)
    asked = {"on": "2024-06-24", "lines": [batch.lines[0].pk], "reason": "DEATH", "event_on": "2024-06-20"}
    [new] = post(api(cast.clerk), f"notices/{batch.notice.pk}/withdraw/", asked).data
    assert (new["replaces"], new["amount_fen"]) == (batch.notice.pk, 20_000)
    voided = post(
        api(cast.reviewer), f"notices/{new['id']}/void/", {"on": "2024-06-25", "reason": "有误"}, "v"
    )
    assert voided.data["state"] == "void"
    again = post(api(cast.reviewer), f"notices/{new['id']}/reissue/", {"on": "2024-06-25"}, "w")
    assert (again.status_code, again.data["replaces"]) == (201, new["id"])


def test_lines_are_given_up_by_the_village_and_lapse_by_the_agency(cast: SimpleNamespace, api: Login) -> None:
    batch = make_batch(cast, size=2)
    path = f"notices/{batch.notice.pk}/give-up/"
    early = {"on": "2024-07-01", "lines": [batch.lines[0].pk], "reason": "不再补助"}
    assert post(api(cast.clerk), path, early, "a").status_code == 422
    assert post(api(cast.clerk), path, early | {"on": "2024-07-04"}, "b").status_code == 200
    assert (
        post(
            api(cast.officer), path, early | {"on": "2024-07-04", "lines": [batch.lines[1].pk]}, "c"
        ).status_code
        == 200
    )
    assert set(batch.states()) == {LineState.GIVEN_UP}


def test_a_list_asks_a_constant_number_of_questions(
    cast: SimpleNamespace, api: Login, django_assert_max_num_queries: Callable
) -> None:
    for number in (1, 2, 3):
        batch = make_batch(cast, size=3, batch_no=number)
        post(api(cast.tax), f"notices/{batch.notice.pk}/tax-rows/", body(batch, 0), str(number))
    client = api(cast.officer)
    for path in ("notices/", "differences/", f"notices/{batch.notice.pk}/lines/"):
        with django_assert_max_num_queries(12):
            assert client.get(f"/api/{path}").data["count"] >= 3


# The file of the tax office (F10).


def sheet(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    table = book.active
    assert table is not None
    table.append(["税务回传"])
    table.append(
        ["税票号码", "缴费人姓名", "证件号码", "征收项目", "实缴金额", "缴款日期", "入库(到账)日期", "备注"]
    )
    for row in rows:
        table.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def cells(batch: Batch, index: int, amount: Any = "200.00", voucher: str = "V1") -> tuple[Any, ...]:
    person = batch.lines[index].person
    return (voucher, person.name, person.id_cipher, "集体补助", amount, "2024-06-27", "2024-06-27", "")


def bring_in(content: bytes, batch: Batch, by: By, *, name: str = "回传.xlsx") -> Any:
    upload = upload_sheet("tax_rows", name=name, content=content, by=by, params={"notice": batch.notice.pk})
    if upload.state == ImportState.PENDING and upload.write_count:
        upload = confirm_import(upload.pk, by=by.within())
    return upload


@pytest.mark.rule("CS-30")
def test_the_file_of_the_tax_office_is_matched_and_read_twice_changes_nothing(
    cast: SimpleNamespace, by: Callable[..., By]
) -> None:
    batch = make_batch(cast, size=3)
    content = sheet(cells(batch, 0), cells(batch, 1), cells(batch, 1))
    first = bring_in(content, batch, by(cast.tax, PAID_ON))
    assert (first.state, first.new_count) == (ImportState.WRITTEN, 3)
    assert sorted(Difference.objects.values_list("kind", flat=True)) == [Match.MISSING, Match.REPEAT]
    again = bring_in(content, batch, by(cast.tax, PAID_ON), name="再传一次.xlsx")
    assert (again.new_count, again.unchanged_count) == (0, 3)
    assert TaxRow.objects.count() == 3


def test_a_longer_file_brings_only_what_is_new(cast: SimpleNamespace, by: Callable[..., By]) -> None:
    batch = make_batch(cast, size=2)
    bring_in(sheet(cells(batch, 0)), batch, by(cast.tax, PAID_ON))
    longer = bring_in(sheet(cells(batch, 0), cells(batch, 1)), batch, by(cast.tax, PAID_ON))
    assert (longer.new_count, longer.unchanged_count) == (1, 1)
    assert batch.fresh().notice.state == NoticeState.PAID
    assert not Difference.objects.exclude(state=DifferenceState.SETTLED).exists()


def test_a_file_with_one_sum_is_split_over_the_notice(cast: SimpleNamespace, by: Callable[..., By]) -> None:
    batch = make_batch(cast, size=3)
    wrong = bring_in(
        sheet(("L1", "", "", "集体补助", "599.00", "2024-06-27", "", "")), batch, by(cast.tax, PAID_ON)
    )
    assert wrong.faulty_count == 1
    right = bring_in(
        sheet(("L1", "", "", "集体补助", "600.00", "2024-06-27", "", "")), batch, by(cast.tax, PAID_ON)
    )
    assert right.state == ImportState.WRITTEN, list(right.rows.values_list("faults", flat=True))
    assert batch.fresh().notice.state == NoticeState.PAID


def test_faulty_rows_of_a_file_stay_out_and_the_rest_goes_on(
    cast: SimpleNamespace, by: Callable[..., By]
) -> None:
    batch = make_batch(cast, size=2)
    stranger = ("V1", "某人", factories.id_number(), "集体补助", "200.00", "2024-06-27", "", "")
    upload = bring_in(sheet(cells(batch, 0), cells(batch, 1, "零元"), stranger), batch, by(cast.tax, PAID_ON))
    assert (upload.new_count, upload.faulty_count) == (2, 1)
    note = upload.rows.get(row_number=5).faults[0]
    assert (note["code"], note["is_error"]) == ("E-TAX-EXTRA", False)
