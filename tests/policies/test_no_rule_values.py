"""No rule value stands in code: every module of the policy rooms, read as a syntax tree.

Amounts, rates, terms, years and regions are values of a rulebook (fixtures/policies). What is left for code are 0, 1
and −1; sizes of the machine have names in core (core.lengths, core.counts, core.bounds, …), so that nobody can mistake
them for a rule.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOMS = ("policies", "contributions", "ledger", "subsidies", "rewards")
PLAIN = {0, 1}
# How long a field, how wide a column, where in the menu, how large a box: the shape of a page, never what is allowed.
SHAPES = {"max_length", "max_digits", "decimal_places", "width", "order"}
BOX = {"rows", "size"}
NUMERIC = re.compile(r"[0-9][0-9.,%/]*")
YEAR = re.compile(r"(?<![0-9a-zA-Z\\])(19|20)[0-9]{2}(?![0-9])")
# How an answer says to write a date or a year: a sentence with an example for the eye.
EXAMPLES = re.compile(r"写成?[“]?(year: )?2024|写year: 2024")


def modules() -> list[Path]:
    base = Path(settings.BASE_DIR)
    return [
        path
        for room in ROOMS
        for path in sorted((base / room).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def values_in(source: str) -> Iterator[tuple[int, object]]:
    """Every literal that could be a rule: (line, what it says)."""
    tree = ast.parse(source)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and _is_a_value(node.value) and not _is_shape(node, above):
            yield node.lineno, node.value


def _is_a_value(value: object) -> bool:
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int | float):
        return value not in PLAIN
    if not isinstance(value, str) or value in {str(one) for one in PLAIN} | {"00"}:
        return False
    numeric = NUMERIC.fullmatch(value) and not set(value) <= {"0"}
    return bool(numeric or (YEAR.search(value) and not EXAMPLES.search(value)))


def _is_shape(node: ast.Constant, above: dict[ast.AST, ast.AST]) -> bool:
    parent = above[node]
    if isinstance(parent, ast.Expr):
        # A docstring.
        return True
    if isinstance(parent, ast.keyword):
        return parent.arg in SHAPES
    if isinstance(parent, ast.Subscript):
        # A place in a row: row[2].
        return parent.slice is node and isinstance(node.value, int)
    if isinstance(parent, ast.Dict):
        keys = [key.value for key, value in zip(parent.keys, parent.values, strict=True)
                if value is node and isinstance(key, ast.Constant)]  # fmt: skip
        return bool(keys) and set(keys) <= BOX
    return False


@pytest.mark.parametrize("room", ROOMS)
def test_no_rule_value_stands_in_code(room):
    base = Path(settings.BASE_DIR)
    found = [
        f"{path.relative_to(base)}:{line}: {value!r}"
        for path in modules()
        if path.relative_to(base).parts[0] == room
        for line, value in values_in(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_module_is_read():
    assert len(modules()) > 150


@pytest.mark.parametrize(
    "source",
    [
        "cap = 3000",
        "rate = 0.6",
        "share = -2",
        "days = '15'",
        "rate = '60%'",
        "year = 2024",
        "day = date(2025, 5, 1)",
        "if region == '500115000000': pass",
        "since = '2025-05-01'",
        "f(limit=15)",
        "rows[:30]",
        "words = f'{2024}年'",
        "x = {'days': 15}",
        "tiers = [100, 200]",
        "part = value * 2 // 3",
        "text = '2024年度奖励'",
    ],
)
def test_a_rule_value_is_found(source):
    assert list(values_in(source))


@pytest.mark.parametrize(
    "source",
    [
        "x = 0",
        "x = -1",
        "x = rows[2]",
        "f(max_length=300)",
        "'''from 2024 on'''",
        "attrs = {'rows': 3}",
        "x = True",
        "y = '1'",
    ],
)
def test_what_is_no_value_passes(source):
    assert not list(values_in(source))
