"""Look into an xlsx archive before it is opened: bombs, macros, sizes; and facts of a sheet that readers leave out."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import ImportRefused

MAX_MEMBERS = 2_000
# A dense grid of this many cells takes the reader about a quarter of a gigabyte.
MAX_CELLS = 8_000_000
CHUNK = 4 * 1024 * 1024
OVERLAP = 4 * 1024
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
REFERENCE = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["'][^>]*?(?<!/)>""")
CELL = re.compile(rb"""<c\b([^>]*?)(?:/>|>(.*?)</c>)""", re.DOTALL)
HIDDEN_ROW = re.compile(rb"""<row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="([0-9]+)\"""")
HIDDEN_COLUMN = re.compile(rb"""<col\b(?=[^>]*\bhidden="(?:1|true)")[^>]*?\bmin="([0-9]+)\"""")
NO_RESULT = "#公式没有结果"


@dataclass(slots=True)
class SheetFacts:
    """broken: (row, column) from 0 → error text of cells that a reader shows as empty."""

    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    coloured_rows: list[int] = field(default_factory=list)


def macro_sentence() -> str:
    """The refusal of a workbook with macros."""
    return _("文件带有宏，请另存为不带宏的xlsx后再上传。")


@dataclass(slots=True)
class Archive:
    """parts: sheet name → the part that holds it. counts_from_1904: how bare day numbers are meant."""

    parts: dict[str, str]
    counts_from_1904: bool


