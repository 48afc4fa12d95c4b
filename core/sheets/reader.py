"""Open an uploaded table by its content, whatever its name says, or refuse it in one sentence."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import python_calamine
from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import ImportRefused
from core.sheets import guard
from core.sheets.text import read_csv, read_html

# Cells are what the file holds: str, float or int (a numeric cell), bool, date, datetime, time; "" where empty.
Cell = Any
Rows = list[list[Cell]]
MergedRange = tuple[tuple[int, int], tuple[int, int]]

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FOREIGN_MAGIC = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"II*\x00",
    b"BM",
    b"MZ",
    b"\x7fELF",
)
MAX_SHEETS = 40
# Begin of the workbook's stream in Excel 97 and 95; the records that may stand before FILEPASS.
BIFF_BEGINS = (b"\x09\x08\x10\x00\x00\x06\x05\x00", b"\x09\x08\x08\x00\x00\x05\x05\x00")
BIFF_FILEPASS = 0x002F
BIFF_BEFORE_FILEPASS = {0x0809, 0x0086}


@dataclass(slots=True)
class Sheet:
    """One worksheet as read. `rows[0]` is row 1 of the sheet, `rows[n][0]` its column A.

    merged: ranges as ((first row, first column), (last row, last column)), from 0. Hidden and coloured rows and
    columns are numbered as the clerk sees them, from 1.
    """

    name: str
    rows: Rows
    merged: list[MergedRange] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    coloured_rows: list[int] = field(default_factory=list)
    counts_from_1904: bool = False


@dataclass(slots=True)
class Workbook:
    """A table file: its kind (xlsx, xls, csv, html), its visible sheets in order, the names of the hidden ones."""

    kind: str
    sheet_names: list[str]
    hidden_names: list[str]
    load: Callable[[str], Sheet]


def open_workbook(content: bytes) -> Workbook:
    """Open a table file by its content: xlsx, xls, CSV in any usual encoding, HTML saved under a table's name.

    Sheets are loaded one by one on request. Raises ImportRefused, one sentence, for everything else.
    """
    if not content:
        raise ImportRefused(_("文件是空的，请重新选择文件。"))
    if len(content) > settings.UPLOAD_MAX_BYTES:
        raise ImportRefused(too_large_sentence())
    if content.startswith(ZIP_MAGIC):
        return _open_xlsx(content)
    if content.startswith(OLE_MAGIC):
        return _open_xls(content)
    if content.startswith(FOREIGN_MAGIC):
        raise ImportRefused(_("这不是表格文件，请上传xlsx、xls或CSV格式的表格。"))
    return _open_text(content)


def too_large_sentence() -> str:
    """The refusal of a file over the limit."""
    limit = settings.UPLOAD_MAX_BYTES // 1024 // 1024
    return _("文件超过%(limit)dMB，请拆成几个文件分别上传。") % {"limit": limit}


def _open_xlsx(content: bytes) -> Workbook:
    archive = guard.inspect_archive(content)

    def load(name: str) -> Sheet:
        sheet = _load_calamine(book, name)
        facts = guard.facts_of_sheet(content, archive.parts.get(name, ""))
        for (row, column), text in facts.broken.items():
            if row < len(sheet.rows) and column < len(sheet.rows[row]) and sheet.rows[row][column] == "":
                sheet.rows[row][column] = text
        sheet.hidden_rows, sheet.hidden_columns = facts.hidden_rows, facts.hidden_columns
        sheet.coloured_rows = facts.coloured_rows
        sheet.counts_from_1904 = archive.counts_from_1904
        return sheet

    book = _calamine(content)
    return _workbook("xlsx", book, load)


def _open_xls(content: bytes) -> Workbook:
    # Names of streams inside an OLE container stand in it as UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in content or _has_password(content):
        raise ImportRefused(_password_sentence())
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise ImportRefused(guard.macro_sentence())
    if "WordDocument".encode("utf-16-le") in content:
        raise ImportRefused(_("这是文字文档，不是表格，请上传xlsx、xls或CSV格式的表格。"))
    book = _calamine(content)
    return _workbook("xls", book, lambda name: _load_calamine(book, name))


def _has_password(content: bytes) -> bool:
    """Whether an old workbook's stream begins with the record that marks it encrypted; the reader would not say."""
    for begin in BIFF_BEGINS:
        at = content.find(begin)
        while at >= 0 and at % 2 == 0 and at + 8 < len(content):
            kind, length = struct.unpack_from("<HH", content, at)
            if kind == BIFF_FILEPASS:
                return True
            if kind not in BIFF_BEFORE_FILEPASS:
                break
            at += 4 + length
    return False


