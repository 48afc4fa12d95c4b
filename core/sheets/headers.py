"""Find the header of a list wherever it stands and whatever its columns are called; tell rows from decoration."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from core.errors import ImportRefused
from core.identity import mask_digits_in
from core.sheets.cleaning import cell_text
from core.sheets.reader import Rows, Sheet

SEARCHED_ROWS = 30
MAX_DEPTH = 3
SHOWN_ROWS = 5
MAX_HEADING = 30
SHOWN_COLUMNS = 12
SUM_WORDS = ("合计", "总计", "共计", "累计", "总合计", "本页合计")
PART_SUM_WORDS = ("小计", "本页小计")
FOOT = re.compile(
    r"(制表|填表|审核|复核|经办|负责|联系|填报|监督|村务|记账|出纳|会计|备注|说明|注|日期|盖章|单位|附件|签字)[^:：]{0,8}[:：]"
    r"|[0-9]{4}年[0-9 ]*月|第[0-9 ]+页"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a kind of sheet may have.

    kind: text, name, id, date, year, amount, count, flag, phone, card, code or choice; it says how a cell is
    cleaned and how the template shows it. choices: written word → value. fill_down: an empty cell means "as above".
    is_soft: a cell that cannot be read is left out with a note and does not stop the row.
    """

    name: str
    label: str
    synonyms: tuple[str, ...] = ()
    kind: str = "text"
    needed: bool = False
    fill_down: bool = False
    is_soft: bool = False
    may_be_zero: bool = False
    may_be_negative: bool = False
    max_length: int = 0
    choices: dict[str, str] | None = None
    sample: Any = ""
    width: int = 12


@dataclass(slots=True)
class Header:
    """Where the header stands and which sheet column holds which of ours (both counted from 0)."""

    first_row: int
    last_row: int
    places: dict[str, int]
    headings: dict[str, str]
    unused: list[str] = field(default_factory=list)

    def letter(self, name: str) -> str:
        """The column's letter as the clerk sees it: D."""
        return column_letter(self.places[name])


class HeaderRefused(ImportRefused):
    """The header cannot be used; `rows` holds the first rows as they were read, long numbers masked."""

    code = "E-HEADER"


def column_letter(index: int) -> str:
    """0 → A, 27 → AB."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=4096)
def normalise_heading(text: str) -> str:
    """A heading without blanks, line breaks, stars and bracketed units: 集体补助\\n金额（元）→ 集体补助金额."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    bare = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】", "", text)
    return (bare or text).strip("*:：、.。·?？").lower()


def find_header(sheet: Sheet, columns: Sequence[Column]) -> Header:
    """Find the header in the first thirty rows, also where it is spread over merged rows.

    Raises HeaderRefused: no header, a needed column missing, or two columns that both match one of ours.
    """
    known = _known_headings(columns)
    best = max(_candidates(sheet, known), key=lambda c: c.rank(columns), default=None)
    if best is None or not _looks_like_header(best, columns):
        raise _refused(sheet, _("没有找到表头。表头里要有：%(names)s。") % {"names": _needed_labels(columns)})
    _refuse_doubles(sheet, columns, best)
    missing = [c.label for c in columns if c.needed and c.name not in best.matches]
    if missing:
        sentence = _("第%(row)d行像是表头，但缺少这几列：%(names)s。请补上后再上传。")
        raise _refused(sheet, sentence % {"row": best.last_row + 1, "names": "、".join(missing)})
    places = {name: found[0] for name, found in best.matches.items()}
    headings = {name: best.texts[place] for name, place in places.items()}
    unused = [t for i, t in enumerate(best.texts) if t and i not in places.values()]
    return Header(best.first_row, best.last_row, places, headings, unused)


def _looks_like_header(found: _Candidate, columns: Sequence[Column]) -> bool:
    """Two headings that we know, or one that we need beside others that we do not know."""
    if len(found.matches) >= min(2, len(columns)):
        return True
    return found.rank(columns)[0] > 0 and sum(1 for text in found.texts if text) > 1


def header_strength(sheet: Sheet, columns: Sequence[Column]) -> tuple[int, int]:
    """How well the sheet's best header fits (needed columns, all columns), to choose among sheets."""
    known = _known_headings(columns)
    ranks = [candidate.rank(columns)[:2] for candidate in _candidates(sheet, known)]
    return max(ranks, default=(0, 0))


def _known_headings(columns: Sequence[Column]) -> dict[str, str]:
    known: dict[str, str] = {}
    for column in columns:
        for text in (column.label, *column.synonyms):
            known.setdefault(normalise_heading(text), column.name)
    return known


def _needed_labels(columns: Sequence[Column]) -> str:
    return "、".join(column.label for column in columns if column.needed)


@dataclass(slots=True)
class _Candidate:
    first_row: int
    last_row: int
    texts: list[str]
    matches: dict[str, list[int]]

    def rank(self, columns: Sequence[Column]) -> tuple[int, int, int, int]:
        needed = sum(1 for column in columns if column.needed and column.name in self.matches)
        return needed, len(self.matches), self.first_row - self.last_row, -self.first_row


def _candidates(sheet: Sheet, known: dict[str, str]) -> Iterator[_Candidate]:
    top = _with_merged_headings(sheet)
    for first in range(len(top)):
        for depth in range(1, MAX_DEPTH + 1):
            if first + depth > len(top):
                break
            yield _candidate(top, first, depth, known)


