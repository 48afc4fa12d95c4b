"""How any kind of sheet is taken apart: cells by their column's kind, totals, and what is told about the whole."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from core.imports.kinds import Context, ImportKind, SheetRow
from core.imports.selectors import written_text
from core.imports.staging import cell_from_json, judge_rows, read_sheet
from core.sheets.headers import Column
from tests import factories, sheets


class PaymentSheet(ImportKind):
    """A kind that uses every sort of column; it is never registered."""

    key = "payments-of-a-test"
    label = "缴费"
    roles = frozenset()
    title = "缴费明细"
    columns = (
        Column("name", "姓名", (), "name", needed=True),
        Column("id_number", "身份证号", (), "id"),
        Column("amount", "金额", ("金额（元）",), "amount", needed=True),
        Column("back", "退费", (), "amount", may_be_zero=True, may_be_negative=True),
        Column("paid_on", "日期", (), "date"),
        Column("year", "年度", (), "year"),
        Column("card", "银行卡号", (), "card"),
        Column("kind", "种类", (), "choice", choices={"正常": "regular"}),
        Column("is_new", "新参保", (), "flag"),
        Column("persons", "人数", (), "count"),
        Column("voucher", "税票号", (), "code"),
        Column("remark", "备注", (), max_length=5),
    )

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Nothing to compare with."""


HEAD = [column.label for column in PaymentSheet.columns]
GOOD = [
    "张三",
    "",
    "200元",
    "-",
    "2024.3.6",
    "2024年度",
    "4111 1111 1111 1111",
    "正常",
    "√",
    "3人",
    "'35001",
    "好",
]


def read(*rows, head=HEAD, **more):
    return read_sheet(PaymentSheet(), sheets.xlsx([head, *rows], **more))


def test_each_cell_becomes_a_value_of_its_columns_kind():
    row = read(GOOD).rows[0]

    assert row.faults == []
    assert row.values == {
        "name": "张三",
        "id_number": "",
        "amount": 20000,
        "back": None,
        "paid_on": date(2024, 3, 6),
        "year": 2024,
        "card": "4111111111111111",
        "kind": "regular",
        "is_new": True,
        "persons": 3,
        "voucher": "35001",
        "remark": "好",
    }


@pytest.mark.parametrize(
    ("place", "cell", "code"),
    [
        (0, "", "E-NAME-EMPTY"),
        (1, "123", "E-ID-FORMAT"),
        (2, "", "E-EMPTY"),
        (2, 0, "E-AMOUNT"),
        (2, -5, "E-AMOUNT"),
        (2, "二百块", "E-AMOUNT"),
        (2, 200.001, "E-AMOUNT"),
        (4, "6/17/24", "E-DATE"),
        (5, "去年", "E-YEAR"),
        (6, 6.22848e18, "E-CARD"),
        (7, "别的", "E-CHOICE"),
        (8, "也许", "E-FLAG"),
        (9, "半个", "E-COUNT"),
        (10, 3.5e17, "E-CODE"),
        (11, "太长太长太长", "E-LENGTH"),
    ],
)
def test_a_cell_that_cannot_be_read_stops_its_row_and_names_its_column(place, cell, code):
    reading = read([*GOOD[:place], cell, *GOOD[place + 1 :]], GOOD)

    assert [(fault.column, fault.code) for fault in reading.rows[0].faults] == [
        (PaymentSheet.columns[place].name, code)
    ]
    assert reading.rows[0].status == "faulty"
    assert reading.rows[1].is_sound


def test_d50_a_negative_row_passes_where_the_column_means_refunds():
    row = read([*GOOD[:3], "−200.00", *GOOD[4:]]).rows[0]

    assert (row.values["back"], row.faults) == (-20000, [])


@pytest.mark.parametrize(("total", "codes"), [(400, []), ("", []), (350, ["W-TOTAL"])])
def test_d27_a_total_row_is_compared_with_the_sum_of_its_rows(total, codes):
    head, rows = ["姓名", "金额（元）"], [["张三", 200], ["李四", 200], ["合计", total], ["制表人：", ""]]
    reading = read(*rows, head=head)

    assert [remark["code"] for remark in reading.remarks if remark["code"] == "W-TOTAL"] == codes
    assert [row.number for row in reading.rows] == [2, 3]


def test_a_wrong_total_is_told_with_both_sums():
    reading = read(["张三", 200], ["合计", 350.5], head=["姓名", "金额"])

    assert reading.remarks[-1]["sentence"] == "第3行合计的金额是350.50元，各行相加是200.00元"


def test_d19_day_numbers_of_a_1904_workbook_are_counted_from_1904():
    def count_from_1904(book, sheet):
        book.epoch = CALENDAR_MAC_1904

    reading = read(["张三", 200, 45460 - 1462], head=["姓名", "金额", "日期"], change=count_from_1904)

    assert reading.rows[0].values["paid_on"] == date(2024, 6, 17)


def test_d23_a_formula_without_result_stops_its_row():
    def spoil(book, sheet):
        sheet["B2"] = "=G5*0.1"

    reading = read(["张三", 200], ["李四", 200], head=["姓名", "金额"], change=spoil)

    assert [fault.code for fault in reading.rows[0].faults] == ["E-FORMULA"]


@pytest.mark.django_db
def test_rows_with_the_same_key_are_held_in_a_group_named_by_the_first(by, cast):
    number = factories.id_number()
    kind = PaymentSheet()
    rows = read(
        ["张三", number, 1], ["李四", number, 2], ["张三", number, 3], head=["姓名", "身份证号", "金额"]
    ).rows

    judge_rows(kind, rows, Context(by(cast.clerk, "2024-06-18"), None, {}, frozenset()))

    assert [(row.held_group, row.status) for row in rows] == [(2, "held")] * 3
    assert [row.faults[0].what for row in rows] == [
        "与第3行号码相同，两行姓名不同",
        "与第2行号码相同，两行姓名不同",
        "与第2行号码相同",
    ]


@pytest.mark.parametrize(
    ("stored", "cell"),
    [
        ({"date": "2024-06-17"}, date(2024, 6, 17)),
        ({"datetime": "2024-06-17T08:30:00"}, datetime.fromisoformat("2024-06-17T08:30:00")),
        (1.5, 1.5),
        ("x", "x"),
    ],
)
def test_cells_come_back_from_the_table_as_they_were_read(stored, cell):
    assert cell_from_json(stored) == cell


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (5.00115199003071e17, "5.00115E+17"),
        ("500115199003071234", "**************1234"),
        ("５００１１５１９９００３０７O71X", "**************O71X"),
        (250, "250"),
        ("陈建国（已故）", "陈建国（已故）"),
        ("", ""),
    ],
)
def test_what_a_cell_says_is_shown_without_its_number(cell, shown):
    assert written_text(cell) == shown


def test_kinds_must_say_what_they_do():
    kind = ImportKind()

    for act in (kind.judge, kind.apply, kind.undo, kind.undo_refusals):
        with pytest.raises(NotImplementedError):
            act([], None)
    with pytest.raises(NotImplementedError):
        kind.prepare(None, {})
    assert kind.params_form(None) is None
    assert kind.after_url(None) == ""
