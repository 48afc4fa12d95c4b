"""The village's pages of applications: list, one batch, its list in hand, hand-in, withdrawal, prints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_area
from core.acts import act_or_back, act_with_form, by_page
from core.errors import AmountError, InvalidInput
from core.lists import PAGE_ROWS, Export, list_page
from core.look import Finding, Pill
from core.money import fen_from_text, yuan_text
from core.sheets.writer import OutColumn
from core.sizes import LIST_ROWS, PAIR
from core.workflow import By
from subsidies.enums import ApplicationState as State
from subsidies.enums import LineState
from subsidies.forms import applications as forms
from subsidies.models import Application, Line, Plan
from subsidies.rules.papers import papers_asked
from subsidies.rules.wording import Words
from subsidies.selectors import applications as selectors
from subsidies.selectors import verification as evidence
from subsidies.services import applications as services
from subsidies.services.applications.lines import line_sums
from subsidies.services.attachments import Paper, attach_paper
from subsidies.services.filings import judge_filed
from subsidies.services.pausing import judge_paused
from subsidies.services.verification import recheck_application
from subsidies.views.application_prints import may_see_numbers
from subsidies.workflow import applications as steps
from villages.enums import AGENCY, Role

LIST_SORTS = {
    "village": ["village_code", "-year"],
    "submitted_on": ["submitted_on"],
    "sum": ["sum_fen"],
    "heads": ["headcount"],
    "year": ["year"],
}
STATE_FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("全部", tuple(State.values)),
    "draft": ("草稿", (State.DRAFT,)),
    "returned": ("退回补正", (State.RETURNED,)),
    "verifying": ("核实", (State.SUBMITTED, State.VERIFIED)),
    "paying": ("缴款", (State.NOTIFIED,)),
    "posting": ("记账", (State.REMITTED, State.POSTED)),
    "done": ("办结", (State.INFORMED, State.CLOSED)),
    "withdrawn": ("已撤回", (State.WITHDRAWN,)),
}
LINE_FILTERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pending", "待核实", (LineState.PENDING,)),
    ("eligible", "待缴款", (LineState.ELIGIBLE,)),
    ("remitted", "已到账", (LineState.REMITTED,)),
    ("posted", "已记账", (LineState.POSTED,)),
    ("refunded", "已退费", (LineState.REFUNDED,)),
    ("ineligible", "不予补助", (LineState.INELIGIBLE,)),
    ("withdrawn", "已撤回", (LineState.WITHDRAWN,)),
    ("given_up", "已放弃", (LineState.GIVEN_UP,)),
    ("cancelled", "已取消", (LineState.CANCELLED,)),
)


def applications(request: HttpRequest) -> HttpResponseBase:
    """补助申请: the batches of the actor's area."""
    rows = _searched(request, selectors.applications(request.user))  # type: ignore[arg-type]
    chosen = request.GET.get("show", "")
    filters = _filters(chosen)
    pills = _state_pills(request, rows, chosen, filters)
    rows = selectors.with_counts(rows.filter(state__in=filters.get(chosen, filters[""])[1]))
    if request.GET.get("export") == "xlsx":
        return _list_export().answer(rows)
    page = list_page(request, rows, sorts=LIST_SORTS, default="-year")
    context = {
        "page_obj": page,
        "rows": [(row, selectors.batch_chip(row.state, selectors.counts_of(row))) for row in page],
        "pills": pills,
        "words": request.GET.get("q", ""),
        "is_filtered": bool(chosen or request.GET.get("q")),
        "may_draw": _may(request, steps.DRAW_UP.roles),
        "plans": selectors.plans_to_apply_from(request.user),  # type: ignore[arg-type]
    }
    return render(request, "subsidies/applications/list.html", context)


def _may(request: HttpRequest, roles: frozenset[str]) -> bool:
    return request.user.access.may(roles)  # type: ignore[union-attr]


def _searched(request: HttpRequest, rows: QuerySet[Application]) -> QuerySet[Application]:
    words = request.GET.get("q", "").strip()
    year = request.GET.get("year", "")
    if year.isdecimal():
        rows = rows.filter(year=int(year))
    village = request.GET.get("village", "")
    if village.isdecimal():
        rows = rows.filter(village_code=village)
    if words:
        rows = rows.filter(Q(organisation__name__contains=words) | Q(number__contains=words))
    return rows


