"""A plan judged by the rules of the business date; what is told is kept with it."""

from __future__ import annotations

from django.db.models import QuerySet

from core.workflow import By, Effect
from policies.selectors import Rulebook, rulebook
from subsidies.models import Plan, PlanStandard
from subsidies.rules.judged import Judged, warnings
from subsidies.rules.pilot import judge_pilot, pilot_period
from subsidies.rules.plans import judge_plan
from subsidies.selectors import plans as selectors
from subsidies.selectors.pilot import pilot_facts
from villages.models import Region


def plans_to_judge() -> QuerySet[Plan]:
    """Plans with what a judgement reads beside them."""
    return Plan.objects.select_related("organisation", "pool__donor", "previous")


def rulebook_of(plan: Plan, by: By) -> Rulebook:
    """The rulebook of the plan's place on the business date."""
    return rulebook(plan.village_code, on=by.on)


def judge_content(plan: Plan, by: By) -> list[Judged]:
    """What today's rules say of a plan's content; its estimate is reckoned anew and kept row by row."""
    rules = rulebook_of(plan, by)
    facts = selectors.plan_facts(plan, rulebook=rules, on=by.on)
    plan.estimated_count, plan.estimated_fen = facts.estimate_count, facts.plan.estimate_fen
    rows = list(plan.standards.all())
    for row, cost in zip(rows, facts.estimate.rows, strict=True):
        row.estimated_count, row.estimated_fen = cost.count, cost.amount_fen
    PlanStandard.objects.bulk_update(rows, ["estimated_count", "estimated_fen"])
    return judge_plan(facts.plan, rulebook=rules)


def judge_joining(plan: Plan, rules: Rulebook) -> list[Judged]:
    """Whether the organisation may take part while a pilot picks its villages (E-NOT-PILOT, E-PILOT-COUNT)."""
    if pilot_period(rules):
        # Two organisations at once cannot both be the last one of the batch: the second waits and counts the first.
        county = Region.objects.select_for_update(no_key=True, of=("self",))
        county.get(code=plan.county_code)
    return list(judge_pilot(pilot_facts(plan, rulebook=rules), rulebook=rules))


def keep_warnings(plan: Plan, found: list[Judged]) -> Effect:
    """Keep the warnings on the plan; the effect of the act that was judged."""
    plan.warnings = [one.as_dict() for one in warnings(found)]
    return Effect(
        changed=("estimated_count", "estimated_fen", "warnings"),
        rows_count=plan.estimated_count,
        amount_fen=plan.estimated_fen,
        figures={"warnings": [one.code for one in warnings(found)]},
    )
