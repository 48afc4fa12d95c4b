"""Pages and API of the rulebooks: everybody reads them, marks and clauses beside every value."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

CHANGSHOU = "500115000000"


@pytest.fixture
def page(cast):
    """Get a page as the village clerk, as text."""

    def get(address, **query):
        client = Client()
        client.force_login(cast.clerk)
        answer = client.get(address, query)
        return answer.status_code, answer.content.decode()

    return get


@pytest.fixture
def api(cast):
    client = APIClient()
    client.force_authenticate(cast.clerk)
    return client


def test_the_list_begins_with_the_readers_own_county(page):
    status, text = page("/policies/")

    assert status == 200
    assert (
        text.index("长寿区")
        < text.index("重庆市人民政府办公厅关于完善")
        < text.index("中华人民共和国社会保险法")
    )


def test_a_rulebook_shows_value_clause_span_and_words(page):
    status, text = page(f"/policies/{CHANGSHOU}/")

    assert status == 200
    assert "60%" in text and "2024年度" in text
    assert "长寿府办发〔2024〕49号 三（二）二" in text
    assert "2024年奖励金额不超过村集体经济组织年度补助金额的60%" in text


def test_marked_values_can_be_seen_alone(page):
    _status, text = page(f"/policies/{CHANGSHOU}/", mark="illustrative")

    assert "缴款通知书的缴款期限" in text
    assert "奖励比例上限" not in text
    assert '<span class="mark"' in text


def test_words_that_could_not_be_had_are_not_invented(page):
    _status, text = page("/policies/500000000000/")

    assert "没有取得原文" in text
    assert "日期为推定" in text


def test_a_place_without_rulebook_reads_as_not_found(page):
    assert page("/policies/500243000000/")[0] == 404


def test_nobody_reads_without_login(base_data):
    assert Client().get("/policies/").status_code == 302
    assert APIClient().get("/api/policies/").status_code == 401


def queries_of(client, address, **query):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, query).status_code == 200
    return len(captured)


def test_a_rulebook_costs_the_same_queries_however_many_values_it_shows(cast):
    client = Client()
    client.force_login(cast.clerk)
    # The first look fills what the process keeps of the rulebook.
    queries_of(client, f"/policies/{CHANGSHOU}/")

    few = queries_of(client, f"/policies/{CHANGSHOU}/", mark="public")

    assert queries_of(client, f"/policies/{CHANGSHOU}/") == few


def test_the_api_gives_a_villages_rulebook_with_clauses(api):
    answer = api.get("/api/policies/500115002203/", {"on": "2025-02-01", "name": "reward_ceiling"}).json()

    assert [(one["text"], one["year_from"]) for one in answer["values"]] == [
        ("60", 2024),
        ("40", 2025),
        ("20", 2026),
    ]
    assert answer["values"][0]["clause"]["key"] == "三（二）二"
    assert answer["version"]


def test_the_api_gives_the_tiers_of_one_year(api):
    answer = api.get(
        "/api/policies/500115002203/", {"on": "2024-06-19", "name": "contribution_tier", "year": "2024"}
    ).json()

    assert [one["key"] for one in answer["values"]][-1] == "300000"


def test_the_whole_rulebook_of_a_village_has_no_value_twice(api):
    values = api.get("/api/policies/500115002203/", {"on": "2025-06-19"}).json()["values"]

    spans = [(one["name"], one["key"], one["year_from"]) for one in values]
    assert len(spans) == len(set(spans)) > 200


@pytest.mark.parametrize(
    ("query", "status"), [({"on": "19.6."}, 400), ({"year": "zwei"}, 400), ({"name": "no_such"}, 200)]
)
def test_malformed_questions_are_answered_with_a_sentence(api, query, status):
    answer = api.get("/api/policies/500115002203/", query)

    assert answer.status_code == status


def test_what_is_no_place_is_not_found(api):
    assert api.get("/api/policies/changshou/").status_code == 404


def test_documents_regions_and_reasons_are_listed(api):
    documents = api.get("/api/policies/documents/", {"key": "CS"}).json()["results"]

    assert documents[0]["clauses"][0]["label"] == "印发通知"
    assert api.get("/api/policies/").json()[0]["code"] == CHANGSHOU
    assert api.get("/api/policies/reasons/", {"severity": "exclude"}).json()["count"] == 8