def _password_sentence() -> str:
    return _("文件设了打开密码，请另存一份不带密码的再上传。")


def _calamine(content: bytes) -> python_calamine.CalamineWorkbook:
    try:
        return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError as error:
        raise ImportRefused(_password_sentence()) from error
    except BaseException as error:
        raise _refused_by_reader(error) from error


def _refused_by_reader(error: BaseException) -> BaseException:
    # The reader has a class of errors for each format, and a panic that is no Exception: all mean the same to the
    # clerk. What is not the reader's passes on.
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
        return error
    return ImportRefused(_damaged_sentence())


def _damaged_sentence() -> str:
    return _("文件已损坏或不是表格，请在表格软件里打开并另存为xlsx后再上传。")


def _workbook(kind: str, book: python_calamine.CalamineWorkbook, load: Callable[[str], Sheet]) -> Workbook:
    visible: list[str] = []
    hidden: list[str] = []
    for sheet in book.sheets_metadata:
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
            is_visible = sheet.visible == python_calamine.SheetVisibleEnum.Visible
            (visible if is_visible else hidden).append(sheet.name)
    if not visible:
        raise ImportRefused(_("文件里没有可见的工作表，请取消隐藏后再上传。"))
    if len(visible) > MAX_SHEETS:
        raise ImportRefused(
            _("文件里有%(n)d个工作表，太多了，请只留名单所在的工作表。") % {"n": len(visible)}
        )
    return Workbook(kind, visible, hidden, load)


def _load_calamine(book: python_calamine.CalamineWorkbook, name: str) -> Sheet:
    try:
        sheet = book.get_sheet_by_name(name)
        # Empty columns at the left are cut off by the reader, empty rows at the top are not.
        indent = [""] * (sheet.start[1] if sheet.start else 0)
        rows = [indent + row for row in sheet.iter_rows()]
        merged = list(sheet.merged_cell_ranges or [])
    except BaseException as error:
        raise _refused_by_reader(error) from error
    return Sheet(name, _bounded(rows), merged)


def _open_text(content: bytes) -> Workbook:
    text = decode_text(content)
    start = text.lstrip()[:2000].lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise ImportRefused(_("这是XML格式的表格，请在表格软件里打开并另存为xlsx后再上传。"))
    is_html = "<html" in start or "<table" in start or "<!doctype" in start
    if start.startswith(("<?xml", "mime-version", "{", "[{")) and not is_html:
        raise ImportRefused(_("这不是表格文件，请上传xlsx、xls或CSV格式的表格。"))
    kind, reader = ("html", read_html) if is_html else ("csv", read_csv)
    rows = _bounded(reader(text))
    if not any(any(cell != "" for cell in row) for row in rows):
        raise ImportRefused(_("文件里没有内容，请重新选择文件。"))
    return Workbook(kind, [""], [], lambda name: Sheet(name, rows))


def decode_text(content: bytes) -> str:
    """Decode text by its byte order mark, else strictly as UTF-8, else as GB18030.

    Raises ImportRefused when it is none of these or holds control characters, as no text does.
    """
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(char < " " and char not in "\t\r\n\f" for char in set(text)):
            return text
    raise ImportRefused(_("认不出这个文件的内容，请上传xlsx、xls或CSV格式的表格。"))


def _encodings(content: bytes) -> tuple[str, ...]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if content.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    # Without a mark, text in UTF-16 shows by the zero bytes beside its separators and digits.
    if content[1:400:2].count(0) > len(content[1:400:2]) // 4:
        return ("utf-16-le",)
    if content[0:400:2].count(0) > len(content[0:400:2]) // 4:
        return ("utf-16-be",)
    return ("utf-8", "gb18030")


def _bounded(rows: Rows) -> Rows:
    for row in rows:
        for index, cell in enumerate(row):
            if type(cell) is str and cell.isspace():
                row[index] = ""
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    filled = sum(1 for row in rows if any(cell != "" for cell in row))
    if filled > settings.UPLOAD_MAX_ROWS:
        raise ImportRefused(
            _("表格有%(found)d行，一次最多%(limit)d行，请拆成几个文件分别上传。")
            % {"found": filled, "limit": settings.UPLOAD_MAX_ROWS}
        )
    return rows
