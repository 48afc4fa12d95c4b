"""Filings and suspensions through the API: a village of Ningxia from a decided plan to its resumption."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

import pytest

from subsidies.models import Filing
from tests import factories
from tests.subsidies import ningxia

pytestmark = pytest.mark.django_db


@pytest.fixture
def nx(base_data: None) -> SimpleNamespace:
    return factories.make_ningxia_cast()


@pytest.fixture
def yuanlong(nx: SimpleNamespace) -> factories.Village:
    return factories.make_ningxia_village(years=(2024, 2025))


def post(client, path, on, key="", **body):
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return client.post(f"/api/{path}", {"on": on, **body}, format="json", headers=headers)


def rows_of(client, plan, on):
    found = client.get(f"/api/filings/?plan={plan.pk}&on={on}").json()["results"]
    return {row["office"]: row for row in found}


@pytest.mark.rule("NX-17")
def test_the_worked_example_through_the_api(nx, yuanlong, api):
    plan = ningxia.resolved(yuanlong, nx)
    clerk, town, officer, agriculture = (
        api(getattr(nx, n)) for n in ("clerk", "township", "officer", "agriculture")
    )
    sent = post(clerk, f"plans/{plan.pk}/file/", "2024-08-27")
    assert (sent.status_code, sent.json()["state"]) == (200, "resolved")
    ids = {office: row["id"] for office, row in rows_of(clerk, plan, "2024-08-27").items()}

    filed = post(town, f"filings/{ids['town']}/acknowledge/", "2024-08-28").json()
    post(officer, f"filings/{ids['county_hr']}/acknowledge/", "2024-09-02")
    refused = post(clerk, f"plans/{plan.pk}/in-force/", "2024-09-03")
    applied = post(clerk, "applications/", "2024-09-03", plan=plan.pk)

    assert (filed["standing"], filed["number"], filed["answered_on"]) == (
        "已备案",
        "城乡居保集补备〔2024〕1号",
        "2024-08-28",
    )
    for answer in (refused, applied):
        assert (answer.status_code, answer.json()["code"]) == (422, "E-FILING")
        assert "县（市、区）农业农村部门2024年8月27日收到" in answer.json()["message"]
        assert answer.json()["clause"]
    waiting = rows_of(clerk, plan, "2024-09-03")["county_agriculture"]
    assert (waiting["standing"], waiting["due_on"], waiting["counts_on"]) == (
        "待备案",
        "2024-09-03",
        "2024-09-04",
    )
    assert rows_of(clerk, plan, "2024-09-04")["county_agriculture"]["standing"] == "视同备案"
    post(agriculture, f"filings/{ids['county_agriculture']}/acknowledge/", "2024-09-03")
    assert clerk.get(f"/api/plans/{plan.pk}/").json()["state"] == "filed"
    assert post(clerk, f"plans/{plan.pk}/in-force/", "2024-09-03").json()["state"] == "in_force"


@pytest.mark.rule("NX-17")
def test_a_return_and_what_is_refused(nx, yuanlong, api):
    plan = ningxia.sent(yuanlong, nx)
    own = plan.filings.get(office="county_agriculture").pk
    agriculture = api(nx.agriculture)

    empty = post(agriculture, f"filings/{own}/return/", "2024-08-29", reason="")
    foreign = post(api(nx.officer), f"filings/{own}/return/", "2024-08-29", reason="不清楚")
    elsewhere = post(api(nx.other_agriculture), f"filings/{own}/acknowledge/", "2024-08-29")
    done = post(agriculture, f"filings/{own}/return/", "2024-08-29", reason="不清楚")
    again = post(agriculture, f"filings/{own}/acknowledge/", "2024-08-29")

    assert [a.status_code for a in (empty, foreign, elsewhere, done, again)] == [400, 403, 404, 200, 409]
    assert (done.json()["standing"], done.json()["reason"]) == ("退回", "不清楚")


@pytest.mark.rule("NX-17")
def test_a_repeated_request_takes_one_number(nx, yuanlong, api):
    plan = ningxia.sent(yuanlong, nx)
    own = plan.filings.get(office="town").pk
    town = api(nx.township)

    first = post(town, f"filings/{own}/acknowledge/", "2024-08-28", key="once")
    second = post(town, f"filings/{own}/acknowledge/", "2024-08-28", key="once")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert list(Filing.objects.exclude(number="").values_list("number", flat=True)) == [
        "城乡居保集补备〔2024〕1号"
    ]


@pytest.mark.rule("NX-18")
@pytest.mark.rule("NX-19")
def test_suspended_and_resumed_through_the_api(nx, yuanlong, api):
    plan = ningxia.in_force(yuanlong, nx, year=2025, decided="2025-02-10", day="2025-02-11")
    clerk, officer, agriculture = api(nx.clerk), api(nx.officer), api(nx.agriculture)
    decision = {
        "body": "villagers_meeting",
        "resolution": "同意暂停",
        "called_count": 300,
        "attended_count": 260,
        "agreed_count": 250,
        **dict.fromkeys(
            ("met_on", "proposed_on", "discussed_on", "reviewed_on", "published_from"), "2025-03-03"
        ),
    }
    given = {"cause": "economic", "reason": "租约到期", "effective_on": "2025-03-15", "decision": decision}

    asked = post(clerk, "suspensions/", "2025-03-05", organisation=yuanlong.organisation.pk, **given)
    assert (asked.status_code, asked.json()["state"]) == (201, "filing")
    assert asked.json()["decision"]["agreed_count"] == 250
    pk = asked.json()["id"]
    early = post(officer, f"suspensions/{pk}/suspend/", "2025-03-10")
    assert (early.status_code, early.json()["code"]) == (422, "E-FILING")
    found = clerk.get(f"/api/filings/?suspension={pk}").json()["results"]
    ids = {row["office"]: row["id"] for row in found}
    post(officer, f"filings/{ids['county_hr']}/acknowledge/", "2025-03-06")
    post(agriculture, f"filings/{ids['county_agriculture']}/acknowledge/", "2025-03-07")
    assert post(officer, f"suspensions/{pk}/suspend/", "2025-03-15").json()["state"] == "suspended"
    stopped = post(clerk, "applications/", "2025-04-01", plan=plan.pk)
    assert (stopped.status_code, stopped.json()["code"]) == (422, "E-SUSPENDED")

    applied = post(clerk, f"suspensions/{pk}/resume/", "2026-02-01", reason="新厂房已经出租")
    back = post(officer, f"suspensions/{pk}/grant/", "2026-02-10", active_on="2026-02-09")
    granted = post(officer, f"suspensions/{pk}/grant/", "2026-02-10", active_on="2026-03-01")

    assert [applied.json()["state"], back.status_code] == ["resume_applied", 400]
    assert (granted.json()["state"], granted.json()["active_on"]) == ("resumed", "2026-03-01")
    late = post(clerk, "applications/", "2026-03-02", plan=plan.pk)
    assert (late.status_code, late.json()["code"]) == (422, "E-SUSPENDED")
    assert "2025年度不补办" in late.json()["message"]


def test_a_suspension_is_mended_withdrawn_and_refused_through_the_api(nx, yuanlong, api):
    clerk, officer = api(nx.clerk), api(nx.officer)
    asked = ningxia.ask_to_suspend(yuanlong, nx)
    own = asked.filings.get(office="county_hr").pk
    post(officer, f"filings/{own}/return/", "2025-03-06", reason="太简单")

    again = post(clerk, f"suspensions/{asked.pk}/file-again/", "2025-03-07", reason="年收入减少60万元")
    gone = post(clerk, f"suspensions/{asked.pk}/withdraw/", "2025-03-08")
    shut = post(officer, f"suspensions/{asked.pk}/refuse/", "2025-03-09", reason="不行")

    assert (again.json()["reason"], gone.json()["state"]) == ("年收入减少60万元", "withdrawn")
    assert (shut.status_code, shut.json()["code"]) == (409, "E-STATE")
    listed = clerk.get(f"/api/suspensions/?organisation={yuanlong.organisation.pk}").json()
    assert listed["count"] == 1
