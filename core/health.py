"""`/healthz`: whether this site can do its work, for load balancers, containers and the officer on call.

No login, no personal data, no paths or versions: only whether each part answers.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.heart import ALIVE_SECONDS, broker_client, heart_age_seconds, uses_redis

FREE_MEGABYTES_NEEDED = 200


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while pages can be served, 503 when the database is away.

    `status` is "ok", "degraded" (pages work; a job would wait, or the disk is nearly full) or "down".
    """
    checks = {"database": database(), "broker": broker(), "worker": worker(), "disk": disk()}
    status = "ok" if all(check["ok"] for check in checks.values()) else "degraded"
    if not checks["database"]["ok"]:
        status = "down"
    return JsonResponse({"status": status, **checks}, status=503 if status == "down" else 200)


def database() -> dict[str, Any]:
    """Say whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return {"ok": cursor.fetchone() == (1,)}
    except Error:
        return {"ok": False}


def broker() -> dict[str, Any]:
    """Say whether a job could be handed over now."""
    if not uses_redis():
        folder = Path(settings.VAR_DIR) / "broker"
        return {"ok": os.access(folder, os.W_OK)}
    try:
        return {"ok": bool(broker_client().ping())}
    except redis.RedisError:
        return {"ok": False}


def worker() -> dict[str, Any]:
    """Say whether a worker is there, and how long ago it last gave a sign of life."""
    age = heart_age_seconds("worker")
    return {"ok": age is not None and age <= ALIVE_SECONDS, "age_seconds": age}


def disk() -> dict[str, Any]:
    """Say how much room uploads and the embedded database have left."""
    free = shutil.disk_usage(settings.VAR_DIR).free // 1_000_000
    return {"ok": free >= FREE_MEGABYTES_NEEDED, "free_megabytes": free}
