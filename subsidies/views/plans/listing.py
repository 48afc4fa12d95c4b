"""补助方案: the plans of the reader's area, chosen by state, and as a workbook."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from core.http import PageRequest
from core.lists import Export, choice_pills, list_page
from core.look import Pill
from core.sheets.writer import OutColumn
from core.years import year_in
from subsidies.enums import PlanState
from subsidies.models import Plan
from subsidies.selectors import plans as selectors
from subsidies.workflow import plans as workflow
from villages.views import units_shown
from villages.zone_lists import with_units
from villages.zones import handled_by, unit_of

SORTS = {
    "year": ["year", "version_no"],
    "village": ["village_code"],
    "state": ["state"],
    "in_force_on": ["in_force_on"],
    "amount": ["estimated_fen"],
}
EXPORT = Export(
    "补助方案",
    [
        OutColumn("年度", "count", width=8, is_summed=False),
        OutColumn("镇街", width=14),
        OutColumn("村集体经济组织", width=30),
        OutColumn("种类", width=14),
        OutColumn("版本", "count", width=6, is_summed=False),
        OutColumn("文号", width=22),
        OutColumn("状态", width=12),
        OutColumn("生效日期", "date"),
        OutColumn("预计人数", "count"),
        OutColumn("预计金额（元）", "amount", width=16),
    ],
    lambda plan: (
        plan.year,
        str(plan.organisation.region.parent),
        plan.organisation.name,
        plan.get_kind_display(),
        plan.version_no,
        plan.number,
        plan.get_state_display(),
        plan.in_force_on,
        plan.estimated_count,
        plan.estimated_fen,
    ),
)


def plans(request: PageRequest) -> HttpResponse:
    """The plans of the area."""
    words = request.GET.get("q", "")
    found = selectors.search_plans(selectors.plans_within(request.user), words)
    year = year_in(request.GET.get("year", ""))
    if year:
        found = found.filter(year=year)
    units, unit = units_shown(request)
    if unit:
        found = found.filter(handled_by(units, unit))
    rows = found.filter(state=request.GET["state"]) if request.GET.get("state") else found
    if request.GET.get("export") == "xlsx":
        return with_units(EXPORT, units).answer(rows.order_by("-year", "village_code", "-version_no"))
    page = list_page(request, rows, sorts=SORTS, default="-year")
    context = {
        "page_obj": page,
        "rows": [(row, unit_of(units, row)) for row in page],
        "units": sorted({one.name for one in units.values()}),
        "unit": unit,
        "words": words,
        "year": year,
        "pills": _state_pills(request, found),
        "years": selectors.years_of_plans(request.user),
        "may_draft": request.user.access.may(workflow.CLERK),
    }
    return render(request, "subsidies/plans/list.html", context)


def _state_pills(request: PageRequest, found: QuerySet[Plan]) -> list[Pill]:
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    return choice_pills(request, "state", counts, PlanState.choices)
