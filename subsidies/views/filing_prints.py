"""F03 备案表 on paper: of a plan with each office's opinion, and its variant for a suspension."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.http import PageRequest
from policies.selectors import rulebook
from subsidies.models import Plan, Suspension
from subsidies.rules.plans import source_name
from subsidies.selectors import filings as selectors
from subsidies.selectors import plans as plan_selectors
from subsidies.selectors import suspensions as pauses
from subsidies.views.filings import not_open
from subsidies.views.plans.shapes import given_of, people_of


@require_GET
def plan_filing_print(request: PageRequest, pk: int) -> HttpResponse:
    """集体补助方案备案表 (NX-17)."""
    plan = plan_selectors.plan(request.user, pk)
    back = reverse("plan", args=[pk])
    context = _form(request, plan, back)
    if not context["offices"]:
        return not_open(request, _("本地不要求备案"), back)
    rules = context["rules"]
    context |= {
        "plan": plan,
        "sources": [(source_name(rules, s.source_type), s) for s in plan.sources.all()],
        "standards": [(people_of(s, rules), given_of(s)) for s in plan.standards.all()],
    }
    return render(request, "subsidies/filings/print.html", context)


@require_GET
def suspension_print(request: PageRequest, pk: int) -> HttpResponse:
    """暂停集体补助备案表; once it is asked to resume, 恢复集体补助申请表 (NX-18, NX-19)."""
    row = pauses.suspension(request.user, pk)
    context = _form(request, row, reverse("suspension", args=[pk]))
    cause = context["rules"].get("suspension_cause", row.cause)
    context |= {"suspension": row, "cause": str(cause.value) if cause else row.cause}
    return render(request, "subsidies/filings/print.html", context)


def _form(request: PageRequest, subject: Plan | Suspension, back: str) -> dict[str, Any]:
    on = request.working_date
    rules = rulebook(subject.village_code, on=on)
    town = subject.organisation.region.parent
    scheme = rules.get("scheme_name")
    return {
        "unit": subject.organisation,
        "county": town.parent if town else None,
        "decision": getattr(subject, "decision", None),
        "offices": selectors.standings_of(subject, on=on),
        "scheme": scheme.value if scheme else "",
        "rules": rules,
        "back_url": back,
    }