def _filters(chosen: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The groups of states to choose from, and one state alone where a link names it."""
    if chosen in State.values and chosen not in STATE_FILTERS:
        return STATE_FILTERS | {chosen: (str(State(chosen).label), (chosen,))}
    return STATE_FILTERS


def _state_pills(
    request: HttpRequest,
    rows: QuerySet[Application],
    chosen: str,
    filters: dict[str, tuple[str, tuple[str, ...]]],
) -> list[Pill]:
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    pills = []
    for key, (label, states) in filters.items():
        count = sum(counts.get(state, 0) for state in states)
        if count or key in ("", chosen):
            pills.append(Pill(_(label), count, _query(request, show=key), active=key == chosen))
    return pills


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query[name] = value
        if not value:
            query.pop(name)
    return f"?{query.urlencode()}"


def _list_export() -> Export:
    columns = [
        OutColumn(_("镇街"), width=14),
        OutColumn(_("村集体经济组织"), width=30),
        OutColumn(_("年度"), "code"),
        OutColumn(_("批次"), "code"),
        OutColumn(_("文号"), width=22),
        OutColumn(_("人数"), "count"),
        OutColumn(_("补助金额（元）"), "amount", width=16),
        OutColumn(_("状态")),
        OutColumn(_("提交日期"), "date"),
    ]

    def cells(row: Any) -> list[object]:
        place = row.organisation.region
        word = selectors.batch_word(row.state, selectors.counts_of(row))
        basics = [str(place.parent), row.organisation.name, row.year, row.batch_no, row.number]
        return [*basics, row.headcount, row.sum_fen, word, row.submitted_on]

    return Export(_("补助申请"), columns, cells)


def application_new(request: HttpRequest) -> HttpResponse:
    """Draw the list up from a plan in force: one click."""
    if request.method == "POST":
        plan_id = request.POST.get("plan", "")
        made: list[Application] = []

        def act(by: By) -> str:
            made.append(services.draw_up_application(int(plan_id) if plan_id.isdecimal() else 0, by=by))
            return reverse("application", args=[made[0].pk])

        back = reverse("application-new")
        return act_or_back(request, by_page(request), act, back=back, done=lambda: _drawn_words(made[0]))
    plans = selectors.plans_to_apply_from(request.user)  # type: ignore[arg-type]
    asked = request.GET.get("year", "")
    if asked.isdecimal() and (of_year := plans.filter(year=int(asked))):
        plans = of_year
    chosen = request.GET.get("plan", "")
    if chosen.isdecimal() and (of_plan := plans.filter(pk=int(chosen))):
        plans = of_plan
    on = _on(request)
    rows = [(plan, [one.as_finding() for one in judge_paused(plan, on=on)]) for plan in plans]
    context = {"plans": plans, "rows": rows, "unfiled": _unfiled(request, on)}
    return render(request, "subsidies/applications/new.html", context)


def _unfiled(request: HttpRequest, on: date) -> list[tuple[Plan, list[Finding]]]:
    """Decided plans that offices have yet to file, with what is missing."""
    decided = selectors.plans_decided(request.user)  # type: ignore[arg-type]
    found = [(plan, [one.as_finding() for one in judge_filed(plan, on=on)]) for plan in decided]
    return [(plan, findings) for plan, findings in found if findings]


def _drawn_words(application: Application) -> str:
    sums = line_sums(application)
    return _("已按方案生成第%(batch)d批补助名单，%(n)d人，%(yuan)s元") % {
        "batch": application.batch_no,
        "n": sums["rows_count"],
        "yuan": yuan_text(sums["amount_fen"]),
    }


def application(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One batch: where it stands, sums, who is refused and why, who did what."""
    row = _application(request, pk)
    if request.GET.get("export") == "xlsx":
        return _roster_export(request, row).answer(selectors.lines_of(row))
    rules = selectors.rules_of(row, _on(request))
    sums = selectors.state_sums(row)
    chosen = selectors.LineFilter(
        request.GET.get("show", ""), request.GET.get("code", ""), request.GET.get("q", "")
    )
    page = _page(request, selectors.filtered(selectors.lines_of(row), chosen))
    context = {
        "application": row,
        "chip": _chip(row, sums),
        "steps": selectors.stepper_for(row, rules),
        "cells": selectors.totals_of(row, sums),
        "page_obj": page,
        "rows": evidence.with_findings(page, rules),
        "pills": _line_pills(request, sums, chosen.state),
        "finding_pills": _finding_pills(request, row, chosen.code),
        "events": selectors.timeline_of(row, waits_for=_waits_for(row), until=selectors.deadline_of(row)),
        "notice": selectors.live_notice(row),
        "papers": _papers(row, rules),
        "paper_form": forms.PaperForm(rules=rules),
        "left_out": _left_out(row),
        "words": chosen.search,
        **_rights(request, row),
    }
    return render(request, "subsidies/applications/detail.html", context)


def _application(request: HttpRequest, pk: int) -> Application:
    return selectors.application(request.user, pk)  # type: ignore[arg-type]


def _on(request: HttpRequest) -> Any:
    return request.working_date  # type: ignore[attr-defined]


def _page(request: HttpRequest, rows: QuerySet) -> Page:
    return Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))


