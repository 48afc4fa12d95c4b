"""The kind of job that posts: its words, stages and result, registered at start."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.calendar import day_text
from core.enums import JobState
from core.jobs import JobKind, register_job
from core.look import Step
from core.models import Job, User
from core.money import yuan_text
from ledger.selectors import in_transit_fen
from subsidies.models import Application
from subsidies.services.posting import JOB_KIND, STAGE_CHECK, post_lines
from subsidies.workflow import posting as steps


def title(job: Job) -> str:
    """2024年6月28日记账."""
    return _("%(day)s记账") % {"day": day_text(job.on)}


def stages(job: Job) -> list[Step]:
    """The named stages: matched, checked, booked, compared."""
    is_last = job.stage == STAGE_CHECK
    is_done = job.state == JobState.DONE
    batches = len(job.params["batches"])
    booked = "done" if is_last or is_done else "current"
    compared = "done" if is_done else "current" if is_last else "open"
    stations = [
        (_("对账已办结"), _("%(n)d批") % {"n": batches}, "done"),
        (_("逐人核对金额"), _("%(fen)s元") % {"fen": yuan_text(job.total_fen)}, "done"),
        (_("记入个人账户"), f"{job.done_count:,} / {job.total_count:,}", booked),
        (_("核对总账"), "" if is_last else _("等待"), compared),
    ]
    return [Step(number, *station) for number, station in enumerate(stations, start=1)]


def result_context(job: Job, actor: User) -> dict[str, Any]:
    """The posted batches with their figures, the sums, and the checks to 0.00."""
    figures = {row["id"]: row for row in job.result["batches"]}
    applications = (
        Application.objects.within(actor.access.area)  # type: ignore[arg-type]
        .filter(pk__in=figures)
        .select_related("organisation__region__parent")
        .order_by("town_code", "village_code", "batch_no")
    )
    rows = [{"application": application, **figures[application.pk]} for application in applications]
    return {
        "rows": rows,
        "asked_count": sum(row["asked_count"] for row in rows),
        "posted_count": sum(row["count"] for row in rows),
        "posted_fen": sum(row["fen"] for row in rows),
        "skipped_count": sum(row["skipped_count"] for row in rows),
        "transit_fen": in_transit_fen(job.county_code),
        "gap_fen": job.result["gap_fen"],
        "may_feed_back": actor.access.may(steps.START.roles),
    }


register_job(
    JobKind(
        JOB_KIND,
        "记账",
        post_lines,
        roles=steps.START.roles,
        readers=steps.JOB_READERS,
        title=title,
        stages=stages,
        result_template="subsidies/posting/result.html",
        result_context=result_context,
        home="postings",
    )
)
