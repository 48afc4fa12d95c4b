"""Take back a batch or persons of it; end a returned one out of time."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, act_with_form, by_page
from core.http import PageRequest
from core.lists import page_of
from core.typed import whole_numbers
from core.workflow import By
from subsidies.enums import ApplicationState as State
from subsidies.forms import applications as forms
from subsidies.models import Application
from subsidies.selectors import applications as selectors
from subsidies.services import applications as services
from subsidies.workflow import applications as steps


def application_withdraw(request: PageRequest, pk: int) -> HttpResponse:
    """Take the whole batch back before it is verified; drafts are dropped."""
    row = selectors.application(request.user, pk)
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
def application_lapse(request: PageRequest, pk: int) -> HttpResponse:
    """Let a returned batch lapse after its deadline."""
    row = selectors.application(request.user, pk)
    back = reverse("application", args=[pk])

    def act(by: By) -> str:
        services.lapse_application(row.pk, by=by)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("已终止这批申请"))


def application_withdraw_lines(request: PageRequest, pk: int) -> HttpResponse:
    """撤回人员: who, why, since when."""
    row = selectors.application(request.user, pk)
    rules = selectors.rules_of(row, request.working_date)
    ids = whole_numbers(request.GET.getlist("line") + request.POST.getlist("line"))
    form = forms.WithdrawLinesForm(request.POST or None, rules=rules, initial=_first_status(row, ids))
    if request.method == "POST" and form.is_valid():
        answer = act_with_form(
            request, form, lambda by: _withdraw_lines(row, ids, form, by), done=_("已撤回所选人员")
        )
        if answer is not None:
            return answer
    leavable = selectors.lines_of(row).filter(state__in=steps.LEAVABLE_LINES)
    chosen = selectors.LineFilter(search=request.GET.get("q", ""))
    page = page_of(request, selectors.filtered(leavable, chosen))
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
    persons = list(row.lines.filter(pk__in=ids).values_list("person_id", flat=True))
    found = selectors.statuses_of(persons) if len(persons) == 1 else {}
    status = found.get(persons[0]) if persons else None
    return {"reason": status.kind, "event_on": status.event_on} if status else {}


def _withdraw_lines(row: Application, ids: list[int], form: forms.WithdrawLinesForm, by: By) -> str:
    given = form.cleaned_data
    services.withdraw_lines(
        row.pk, by=by, line_ids=ids, reason=given["reason"], event_on=given["event_on"], note=given["note"]
    )
    return reverse("application", args=[row.pk])
