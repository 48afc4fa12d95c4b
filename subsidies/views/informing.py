"""Pages of informing: feedback to the village, word to its members, sheet and slips."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page, form_page
from core.calendar import day_text
from core.forms import DateInput
from core.http import PageRequest
from core.lengths import REASON_TEXT
from core.lists import list_page
from core.look import Cell, Finding, Pill
from core.sheets.writer import Layout, OutColumn, download, sheet_file_name, table_workbook
from core.timeline import timeline_of
from core.workflow import By
from ledger.enums import Source
from ledger.selectors import balances_of_persons
from policies.selectors import rulebook
from subsidies.enums import ApplicationState, LineState
from subsidies.models import Application, DecisionRecord, Line
from subsidies.selectors import informing as selectors
from subsidies.selectors import plans as plan_selectors
from subsidies.selectors.prints import agency_words
from subsidies.services.informing import TOLD_STATES, record_informed, send_feedback
from subsidies.services.publishing import closing_finding, publish_result
from subsidies.workflow import informing as steps

SORTS = {
    "village": ["village_code"],
    "year": ["year", "batch_no"],
    "fed_back": ["fed_back_on"],
    "untold": ["untold_count"],
}
LINE_SORTS = {
    "told": ["is_told", "position"],
    "position": ["position"],
    "name": ["person__pinyin"],
    "amount": ["amount_fen"],
}
FILTERS = {
    "": ("全部", {}),
    "posted": ("待反馈", {"state": ApplicationState.POSTED}),
    "informed": ("待告知", {"state": ApplicationState.INFORMED}),
    "closed": ("已办结", {"state": ApplicationState.CLOSED}),
}
COLUMNS = (
    OutColumn("序号", "count", width=6, is_summed=False),
    OutColumn("姓名"),
    OutColumn("公民身份号码", "id", width=22),
    OutColumn("村", width=14),
    OutColumn("补助金额（元）", "amount", width=14),
    OutColumn("记账日期", "date"),
    OutColumn("个人账户余额（元）", "amount", width=16, is_summed=False),
    OutColumn("结果", width=8),
    OutColumn("失败原因", width=24),
)


class TellForm(forms.Form):
    """Who was told, how; the day is the business date. `everybody` takes all who were not told yet."""

    method = forms.ChoiceField(label="告知方式", error_messages={"required": "请选择告知方式"})
    line = forms.TypedMultipleChoiceField(label="人员", coerce=int, required=False)
    everybody = forms.BooleanField(required=False)

    def __init__(self, data: Any, *, methods: dict[str, str], lines: list[Line]) -> None:
        super().__init__(data)
        self.fields["method"].choices = [("", "请选择"), *methods.items()]  # type: ignore[attr-defined]
        self.fields["line"].choices = [(line.pk, line.pk) for line in lines]  # type: ignore[attr-defined]

    def line_ids(self) -> list[int] | None:
        """The chosen lines; None for everybody."""
        return None if self.cleaned_data["everybody"] else self.cleaned_data["line"]


class PublishForm(forms.Form):
    """The day on which the result was made public."""

    published_on = forms.DateField(
        label="实施结果公开日期",
        widget=DateInput,
        help_text="记账以后公开的日期；以后再有批次记账，要再公开、再登记",
        error_messages={"required": "请填写公开日期"},
    )
    reason = forms.CharField(
        label="更正的理由",
        required=False,
        max_length=REASON_TEXT,
        help_text="日期登记错了才填；以后的批次记账、再次公开的，不用填",
    )


@require_GET
def informing(request: PageRequest) -> HttpResponse:
    """信息反馈: posted batches, whether the village and its members know."""
    found = selectors.informing_batches(request.user)
    asked = request.GET.get("show", "")
    page = list_page(
        request, found.filter(**FILTERS.get(asked, FILTERS[""])[1]), sorts=SORTS, default="-year"
    )
    context = {
        "page_obj": page,
        "rows": [{"batch": row, "deadline": selectors.inform_deadline(row)} for row in page],
        "pills": [
            Pill(label, found.filter(**filters).count(), f"?show={key}", active=key == asked)
            for key, (label, filters) in FILTERS.items()
        ],
    }
    return render(request, "subsidies/informing/list.html", context)


def inform_batch(request: PageRequest, pk: int) -> HttpResponse:
    """One batch: the feedback sheet, who was told, and the form that records it."""
    batch = selectors.informing_batch(request.user, pk)
    page = list_page(request, selectors.feedback_lines(batch), sorts=LINE_SORTS, default="told")
    methods = selectors.inform_methods(batch, on=request.working_date)
    form = TellForm(request.POST or None, methods=methods, lines=list(page))
    if form.is_bound:
        require_role(request.user, steps.TELL.roles, steps.TELL.label)
        if form.is_valid():
            ids = form.line_ids()
            done = _("已登记全部告知。") if ids is None else _("已登记告知%(n)d人。") % {"n": len(ids)}
            answer = act_with_form(request, form, _telling(batch, form), done=done)
            if answer is not None:
                return answer
    return render(request, "subsidies/informing/batch.html", _context(request, batch, page, methods, form))


def _telling(batch: Application, form: TellForm) -> Any:
    def act(by: By) -> str:
        record_informed(batch.pk, by=by, method=form.cleaned_data["method"], line_ids=form.line_ids())
        return reverse("inform-batch", args=[batch.pk])

    return act


def _context(
    request: PageRequest, batch: Any, page: Any, methods: dict[str, str], form: TellForm
) -> dict[str, Any]:
    may = request.user.access.may
    waits = _waits_for_publication(request, batch)
    open_count = selectors.feedback_lines(batch).exclude(state__in=TOLD_STATES).count()
    return {
        "batch": batch,
        "page_obj": page,
        "methods": methods,
        "form": form,
        "deadline": selectors.inform_deadline(batch),
        "cells": _cells(batch, open_count),
        "may_feed_back": batch.state == ApplicationState.POSTED and may(steps.FEED_BACK.roles),
        "may_publish": bool(waits) and may(steps.PUBLISH_RESULT.roles),
        "waits": waits,
        "may_tell": batch.untold_count > 0
        and batch.state == ApplicationState.INFORMED
        and may(steps.TELL.roles),
        "timeline": timeline_of(batch),
    }


def _waits_for_publication(request: PageRequest, batch: Application) -> Finding | None:
    """What keeps the batch from closing beside the telling: the result is not public yet (NX-15)."""
    if batch.state not in (ApplicationState.POSTED, ApplicationState.INFORMED):
        return None
    found = closing_finding(batch, on=request.working_date)
    return Finding("ask", found.sentence, found.clause, "") if found else None


def result_publish(request: PageRequest, pk: int) -> HttpResponse:
    """登记实施结果公开: the day, and which batches close with it."""
    plan = plan_selectors.plan(request.user, pk)
    require_role(request.user, steps.PUBLISH_RESULT.roles, steps.PUBLISH_RESULT.label)
    form = PublishForm(request.POST or None, initial={"published_on": request.working_date})
    batches = Application.objects.filter(plan=plan, state=ApplicationState.INFORMED).order_by("batch_no")
    record = DecisionRecord.objects.filter(plan=plan).first()
    context = {
        "plan": plan,
        "batches": list(batches),
        "former": record.result_published_on if record else None,
    }

    def act(by: By) -> str:
        data = form.cleaned_data
        publish_result(pk, by=by, published_on=data["published_on"], reason=data["reason"])
        return reverse("plan", args=[pk])

    done = _("已登记实施结果公开")
    return form_page(request, form, act, "subsidies/informing/publish.html", context, done=done)


def _cells(batch: Any, open_count: int) -> list[Cell]:
    return [
        Cell(_("已记账"), batch.posted_fen, _("%(n)d人") % {"n": batch.posted_count}),
        Cell(_("已告知"), f"{batch.told_count:,}", unit=_("人"), tone="done"),
        Cell(_("没有记账"), f"{open_count:,}", unit=_("人")),
        Cell(_("还没告知"), f"{batch.untold_count:,}", unit=_("人"), main=True),
    ]


@require_POST
def feed_back(request: PageRequest, pk: int) -> HttpResponse:
    """Send the feedback of a batch to its village."""
    here = reverse("inform-batch", args=[pk])

    def act(by: By) -> str:
        send_feedback(pk, by=by)
        return here

    return act_or_back(
        request, by_page(request), act, back=here, done=_("已反馈给村里，村里可以告知本人了。")
    )


def _result(line: Line) -> tuple[str, str]:
    if line.state in TOLD_STATES:
        return _("成功"), _("已退费") if line.state == LineState.REFUNDED else ""
    return _("未记"), line.left_note or str(line.get_state_display())


@require_GET
def feedback_sheet(request: PageRequest, pk: int) -> HttpResponse:
    """F11 as a workbook, identity numbers masked but for the last four."""
    batch = selectors.informing_batch(request.user, pk)
    lines = list(selectors.feedback_lines(batch))
    balances = balances_of_persons([line.person_id for line in lines])
    rows = (
        (
            n,
            line.person.name,
            line.person.masked_id,
            str(batch.organisation.region),
            line.amount_fen,
            line.posted_on,
            sum(balances.get(line.person_id, {}).values()) if line.state in TOLD_STATES else None,
            *_result(line),
        )
        for n, line in enumerate(lines, start=1)
    )
    title = _("集体补助记账结果反馈表")
    layout = Layout(
        subtitle=f"{batch.organisation.name}　{batch.year}年度第{batch.batch_no}批", unit="单位：元"
    )
    on = request.working_date
    return download(
        table_workbook(title, COLUMNS, rows, layout=layout), sheet_file_name(f"{title}_{batch.pk}", on)
    )


@require_GET
def feedback_print(request: PageRequest, pk: int) -> HttpResponse:
    """F11 on paper, for the agency's seal."""
    batch = selectors.informing_batch(request.user, pk)
    lines = list(selectors.feedback_lines(batch))
    rules = rulebook(batch.village_code, on=batch.fed_back_on or request.working_date)
    posted = [line for line in lines if line.state in TOLD_STATES]
    context = {
        "batch": batch,
        "rows": [(line, *_result(line)) for line in lines],
        "posted_count": len(posted),
        "posted_fen": sum(line.amount_fen for line in posted),
        "agency": agency_words(batch, rules),
        "scheme": rules.get("scheme_name"),
    }
    return render(request, "subsidies/informing/feedback_print.html", context)


@require_GET
def slips_print(request: PageRequest, pk: int) -> HttpResponse:
    """F12: one slip a person, several on a sheet."""
    batch = selectors.informing_batch(request.user, pk)
    on = request.working_date
    rules = rulebook(batch.village_code, on=on)
    context = {
        "batch": batch,
        "slips": [_slip_row(slip) for slip in selectors.slips(batch, on=on)],
        "agency": agency_words(batch, rules),
        "scheme": rules.get("scheme_name"),
        "on": day_text(on),
        "methods": selectors.inform_methods(batch, on=on),
    }
    return render(request, "subsidies/informing/slips_print.html", context)


def _slip_row(slip: selectors.Slip) -> dict[str, Any]:
    parts = [(Source(source).label, fen) for source, fen in slip.balances.items() if fen]
    return {"line": slip.line, "parts": parts, "total_fen": slip.total_fen}
