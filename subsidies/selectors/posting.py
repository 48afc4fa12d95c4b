"""Reads of posting: what waits, what was posted, where it came from, and the year's sums for the reward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from ledger.enums import TransferKind
from ledger.models import CapUse, Transfer
from subsidies.enums import ApplicationState, LineState, PlanKind, RefundState
from subsidies.models import Application, Line, NoticeLine, Plan, PlanSource, Refund, TaxRow
from subsidies.workflow import posting as steps
from villages.models import PersonStatus

POSTED_STATES = (LineState.POSTED, LineState.REFUNDED)
# A batch that was handed in and is neither posted nor gone: the year's work is not complete (CS-37).
OPEN_BATCH = (
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.VERIFIED,
    ApplicationState.NOTIFIED,
    ApplicationState.REMITTED,
)
OPEN_REFUND = (RefundState.REQUESTED, RefundState.VERIFIED, RefundState.APPROVED)
NO_LINES = Value(0)


def postable_lines() -> QuerySet[Line]:
    """Lines whose money came in, at least to their amount, and is not posted (CS-31: no posting without it)."""
    arrived = (
        TaxRow.objects.filter(line=OuterRef("pk"))
        .standing()
        .order_by()
        .values("line")
        .annotate(total=Sum("net_fen"))
        .values("total")
    )
    return (
        Line.objects.filter(state=LineState.REMITTED)
        .alias(arrived_fen=Subquery(arrived))
        .filter(arrived_fen__gte=F("amount_fen"))
    )


def batches_to_post(actor: User) -> QuerySet[Application]:
    """Batches with matched lines that wait: annotated `wait_count`, `wait_fen`, `open_count`, `arrived_on`."""
    area = require_role(actor, steps.READERS, _("社保记账")).area
    assert area is not None
    waiting = postable_lines().filter(application=OuterRef("pk")).order_by().values("application")
    not_in = (
        Line.objects.filter(application=OuterRef("pk"), state=LineState.ELIGIBLE)
        .order_by()
        .values("application")
    )
    return (
        Application.objects.within(area)
        .annotate(
            wait_count=Subquery(waiting.annotate(n=Count("pk")).values("n")),
            wait_fen=Subquery(waiting.annotate(n=Sum("amount_fen")).values("n")),
            arrived_on=Subquery(waiting.annotate(n=Max("remitted_on")).values("n")),
            waits_since=Subquery(waiting.annotate(n=Min("remitted_on")).values("n")),
            open_count=Coalesce(Subquery(not_in.annotate(n=Count("pk")).values("n")), NO_LINES),
        )
        .filter(wait_count__gt=0)
        .select_related("organisation__region__parent")
        .order_by("town_code", "village_code", "year", "batch_no")
    )


@dataclass(frozen=True, slots=True)
class YearSum:
    """What the reward of one organisation and plan year is reckoned from."""

    organisation_id: int
    posted_fen: int = 0
    refunded_fen: int = 0
    headcount: int = 0
    has_open_batch: bool = False
    has_open_refund: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """Whose money the year's sums count: donors' or only the village's own, and which fund sources of that not."""

    donors: bool = False
    left_out: frozenset[str] = frozenset()

    def plans(self) -> QuerySet[Plan]:
        """The plans whose money counts. A plan paid from several pots counts where one of them does."""
        rows = Plan.objects.all() if self.donors else Plan.objects.exclude(kind=PlanKind.SPONSORED)
        if not self.left_out:
            return rows
        pots = PlanSource.objects.filter(plan=OuterRef("pk"))
        out = Exists(pots) & ~Exists(pots.exclude(source_type__in=self.left_out))
        return rows.exclude(out)


def year_sums(
    county_code: str, year: int, *, organisation_id: int | None = None, counted: Counted | None = None
) -> dict[int, YearSum]:
    """By organisation what was posted of the plan year, whenever it was posted, and what went back, in two statements.

    headcount counts the persons who still hold something of the year. Refunds count that the rulebook lets reduce the
    base (`Refund.reduces_base`). Organisations without a batch of the year are left out. Donors' money is no part of
    it unless `counted` says so. Source: CS-13, CS-15, CS-37, A-06, A-07.
    """
    plans = (counted or Counted()).plans()
    batches = _year_rows(Application.objects.filter(year=year, plan__in=plans), county_code, organisation_id)
    found = {
        row["organisation_id"]: dict(row)
        for row in batches.values("organisation_id").annotate(**_batch_figures())
    }
    refunds = _year_rows(
        Refund.objects.filter(year=year, line__plan__in=plans), county_code, organisation_id, prefix="line__"
    )
    for row in refunds.values("line__organisation_id").annotate(**_refund_figures()):
        organisation = row.pop("line__organisation_id")
        found.setdefault(organisation, {"organisation_id": organisation}).update(row)
    return {key: YearSum(**_plain(row)) for key, row in found.items()}


