"""Every read of suspensions: whether a programme is suspended, and what that cancels."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from policies.selectors import rulebook
from subsidies.enums import LineState, SuspensionState
from subsidies.models import Line, NoticeLine, Suspension
from subsidies.rules.filings import filed_on
from subsidies.rules.suspensions import Span, takes_effect_on
from subsidies.selectors.filings import standings_of
from subsidies.services.notices.standing import with_received
from subsidies.workflow.applications import LEAVABLE_LINES
from subsidies.workflow.filings import READERS
from subsidies.workflow.notices import LIVE

OPEN = (SuspensionState.FILING, SuspensionState.SUSPENDED, SuspensionState.RESUME_APPLIED)


def suspensions_within(actor: User) -> QuerySet[Suspension]:
    """Suspensions of the actor's area with their organisation; raises ActorNotPermitted."""
    area = require_role(actor, READERS).area
    assert area is not None
    rows = Suspension.objects.within(area)
    return rows.select_related("organisation__region__parent", "decision").prefetch_related("filings")


def suspension(actor: User, pk: int) -> Suspension:
    """One suspension of the actor's area; raises NotInArea otherwise."""
    found = suspensions_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def suspensions_of(organisation_id: int) -> QuerySet[Suspension]:
    """All suspensions of an organisation, newest first; those withdrawn left out."""
    rows = Suspension.objects.filter(organisation=organisation_id).exclude(state=SuspensionState.WITHDRAWN)
    return rows.prefetch_related("filings").order_by("-effective_on", "-pk")


def begins_on(row: Suspension, *, on: date) -> date | None:
    """The day from which a suspension holds, as far as it is filed on the day asked; None while it is not."""
    if row.state != SuspensionState.FILING:
        on = row.executed_on or on
    day = filed_on(standings_of(row, on=on))
    if day is None:
        return None
    return takes_effect_on(row.effective_on, day, rulebook=rulebook(row.village_code, on=on))


def spans_of(organisation_id: int, *, on: date) -> list[Span]:
    """The suspensions of an organisation that are decided and filed as of a day."""
    begun = ((begins_on(row, on=on), row) for row in suspensions_of(organisation_id))
    return [Span(day, row.active_on) for day, row in begun if day is not None]


def is_suspended(organisation_id: int, *, on: date) -> bool:
    """Whether the programme is suspended on a day."""
    return any(span.holds(on) for span in spans_of(organisation_id, on=on))


def unremitted_lines(organisation_id: int) -> QuerySet[Line]:
    """Lines on their way for which no money came in: what a suspension cancels."""
    on_notice = NoticeLine.objects.filter(notice__state__in=LIVE, line__organisation=organisation_id)
    part_paid = with_received(on_notice).filter(received_fen__gt=0).values("line")
    lines = Line.objects.filter(organisation=organisation_id, state__in=LEAVABLE_LINES)
    return lines.exclude(pk__in=part_paid)


def kept_lines(organisation_id: int) -> QuerySet[Line]:
    """Lines whose money is in: they finish."""
    done = (LineState.REMITTED, LineState.POSTED)
    return Line.objects.filter(organisation=organisation_id, state__in=done)


def sums_of(lines: QuerySet[Line]) -> dict[str, int]:
    """Count and sum of lines."""
    return lines.aggregate(count=Count("pk"), fen=Coalesce(Sum("amount_fen"), 0))


def waiting_for_agency(actor: User, *, on: date) -> list[Suspension]:
    """Suspensions of the area that the agency has to put into effect, or whose resumption it has to decide."""
    rows = suspensions_within(actor).filter(
        Q(state=SuspensionState.RESUME_APPLIED) | Q(state=SuspensionState.FILING, effective_on__lte=on)
    )
    return [row for row in rows if row.state == SuspensionState.RESUME_APPLIED or _has_begun(row, on)]


def _has_begun(row: Suspension, on: date) -> bool:
    begun = begins_on(row, on=on)
    return begun is not None and begun <= on
