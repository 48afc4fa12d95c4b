"""Whole numbers as an address or a form sends them: read, or none where the text is not one."""

from __future__ import annotations

from collections.abc import Iterable

# Digits that every column of whole numbers holds, on either engine.
MOST_DIGITS = 18


def whole_number(text: str | None) -> int | None:
    """The number that a text is in plain digits, without sign; None for any other text and for one too long."""
    return int(text) if text and text.isdecimal() and len(text) <= MOST_DIGITS else None


def whole_numbers(texts: Iterable[str]) -> list[int]:
    """The numbers among texts, as of boxes that were ticked."""
    return [number for number in map(whole_number, texts) if number is not None]
