"""Reading and writing the text of a value as its parameter asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from core.calendar import day_in_year
from core.divisions import CODE
from core.money import fen_from_number, yuan_plain, yuan_text
from core.rates import percent_text, ppm_from_percent
from policies.enums import KeyKind, Kind
from policies.parameters import YES, YES_AND_NO, Parameter

Typed = int | bool | str | date | Fraction | tuple[int, int]

MONEY_TEXT = re.compile(r"[0-9]+(\.[0-9]{1,2})?")
INTEGER_TEXT = re.compile(r"[0-9]+")
FRACTION_TEXT = re.compile(r"[0-9]+/[1-9][0-9]*")
MONTH_DAY_TEXT = re.compile(r"([0-9]{2})-([0-9]{2})")
REASON_CODE_TEXT = re.compile(r"[A-Z]+(-[A-Z0-9]+)*(_[A-Z]+)*")
# What stands in the patterns of document numbers.
PLACEHOLDER = re.compile(r"\{([a-z_]+)(?::[^}]*)?\}")
PLACEHOLDER_WORDS = {"town_char": "镇街首字", "village": "村名", "year": "年度", "n": "序号"}


def read_value(parameter: Parameter, text: str) -> Typed:
    """Turn a value's text into what code uses: fen, ppm, Fraction, int, bool, date, (month, day) or text.

    Raises ValueError where the text does not fit the parameter.
    """
    if (parameter.choices or parameter.kind == Kind.CHOICE) and text not in parameter.choices:
        raise ValueError(text)
    return _READERS[parameter.kind](text)


def read_key(parameter: Parameter, text: str) -> str:
    """The key as it is stored and asked for: tiers, written in yuan, become fen; the rest stays.

    Raises ValueError where the key does not belong to the parameter.
    """
    if parameter.key_kind == KeyKind.TIER:
        return str(_read_money(text))
    if bool(text) != (parameter.key_kind != KeyKind.NONE):
        raise ValueError(text)
    fits = _KEY_TESTS.get(parameter.key_kind)
    if (parameter.keys and text not in parameter.keys) or (fits and not fits.fullmatch(text)):
        raise ValueError(text)
    return text


def write_key(parameter: Parameter, key: str) -> str:
    """The key as a rulebook file writes it (tiers in yuan)."""
    return yuan_plain(int(key)) if parameter.key_kind == KeyKind.TIER else key


def show_key(parameter: Parameter, key: str) -> str:
    """The key as a page shows it."""
    if parameter.key_kind == KeyKind.TIER:
        return f"{yuan_text(int(key))}元"
    return parameter.keys.get(key, parameter.key_pattern.format(key=key))


def show_value(parameter: Parameter, text: str) -> str:
    """The value in words for people, with its unit where it has one."""
    typed = read_value(parameter, text)
    if parameter.kind == Kind.MONEY:
        return f"{yuan_text(int(typed))}{parameter.unit}"  # type: ignore[arg-type]
    if parameter.kind == Kind.RATE:
        return percent_text(int(typed))  # type: ignore[arg-type]
    if isinstance(typed, date):
        return f"{typed.year}年{typed.month}月{typed.day}日"
    if parameter.kind == Kind.CHOICE:
        return parameter.choices[text]
    if parameter.kind in _COUNTED:
        return f"{text}{parameter.unit}"
    return _in_words(typed, text)


def _in_words(typed: Typed, text: str) -> str:
    if isinstance(typed, Fraction):
        return f"{typed.denominator}分之{typed.numerator}"
    if isinstance(typed, tuple):
        month, day = typed
        return f"{month}月{day}日"
    return PLACEHOLDER.sub(lambda found: f"（{PLACEHOLDER_WORDS[found[1]]}）", text)


def _read_money(text: str) -> int:
    if not MONEY_TEXT.fullmatch(text):
        raise ValueError(text)
    return fen_from_number(Decimal(text))


def _read_integer(text: str) -> int:
    if not INTEGER_TEXT.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _read_fraction(text: str) -> Fraction:
    if not FRACTION_TEXT.fullmatch(text) or Fraction(text) > 1:
        raise ValueError(text)
    return Fraction(text)


def _read_boolean(text: str) -> bool:
    if text not in YES_AND_NO:
        raise ValueError(text)
    return text == YES


def _read_month_day(text: str) -> tuple[int, int]:
    match = MONTH_DAY_TEXT.fullmatch(text)
    if not match:
        raise ValueError(text)
    month, day = map(int, match.groups())
    day_in_year(date.max.year, month, day)
    return month, day


def _read_text(text: str) -> str:
    if not text.strip() or set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER_WORDS):
        raise ValueError(text)
    return text


def _read_reason_code(text: str) -> str:
    if not REASON_CODE_TEXT.fullmatch(text):
        raise ValueError(text)
    return text


_COUNTED = frozenset({Kind.INTEGER, Kind.DAYS, Kind.WORKING_DAYS})
_KEY_TESTS = {
    KeyKind.NUMBER: INTEGER_TEXT,
    KeyKind.REGION: CODE,
    KeyKind.REASON_CODE: REASON_CODE_TEXT,
}
_READERS: dict[Kind, Callable[[str], Typed]] = {
    Kind.MONEY: _read_money,
    Kind.RATE: ppm_from_percent,
    Kind.FRACTION: _read_fraction,
    Kind.INTEGER: _read_integer,
    Kind.DAYS: _read_integer,
    Kind.WORKING_DAYS: _read_integer,
    Kind.BOOLEAN: _read_boolean,
    Kind.CHOICE: _read_text,
    Kind.DATE: date.fromisoformat,
    Kind.MONTH_DAY: _read_month_day,
    Kind.TEXT: _read_text,
    Kind.REASON_CODE: _read_reason_code,
}
