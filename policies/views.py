"""Pages of the rulebooks: read one, compare two, take one away as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.access import access_of, require_role
from core.forms import DateInput
from core.http import PageRequest
from core.lists import Export, query_with
from core.look import Pill
from core.sheets.writer import OutColumn, download, sheet_file_name
from policies import comparing, pages, workflow
from policies.amendments.selectors import may_amend, own_region
from policies.comparing import Point, Side, Verdict
from policies.export import rulebook_text

PLAN_YEARS = range(date.min.year, date.max.year)


def policies(request: PageRequest) -> HttpResponse:
    """The regions' rulebooks, those of the reader's place first."""
    area = access_of(request.user).area
    context = {
        "regions": pages.regions(area.code if area else ""),
        "own_region": own_region(request.user),
    }
    return render(request, "policies/list.html", context)


def rulebook(request: PageRequest, region_code: str) -> HttpResponse:
    """One region's documents, clauses and values as of the working date."""
    on = request.working_date
    words = request.GET.get("q", "").strip()
    page = pages.rulebook_page(region_code, on=on, mark=request.GET.get("mark", ""), words=words)
    context = {
        "page": page,
        "on": on,
        "words": words,
        "may_amend": may_amend(request.user, region_code),
        "may_export": request.user.access.may(workflow.EXPORTERS),
        "own_region": own_region(request.user),
    }
    return render(request, "policies/rulebook.html", context)


def rulebook_export(request: PageRequest, region_code: str) -> HttpResponse:
    """One region's rulebook as a file that can be loaded again."""
    require_role(request.user, workflow.EXPORTERS, _("导出政策数据"))
    content = rulebook_text(region_code).encode()
    title = _("%(name)s政策数据") % {"name": pages.region_names([region_code])[region_code]}
    return download(content, sheet_file_name(title, request.working_date, extension="yaml"))


class CompareForm(forms.Form):
    """Which two rulebooks, each as of a day and for a plan year."""

    left = forms.ChoiceField(label=gettext_lazy("甲地"))
    left_on = forms.DateField(label=gettext_lazy("甲地按哪一天"), widget=DateInput)
    left_year = forms.IntegerField(
        label=gettext_lazy("甲地补助年度"), min_value=PLAN_YEARS.start, max_value=PLAN_YEARS.stop
    )
    right = forms.ChoiceField(label=gettext_lazy("乙地"))
    right_on = forms.DateField(label=gettext_lazy("乙地按哪一天"), widget=DateInput)
    right_year = forms.IntegerField(
        label=gettext_lazy("乙地补助年度"), min_value=PLAN_YEARS.start, max_value=PLAN_YEARS.stop
    )

    def __init__(
        self, data: Mapping[str, Any], *, on: date, ours: str, regions: list[tuple[str, str]]
    ) -> None:
        codes = [code for code, _name in regions]
        first = ours if ours in codes else next(iter(codes), "")
        other = next((code for code in codes if code != first), first)
        usual = {"left": first, "right": other, "left_on": on, "right_on": on}
        usual |= {"left_year": on.year, "right_year": on.year}
        super().__init__({name: data.get(name) or value for name, value in usual.items()})
        for name in ("left", "right"):
            self.fields[name].choices = regions  # type: ignore[attr-defined]

    def sides(self) -> tuple[Side, Side] | None:
        """The two sides; None where the question cannot be read."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        return (
            comparing.side(given["left"], given["left_on"], given["left_year"]),
            comparing.side(given["right"], given["right_on"], given["right_year"]),
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison as it was asked for: the form, the sides, all points, those shown."""

    form: CompareForm
    sides: tuple[Side, Side] | None
    points: list[Point]
    shown: list[Point]
    words: str
    verdict: str


def comparison(request: PageRequest) -> Comparison:
    """What the address asks for."""
    area = access_of(request.user).area
    found = pages.regions(area.code if area else "")
    regions = [(entry.code, entry.name) for entry in found]
    form = CompareForm(
        request.GET, on=request.working_date, ours=regions[0][0] if regions else "", regions=regions
    )
    words, verdict = request.GET.get("q", "").strip(), request.GET.get("show", "")
    verdict = verdict if verdict in Verdict.values else ""
    sides = form.sides()
    points = comparing.search(comparing.compare(*sides), words) if sides else []
    return Comparison(form, sides, points, comparing.search(points, "", verdict), words, verdict)


def policies_compare(request: PageRequest) -> HttpResponse:
    """Two rulebooks side by side; `export` gives the sheet."""
    asked = comparison(request)
    if asked.sides and "export" in request.GET:
        return _compare_sheet(asked.sides).answer(asked.shown)
    context = {
        "asked": asked,
        "groups": comparing.by_group(asked.shown),
        "pills": _pills(request, asked),
        "query": query_with(request),
    }
    return render(request, "policies/compare.html", context)


def policies_compare_print(request: PageRequest) -> HttpResponse:
    """The comparison on paper."""
    asked = comparison(request)
    back = f"{reverse('policies-compare')}{query_with(request)}"
    context = {"asked": asked, "groups": comparing.by_group(asked.shown), "back_url": back}
    return render(request, "policies/compare_print.html", context)


def _pills(request: PageRequest, asked: Comparison) -> list[Pill]:
    counts = Counter(point.verdict for point in asked.points)
    every = Pill(_("全部"), len(asked.points), query_with(request, show=""), active=not asked.verdict)
    return [every] + [
        Pill(
            str(one.label),
            counts[one],
            query_with(request, show=str(one)),
            active=asked.verdict == one,
            tone="waiting" if one == Verdict.DIFFERS else "",
        )
        for one in Verdict
    ]


def _compare_sheet(sides: tuple[Side, Side]) -> Export:
    columns = [OutColumn(_("类别"), width=18), OutColumn(_("事项"), width=34)]
    for one in sides:
        columns += [OutColumn(_said_by(one), width=36), OutColumn(_("依据"), width=30), OutColumn(_("标记"))]
    columns += [OutColumn(_("对照")), OutColumn(_("说明"), width=20)]

    def cells(point: Point) -> list[object]:
        row: list[object] = [point.parameter.group, point.label]
        for view, shown in point.views:
            row += [shown, view.clause.reference if view else "", view.mark if view else ""]
        return [*row, point.verdict.label, point.remark]

    return Export(_("政策对照表"), columns, cells)


def _said_by(one: Side) -> str:
    return _("%(name)s（%(on)s，%(year)d年度）") % {"name": one.name, "on": one.on, "year": one.year}