def _year_rows(rows: QuerySet, county_code: str, organisation_id: int | None, prefix: str = "") -> QuerySet:
    rows = rows.filter(county_code=county_code).order_by()
    return rows if organisation_id is None else rows.filter(**{f"{prefix}organisation_id": organisation_id})


def _batch_figures() -> dict[str, Any]:
    posted = Q(lines__state__in=POSTED_STATES)
    return {
        "posted_fen": Sum("lines__amount_fen", filter=posted),
        "headcount": Count("lines__person", filter=Q(lines__state=LineState.POSTED), distinct=True),
        "open_batches": Count("pk", filter=Q(state__in=OPEN_BATCH)),
        "open_lines": Count("lines__pk", filter=Q(lines__state=LineState.REMITTED)),
    }


def _refund_figures() -> dict[str, Any]:
    return {
        "refunded_fen": Sum("amount_fen", filter=Q(state=RefundState.REVERSED, reduces_base=True)),
        "open_refunds": Count("pk", filter=Q(state__in=OPEN_REFUND)),
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "organisation_id": row["organisation_id"],
        "posted_fen": row.get("posted_fen") or 0,
        "refunded_fen": row.get("refunded_fen") or 0,
        "headcount": row.get("headcount") or 0,
        "has_open_batch": bool(row.get("open_batches") or row.get("open_lines")),
        "has_open_refund": bool(row.get("open_refunds")),
    }


def posted_lines(actor: User) -> QuerySet[Line]:
    """Posted lines of the actor's area with person and village."""
    area = require_role(actor, steps.READERS, _("社保记账")).area
    rows = Line.objects.within(area) if area else Line.objects.none()
    return rows.filter(state__in=POSTED_STATES).select_related(
        "person", "organisation__region__parent", "posting_job"
    )


@dataclass(frozen=True, slots=True)
class Trace:
    """A line's money from plan to account: each paper and row it came through, and what was booked."""

    line: Line
    notices: list[NoticeLine]
    tax_rows: list[TaxRow]
    transfers: list[Transfer]
    refunds: list[Refund]


def trace(actor: User, line_id: int) -> Trace:
    """Follow a posting back to its line, remittance, application and plan; raises NotInArea."""
    area = require_role(actor, steps.READERS, _("社保记账")).area
    rows = Line.objects.within(area) if area else Line.objects.none()
    related = ("person", "plan", "application", "organisation__region__parent", "posting_job__requested_by")
    line = rows.select_related(*related).filter(pk=line_id).first()
    if line is None:
        raise NotInArea
    notices = NoticeLine.objects.filter(line=line).select_related("notice").order_by("pk")
    taxed = TaxRow.objects.filter(line=line).order_by("pk")
    return Trace(
        line, list(notices), list(taxed), _transfers_of(line, taxed), list(line.refunds.order_by("pk"))
    )


def _transfers_of(line: Line, taxed: QuerySet[TaxRow]) -> list[Transfer]:
    """Everything booked because of the line, its tax rows and its refunds, in the order it was booked."""
    causes = (
        Q(cause_type="subsidies.line", cause_id=line.pk)
        | Q(cause_type="subsidies.taxrow", cause_id__in=taxed.values("pk"))
        | Q(cause_type="subsidies.refund", cause_id__in=line.refunds.values("pk"))
    )
    return list(Transfer.objects.filter(causes).select_related("debit", "credit").order_by("pk"))


@dataclass(frozen=True, slots=True)
class PostingChecks:
    """What is looked at before posting; `open_count` persons of these batches are not in yet."""

    count: int
    fen: int
    arrived_fen: int
    over_cap_count: int
    event_count: int
    posted_count: int
    open_count: int

    @property
    def amounts_agree(self) -> bool:
        return self.fen == self.arrived_fen


def posting_checks(application_ids: list[int]) -> PostingChecks:
    """Look before posting: money in, cap, reported events until the payment, nothing posted twice."""
    lines = postable_lines().filter(application_id__in=application_ids)
    arrived = TaxRow.objects.standing().filter(line__in=lines.values("pk"))
    sums = lines.aggregate(count=Count("pk"), fen=Sum("amount_fen"))
    over = CapUse.objects.filter(
        person=OuterRef("person"), year=OuterRef("year"), reserved_fen__gt=F("limit_fen")
    )
    event = PersonStatus.objects.filter(
        person=OuterRef("person"), is_lifted=False, event_on__lte=OuterRef("remitted_on")
    )
    booked = Transfer.objects.filter(
        kind=TransferKind.POSTED, cause_type="subsidies.line", cause_id=OuterRef("pk")
    )
    open_lines = Line.objects.filter(application_id__in=application_ids, state=LineState.ELIGIBLE)
    return PostingChecks(
        count=sums["count"],
        fen=sums["fen"] or 0,
        arrived_fen=arrived.aggregate(total=Sum("net_fen"))["total"] or 0,
        over_cap_count=lines.filter(Exists(over)).count(),
        event_count=lines.filter(Exists(event)).count(),
        posted_count=lines.filter(Exists(booked)).count(),
        open_count=open_lines.count(),
    )
