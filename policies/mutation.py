"""Each value of a rulebook changed in turn, and the test that notices: what `manage.py mutate_rules` runs and writes.

The tests run in one pytest process (`tests.rule_mutations`): the value is changed in the test database, the tests that
rest on it run until one turns red, the value is put back. Results go to a file after each value, so that a run may stop
anywhere and go on later; a value whose text changed since is tried again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from core.money import fen_from_number
from core.rates import PERCENT
from policies.enums import KeyKind, Kind
from policies.models import PolicyValue
from policies.parameters import NO, PARAMETERS, YES, Parameter
from policies.values import show_key, show_value, write_key

ONE = Decimal(1)
HIGHEST_PERCENT = Decimal(PERCENT)
COUNTED = frozenset({Kind.MONEY, Kind.RATE, Kind.INTEGER, Kind.DAYS, Kind.WORKING_DAYS})
SUFFIX = "（改）"
# A code that every installation explains, and that no document names.
OTHER_CODES = ("E-STATE", "W-AMOUNT-LOW")
# Tests that state the rulebook word for word notice every change and prove no behaviour: asked last.
WORD_FOR_WORD = (
    "test_stated.py",
    "test_matrix.py",
    "test_rulebook.py",
    "test_cases.py",
    "test_loading_the_files_again",
)


@dataclass(frozen=True, slots=True)
class Tried:
    """One value, what it was changed to, and the test that turned red; empty where none did."""

    region: str
    name: str
    key: str
    span: str
    value: str
    changed: str
    rules: list[str]
    killed_by: str
    tests_run: int

    @property
    def identity(self) -> str:
        return identity_of(self.region, self.name, self.key, self.span, self.value)


def identity_of(*parts: str) -> str:
    """What a result belongs to: the value where it stands, with its text."""
    return "|".join(parts)


def span_text(row: PolicyValue) -> str:
    """From which year or day a value holds."""
    return str(row.year_from) if row.year_from is not None else row.valid_from.isoformat()


def identity(row: PolicyValue) -> str:
    """`Tried.identity` of a stored value."""
    return identity_of(row.region_code, row.name, row.key, span_text(row), row.value)


def changes(row: PolicyValue) -> list[tuple[str, str]]:
    """What a value may be changed to, as (key, text); each that no test notices is a hole."""
    parameter = PARAMETERS[row.name]
    texts = _texts(parameter, row.value)
    if parameter.key_kind == KeyKind.TIER and row.key and write_key(parameter, row.key) == f"{row.value}.00":
        # A tier is its own key: both change, or the rulebook contradicts itself.
        return [(str(fen_from_number(Decimal(text))), text) for text in texts]
    return [(row.key, text) for text in texts]


def _texts(parameter: Parameter, text: str) -> list[str]:
    if parameter.is_built_in:
        return []
    if parameter.kind in COUNTED:
        more, less = Decimal(text) + ONE, Decimal(text) - ONE
        fits = less >= 0 and (parameter.kind != Kind.RATE or more <= HIGHEST_PERCENT)
        return [str(more)] if not fits and less < 0 else [str(less)] if not fits else [str(more), str(less)]
    if parameter.kind == Kind.BOOLEAN:
        return [NO if text == YES else YES]
    if parameter.kind == Kind.CHOICE:
        return [other for other in parameter.choices if other != text][:1]
    if parameter.kind == Kind.FRACTION:
        share = Fraction(text)
        return [f"{share.numerator}/{share.denominator + 1}"]
    if parameter.kind == Kind.DATE:
        return [(date.fromisoformat(text) + timedelta(days=1)).isoformat()]
    if parameter.kind == Kind.MONTH_DAY:
        month, day = text.split("-")
        other = int(day) - 1 or int(day) + 1
        return [f"{month}-{other:02d}"]
    if parameter.kind == Kind.REASON_CODE:
        return [code for code in OTHER_CODES if code != text][:1]
    return [text + SUFFIX]


def is_word_for_word(test: str) -> bool:
    """Whether a test, by its node id, only states what a rulebook says."""
    return any(file in test for file in WORD_FOR_WORD)


def read_results(path: Path) -> dict[str, Tried]:
    """What earlier runs found, by identity."""
    if not path.exists():
        return {}
    rows = (Tried(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {row.identity: row for row in rows}


def keep_result(path: Path, tried: Tried) -> None:
    """Add one result."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(tried), ensure_ascii=False) + "\n")


HEAD = """# What notices a changed rule

Written by `manage.py mutate_rules`: each value of each rulebook was changed in a scratch copy (a number by one up and
down, a yes to a no, a choice to another, a date by a day, a text by some characters), then the tests that rest on it
ran until one turned red: those that act first, then those that only state the rulebook word for word. A value of
which a change was noticed by no test stands under "Noticed by nothing"; one that only the stating tests noticed, so
that no act of the house is known to obey it, under "Noticed only word for word": of the acting tests those most likely
to notice were asked, not all (`--tests`; `--again --tests 400` asks on). Where the house knows one answer only, another
is refused when the rulebook is loaded (tests/policies/test_loading.py): nothing else is possible.

"""


def as_markdown(rows: Iterable[PolicyValue], results: Mapping[str, Tried]) -> str:
    """docs/mutation.md for the values of today."""
    values = list(rows)
    tried = [results[identity(row)] for row in values if identity(row) in results]
    alive = [one for one in tried if not one.killed_by]
    stated = [one for one in tried if is_word_for_word(one.killed_by)]
    lines = [
        f"Values: {len(values)}; tried: {len(tried)}; noticed: {len(tried) - len(alive)}; "
        f"noticed by nothing: {len(alive)}; noticed only word for word: {len(stated)}; "
        f"not tried yet: {len(values) - len(tried)}.",
        "",
        "## Noticed by nothing",
        "",
        *(_line(one, f"{one.tests_run} tests run") for one in alive),
        *(["None."] if not alive else []),
        "",
        "## Noticed only word for word",
        "",
        *(_line(one, one.killed_by) for one in stated),
        *(["None."] if not stated else []),
        "",
        "## Value → test",
        "",
        "| region | value | changed to | noticed by |",
        "| --- | --- | --- | --- |",
        *(
            f"| {one.region} | {_words(one)} | {one.changed} | {one.killed_by} |"
            for one in tried
            if one.killed_by
        ),
    ]
    return HEAD + "\n".join(lines) + "\n"


def _line(one: Tried, more: str) -> str:
    return f"- {one.region} {_words(one)} → {one.changed} ({', '.join(one.rules) or 'no rule'}; {more})"


def _words(one: Tried) -> str:
    parameter = PARAMETERS[one.name]
    key = f"（{show_key(parameter, one.key)}）" if one.key else ""
    shown = one.value if parameter.kind == Kind.REASON_CODE else show_value(parameter, one.value)
    return f"{parameter.label}{key} {one.span}：{shown}"
