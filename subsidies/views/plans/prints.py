"""The plan (F01) and the record of its decision (F02) for printing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.http import PageRequest
from policies.selectors import Rulebook, rulebook
from subsidies.models import Plan
from subsidies.rules.plans import STEP_FIELDS, afford, source_name
from subsidies.selectors import plans as selectors
from subsidies.views.plans.panel import panel_of, rules_of, standard_of
from subsidies.views.plans.shapes import gauge_of


def plan_print(request: PageRequest, pk: int) -> HttpResponse:
    """The plan for printing and sealing (F01)."""
    found = selectors.plan(request.user, pk)
    rules = rules_of(request, found)
    context = panel_of(request, found, rules)
    context |= standard_of(found, rules, context)
    # What was printed for a plan in force must not change with the member list.
    facts = replace(context["plan_facts"], estimate_fen=context["whole"].amount_fen)
    context |= {
        "gauge": gauge_of(afford(facts, rules), rules),
        "sources": [(source_name(rules, s.source_type), s) for s in found.sources.all()],
        "scheme": rules.choice("scheme_name"),
        "body": _body_name(found, rules),
        "back_url": reverse("plan", args=[pk]),
    }
    return render(request, "subsidies/plans/print.html", context)


def plan_decision_print(request: PageRequest, pk: int) -> HttpResponse:
    """The record of the decision for printing (F02); empty lines where nothing is recorded yet."""
    found = selectors.plan(request.user, pk)
    rules = rules_of(request, found)
    context = {
        "plan": found,
        "decision": getattr(found, "decision", None),
        "body": _body_name(found, rules),
        "steps": _steps(found, rules),
        "scheme": rules.choice("scheme_name"),
        "back_url": reverse("plan", args=[pk]),
    }
    return render(request, "subsidies/plans/decision_print.html", context)


def _steps(found: Plan, rules: Rulebook) -> list[tuple[str, date | None]]:
    """The steps as the region's document names them, each with its day."""
    record = getattr(found, "decision", None)
    days = STEP_FIELDS | {"resolution": "met_on"}
    return [
        (str(view.value), getattr(record, days[key], None))
        for key, view in rules.table("decision_step").items()
    ]


def _body_name(found: Plan, rules: Rulebook) -> str:
    record = getattr(found, "decision", None)
    if record is None:
        return ""
    on_the_day = rulebook(found.village_code, on=record.met_on)
    view = on_the_day.get("decision_body", record.body) or rules.get("decision_body", record.body)
    return str(view.value) if view else record.body
