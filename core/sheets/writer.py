"""Write tables as the offices expect them: title, unit, frozen header, numbers as text, amounts with two places."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.money import yuan_decimal
from core.sheets.headers import Column

BINARY_TYPE = "application/octet-stream"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FONT = "仿宋"
# A cell that begins so may be run as a formula by whoever opens the file.
RISKY_STARTS = ("=", "+", "-", "@", "\t", "\r")
TEXT_KINDS = {"id", "card", "code", "phone"}
LANDSCAPE_FROM = 8
BAD_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of an export. kind: text, id (and card, code, phone: text), amount (in fen), count, date, rate_ppm."""

    label: str
    kind: str = "text"
    width: int = 12
    is_summed: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands around a table: lines below the title, a unit, a total row, lines at the foot.

    `totals` gives the total row cell by cell where it is more than sums (a share of sums); else it is summed here.
    """

    subtitle: str = ""
    head: Sequence[str] = field(default_factory=tuple)
    totals: Sequence[Any] | None = None
    unit: str = ""
    has_total: bool = True
    foot: Sequence[str] = field(default_factory=tuple)
    sheet_name: str = ""


def table_workbook(
    title: str,
    columns: Sequence[OutColumn],
    rows: Iterable[Sequence[Any]],
    *,
    layout: Layout | None = None,
) -> bytes:
    """Write one table as xlsx, row by row in constant memory.

    rows: one sequence a row in the order of the columns; amounts are whole fen, rates whole parts per million.
    """
    layout = layout or Layout()
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": title})
        sheet = book.add_worksheet(BAD_SHEET_NAME.sub("", layout.sheet_name or title)[:31] or "Sheet1")
        writer = _TableWriter(book, sheet, columns)
        writer.write_head(title, layout)
        writer.write_rows(rows)
        if layout.totals is not None:
            writer.write_given_total(layout.totals)
        elif layout.has_total:
            writer.write_total()
        writer.write_foot(layout.foot)
    return buffer.getvalue()


class _TableWriter:
    def __init__(self, book: xlsxwriter.Workbook, sheet: Worksheet, columns: Sequence[OutColumn]) -> None:
        self.sheet, self.columns, self.row = sheet, columns, 0
        self.sums = [0] * len(columns)
        self.formats = _formats(book)
        for index, column in enumerate(columns):
            cell_format = self.formats["text"] if column.kind in TEXT_KINDS else None
            sheet.set_column(index, index, column.width, cell_format)

    def write_head(self, title: str, layout: Layout) -> None:
        self._line(title, "title", 28)
        heads = [(text, "subtitle") for text in (layout.subtitle, *layout.head)]
        for text, name in (*heads, (layout.unit, "unit")):
            if text:
                self._line(text, name, 18)
        for index, column in enumerate(self.columns):
            self.sheet.write_string(self.row, index, column.label, self.formats["head"])
        self.row += 1
        self.sheet.freeze_panes(self.row, 0)
        self.sheet.repeat_rows(self.row - 1)
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer(_("&C第&P页，共&N页"))
        if len(self.columns) > LANDSCAPE_FROM:
            self.sheet.set_landscape()

    def _line(self, text: str, name: str, height: int) -> None:
        self.sheet.set_row(self.row, height)
        if len(self.columns) > 1:
            self.sheet.merge_range(
                self.row, 0, self.row, len(self.columns) - 1, safe_text(text), self.formats[name]
            )
        else:
            self.sheet.write_string(self.row, 0, safe_text(text), self.formats[name])
        self.row += 1

    def write_rows(self, rows: Iterable[Sequence[Any]]) -> None:
        for row in rows:
            for index, (column, value) in enumerate(zip(self.columns, row, strict=True)):
                if column.kind in {"amount", "count"} and column.is_summed and value:
                    self.sums[index] += value
                self._cell(index, column.kind, value)
            self.row += 1

    def _cell(self, index: int, kind: str, value: Any) -> None:
        cell_format = self.formats[kind if kind in self.formats else "text"]
        if value is None or value == "":
            self.sheet.write_blank(self.row, index, None, cell_format)
        elif kind == "amount":
            self.sheet.write_number(self.row, index, yuan_decimal(value), cell_format)
        elif kind == "rate_ppm":
            self.sheet.write_number(self.row, index, value / 1_000_000, cell_format)
        elif kind == "count":
            self.sheet.write_number(self.row, index, value, cell_format)
        elif isinstance(value, date):
            self.sheet.write_string(self.row, index, f"{value:%Y-%m-%d}", self.formats["date"])
        else:
            self.sheet.write_string(self.row, index, safe_text(str(value)), cell_format)

    def write_given_total(self, totals: Sequence[Any]) -> None:
        self.sheet.write_string(self.row, 0, safe_text(str(totals[0])), self.formats["head"])
        for index, column in enumerate(self.columns[1:], start=1):
            self._cell(index, column.kind, totals[index])
        self.row += 1

    def write_total(self) -> None:
        self.sheet.write_string(self.row, 0, _("合计"), self.formats["head"])
        for index, column in enumerate(self.columns[1:], start=1):
            if column.kind in {"amount", "count"} and column.is_summed:
                self._cell(index, column.kind, self.sums[index])
            else:
                self.sheet.write_blank(self.row, index, None, self.formats["text"])
        self.row += 1

    def write_foot(self, lines: Sequence[str]) -> None:
        for text in lines:
            self.sheet.write_string(self.row, 0, safe_text(text))
            self.row += 1


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    base = {"font_name": FONT, "font_size": 11, "border": 1, "valign": "vcenter"}
    line = {"font_name": FONT, "font_size": 11, "valign": "vcenter"}
    return {
        "title": book.add_format(line | {"font_size": 18, "bold": True, "align": "center"}),
        "subtitle": book.add_format(line),
        "unit": book.add_format(line | {"align": "right"}),
        "head": book.add_format(base | {"bold": True, "align": "center", "text_wrap": True}),
        "text": book.add_format(base | {"num_format": "@"}),
        "date": book.add_format(base | {"num_format": "@", "align": "center"}),
        "amount": book.add_format(base | {"num_format": "0.00", "align": "right"}),
        "count": book.add_format(base | {"num_format": "0", "align": "right"}),
        "rate_ppm": book.add_format(base | {"num_format": "0.00%", "align": "right"}),
    }


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before a risky first character."""
    return f"'{text}" if text.startswith(RISKY_STARTS) else text


