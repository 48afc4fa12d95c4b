"""The acts on a village's programme: ask to suspend it, suspend it, apply to resume it, resume it.

Source: NX-18, NX-19, A-24, A-25.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import BusinessDateRefused, InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.lengths import REASON_TEXT
from core.workflow import By, Effect, require_text, run_creation, run_step
from policies.selectors import PolicyValueView, Rulebook, rulebook
from subsidies.enums import SuspensionState
from subsidies.models import Suspension, SuspensionDecision
from subsidies.rules.filings import missing
from subsidies.rules.judged import require_none_refuses
from subsidies.rules.plans import DecisionFacts, judge_decision
from subsidies.rules.suspensions import CANCEL
from subsidies.selectors import suspensions as selectors
from subsidies.selectors.filings import content_of_suspension, sentence_of, standings_of
from subsidies.services.cancelling import cancel_unremitted
from subsidies.services.filings import ask_offices, recall_filings
from subsidies.services.plans.decisions import require_possible
from subsidies.workflow import filings as steps
from villages.models import CollectiveOrganisation


@dataclass(frozen=True, slots=True)
class SuspensionRequest:
    """Why, from when, and who decided it."""

    cause: str
    reason: str
    effective_on: date
    decision: DecisionFacts | None = None


def ask_suspension(organisation_id: int, *, by: By, request: SuspensionRequest) -> Suspension:
    """Ask to suspend the programme: decided, with its cause, filed with the offices that the rulebook names.

    Raises RuleViolation (E-DECISION and its like), InvalidInput for a cause or dates that cannot be,
    TransitionNotAllowed where the rulebook knows no suspension, or while another one is open.
    """
    organisation = CollectiveOrganisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        raise NotInArea

    def create() -> tuple[Suspension, Effect]:
        CollectiveOrganisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
        rules = rulebook(organisation.village_code, on=by.on)
        allowed = _require_allowed(rules, "suspension_allowed", _("本地的政策文件没有规定可以暂停补助。"))
        _require_no_other(organisation)
        _require_request(request, rules, by)
        row = Suspension.objects.create(
            organisation=organisation,
            cause=request.cause,
            reason=request.reason.strip()[:REASON_TEXT],
            effective_on=request.effective_on,
            asked_by=by.actor,
            asked_on=by.on,
            last_acted_on=by.on,
            **organisation.area_codes(),
        )
        if request.decision:
            values = {field.name: getattr(request.decision, field.name) for field in fields(DecisionFacts)}
            SuspensionDecision.objects.create(suspension=row, **values)
        asked = ask_offices(row, content=content_of_suspension(row), by=by)
        figures = {"effective_on": row.effective_on.isoformat(), "cause": row.cause, "offices": asked}
        return row, Effect(
            rows_count=len(asked), figures=figures, clause=allowed.clause.name, note=row.reason
        )

    return run_creation(steps.ASK_SUSPENSION, organisation, by=by, create=create)


def _require_allowed(rules: Rulebook, name: str, sentence: str) -> PolicyValueView:
    found = rules.get(name)
    if found is None or found.value is not True:
        raise TransitionNotAllowed(sentence, clause=found.clause.cited if found else "")
    return found


def _require_no_other(organisation: CollectiveOrganisation) -> None:
    other = Suspension.objects.filter(organisation=organisation, state__in=selectors.OPEN).first()
    if other is not None:
        words = {"day": day_text(other.effective_on), "state": other.get_state_display()}
        raise TransitionNotAllowed(
            _("已有%(day)s起的暂停（%(state)s），请接着办那一件。") % words, suspension=other.pk
        )


def _require_request(request: SuspensionRequest, rules: Rulebook, by: By) -> None:
    if request.cause not in rules.table("suspension_cause"):
        message = _("请选择暂停的事由。")
        raise InvalidInput(message, fields={"cause": [message]})
    require_text(request.reason, _("请写明无法继续补助的情况。"))
    decision = request.decision
    if decision is None:
        if rules.flag("suspension_needs_decision"):
            raise RuleViolation(
                _("暂停补助要先经民主决策，请登记会议记录。"),
                code="E-DECISION",
                clause=rules.value("suspension_needs_decision").clause.cited,
            )
        return
    require_possible(decision, by)
    on_the_day = rulebook(rules.region_code, on=decision.met_on)
    if not on_the_day.table("decision_procedure"):
        on_the_day = rules
    require_none_refuses(judge_decision(decision, rulebook=on_the_day))
    if request.effective_on < decision.met_on:
        words = {"day": day_text(request.effective_on), "met": day_text(decision.met_on)}
        message = _("暂停起始日期%(day)s早于会议日期%(met)s，请改为会议当天或以后。") % words
        raise InvalidInput(message, fields={"effective_on": [message]})


def file_suspension_again(suspension_id: int, *, by: By, reason: str = "") -> Suspension:
    """Mend the explanation after a return and file again: with that office, or with all where it changed."""

    def effect(row: Suspension) -> Effect:
        if reason.strip():
            row.reason = reason.strip()[:REASON_TEXT]
        asked = ask_offices(row, content=content_of_suspension(row), by=by)
        return Effect(
            changed=("reason",), rows_count=len(asked), figures={"offices": asked}, clause=_clause(row, by)
        )

    return run_step(steps.FILE_AGAIN, _rows(), suspension_id, by=by, effect=effect)


def withdraw_suspension(suspension_id: int, *, by: By, reason: str = "") -> Suspension:
    """Give up a suspension that was not put into effect yet."""

    def effect(row: Suspension) -> Effect:
        recall_filings(row, on=by.on)
        return Effect(note=reason.strip(), clause=_clause(row, by))

    return run_step(steps.WITHDRAW_SUSPENSION, _rows(), suspension_id, by=by, effect=effect)


def suspend_programme(suspension_id: int, *, by: By) -> Suspension:
    """Put a decided and filed suspension into effect: everything unpaid is cancelled, caps free, notices void.

    Money that came in finishes. Raises RuleViolation (E-FILING) while an office is missing, BusinessDateRefused
    before the day from which it holds.
    """

    def effect(row: Suspension) -> Effect:
        rules = rulebook(row.village_code, on=by.on)
        begins_on = _require_begun(row, by)
        row.executed_by, row.executed_on = by.actor, by.on
        count = amount_fen = 0
        if rules.choice("suspension_unremitted_line") == CANCEL:
            count, amount_fen = cancel_unremitted(
                row.organisation, by=by, from_on=begins_on, note=_("集体补助暂停")
            )
        return Effect(
            changed=("executed_by", "executed_on"),
            rows_count=count,
            amount_fen=amount_fen,
            reason_code="E-SUSPENDED",
            clause=_clause(row, by),
            figures={"from": begins_on.isoformat()},
        )

    return run_step(steps.SUSPEND, _rows(), suspension_id, by=by, effect=effect)


def _require_begun(row: Suspension, by: By) -> date:
    lacking = missing(standings_of(row, on=by.on))
    if lacking:
        raise RuleViolation(
            _("暂停尚未完成备案：%(lacking)s。") % {"lacking": sentence_of(lacking)},
            code="E-FILING",
            clause=lacking[0].view.clause.cited,
            offices=[one.office for one in lacking],
        )
    begins_on = selectors.begins_on(row, on=by.on)
    if begins_on is None or by.on < begins_on:
        words = {"day": day_text(begins_on or row.effective_on)}
        raise BusinessDateRefused(_("暂停从%(day)s起，到那一天再办理。") % words)
    return begins_on


def apply_to_resume(suspension_id: int, *, by: By, reason: str) -> Suspension:
    """The village applies to resume once conditions are ripe (申请恢复实施)."""

    def effect(row: Suspension) -> Effect:
        rules = rulebook(row.village_code, on=by.on)
        allowed = _require_allowed(rules, "resumption_allowed", _("本地的政策文件没有规定暂停以后可以恢复。"))
        row.resume_reason = require_text(reason, _("请写明恢复的条件。"))[:REASON_TEXT]
        row.resume_asked_by, row.resume_asked_on = by.actor, by.on
        changed = ("resume_reason", "resume_asked_by", "resume_asked_on")
        return Effect(changed=changed, clause=allowed.clause.name, note=row.resume_reason)

    return run_step(steps.APPLY_TO_RESUME, _rows(), suspension_id, by=by, effect=effect)


def grant_resumption(suspension_id: int, *, by: By, active_on: date) -> Suspension:
    """The agency lets the programme resume from a day, never from an earlier one than its own."""

    def effect(row: Suspension) -> Effect:
        rules = rulebook(row.village_code, on=by.on)
        if row.state == SuspensionState.SUSPENDED and rules.flag("resumption_needs_application"):
            raise TransitionNotAllowed(_("村里还没有申请恢复。"), found=row.state)
        if active_on < by.on:
            words = {"day": day_text(active_on), "on": day_text(by.on)}
            message = _("恢复日期%(day)s早于办理日期%(on)s：恢复不溯及以前，请改为当天或以后。") % words
            raise InvalidInput(message, fields={"active_on": [message]})
        row.active_on, row.resume_granted_by = active_on, by.actor
        return Effect(
            changed=("active_on", "resume_granted_by"),
            figures={"active_on": active_on.isoformat()},
            clause=_clause(row, by, "resumption_allowed"),
        )

    return run_step(steps.GRANT_RESUMPTION, _rows(), suspension_id, by=by, effect=effect)


def refuse_resumption(suspension_id: int, *, by: By, reason: str) -> Suspension:
    """The agency refuses to resume, with a reason; the programme stays suspended."""

    def effect(row: Suspension) -> Effect:
        note = require_text(reason, _("请写明不同意恢复的原因。"))
        return Effect(note=note, clause=_clause(row, by, "resumption_allowed"))

    return run_step(steps.REFUSE_RESUMPTION, _rows(), suspension_id, by=by, effect=effect)


def _clause(row: Suspension, by: By, name: str = "suspension_allowed") -> str:
    found = rulebook(row.village_code, on=by.on).get(name)
    return found.clause.name if found else ""


def _rows() -> Any:
    return Suspension.objects.select_related("organisation")
