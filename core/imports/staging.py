"""From an uploaded file to judged rows: read, find the header, clean each cell, hold duplicates, let the kind judge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from core import identity, money
from core.enums import ImportRowStatus
from core.imports.kinds import Context, Fault, ImportKind, SheetRow
from core.models import Import, ImportRow
from core.sheets import cleaning
from core.sheets.headers import Body, Column, Header, fill_merged, find_body, find_header, header_strength
from core.sheets.reader import Sheet, Workbook, open_workbook

BATCH = 2_000
ROW_NUMBERS = ("序号", "序", "编号")
LISTED_ROWS = 8


@dataclass(slots=True)
class Reading:
    """What was read of a file: the chosen sheet, its header, its rows of people, remarks on the whole."""

    sheet: Sheet
    header: Header
    rows: list[SheetRow]
    remarks: list[dict[str, str]] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)

    def header_as_json(self) -> list[dict[str, str]]:
        """One entry a recognised column, in the sheet's order."""
        places = sorted(self.header.places.items(), key=lambda item: item[1])
        return [
            {"name": name, "heading": self.header.headings[name], "letter": self.header.letter(name)}
            for name, _place in places
        ]


def read_sheet(kind: ImportKind, content: bytes, *, sheet_name: str = "") -> Reading:
    """Open the file, choose the sheet that looks most like this kind of list, and take its rows apart.

    Raises ImportRefused (the file), HeaderRefused (its header).
    """
    book = open_workbook(content)
    sheet, also_fit = _choose_sheet(book, kind.columns, sheet_name)
    header = find_header(sheet, kind.columns)
    body = find_body(sheet, header, kind.columns)
    fill_merged(sheet, header, kind.columns, body)
    rows = [_sheet_row(sheet, header, index) for index in body.rows]
    if sheet.counts_from_1904:
        _count_from_1904(kind, rows)
    reading = Reading(sheet, header, rows, other_sheets=also_fit)
    _remark_on_sheet(reading, book, body)
    clean_rows(kind, rows, {n: header.letter(n) for n in header.places})
    _remark_on_totals(kind, reading, body)
    return reading


def _choose_sheet(book: Workbook, columns: Sequence[Column], wanted: str) -> tuple[Sheet, list[str]]:
    names = [wanted] if wanted in book.sheet_names else book.sheet_names
    best, best_strength = book.load(names[0]), (-1, -1)
    needed = sum(1 for column in columns if column.needed)
    fitting = []
    for name in names:
        sheet = best if name == names[0] else book.load(name)
        strength = header_strength(sheet, columns)
        if strength[0] == needed and len(sheet.rows) > 1:
            fitting.append(name)
        if strength > best_strength:
            best, best_strength = sheet, strength
    return best, [name for name in fitting if name != best.name]


def _sheet_row(sheet: Sheet, header: Header, index: int) -> SheetRow:
    row = sheet.rows[index]
    cells = {name: row[place] if place < len(row) else "" for name, place in header.places.items()}
    return SheetRow(number=index + 1, cells=cells)


def _count_from_1904(kind: ImportKind, rows: Iterable[SheetRow]) -> None:
    """Turn bare day numbers into dates while it is known from where the workbook counts."""
    names = [column.name for column in kind.columns if column.kind == "date"]
    for row in rows:
        for name in names:
            if cleaning.is_numeric(row.cells.get(name)):
                row.cells[name] = cleaning.day_counted_from_1904(row.cells[name])


def clean_rows(kind: ImportKind, rows: Iterable[SheetRow], letters: dict[str, str]) -> None:
    """Clean every cell of every row: values and faults are made anew."""
    columns = [column for column in kind.columns if column.name in letters]
    for row in rows:
        row.values, row.faults = {}, []
        for column in columns:
            try:
                row.values[column.name] = _clean(column, row, letters[column.name])
            except cleaning.CellFault as fault:
                if column.is_soft:
                    row.note(column.name, fault.code, fault.what, _("这一格没有写入；改好后可以再导一次"))
                else:
                    row.fault(column.name, fault.code, fault.what, fault.how, proposal=fault.proposal)


def _clean(column: Column, row: SheetRow, letter: str) -> Any:
    cell = row.cells[column.name]
    if column.kind == "id":
        return _clean_id(column, row, letter)
    if column.kind == "name":
        return _clean_name(column, row)
    if cell == "" or cleaning.is_empty(cell):
        if column.needed:
            raise cleaning.CellFault(
                "E-EMPTY", _("没有填%(label)s") % {"label": column.label}, _("补填后再导入")
            )
        return _nothing(column)
    if column.kind == "amount":
        return cleaning.clean_amount(
            cell, may_be_zero=column.may_be_zero, may_be_negative=column.may_be_negative
        )
    if column.kind == "card":
        return cleaning.clean_card(cell, column=letter)
    if column.kind == "choice":
        return cleaning.clean_choice(cell, column.choices or {})
    if column.kind == "text":
        return cleaning.clean_text(cell, max_length=column.max_length)
    return SIMPLE_CLEANERS[column.kind](cell)


