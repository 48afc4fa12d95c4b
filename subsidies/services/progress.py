"""How far a batch is, from its lines: money in, all posted; each change of state is an event of its own.

The earmarked money that its lines spend follows them first.
"""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from core.workflow import By, Effect, Step, run_step
from subsidies.enums import ApplicationState, LineState
from subsidies.models import Application, Difference, Line
from subsidies.services.pools import follow_application
from subsidies.workflow import notices as steps

ARRIVED = Q(state__in=[LineState.REMITTED, LineState.POSTED, LineState.REFUNDED])


def advance_application(application_id: int, *, by: By) -> Application:
    """Set the batch to where its lines stand, one event a change; nothing happens where nothing changed.

    Money in (NOTIFIED → REMITTED) when no line waits for money and no difference is open; posted when no line that
    came in waits for posting; back again when money comes late or is taken back. Called after matching, settling and
    posting, by whoever did those, inside their transaction.
    """
    by = by.within()
    application = Application.objects.select_for_update(of=("self",)).get(pk=application_id)
    follow_application(application, by=by)
    while (step := _next_step(application)) is not None:
        application = run_step(
            step, Application.objects.all(), application_id, by=by, effect=lambda row: Effect()
        )
    return application


def _next_step(application: Application) -> Step | None:
    lines = Line.objects.filter(application=application).aggregate(
        waiting=Count("pk", filter=Q(state=LineState.ELIGIBLE)),
        to_post=Count("pk", filter=Q(state=LineState.REMITTED)),
        arrived=Count("pk", filter=ARRIVED),
    )
    if application.state == ApplicationState.NOTIFIED:
        return _after_payment(application, lines)
    if application.state in steps.DONE_STATES and lines["waiting"]:
        return steps.REOPEN_PAYMENT
    if application.state == ApplicationState.REMITTED:
        return steps.ALL_POSTED if not lines["to_post"] and lines["arrived"] else None
    return steps.REOPEN_POSTING if application.state in steps.DONE_STATES and lines["to_post"] else None


def _after_payment(application: Application, lines: dict[str, int]) -> Step | None:
    if lines["waiting"] or open_differences(application.pk).exists():
        return None
    return steps.ARRIVED if lines["arrived"] else steps.ALL_LEFT


def open_differences(application_id: int) -> QuerySet[Difference]:
    """Differences on any notice of the batch that nobody has settled."""
    return Difference.objects.filter(notice__application_id=application_id, state__in=steps.UNSETTLED)
