"""The heartbeat of worker and beat: a file each touches, and with Redis a key that other machines can read.

A process that hangs keeps its number but not its heart: the worker's beats on its event loop's timer, that
of beat with each tick of its schedule. Health checks and the pages that offer to run a job again look here.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import redis
from celery import bootsteps
from celery.beat import PersistentScheduler
from django.conf import settings

HEART_SECONDS = 5
ALIVE_SECONDS = 30
KEPT_SECONDS = 24 * 60 * 60


def beat_heart(name: str) -> None:
    """Leave a sign of life of "worker" or "beat"."""
    _file(name).touch()
    if uses_redis():
        # A broker that is away is told by the missing key; the process itself goes on.
        with contextlib.suppress(redis.RedisError):
            broker_client().set(_key(name), str(int(time.time())), ex=KEPT_SECONDS)


def heart_age_seconds(name: str) -> int | None:
    """Return how long ago "worker" or "beat" last gave a sign of life; None where it never did."""
    try:
        beaten_at = _beaten_at(name)
    except (OSError, redis.RedisError):
        return None
    return None if beaten_at is None else max(0, int(time.time() - beaten_at))


def uses_redis() -> bool:
    """Say whether several machines share a broker, or one machine its folder."""
    return bool(settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://")))


def broker_client() -> redis.Redis:
    """Return a client of the Redis broker that gives up after a second."""
    return redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=1, socket_timeout=1)


def _beaten_at(name: str) -> float | None:
    if not uses_redis():
        return _file(name).stat().st_mtime
    value: Any = broker_client().get(_key(name))
    return None if value is None else float(value)


def _file(name: str) -> Path:
    return Path(settings.HEART_DIR) / f"heart-{name}"


def _key(name: str) -> str:
    return f"pension:heart:{name}"


class HeartStep(bootsteps.StartStopStep):
    """The worker's heart, on the timer that also drives its event loop."""

    requires = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        """Beat once and then every few seconds."""
        beat_heart("worker")
        self.entry = worker.timer.call_repeatedly(HEART_SECONDS, beat_heart, ("worker",), priority=10)

    def stop(self, worker: Any) -> None:
        """Beat no more."""
        self.entry.cancel()


class BeatingScheduler(PersistentScheduler):
    """Celery's own schedule file, with a heartbeat at each tick."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """Beat, then do what is due."""
        beat_heart("beat")
        return super().tick(*args, **kwargs)
