"""Kinds of persons as villages asks for them: the words of a list and the rulebook's name for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from policies.parameters import HARDSHIP_KINDS
from policies.selectors import rulebook

LABELS = HARDSHIP_KINDS


def words_in_force(region_code: str, on: date) -> Mapping[str, str]:
    """Word → key of the kind in force in a region, `ask` where the clerk must find out."""
    return {
        word: str(view.value) for word, view in rulebook(region_code, on=on).table("hardship_word").items()
    }
