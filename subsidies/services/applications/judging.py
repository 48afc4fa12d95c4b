"""The lines of a batch judged: the plan that binds them, the findings of today, what stops an act."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, QuerySet

from core.counts import REFUSED_ROWS
from core.errors import RuleViolation
from core.workflow import By, Effect, run_step
from policies.selectors import rulebook
from subsidies.enums import LineState, PlanState
from subsidies.models import Application, Finding, Line, Plan
from subsidies.rules.eligibility import judge
from subsidies.rules.wording import blocking_sentence, cite_key
from subsidies.services.applications.lines import line_sums
from subsidies.workflow import applications as steps


def precheck_application(application_id: int, *, by: By) -> Application:
    """Judge a list in hand by the agency's own rules, so that the village sees what would be refused."""

    def effect(application: Application) -> Effect:
        plan = follow_plan(application)
        rejudge(application, plan, by.on)
        return Effect(changed=("plan",), figures=advice_counts(application), **line_sums(application))

    return run_step(steps.PRECHECK, Application.objects.all(), application_id, by=by, effect=effect)


def rejudge(application: Application, plan: Plan, on: date, lines: QuerySet[Line] | None = None) -> None:
    """Judge the pending lines (or these of them) anew by the rulebook of the day."""
    rules = rulebook(application.village_code, on=on)
    chosen = application.lines.all() if lines is None else lines
    judge(chosen.filter(state=LineState.PENDING), application=application, plan=plan, rulebook=rules, on=on)


def follow_plan(application: Application) -> Plan:
    """Put a list in hand under the version in force; where there is none its own version stays."""
    plan = plan_that_counts(application)
    if plan.pk != application.plan_id:
        application.plan = plan
        application.lines.filter(state=LineState.PENDING).update(plan=plan)
    return plan


def plan_that_counts(application: Application) -> Plan:
    """The version whose standard binds: that in force of the same plan, or the batch's own (A-59)."""
    own = application.plan
    in_force = Plan.objects.filter(**own.same_plan(), state=PlanState.IN_FORCE)
    return in_force.first() or own


def advice_counts(application: Application) -> dict[str, int]:
    """How many pending lines may pass, need a look, or should be refused."""
    rows = application.lines.filter(state=LineState.PENDING).order_by().values_list("advice")
    return dict(rows.annotate(n=Count("pk")))


def refuse_blocked(lines: QuerySet[Line], codes: Iterable[str]) -> None:
    """Raise RuleViolation with the first of these findings and all rows it concerns."""
    found = list(
        Finding.objects.filter(line__in=lines, code__in=codes)
        .select_related("line")
        .order_by("line__position")[:REFUSED_ROWS]
    )
    if found:
        first = found[0]
        rows = [finding.line_id for finding in found if finding.code == first.code]
        raise RuleViolation(
            blocking_sentence(first, position=first.line.position, count=len(rows)),
            code=first.code,
            clause=cite_key(first.clause),
            rows=rows,
            **first.figures,
        )
