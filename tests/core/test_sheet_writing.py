"""Tables leave as the offices expect them; a clerk's own sheet comes back with the faults beside the cells."""

from __future__ import annotations

import io
from datetime import date
from zipfile import ZipFile

import openpyxl
import pytest

from core.sheets.annotate import CellRemark, annotate_own_workbook, annotated_copy
from core.sheets.headers import Column, find_header
from core.sheets.reader import open_workbook
from core.sheets.writer import (
    Layout,
    OutColumn,
    download,
    safe_text,
    sheet_file_name,
    table_workbook,
    template_workbook,
)
from tests import sheets

NUMBER = "500115199003071234"
COLUMNS = [
    OutColumn("姓名"),
    OutColumn("公民身份号码", "id", 22),
    OutColumn("补助金额（元）", "amount"),
    OutColumn("人数", "count"),
    OutColumn("比例", "rate_ppm"),
    OutColumn("日期", "date"),
]
ROWS = [
    ["张三", NUMBER, 20050, 1, 600_000, date(2024, 6, 17)],
    ["=cmd|'/c calc'!A1", "50024319750605004X", 10000, 2, None, None],
]


def written(**layout):
    content = table_workbook("石门村2024年度集体补助名单", COLUMNS, iter(ROWS), layout=Layout(**layout))
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_a_table_has_its_title_unit_header_and_total():
    sheet = written(unit="单位：元", subtitle="第1批")

    assert [row[0] for row in sheet.values][:4] == ["石门村2024年度集体补助名单", "第1批", "单位：元", "姓名"]
    assert [cell.value for cell in sheet[7]] == ["合计", None, 300.5, 3, None, None]
    assert sheet.freeze_panes == "A5"
    assert sheet.print_title_rows == "$4:$4"


def test_identity_numbers_are_text_and_amounts_have_two_places():
    sheet = written()

    assert (sheet["B3"].value, sheet["B3"].data_type, sheet["B3"].number_format) == (NUMBER, "s", "@")
    assert (sheet["C3"].value, sheet["C3"].number_format) == (200.5, "0.00")
    assert (sheet["E3"].value, sheet["F3"].value) == (0.6, "2024-06-17")


@pytest.mark.parametrize("text", ["=1+1", "+86138", "-5", "@SUM(A1)", "\tx", "\rx"])
def test_d47_no_text_leaves_as_a_formula(text):
    assert safe_text(text) == f"'{text}"


def test_d47_a_name_that_is_a_formula_is_written_as_text():
    cell = written()["A4"]

    assert (cell.value, cell.data_type) == ("'=cmd|'/c calc'!A1", "s")


def test_a_long_table_is_written_without_a_total_where_it_wants_none():
    assert [row[0] for row in written(has_total=False, foot=["制表人："]).values][-1] == "制表人："


def test_files_are_named_by_what_they_hold_and_the_day():
    assert (
        sheet_file_name("石门村2024年集体补助人员名单", date(2024, 6, 17))
        == "石门村2024年集体补助人员名单_20240617.xlsx"
    )
    assert sheet_file_name("../石门/村", date(2024, 6, 17)) == "石门村_20240617.xlsx"


def test_a_download_is_saved_under_its_chinese_name_and_not_kept_on_the_way():
    answer = download(b"x", "名单_20240617.xlsx")

    assert "filename*=utf-8''%E5%90%8D%E5%8D%95" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    assert answer.getvalue() == b"x"


FILLED_IN = (
    Column("name", "姓名", (), "name", needed=True, sample="张三"),
    Column("id_number", "公民身份号码", (), "id", needed=True, sample=NUMBER),
    Column("amount", "金额（元）", (), "amount", sample=20000),
    Column("kind", "种类", (), "choice", choices={"正常": "r", "补缴": "b"}, sample="正常"),
    Column("on", "日期", (), "date", sample=date(2024, 3, 6)),
)


def test_a_template_reads_back_with_its_own_columns():
    content = template_workbook("成员名单", FILLED_IN, notes=["不要改成数值"])
    sheet = open_workbook(content).load("成员名单")

    assert list(find_header(sheet, FILLED_IN).places) == [column.name for column in FILLED_IN]
    assert sheet.rows[2] == ["张三", NUMBER, 200.0, "正常", "2024-03-06"]
    assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].column_dimensions["B"].width


LIST = [
    ["石门村名单", "", ""],
    ["姓名", "身份证号", "备注"],
    ["张三", "1", "x"],
    ["李四", NUMBER, ""],
    ["王五", "2", ""],
]
REMARKS = {
    3: [CellRemark("B", "位数不对", "填18位号码")],
    5: [CellRemark("B", "位数不对", "填18位号码"), CellRemark("", "重复", "只留一行", is_error=False)],
}


def test_the_clerks_own_workbook_comes_back_with_the_faults_beside_the_cells():
    def add_sheet(book, sheet):
        sheet["C3"].number_format = "0.000"
        book.create_sheet("另一张")["A1"] = "不动"

    content = annotate_own_workbook(sheets.xlsx(LIST, change=add_sheet), "名单", 2, REMARKS)
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["名单"]

    assert [cell.value for cell in sheet[2]] == ["姓名", "身份证号", "备注", "问题", "怎么改"]
    assert [cell.value for cell in sheet[3]] == ["张三", "1", "x", "位数不对", "填18位号码"]
    assert [cell.value for cell in sheet[5]][3:] == ["位数不对；重复", "填18位号码；只留一行"]
    assert sheet["B3"].fill.fgColor.rgb == "FFFCE9E7"
    assert "填18位号码" in sheet["B3"].comment.text
    assert sheet["B4"].comment is None
    assert sheet["C3"].number_format == "0.000"
    assert book["另一张"]["A1"].value == "不动"


def test_annotating_an_annotated_sheet_writes_over_the_old_notes():
    once = annotate_own_workbook(sheets.xlsx(LIST), "名单", 2, REMARKS)
    twice = annotate_own_workbook(once, "名单", 2, {3: [CellRemark("A", "新的问题", "再改")]})

    assert sheets.cells_of(twice)[1] == ["姓名", "身份证号", "备注", "问题", "怎么改"]
    assert sheets.cells_of(twice)[2][3] == "新的问题"


def test_a_fresh_copy_holds_the_same_cells_and_the_faults():
    sheet = open_workbook(sheets.csv(LIST)).load("")
    rows = sheets.cells_of(annotated_copy(sheet, (2, 2), REMARKS, only_faulty=False))

    assert rows[3][:3] == ["李四", NUMBER, None]
    assert rows[2] == ["张三", "1", "x", "位数不对", "填18位号码"]


def test_a_copy_of_the_faulty_rows_keeps_the_header_so_that_it_can_be_uploaded_again():
    sheet = open_workbook(sheets.csv(LIST)).load("")
    content = annotated_copy(sheet, (2, 2), REMARKS, only_faulty=True)

    assert [row[0] for row in sheets.cells_of(content)] == ["石门村名单", "姓名", "张三", "王五"]
    assert find_header(
        open_workbook(content).load("Sheet1"), (*FILLED_IN[:1], Column("id", "身份证号"))
    ).places


def test_numbers_in_a_copy_stay_numbers_and_formulas_stay_text():
    sheet = open_workbook(sheets.xlsx([["姓名", "身份证号"], ["=1+1", 5.0e17]], name="s")).load("s")
    sheet.rows[1][0] = "=1+1"
    with ZipFile(io.BytesIO(annotated_copy(sheet, (1, 1), {}, only_faulty=False))) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")

    assert b"<f>" not in xml
    assert b"5E+17" in xml or b"500000000000000000" in xml
