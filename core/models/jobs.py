"""Long work: the row is its truth, Celery only carries it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.enums import JobState
from core.models.area import ZoneModel


class Job(ZoneModel):
    """One piece of background work with its progress and its result.

    `heartbeat_at` is renewed by the worker; a running row whose heartbeat is old was left by a dead worker and
    is queued again by the sweep. `cause_key` makes the same cause one job. `attempt` tells one worker's hold from the
    next and only grows; `tries` counts the attempts since somebody asked for it, so that what kills every worker ends.
    """

    kind = models.CharField("种类", max_length=40)
    cause_key = models.CharField(max_length=120, unique=True)
    state = models.CharField("状态", max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    stage = models.CharField("正在做", max_length=60, blank=True)
    done_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    done_fen = models.BigIntegerField(default=0)
    total_fen = models.BigIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    result_file = models.ForeignKey("core.StoredFile", models.SET_NULL, null=True, related_name="+")
    error_number = models.CharField(max_length=20, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on = models.DateField("业务日期")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_sweep")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_interrupted(self) -> bool:
        """Running on paper, but its worker gave no sign for longer than a live one would."""
        stale = timezone.now() - timedelta(seconds=settings.JOB_STALE_SECONDS)
        return self.state == JobState.RUNNING and (self.heartbeat_at is None or self.heartbeat_at < stale)

    @property
    def is_going_on(self) -> bool:
        """Waiting for a worker or in the hands of a live one."""
        return self.state in (JobState.QUEUED, JobState.RUNNING) and not self.is_interrupted

    @property
    def percent(self) -> int:
        """Whole percent done."""
        return 100 if self.state == JobState.DONE else self.done_count * 100 // max(self.total_count, 1)
