"""Opening balances and grants from before: one brings them in, another confirms; they count in cap and account."""

import io
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from core.enums import ImportState
from core.errors import ActorNotPermitted, SeparationOfDuties
from core.imports.services import confirm_import, pick_rows, upload_sheet
from ledger.models import CapUse, Transfer
from ledger.selectors import person_balances
from subsidies.models import PriorGrant
from tests import factories
from tests.factories import COUNTY

pytestmark = pytest.mark.usefixtures("books_hold")
ON = "2024-06-20"
OPENING = ["姓名", "公民身份号码", "余额日期", "个人缴费余额", "政府补贴余额", "集体补助余额"]
PRIOR = ["姓名", "公民身份号码", "补助年度", "来源", "资助单位", "金额", "记账日期"]


def sheet(head, *rows):
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def bring(kind, content, by):
    return upload_sheet(kind, name="期初.xlsx", content=content, by=by)


def persons(village):
    return [(person.name, person.id_cipher) for person in village.persons]


@pytest.mark.rule("CS-03")
def test_balances_are_booked_when_another_officer_confirms(village, cast, by):
    """What a person paid, what government added and what the collective added never run into one sum."""
    (one, number), (other, number2) = persons(village)[:2]
    rows = [[one, number, "2023-12-31", 4120, 70, None], [other, number2, "2023-12-31", 500.5, None, 200]]
    upload = bring("opening_balances", sheet(OPENING, *rows), by(cast.officer, ON))
    assert (upload.new_count, upload.faulty_count) == (2, 0)
    with pytest.raises(ActorNotPermitted):
        confirm_import(upload.pk, by=by(cast.officer, ON))
    assert not Transfer.objects.exists()
    assert confirm_import(upload.pk, by=by(cast.reviewer, ON)).state == ImportState.WRITTEN
    assert person_balances(village.persons[0].pk) == {
        "personal": 412000,
        "government": 7000,
        "on_behalf": 0,
        "collective": 0,
        "sponsor": 0,
    }
    assert Transfer.objects.get(cause_key=f"opening:{village.persons[1].pk}:collective").counts_on == date(
        2023, 12, 31
    )


def test_whoever_uploaded_does_not_confirm(village, cast, by):
    both = factories.account("both", COUNTY, "officer", "reviewer")
    name, number = persons(village)[0]
    upload = bring(
        "opening_balances", sheet(OPENING, [name, number, "2023-12-31", 1, None, None]), by(both, ON)
    )
    with pytest.raises(SeparationOfDuties):
        confirm_import(upload.pk, by=by(both, ON))


def test_whoever_chose_among_the_rows_does_not_confirm(village, cast, by):
    """Which of two rows is written makes the balance: the one who picked is no second pair of eyes."""
    both = factories.account("both", COUNTY, "officer", "reviewer")
    name, number = persons(village)[0]
    rows = [[name, number, "2023-12-31", 1, None, None], [name, number, "2023-12-31", 90_000, None, None]]
    upload = bring("opening_balances", sheet(OPENING, *rows), by(cast.officer, ON))
    held = upload.rows.filter(held_group__isnull=False).order_by("row_number")
    pick_rows(upload.pk, by=by(both, ON), picks={held[0].held_group: held[1].row_number})
    with pytest.raises(SeparationOfDuties):
        confirm_import(upload.pk, by=by(both, ON))
    assert confirm_import(upload.pk, by=by(cast.reviewer, ON)).state == ImportState.WRITTEN


def test_faulty_openings_are_named_and_left_out(village, cast, by):
    (name, number), (second, number2), (third, number3) = persons(village)[:3]
    first = bring(
        "opening_balances", sheet(OPENING, [name, number, "2023-12-31", 1, None, None]), by(cast.officer, ON)
    )
    confirm_import(first.pk, by=by(cast.reviewer, ON))
    rows = [
        [name, number, "2023-12-31", 2, None, None],
        ["无此人", factories.id_number(), "2023-12-31", 2, None, None],
        ["王不符", number2, "2023-12-31", 2, None, None],
        [third, number3, "2024-06-21", 2, None, None],
    ]
    again = bring("opening_balances", sheet(OPENING, *rows), by(cast.officer, ON))
    codes = [fault["code"] for row in again.rows.order_by("row_number") for fault in row.faults]
    assert codes == ["E-LEDGER", "E-NOT-MEMBER", "E-NAME", "E-ON-DATE"]


@pytest.mark.parametrize(
    ("kind", "head", "amounts"),
    [
        ("opening_balances", OPENING, ["2023-12-31", 1, None, None]),
        ("prior_grants", PRIOR, [2024, "集体补助", "", 200, "2024-05-10"]),
    ],
)
def test_a_member_of_another_county_is_nobody_here(village, cast, by, kind, head, amounts):
    """Whose account it is opens it: neither his money nor that he is a member is another county's to touch."""
    upload = bring(kind, sheet(head, [*persons(village)[0], *amounts]), by(cast.foreign_officer, ON))
    assert [fault["code"] for row in upload.rows.all() for fault in row.faults] == ["E-NOT-MEMBER"]


def test_grants_from_before_count_in_cap_and_account(village, cast, by):
    (one, number), (other, number2) = persons(village)[:2]
    rows = [
        [one, number, 2024, "社会资助", "长寿慈善会", 300, "2024-05-10"],
        [one, number, 2024, "", "", 200, "2024-05-10"],
        [other, number2, 2024, "集体补助", "", 9999999, "2024-05-10"],
        [other, number2, 2009, "集体补助", "", 1, "2024-05-10"],
    ]
    upload = bring("prior_grants", sheet(PRIOR, *rows), by(cast.officer, ON))
    assert (upload.new_count, upload.faulty_count) == (2, 2)
    codes = [fault["code"] for row in upload.rows.order_by("row_number") for fault in row.faults]
    assert codes == ["E-CAP", "E-NO-PARAMETER"]
    confirm_import(upload.pk, by=by(cast.reviewer, ON))
    person = village.persons[0]
    assert PriorGrant.objects.count() == 2
    assert CapUse.objects.get(person=person, year=2024).reserved_fen == 50000
    assert person_balances(person.pk) == {"sponsor": 30000, "collective": 20000}
    same = bring("prior_grants", sheet(PRIOR, *rows[:2]), by(cast.officer, ON))
    assert (same.new_count, same.unchanged_count) == (0, 2)
    other_fen = bring("prior_grants", sheet(PRIOR, [*rows[1][:5], 250, "2024-05-10"]), by(cast.officer, ON))
    assert other_fen.faulty_count == 1


def test_the_page_offers_confirming_to_the_other_officer_only(village, cast, by, page):
    name, number = persons(village)[0]
    content = sheet(OPENING, [name, number, "2023-12-31", 4120, None, None])
    upload = bring("opening_balances", content, by(cast.officer, ON))
    url = reverse("import", args=[upload.pk])
    assert "等另一人复核" in page(cast.officer, ON).get(url).content.decode()
    shown = page(cast.reviewer, ON).get(url).content.decode()
    assert "确认导入1行" in shown and "等另一人复核" not in shown
    assert page(cast.clerk, ON).get(url).status_code == 404
