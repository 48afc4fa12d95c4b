"""What the words in the column 人员类别 mean: the rulebooks above know, this room only asks.

A membership keeps the key of the kind; nobody has verified it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

ASK = "ask"
# (region code, date) → word → key of the kind, ASK where the clerk must find out.
Words = Callable[[str, date], Mapping[str, str]]
_words: Words = lambda region_code, on: {}  # noqa: E731
_labels: Mapping[str, str] = {}


def register_person_kinds(words: Words, labels: Mapping[str, str]) -> None:
    """Tell villages how words become kinds of persons, and what a kind is called (once, at start)."""
    global _words, _labels
    _words, _labels = words, labels


def person_kind_words(region_code: str, on: date) -> Mapping[str, str]:
    """Word → kind in force in a region; empty where no rulebook says anything."""
    return _words(region_code, on)


def person_kind_label(kind: str) -> str:
    """What a kind is called on pages; a word that is no kind stays as it was written."""
    return _labels.get(kind, kind)


def person_kind_choices() -> list[tuple[str, str]]:
    """Kinds for a form, nothing chosen first."""
    return [("", "未填写"), *_labels.items()]
