"""Working days: holidays, make-up days, years nobody has published."""

from __future__ import annotations

from datetime import date

import pytest

from core.calendar import (
    Deadline,
    add_working_days,
    calendar_deadline,
    day_in_year,
    is_provisional_year,
    is_working_day,
    working_days_between,
    working_deadline,
)

BEYOND = date(2031, 1, 6)


@pytest.mark.rule("LAW-05")
def test_ten_working_days_from_monday_end_on_monday_two_weeks_later():
    assert add_working_days(date(2024, 6, 17), 10) == date(2024, 7, 1)


@pytest.mark.rule("LAW-06")
def test_make_up_days_count_and_holidays_do_not():
    assert add_working_days(date(2024, 4, 15), 20) == date(2024, 5, 14)


@pytest.mark.rule("LAW-06")
@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2024-04-28", True),
        ("2024-05-11", True),
        ("2024-05-01", False),
        ("2024-05-05", False),
        ("2024-05-06", True),
    ],
)
def test_the_days_around_may_day_2024(day, works):
    assert is_working_day(date.fromisoformat(day)) is works


def test_no_working_days_end_on_the_day_itself():
    assert add_working_days(date(2024, 6, 16), 0) == date(2024, 6, 16)


@pytest.mark.parametrize("count", [1, 5, 10, 20])
def test_counting_back_gives_the_days_that_were_added(count):
    start = date(2024, 9, 13)

    assert working_days_between(start, add_working_days(start, count)) == count


def test_nothing_lies_between_a_day_and_an_earlier_one():
    assert working_days_between(date(2024, 6, 17), date(2024, 6, 3)) == 0


def test_a_year_without_published_holidays_rests_on_weekends_and_says_so():
    deadline = working_deadline(BEYOND, 5)

    assert is_provisional_year(BEYOND.year)
    assert deadline == Deadline(date(2031, 1, 13), is_provisional=True)
    assert not is_working_day(date(2031, 1, 11))


def test_a_term_that_runs_into_an_unpublished_year_is_provisional():
    assert working_deadline(date(2026, 12, 28), 10).is_provisional
    assert not working_deadline(date(2024, 12, 30), 10).is_provisional


def test_calendar_days_leave_the_first_day_out():
    assert calendar_deadline(date(2024, 6, 25), 15) == Deadline(date(2024, 7, 10))


@pytest.mark.parametrize(
    ("day", "late"), [("2024-05-13", 0), ("2024-05-14", 0), ("2024-05-15", 1), ("2024-05-20", 6)]
)
@pytest.mark.rule("LAW-06")
def test_lateness_begins_the_day_after_the_last_day(day, late):
    assert Deadline(date(2024, 5, 14)).days_late(date.fromisoformat(day)) == late


@pytest.mark.parametrize(("year", "day"), [(2024, date(2024, 2, 29)), (2025, date(2025, 2, 28))])
def test_the_leap_day_falls_back_in_common_years(year, day):
    assert day_in_year(year, 2, 29) == day


def test_a_day_that_no_year_has_is_refused():
    with pytest.raises(ValueError, match="day is out of range"):
        day_in_year(2024, 6, 31)
