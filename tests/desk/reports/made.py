"""A village's year driven through the services, and how a report is read in a test."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from desk.demo.year import Crew, Meeting, Year
from desk.reports import selectors
from desk.reports.scope import Ask
from desk.reports.shapes import COUNT, Row
from subsidies.models import Application
from subsidies.rules.plans import Source
from subsidies.rules.standards import StandardRow
from tests import factories

YEAR_END = date(2024, 12, 31)


def crew(cast: SimpleNamespace, clerk: Any = None) -> Crew:
    """The village's clerk and the offices."""
    return Crew(
        clerk or cast.clerk, cast.officer, cast.reviewer, cast.tax, cast.finance, cast.finance_reviewer
    )


def year_of(cast: SimpleNamespace, village: factories.Village, year: int = 2024, clerk: Any = None) -> Year:
    """The year of a village."""
    return Year(crew(cast, clerk), village.organisation, year)


def batch_of(year: Year, *, yuan: int = 200, source_yuan: int = 100_000, day: int = 18) -> Application:
    """A plan in force and a list drawn up from it."""
    meeting = Meeting(date(year.year, 6, day), called=30, attended=28, agreed=27)
    source = Source("distributable_income", source_yuan * 100)
    plan = year.plan([StandardRow(amount_fen=yuan * 100)], source=source, meeting=meeting)
    return year.draw_up(plan, date(year.year, 6, day + 1))


def posted(
    cast: SimpleNamespace, village: factories.Village, year: int = 2024, *, clerk: Any = None, **more: Any
) -> Application:
    """Everybody of a village posted with 200.00 in June and July."""
    acts = year_of(cast, village, year, clerk)
    batch = batch_of(acts, **more)
    acts.submit(batch, date(year, 6, 20))
    acts.verify(batch, date(year, 6, 24))
    acts.remit(acts.confirm(batch, date(year, 6, 25)), date(year, 6, 27), voucher=f"V-{batch.pk}")
    acts.post(batch, date(year, 6, 28))
    return Application.objects.get(pk=batch.pk)


def report(actor: Any, code: str, *, on: date = YEAR_END, year: int = 2024, **ask: Any) -> selectors.Made:
    """A report as one reader sees it."""
    return selectors.made(actor, code, Ask(year=year, **ask), on=on)


def rows_by_label(made: selectors.Made) -> dict[str, Row]:
    """Its rows by their names."""
    return {row.label: row for row in made.table.rows}


def figures_that_differ(actor: Any, made: selectors.Made, *, on: date = YEAR_END) -> list[tuple]:
    """Every figure of a report against the rows behind it, row by row and in total; what differs."""
    wrong, checked = [], 0
    places = [(row.place, row.cells) for row in made.table.rows] + [({}, made.table.totals)]
    for place, cells in places:
        for column in made.table.columns:
            if not column.of:
                continue
            ask = Ask(year=made.scope.year, **place)
            found = selectors.drilled(actor, made.report.code, column.key, ask, on=on)
            checked += 1
            if found.figure != cells[column.key]:
                wrong.append((place, column.key, cells[column.key], found.figure))
            if column.kind == COUNT and not column.take:
                assert found.count == cells[column.key]
    assert checked or not any(column.of for column in made.table.columns)
    return wrong
