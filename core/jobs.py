"""Background jobs: started in an act's transaction, carried by Celery, resumed after any death.

A room registers what a kind of job does; the handler works in chunks that may be repeated, and reports through
`Progress`, which also stops it when another worker has taken the job over.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.enums import JobState
from core.errors import PensionError
from core.logs import new_request_number
from core.models import Job, User
from core.workflow import STEPS, By, Step

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: its words, its handler, who may start it again, who may look, and how its page is drawn.

    `label` is a verb (记账), `unit` what it counts; `stages` gives the named stages, `result_template` and
    `result_context` draw what came of it below the progress; `home` is the address name of the room it came from,
    `page` gives the address of what it works on, where that shows the work itself, `seen_in` names the list where its
    end is seen. A job that `is_whole` does all or nothing: there is no count of what stands already.
    """

    key: str
    label: str
    handler: Callable[[Job, Progress], dict[str, Any]]
    roles: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    unit: str = "人"
    title: Callable[[Job], str] | None = None
    stages: Callable[[Job], Sequence[Any]] | None = None
    result_template: str = ""
    result_context: Callable[[Job, User], dict[str, Any]] | None = None
    home: str = ""
    page: Callable[[Job], str] | None = None
    seen_in: str = "后台任务"
    is_whole: bool = False

    @property
    def retry_step(self) -> Step:
        """The act of starting it again."""
        return STEPS[f"job.{self.key}.retry"]

    def title_of(self, job: Job) -> str:
        """What the page of one job is called."""
        return self.title(job) if self.title else self.label


KINDS: dict[str, JobKind] = {}


class TakenOver(Exception):
    """Another worker runs this job now; this one stops."""


def register_job(kind: JobKind) -> None:
    """Make a kind of job known (at start of its room)."""
    KINDS[kind.key] = kind
    if f"job.{kind.key}.retry" not in STEPS:
        Step(f"job.{kind.key}.retry", f"接着{kind.label}", kind.roles)


class Progress:
    """The handler's way to tell how far it is; each call is also the heartbeat."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def tell(self, **fields: Any) -> None:
        """Store progress fields of the job (done_count, total_count, done_fen, total_fen, stage)."""
        fields.setdefault("heartbeat_at", timezone.now())
        mine = Job.objects.filter(pk=self.job.pk, attempt=self.job.attempt, state=JobState.RUNNING)
        if not mine.update(**fields):
            raise TakenOver

    def go_quiet(self, seconds: int, **fields: Any) -> None:
        """Tell that one long transaction follows, in which on SQLite no sign of life can be written."""
        silence = timedelta(seconds=seconds if connection.vendor == "sqlite" else 0)
        self.tell(**fields, heartbeat_at=timezone.now() + silence)


def start_job(kind: str, *, cause_key: str, by: By, params: dict[str, Any], place: Any = None) -> Job:
    """Queue a job once for its cause, inside the caller's transaction; the same cause gets the same job."""
    job, is_new = Job.objects.get_or_create(
        cause_key=cause_key,
        defaults={
            "kind": kind,
            "requested_by": by.actor,
            "on": by.on,
            "params": params,
            **(place.area_codes() if place is not None else {}),
            # Work on a sheet of a whole zone is shown to whom the sheet is.
            "zone_towns": getattr(place, "zone_towns", ""),
        },
    )
    if is_new:
        transaction.on_commit(lambda: send_job(job.pk))
    return job


def send_job(job_id: int) -> None:
    """Hand the job to the broker; where the broker is away the row waits for the sweep."""
    from core.tasks import run_job_task

    try:
        run_job_task.delay(job_id)
    except Exception:
        # Any transport may fail in its own way; the row is the truth and the sweep sends it again.
        logger.exception("job %s could not be handed to the broker", job_id)


def run_job(job_id: int) -> bool:
    """Run one job to its end in this process; return whether this call ran it."""
    job = _claim(job_id)
    if job is None:
        return False
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(job.pk, job.attempt, stop), daemon=True)
    if connection.vendor == "postgresql":
        beat.start()
    try:
        result = KINDS[job.kind].handler(job, Progress(job))
    except TakenOver:
        logger.warning("job %s was taken over", job.pk)
    except PensionError as error:
        _end(job, JobState.FAILED, error_message=error.message[:300])
    except Exception:
        number = new_request_number()
        logger.exception("job %s failed, reference %s", job.pk, number)
        _end(
            job,
            JobState.FAILED,
            error_number=number,
            error_message=_("系统出错，编号%(n)s。") % {"n": number},
        )
    else:
        _end(job, JobState.DONE, result=result or {})
    finally:
        stop.set()
    return True


def _claim(job_id: int) -> Job | None:
    free = Q(state=JobState.QUEUED) | (_left_behind() & Q(tries__lt=settings.JOB_TRIES))
    now = timezone.now()
    claimed = Job.objects.filter(free, pk=job_id).update(
        state=JobState.RUNNING,
        attempt=F("attempt") + 1,
        tries=F("tries") + 1,
        heartbeat_at=now,
        started_at=now,
    )
    return Job.objects.select_related("requested_by").get(pk=job_id) if claimed else None


def _beat(job_id: int, attempt: int, stop: threading.Event) -> None:
    # Only on PostgreSQL: on SQLite this thread would queue behind the job's own write lock.
    while not stop.wait(settings.JOB_HEARTBEAT_SECONDS):
        Job.objects.filter(pk=job_id, attempt=attempt).update(heartbeat_at=timezone.now())
    connection.close()


def _end(job: Job, state: JobState, **fields: Any) -> None:
    Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING).update(
        state=state, ended_at=timezone.now(), **fields
    )


def retry_job(job: Job) -> bool:
    """Queue a failed or interrupted job again; its finished chunks are not repeated. False: it needs no help."""
    waiting = Q(state__in=[JobState.FAILED, JobState.QUEUED]) | _left_behind()
    queued = Job.objects.filter(waiting, pk=job.pk).update(
        state=JobState.QUEUED, tries=0, error_number="", error_message="", heartbeat_at=None
    )
    if queued:
        transaction.on_commit(lambda: send_job(job.pk))
    return bool(queued)


def sweep_jobs(*, at_start: bool = False) -> int:
    """Send again what a dead worker or a lost message left behind; return how many.

    At a worker's start queued rows of any age are sent; running ones only when their heartbeat is stale. What has
    outlived `JOB_TRIES` workers fails: it may be what kills them (a sheet too large for the memory).
    """
    _give_up()
    lost = Q(state=JobState.QUEUED) if at_start else Q(state=JobState.QUEUED, created_at__lt=_stale_since())
    ids = list(Job.objects.filter(_left_behind() | lost).values_list("pk", flat=True))
    for job_id in ids:
        send_job(job_id)
    return len(ids)


def _give_up() -> None:
    told = _(
        "后台办了%(n)d次，每次都中途断掉，不再自动重试。再办一次还是不成的，请管理员查看服务器的内存和日志。"
    )
    Job.objects.filter(_left_behind(), tries__gte=settings.JOB_TRIES).update(
        state=JobState.FAILED, ended_at=timezone.now(), error_message=told % {"n": settings.JOB_TRIES}
    )


def _left_behind() -> Q:
    """Running on paper, its worker without a sign of life for longer than a live one would be."""
    return Q(state=JobState.RUNNING, heartbeat_at__lt=_stale_since())


def _stale_since() -> datetime:
    return timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS)
