"""Bring a draft into force: decide, file, put in force; or take the decision back."""

from __future__ import annotations

from dataclasses import fields

from core.workflow import By, Effect, run_step
from subsidies.enums import PlanState
from subsidies.models import DecisionRecord, Plan
from subsidies.rules.filings import PLAN_OFFICES
from subsidies.rules.judged import require_none_refuses
from subsidies.rules.plans import DecisionFacts
from subsidies.selectors.filings import content_of_plan, goes_by_decision
from subsidies.services.filings import ask_offices, recall_filings, require_filed
from subsidies.services.numbers import paper_number
from subsidies.services.pausing import require_goes_on
from subsidies.services.plans.decisions import judge_record, recorded, require_possible
from subsidies.services.plans.judging import (
    judge_content,
    judge_joining,
    keep_warnings,
    plans_to_judge,
    rulebook_of,
)
from subsidies.services.pools import pool_of
from subsidies.workflow import filings as filing_steps
from subsidies.workflow import plans as workflow


def record_decision(
    plan_id: int, *, by: By, record: DecisionFacts, expected_version: int | None = None
) -> Plan:
    """Record the democratic decision; the plan is then decided (已决策).

    The content must be complete and within the rules, the record as the rules of the day of the meeting ask.
    Raises RuleViolation with the code of the first refusal (E-PLAN-PART, E-SOURCE, E-CAP, E-OVER-INCOME,
    E-DECISION, E-NOTICE, E-QUORUM, E-MAJORITY), InvalidInput for counts or dates that cannot be.
    Source: CS-08, CS-25, LAW-01, LAW-03.
    """
    require_possible(record, by)

    def effect(plan: Plan) -> Effect:
        found = [*judge_content(plan, by), *judge_record(plan, record, by)]
        require_none_refuses(found)
        values = {field.name: getattr(record, field.name) for field in fields(record)}
        DecisionRecord.objects.update_or_create(plan=plan, defaults=values)
        return keep_warnings(plan, found)

    return run_step(
        workflow.RECORD_DECISION,
        plans_to_judge(),
        plan_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def reopen_plan(plan_id: int, *, by: By, reason: str = "") -> Plan:
    """Take a decided plan back to draft; its decision record is dropped, a new one must follow.

    Offices that have not answered lose it; those that filed it are asked again only if its content changes.
    """

    def effect(plan: Plan) -> Effect:
        recall_filings(plan, on=by.on)
        DecisionRecord.objects.filter(plan=plan).delete()
        plan.standards.update(estimated_count=None, estimated_fen=None)
        return Effect(note=reason)

    return run_step(workflow.REOPEN_PLAN, Plan.objects.all(), plan_id, by=by, effect=effect)


def file_plan(plan_id: int, *, by: By) -> Plan:
    """File a decided plan with the offices that the rulebook names (备案), side by side; again after a return.

    Complete and decided as the rules ask, of a village that takes part. Raises RuleViolation (E-NOT-PILOT,
    E-PLAN-PART, E-DECISION and their like, E-SUSPENDED), TransitionNotAllowed where every office has it already.
    Source: NX-03, NX-15, NX-16, NX-17, A-69.
    """

    def effect(plan: Plan) -> Effect:
        require_goes_on(plan, year=plan.year, on=by.on)
        joining = judge_joining(plan, rulebook_of(plan, by))
        require_none_refuses([*joining, *judge_content(plan, by), *judge_record(plan, recorded(plan), by)])
        asked = ask_offices(plan, content=content_of_plan(plan), by=by)
        clause = rulebook_of(plan, by).value(PLAN_OFFICES, asked[0]).clause.name
        return Effect(rows_count=len(asked), figures={"offices": asked}, clause=clause)

    return run_step(filing_steps.FILE_PLAN, plans_to_judge(), plan_id, by=by, effect=effect)


def put_in_force(plan_id: int, *, by: By) -> Plan:
    """Let a decided plan come into force, numbered; the version it revises is superseded in the same transaction.

    Everything is judged again by the rules of the business date. Raises RuleViolation (as `record_decision`, and
    E-FILING where the rulebook names offices that file plans first; E-NOT-PILOT and E-PILOT-COUNT while only the
    first batch may take part). A plan of donors' money that the rulebook lets go by its gift agreement alone comes
    into force from the draft. Where the rulebook earmarks the village's own money, what the plan sets aside is put
    into its pool. Source: CS-04, CS-07, CS-10, CS-25, JN-08.
    """
    is_decided = _is_decided(plan_id, by)

    def effect(plan: Plan) -> Effect:
        rules = rulebook_of(plan, by)
        require_goes_on(plan, year=plan.year, on=by.on)
        require_filed(plan, on=by.on)
        found = [*judge_joining(plan, rules), *judge_content(plan, by)]
        if is_decided:
            found += judge_record(plan, recorded(plan), by)
        require_none_refuses(found)
        _supersede_previous(plan, by)
        pool_of(plan, by=by)
        plan.number = plan.number or paper_number("plan", plan, year=plan.year, rulebook=rules)
        plan.in_force_on = by.on
        plan.policy_version = rules.version
        kept = keep_warnings(plan, found)
        return Effect(
            changed=(*kept.changed, "number", "in_force_on", "policy_version"),
            rows_count=kept.rows_count,
            amount_fen=kept.amount_fen,
            figures=kept.figures,
        )

    step = workflow.PUT_IN_FORCE if is_decided else workflow.PUT_SPONSORED_IN_FORCE
    return run_step(step, plans_to_judge(), plan_id, by=by, effect=effect)


def _is_decided(plan_id: int, by: By) -> bool:
    """Whether the plan needs a democratic decision before it comes into force; custody and kind never change."""
    plan = Plan.objects.select_related("pool").filter(pk=plan_id).first()
    return plan is None or goes_by_decision(plan, rulebook_of(plan, by))


def _supersede_previous(plan: Plan, by: By) -> None:
    if plan.previous_id is None:
        return
    previous = Plan.objects.get(pk=plan.previous_id)
    if previous.state == PlanState.IN_FORCE:
        run_step(
            workflow.SUPERSEDE_PLAN,
            Plan.objects.all(),
            previous.pk,
            by=by.within(),
            effect=lambda old: Effect(figures={"by": plan.pk}),
        )
