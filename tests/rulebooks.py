"""Rulebook files that a test writes, loaded as the command loads them."""

from __future__ import annotations

from pathlib import Path

from policies.services import LoadReport, load_rulebooks


def load_rulebook(path: Path, *, replace_values: bool = False) -> LoadReport:
    """Load one rulebook file."""
    return load_rulebooks([path], replace_values=replace_values)[0]
