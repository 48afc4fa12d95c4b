"""`/healthz` and the heartbeats it reads."""

import os
import time

import pytest
from django.db import OperationalError, connection

from core import heart


@pytest.fixture(autouse=True)
def hearts(tmp_path, settings):
    """A place of their own for heartbeats, on the broker of a single machine."""
    settings.HEART_DIR = tmp_path
    settings.CELERY_BROKER_URL = "filesystem://"
    settings.VAR_DIR = tmp_path
    (tmp_path / "broker").mkdir()
    return tmp_path


@pytest.mark.django_db
def test_a_site_with_all_its_parts_is_well_for_anybody_who_asks(client):
    heart.beat_heart("worker")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


@pytest.mark.django_db
def test_a_site_without_a_worker_serves_pages_and_says_so(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["worker"] == {"ok": False, "age_seconds": None}


@pytest.mark.django_db
def test_a_worker_that_went_silent_is_told_by_its_age(client, hearts):
    heart.beat_heart("worker")
    long_ago = time.time() - heart.ALIVE_SECONDS - 60
    os.utime(hearts / "heart-worker", (long_ago, long_ago))
    answer = client.get("/healthz").json()
    assert answer["status"] == "degraded"
    assert answer["worker"]["age_seconds"] >= heart.ALIVE_SECONDS + 60


@pytest.mark.django_db
def test_a_site_whose_database_is_away_is_down(client, monkeypatch):
    def refuse():
        raise OperationalError("the database is away")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"


@pytest.mark.django_db
def test_a_broker_that_is_away_degrades_and_is_told_within_seconds(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    answer = client.get("/healthz").json()
    assert answer["status"] == "degraded"
    assert answer["broker"] == {"ok": False}
    assert time.monotonic() - began < 5


def test_a_heart_that_cannot_reach_redis_does_not_stop_its_process(settings, hearts):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    heart.beat_heart("beat")
    assert (hearts / "heart-beat").exists()
    assert heart.heart_age_seconds("beat") is None