def template_workbook(title: str, columns: Sequence[Column], *, notes: Sequence[str] = ()) -> bytes:
    """Write an empty list to be filled in: headings, one example row, number columns preset as text.

    Needed columns carry a star; words that a column allows are offered as a list in its cells.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False}) as book:
        formats = _formats(book)
        plain = {kind: book.add_format({"num_format": "@"}) for kind in TEXT_KINDS | {"date", "text", "name"}}
        plain["amount"] = book.add_format({"num_format": "0.00"})
        sheet = book.add_worksheet(BAD_SHEET_NAME.sub("", title)[:31])
        sheet.merge_range(0, 0, 0, max(len(columns) - 1, 1), title, formats["title"])
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width, plain.get(column.kind))
            sheet.write_string(1, index, column.label + ("*" if column.needed else ""), formats["head"])
            if column.choices:
                _offer_choices(sheet, index, column.choices)
        for index, column in enumerate(columns):
            _write_sample(sheet, index, column, plain)
        sheet.freeze_panes(2, 0)
        _write_notes(book, notes)
    return buffer.getvalue()


def _offer_choices(sheet: Worksheet, index: int, choices: dict[str, str]) -> None:
    words = list(dict.fromkeys(word for word in choices.values() if word))
    if words and len(",".join(words)) <= 255:
        sheet.data_validation(2, index, 5000, index, {"validate": "list", "source": words})


def _write_sample(sheet: Worksheet, index: int, column: Column, formats: dict[str, Format]) -> None:
    if column.kind == "amount" and isinstance(column.sample, int):
        sheet.write_number(2, index, yuan_decimal(column.sample), formats.get("amount"))
    elif isinstance(column.sample, int):
        sheet.write_number(2, index, column.sample)
    elif isinstance(column.sample, date):
        sheet.write_string(2, index, f"{column.sample:%Y-%m-%d}", formats.get("date"))
    else:
        sheet.write_string(2, index, str(column.sample), formats.get(column.kind))


def _write_notes(book: xlsxwriter.Workbook, notes: Sequence[str]) -> None:
    if notes:
        sheet = book.add_worksheet(_("填表说明"))
        sheet.set_column(0, 0, 80)
        for row, note in enumerate(notes):
            sheet.write_string(row, 0, note)


def sheet_file_name(title: str, on: date | datetime, *, extension: str = "xlsx") -> str:
    """The usual file name: 石门村2024年集体补助人员名单_20240617.xlsx."""
    return f"{re.sub(r'[^0-9A-Za-z_（）()〔〕一-鿿-]', '', title)}_{on:%Y%m%d}.{extension}"


def download(content: bytes, name: str) -> HttpResponse:
    """Answer with a file to be saved under its Chinese name."""
    kind = XLSX_TYPE if name.endswith(".xlsx") else "text/csv" if name.endswith(".csv") else BINARY_TYPE
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": disposition, "Cache-Control": "no-store"},
    )
