"""Pages of the registers: a list, a form for a new entry, one entry with its striking out. One frame for all three."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import require_role
from core.acts import act_with_form, form_page
from core.divisions import NATIONAL_CODE
from core.http import PageRequest
from core.lists import Export, list_page
from core.look import Pill
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.workflow import By, Step
from core.years import year_in
from desk.enums import EntryState
from desk.registers import forms, rules, selectors, services
from desk.registers import workflow as steps
from policies.selectors import Rulebook, rulebook

Cells = Callable[[Any, Rulebook], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Register:
    """How one register looks: its columns, its form, its act."""

    kind: str
    title: str
    tells: str
    new_label: str
    step: Step
    columns: Sequence[OutColumn]
    cells: Cells
    form: type[Any]
    places: Callable[[Any, Rulebook], QuerySet[Any]]
    act: Callable[[Any, By], Any]
    sorts: Mapping[str, Sequence[str]]
    empty: str
    missing: Callable[[Rulebook], str]
    summed: str = ""

    def url(self, *, new: bool = False) -> str:
        """The list, or the form of a new entry."""
        return reverse(f"{self.kind}-new" if new else f"{self.kind}-list")


PLACE = (OutColumn("镇街", width=14), OutColumn("村", width=14))


def _place(region: Any) -> tuple[str, str]:
    if region.level == "village":
        return str(region.parent), str(region)
    return str(region), ""


def _event_cells(row: Any, book: Rulebook) -> tuple[Any, ...]:
    items = rules.explained_items(book)
    explained = "、".join(items.get(key, key) for key in row.explained)
    kind = rules.event_kinds(book).get(row.kind, row.kind)
    return (
        *_place(row.region),
        row.held_on,
        kind,
        row.title,
        row.attended_count,
        explained,
        str(row.recorded_by),
    )


def _note_cells(row: Any, book: Rulebook) -> tuple[Any, ...]:
    kind = _("镇街小结") if row.level == rules.TOWN_LEVEL else _("经验总结")
    term = rules.term_word(book, row.term_no)
    return (*_place(row.region), str(row.year), kind, term, row.title, row.written_on, str(row.recorded_by))


def _selection_cells(row: Any, book: Rulebook) -> tuple[Any, ...]:
    region = row.organisation.region
    met = sum(1 for answer in row.answers if answer["is_met"])
    return (
        *_place(region),
        row.organisation.name,
        str(row.year),
        f"{met}/{len(row.answers)}",
        _("推荐") if row.is_recommended else _("不推荐"),
        row.conclusion,
        row.checked_on,
    )


OUTREACH = Register(
    "outreach",
    "宣传培训",
    "每次宣传、讲解、培训都登记一笔，年底报表按镇街汇总",
    "登记一次",
    steps.RECORD_EVENT,
    (
        *PLACE,
        OutColumn("日期", "date"),
        OutColumn("形式"),
        OutColumn("主题", width=24),
        OutColumn("参加人数", "count"),
        OutColumn("讲了什么", width=30),
        OutColumn("登记人"),
    ),
    _event_cells,
    forms.EventForm,
    lambda user, _book: selectors.places_for(user),
    lambda form, by: services.record_event(form.cleaned_data["region"], by=by, event=form.event()),
    {"held_on": ["held_on"], "attended": ["attended_count"]},
    "开完会、做完宣传就来登记，写明多少人参加。",
    lambda book: "" if rules.event_kinds(book) else _("本地的政策文件没有写宣传培训的形式。"),
    "attended_count",
)
SUMMARIES = Register(
    "summary",
    "经验总结",
    "村里总结可复制的做法，镇街按期报小结",
    "报送总结",
    steps.WRITE_SUMMARY,
    (
        *PLACE,
        OutColumn("年度"),
        OutColumn("类别"),
        OutColumn("期次", width=18),
        OutColumn("标题", width=30),
        OutColumn("报送日期", "date"),
        OutColumn("报送人"),
    ),
    _note_cells,
    forms.NoteForm,
    lambda user, book: selectors.places_of_notes(
        user, [level for level, key in rules.LEVEL_OF_REGION.items() if key in rules.note_kinds(book)]
    ),
    lambda form, by: services.write_summary(form.cleaned_data["region"], by=by, note=form.note()),
    {"written_on": ["written_on"], "year": ["year", "term_no"]},
    "一年的工作做完，把有特色、有成效的做法写下来报送。",
    lambda book: "" if rules.note_kinds(book) else _("本地的政策文件没有要求报送总结。"),
)
SELECTIONS = Register(
    "selection",
    "试点遴选",
    "对照文件的条件，逐条核对要参加试点的村集体经济组织",
    "登记遴选",
    steps.CHECK_SELECTION,
    (
        *PLACE,
        OutColumn("组织", width=30),
        OutColumn("年度"),
        OutColumn("符合条数"),
        OutColumn("结论"),
        OutColumn("说明", width=24),
        OutColumn("核对日期", "date"),
    ),
    _selection_cells,
    forms.SelectionForm,
    lambda user, _book: selectors.organisations_for(user),
    lambda form, by: services.check_selection(
        form.cleaned_data["organisation"].pk,
        by=by,
        year=form.cleaned_data["year"],
        answers=form.answers(),
        conclusion=form.cleaned_data["conclusion"],
    ),
    {"checked_on": ["checked_on"], "village": ["village_code"]},
    "首批试点的组织，登记它符合文件的哪些条件、依据是什么。",
    lambda book: "" if rules.criteria(book) else _("这一天没有遴选条件：首批遴选已经结束，或者本地不遴选。"),
)
STRIKES = {
    "outreach": steps.STRIKE_EVENT,
    "summary": steps.STRIKE_SUMMARY,
    "selection": steps.STRIKE_SELECTION,
}


def _book(request: PageRequest) -> Rulebook:
    area = require_role(request.user, steps.REGISTER_READERS).area
    assert area is not None
    return rulebook(area.code or NATIONAL_CODE, on=request.working_date)


def _list(request: PageRequest, register: Register) -> HttpResponse:
    book, words = _book(request), request.GET.get("q", "")
    year = year_in(request.GET.get("year", ""))
    found = selectors.entries(request.user, register.kind).filter(selectors.words_in(register.kind, words))
    if year:
        found = found.filter(year=year)
    state = request.GET.get("show", EntryState.RECORDED)
    rows = found.filter(state=state) if state in EntryState.values else found
    if request.GET.get("export") == "xlsx":
        export = Export(register.title, register.columns, lambda row: register.cells(row, book))
        return export.answer(rows.order_by("village_code", "pk"))
    page = list_page(request, rows, sorts=register.sorts, default=f"-{next(iter(register.sorts))}")
    context = {
        "register": register,
        "page_obj": page,
        "rows": [(row, list(zip(register.columns, register.cells(row, book), strict=True))) for row in page],
        "pills": _pills(found, state, words, year or ""),
        "words": words,
        "year": year,
        "count": rows.count(),
        "sum": rows.aggregate(n=Sum(register.summed))["n"] if register.summed else None,
        "may_add": request.user.access.may(register.step.roles),
        "missing": register.missing(book),
    }
    return render(request, "desk/registers/list.html", context)


def _pills(found: QuerySet[Any], state: str, words: str, year: int | str) -> list[Pill]:
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    return [
        Pill(
            str(label),
            counts.get(value, 0),
            f"?show={value}&q={words}&year={year}",
            active=state == value,
        )
        for value, label in EntryState.choices
    ]


def _new(request: PageRequest, register: Register) -> HttpResponse:
    require_role(request.user, register.step.roles, register.step.label)
    book = _book(request)
    given = {"rulebook": book, "places": register.places(request.user, book), "on": request.working_date}
    form = register.form(request.POST or None, **given)

    def act(by: By) -> str:
        return reverse(register.kind, args=[register.act(form, by).pk])

    context = {"register": register, "missing": register.missing(book)}
    done = _("已登记。") if register.kind != "summary" else _("已报送。")
    return form_page(request, form, act, "desk/registers/new.html", context, done=done)


def _one(request: PageRequest, register: Register, pk: int) -> HttpResponse:
    found = selectors.entry(request.user, register.kind, pk)
    form = forms.StrikeForm(request.POST or None)
    if request.method == "POST":
        require_role(request.user, STRIKES[register.kind].roles, STRIKES[register.kind].label)
        answer = _struck(request, register, form, pk) if form.is_valid() else None
        if answer is not None:
            return answer
    book = _book(request)
    context = {
        "register": register,
        "row": found,
        "cells": list(zip(register.columns, register.cells(found, book), strict=True)),
        "form": form,
        "may_strike": found.state == EntryState.RECORDED and found.recorded_by_id == request.user.pk,
        "timeline": timeline_of(found),
    }
    return render(request, "desk/registers/entry.html", context)


def _struck(request: PageRequest, register: Register, form: Any, pk: int) -> HttpResponse | None:
    def act(by: By) -> str:
        services.STRIKE[register.kind](pk, by=by, reason=form.cleaned_data["reason"])
        return reverse(register.kind, args=[pk])

    return act_with_form(request, form, act, done=_("已作废，报表不再计入。"))


@require_GET
def outreach_list(request: PageRequest) -> HttpResponse:
    """宣传培训: every event of the area."""
    return _list(request, OUTREACH)


def outreach_new(request: PageRequest) -> HttpResponse:
    """Record one event."""
    return _new(request, OUTREACH)


def outreach(request: PageRequest, pk: int) -> HttpResponse:
    """One event."""
    return _one(request, OUTREACH, pk)


@require_GET
def summary_list(request: PageRequest) -> HttpResponse:
    """经验总结: notes of villages and summaries of towns."""
    return _list(request, SUMMARIES)


def summary_new(request: PageRequest) -> HttpResponse:
    """Hand one in."""
    return _new(request, SUMMARIES)


def summary(request: PageRequest, pk: int) -> HttpResponse:
    """One of them."""
    return _one(request, SUMMARIES, pk)


@require_GET
def selection_list(request: PageRequest) -> HttpResponse:
    """试点遴选: organisations checked against the criteria."""
    return _list(request, SELECTIONS)


def selection_new(request: PageRequest) -> HttpResponse:
    """Check one organisation."""
    return _new(request, SELECTIONS)


def selection(request: PageRequest, pk: int) -> HttpResponse:
    """One checklist."""
    return _one(request, SELECTIONS, pk)
