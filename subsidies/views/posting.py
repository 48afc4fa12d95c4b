"""Pages of posting: what waits, the last look, what was posted, and where one posting came from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, Sum
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.access import require_role
from core.acts import act_with_form
from core.counts import RECENT_JOBS
from core.forms import ConfirmedForm, DateInput
from core.http import PageRequest
from core.jobs import KINDS
from core.lists import Export, list_page, person_words
from core.models import Job
from core.sheets.writer import OutColumn
from core.typed import whole_number, whole_numbers
from core.views_jobs import job_chip, jobs_visible_to
from core.workflow import By
from ledger.workflow import ACCOUNT_READERS
from policies.selectors import rulebook
from subsidies.models import PaymentNotice
from subsidies.selectors import posting as selectors
from subsidies.services.posting import JOB_KIND, start_posting
from subsidies.workflow import posting as steps
from subsidies.workflow.applications import READERS as BATCH_READERS
from subsidies.workflow.plans import PLAN_READERS
from villages.views import units_shown
from villages.zone_lists import with_units

SORTS = {
    "posted_on": ["posted_on"],
    "name": ["person__pinyin"],
    "amount": ["amount_fen"],
    "village": ["village_code"],
}
EXPORT = Export(
    "已记账人员",
    (
        OutColumn("年度", width=8),
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("姓名"),
        OutColumn("身份证后四位", "code"),
        OutColumn("补助金额（元）", "amount", width=14),
        OutColumn("记账日期", "date"),
        OutColumn("状态"),
    ),
    lambda line: (
        str(line.year),
        str(line.organisation.region.parent),
        str(line.organisation.region),
        line.person.name,
        line.person.last4,
        line.amount_fen,
        line.posted_on,
        line.get_state_display(),
    ),
)


class PostingForm(ConfirmedForm):
    """The last look before posting: its day, and that persons and sums were looked at."""

    posted_on = forms.DateField(
        label=gettext_lazy("记账日期"),
        widget=DateInput,
        error_messages={"required": gettext_lazy("请填写记账日期")},
    )
    unticked = gettext_lazy("请先核对人数和金额，再打勾确认。")


@require_GET
def postings(request: PageRequest) -> HttpResponse:
    """社保记账: batches with matched persons, and the postings done."""
    waiting: list[Any] = list(selectors.batches_to_post(request.user))
    found = jobs_visible_to(request.user).filter(kind=JOB_KIND)[:RECENT_JOBS]
    context = {
        "waiting": waiting,
        "wait_count": sum(row.wait_count for row in waiting),
        "wait_fen": sum(row.wait_fen for row in waiting),
        "jobs": [
            {"job": job, "title": KINDS[JOB_KIND].title_of(job), "chip": job_chip(job)} for job in found
        ],
        "may_post": request.user.access.may(steps.START.roles),
    }
    return render(request, "subsidies/posting/list.html", context)


def posting_confirm(request: PageRequest) -> HttpResponse:
    """确认记账: the sum in figures and capitals, what was checked, what is left out; then the job."""
    require_role(request.user, steps.START.roles, steps.START.label)
    ids = _ids(request.POST if request.method == "POST" else request.GET)
    batches = [row for row in selectors.batches_to_post(request.user) if row.pk in ids]
    form = PostingForm(request.POST or None, initial={"posted_on": request.working_date})
    if form.is_bound and form.is_valid():
        answer = act_with_form(request, form, _posting(ids, form.cleaned_data["posted_on"]))
        if answer is not None:
            return answer
    if not batches and request.method == "GET":
        return HttpResponseRedirect(reverse("postings"))
    return render(request, "subsidies/posting/confirm.html", _confirm_context(request, batches, form))


def _ids(data: QueryDict) -> list[int]:
    return whole_numbers(data.getlist("batch"))


def _posting(ids: list[int], on: date) -> Any:
    def act(by: By) -> str:
        return reverse("job", args=[start_posting(ids, by=replace(by, on=on)).pk])

    return act


def _confirm_context(request: PageRequest, batches: list[Any], form: PostingForm) -> dict[str, Any]:
    ids = [row.pk for row in batches]
    notices = PaymentNotice.objects.filter(application_id__in=ids).order_by("pk")
    numbers: dict[int, list[str]] = {}
    for pk, number in (
        notices.exclude(state="void").exclude(state="replaced").values_list("application_id", "number")
    ):
        numbers.setdefault(pk, []).append(number)
    on = request.working_date
    rules = rulebook(request.user.access.area.code, on=on)  # type: ignore[union-attr]
    return {
        "batches": batches,
        "numbers": numbers,
        "checks": selectors.posting_checks(ids),
        "form": form,
        "strategy": rules.get("interest_strategy"),
    }


@require_GET
def posted_lines(request: PageRequest) -> HttpResponse:
    """Everybody posted, each followed to where it came from; `job` and `batch` narrow it down."""
    rows = selectors.posted_lines(request.user).filter(person_words(request.GET.get("q", ""), "person__"))
    for name, column in (("job", "posting_job"), ("batch", "application"), ("year", "year")):
        if number := whole_number(request.GET.get(name)):
            rows = rows.filter(**{column: number})
    if request.GET.get("export") == "xlsx":
        units, _unit = units_shown(request)
        return with_units(EXPORT, units).answer(rows.order_by("village_code", "application", "position"))
    context = {
        "page_obj": list_page(request, rows, sorts=SORTS, default="-posted_on"),
        "sums": rows.order_by().aggregate(count=Count("pk"), fen=Sum("amount_fen")),
        "words": request.GET.get("q", ""),
        "job": Job.objects.filter(pk=whole_number(request.GET.get("job"))).first(),
    }
    return render(request, "subsidies/posting/lines.html", context)


@require_GET
def posting_trace(request: PageRequest, pk: int) -> HttpResponse:
    """One line's money from plan to account."""
    found = selectors.trace(request.user, pk)
    may = request.user.access.may
    # A link leads on only where the reader may go.
    context = {
        "trace": found,
        "line": found.line,
        "title": _("来龙去脉"),
        "may_see_jobs": may(steps.JOB_READERS),
        "may_see_plan": may(PLAN_READERS),
        "may_see_batch": may(BATCH_READERS),
        "may_see_account": may(ACCOUNT_READERS),
    }
    return render(request, "subsidies/posting/trace.html", context)
