"""Two rulebooks side by side: what each says of every parameter, where they differ, where one is silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db import models
from django.utils.translation import gettext as _

from core.look import NEUTRAL, PROGRESS, WAITING, Chip
from core.money import yuan_text
from core.rates import percent_text
from policies.enums import Kind
from policies.pages import key_words, place_names, region_names
from policies.parameters import PARAMETERS, Parameter
from policies.selectors import PolicyValueView, Rulebook, reasons, rulebook


class Verdict(models.TextChoices):
    """How two rulebooks stand to each other in one point."""

    DIFFERS = "differs", "不同"
    ONE_SIDED = "one", "只一方有"
    SAME = "same", "相同"


CHIPS = {
    Verdict.DIFFERS: Chip(WAITING, "reconcile", str(Verdict.DIFFERS.label)),
    Verdict.ONE_SIDED: Chip(PROGRESS, "info", str(Verdict.ONE_SIDED.label)),
    Verdict.SAME: Chip(NEUTRAL, "equals", str(Verdict.SAME.label)),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side: what is in force in a region on a day, parameters by year as for one plan year."""

    region_code: str
    name: str
    on: date
    year: int

    @property
    def book(self) -> Rulebook:
        return rulebook(self.region_code, on=self.on)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the comparison; a side is None where its documents say nothing."""

    parameter: Parameter
    key: str
    label: str
    left: PolicyValueView | None
    right: PolicyValueView | None
    left_shown: str
    right_shown: str
    verdict: Verdict
    remark: str

    @property
    def chip(self) -> Chip:
        return CHIPS[self.verdict]

    @property
    def views(self) -> list[tuple[PolicyValueView | None, str]]:
        return [(self.left, self.left_shown), (self.right, self.right_shown)]


def side(region_code: str, on: date, year: int) -> Side:
    """A side with its region's name."""
    return Side(region_code, region_names([region_code])[region_code], on, year)


def compare(left: Side, right: Side) -> list[Point]:
    """Every point that one of the two states, in the order of the catalogue."""
    books = left.book, right.book
    rows = [
        row
        for parameter in PARAMETERS.values()
        if any(book.states(parameter.name) for book in books)
        for row in _rows(parameter, left, right, *books)
    ]
    places = place_names((parameter, key) for parameter, key, *_sides in rows)
    return [_point(*row, places) for row in rows]


def search(points: Iterable[Point], words: str, verdict: str = "") -> list[Point]:
    """The points that hold all words (in their name, values or clauses), of one verdict if one is asked for."""
    wanted = words.split()
    return [
        point
        for point in points
        if (not verdict or point.verdict == verdict) and all(word in _text(point) for word in wanted)
    ]


def by_group(points: Iterable[Point]) -> list[tuple[str, list[Point]]]:
    """Points under the headings of the catalogue."""
    return [(title, list(rows)) for title, rows in groupby(points, key=lambda point: point.parameter.group)]


def _rows(
    parameter: Parameter, left: Side, right: Side, left_book: Rulebook, right_book: Rulebook
) -> list[tuple[Parameter, str, PolicyValueView | None, PolicyValueView | None]]:
    years = (left.year, right.year) if parameter.by_year else (None, None)
    tables = (
        left_book.table(parameter.name, year=years[0]),
        right_book.table(parameter.name, year=years[1]),
    )
    keys = dict.fromkeys([*tables[0], *tables[1]])
    return [(parameter, key, tables[0].get(key), tables[1].get(key)) for key in keys]


def _point(
    parameter: Parameter,
    key: str,
    left: PolicyValueView | None,
    right: PolicyValueView | None,
    places: Mapping[str, str],
) -> Point:
    label = f"{parameter.label}（{key_words(parameter, key, places)}）" if key else parameter.label
    verdict = Verdict.ONE_SIDED
    if left is not None and right is not None:
        verdict = Verdict.SAME if left.value == right.value else Verdict.DIFFERS
    remark = _remark(parameter, left, right) if verdict == Verdict.DIFFERS else ""
    return Point(parameter, key, label, left, right, _shown(left), _shown(right), verdict, remark)


def _remark(parameter: Parameter, left: PolicyValueView | None, right: PolicyValueView | None) -> str:
    """How far two figures are apart; nothing where they are no figures."""
    if left is None or right is None:
        return ""
    one, other = left.value, right.value
    if isinstance(one, bool) or not isinstance(one, int) or not isinstance(other, int):
        return ""
    apart = abs(one - other)
    if parameter.kind == Kind.MONEY:
        return _("相差%(yuan)s元") % {"yuan": yuan_text(apart)}
    if parameter.kind == Kind.RATE:
        return _("相差%(percent)s") % {"percent": percent_text(apart)}
    return _("相差%(n)d%(unit)s") % {"n": apart, "unit": parameter.unit}


def _shown(view: PolicyValueView | None) -> str:
    if view is None:
        return _("文件没有写")
    if view.parameter.kind == Kind.REASON_CODE:
        return reasons()[view.text].worded()
    return view.shown


def _text(point: Point) -> str:
    clauses = (view.clause.reference for view in (point.left, point.right) if view is not None)
    return " ".join([point.label, point.parameter.group, point.left_shown, point.right_shown, *clauses])
