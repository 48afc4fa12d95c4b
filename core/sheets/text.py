"""Tables in text files: separated values with whatever separator, and HTML that calls itself a workbook."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from core.errors import ImportRefused

SEPARATORS = ",\t;；，|"
SNIFFED_LINES = 40
MAX_COLUMNS = 400


def read_csv(text: str) -> list[list[str]]:
    """Split separated values into rows of text; the separator is the one that cuts the first lines most evenly."""
    sample = "\n".join(text.splitlines()[:SNIFFED_LINES])
    separator = max(SEPARATORS, key=lambda char: _evenness(sample, char))
    return _split(text, separator)


def _split(text: str, separator: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ImportRefused(_("CSV文件里有无法识别的内容，请另存为xlsx后再上传。")) from error
    if any(len(row) > MAX_COLUMNS for row in rows):
        raise ImportRefused(_("表格的列太多，请只留名单需要的列。"))
    return rows


def _evenness(sample: str, separator: str) -> int:
    """Cells in rows of the most frequent width above one."""
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=separator)]
    except csv.Error:
        return 0
    return max((widths.count(width) * (width - 1) for width in set(widths)), default=0)


class _Tables(HTMLParser):
    """Collects the rows of all tables, repeating nothing for merged cells but keeping their columns in place."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._carried: dict[int, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self._close_cell()
            self.rows.append([])
        elif tag in {"td", "th"}:
            self._close_cell()
            if not self.rows:
                self.rows.append([])
            self._cell, self._span = [], _span(given.get("colspan"))
            self._skip_carried(_span(given.get("rowspan")))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._close_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _skip_carried(self, height: int) -> None:
        row = self.rows[-1]
        while self._carried.get(len(row), 0):
            self._carried[len(row)] -= 1
            row.append("")
        if height > 1:
            for column in range(len(row), len(row) + self._span):
                self._carried[column] = height - 1

    def _close_cell(self) -> None:
        if self._cell is None:
            return
        self.rows[-1] += ["".join(self._cell).strip()] + [""] * (self._span - 1)
        self._cell = None


def _span(text: str | None) -> int:
    return min(max(int(text), 1), MAX_COLUMNS) if text and text.isdecimal() else 1


def read_html(text: str) -> list[list[str]]:
    """Read the rows of the tables in an HTML page, as text."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    if not parser.rows:
        raise ImportRefused(_("网页文件里没有表格，请另存为xlsx后再上传。"))
    if any(len(row) > MAX_COLUMNS for row in parser.rows):
        raise ImportRefused(_("表格的列太多，请只留名单需要的列。"))
    return parser.rows
