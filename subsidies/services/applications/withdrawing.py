"""Take back what was applied for: a whole batch, a returned one out of time, single persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.lengths import REMARK_TEXT
from core.workflow import By, Effect, move_rows, require_text, run_step
from policies.selectors import reasons, rulebook
from subsidies.enums import ApplicationState, LineState
from subsidies.models import Application, Line
from subsidies.services.applications.lines import line_sums
from subsidies.services.notices import withdraw_and_replace
from subsidies.services.statuses import keep_reason_of_leaving
from subsidies.workflow import applications as steps


def withdraw_application(application_id: int, *, by: By, reason: str = "") -> Application:
    """Take the whole batch back before it is verified; a draft needs no reason."""

    def effect(application: Application) -> Effect:
        note = reason.strip()
        if application.state != ApplicationState.DRAFT:
            note = require_text(reason, _("请写明撤回整批申请的原因。"))
        sums = line_sums(application, state=LineState.PENDING)
        _leave(
            application.lines.filter(state=LineState.PENDING), by, reason="OTHER", event_on=None, note=note
        )
        return Effect(note=note, reason_code="OTHER", **sums)

    return run_step(steps.WITHDRAW, Application.objects.all(), application_id, by=by, effect=effect)


def lapse_application(application_id: int, *, by: By) -> Application:
    """Let a returned batch lapse whose deadline for corrections has passed. Source: A-67, A-73."""

    def effect(application: Application) -> Effect:
        assert application.correct_by is not None
        if by.on <= application.correct_by:
            raise RuleViolation(
                _("补正期限到%(day)s，还没有过，不能终止。") % {"day": day_text(application.correct_by)},
                code="E-NOT-DUE",
            )
        sums = line_sums(application, state=LineState.PENDING)
        note = _("逾期未补正")
        _leave(
            application.lines.filter(state=LineState.PENDING), by, reason="OTHER", event_on=None, note=note
        )
        return Effect(note=note, reason_code="W-LATE", **sums)

    return run_step(steps.LAPSE, Application.objects.all(), application_id, by=by, effect=effect)


def withdraw_lines(
    application_id: int,
    *,
    by: By,
    line_ids: Sequence[int],
    reason: str,
    event_on: date | None = None,
    note: str = "",
) -> Application:
    """Take persons back before their money is remitted; after the notice it is replaced by a new one.

    `reason` is a withdrawal reason of the rulebook (DEATH, NATIONALITY_LOST, OTHER_PENSION, OTHER). Raises
    InvalidInput without its date or words, TransitionNotAllowed for lines already remitted. Source: CS-28, A-13.
    """

    noticed: list[int] = []

    def effect(application: Application) -> Effect:
        _require_reason(application, by, reason, event_on, note)
        lines = application.lines.filter(pk__in=line_ids)
        _require_leavable(lines, line_ids)
        sums = line_sums(application, pk__in=line_ids)
        noticed.extend(lines.filter(state=LineState.ELIGIBLE).values_list("pk", flat=True))
        keep_reason_of_leaving(lines, by=by, reason=reason, event_on=event_on)
        _leave(lines, by, reason=reason, event_on=event_on, note=note)
        nobody_left = not application.lines.exclude(state=LineState.WITHDRAWN).exists()
        target = ApplicationState.WITHDRAWN if nobody_left else ""
        figures = {"event_on": event_on.isoformat() if event_on else ""}
        return Effect(target=target, reason_code=reason, note=note, figures=figures, **sums)

    with transaction.atomic():
        application = run_step(
            steps.WITHDRAW_LINES, Application.objects.all(), application_id, by=by, effect=effect
        )
        if noticed:
            withdraw_and_replace(noticed, by=by.within(), reason=reason, event_on=event_on or by.on)
            application.lines.filter(pk__in=noticed).update(left_note=note[:REMARK_TEXT])
            application.refresh_from_db()
    return application


def _require_reason(application: Application, by: By, reason: str, event_on: date | None, note: str) -> None:
    known = rulebook(application.village_code, on=by.on).require_table("withdrawal_reason")
    if reason not in known:
        message = _("请选择撤回原因。")
        raise InvalidInput(message, fields={"reason": [message]})
    found = reasons().get(reason)
    if found and found.needs_event_day and event_on is None:
        message = _("请填写事由发生的日期。")
        raise InvalidInput(message, fields={"event_on": [message]})
    if event_on is not None and event_on > by.on:
        message = _("事由发生日期%(event)s晚于业务日期%(on)s。") % {
            "event": day_text(event_on),
            "on": day_text(by.on),
        }
        raise InvalidInput(message, fields={"event_on": [message]})
    if reason == "OTHER":
        require_text(note, _("请写明撤回的具体情形。"), name="note")


def _require_leavable(lines: QuerySet[Line], line_ids: Sequence[int]) -> None:
    states = list(lines.values_list("state", flat=True))
    if not line_ids or len(states) != len(set(line_ids)):
        raise NotInArea(_("有人员不在这批名单中。"))
    gone = [state for state in states if state not in steps.LEAVABLE_LINES]
    if gone:
        raise TransitionNotAllowed(
            _("有%(n)d人已是“%(state)s”，不能撤回；款已划入专户的，请办退费。")
            % {"n": len(gone), "state": LineState(gone[0]).label},
            found=gone[0],
            allowed=sorted(steps.LEAVABLE_LINES),
        )


def _leave(lines: QuerySet[Line], by: By, *, reason: str, event_on: date | None, note: str) -> None:
    move_rows(
        lines,
        [LineState.PENDING],
        LineState.WITHDRAWN,
        left_reason=reason,
        left_event_on=event_on,
        left_note=note[:REMARK_TEXT],
        left_on=by.on,
    )
