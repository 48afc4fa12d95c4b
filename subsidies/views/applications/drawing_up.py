"""Draw a list up from a plan in force, or see what the plan still lacks."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.acts import act_or_back, by_page
from core.http import PageRequest
from core.look import Finding
from core.money import yuan_text
from core.typed import whole_number
from core.workflow import By
from core.years import year_in
from subsidies.models import Application, Plan
from subsidies.selectors import applications as selectors
from subsidies.services import applications as services
from subsidies.services.applications.lines import line_sums
from subsidies.services.filings import judge_filed
from subsidies.services.pausing import judge_paused


def application_new(request: PageRequest) -> HttpResponse:
    """Draw the list up from a plan in force: one click."""
    if request.method == "POST":
        plan_id = whole_number(request.POST.get("plan")) or 0
        made: list[Application] = []

        def act(by: By) -> str:
            made.append(services.draw_up_application(plan_id, by=by))
            return reverse("application", args=[made[0].pk])

        back = reverse("application-new")
        return act_or_back(request, by_page(request), act, back=back, done=lambda: _drawn_words(made[0]))
    plans = selectors.plans_to_apply_from(request.user)
    if of_year := plans.filter(year=year_in(request.GET.get("year", ""))):
        plans = of_year
    if of_plan := plans.filter(pk=whole_number(request.GET.get("plan"))):
        plans = of_plan
    on = request.working_date
    rows = [(plan, [one.as_finding() for one in judge_paused(plan, on=on)]) for plan in plans]
    context = {"plans": plans, "rows": rows, "unfiled": _unfiled(request, on)}
    return render(request, "subsidies/applications/new.html", context)


def _unfiled(request: PageRequest, on: date) -> list[tuple[Plan, list[Finding]]]:
    """Decided plans that offices have yet to file, with what is missing."""
    decided = selectors.plans_decided(request.user)
    found = [(plan, [one.as_finding() for one in judge_filed(plan, on=on)]) for plan in decided]
    return [(plan, findings) for plan, findings in found if findings]


def _drawn_words(application: Application) -> str:
    sums = line_sums(application)
    return _("已按方案生成第%(batch)d批补助名单，%(n)d人，%(yuan)s元") % {
        "batch": application.batch_no,
        "n": sums["rows_count"],
        "yuan": yuan_text(sums["amount_fen"]),
    }
