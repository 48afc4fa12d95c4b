"""Pages of background jobs: the list, one job with its progress, its result, and starting it again."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import access_of
from core.acts import act_or_back, by_page
from core.enums import JobState
from core.errors import BusinessDateRefused, NotInArea, TransitionNotAllowed
from core.files import read_file
from core.http import PageRequest
from core.jobs import KINDS, JobKind, retry_job
from core.look import NEUTRAL, WAITING, Chip, chip_of
from core.models import Job, User
from core.sheets.writer import download
from core.workflow import By, Effect, require_business_date, run_step

PAGE_ROWS = 50


def jobs_visible_to(actor: User) -> QuerySet[Job]:
    """Jobs of the actor's area whose kind he may look at or start, newest first."""
    access = access_of(actor)
    kinds = [key for key, kind in KINDS.items() if access.may(kind.readers | kind.roles)]
    rows = Job.objects.within(access.area) if access.area else Job.objects.none()
    return rows.filter(kind__in=kinds).select_related("requested_by", "result_file").order_by("-pk")


def job_of(actor: User, pk: int) -> Job:
    """One job of the area; raises NotInArea otherwise."""
    found = jobs_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def retry(pk: int, *, by: By) -> Job:
    """Queue a failed or interrupted job again, as an act with its event.

    Raises NotInArea, ActorNotPermitted, TransitionNotAllowed where it runs or is done, BusinessDateRefused where
    nothing of it stands yet and its day lies too far back for the actor.
    """
    kind = KINDS[job_of(by.actor, pk).kind]

    def effect(job: Job) -> Effect:
        if not retry_job(job):
            raise TransitionNotAllowed(_("这个任务正在办或已经办完，不用接着办。"), found=job.state)
        if kind.is_whole:
            _require_day(job, by.actor)
        return Effect(rows_count=job.done_count, amount_fen=job.done_fen, figures={"attempt": job.attempt})

    return run_step(kind.retry_step, Job.objects.all(), pk, by=by, effect=effect)


def _require_day(job: Job, actor: User) -> None:
    """What is done from the start is dated as if asked for now; what stands in part keeps its day to its end."""
    try:
        require_business_date(access_of(actor), job.on)
    except BusinessDateRefused as error:
        told = error.message + _("这个任务什么也没有改动，请按现在的业务日期重新办理，或者放弃后重新上传。")
        raise BusinessDateRefused(told, clause=error.clause, **error.figures) from error


def job_chip(job: Job) -> Chip:
    """The job's state in its word: an interrupted one says that it can go on."""
    if job.is_interrupted:
        return chip_of("中断，可继续")
    if job.kind not in KINDS:
        return Chip(NEUTRAL, "info", str(job.get_state_display()))
    if job.state == JobState.FAILED:
        return chip_of("失败")
    return chip_of(str(job.get_state_display())) if job.state else Chip(WAITING, "clock", "")


def jobs(request: PageRequest) -> HttpResponse:
    """后台任务: everything long that runs or ran in the area."""
    page = Paginator(jobs_visible_to(request.user), PAGE_ROWS).get_page(request.GET.get("page"))
    rows = [{"job": job, "kind": KINDS[job.kind], "chip": job_chip(job)} for job in page]
    for row in rows:
        row["title"] = row["kind"].title_of(row["job"])  # type: ignore[attr-defined]
    return render(request, "jobs/list.html", {"page_obj": page, "rows": rows})


def job(request: PageRequest, pk: int) -> HttpResponse:
    """One job: its progress while it runs, its result when it is done."""
    found = job_of(request.user, pk)
    context = progress_context(request, found) | _result(KINDS[found.kind], found, request.user)
    return render(request, "jobs/job.html", context)


def job_progress(request: PageRequest, pk: int) -> HttpResponse:
    """The progress alone, asked for every two seconds; once the job ended the whole page is asked for."""
    found = job_of(request.user, pk)
    answer = render(request, "jobs/progress.html", progress_context(request, found))
    if not found.is_going_on:
        answer["HX-Refresh"] = "true"
    return answer


def progress_context(request: PageRequest, job: Job) -> dict[str, Any]:
    """What `jobs/progress.html` needs, on the job's own page or on that of what it works on."""
    kind = KINDS[job.kind]
    may_retry = request.user.access.may(kind.roles)
    return {
        "job": job,
        "kind": kind,
        "title": kind.title_of(job),
        "chip": job_chip(job),
        "stages": kind.stages(job) if kind.stages else [],
        "is_going_on": job.is_going_on,
        "resume_url": reverse("job-retry", args=[job.pk]) if may_retry else "",
    }


def _result(kind: JobKind, job: Job, actor: User) -> dict[str, Any]:
    if job.state != JobState.DONE or kind.result_context is None:
        return {"result_template": ""}
    return {"result_template": kind.result_template, **kind.result_context(job, actor)}


@require_POST
def job_retry(request: PageRequest, pk: int) -> HttpResponse:
    """Start a failed or interrupted job again."""
    here = reverse("job", args=[job_of(request.user, pk).pk])

    def act(by: By) -> str:
        retry(pk, by=by)
        return here

    return act_or_back(request, by_page(request), act, back=here, done=_("已接着办，做过的不会重复。"))


def job_file(request: PageRequest, pk: int) -> HttpResponse:
    """The sheet that a job left, until its day of deletion."""
    found = job_of(request.user, pk)
    if found.result_file is None:
        return HttpResponseRedirect(reverse("job", args=[pk]))
    return download(read_file(found.result_file), found.result_file.name)