def inspect_archive(content: bytes) -> Archive:
    """Refuse what must not be opened; return where each sheet is.

    Unpacks everything once, counting, because the sizes an archive declares may lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _refuse_by_names({member.filename for member in members}, members)
            _unpack_within_limit(archive, members)
            return _table_of_contents(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        OSError,
        KeyError,
    ) as error:
        raise ImportRefused(_damaged()) from error
    except (ElementTree.ParseError, RuntimeError, ValueError) as error:
        raise ImportRefused(_damaged()) from error


def _damaged() -> str:
    return _("文件已损坏或不是表格，请在表格软件里打开并另存为xlsx后再上传。")


def _refuse_by_names(names: set[str], members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise ImportRefused(_("文件里的部件太多，不像正常的表格，请另存为xlsx后再上传。"))
    if any(member.flag_bits & 1 for member in members):
        raise ImportRefused(_("文件设了打开密码，请另存一份不带密码的再上传。"))
    if any(name.lower().endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise ImportRefused(macro_sentence())
    if "xl/workbook.xml" in names:
        return
    if any(name.startswith("word/") for name in names):
        raise ImportRefused(_("这是文字文档，不是表格，请上传xlsx、xls或CSV格式的表格。"))
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise ImportRefused(_("不支持这种表格格式，请在表格软件里另存为xlsx后再上传。"))
    raise ImportRefused(_("这是压缩包，请解压以后上传里面的表格。"))


def _unpack_within_limit(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    limit = settings.UPLOAD_MAX_UNPACKED_BYTES
    if sum(member.file_size for member in members) > limit:
        raise ImportRefused(_bomb())
    unpacked = 0
    for member in members:
        is_sheet = SHEET_PART.fullmatch(member.filename) is not None
        extent = _Extent()
        for chunk in _chunks(archive, member):
            unpacked += len(chunk)
            if unpacked > limit:
                raise ImportRefused(_bomb())
            if is_sheet:
                extent.add(chunk)


def _bomb() -> str:
    limit = settings.UPLOAD_MAX_UNPACKED_BYTES // 1024 // 1024
    return _("文件解压后超过%(limit)dMB，不像正常的表格，没有打开。") % {"limit": limit}


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo | str) -> Iterator[bytes]:
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


class _Extent:
    """How far the cells of a sheet reach; two cells at far corners would cost the reader half a terabyte."""

    def __init__(self) -> None:
        self.rows = self.columns = 1
        self._tail = b""
        self._is_first = True

    def add(self, chunk: bytes) -> None:
        if self._is_first:
            _refuse_foreign_encoding(chunk)
            self._is_first = False
        text = self._tail + chunk
        found = REFERENCE.findall(text)
        if found:
            self.rows = max(self.rows, max(int(row) for _letters, row in found))
            self.columns = max(self.columns, max(column_number(letters) for letters in {f[0] for f in found}))
        if self.rows * self.columns > MAX_CELLS:
            message = _("表格范围太大（到第%(row)d行），请删去下面和右面多余的格子再上传。")
            raise ImportRefused(message % {"row": self.rows})
        self._tail = text[-OVERLAP:]


def _refuse_foreign_encoding(chunk: bytes) -> None:
    declaration = re.match(rb"""\s*(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding=["']([\w-]+)["']""", chunk)
    if b"\x00" in chunk[:400] or (declaration and declaration[1].lower() not in {b"utf-8", b"us-ascii"}):
        raise ImportRefused(_damaged())


def column_number(letters: bytes) -> int:
    """A → 1, AB → 28."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _table_of_contents(archive: zipfile.ZipFile) -> Archive:
    targets = {
        str(node.get("Id")): str(node.get("Target")) for node in _xml(archive, "xl/_rels/workbook.xml.rels")
    }
    parts = {}
    root = _xml(archive, "xl/workbook.xml")
    for node in root.iter(f"{MAIN}sheet"):
        target = targets.get(str(node.get(REL)), "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        parts[str(node.get("name"))] = path
    properties = root.find(f"{MAIN}workbookPr")
    return Archive(parts, properties is not None and properties.get("date1904") in {"1", "true"})


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    raw = archive.read(name)
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise ImportRefused(_damaged())
    return ElementTree.fromstring(raw)


def facts_of_sheet(content: bytes, part: str) -> SheetFacts:
    """Find formulas without result, error cells, hidden rows and coloured rows of one sheet."""
    facts = SheetFacts()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if part not in archive.namelist():
            return facts
        coloured = _coloured_styles(archive)
        rows: set[int] = set()
        tail = b""
        for chunk in _chunks(archive, part):
            tail = _scan(tail + chunk, facts, coloured, rows)
    facts.coloured_rows = sorted(rows)
    facts.hidden_rows = sorted(set(facts.hidden_rows))
    facts.hidden_columns = sorted(set(facts.hidden_columns))
    return facts


def _scan(text: bytes, facts: SheetFacts, coloured: set[bytes], rows: set[int]) -> bytes:
    facts.hidden_rows += [int(number) for number in HIDDEN_ROW.findall(text)]
    facts.hidden_columns += [int(number) for number in HIDDEN_COLUMN.findall(text)]
    if b"<f" in text or b't="e"' in text:
        for attributes, inner in CELL.findall(text):
            _note_broken(attributes, inner, facts)
    if coloured:
        pattern = (
            rb"<c\b[^>]*?\br=\"[A-Z]+([0-9]+)\"[^>]*?\bs=\"(?:" + b"|".join(coloured) + rb")\"[^>]*?[^/]>"
        )
        rows.update(int(number) for number in re.findall(pattern, text))
    cut = text.rfind(b"<row")
    return text[cut:] if cut > 0 else text[-OVERLAP:]


def _note_broken(attributes: bytes, inner: bytes, facts: SheetFacts) -> None:
    is_error = b't="e"' in attributes
    is_formula = inner.startswith(b"<f")
    value = re.search(rb"<v>([^<]+)</v>", inner)
    if not is_error and (not is_formula or value or b't="str"' in attributes):
        return
    place = re.search(rb'\br="([A-Z]+)([0-9]+)"', attributes)
    if place:
        text = value[1].decode("utf-8", "replace") if value else NO_RESULT
        facts.broken[int(place[2]) - 1, column_number(place[1]) - 1] = text


def _coloured_styles(archive: zipfile.ZipFile) -> set[bytes]:
    """Style numbers whose cells are filled or whose font is coloured other than black or by theme."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    root = _xml(archive, "xl/styles.xml")
    fonts = [_has_colour(node.find(f"{MAIN}color")) for node in root.iterfind(f"{MAIN}fonts/{MAIN}font")]
    fills = [_is_filled(node) for node in root.iterfind(f"{MAIN}fills/{MAIN}fill")]
    styles = set()
    for number, node in enumerate(root.iterfind(f"{MAIN}cellXfs/{MAIN}xf")):
        font, fill = int(node.get("fontId", 0)), int(node.get("fillId", 0))
        if (font < len(fonts) and fonts[font]) or (fill < len(fills) and fills[fill]):
            styles.add(str(number).encode())
    return styles


def _has_colour(node: ElementTree.Element | None) -> bool:
    return node is not None and str(node.get("rgb", "FF000000"))[-6:] not in {"000000", "FFFFFF"}


def _is_filled(node: ElementTree.Element) -> bool:
    pattern = node.find(f"{MAIN}patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return False
    colour = pattern.find(f"{MAIN}fgColor")
    return colour is not None and str(colour.get("rgb", "FFFFFFFF"))[-6:] != "FFFFFF"