def _chip(row: Application, sums: dict[str, tuple[int, int]]) -> Any:
    decided = row.lines.filter(state=LineState.PENDING).exclude(verdict="").count()
    counts = selectors.counts_from_sums(
        sums, decided=decided, open_differences=selectors.open_differences(row)
    )
    return selectors.batch_chip(row.state, counts)


def _line_pills(request: HttpRequest, sums: dict[str, tuple[int, int]], chosen: str) -> list[Pill]:
    whole = sum(n for n, _fen in sums.values())
    pills = [Pill(_("全部"), whole, _query(request, show="", code=""), active=not chosen)]
    for key, label, states in LINE_FILTERS:
        count = sum(sums.get(state, (0, 0))[0] for state in states)
        if count:
            tone = "refused" if key == "ineligible" else ""
            pills.append(Pill(_(label), count, _query(request, show=key, code=""), key == chosen, tone))
    return pills if len(pills) > PAIR else pills[:1]


def _finding_pills(request: HttpRequest, row: Application, chosen: str) -> list[Pill]:
    if row.state not in (State.DRAFT, State.RETURNED, State.SUBMITTED):
        return []
    tones = {"refuse": "refused", "warn": "waiting"}
    words = Words()
    return [
        Pill(words.short(code), n, _query(request, code=code, show=""), code == chosen, tones[severity])
        for code, severity, n in selectors.finding_counts(row)
    ]


def _papers(row: Application, rules: Any) -> list[dict[str, Any]]:
    """Each paper that the rulebook asks for with what is on file for it."""
    own = list(row.attachments.select_related("file").order_by("pk"))
    of_plan = list(row.plan.attachments.filter(kind="plan").select_related("file"))
    return [
        {
            "kind": paper.kind,
            "name": paper.name,
            "wish": paper.wish,
            "clause": paper.seal.clause.cited if paper.seal else "",
            "files": [(a, paper.is_sealed_by(a.seals)) for a in own + of_plan if a.kind == paper.kind],
            "is_sealed": paper.is_sealed_by(
                {seal for a in own + of_plan if a.kind == paper.kind for seal in a.seals}
            ),
        }
        for paper in papers_asked(rules)
    ]


def _left_out(row: Application) -> list[tuple[str, int]]:
    if row.state != State.DRAFT:
        return []
    words = Words()
    return [(words.short(code), n) for code, n in selectors.left_out_of(row).items()]


_WAITS = {
    State.DRAFT: "等村里核对名单、上传材料、提交",
    State.SUBMITTED: "等社保经办机构核实",
    State.RETURNED: "等村里补正后再次提交",
    State.VERIFIED: "等社保经办机构复核",
    State.NOTIFIED: "等村里到税务部门缴款",
    State.REMITTED: "等社保经办机构记账",
    State.POSTED: "等社保经办机构反馈，村里告知本人",
}


def _waits_for(row: Application) -> str:
    return _(_WAITS[State(row.state)]) if row.state in _WAITS else ""


