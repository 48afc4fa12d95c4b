"""End a plan in force; give up a draft."""

from __future__ import annotations

from core.workflow import By, Effect, run_step
from subsidies.models import Plan
from subsidies.services.filings import recall_filings
from subsidies.services.pools import give_back_rest
from subsidies.workflow import plans as workflow


def end_plan(plan_id: int, *, by: By, reason: str = "") -> Plan:
    """End a plan in force: nothing more can be applied for under it; what was granted stays."""

    def effect(plan: Plan) -> Effect:
        give_back_rest(plan, by=by)
        return Effect(note=reason)

    return run_step(workflow.END_PLAN, Plan.objects.all(), plan_id, by=by, effect=effect)


def discard_plan(plan_id: int, *, by: By, reason: str = "") -> Plan:
    """Give up a draft that never came into force; the row stays for the record, its number of version is free."""

    def effect(plan: Plan) -> Effect:
        recall_filings(plan, on=by.on)
        plan.previous = None
        return Effect(changed=("previous",), note=reason)

    return run_step(workflow.DISCARD_PLAN, Plan.objects.all(), plan_id, by=by, effect=effect)
