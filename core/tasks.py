"""Celery entry points of core."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from core import files, jobs, requests
from core.imports.services import forget_old_rows


@shared_task(name="core.run_job")
def run_job_task(job_id: int) -> None:
    """Run one job by its row."""
    jobs.run_job(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs_task() -> None:
    """Send again what was left behind."""
    jobs.sweep_jobs()


@shared_task(name="core.clean_up")
def clean_up_task() -> None:
    """Delete what is past its time: files, request keys, rows of imports."""
    files.delete_expired_files()
    requests.forget_old_keys()
    forget_old_rows()


@worker_ready.connect
def _sweep_at_start(**kwargs: Any) -> None:
    jobs.sweep_jobs(at_start=True)
