"""Files are opened by their content, or refused in one sentence."""

from __future__ import annotations

import pytest
from openpyxl.styles import PatternFill
from openpyxl.workbook.protection import WorkbookProtection

from core.errors import ImportRefused
from core.sheets import guard
from core.sheets.reader import open_workbook
from tests import sheets

ROWS = [
    ["姓名", "身份证号", "金额"],
    ["张三", "500115199003071234", 200.5],
    ["阿依古丽·买买提", "50024319750605004X", 1],
]
TEXT_ROWS = [[str(cell) for cell in row] for row in ROWS]


def read(content: bytes) -> list[list[object]]:
    book = open_workbook(content)
    return book.load(book.sheet_names[0]).rows


@pytest.mark.parametrize("make", [sheets.xlsx, sheets.xls], ids=["xlsx", "xls"])
def test_workbooks_keep_numbers_as_numbers_and_text_as_text(make):
    assert read(make(ROWS)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "；", "，", "|"])
def test_text_tables_are_read_in_every_usual_encoding_and_with_any_separator(encoding, separator):
    assert read(sheets.csv(TEXT_ROWS, encoding=encoding, separator=separator)) == TEXT_ROWS


def test_characters_that_only_gb18030_holds_are_kept():
    assert read(sheets.csv([["姓名", "号"], ["镕䶮𬭎", "1"]], encoding="gb18030"))[1][0] == "镕䶮𬭎"


def test_a_full_width_comma_inside_a_cell_is_no_separator():
    assert read("姓名,备注\n张三,去世，已报\n李四,无\n".encode())[1] == ["张三", "去世，已报"]


def test_a_web_page_under_a_workbooks_name_is_read():
    assert read(sheets.html(TEXT_ROWS)) == TEXT_ROWS


def test_merged_cells_of_a_web_page_keep_their_columns():
    page = (
        "<table><tr><td colspan=2>名单</td></tr><tr><td rowspan=2>石门村</td><td>张三</td></tr>"
        "<tr><td>李四</td></tr></table>"
    )

    assert read(page.encode()) == [["名单", ""], ["石门村", "张三"], ["", "李四"]]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "空"),
        (b"   \n \n", "没有内容"),
        (b"%PDF-1.7 ...", "不是表格文件"),
        (b"\x89PNG\r\n\x1a\n....", "不是表格文件"),
        (b"\xff\xd8\xff\xe0....", "不是表格文件"),
        (b"Rar!\x1a\x07....", "不是表格文件"),
        (b"\x00\x01\x02\x03", "认不出"),
        (b'{"a": 1}', "不是表格文件"),
        (
            b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>",
            "另存为xlsx",
        ),
        (b"PK\x03\x04 and nothing more", "已损坏"),
        (sheets.xlsx(ROWS)[:-200], "已损坏"),
        (sheets.xls(ROWS)[:1200], "已损坏"),
        (sheets.zipped({"list.txt": b"x"}), "压缩包"),
        (sheets.zipped({"word/document.xml": b"<x/>"}), "文字文档"),
        (sheets.zipped({"content.xml": b"<x/>"}), "不支持"),
        (sheets.zipped({"xl/workbook.bin": b"x"}), "不支持"),
        (sheets.ole_file({"EncryptedPackage": b"x"}), "密码"),
        (sheets.ole_file({"WordDocument": b"x"}), "文字文档"),
        (sheets.ole_file({"Workbook": b"x", "_VBA_PROJECT_CUR": b"x"}), "宏"),
        (sheets.xls(ROWS, is_encrypted=True), "密码"),
        (sheets.with_member(sheets.xlsx(ROWS), "xl/vbaProject.bin", b"x"), "宏"),
        (b"<html><body>no table</body></html>", "没有表格"),
    ],
    ids=range(22),
)
def test_what_is_no_table_is_refused_in_one_sentence(content, word):
    with pytest.raises(ImportRefused) as refused:
        read(content)

    assert word in refused.value.message
    assert refused.value.message.count("。") == 1
    assert refused.value.code == "E-FILE"


def test_a_file_over_the_limit_is_refused_unread(settings):
    settings.UPLOAD_MAX_BYTES = 1000

    with pytest.raises(ImportRefused, match="拆成几个文件"):
        read(b"x" * 1001)