def _rights(request: HttpRequest, row: Application) -> dict[str, bool]:
    """What this reader may do with the batch as it stands."""
    clerk = _may(request, steps.CLERK)
    return {
        "may_edit": clerk and row.state in steps.IN_HAND,
        "may_submit": clerk and row.state in steps.IN_HAND,
        "may_withdraw": clerk and row.state in steps.WITHDRAW.sources,
        "may_withdraw_lines": clerk and row.state in steps.WITHDRAW_LINES.sources,
        "may_verify": _may(request, AGENCY) and row.state in (State.SUBMITTED, State.VERIFIED),
        "may_lapse": _may(request, steps.OFFICER) and row.state == State.RETURNED and _is_late(request, row),
        "may_pay": row.state == State.NOTIFIED,
    }


def _is_late(request: HttpRequest, row: Application) -> bool:
    return row.correct_by is not None and row.correct_by < _on(request)


def _roster_export(request: HttpRequest, row: Application) -> Export:
    """The batch's list as a workbook; whole identity numbers only for those who handle the cases."""
    whole = may_see_numbers(request)
    if whole:
        services.record_print(row, by=by_page(request), form="F05.xlsx", rows_count=row.lines.count())
    columns = [
        OutColumn(_("序号"), "code", width=6),
        OutColumn(_("姓名")),
        OutColumn(_("公民身份号码"), "id", width=22),
        OutColumn(_("组")),
        OutColumn(_("缴费年度"), "code"),
        OutColumn(_("个人缴费档次（元）"), "amount", width=16, is_summed=False),
        OutColumn(_("个人缴费日期"), "date"),
        OutColumn(_("人员类别")),
        OutColumn(_("集体补助金额（元）"), "amount", width=18),
        OutColumn(_("状态")),
        OutColumn(_("说明"), width=40),
    ]

    words = Words()

    def cells(line: Line) -> list[object]:
        group = line.membership.group_name if line.membership else ""
        number = line.person.id_cipher if whole else line.person.masked_id
        facts = [line.qualifying_year, line.tier_fen, line.paid_on, line.person_kind]
        said = "；".join(words.short(found.code) for found in line.found)  # type: ignore[attr-defined]
        return [
            line.position,
            line.person.name,
            number,
            group,
            *facts,
            line.amount_fen,
            line.get_state_display(),
            said,
        ]

    place = {"village": row.organisation.region, "year": row.year, "batch": row.batch_no}
    return Export(_("%(village)s%(year)d年度第%(batch)d批集体补助人员名单") % place, columns, cells)


# The list in hand


def application_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change amounts, take persons off, add members."""
    row = _application(request, pk)
    if request.method == "POST":
        back = request.get_full_path()
        return act_or_back(
            request,
            by_page(request),
            lambda by: _save_list(request, row, by, back),
            back=back,
            done=_("已保存"),
        )
    rules = selectors.rules_of(row, _on(request))
    chosen = selectors.LineFilter(
        request.GET.get("show", ""), request.GET.get("code", ""), request.GET.get("q", "")
    )
    lines = selectors.lines_of(row).filter(state=LineState.PENDING)
    page = _page(request, selectors.filtered(lines, chosen))
    sums = selectors.state_sums(row)
    context = {
        "application": row,
        "chip": _chip(row, sums),
        "cells": selectors.totals_of(row, sums),
        "page_obj": page,
        "rows": evidence.with_findings(page, rules),
        "finding_pills": _finding_pills(request, row, chosen.code),
        "words": chosen.search,
        "addable": selectors.members_to_add(row, request.GET.get("add", "")),
        "add_words": request.GET.get("add", ""),
        "is_open": row.state in steps.IN_HAND and _may(request, steps.CLERK),
        "over_cap_count": len(selectors.lines_over_cap(row)),
    }
    return render(request, "subsidies/applications/edit.html", context)


def _save_list(request: HttpRequest, row: Application, by: By, back: str) -> str:
    changes = services.LineChanges(
        add=[
            services.NewLine(int(person), cut="cut_added" in request.POST)
            for person in request.POST.getlist("add")
            if person.isdecimal()
        ],
        remove=[int(line) for line in request.POST.getlist("remove") if line.isdecimal()],
        amounts=_typed_amounts(request, row),
        cut=selectors.lines_over_cap(row) if "cut" in request.POST else (),
    )
    version = request.POST.get("version", "")
    services.change_lines(
        row.pk, by=by, changes=changes, expected_version=int(version) if version.isdecimal() else None
    )
    return back


def _typed_amounts(request: HttpRequest, row: Application) -> dict[int, int]:
    """Amounts that differ from what stands there; the lines to be removed are left alone."""
    typed = {
        int(name.removeprefix("amount-")): text
        for name, text in request.POST.items()
        if name.startswith("amount-") and name.removeprefix("amount-").isdecimal()
    }
    removed = set(request.POST.getlist("remove"))
    known = dict(row.lines.filter(pk__in=typed).values_list("pk", "amount_fen"))
    amounts = {pk: _fen(str(text)) for pk, text in typed.items() if str(pk) not in removed}
    return {pk: fen for pk, fen in amounts.items() if known.get(pk) != fen}


def _fen(text: str) -> int:
    try:
        return fen_from_text(text)
    except AmountError as error:
        raise InvalidInput(
            _("金额“%(text)s”：%(what)s。") % {"text": text, "what": error.message}, code="E-AMOUNT"
        ) from error


@require_POST
def application_precheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge the list in hand (village) or the batch anew (agency)."""
    row = _application(request, pk)
    back = reverse("application", args=[pk])

    def act(by: By) -> str:
        if row.state == State.SUBMITTED:
            recheck_application(row.pk, by=by)
            return reverse("verification", args=[pk])
        services.precheck_application(row.pk, by=by)
        return back

    return act_or_back(
        request, by_page(request), act, back=back, done=_("已按现在的成员、缴费和状态核对一遍")
    )


