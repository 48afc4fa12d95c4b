"""Pages of the pilot: who may take part, counties' applications, the year's list of villages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access_of, require_role
from core.acts import act_with_form, form_page
from core.http import PageRequest
from core.lists import Export, list_page
from core.look import Pill
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.workflow import By
from core.years import year_in
from policies.rules import LISTED_VILLAGES, SELECTED_COUNTIES
from policies.selectors import Rulebook, rulebook
from subsidies.enums import PilotState
from subsidies.forms.county_pilots import PilotApplicationForm, PilotDecisionForm
from subsidies.models import CountyPilot
from subsidies.selectors import county_pilots as selectors
from subsidies.selectors.task_force import task_force
from subsidies.services import county_pilots as services
from subsidies.workflow import county_pilots as steps
from villages.models import Region

SORTS = {"county": ["county_code"], "applied_on": ["applied_on"], "decided_on": ["decided_on"]}
EXPORT = Export(
    "试点村（社区）名单",
    (
        OutColumn("年度", "count", width=8, is_summed=False),
        OutColumn("县（市、区）", width=14),
        OutColumn("乡镇（街道）", width=16),
        OutColumn("村（社区）", width=16),
        OutColumn("区划代码", "code", width=16),
        OutColumn("依据", width=40),
    ),
    lambda row: row,
)


def pilots(request: PageRequest) -> HttpResponse:
    """试点: who may take part here, by what clause; counties that applied, or the year's list of villages."""
    user = request.user
    rules = selectors.rules_of(user, on=request.working_date)
    scope = rules.get("pilot_scope")
    kind = str(scope.value) if scope else ""
    context: dict[str, Any] = {
        "scope": scope,
        "criteria": list(rules.table("pilot_criterion").values()),
        "county_criteria": list(rules.table("pilot_county_criterion").values()),
        "task_force": task_force(user, on=request.working_date),
    }
    if kind == LISTED_VILLAGES:
        return _villages(request, rules, context)
    if kind == SELECTED_COUNTIES:
        context |= _counties(request, rules)
    context["towns"] = list(rules.table("pilot_town").values())
    return render(request, "subsidies/pilots/list.html", context)


def _counties(request: PageRequest, rules: Rulebook) -> dict[str, Any]:
    user = request.user
    found = selectors.pilots_within(user)
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()
    if words:
        named = Region.objects.filter(level="county", name__contains=words)
        found = found.filter(county_code__in=named.values("pk"))
    rows = found.filter(state=state) if state in PilotState.values else found
    page = list_page(request, rows, sorts=SORTS, default="-applied_on")
    names = dict(Region.objects.filter(level="county").values_list("pk", "name"))
    county = selectors.county_of(user)
    is_in = bool(county) and selectors.is_selected(county, on=request.working_date)
    waits = bool(county) and selectors.waits(county)
    return {
        "asks_counties": True,
        "page_obj": page,
        "rows": [(row, names.get(row.county_code, row.county_code)) for row in page],
        "pills": _pills(found, state, words),
        "words": words,
        "listed": list(rules.table("pilot_county").values()),
        "decided_by": rules.get("pilot_county_decided_by"),
        "county": names.get(county, ""),
        "is_in": is_in,
        "waits": waits,
        "may_apply": bool(county) and not is_in and not waits and access_of(user).may(steps.APPLY.roles),
    }


def _pills(found: Any, state: str, words: str) -> list[Pill]:
    counts = {value: found.filter(state=value).count() for value in PilotState.values}
    shown = [
        Pill(str(label), counts[value], f"?state={value}&q={words}", active=state == value)
        for value, label in PilotState.choices
        if counts[value]
    ]
    return [Pill(_("全部"), sum(counts.values()), f"?q={words}", active=not state), *shown]


def _villages(request: PageRequest, rules: Rulebook, context: dict[str, Any]) -> HttpResponse:
    asked = request.GET.get("year", "")
    year = year_in(asked) or request.working_date.year
    found = selectors.village_list(rules, year)
    words = request.GET.get("q", "").strip()
    shown = [one for one in found.villages if words in f"{one.county}{one.town}{one.name}"]
    if request.GET.get("export") == "xlsx":
        rows = [(year, one.county, one.town, one.name, one.code, one.view.clause.reference) for one in shown]
        return EXPORT.answer(rows)
    years = [*rules.years("pilot_village"), request.working_date.year, year]
    own = access_of(request.user).area
    context |= {
        "list": found,
        "shown": shown,
        "year": year,
        "years": sorted(set(years), reverse=True),
        "words": words,
        "own_code": own.code if own else "",
    }
    return render(request, "subsidies/pilots/villages.html", context)


def pilot_apply(request: PageRequest) -> HttpResponse:
    """申请试点: the county says why."""
    user = request.user
    require_role(user, steps.APPLY.roles, steps.APPLY.label)
    county = selectors.county_of(user)
    rules = selectors.rules_of(user, on=request.working_date)
    form = PilotApplicationForm(request.POST or None)
    context = {
        "county": Region.objects.filter(pk=county).first(),
        "criteria": list(rules.table("pilot_county_criterion").values()),
        "decided_by": rules.get("pilot_county_decided_by"),
    }

    def act(by: By) -> str:
        given = form.cleaned_data
        made = services.apply_for_pilot(
            county, by=by, statement=given["statement"], document=given["document"]
        )
        return reverse("county-pilot", args=[made.pk])

    return form_page(
        request, form, act, "subsidies/pilots/apply.html", context, done=_("已提出申请，等市里选定")
    )


def county_pilot(request: PageRequest, pk: int) -> HttpResponse:
    """One county's application; the city assesses and decides on it."""
    user = request.user
    row = selectors.pilot(user, pk)
    rules = rulebook(row.county_code, on=request.working_date)
    form = PilotDecisionForm(request.POST or None, rules=rules)
    if form.is_bound:
        require_role(user, steps.SELECT.roles, steps.SELECT.label)
        if form.is_valid():
            answer = act_with_form(request, form, lambda by: _decide(row, form, by), done=_("已办理"))
            if answer is not None:
                return answer
    area = access_of(user).area
    context = {
        "row": row,
        "county": Region.objects.filter(pk=row.county_code).first(),
        "form": form,
        "ground": rules.ground(steps.GROUND),
        "decided_by": rules.get("pilot_county_decided_by"),
        "timeline": timeline_of(row),
        "may_decide": row.state == PilotState.APPLIED
        and access_of(user).may(steps.SELECT.roles)
        and area is not None
        and area.is_above_county,
    }
    return render(request, "subsidies/pilots/county.html", context)


def _decide(row: CountyPilot, form: PilotDecisionForm, by: By) -> str:
    given = form.cleaned_data
    if given["decision"] == "select":
        services.select_county(row.pk, by=by, assessed=form.assessed(), document=given["document"])
    else:
        services.decline_county(row.pk, by=by, assessed=form.assessed(), reason=given["reason"])
    return reverse("county-pilot", args=[row.pk])
