"""The numbered rules joined: rule → clause → values → pages → tests (docs/rules.md)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

from policies.models import PolicyValue
from policies.parameters import PARAMETERS

RULES_FILE = settings.BASE_DIR / "fixtures" / "rules.yaml"
PLUGINS = ("-p", "tests.rule_markers", "-p", "no:randomly", "-p", "no:cacheprovider")


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered rule of a document, as fixtures/rules.yaml names it."""

    number: str
    title: str
    place: str
    seen: tuple[str, ...]


@dataclass(slots=True)
class Row:
    """One rule with the clauses and values of the loaded rulebooks that rest on it, and the tests that hold it."""

    rule: Rule
    clauses: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)


@cache
def rules() -> Mapping[str, Rule]:
    """Every numbered rule by its number."""
    found = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return {
        number: Rule(number, row["title"], row["place"], tuple(row["seen"])) for number, row in found.items()
    }


def loaded_prefixes() -> set[str]:
    """The documents whose values are loaded, by the letters their rules begin with (CS, JN, NX, LAW)."""
    named = PolicyValue.objects.values_list("rules", flat=True)
    return {_prefix(number) for numbers in named for number in numbers} & {_prefix(n) for n in rules()}


@cache
def markers() -> Mapping[str, list[str]]:
    """Rule number → the tests marked with it; pytest collects them, in a process of its own, and runs none."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "markers.json"
        outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        subprocess.run(
            [sys.executable, "-m", "pytest", "tests", "--collect-only", "-q", *PLUGINS],
            cwd=settings.BASE_DIR,
            env=outside | {"RULE_MARKERS_TO": str(answer)},
            check=True,
            capture_output=True,
        )
        found: dict[str, list[str]] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def rows() -> list[Row]:
    """The table: every rule of a loaded document."""
    table = {number: Row(rule) for number, rule in rules().items() if _prefix(number) in loaded_prefixes()}
    for value in PolicyValue.objects.select_related("clause__document"):
        for number in value.rules:
            row = table.get(number)
            if row is not None:
                row.clauses.append(f"{value.clause.document} {value.clause.key}")
                row.values.append(PARAMETERS[value.name].label)
    for number, tests in markers().items():
        row = table.get(number) or table.get(number.rstrip("abcdef"))
        if row is not None:
            row.tests.extend(tests)
    for row in table.values():
        row.clauses = list(dict.fromkeys(row.clauses))
        row.values = list(dict.fromkeys(row.values))
    return list(table.values())


def _prefix(number: str) -> str:
    return number.partition("-")[0]


HEAD = """# The rules and where they live

Written by `manage.py rule_table`: each numbered rule of the documents (fixtures/rules.yaml), the clauses and values of
the rulebooks that rest on it, the pages on which a user meets it, and the tests marked with it.

| rule | what | clause | values | pages | tests |
| --- | --- | --- | --- | --- | --- |
"""


def as_markdown(table: list[Row]) -> str:
    """The table as docs/rules.md holds it."""
    lines = [
        f"| {row.rule.number} | {row.rule.title} | {'；'.join(row.clauses) or row.rule.place} "
        f"| {'、'.join(row.values) or '—'} | {', '.join(row.rule.seen)} | {_files(row.tests)} |"
        for row in table
    ]
    return HEAD + "\n".join(lines) + "\n"


def _files(tests: list[str]) -> str:
    """Tests counted by file, so that a new test does not change every line."""
    counts: dict[str, int] = {}
    for test in tests:
        path = test.partition("::")[0]
        counts[path] = counts.get(path, 0) + 1
    return "<br>".join(f"{path} ({n})" for path, n in counts.items()) or "—"