# Hand in and take back


def application_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Last look before the batch is handed in: sums, pre-check, papers, declaration."""
    row = _application(request, pk)
    back = reverse("application-submit", args=[pk])
    if request.method == "POST":
        by = by_page(request)
        done = lambda: _submitted_words(row)  # noqa: E731
        return act_or_back(request, by, lambda by: _submit(request, row, by), back=back, done=done)
    rules = selectors.rules_of(row, _on(request))
    sums = selectors.state_sums(row)
    heads, fen = sums.get(LineState.PENDING, (0, 0))
    words = Words()
    papers = _papers(row, rules)
    context = {
        "application": row,
        "chip": _chip(row, sums),
        "headcount": heads,
        "sum_fen": fen,
        "plan_sums": selectors.amount_groups(row),
        "findings": [
            (words.short(code), severity, count) for code, severity, count in selectors.finding_counts(row)
        ],
        "papers": papers,
        "missing_count": sum(1 for paper in papers if not paper["files"]),
        "unsealed_count": sum(1 for paper in papers if paper["files"] and not paper["is_sealed"]),
        "seal_clause": next((paper["clause"] for paper in papers if not paper["is_sealed"]), ""),
        "declaration": rules.get("application_declaration"),
        "is_open": row.state in steps.IN_HAND and _may(request, steps.CLERK),
    }
    return render(request, "subsidies/applications/submit.html", context)


def _submit(request: HttpRequest, row: Application, by: By) -> str:
    services.submit_application(row.pk, by=by, declared_true=bool(request.POST.get("confirmed")))
    return reverse("application", args=[row.pk])


def _submitted_words(row: Application) -> str:
    sums = line_sums(row)
    return _("已提交第%(batch)d批申请，%(n)d人，%(yuan)s元") % {
        "batch": row.batch_no,
        "n": sums["rows_count"],
        "yuan": yuan_text(sums["amount_fen"]),
    }


def application_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the whole batch back before it is verified; drafts are dropped."""
    row = _application(request, pk)
    form = forms.ReasonForm(request.POST or None)
    form.fields["reason"].required = row.state != State.DRAFT
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]

        def act(by: By) -> str:
            services.withdraw_application(row.pk, by=by, reason=reason)
            return reverse("application", args=[row.pk])

        answer = act_with_form(request, form, act, done=_("已撤回整批申请"))
        if answer is not None:
            return answer
    context = {
        "application": row,
        "form": form,
        "title": _("放弃草稿") if row.state == State.DRAFT else _("撤回整批申请"),
        "button": _("放弃这份草稿") if row.state == State.DRAFT else _("撤回整批"),
        "warning": _("撤回以后这一批不再办理；要再申请，须重新生成名单。"),
    }
    return render(request, "subsidies/applications/reason.html", context)


