"""The application through the API: the same services, refusals as codes."""

from __future__ import annotations

import uuid

import pytest

from subsidies.models import Line, PaymentNotice
from tests.factories import id_number
from tests.subsidies.stages import plan_in_force, with_papers

pytestmark = pytest.mark.django_db


def post(client, path, on, **body):
    return client.post(
        f"/api/applications/{path}",
        {"on": on, **body},
        format="json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


@pytest.fixture
def plan(village, cast, by):
    return plan_in_force(village, cast, by)


def test_a_batch_goes_from_plan_to_notice_through_the_api(plan, cast, by, api):
    clerk, officer, reviewer = api(cast.clerk), api(cast.officer), api(cast.reviewer)

    made = post(clerk, "", "2024-06-19", plan=plan.pk)
    pk = made.json()["id"]
    with_papers(plan.applications.get(), by(cast.clerk, "2024-06-19"))
    handed_in = post(clerk, f"{pk}/submit/", "2024-06-19", declared_true=True)
    decided = post(officer, f"{pk}/decide/", "2024-06-24", decisions=[{"pick": "clean", "verdict": "pass"}])
    verified = post(officer, f"{pk}/verify/", "2024-06-24")
    confirmed = post(reviewer, f"{pk}/confirm/", "2024-06-25")

    assert [r.status_code for r in (made, handed_in, decided, verified, confirmed)] == [
        201,
        200,
        200,
        200,
        200,
    ]
    assert handed_in.json()["number"] == "晏石门申〔2024〕1号"
    assert decided.json()["undecided_count"] == 0
    assert confirmed.json()["state"] == "notified"
    assert PaymentNotice.objects.get().amount_fen == 600_000


def test_a_submission_without_papers_is_answered_with_code_sentence_and_clause(plan, cast, api):
    clerk = api(cast.clerk)
    pk = post(clerk, "", "2024-06-19", plan=plan.pk).json()["id"]

    answer = post(clerk, f"{pk}/submit/", "2024-06-19", declared_true=True)

    assert answer.status_code == 422
    assert answer.json()["code"] == "E-DOC-MISSING"
    assert "附件二" in answer.json()["clause"]


def test_an_amount_above_the_standard_is_refused_and_leaves_nothing(plan, cast, api):
    clerk = api(cast.clerk)
    pk = post(clerk, "", "2024-06-19", plan=plan.pk).json()["id"]
    line = Line.objects.filter(application=pk).first()

    answer = post(clerk, f"{pk}/lines/", "2024-06-19", amounts=[{"line": line.pk, "amount_fen": 25000}])

    assert answer.status_code == 422
    assert answer.json()["code"] == "E-AMOUNT"
    assert answer.json()["rows"] == [line.pk]
    line.refresh_from_db()
    assert line.amount_fen == 20000


def test_another_villages_batch_reads_like_nothing(plan, cast, api):
    pk = post(api(cast.clerk), "", "2024-06-19", plan=plan.pk).json()["id"]
    stranger = api(cast.stranger)

    assert stranger.get(f"/api/applications/{pk}/").status_code == 404
    assert post(stranger, f"{pk}/precheck/", "2024-06-19").status_code == 404
    assert stranger.get("/api/applications/").json()["count"] == 0


def test_lines_show_the_last_four_and_their_findings(plan, cast, api):
    clerk = api(cast.clerk)
    pk = post(clerk, "", "2024-06-19", plan=plan.pk).json()["id"]

    rows = clerk.get(f"/api/applications/{pk}/lines/?page_size=5").json()

    assert rows["count"] == 30
    assert len(rows["results"]) == 5
    assert set(rows["results"][0]) >= {"id_last4", "qualifying_year", "findings"}
    assert "id_number" not in rows["results"][0]


def test_strangers_are_named_by_their_place_in_what_was_sent(plan, cast, api):
    clerk = api(cast.clerk)
    pk = post(clerk, "", "2024-06-19", plan=plan.pk).json()["id"]
    strangers = [{"id_number": id_number(sequence=n)} for n in (801, 803)]

    answer = post(clerk, f"{pk}/lines/", "2024-06-19", add=strangers)

    assert (answer.status_code, answer.json()["code"]) == (422, "E-NOT-MEMBER")
    assert answer.json()["rows"] == [{"row": 1}, {"row": 2}]


def test_a_number_that_cannot_be_one_is_said_to_be_so(plan, cast, api):
    clerk = api(cast.clerk)
    pk = post(clerk, "", "2024-06-19", plan=plan.pk).json()["id"]

    answer = post(clerk, f"{pk}/lines/", "2024-06-19", add=[{"id_number": "123"}])

    assert (answer.status_code, answer.json()["code"]) == (400, "E-ID-FORMAT")


def test_a_decision_about_nobody_is_malformed(plan, cast, by, api):
    clerk, officer = api(cast.clerk), api(cast.officer)
    pk = post(clerk, "", "2024-06-19", plan=plan.pk).json()["id"]
    with_papers(plan.applications.get(), by(cast.clerk, "2024-06-19"))
    post(clerk, f"{pk}/submit/", "2024-06-19", declared_true=True)

    nobody = post(officer, f"{pk}/decide/", "2024-06-24", decisions=[{"verdict": "pass"}])
    line = Line.objects.filter(application=pk).first()
    unknown = {"lines": [line.pk], "verdict": "refuse", "reason_code": "NOPE"}
    reason = post(officer, f"{pk}/decide/", "2024-06-24", decisions=[unknown])

    assert (nobody.status_code, nobody.json()["code"]) == (400, "E-INPUT")
    assert reason.status_code == 400
    assert "E-NAME" in reason.json()["message"]


def test_papers_are_listed_page_by_page_like_everything_else(plan, cast, api):
    clerk = api(cast.clerk)
    pk = post(clerk, "", "2024-06-19", plan=plan.pk).json()["id"]

    papers = clerk.get(f"/api/applications/{pk}/attachments/").json()

    assert papers == {"count": 0, "next": None, "previous": None, "results": []}
    assert clerk.get(f"/api/plans/{plan.pk}/attachments/").json().keys() == papers.keys()


def test_batches_are_narrowed_by_the_same_words_as_other_lists(plan, cast, api):
    clerk = api(cast.clerk)
    made = post(clerk, "", "2024-06-19", plan=plan.pk).json()

    for words in (f"town={made['town_code']}", f"village={made['village_code']}", "q=石门", "q=nothing"):
        found = clerk.get(f"/api/applications/?{words}").json()["count"]
        assert found == (0 if "nothing" in words else 1)
