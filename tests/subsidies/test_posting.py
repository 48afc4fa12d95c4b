"""Posting: only matched money, exactly once, event and progress with each chunk."""

from datetime import date

import pytest

from core.errors import ActorNotPermitted, BusinessDateRefused, InvalidInput, NotInArea, TransitionNotAllowed
from core.models import Event, Job
from core.requests import Replayed
from ledger.enums import AccountKind, TransferKind
from ledger.models import Account, Transfer
from ledger.selectors import balance_fen, person_balances
from ledger.services import reverse_transfer
from subsidies.enums import ApplicationState, LineState
from subsidies.models import Line
from subsidies.selectors.posting import batches_to_post, year_sums
from subsidies.services.posting import start_posting
from tests.batches import remitted_batch

JUNE = "2024-06-28"
pytestmark = pytest.mark.usefixtures("books_hold")


@pytest.fixture
def batch(village, cast):
    return remitted_batch(village, cast)


def transit():
    return balance_fen(Account.objects.get(kind=AccountKind.IN_TRANSIT))


@pytest.mark.rule("CS-31")
def test_only_the_matched_are_posted_and_one_waits_for_its_money(village, cast, by, run_jobs):
    batch = remitted_batch(village, cast, unpaid=1)
    job = start_posting([batch.pk], by=by(cast.officer, JUNE))
    assert (job.total_count, job.total_fen) == (29, 580000)
    run_jobs()
    batch.refresh_from_db()
    assert batch.state == ApplicationState.NOTIFIED
    assert Line.objects.filter(state=LineState.POSTED, posting_job=job).count() == 29
    assert transit() == 0
    assert year_sums(batch.county_code, 2024)[batch.organisation_id].has_open_batch


def test_posting_books_every_line_once_and_says_so(batch, cast, by, run_jobs):
    job = start_posting([batch.pk], by=by(cast.officer, JUNE))
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.done_count, job.done_fen) == ("done", 30, 600000)
    assert job.result["gap_fen"] == 0 and job.result["batches"][0]["skipped_count"] == 0
    assert job.result_file.delete_after is not None
    batch.refresh_from_db()
    assert batch.state == ApplicationState.POSTED
    event = Event.objects.get(act="subsidies.post_lines")
    assert (event.object_id, event.rows_count, event.amount_fen) == (batch.pk, 30, 600000)
    assert person_balances(batch.lines.first().person_id) == {"collective": 20000}


def test_running_the_job_again_changes_nothing(batch, cast, by, run_jobs):
    job = start_posting([batch.pk], by=by(cast.officer, JUNE))
    run_jobs()
    before = Transfer.objects.count()
    Job.objects.filter(pk=job.pk).update(state="queued")
    run_jobs()
    assert Transfer.objects.count() == before
    assert Event.objects.filter(act="subsidies.post_lines").count() == 1
    assert Job.objects.get(pk=job.pk).done_count == 30


def test_chunks_are_small_and_each_leaves_its_event(batch, cast, by, run_jobs, settings):
    settings.POSTING_CHUNK_LINES = 7
    start_posting([batch.pk], by=by(cast.officer, JUNE))
    run_jobs()
    counts = list(
        Event.objects.filter(act="subsidies.post_lines").order_by("pk").values_list("rows_count", flat=True)
    )
    assert counts == [7, 7, 7, 7, 2]


def test_a_job_that_dies_between_chunks_goes_on_where_it_stopped(
    batch, cast, by, run_jobs, settings, monkeypatch
):
    settings.POSTING_CHUNK_LINES = 10
    job = start_posting([batch.pk], by=by(cast.officer, JUNE))
    from subsidies.services import posting

    real, calls = posting.advance_application, []

    def dies(application_id, *, by):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(application_id, by=by)

    monkeypatch.setattr(posting, "advance_application", dies)
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.done_count) == ("failed", 10)
    assert Transfer.objects.filter(kind=TransferKind.POSTED).count() == 10
    Job.objects.filter(pk=job.pk).update(state="queued")
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.done_count) == ("done", 30)
    assert Transfer.objects.filter(kind=TransferKind.POSTED).count() == 30


def test_nothing_is_posted_without_the_tax_offices_row(batch, cast, by):
    row = batch.lines.first().tax_rows.get()
    reverse_transfer(Transfer.objects.get(cause_key=f"tax_row:{row.pk}"), on=date(2024, 6, 27))
    batch.lines.first().tax_rows.update(is_corrected=True)
    assert start_posting([batch.pk], by=by(cast.officer, JUNE)).total_count == 29


def test_two_officers_at_once_get_one_job(batch, cast, by):
    first = start_posting([batch.pk], by=by(cast.officer, JUNE))
    with pytest.raises(TransitionNotAllowed, match=f"第{first.pk}号"):
        start_posting([batch.pk], by=by(cast.officer, JUNE))
    assert Job.objects.count() == 1


def test_a_double_click_is_answered_with_the_first_job(batch, cast, by):
    start_posting([batch.pk], by=by(cast.officer, JUNE, key="k1"))
    with pytest.raises(Replayed):
        start_posting([batch.pk], by=by(cast.officer, JUNE, key="k1"))


def test_refusals_leave_nothing(batch, cast, by):
    cases = [
        (by(cast.clerk, JUNE), [batch.pk], ActorNotPermitted),
        (by(cast.reviewer, JUNE), [batch.pk], ActorNotPermitted),
        (by(cast.foreign_officer, JUNE), [batch.pk], NotInArea),
        (by(cast.officer, "2024-06-25"), [batch.pk], BusinessDateRefused),
        (by(cast.officer, JUNE), [], InvalidInput),
    ]
    for who, ids, error in cases:
        with pytest.raises(error):
            start_posting(ids, by=who)
    assert not Job.objects.exists() and not Event.objects.exists()


def test_a_batch_without_waiting_lines_is_refused(batch, cast, by, run_jobs):
    start_posting([batch.pk], by=by(cast.officer, JUNE))
    run_jobs()
    with pytest.raises(TransitionNotAllowed):
        start_posting([batch.pk], by=by(cast.officer, JUNE))


def test_waiting_batches_are_seen_with_their_sums_in_one_query(batch, cast, django_assert_num_queries):
    assert cast.officer.access.area.code == batch.county_code
    with django_assert_num_queries(1):
        rows = list(batches_to_post(cast.officer))
    assert [(row.wait_count, row.wait_fen, row.open_count) for row in rows] == [(30, 600000, 0)]
    assert not batches_to_post(cast.foreign_officer)


def test_year_sums_count_what_was_posted_of_the_plan_year(
    batch, cast, by, run_jobs, django_assert_num_queries
):
    start_posting([batch.pk], by=by(cast.officer, "2025-01-08"))
    run_jobs()
    with django_assert_num_queries(2):
        found = year_sums(batch.county_code, 2024)[batch.organisation_id]
    assert (found.posted_fen, found.refunded_fen, found.headcount) == (600000, 0, 30)
    assert not found.has_open_batch and not found.has_open_refund
    assert year_sums(batch.county_code, 2025) == {}
