"""From facts to rows: put together by village, town, unit or key, or left one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from desk.reports.scope import Place, Scope
from desk.reports.shapes import CASE, FIGURES, KEY, TOWN, UNIT, VILLAGE, Cells, Column, Fact, Row, Table

NO_PLACE = Place("", "", "", "")
BY_NAME = "name"


def table_of(
    columns: Sequence[Column],
    facts: Iterable[Fact],
    scope: Scope,
    *,
    fold: str,
    words: str = "",
    sort: str = "",
) -> Table:
    """Rows with derived columns, those that hold the words, in the order asked, with totals over exactly these."""
    facts = list(facts)
    places = scope.places({fact.village_code or fact.town_code for fact in facts})
    rows = _rows(facts, places, fold)
    for row in rows.values():
        row.cells = put_together(columns, row.facts)
    kept = [row for row in rows.values() if not words or words in f"{row.label} {row.second}"]
    totals = put_together(columns, [fact for row in kept for fact in row.facts])
    # A word of one row says nothing of all of them.
    totals |= {column.key: None for column in columns if not column.is_number}
    return Table(list(columns), in_order(kept, sort), totals)


def _rows(facts: list[Fact], places: Mapping[str, Place], fold: str) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for number, fact in enumerate(facts):
        if fold == VILLAGE and not fact.village_code and not fact.cells:
            # A town of which nothing is known is no row among the villages.
            continue
        place = places.get(fact.village_code or fact.town_code, NO_PLACE)
        key, row = _row(fact, place, fold, number)
        rows.setdefault(key, row).facts.append(fact)
    return rows


def _row(fact: Fact, place: Place, fold: str, number: int) -> tuple[str, Row]:
    village_words = place.village or _("（镇街）")
    in_town = " ".join(part for part in (place.town, place.village) if part)
    if fold == KEY:
        return fact.key, Row(fact.key, fact.label, "", {"key": fact.key}, {}, [], "")
    if fold == CASE:
        of = {"village": fact.village_code, "key": fact.key}
        return f"{number:06}", Row(fact.key, fact.label, in_town, of, {}, [], fact.url)
    if fold == TOWN:
        return fact.town_code, Row(fact.town_code, place.town, "", {"town": fact.town_code}, {}, [])
    if fold == UNIT:
        return place.unit, Row(place.unit, place.unit, "", {"unit": place.unit}, {}, [])
    assert fold == VILLAGE
    code = fact.village_code or fact.town_code
    of = {"village": fact.village_code} if fact.village_code else {"town": fact.town_code}
    return code, Row(code, village_words, place.town, of, {}, [], fact.url)


def put_together(columns: Sequence[Column], facts: Sequence[Fact]) -> Cells:
    """Sums of what adds up, the value of a single fact for the rest, then what is reckoned from them."""
    sums: Cells = {}
    for fact in facts:
        for name, value in fact.cells.items():
            if isinstance(value, int):
                sums[name] = sums.get(name, 0) + value
    single = facts[0].cells if len(facts) == 1 else {}
    cells = dict(sums)
    for column in columns:
        if column.reckon is not None:
            cells[column.key] = column.reckon(cells)
        elif column.adds_up:
            cells.setdefault(column.key, 0)
        else:
            cells[column.key] = single.get(column.key)
    return cells


def in_order(rows: Sequence[Row], sort: str) -> list[Row]:
    """Rows by a column ("-" before it: descending), rows without a value last; as they came without one."""
    name = sort.removeprefix("-")
    if not name:
        return list(rows)

    def value(row: Row) -> Any:
        return f"{row.second} {row.label}" if name == BY_NAME else row.cells.get(name)

    known = [row for row in rows if value(row) is not None]
    unknown = [row for row in rows if value(row) is None]
    return sorted(known, key=value, reverse=sort.startswith("-")) + unknown


def with_later(stored: Table, live: Table) -> Table:
    """A closed year's table with what changed since beside it; a row that came after is added with noughts (A-17)."""
    found = {(row.key, tuple(row.place.items())): row for row in live.rows}
    for row in stored.rows:
        now = found.pop((row.key, tuple(row.place.items())), None)
        row.later = _changes(stored.columns, row.cells, now.cells if now else {})
    for row in found.values():
        after = dict(row.cells)
        row.cells = put_together(stored.columns, [])
        row.later = _changes(stored.columns, row.cells, after)
        row.facts = []
        if row.later:
            stored.rows.append(row)
    stored.later = _changes(stored.columns, stored.totals, live.totals)
    return stored


def _changes(columns: Sequence[Column], then: Cells, now: Cells) -> Cells:
    changes = {}
    for column in columns:
        if column.kind not in FIGURES:
            continue
        change = (now.get(column.key) or 0) - (then.get(column.key) or 0)
        if change:
            changes[column.key] = change
    return changes
