"""Hand a batch in: within the period, papers complete, declared true, nothing that stops it."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import InvalidInput, RuleViolation
from core.workflow import By, Effect, run_step
from policies.enums import Act
from policies.rules import application_window
from policies.selectors import Rulebook, codes_that_stop, rulebook
from subsidies.enums import ApplicationState, LineState, Verdict
from subsidies.models import Application
from subsidies.rules.eligibility import ASK, PASS
from subsidies.services.applications.conditions import require_open_year, require_ready
from subsidies.services.applications.judging import advice_counts, follow_plan, refuse_blocked, rejudge
from subsidies.services.applications.lines import line_sums
from subsidies.services.attachments import require_application_papers
from subsidies.services.numbers import paper_number
from subsidies.services.pools import require_room
from subsidies.workflow import applications as steps


def submit_application(
    application_id: int, *, by: By, declared_true: bool, expected_version: int | None = None
) -> Application:
    """Hand the batch in: papers complete and sealed, declaration made, within the period; number taken once.

    Raises RuleViolation (E-PLAN, E-WINDOW, E-YEAR-CLOSED, E-DOC-MISSING, E-DOC-SEAL, E-AMOUNT, E-NOT-MEMBER) or
    InvalidInput without the declaration. Source: CS-27, A-67, A-73.
    """

    def effect(application: Application) -> Effect:
        rules = rulebook(application.village_code, on=by.on)
        plan = follow_plan(application)
        require_ready(plan, by)
        require_open_year(application, by)
        if application.state == ApplicationState.DRAFT:
            _require_window(application, rules, by.on)
        _require_declaration(declared_true, rules)
        require_application_papers(application, rulebook=rules)
        rejudge(application, plan, by.on)
        sums = line_sums(application, state=LineState.PENDING)
        if not sums["rows_count"]:
            raise RuleViolation(_("名单里没有人，不能提交。"), code="E-EMPTY")
        # Whom the rules refuse anyway will cost nothing.
        likely = line_sums(application, state=LineState.PENDING, advice__in=(PASS, ASK))
        require_room(plan, likely["amount_fen"], by=by)
        refuse_blocked(application.lines.filter(state=LineState.PENDING), codes_that_stop(Act.SUBMISSION))
        _forget_outdated_verdicts(application)
        _hand_in(application, rules, by)
        changed = (
            "plan",
            "number",
            "submitted_by",
            "submitted_on",
            "accepted_at",
            "declared_true",
            "policy_version",
        )
        return Effect(changed=changed, figures=advice_counts(application), **sums)

    return run_step(
        steps.SUBMIT,
        Application.objects.select_related("plan"),
        application_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def _require_window(application: Application, rules: Rulebook, on: date) -> None:
    first, last = application_window(rules, application.year)
    if not first <= on <= last:
        raise RuleViolation(
            _("%(year)d年度的申请在%(first)s至%(last)s受理，%(on)s不在受理期内。")
            % {
                "year": application.year,
                "first": day_text(first),
                "last": day_text(last),
                "on": day_text(on),
            },
            code="E-WINDOW",
            clause=rules.value("application_last_day", year=application.year).clause.cited,
            first=first.isoformat(),
            last=last.isoformat(),
        )


def _require_declaration(declared_true: bool, rules: Rulebook) -> None:
    if not declared_true:
        text = rules.value("application_declaration")
        message = _("请先勾选承诺：%(text)s") % {"text": text.value}
        raise InvalidInput(
            message, code="E-DECLARATION", clause=text.clause.reference, fields={"declared_true": [message]}
        )


def _forget_outdated_verdicts(application: Application) -> None:
    """A verdict of before the return does not outlive what now speaks against it."""
    passed = application.lines.filter(verdict=Verdict.PASS, advice="refuse")
    passed.update(verdict=Verdict.NONE, verdict_code="", verdict_note="", decided_by=None)


def _hand_in(application: Application, rules: Rulebook, by: By) -> None:
    application.number = application.number or paper_number(
        "application", application, year=application.year, rulebook=rules
    )
    application.submitted_by, application.submitted_on = by.actor, by.on
    application.accepted_at = application.accepted_at or timezone.now()
    application.declared_true = True
    application.policy_version = rules.version
