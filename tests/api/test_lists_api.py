"""Every list of the API is narrowed and paged in the same words."""

from __future__ import annotations

import uuid

import pytest

pytestmark = pytest.mark.django_db
PLACED = (
    "applications", "plans", "notices", "contributions", "members", "organisations", "person-statuses",
    "person-changes", "informing", "refunds", "postings", "posted-lines", "rewards", "events",
)  # fmt: skip


@pytest.mark.parametrize("path", PLACED)
def test_a_list_of_placed_rows_knows_town_and_village(village, cast, api, path):
    client = api(cast.officer)
    schema = client.get("/api/schema/?format=json").json()

    for name in ("town", "village"):
        known = [p["name"] for p in schema["paths"][f"/api/{path}/"]["get"]["parameters"]]
        assert known.count(name) == 1
        assert client.get(f"/api/{path}/?{name}=500115999000").json()["count"] == 0


def test_no_more_than_500_rows_a_page_and_the_schema_says_so(village, cast, api):
    parameters = (
        api(cast.officer)
        .get("/api/schema/?format=json")
        .json()["paths"]["/api/members/"]["get"]["parameters"]
    )
    (size,) = [p for p in parameters if p["name"] == "page_size"]

    assert size["schema"]["maximum"] == 500


def test_reading_may_be_malformed_too_and_the_schema_says_so(cast, api):
    operation = api(cast.officer).get("/api/schema/?format=json").json()["paths"]["/api/members/"]["get"]

    assert "400" in operation["responses"]


def test_a_standard_for_a_kind_of_person_takes_its_name_and_refuses_what_is_none(village, cast, api):
    def draft(kind, year):
        row = {"method": "flat", "amount_fen": 20_000, "person_kind": kind}
        body = {"on": "2024-06-18", "organisation": village.organisation.pk, "year": year, "standards": [row]}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return api(cast.clerk).post("/api/plans/", body, format="json", headers=key)

    unknown, named = draft("nobody", 2024), draft("低保对象", 2024)

    assert unknown.status_code == 400
    assert "minimum_living_allowance" in unknown.json()["message"]
    assert named.json()["standards"][0]["person_kind"] == "minimum_living_allowance"


@pytest.mark.parametrize("path", ["determine/", "approve/"])
def test_a_reward_named_twice_is_malformed(cast, api, path):
    client = api(cast.officer if path == "determine/" else cast.finance)
    body = {"on": "2025-01-13", "year": 2024, "rows": [{"reward": 1}, {"reward": 1}]}
    key = {"Idempotency-Key": uuid.uuid4().hex}

    answer = client.post(f"/api/rewards/{path}", body, format="json", headers=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "E-INPUT")
