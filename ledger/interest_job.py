"""The kind of job that settles a year: its words and its result, registered at start."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.jobs import JobKind, register_job
from core.models import Job, User
from ledger import workflow as steps
from ledger.services.interest import JOB_KIND, credit_interest


def title(job: Job) -> str:
    """2024年度结息."""
    return _("%(year)s年度结息") % {"year": job.params["year"]}


def result_context(job: Job, actor: User) -> dict[str, Any]:
    """Accounts credited, sum, rate."""
    return {"settled": job.result}


register_job(
    JobKind(
        JOB_KIND,
        "结息",
        credit_interest,
        roles=steps.START_INTEREST.roles,
        readers=steps.ACCOUNT_READERS,
        unit="户",
        title=title,
        result_template="ledger/interest_result.html",
        result_context=result_context,
        home="interest",
    )
)