def _candidate(top: Rows, first: int, depth: int, known: dict[str, str]) -> _Candidate:
    width = max(len(row) for row in top[first : first + depth])
    texts: list[str] = []
    matches: dict[str, list[int]] = {}
    for index in range(width):
        parts = [str(row[index]).strip() for row in top[first : first + depth] if index < len(row)]
        parts = list(dict.fromkeys(part for part in parts if part))
        joined = "".join(parts)
        name = known.get(normalise_heading(joined)) or known.get(
            normalise_heading(parts[-1] if parts else "")
        )
        texts.append(joined)
        if name:
            matches.setdefault(name, []).append(index)
    return _Candidate(first, first + depth - 1, texts, matches)


def _with_merged_headings(sheet: Sheet) -> Rows:
    """The first rows, where a merged heading stands over each of its columns."""
    top = [list(row) for row in sheet.rows[:SEARCHED_ROWS]]
    for (first_row, first_column), (_last_row, last_column) in sheet.merged:
        # A title merged over the whole table is no heading of any column.
        if first_row >= len(top) or last_column == first_column or last_column - first_column > MAX_DEPTH * 2:
            continue
        row = top[first_row]
        for index in range(first_column + 1, min(last_column + 1, len(row))):
            row[index] = row[index] or row[first_column]
    return top


def _refuse_doubles(sheet: Sheet, columns: Sequence[Column], best: _Candidate) -> None:
    body = sheet.rows[best.last_row + 1 :]
    for column in columns:
        places = best.matches.get(column.name, [])
        if len(places) > 1:
            # A second column that holds nothing disturbs nobody.
            filled = [i for i in places if any(i < len(row) and row[i] != "" for row in body)] or places[:1]
            best.matches[column.name] = filled
        if len(best.matches.get(column.name, [])) > 1:
            names = "、".join(
                _("%(letter)s列“%(heading)s”") % {"letter": column_letter(i), "heading": best.texts[i]}
                for i in best.matches[column.name]
            )
            sentence = _("有几列都像“%(label)s”：%(names)s。请只留一列。")
            raise _refused(sheet, sentence % {"label": column.label, "names": names})


def _refused(sheet: Sheet, sentence: str) -> HeaderRefused:
    return HeaderRefused(sentence, rows=first_rows(sheet))


def first_rows(sheet: Sheet) -> list[list[str]]:
    """The first rows with content as they were read, for a clerk who wonders what we saw; long numbers masked."""
    filled = [row for row in sheet.rows[:SEARCHED_ROWS] if any(cell != "" for cell in row)]
    return [
        [mask_digits_in(cell_text(cell))[:30] for cell in row[:SHOWN_COLUMNS]] for row in filled[:SHOWN_ROWS]
    ]


@dataclass(slots=True)
class Body:
    """The rows of people below a header, by index from 0, and what was left out."""

    rows: list[int]
    totals: list[int]
    part_totals: list[int]
    feet: list[int]


def find_body(sheet: Sheet, header: Header, columns: Sequence[Column]) -> Body:
    """Tell the rows of people from blank rows, repeated headers, totals, and the signatures below."""
    body = Body([], [], [], [])
    ids = [header.places[c.name] for c in columns if c.kind == "id" and c.name in header.places]
    headings = {name: normalise_heading(text) for name, text in header.headings.items()}
    for index in range(header.last_row + 1, len(sheet.rows)):
        row = sheet.rows[index]
        first = next((str(cell) for cell in row if cell != ""), "")
        if not first or _repeats_header(row, header, headings):
            continue
        # Whatever a row says, an identity number in it makes it somebody's.
        kind = "" if any(place < len(row) and row[place] != "" for place in ids) else _decoration(row, first)
        getattr(body, kind or "rows").append(index)
    return body


def _repeats_header(row: list[Any], header: Header, headings: dict[str, str]) -> bool:
    equal = 0
    for name, place in header.places.items():
        cell = row[place] if place < len(row) else ""
        # The length alone tells most cells from a heading, and normalising each would cost as much as cleaning.
        if (
            isinstance(cell, str)
            and 0 < len(cell) <= MAX_HEADING
            and normalise_heading(cell) == headings[name]
        ):
            equal += 1
    return equal >= min(2, len(headings))


def _decoration(row: list[Any], first: str) -> str:
    words = [re.sub(r"[\s:：]", "", str(cell)) for cell in row[:8] if isinstance(cell, str) and cell]
    if any(word in SUM_WORDS for word in words):
        return "totals"
    if any(word in PART_SUM_WORDS for word in words):
        return "part_totals"
    return "feet" if FOOT.search(first) and _count_filled(row) <= MAX_DEPTH * 2 else ""


def _count_filled(row: Iterable[Any]) -> int:
    return sum(1 for cell in row if cell != "")


def fill_merged(sheet: Sheet, header: Header, columns: Sequence[Column], body: Body) -> None:
    """Give each row of a merged text cell its value, and each empty cell that means "as above" the one above it."""
    texts = {header.places[c.name] for c in columns if c.kind == "text" and c.name in header.places}
    for (first_row, place), (last_row, _last_column) in sheet.merged:
        if place in texts and header.last_row < first_row < last_row < len(sheet.rows):
            for index in range(first_row + 1, last_row + 1):
                sheet.rows[index][place] = sheet.rows[first_row][place]
    for column in columns:
        if column.fill_down and column.name in header.places:
            place, above = header.places[column.name], ""
            for index in body.rows:
                row = sheet.rows[index]
                if place < len(row):
                    above = row[place] = row[place] if row[place] != "" else above
