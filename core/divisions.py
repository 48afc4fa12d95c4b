"""The 12-digit statistical division code: which codes stand above which."""

from __future__ import annotations

import re

CODE_LENGTH = 12
# Province, prefecture, county, town and village end after these many digits.
LEVEL_LENGTHS = (2, 4, 6, 9, 12)
PROVINCE_DIGITS, PREFECTURE_DIGITS, *_lower = LEVEL_LENGTHS
NATIONAL_CODE = "0" * CODE_LENGTH
CODE = re.compile(rf"[0-9]{{{CODE_LENGTH}}}")


def is_province(code: str) -> bool:
    """Whether a code is a province's or the country's."""
    return not code[PROVINCE_DIGITS:].strip("0")


def is_above_county(code: str) -> bool:
    """Whether a code is a prefecture's, a province's or the country's."""
    _province, prefecture, county, *_below = LEVEL_LENGTHS
    return not code[prefecture:county].strip("0")


def ancestor_codes(code: str) -> tuple[str, ...]:
    """The code itself and every code above it, nearest first, the whole country last."""
    if not CODE.fullmatch(code):
        raise ValueError(f"not a division code: {code!r}")
    above = [code[:length].ljust(CODE_LENGTH, "0") for length in reversed(LEVEL_LENGTHS)]
    return tuple(dict.fromkeys([*above, NATIONAL_CODE]))