def test_a_zip_bomb_is_refused_by_what_it_declares(settings):
    settings.UPLOAD_MAX_UNPACKED_BYTES = 1 << 20

    with pytest.raises(ImportRefused, match="解压后超过1MB"):
        read(sheets.bomb(2))


def test_a_zip_bomb_that_lies_about_its_size_is_refused_all_the_same(settings):
    settings.UPLOAD_MAX_UNPACKED_BYTES = 1 << 20
    honest = sheets.bomb(2)
    size = (2 << 20).to_bytes(4, "little")
    assert honest.count(size) >= 1

    with pytest.raises(ImportRefused):
        read(honest.replace(size, (100).to_bytes(4, "little")))


def test_an_archive_of_thousands_of_parts_is_refused():
    with pytest.raises(ImportRefused, match="部件太多"):
        read(sheets.zipped({f"xl/{n}": b"" for n in range(guard.MAX_MEMBERS + 1)}))


def test_two_cells_at_far_corners_are_refused_before_they_cost_the_memory():
    with pytest.raises(ImportRefused, match="第1048576行"):
        read(sheets.xlsx(ROWS, change=lambda book, sheet: sheet.cell(1_048_576, 16_384, "x")))


def test_a_sheet_in_another_encoding_is_refused_because_the_size_check_could_not_read_it():
    honest = sheets.xlsx([["a"]])
    sheet = '<?xml version="1.0" encoding="UTF-16"?><worksheet/>'.encode("utf-16")

    with pytest.raises(ImportRefused):
        read(sheets.with_member(honest, "xl/worksheets/sheet9.xml", sheet))


def test_entities_in_a_workbook_are_refused():
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaa">]><workbook>&a;</workbook>'

    with pytest.raises(ImportRefused):
        read(sheets.zipped({"xl/workbook.xml": laughs, "xl/_rels/workbook.xml.rels": b"<x/>"}))


def test_too_many_rows_are_refused_with_the_limit(settings):
    settings.UPLOAD_MAX_ROWS = 2

    with pytest.raises(ImportRefused, match="有3行，一次最多2行"):
        read(sheets.xlsx(ROWS))


def test_a_million_formatted_empty_rows_are_no_rows():
    def format_far_below(book, sheet):
        for row in (500, 1_048_576):
            sheet.cell(row, 1).fill = PatternFill("solid", fgColor="FFFF0000")

    assert read(sheets.xlsx(ROWS, change=format_far_below)) == ROWS


def test_a_protected_sheet_without_password_is_read():
    def protect(book, sheet):
        book.security = WorkbookProtection(workbookPassword="x", lockStructure=True)
        sheet.protection.sheet = True

    assert read(sheets.xlsx(ROWS, change=protect)) == ROWS


def test_empty_rows_and_columns_before_the_table_keep_their_places():
    rows = read(sheets.xlsx([], change=lambda book, sheet: sheet.cell(3, 4, "姓名")))

    assert rows[2] == ["", "", "", "姓名"]


def test_hidden_rows_columns_and_sheets_are_told():
    def hide(book, sheet):
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["C"].hidden = True
        book.create_sheet("旧名单").sheet_state = "hidden"

    book = open_workbook(sheets.xlsx(ROWS, change=hide))
    sheet = book.load("名单")

    assert book.hidden_names == ["旧名单"]
    assert (sheet.hidden_rows, sheet.hidden_columns) == ([2], [3])


def test_a_workbook_whose_sheets_are_all_hidden_is_refused():
    content = sheets.changed_member(
        sheets.xlsx(ROWS), "xl/workbook.xml", lambda xml: xml.replace(b'state="visible"', b'state="hidden"')
    )

    with pytest.raises(ImportRefused, match="没有可见的工作表"):
        read(content)


def test_coloured_cells_are_told_and_white_ones_are_not():
    def paint(book, sheet):
        sheet["A2"].fill = PatternFill("solid", fgColor="FFFF0000")
        sheet["A3"].fill = PatternFill("solid", fgColor="FFFFFFFF")

    assert open_workbook(sheets.xlsx(ROWS, change=paint)).load("名单").coloured_rows == [2]


def test_formulas_without_result_and_error_cells_do_not_pass_for_empty():
    def spoil(book, sheet):
        sheet["A2"] = "=B2"
        sheet["C2"] = "#REF!"

    rows = read(sheets.xlsx(ROWS, change=spoil))

    assert rows[1] == [guard.NO_RESULT, "500115199003071234", "#REF!"]
