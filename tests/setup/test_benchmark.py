"""The benchmark runs, and its floors write as many rows as the product does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORED = {"contributions: write", "list drawn up", "verified", "posted"}


@pytest.mark.launcher
def test_a_few_rows_go_the_whole_way_beside_their_floors():
    variables = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "benchmarks/run.py", "--rows", "12", "--runs", "2"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    title, _head, _rule, *rows = done.stdout.splitlines()
    told = {cells[0]: cells[1:] for cells in ([c.strip() for c in row.strip("|").split("|")] for row in rows)}
    assert title == "sqlite, 12 rows"
    assert len(told) == 11
    assert {label for label, cells in told.items() if cells[-1] != "–"} == FLOORED
