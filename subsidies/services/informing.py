"""Informing (信息反馈): the agency tells the village what was posted, the village tells its members."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from core.errors import InvalidInput, NotInArea, TransitionNotAllowed
from core.workflow import By, Effect, run_step
from policies.selectors import rulebook
from subsidies.enums import ApplicationState, LineState
from subsidies.models import Application, Line
from subsidies.services.numbers import paper_number
from subsidies.services.publishing import closing_finding
from subsidies.workflow import informing as steps

TOLD_STATES = (LineState.POSTED, LineState.REFUNDED)


def send_feedback(application_id: int, *, by: By) -> Application:
    """Send the numbered feedback sheet of a posted batch to the village; members are to be told from then on.

    Source: CS-33.
    """

    def effect(application: Application) -> Effect:
        rules = rulebook(application.village_code, on=by.on)
        if not application.feedback_number:
            application.feedback_number = paper_number(
                "feedback", application, year=by.on.year, rulebook=rules
            )
        application.fed_back_on = by.on
        sums = application.lines.filter(state__in=TOLD_STATES).aggregate(fen=Sum("amount_fen"))
        count = application.lines.filter(state__in=TOLD_STATES).count()
        target = _after_telling(application, by) or ApplicationState.INFORMED
        changed = ("fed_back_on", "feedback_number")
        return Effect(changed=changed, target=target, rows_count=count, amount_fen=sums["fen"] or 0)

    return run_step(steps.FEED_BACK, Application.objects.all(), application_id, by=by, effect=effect)


def record_informed(
    application_id: int, *, by: By, method: str, line_ids: Iterable[int] | None = None
) -> Application:
    """Record that members were told, how and on the business date; without ids all who were not told yet.

    When everybody posted is told the batch closes, where it is asked for once the result is public too. Raises
    InvalidInput for a method the rulebook lacks, NotInArea for a person of another batch, TransitionNotAllowed
    where all of them were told before.
    """
    ids = None if line_ids is None else set(line_ids)

    def effect(application: Application) -> Effect:
        _require_method(application, method, by)
        chosen = untold(application)
        if ids is not None:
            _require_own(application, ids)
            chosen = chosen.filter(pk__in=ids)
        fen = chosen.aggregate(total=Sum("amount_fen"))["total"] or 0
        count = chosen.update(informed_on=by.on, inform_method=method)
        if not count:
            raise TransitionNotAllowed(_("这些人已经登记过告知，没有重复登记。"), found=application.state)
        target = _after_telling(application, by)
        return Effect(target=target, rows_count=count, amount_fen=fen, figures={"method": method})

    return run_step(steps.TELL, Application.objects.all(), application_id, by=by, effect=effect)


def _after_telling(application: Application, by: By) -> str:
    """Closed when everybody is told and, where it is asked for, the result is public; else it stays (NX-15)."""
    waits = untold(application).exists() or closing_finding(application, on=by.on) is not None
    return "" if waits else str(ApplicationState.CLOSED)


def untold(application: Application) -> QuerySet[Line]:
    """Lines whose posting the person was not told of; who was refunded altogether need not be told."""
    return application.lines.filter(state=LineState.POSTED, informed_on__isnull=True)


def _require_method(application: Application, method: str, by: By) -> None:
    allowed = rulebook(application.village_code, on=by.on).require_table("inform_method")
    if method not in allowed:
        message = _("请选择告知方式：%(words)s") % {
            "words": "、".join(str(view.value) for view in allowed.values())
        }
        raise InvalidInput(message + "。", fields={"method": [message]})


def _require_own(application: Application, ids: set[int]) -> None:
    if not ids:
        raise InvalidInput(_("没有选人。请先勾选已告知的人。"))
    if application.lines.filter(pk__in=ids).count() != len(ids):
        raise NotInArea