@require_POST
def application_lapse(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a returned batch lapse after its deadline."""
    row = _application(request, pk)
    back = reverse("application", args=[pk])

    def act(by: By) -> str:
        services.lapse_application(row.pk, by=by)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("已终止这批申请"))


def application_withdraw_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """撤回人员: who, why, since when."""
    row = _application(request, pk)
    rules = selectors.rules_of(row, _on(request))
    ids = [
        int(line) for line in request.GET.getlist("line") + request.POST.getlist("line") if line.isdecimal()
    ]
    form = forms.WithdrawLinesForm(request.POST or None, rules=rules, initial=_first_status(row, ids))
    if request.method == "POST" and form.is_valid():
        answer = act_with_form(
            request, form, lambda by: _withdraw_lines(row, ids, form, by), done=_("已撤回所选人员")
        )
        if answer is not None:
            return answer
    leavable = selectors.lines_of(row).filter(state__in=steps.LEAVABLE_LINES)
    chosen = selectors.LineFilter(search=request.GET.get("q", ""))
    page = _page(request, selectors.filtered(leavable, chosen))
    context = {
        "application": row,
        "form": form,
        "page_obj": page,
        "chosen": set(ids),
        "words": chosen.search,
        "reported": selectors.statuses_of([line.person_id for line in page]),
    }
    return render(request, "subsidies/applications/withdraw_lines.html", context)


def _first_status(row: Application, ids: list[int]) -> dict[str, Any]:
    persons = list(row.lines.filter(pk__in=ids).values_list("person_id", flat=True)[:PAIR])
    found = selectors.statuses_of(persons) if len(persons) == 1 else {}
    status = found.get(persons[0]) if persons else None
    return {"reason": status.kind, "event_on": status.event_on} if status else {}


def _withdraw_lines(row: Application, ids: list[int], form: forms.WithdrawLinesForm, by: By) -> str:
    given = form.cleaned_data
    services.withdraw_lines(
        row.pk, by=by, line_ids=ids, reason=given["reason"], event_on=given["event_on"], note=given["note"]
    )
    return reverse("application", args=[row.pk])


@require_POST
def application_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a scanned paper with the batch."""
    row = _application(request, pk)
    rules = selectors.rules_of(row, _on(request))
    form = forms.PaperForm(request.POST, request.FILES, rules=rules)
    back = reverse("application", args=[pk])
    if not form.is_valid():
        messages.error(request, _("请选择材料种类和文件。"))
        return redirect(back)
    given = form.cleaned_data
    paper = Paper(given["kind"], given["paper"].name, given["paper"].read(), seals=given.get("seals", ()))

    def act(by: By) -> str:
        attach_paper(row, by=by, paper=paper)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("材料已上传"))


# 核对名单


def status_matches(request: HttpRequest) -> HttpResponse:
    """核对名单: persons whom a status list reports and who stand on an open batch, or were paid after the event."""
    matches: Callable[[Any], QuerySet[Line]] = selectors.status_matches
    lines = matches(request.user)
    page = _page(request, lines)
    refunds = list(selectors.refund_matches(request.user)[:LIST_ROWS])  # type: ignore[arg-type]
    people = [line.person_id for line in [*page, *refunds]]
    context = {
        "page_obj": page,
        "refunds": refunds,
        "statuses": selectors.statuses_of(people),
        "may_act": _may(request, frozenset({Role.CLERK})),
        "may_record": _may(request, frozenset({Role.OFFICER})),
    }
    return render(request, "subsidies/applications/status_matches.html", context)


@require_POST
def status_match_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a reported person back in one act, with the reason and date of the status list."""
    line = selectors.status_matches(request.user).filter(pk=pk).first()  # type: ignore[arg-type]
    back = reverse("status-matches")
    if line is None:
        require_area(request.user, get_object_or_404(Line, pk=pk))
        messages.warning(request, _("这个人已经撤回，或状态变更已经恢复。"))
        return redirect(back)
    status = selectors.statuses_of([line.person_id])[line.person_id]

    def act(by: By) -> str:
        services.withdraw_lines(
            line.application_id, by=by, line_ids=[line.pk], reason=status.kind, event_on=status.event_on
        )
        return back

    done = _("已撤回%(name)s（%(why)s）") % {"name": line.person.name, "why": status.get_kind_display()}
    return act_or_back(request, by_page(request), act, back=back, done=done)
