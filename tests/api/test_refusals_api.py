"""What bad requests get from the API: always JSON with code, sentence, clause and rows, never a failure."""

from __future__ import annotations

import json
import uuid

import pytest

pytestmark = pytest.mark.django_db
SHAPE = {"code", "message", "clause", "rows", "figures"}


@pytest.fixture(autouse=True)
def _answered(client):
    client.raise_request_exception = False


def send(client, path, body, *, method="post", content_type="application/json"):
    client.raise_request_exception = False
    return client.generic(
        method.upper(),
        f"/api/{path}",
        body if isinstance(body, str | bytes) else json.dumps(body),
        content_type=content_type,
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def refused(answer, status, code):
    assert answer.headers["Content-Type"] == "application/json", answer.content[:200]
    assert set(answer.json()) >= SHAPE
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    return answer.json()


def test_without_a_token_the_code_is_that_of_the_list_of_reasons(client):
    told = refused(client.get("/api/plans/"), 401, "E-LOGIN")

    assert "登录" in told["message"]


def test_a_wrong_token_is_told_in_the_same_way(client):
    refused(client.get("/api/plans/", headers={"Authorization": "Token nonsense"}), 401, "E-LOGIN")


@pytest.mark.parametrize(
    "body", ["{", b"\xff\xfe", '{"year": NaN}', '{"kind": "\\ud800"}', "[" * 100_000, '{"a":' * 50_000]
)
def test_broken_json_is_told_in_chinese(cast, api, body):
    told = refused(send(api(cast.clerk), "plans/", body), 400, "E-INPUT")

    assert "JSON" in told["message"]
    assert "parse error" not in told["message"]


def test_an_address_that_does_not_exist_is_answered_in_json(cast, api):
    refused(api(cast.clerk).get("/api/nothing-here/"), 404, "E-NOT-FOUND")
    refused(api(cast.clerk).get("/api/plans/abc/"), 404, "E-NOT-FOUND")


def test_an_address_without_its_slash_is_still_redirected(cast, api):
    assert api(cast.clerk).get("/api/plans").status_code == 301


def test_a_page_beyond_the_last_is_not_found(cast, api):
    refused(api(cast.clerk).get("/api/plans/?page=99"), 404, "E-NOT-FOUND")


def test_another_method_or_format_has_its_code(cast, api):
    refused(send(api(cast.clerk), "plans/", {}, method="put"), 405, "E-METHOD")
    refused(send(api(cast.clerk), "plans/", "<a/>", content_type="application/xml"), 415, "E-MEDIA")


def test_a_number_beyond_every_column_is_malformed_and_no_failure(village, cast, api):
    plan = {"on": "2024-06-18", "organisation": village.organisation.pk, "year": 2024}
    huge = [{"method": "flat", "amount_fen": 10**30}]

    refused(send(api(cast.clerk), "plans/", plan | {"standards": huge}), 400, "E-INPUT")
    refused(api(cast.officer).get(f"/api/members/?organisation={10**30}"), 400, "E-INPUT")


def test_a_row_that_is_not_there_reads_like_one_of_another_area(village, cast, api):
    for organisation in (999_999, 10**30):
        plan = {"on": "2024-06-18", "organisation": organisation, "year": 2024}
        refused(send(api(cast.stranger), "plans/", plan), 404, "E-NOT-FOUND")
    plan["organisation"] = village.organisation.pk
    refused(send(api(cast.stranger), "plans/", plan), 404, "E-NOT-FOUND")


def test_a_wrong_state_found_inside_an_act_is_told_as_any_other_is(village, cast, api):
    member = f"members/{village.members[0].pk}"
    left = {"on": "2024-06-18", "reason": "迁出"}
    dead = {"on": "2024-06-18", "kind": "DEATH", "event_on": "2024-06-17"}
    copied = {
        "on": "2024-06-18",
        "organisation": village.organisation.pk,
        "year": 2024,
        "copy_last_year": True,
    }
    first = send(api(cast.clerk), f"{member}/status/", dead)
    assert first.status_code == 201, first.json()
    assert send(api(cast.clerk), f"{member}/leave/", left).status_code == 200

    told = refused(send(api(cast.clerk), f"{member}/leave/", left), 409, "E-STATE")
    assert told["message"] == "这名成员已经退出。"
    refused(send(api(cast.clerk), f"{member}/status/", dead), 409, "E-STATE")
    refused(send(api(cast.clerk), "plans/", copied), 409, "E-STATE")


def test_faults_inside_a_list_are_told_by_row_and_field(cast, api):
    row = {"name": "张三", "id_number": "500115199003071234", "year": 2024, "paid_on": "2024-02-30"}
    body = {"on": "2024-06-18", "rows": [row | {"paid_on": "2024-03-01", "personal_fen": 100}, row]}

    told = refused(send(api(cast.tax), "contributions/", body), 400, "E-INPUT")

    assert set(told["fields"]) == {"rows.1.personal_fen", "rows.1.paid_on"}
    assert all(isinstance(sentence, str) for sentences in told["fields"].values() for sentence in sentences)
    assert {(row["row"], row["field"]) for row in told["rows"]} == {(2, "personal_fen"), (2, "paid_on")}
    assert "第2行" in told["message"]


@pytest.mark.parametrize("on", ["20240618", "2024-W25-2", "2024-02-30", "2024-6-1"])
def test_a_business_date_is_written_in_one_way(village, cast, api, on):
    plan = {"on": on, "organisation": village.organisation.pk, "year": 2024}

    assert "on" in refused(send(api(cast.clerk), "plans/", plan), 400, "E-INPUT")["fields"]


def test_every_code_the_frame_answers_with_is_in_the_list_of_reasons(cast, api):
    rows = api(cast.clerk).get("/api/policies/reasons/?page_size=500").json()["results"]

    assert {"E-LOGIN", "E-INPUT", "E-METHOD", "E-MEDIA", "E-FAILURE", "E-NOT-FOUND", "E-ROLE"} <= {
        row["code"] for row in rows
    }


def test_a_failure_is_answered_in_json_with_its_number(cast, api, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("villages.api.MemberViewSet.get_queryset", fail)
    client = api(cast.clerk)
    client.raise_request_exception = False

    told = refused(client.get("/api/members/"), 500, "E-FAILURE")

    assert told["number"] in told["message"]


def test_a_contribution_for_a_year_far_ahead_is_a_slip(village, cast, api):
    who = village.persons[0]
    row = {"name": who.name, "id_number": who.id_cipher, "personal_fen": 50_000, "paid_on": "2024-03-06"}

    far = send(api(cast.tax), "contributions/", {"on": "2024-06-18", "rows": [row | {"year": 2031}]})
    next_year = send(api(cast.tax), "contributions/", {"on": "2024-06-18", "rows": [row | {"year": 2025}]})

    assert (far.status_code, far.json()["rows"][0]["code"]) == (422, "E-DATE")
    assert next_year.status_code == 201
