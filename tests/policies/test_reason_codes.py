"""Every reason code that the rooms write is explained in fixtures/reasons.yaml."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from policies.files import read_reasons

ROOMS = ("core", "villages", "policies", "ledger", "contributions", "subsidies", "rewards", "desk", "pension")
CODE = re.compile(r"^[EWI]-[A-Z0-9-]+$")


@pytest.fixture(scope="module")
def explained() -> set[str]:
    return {entry.code for entry in read_reasons(Path(settings.BASE_DIR) / "fixtures" / "reasons.yaml")}


def _codes(room: str) -> Iterator[tuple[str, str]]:
    """Each code in a room's syntax trees, with where it stands."""
    for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value):
                yield node.value, f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_code_a_room_writes_is_explained(room: str, explained: set[str]) -> None:
    missing = {code: where for code, where in _codes(room) if code not in explained}
    assert missing == {}


def test_the_walk_finds_codes_where_there_are_some() -> None:
    assert {"E-UNPAID", "W-PREV-YEAR"} <= {code for code, _where in _codes("subsidies")}