SIMPLE_CLEANERS = {
    "date": cleaning.clean_date,
    "year": cleaning.clean_year,
    "count": cleaning.clean_count,
    "flag": cleaning.clean_flag,
    "phone": cleaning.clean_phone,
    "code": cleaning.clean_code,
}


def _nothing(column: Column) -> Any:
    if column.kind == "flag":
        return False
    return "" if column.kind in {"text", "phone", "card", "code", "choice"} else None


def _clean_id(column: Column, row: SheetRow, letter: str) -> str:
    cell = row.cells[column.name]
    if not column.needed and (cell == "" or cleaning.is_empty(cell)):
        return ""
    certificate = None if cleaning.is_numeric(cell) else identity.read_disability_certificate(str(cell))
    if certificate:
        found, disability = certificate
        row.values[f"{column.name}_disability"] = [disability.kind, disability.grade]
        row.note(column.name, "W-ID-DISABILITY", _("填的是残疾人证号，已取前18位"))
        return found.number
    return cleaning.clean_id(cell, column=letter).number


def _clean_name(column: Column, row: SheetRow) -> str:
    reading = cleaning.clean_name(row.cells[column.name])
    if reading.remark:
        row.values[f"{column.name}_note"] = reading.remark
    if reading.note:
        row.note(column.name, reading.note.code, reading.note.what, reading.note.how)
    return reading.name


def judge_rows(kind: ImportKind, rows: list[SheetRow], context: Context) -> None:
    """Let the kind judge cleaned rows, and hold rows whose key stands in another row as well."""
    kind.judge(rows, context)
    groups: dict[Hashable, list[SheetRow]] = defaultdict(list)
    for row in rows:
        row.held_group = None
        key = kind.duplicate_key(row)
        if key:
            groups[key].append(row)
    for group in groups.values():
        if len(group) > 1:
            _hold(kind, group)


def _hold(kind: ImportKind, group: list[SheetRow]) -> None:
    column = "id_number" if "id_number" in group[0].cells else ""
    for row in group:
        other = group[1] if row is group[0] else group[0]
        row.held_group = group[0].number
        row.note(column, "E-DUP-ROW", kind.duplicate_sentence(row, other), _("只留一行，或更正其中一个号码"))


def check_against_id(row: SheetRow) -> None:
    """Note a birth date or a sex in the sheet that says other than the identity number (W-BIRTH, W-SEX)."""
    number = row.values.get("id_number")
    if not number:
        return
    known = identity.known_id(number)
    born, sex = row.values.get("birth_date"), row.values.get("sex")
    if born and born != known.birth_date:
        row.note("birth_date", "W-BIRTH", _("出生日期与身份证号不一致，以号码为准"))
    if sex and sex != known.sex:
        row.note("sex", "W-SEX", _("性别与身份证号不一致，以号码为准"))


def _remark_on_sheet(reading: Reading, book: Workbook, body: Body) -> None:
    sheet = reading.sheet
    filled = {row.number for row in reading.rows}
    coloured = [number for number in sheet.coloured_rows if number in filled]
    # A list striped for reading has most rows coloured; then the colour marks nobody.
    if len(coloured) * 2 > len(filled):
        coloured = []
    # A sheet's own row numbers are no loss.
    unused = [heading for heading in reading.header.unused if heading not in ROW_NUMBERS]
    told = [
        (
            "W-SHEETS",
            _("还有工作表%(list)s也像名单，没有读入"),
            "、".join(f"“{n}”" for n in reading.other_sheets),
        ),
        (
            "W-HIDDEN-SHEETS",
            _("隐藏的工作表%(list)s没有读入"),
            "、".join(f"“{n}”" for n in book.hidden_names[:5]),
        ),
        (
            "W-HIDDEN-ROWS",
            _("第%(list)s行是隐藏的，也读入了，请核对"),
            _some(n for n in sheet.hidden_rows if n in filled),
        ),
        ("W-COLOURS", _("第%(list)s行涂了颜色；颜色不会读入，有含义的请写成文字"), _some(coloured)),
        ("I-UNUSED", _("没有用到的列：%(list)s"), "、".join(unused[:10])),
        ("I-FEET", _("没有当作人员的行：第%(list)s行"), _some(body.totals + body.part_totals + body.feet)),
    ]
    reading.remarks += [{"code": c, "sentence": s % {"list": items}} for c, s, items in told if items]


def _some(numbers: Iterable[int]) -> str:
    found = sorted(numbers)
    text = "、".join(str(number) for number in found[:LISTED_ROWS])
    return f"{text}等{len(found)}" if len(found) > LISTED_ROWS else text


