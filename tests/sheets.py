"""Sheets as offices send them, made on the spot: xlsx, old xls, CSV, and files that are none of these."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl

Rows = Sequence[Sequence[Any]]
SECTOR = 512
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def xlsx(rows: Rows, *, name: str = "名单", change: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook with one sheet; `change(workbook, sheet)` may spoil it further."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    if change:
        change(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def csv(rows: Rows, *, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Separated values."""
    return "\r\n".join(separator.join(str(cell) for cell in row) for row in rows).encode(encoding)


def html(rows: Rows, *, encoding: str = "gb18030") -> bytes:
    """An HTML table, as many systems save under the name of a workbook."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head><meta charset=gbk></head><body><table>{body}</table></body></html>".encode(encoding)


def xls(rows: Rows, *, name: str = "名单", is_encrypted: bool = False) -> bytes:
    """A workbook of Excel 97, record by record: no library that writes them is still kept."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            sheet += _cell(r, c, cell)
    sheet += _record(0x000A, b"")
    protection = _record(0x002F, struct.pack("<H", 0)) if is_encrypted else b""
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)) + protection
    title = name.encode("utf-16-le")
    length = len(start) + 4 + 8 + len(title) + 4
    bound = _record(0x0085, struct.pack("<IBBBB", length, 0, 0, len(name), 1) + title)
    return ole_file({"Workbook": start + bound + _record(0x000A, b"") + sheet})


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _cell(row: int, column: int, cell: Any) -> bytes:
    if cell in ("", None):
        return b""
    if isinstance(cell, int | float):
        return _record(0x0203, struct.pack("<HHHd", row, column, 0, cell))
    text = str(cell).encode("utf-16-le")
    return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text) // 2, 1) + text)


def ole_file(streams: dict[str, bytes]) -> bytes:
    """A compound file with these streams, each in sectors of its own."""
    fat, body, entries = [0xFFFFFFFD, 0xFFFFFFFE], b"", [_entry("Root Entry", 5, 0xFFFFFFFE, 0, 1)]
    names = list(streams)
    for number, name in enumerate(names):
        content = streams[name].ljust(4096, b"\0")
        content = content.ljust(-(-len(content) // SECTOR) * SECTOR, b"\0")
        first, count = len(fat), len(content) // SECTOR
        fat += [first + i + 1 for i in range(count - 1)] + [0xFFFFFFFE]
        right = number + 2 if number + 1 < len(names) else 0xFFFFFFFF
        entries.append(_entry(name, 2, first, len(content), 0xFFFFFFFF, right))
        body += content
    assert len(fat) <= SECTOR // 4 and len(entries) <= 4
    header = OLE_MAGIC + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    header = header.ljust(SECTOR, b"\xff")
    table = b"".join(struct.pack("<I", number) for number in fat).ljust(SECTOR, b"\xff")
    return header + table + b"".join(entries).ljust(SECTOR, b"\0") + body


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int = 0xFFFFFFFF) -> bytes:
    title = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, right, child)
    return (
        title.ljust(64, b"\0")
        + struct.pack("<HBB", len(title), kind, 1)
        + links
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )


def zipped(members: dict[str, bytes]) -> bytes:
    """A plain archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def bomb(megabytes: int) -> bytes:
    """An archive that looks like a workbook and unpacks to this size."""
    return zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * (megabytes << 20)})


def with_member(content: bytes, name: str, body: bytes) -> bytes:
    """The same archive with one member more."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, body)
    return buffer.getvalue()


def changed_member(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same archive with one member rewritten."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    return zipped(members | {name: change(members[name])})


def cells_of(content: bytes) -> list[list[Any]]:
    """Values of the first sheet of an xlsx."""
    return [
        list(row)
        for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    ]
