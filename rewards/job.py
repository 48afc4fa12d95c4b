"""The kind of job that reckons rewards: its words and its result, registered at start."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.jobs import JobKind, register_job
from core.models import Job, User
from rewards import workflow as steps
from rewards.models import Reward
from rewards.services.computing import JOB_KIND, run_reward_job


def title(job: Job) -> str:
    """2024年度奖励测算."""
    return _("%(year)d年度奖励测算") % {"year": job.params["year"]}


def result_context(job: Job, actor: User) -> dict[str, Any]:
    """How many rows are new, changed or as before; the changed ones with their figures before and after."""
    changed = {row["reward"]: row for row in job.result["changed"]}
    rewards = (
        Reward.objects.within(actor.access.area)  # type: ignore[arg-type]
        .filter(pk__in=changed)
        .select_related("organisation__region__parent")
        .order_by("town_code", "village_code")
    )
    return {
        "year": job.params["year"],
        "result": job.result,
        "rows": [{"reward": reward, **changed[reward.pk]} for reward in rewards],
    }


register_job(
    JobKind(
        JOB_KIND,
        "测算",
        run_reward_job,
        roles=steps.START.roles,
        readers=steps.READERS,
        unit="村",
        title=title,
        result_template="rewards/result.html",
        result_context=result_context,
        home="rewards",
    )
)