def _remark_on_totals(kind: ImportKind, reading: Reading, body: Body) -> None:
    """Compare the last total row with our own sums (W-TOTAL)."""
    if not body.totals:
        return
    index = body.totals[-1]
    for column in kind.columns:
        if column.kind != "amount" or column.name not in reading.header.places:
            continue
        place = reading.header.places[column.name]
        row = reading.sheet.rows[index]
        written = _amount_or_none(row[place] if place < len(row) else "")
        ours = sum(r.values.get(column.name) or 0 for r in reading.rows if r.number <= index)
        if written is not None and written != ours:
            sentence = _("第%(row)d行合计的%(label)s是%(written)s元，各行相加是%(ours)s元") % {
                "row": index + 1,
                "label": column.label,
                "written": money.yuan_text(written),
                "ours": money.yuan_text(ours),
            }
            reading.remarks.append({"code": "W-TOTAL", "sentence": sentence})


def _amount_or_none(cell: Any) -> int | None:
    try:
        return cleaning.clean_amount(cell, may_be_zero=True, may_be_negative=True)
    except cleaning.CellFault:
        return None


def store_rows(upload: Import, kind: ImportKind, rows: Sequence[SheetRow]) -> None:
    """Write the rows of an import and set its counts (not saved here)."""
    for start in range(0, len(rows), BATCH):
        store_batch(upload, kind, rows[start : start + BATCH])
    count_rows(upload, rows)


def store_batch(upload: Import, kind: ImportKind, rows: Sequence[SheetRow]) -> None:
    """Write some of the rows of an import."""
    letters = {entry["name"]: entry["letter"] for entry in upload.header}
    ImportRow.objects.bulk_create([_stored(upload, kind, row, letters) for row in rows])


def count_rows(upload: Import, rows: Sequence[SheetRow]) -> None:
    """Set the counts of an import (not saved here)."""
    counts = Counter(row.status for row in rows)
    for status in ImportRowStatus.values:
        setattr(upload, f"{status}_count", counts[status])


def _stored(upload: Import, kind: ImportKind, row: SheetRow, letters: dict[str, str]) -> ImportRow:
    return ImportRow(
        upload=upload,
        row_number=row.number,
        status=row.status,
        verdict=row.verdict,
        content={
            "cells": {name: _cell_as_json(cell) for name, cell in row.cells.items()},
            "values": {name: _value_as_json(value) for name, value in row.values.items()},
            "proposals": {f.column: f.proposal for f in row.faults if f.proposal},
        },
        before=row.before,
        faults=[_fault_as_json(fault, row.number, letters) for fault in row.faults],
        fault_group=_fault_group(kind, row),
        held_group=row.held_group,
        is_picked=row.is_picked,
        has_proposal=any(fault.proposal and kind.column(fault.column).kind == "id" for fault in row.faults),
        target_id=row.target_id,
    )


def _fault_group(kind: ImportKind, row: SheetRow) -> str:
    if row.status in {ImportRowStatus.NEW, ImportRowStatus.CHANGED, ImportRowStatus.UNCHANGED}:
        return "note" if row.faults else ""
    error = next((fault for fault in row.faults if fault.is_error), None)
    if error is None:
        return "duplicate"
    return error.column or "other"


def _fault_as_json(fault: Fault, number: int, letters: dict[str, str]) -> dict[str, Any]:
    letter = letters.get(fault.column, "")
    return {
        "column": fault.column,
        "cell": f"{letter}{number}" if letter else "",
        "code": fault.code,
        "what": fault.what,
        "how": fault.how,
        "is_error": fault.is_error,
        "can_mend": bool(fault.proposal),
    }


def _cell_as_json(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    return cell if isinstance(cell, str | int | float | bool) else str(cell)


def cell_from_json(stored: Any) -> Any:
    """A cell as it was read."""
    if isinstance(stored, dict):
        if "date" in stored:
            return date.fromisoformat(stored["date"])
        return datetime.fromisoformat(stored["datetime"])
    return stored


def _value_as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def load_rows(kind: ImportKind, stored: Iterable[ImportRow]) -> list[SheetRow]:
    """Stored rows as a judge knows them: cells, values, marks; faults are left out."""
    dates = {column.name for column in kind.columns if column.kind == "date"}
    return [_loaded(row, dates) for row in stored]


def _loaded(row: ImportRow, dates: set[str]) -> SheetRow:
    content: dict[str, Any] = row.content
    values = {
        name: date.fromisoformat(value) if name in dates and value else value
        for name, value in content["values"].items()
    }
    return SheetRow(
        number=row.row_number,
        cells={name: cell_from_json(cell) for name, cell in content["cells"].items()},
        values=values,
        verdict=row.verdict,
        target_id=row.target_id,
        before=row.before,
        held_group=row.held_group,
        is_picked=row.is_picked,
        pk=row.pk,
    )
