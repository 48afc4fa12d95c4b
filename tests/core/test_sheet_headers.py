"""The header is found wherever it stands; rows of people are told from decoration."""

from __future__ import annotations

import pytest

from core.sheets.headers import (
    Column,
    HeaderRefused,
    column_letter,
    fill_merged,
    find_body,
    find_header,
    normalise_heading,
)
from core.sheets.reader import Sheet

COLUMNS = (
    Column("name", "姓名", ("名字", "参保人姓名"), "name", needed=True),
    Column("id_number", "公民身份号码", ("身份证号", "身份证号码", "证件号码"), "id", needed=True),
    Column("amount", "集体补助金额", ("金额", "补助金额"), "amount"),
    Column("tier", "个人缴费档次", (), "amount"),
    Column("paid_on", "个人缴费日期", (), "date"),
    Column("village", "村", ("村名",), fill_down=True),
    Column("remark", "备注"),
)
PERSON = ["张三", "500115199003071234"]


def sheet(*rows, merged=()):
    return Sheet("s", [list(row) for row in rows], merged=list(merged))


@pytest.mark.parametrize(
    ("heading", "plain"),
    [
        ("姓 名", "姓名"),
        ("集体补助\n金额(元)", "集体补助金额"),
        ("集体补助金额（元／人·年）", "集体补助金额"),
        ("*姓名：", "姓名"),
        ("公民身份号码【必填】", "公民身份号码"),
        ("ＩＤ", "id"),
    ],
)
def test_headings_are_compared_without_blanks_units_and_stars(heading, plain):
    assert normalise_heading(heading) == plain


@pytest.mark.parametrize("above", [0, 1, 4, 25])
def test_a_header_is_found_below_any_number_of_title_rows(above):
    found = find_header(sheet(*[["石门村成员名单", ""]] * above, ["姓 名", "身份证\n号码"], PERSON), COLUMNS)

    assert (found.last_row, found.places) == (above, {"name": 0, "id_number": 1})


@pytest.mark.parametrize("id_heading", ["身份证号", "身份证号码", "公民身份号码", "证件号码"])
@pytest.mark.parametrize("name_heading", ["姓名", "名字", "参保人姓名"])
def test_synonyms_are_known(name_heading, id_heading):
    found = find_header(sheet(["序号", id_heading, name_heading], [1, *PERSON]), COLUMNS)

    assert found.places == {"id_number": 1, "name": 2}
    assert found.letter("name") == "C"


def test_a_header_over_two_merged_rows_is_put_together():
    found = find_header(
        sheet(
            ["名单", "", "", ""],
            ["姓名", "身份证号", "个人缴费", ""],
            ["", "", "档次（元）", "日期"],
            [*PERSON, 500, "2024-03-06"],
            merged=[((0, 0), (0, 3)), ((1, 0), (2, 0)), ((1, 1), (2, 1)), ((1, 2), (1, 3))],
        ),
        COLUMNS,
    )

    assert (found.first_row, found.last_row) == (1, 2)
    assert found.places == {"name": 0, "id_number": 1, "tier": 2, "paid_on": 3}


def test_columns_nobody_asked_for_are_told():
    assert find_header(sheet(["序号", "姓名", "身份证号"], [1, *PERSON]), COLUMNS).unused == ["序号"]


def test_without_a_header_the_needed_columns_and_the_first_rows_are_told():
    with pytest.raises(HeaderRefused) as refused:
        find_header(sheet(["日期", "收入"], ["500115199003071234", 5.0]), COLUMNS)

    assert refused.value.message == "没有找到表头。表头里要有：姓名、公民身份号码。"
    assert refused.value.rows == [["日期", "收入"], ["**************1234", "5"]]


def test_a_missing_needed_column_is_named_with_the_row_of_the_header():
    with pytest.raises(HeaderRefused, match="第2行像是表头，但缺少这几列：公民身份号码"):
        find_header(sheet(["名单"], ["姓名", "金额", "备注"], ["张三", 1, ""]), COLUMNS)


def test_two_columns_for_one_thing_are_refused_by_letter_and_heading():
    with pytest.raises(HeaderRefused, match="有几列都像“姓名”：A列“姓名”、C列“名字”。请只留一列。"):
        find_header(sheet(["姓名", "身份证号", "名字"], [*PERSON, "李四"]), COLUMNS)


def test_a_second_column_that_holds_nothing_disturbs_nobody():
    found = find_header(sheet(["姓名", "身份证号", "名字"], [*PERSON, ""]), COLUMNS)

    assert found.places["name"] == 0


def body_of(*rows, merged=()):
    table = sheet(["村", "姓名", "身份证号", "金额", "备注"], *rows, merged=merged)
    header = find_header(table, COLUMNS)
    body = find_body(table, header, COLUMNS)
    fill_merged(table, header, COLUMNS, body)
    return table, body


@pytest.mark.parametrize(
    "row",
    [
        ["合计", "", "", 400, ""],
        ["", "合 计", "", 400, ""],
        ["总计：", "", "", "", ""],
        ["共计", "", "", 400, ""],
    ],
)
def test_total_rows_are_no_people(row):
    _table, body = body_of(["石门", *PERSON, 200, ""], row)

    assert (body.rows, body.totals) == ([1], [2])


@pytest.mark.parametrize(
    "text",
    [
        "制表人：  审核人：  负责人：  年 月 日",
        "填报单位（盖章）：",
        "2024年6月17日",
        "第1页 共3页",
        "注：本表一式三份",
    ],
)
def test_signatures_and_notes_below_are_no_people(text):
    _table, body = body_of(["石门", *PERSON, 200, ""], [text, "", "", "", ""])

    assert (body.rows, body.feet) == ([1], [2])


def test_headers_repeated_on_each_page_and_blank_rows_are_left_out():
    head = ["村", "姓名", "身份证号", "金额", "备注"]
    _table, body = body_of(
        ["石门", *PERSON, 200, ""], ["", "", "", "", ""], head, ["石门", "李四", "1", 200, ""]
    )

    assert body.rows == [1, 4]


def test_somebody_without_a_number_is_still_a_row_of_people():
    _table, body = body_of(["石门", "张三", "", "", ""])

    assert body.rows == [1]


def test_a_village_written_once_holds_for_the_rows_below():
    table, _body = body_of(["石门", *PERSON, 200, ""], ["", "李四", "1", 200, ""])

    assert table.rows[2][0] == "石门"


def test_a_merged_text_cell_holds_for_each_of_its_rows_and_a_merged_amount_does_not():
    table, _body = body_of(
        ["石门", *PERSON, 200, "低保户"],
        ["", "李四", "1", "", ""],
        ["", "王五", "1", "", ""],
        merged=[((1, 4), (2, 4)), ((1, 3), (2, 3))],
    )

    assert [row[4] for row in table.rows[1:]] == ["低保户", "低保户", ""]
    assert table.rows[2][3] == ""


@pytest.mark.parametrize(("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_lettered_as_the_clerk_sees_them(index, letter):
    assert column_letter(index) == letter
