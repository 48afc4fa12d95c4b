"""A draft, part by part: begun, typed with its cost beside it, decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_with_form
from core.http import PageRequest
from core.typed import whole_number
from core.workflow import By
from policies.selectors import Rulebook
from subsidies.enums import PlanKind, PlanState
from subsidies.forms.editors import (
    DECISION,
    EDITORS,
    PARTS,
    Editor,
    StandardEditor,
    decision_form,
    part_label,
    part_steps,
    parts_of,
)
from subsidies.forms.plans import NewPlanForm
from subsidies.models import Plan
from subsidies.selectors import plans as selectors
from subsidies.services import plans as services
from subsidies.views.plans.panel import no_draft, panel_of, rules_of
from subsidies.workflow import plans as workflow
from villages.selectors.regions import own_organisation
from villages.services.organisations import declare_income


def plan_new(request: PageRequest) -> HttpResponse:
    """Begin a plan: which year, from what."""
    require_role(request.user, workflow.CLERK, workflow.DRAFT_PLAN.label)
    organisation = own_organisation(request.user)
    if organisation is None:
        messages.error(request, _("本村还没有登记集体经济组织，请先请管理员登记。"))
        return redirect("plans")
    year = request.working_date.year
    basis = "copy" if selectors.last_plan_of(organisation.pk, year - 1) else "blank"
    initial = {"year": year, "kind": PlanKind.REGULAR, "basis": basis}
    form = NewPlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = services.copy_last_year if data["basis"] == "copy" else services.draft_plan

        def act(by: By) -> str:
            plan = draft(organisation.pk, by=by, year=data["year"], kind=data["kind"])
            return reverse("plan-edit", args=[plan.pk, PARTS[0]])

        if answer := act_with_form(request, form, act):
            return answer
    return render(request, "subsidies/plans/new.html", {"form": form, "organisation": organisation})


def plan_edit(request: PageRequest, pk: int, part: str) -> HttpResponse:
    """One of the four parts of a draft."""
    found = _draft(request, pk)
    if found.state != PlanState.DRAFT:
        return no_draft(request, found)
    rules = rules_of(request, found)
    if part not in parts_of(found, rules):
        return redirect("plan", pk=pk)
    editor = EDITORS[part](found, rules, request.POST if request.method == "POST" else None)
    is_kept = request.method == "POST" and editor.is_valid()
    if is_kept and (answer := act_with_form(request, editor.whole, _saving(found, editor))):
        return answer
    context = panel_of(request, found, rules, editor)
    context |= _part_context(found, rules, part) | {"editor": editor} | _row_costs(editor, context["shown"])
    return render(request, editor.template, context)


def _saving(found: Plan, editor: Editor) -> Callable[[By], str]:
    def act(by: By) -> str:
        change = editor.income_change() if hasattr(editor, "income_change") else None
        version = whole_number(editor.data.get("version"))
        services.change_plan(found.pk, by=by, content=editor.content(), expected_version=version)
        if change:
            declare_income(found.organisation_id, by=by.within(), year=editor.income_year, **change)  # type: ignore[attr-defined]
        return _next_url(found, editor.rulebook, editor.part)

    return act


def _next_url(found: Plan, rules: Rulebook, part: str) -> str:
    parts = parts_of(found, rules)
    following = parts.index(part) + 1
    return _part_url(found, parts[following]) if following < len(parts) else reverse("plan", args=[found.pk])


def _part_url(found: Plan, part: str) -> str:
    if part == DECISION:
        return reverse("plan-decision", args=[found.pk])
    return reverse("plan-edit", args=[found.pk, part])


def _part_context(found: Plan, rules: Rulebook, part: str) -> dict[str, Any]:
    parts = parts_of(found, rules)
    number = parts.index(part)
    return {
        "part": part,
        "part_label": part_label(part),
        "number": number + 1,
        "parts_count": len(parts),
        "parts": part_steps(found, rules, part, lambda one: _part_url(found, one)),
        "back_url": _part_url(found, parts[number - 1]) if number else "",
        "next_label": part_label(parts[number + 1]) if number + 1 < len(parts) else "",
    }


def _row_costs(editor: Editor, shown: selectors.PlanEstimate) -> dict[str, Any]:
    if not isinstance(editor, StandardEditor):
        return {}
    costs = dict(zip(editor.numbers(), shown.cost.rows, strict=True))
    return {
        "form_rows": [
            (form, costs.get(number, selectors.RowCost())) for number, form in enumerate(editor.table.forms)
        ]
    }


def _draft(request: PageRequest, pk: int) -> Plan:
    require_role(request.user, workflow.CLERK, workflow.CHANGE_PLAN.label)
    return selectors.plan(request.user, pk)


@require_POST
def plan_estimate(request: PageRequest, pk: int, part: str) -> HttpResponse:
    """The cost of what is being typed, as a fragment; nothing is kept (POST because a form may be long)."""
    found = _draft(request, pk)
    rules = rules_of(request, found)
    editor = EDITORS[part](found, rules, request.POST)
    context = panel_of(request, found, rules, editor)
    context |= {"editor": editor, "is_fragment": True} | _row_costs(editor, context["shown"])
    return render(request, "subsidies/plans/_estimate.html", context)


def plan_decision(request: PageRequest, pk: int) -> HttpResponse:
    """The fifth part: the record of the democratic decision."""
    found = _draft(request, pk)
    if found.state not in workflow.RECORD_DECISION.sources:
        return no_draft(request, found)
    rules = rules_of(request, found)
    if DECISION not in parts_of(found, rules):
        return redirect("plan", pk=pk)
    form = decision_form(found, rules, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():

        def act(by: By) -> str:
            services.record_decision(found.pk, by=by, record=form.record())
            return reverse("plan", args=[found.pk])

        if answer := act_with_form(request, form, act, done=_("已登记民主决策记录。")):
            return answer
    context = panel_of(request, found, rules) | _part_context(found, rules, DECISION)
    context |= {"form": form, "decision_rules": _decision_rules(rules)}
    return render(request, "subsidies/plans/part_decision.html", context)


def _decision_rules(rules: Rulebook) -> list[Any]:
    names = (
        "decision_procedure",
        "plan_shown_days",
        "decision_notice_days",
        "decision_attendance_share",
        "decision_agreement_share",
    )
    return [
        *(view for name in names if (view := rules.get(name))),
        *rules.table("decision_body_beside").values(),
    ]
