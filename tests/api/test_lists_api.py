"""Every list of the API is narrowed and paged in the same words."""

from __future__ import annotations

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
