"""The years that the house takes, of a plan, a payment or a report: far enough either way for any paper."""

from __future__ import annotations

FIRST_YEAR, LAST_YEAR = 2000, 2100
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
YEAR_DIGITS = 4


def year_in(text: str) -> int | None:
    """The year that a text is in four plain digits; None for any other text."""
    is_number = text.isascii() and text.isdecimal() and len(text) == YEAR_DIGITS
    return int(text) if is_number and int(text) in YEARS else None
