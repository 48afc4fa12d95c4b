"""Many rows in one statement, on either engine."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from core import bulk
from core.bulk import update_rows
from core.models import Job, User
from tests import factories
from villages.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def jobs():
    user = User.objects.create_user("worker")
    made = [Job(kind="t", cause_key=str(i), requested_by=user, on=date(2024, 1, 1)) for i in range(30)]
    return Job.objects.bulk_create(made)


def test_each_row_gets_its_own_values_of_every_type(jobs):
    now = timezone.now()
    rows = [(job.pk, f"第{i}步", i, date(2024, 2, 1), now, {"n": i}) for i, job in enumerate(jobs)]

    assert update_rows(Job, ["stage", "done_fen", "on", "ended_at", "result"], rows) == 30

    found = Job.objects.get(pk=jobs[7].pk)
    assert (found.stage, found.done_fen, found.on, found.ended_at, found.result) == (
        "第7步",
        7,
        date(2024, 2, 1),
        now,
        {"n": 7},
    )


def test_rows_that_are_gone_are_not_counted(jobs):
    assert update_rows(Job, ["stage"], [(jobs[0].pk, "x"), (10**9, "y")]) == 1


def test_nothing_to_do_is_nothing_done(jobs, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert update_rows(Job, ["stage"], []) == 0


def test_a_counter_goes_up_in_each_row_and_encrypted_columns_are_encrypted(base_data):
    organisation = factories.organisation()
    members = [factories.member(organisation) for _ in range(3)]

    update_rows(
        Membership,
        ["phone"],
        [(m.pk, f"1380000000{i}") for i, m in enumerate(members)],
        raise_version="version",
    )

    found = Membership.objects.order_by("pk")
    assert [(m.phone, m.version) for m in found] == [(f"1380000000{i}", 2) for i in range(3)]


def test_empty_values_can_be_written(jobs):
    update_rows(Job, ["ended_at", "stage"], [(jobs[0].pk, None, "")])

    assert Job.objects.get(pk=jobs[0].pk).ended_at is None


def test_long_work_goes_in_portions(jobs, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(bulk, "CHUNK_ROWS", 10)

    with django_assert_num_queries(3):
        assert update_rows(Job, ["done_fen"], [(job.pk, 5) for job in jobs]) == 30


def test_a_list_of_any_length_is_one_parameter(jobs):
    ids = [job.pk for job in jobs] + list(range(10**6, 10**6 + 60_000))

    assert Job.objects.filter(pk__among=ids).count() == 30
    assert Job.objects.filter(cause_key__among=["1", "2", "no"]).count() == 2
    assert Job.objects.filter(requested_by__among=[jobs[0].requested_by_id]).count() == 30
    assert Job.objects.filter(pk__among=[]).count() == 0
