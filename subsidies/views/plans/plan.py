"""One plan: what it says, where it stands, what is next; its buttons, and who has not paid yet."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, by_page
from core.http import PageRequest
from core.lengths import REMARK_TEXT
from core.lists import list_page
from core.look import Finding
from core.workflow import By
from subsidies.enums import PlanPaper, PlanState
from subsidies.forms.editors import parts_of
from subsidies.forms.plans import PaperForm
from subsidies.models import Plan
from subsidies.rules.judged import refusals
from subsidies.rules.pilot import judge_pilot
from subsidies.rules.plans import source_name
from subsidies.selectors import plans as selectors
from subsidies.selectors.applications import latest_batch, stepper_for
from subsidies.selectors.attachments import opens_papers_of_plan, papers_of_plan
from subsidies.selectors.filings import goes_by_decision
from subsidies.selectors.pilot import pilot_facts
from subsidies.services import plans as services
from subsidies.services.pausing import judge_paused
from subsidies.views.filing_shapes import FilingCard, filing_card, timeline_with_filings
from subsidies.views.plans.panel import panel_of, rules_of, standard_of
from subsidies.views.plans.shapes import plan_steps
from subsidies.workflow import plans as workflow


def plan(request: PageRequest, pk: int) -> HttpResponse:
    """One plan: what it says, where it stands, what is next."""
    found = selectors.plan(request.user, pk)
    rules = rules_of(request, found)
    context = panel_of(request, found, rules)
    if found.state in (PlanState.DRAFT, PlanState.RESOLVED):
        # Told before the village works on: whoever takes no part may neither file nor begin.
        joining = judge_pilot(pilot_facts(found, rulebook=rules), rulebook=rules)
        context["refusals"] += [one.as_finding() for one in refusals(joining)]
    versions = list(selectors.versions_of(found))
    batch = latest_batch(found)
    card = filing_card(found, request.user, on=request.working_date)
    paused = judge_paused(found, on=request.working_date)
    context |= standard_of(found, rules, context) | {
        "plan": found,
        "steps": stepper_for(batch, rules) if batch else plan_steps(found, rules),
        "batch": batch,
        "sources": [(source_name(rules, s.source_type), s) for s in found.sources.all()],
        "versions": versions,
        "revision": next((v for v in versions if v.previous_id == found.pk), None),
        "papers": papers_of_plan(request.user, found),
        "opens_papers": opens_papers_of_plan(request.user, found),
        "paper_names": dict(PlanPaper.choices),
        "paper_form": PaperForm(),
        "timeline": timeline_with_filings(found),
        "card": card,
        "word": _word(found, card),
        "paused": [one.as_finding() for one in paused],
        "knows_pause": rules.flag("suspension_allowed"),
        "may_act": request.user.access.may(workflow.CLERK),
        "first_part": parts_of(found, rules)[0],
        "is_decided": goes_by_decision(found, rules),
    }
    context["warnings"] += _told_with_the_decision(found, {one.sentence for one in context["warnings"]})
    return render(request, "subsidies/plans/plan.html", context)


def _told_with_the_decision(found: Plan, shown: set[str]) -> list[Finding]:
    """What was told when the decision was recorded, as that it lies before the document (W-EARLY)."""
    if found.state != PlanState.RESOLVED:
        return []
    kept = [one for one in found.warnings if one["message"] not in shown]
    return [Finding("ask", one["message"], one.get("clause", "")) for one in kept]


def _word(found: Plan, card: FilingCard | None) -> str:
    """The plan's state in one word: filed by silence, too, is filed."""
    if found.state == PlanState.RESOLVED and card is not None and card.is_done:
        return str(PlanState.FILED.label)
    return str(found.get_state_display())


ACTS: dict[str, tuple[Callable[..., Plan], str]] = {
    "reopen": (services.reopen_plan, "已退回草稿，可以修改。"),
    "end": (services.end_plan, "方案已结束。"),
    "discard": (services.discard_plan, "草稿已放弃。"),
}


@require_POST
def plan_act(request: PageRequest, pk: int, name: str) -> HttpResponse:
    """A button of the plan's page: take back, end, give up."""
    service, done = ACTS[name]
    target = reverse("plans") if name == "discard" else reverse("plan", args=[pk])

    def act(by: By) -> str:
        service(pk, by=by, reason=request.POST.get("reason", "")[:REMARK_TEXT])
        return target

    return act_or_back(request, by_page(request), act, back=reverse("plan", args=[pk]), done=_(done))


@require_POST
def plan_revise(request: PageRequest, pk: int) -> HttpResponse:
    """Draft the next version of a plan in force."""

    def act(by: By) -> str:
        return reverse("plan-edit", args=[services.revise_plan(pk, by=by).pk, "standard"])

    done = _("已按现行方案拟出新一版草稿，改好后重新决策。")
    return act_or_back(request, by_page(request), act, back=reverse("plan", args=[pk]), done=done)


def plan_unpaid(request: PageRequest, pk: int) -> HttpResponse:
    """The members without a contribution that qualifies them."""
    found = selectors.plan(request.user, pk)
    on = request.working_date
    rows = selectors.unpaid_members(found, rulebook=rules_of(request, found), on=on)
    page = list_page(request, rows, sorts={"group": ["group_name", "person_id"]}, default="group")
    return render(request, "subsidies/plans/unpaid.html", {"plan": found, "page_obj": page})
