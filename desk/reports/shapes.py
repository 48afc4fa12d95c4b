"""What a report is made of: columns with their meaning, facts at the grain of one village, rows folded from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from core.look import Cell, Finding
from core.sheets.writer import OutColumn

if TYPE_CHECKING:
    from desk.reports.scope import Scope

COUNT, AMOUNT, RATE, TEXT, DAY, CHIP = "count", "amount", "rate_ppm", "text", "date", "chip"
FIGURES = frozenset({COUNT, AMOUNT})
# How facts are put together into rows.
VILLAGE, TOWN, UNIT, KEY, CASE = "village", "town", "unit", "key", "case"
FOLD_WORDS = {VILLAGE: "按村", TOWN: "按镇街", UNIT: "按管理单位", KEY: "按类别", CASE: "逐笔"}

PERSONS = "persons"

Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it counts (`meaning`), the topic of the rulebook it rests on, the rows behind it (`of`).

    kind: count, amount (fen), rate_ppm, text, date (ISO text). `reckon` derives it from the folded cells, so that a
    share of a sum is never a sum of shares. `take` says what of the rows behind it is the figure: their different
    persons (`PERSONS`), the sum of a field, or else their number or their money. A figure that may not be added
    up (`is_summed` False) stays empty in rows of several facts; one that is 1 of every fact (`is_one`) is left out
    where facts stand one by one.
    """

    key: str
    label: str
    kind: str = COUNT
    meaning: str = ""
    ground: str = ""
    of: str = ""
    take: str = ""
    reckon: Callable[[Mapping[str, Any]], Any] | None = None
    is_summed: bool = True
    is_one: bool = False
    width: int = 12

    @property
    def is_number(self) -> bool:
        """Whether it stands at the right."""
        return self.kind in {COUNT, AMOUNT, RATE}

    @property
    def adds_up(self) -> bool:
        """Whether rows of it may be summed."""
        return self.kind in FIGURES and self.is_summed and self.reckon is None


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one village and one key (a reason, a notice, nothing): the grain in which reports are kept.

    `cells` hold whole numbers (counts, fen), texts, and days as ISO text, so that they can be stored as they are.
    """

    county_code: str
    town_code: str
    village_code: str
    cells: Cells
    key: str = ""
    label: str = ""
    url: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For the snapshot of a closed year."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Detail:
    """The rows behind a figure: narrowed to one village, town, unit and key they are exactly what was counted.

    `key_field` is what the report's keys name of these rows; `fen` and `person` are their fields for sum and persons.
    """

    key: str
    title: str
    roles: frozenset[str]
    rows: Callable[[Scope], QuerySet[Any]]
    columns: Sequence[OutColumn]
    cells: Callable[[Any], Sequence[Any]]
    url: Callable[[Any], str] | None = None
    key_field: str = ""
    fen: str = "amount_fen"
    person: str = ""
    prefix: str = ""
    unit: str = "条"
    related: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report: which question it answers, for whom, from which facts.

    `columns` and `facts` take the scope; `folds` are the ways of putting facts together, the first one unless asked
    otherwise. `remarks` are sentences with their clause, `tops` the big figures above the table.
    """

    code: str
    title: str
    answers: str
    used_by: str
    source: str
    roles: frozenset[str]
    rules: tuple[str, ...]
    columns: Callable[[Scope], Sequence[Column]]
    facts: Callable[[Scope], Sequence[Fact]]
    folds: tuple[str, ...] = (VILLAGE, TOWN, UNIT)
    details: Mapping[str, Detail] = field(default_factory=dict)
    remarks: Callable[[Scope, Table], Sequence[Finding]] | None = None
    tops: Callable[[Scope, Table], Sequence[Cell]] | None = None
    sort: str = ""
    key_words: str = "类别"
    empty: str = "这个年度还没有数。"

    @property
    def group(self) -> str:
        """The report's number, which its parts share: R6 of R6-refunds."""
        return self.code.partition("-")[0]


@dataclass(slots=True)
class Row:
    """One line of a report: facts put together. `later` is what became of a closed year's figures since."""

    key: str
    label: str
    second: str
    place: dict[str, str]
    cells: Cells
    facts: list[Fact]
    url: str = ""
    later: Cells = field(default_factory=dict)


@dataclass(slots=True)
class Table:
    """A report as it stands: rows in order, totals over exactly these rows, what changed since the closing."""

    columns: list[Column]
    rows: list[Row]
    totals: Cells
    later: Cells = field(default_factory=dict)


def by_details(*details: Detail) -> dict[str, Detail]:
    """Details by their key."""
    return {one.key: one for one in details}
