"""Give a clerk his own sheet back with each fault beside its cell: coloured, commented, told in two last columns."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import openpyxl
import xlsxwriter
from django.utils.translation import gettext as _
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from core.sheets.headers import column_letter, normalise_heading
from core.sheets.reader import Sheet

RED, AMBER = "FFFCE9E7", "FFFFF2D6"
NOTE_WIDTHS = (40, 40)
# Above this the clerk's own workbook would take the writer hundreds of megabytes; a plain copy goes back instead.
OWN_WORKBOOK_ROWS = 20_000
MAX_HEADER_COLUMNS = 400


@dataclass(frozen=True, slots=True)
class CellRemark:
    """One fault as it is written into a sheet. `letter` is empty where it concerns the whole row."""

    letter: str
    what: str
    how: str
    is_error: bool = True


Remarks = Mapping[int, Sequence[CellRemark]]


def annotate_own_workbook(content: bytes, sheet_name: str, header_row: int, remarks: Remarks) -> bytes:
    """Write the faults into the clerk's own xlsx and return it; everything else in it stays.

    header_row and the keys of `remarks` are row numbers as the clerk sees them.
    """
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[sheet_name]
    last = _note_column(sheet, header_row)
    for offset, (heading, width) in enumerate(zip(_headings(), NOTE_WIDTHS, strict=True)):
        sheet.cell(header_row, last + offset, heading).font = Font(bold=True)
        sheet.column_dimensions[column_letter(last + offset - 1)].width = width
    for number, found in remarks.items():
        _annotate_row(sheet, number, last, found)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _headings() -> tuple[str, str]:
    return _("问题"), _("怎么改")


def _note_column(sheet: Worksheet, header_row: int) -> int:
    """The column for our notes: the one of an earlier annotation, else the first behind the header."""
    last = 0
    for cell in sheet[header_row][:MAX_HEADER_COLUMNS]:
        if cell.value is not None:
            if normalise_heading(str(cell.value)) == _headings()[0]:
                return cell.column
            last = cell.column
    return last + 1


def _annotate_row(sheet: Worksheet, number: int, last: int, found: Sequence[CellRemark]) -> None:
    for remark in found:
        if remark.letter:
            cell = sheet[f"{remark.letter}{number}"]
            if isinstance(cell, openpyxl.cell.cell.MergedCell):
                continue
            cell.fill = PatternFill("solid", fgColor=RED if remark.is_error else AMBER)
            cell.comment = Comment(f"{remark.what}\n{remark.how}".strip(), "系统", width=260, height=90)
    for offset, text in enumerate(_note_texts(found)):
        target = sheet.cell(number, last + offset)
        if not isinstance(target, openpyxl.cell.cell.MergedCell):
            target.value = text
            target.alignment = Alignment(wrap_text=True, vertical="top")


def _note_texts(found: Sequence[CellRemark]) -> tuple[str, str]:
    return "；".join(r.what for r in found), "；".join(dict.fromkeys(r.how for r in found if r.how))


def annotated_copy(
    sheet: Sheet, header_rows: tuple[int, int], remarks: Remarks, *, only_faulty: bool
) -> bytes:
    """Write the cells as they were read into a fresh xlsx with the faults; for xls, CSV and large sheets.

    header_rows: first and last row of the header, as the clerk counts. only_faulty leaves the other rows of people
    out (the header stays, so that the sheet can be uploaded again).
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        target = book.add_worksheet()
        styles = {
            "red": book.add_format({"bg_color": f"#{RED[2:]}", "num_format": "@"}),
            "amber": book.add_format({"bg_color": f"#{AMBER[2:]}", "num_format": "@"}),
            "bold": book.add_format({"bold": True, "text_wrap": True}),
            "text": book.add_format({"num_format": "@"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        width = max((len(sheet.rows[i]) for i in range(header_rows[0] - 1, header_rows[1])), default=1)
        target.set_column(0, width - 1, 16, styles["text"])
        target.set_column(width, width + 1, NOTE_WIDTHS[0])
        written = 0
        for index, row in enumerate(sheet.rows):
            number = index + 1
            if only_faulty and number > header_rows[1] and number not in remarks:
                continue
            in_header = header_rows[0] <= number <= header_rows[1]
            _copy_row(target, written, row[:width], remarks.get(number, ()), (styles, in_header))
            if number == header_rows[1]:
                target.write_row(written, width, _headings(), styles["bold"])
            elif number in remarks:
                target.write_row(written, width, _note_texts(remarks[number]), styles["wrap"])
            written += 1
    return buffer.getvalue()


def _copy_row(
    target: Any,
    number: int,
    row: Sequence[Any],
    found: Sequence[CellRemark],
    look: tuple[dict[str, Any], bool],
) -> None:
    styles, in_header = look
    marked = {remark.letter: remark for remark in found if remark.letter}
    for index, cell in enumerate(row):
        letter = column_letter(index)
        remark = marked.get(letter)
        style = styles["bold" if in_header else "text"]
        if remark:
            style = styles["red" if remark.is_error else "amber"]
            target.write_comment(number, index, f"{remark.what}\n{remark.how}".strip())
        _copy_cell(target, (number, index), cell, style)


def _copy_cell(target: Any, place: tuple[int, int], cell: Any, style: Any) -> None:
    if cell == "" or cell is None:
        target.write_blank(*place, None, style)
    elif isinstance(cell, datetime | date):
        target.write_string(*place, f"{cell:%Y-%m-%d}", style)
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        target.write_number(*place, cell, style)
    else:
        target.write_string(*place, str(cell), style)
