"""The last look before a plan comes into force."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import require_role
from core.acts import act_or_back, by_page
from core.http import PageRequest
from core.workflow import By
from subsidies.enums import PlanPaper
from subsidies.rules.judged import refusals, warnings
from subsidies.rules.pilot import judge_pilot
from subsidies.selectors import plans as selectors
from subsidies.selectors.filings import goes_by_decision
from subsidies.selectors.pilot import pilot_facts
from subsidies.services import plans as services
from subsidies.services.filings import judge_filed
from subsidies.services.pausing import judge_paused
from subsidies.services.plans.decisions import judge_record, recorded
from subsidies.views.filing_shapes import filing_card
from subsidies.views.plans.panel import no_draft, panel_of, rules_of, standard_of
from subsidies.workflow import plans as workflow


def plan_in_force(request: PageRequest, pk: int) -> HttpResponse:
    """The last look before a plan comes into force: sums, checks, tick."""
    require_role(request.user, workflow.CLERK, workflow.PUT_IN_FORCE.label)
    found = selectors.plan(request.user, pk)
    rules = rules_of(request, found)
    is_decided = goes_by_decision(found, rules)
    step = workflow.PUT_IN_FORCE if is_decided else workflow.PUT_SPONSORED_IN_FORCE
    if found.state not in step.sources:
        return no_draft(request, found)
    back = reverse("plan", args=[pk])
    if request.method == "POST":
        if request.POST.get("confirmed") != "1":
            messages.error(request, _("请先勾选“我已核对”，再让方案生效。"))
            return redirect(request.path)

        def act(by: By) -> str:
            services.put_in_force(pk, by=by)
            return back

        words = {"year": found.year}
        return act_or_back(
            request, by_page(request), act, back=back, done=_("%(year)d年度方案已生效。") % words
        )
    context = panel_of(request, found, rules) | {"is_decided": is_decided}
    on = request.working_date
    decision_found = [
        *judge_paused(found, on=on),
        *judge_filed(found, on=on),
        *judge_pilot(pilot_facts(found, rulebook=rules), rulebook=rules),
    ]
    if is_decided:
        decision_found += judge_record(found, recorded(found), by_page(request))
    context["refusals"] += [one.as_finding() for one in refusals(decision_found)]
    context["warnings"] += [one.as_finding() for one in warnings(decision_found)]
    context |= standard_of(found, rules, context) | {"back_url": back}
    context["card"] = filing_card(found, request.user, on=on)
    context["has_minutes"] = found.attachments.filter(kind=PlanPaper.MINUTES).exists()
    return render(request, "subsidies/plans/in_force.html", context)
