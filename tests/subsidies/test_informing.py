"""Feedback and word: the batch closes when everybody posted was told."""

import pytest

from core.errors import ActorNotPermitted, InvalidInput, NotInArea, TransitionNotAllowed
from subsidies.enums import ApplicationState
from subsidies.services.informing import record_informed, send_feedback
from tests.batches import posted_batch

JULY = "2024-07-01"


@pytest.fixture
def batch(village, cast, books_hold):
    return posted_batch(village, cast)


@pytest.mark.rule("CS-33")
def test_the_batch_closes_when_the_last_was_told(batch, cast, by):
    send_feedback(batch.pk, by=by(cast.officer, JULY))
    ids = list(batch.lines.order_by("position").values_list("pk", flat=True))
    told = record_informed(batch.pk, by=by(cast.clerk, "2024-07-02"), method="publicity", line_ids=ids[:26])
    assert told.state == ApplicationState.INFORMED
    assert batch.lines.filter(informed_on__isnull=True).count() == 4
    told = record_informed(batch.pk, by=by(cast.clerk, "2024-07-20"), method="visit", line_ids=ids[26:])
    assert told.state == ApplicationState.CLOSED
    assert batch.lines.get(pk=ids[-1]).inform_method == "visit"


def test_feedback_is_numbered_and_sent_once(batch, cast, by):
    sent = send_feedback(batch.pk, by=by(cast.officer, JULY))
    assert (sent.feedback_number, f"{sent.fed_back_on}") == ("长社保反馈〔2024〕1号", JULY)
    with pytest.raises(TransitionNotAllowed):
        send_feedback(batch.pk, by=by(cast.officer, JULY))


def test_all_at_once_without_ids(batch, cast, by):
    send_feedback(batch.pk, by=by(cast.officer, JULY))
    assert (
        record_informed(batch.pk, by=by(cast.clerk, JULY), method="wechat").state == ApplicationState.CLOSED
    )


def test_refusals(batch, cast, by):
    with pytest.raises(TransitionNotAllowed):
        record_informed(batch.pk, by=by(cast.clerk, JULY), method="visit")
    with pytest.raises(ActorNotPermitted):
        send_feedback(batch.pk, by=by(cast.clerk, JULY))
    with pytest.raises(NotInArea):
        send_feedback(batch.pk, by=by(cast.foreign_officer, JULY))
    send_feedback(batch.pk, by=by(cast.officer, JULY))
    with pytest.raises(InvalidInput, match="公示"):
        record_informed(batch.pk, by=by(cast.clerk, JULY), method="smoke")
    with pytest.raises(InvalidInput):
        record_informed(batch.pk, by=by(cast.clerk, JULY), method="visit", line_ids=[])
    with pytest.raises(NotInArea):
        record_informed(batch.pk, by=by(cast.clerk, JULY), method="visit", line_ids=[10**9])
    with pytest.raises(NotInArea):
        record_informed(batch.pk, by=by(cast.stranger, JULY), method="visit")


def test_nobody_is_recorded_twice(batch, cast, by):
    send_feedback(batch.pk, by=by(cast.officer, JULY))
    first = [batch.lines.first().pk]
    record_informed(batch.pk, by=by(cast.clerk, JULY), method="visit", line_ids=first)
    with pytest.raises(TransitionNotAllowed):
        record_informed(batch.pk, by=by(cast.clerk, JULY), method="sms", line_ids=first)
