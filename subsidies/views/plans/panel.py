"""What the pages of one plan share: its sums, its gauge, what its rules say of it today."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.http import PageRequest
from policies.selectors import Rulebook, rulebook
from subsidies.forms.editors import Editor
from subsidies.models import Plan
from subsidies.rules.judged import refusals, warnings
from subsidies.rules.plans import judge_plan
from subsidies.selectors import plans as selectors
from subsidies.views.plans.shapes import gauge_of, standard_lines, whole_of


def rules_of(request: PageRequest, plan: Plan) -> Rulebook:
    """The rulebook of the plan's place on the business date."""
    return rulebook(plan.village_code, on=request.working_date)


def panel_of(
    request: PageRequest, found: Plan, rules: Rulebook, editor: Editor | None = None
) -> dict[str, Any]:
    """The cost of a plan, or of what is being typed, against its sources, and what the rules say of it."""
    typed: dict[str, Any] = {}
    if editor is not None:
        typed = {
            "rows": editor.rows(),
            "sources": editor.sources(),
            "typed_income_fen": editor.income_fen(),
        }
    on = request.working_date
    shown, facts = selectors.plan_estimate(found, rulebook=rules, on=on, **typed)
    judged = judge_plan(facts, rulebook=rules)
    return {
        "plan": found,
        "shown": shown,
        "gauge": gauge_of(shown.against, rules),
        "plan_facts": facts,
        "refusals": [one.as_finding() for one in refusals(judged)],
        "warnings": [one.as_finding() for one in warnings(judged)],
        "remarks": [one.as_finding() for one in judged if not one.code],
        # While the parts are being filled, what is still missing is no fault.
        "faults": [one.as_finding() for one in judged if one.code != "E-PLAN-PART"],
    }


def standard_of(found: Plan, rules: Rulebook, panel: dict[str, Any]) -> dict[str, Any]:
    """The rows of the standard in words with their cost, and their sum."""
    cost = panel["shown"].cost
    return {"lines": standard_lines(found, rules, cost.rows), "whole": whole_of(found, cost)}


def no_draft(request: PageRequest, found: Plan) -> HttpResponse:
    """Back to the plan, which has left the state in which the page asked for makes sense."""
    words = {"state": found.get_state_display()}
    messages.info(request, _("方案现在是“%(state)s”，不能直接修改。") % words)
    return redirect("plan", pk=found.pk)
