"""Working days by the official calendar: holidays rest, make-up days work.

Beyond the years that the calendar knows, weekends rest and nothing else; such an answer is provisional.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

ONE_DAY = timedelta(days=1)
LEAP_YEAR = 2024
LEAP_DAY = (2, 29)

MONTHS_A_YEAR, HALF_YEAR_MONTH, YEAR_DAYS, LEAP_YEAR_DAYS = 12, 6, 365, 366
YEAR_END = (12, 31)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A last day, and whether it may move because a year on the way has no published holidays yet."""

    on: date
    is_provisional: bool = False

    def days_late(self, day: date) -> int:
        """Whole calendar days after the last day; 0 on or before it."""
        return max((day - self.on).days, 0)


def is_working_day(day: date) -> bool:
    """Whether offices work on this day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < calendar.SATURDAY


@lru_cache
def is_provisional_year(year: int) -> bool:
    """Whether the year's holidays are not published, so that its weekends alone count."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return True
    return False


def add_working_days(day: date, count: int) -> date:
    """The last day of a term of `count` working days; the day it starts from is not counted.

    2024-06-17 and 10 give 2024-07-01. A count of 0 gives the day itself.
    """
    assert count >= 0
    last = day
    for _number in range(count):
        last += ONE_DAY
        while not is_working_day(last):
            last += ONE_DAY
    return last


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and with `end`; 0 where `end` is not later."""
    return sum(is_working_day(start + timedelta(days=number)) for number in range(1, (end - start).days + 1))


def working_deadline(start: date, count: int) -> Deadline:
    """The last day of a term of working days."""
    last = add_working_days(start, count)
    return Deadline(last, any(map(is_provisional_year, range(start.year, last.year + 1))))


def calendar_deadline(start: date, count: int) -> Deadline:
    """The last day of a term of calendar days; the day it starts from is not counted."""
    return Deadline(start + timedelta(days=count))


def day_text(day: date) -> str:
    """A date as texts write it: 2024年6月28日."""
    return f"{day.year}年{day.month}月{day.day}日"


def day_in_year(year: int, month: int, day: int) -> date:
    """A month and day in a year; 29 February falls back to the 28th. Raises ValueError for 31 June."""
    in_leap_year = date(LEAP_YEAR, month, day)
    if (month, day) == LEAP_DAY and not calendar.isleap(year):
        return date(year, month, day - 1)
    return in_leap_year.replace(year=year)
