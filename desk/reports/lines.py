"""How persons of a village's list, and refunds, are shown behind a figure, wherever a report counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.sheets.writer import OutColumn
from desk.reports.scope import Scope
from desk.reports.shapes import Detail
from subsidies.models import Line, Refund
from subsidies.workflow.applications import READERS
from subsidies.workflow.refunds import READERS as REFUND_READERS

LINE_READERS = READERS
COLUMNS = (
    OutColumn("镇街", width=14),
    OutColumn("村", width=14),
    OutColumn("姓名"),
    OutColumn("身份证后四位", "code"),
    OutColumn("批次", width=8),
    OutColumn("补助金额（元）", "amount", 14),
    OutColumn("状态"),
    OutColumn("记账日期", "date"),
)
RELATED = ("person", "application", "organisation__region__parent")


def line_cells(line: Line) -> tuple[Any, ...]:
    """Place, person, batch, amount, state, day of posting."""
    region = line.organisation.region
    return (
        str(region.parent),
        str(region),
        line.person.name,
        line.person.last4,
        str(line.application.batch_no),
        line.amount_fen,
        line.get_state_display(),
        line.posted_on,
    )


def line_url(line: Line) -> str:
    """The explanation of this person's year: why he gets it, and what became of it."""
    return reverse("explanation", args=[line.person_id, line.year])


def line_detail(
    key: str, title: str, rows: Callable[[Scope], QuerySet[Any]], roles: frozenset[str], **more: Any
) -> Detail:
    """Persons with their subsidy behind a figure."""
    return Detail(
        key,
        title,
        roles,
        rows,
        COLUMNS,
        line_cells,
        line_url,
        person="person",
        unit="人",
        related=RELATED,
        **more,
    )


REFUND_COLUMNS = (
    OutColumn("镇街", width=14),
    OutColumn("村", width=14),
    OutColumn("姓名"),
    OutColumn("身份证后四位", "code"),
    OutColumn("退费金额（元）", "amount", 14),
    OutColumn("冲减利息（元）", "amount", 14),
    OutColumn("退款日期", "date"),
    OutColumn("状态"),
)


def refund_cells(row: Refund) -> tuple[Any, ...]:
    """Place, person, principal, interest, day, state."""
    region, person = row.line.organisation.region, row.line.person
    return (
        str(region.parent),
        str(region),
        person.name,
        person.last4,
        row.amount_fen,
        row.interest_fen,
        row.paid_on,
        row.get_state_display(),
    )


def refund_detail(key: str, title: str, rows: Callable[[Scope], QuerySet[Any]], **more: Any) -> Detail:
    """Refunds behind a figure."""
    return Detail(
        key,
        title,
        REFUND_READERS,
        rows,
        REFUND_COLUMNS,
        refund_cells,
        lambda row: reverse("refund", args=[row.pk]),
        unit="件",
        related=("line__person", "line__organisation__region__parent"),
        **more,
    )
