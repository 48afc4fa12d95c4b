"""Rates as whole parts per million: reading percent, writing percent."""

from __future__ import annotations

import re
from decimal import Decimal

from core.money import PPM

PERCENT = 100
PPM_OF_ONE_PERCENT = PPM // PERCENT
PPM_OF_TENTH, PPM_OF_HUNDREDTH = PPM_OF_ONE_PERCENT // 10, PPM_OF_ONE_PERCENT // 100
PERCENT_TEXT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")


def ppm_from_percent(text: str) -> int:
    """Read a percentage: 60 → 600000, 3.25 → 32500. Raises ValueError where it is not one, or is above 100."""
    if not PERCENT_TEXT.fullmatch(text) or Decimal(text) > PERCENT:
        raise ValueError(text)
    return int(Decimal(text) * PPM_OF_ONE_PERCENT)


def percent_text(ppm: int) -> str:
    """Write a rate as pages show it: 600000 → 60%, 32500 → 3.25%."""
    return f"{percent_plain(ppm)}%"


def percent_plain(ppm: int) -> str:
    """Write a rate as rulebooks state it: 600000 → 60, 32500 → 3.25."""
    text = f"{Decimal(ppm) / PPM_OF_ONE_PERCENT:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def down_to_tenth(ppm: int) -> int:
    """A rate cut to tenths of a percent: 32590 (3.259%) → 32000 (3.2%)."""
    return ppm // PPM_OF_TENTH * PPM_OF_TENTH


def down_to_hundredth(ppm: int) -> int:
    """A rate cut to hundredths of a percent: 32590 (3.259%) → 32500 (3.25%)."""
    return ppm // PPM_OF_HUNDREDTH * PPM_OF_HUNDREDTH


def share_up_of_count(count: int, ppm: int) -> int:
    """The smallest whole number that reaches a share of a count: 10 % of 221 → 23."""
    return -(-count * ppm // PPM)
