"""Plans from draft to force, through the services."""

from __future__ import annotations

from datetime import date

import pytest

from subsidies.enums import PlanKind, PlanState
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.rules.standards import StandardRow
from subsidies.selectors import plans as selectors
from subsidies.services import plans as services
from subsidies.services.plans import PlanContent

pytestmark = pytest.mark.django_db


def flat(yuan: int, **conditions) -> StandardRow:
    return StandardRow(amount_fen=yuan * 100, **conditions)


def content(
    *rows: StandardRow, source: int = 300_000, source_type: str = "distributable_income"
) -> PlanContent:
    return PlanContent(
        beneficiaries="已完成当年（或上年度）个人缴费的本组织成员",
        procedure="拟定方案、民主决策、申请、核实、缴款、记账、反馈",
        sources=[Source(source_type, source * 100)],
        standards=rows or (flat(200),),
    )


def decision(met_on: str = "2024-06-20", **changes) -> DecisionFacts:
    facts = {
        "body": "member_representatives",
        "met_on": date.fromisoformat(met_on),
        "posted_on": date.fromisoformat(met_on).replace(day=1),
        "published_from": date.fromisoformat(met_on),
        "called_count": 312,
        "attended_count": 248,
        "agreed_count": 231,
        "against_count": 10,
        "abstained_count": 7,
        "resolution": "同意本年度集体补助方案",
    }
    return DecisionFacts(**(facts | changes))


def in_force(village, by, clerk, *rows, on="2024-06-21", met_on="2024-06-20", year=2024):
    organisation = village.organisation
    plan = services.draft_plan(organisation.pk, by=by(clerk, on), year=year, content=content(*rows))
    services.record_decision(plan.pk, by=by(clerk, on), record=decision(met_on))
    return services.put_in_force(plan.pk, by=by(clerk, on))


def test_a_flat_plan_goes_from_draft_to_force(village, cast, by):
    plan = in_force(village, by, cast.clerk)

    assert plan.state == PlanState.IN_FORCE
    assert (plan.estimated_count, plan.estimated_fen) == (30, 600_000)
    assert plan.number == "晏石门补案〔2024〕1号"
    assert selectors.plan_in_force(village.organisation.pk, 2024) == plan
    assert selectors.plan_in_force(village.organisation.pk, 2025) is None
    assert selectors.plan_in_force(village.organisation.pk, 2024, PlanKind.SUPPLEMENTARY) is None


CONTENT = {
    "beneficiaries": "已缴费的成员",
    "procedure": "申请、核实、缴款、记账、反馈",
    "sources": [{"source_type": "distributable_income", "amount_fen": 30_000_000}],
    "standards": [{"amount_fen": 20_000}],
}
DECISION = {
    "body": "member_representatives",
    "met_on": "2024-06-20",
    "posted_on": "2024-06-09",
    "published_from": "2024-06-20",
    "called_count": 312,
    "attended_count": 248,
    "agreed_count": 231,
    "resolution": "同意",
}


def send(client, path, body, key, **more):
    return client.post(f"/api/{path}", body, format="json", headers={"Idempotency-Key": key}, **more)


def test_the_api_drives_a_plan_into_force(village, cast, api):
    client = api(cast.clerk)
    made = send(
        client,
        "plans/",
        {"organisation": village.organisation.pk, "year": 2024, "on": "2024-06-21"} | CONTENT,
        "a",
    )
    assert made.status_code == 201, made.data
    pk = made.data["id"]

    decided = send(client, f"plans/{pk}/decision/", DECISION | {"on": "2024-06-21"}, "b")
    assert decided.status_code == 200, decided.data
    assert decided.data["state"] == "resolved"
    done = send(client, f"plans/{pk}/in-force/", {"on": "2024-06-21"}, "c")

    assert done.status_code == 200, done.data
    assert (done.data["state"], done.data["estimated_fen"]) == ("in_force", 600_000)
    again = send(client, f"plans/{pk}/in-force/", {"on": "2024-06-21"}, "c")
    assert (again.status_code, again.headers["Idempotent-Replay"]) == (200, "true")
    cost = client.get(f"/api/plans/{pk}/estimate/?on=2024-06-21")
    assert (cost.status_code, cost.data["count"], cost.data["amount_fen"]) == (200, 30, 600_000)
    assert client.get("/api/plans/").data["count"] == 1


def test_whether_another_village_has_a_plan_is_not_told(village, cast, by, api):
    """With or without one, copying it or applying under it reads alike: there is no such village here."""
    answers = []
    for has_plan in (False, True):
        if has_plan:
            in_force(village, by, cast.clerk)
        client = api(cast.stranger)
        copied = {
            "organisation": village.organisation.pk,
            "year": 2025,
            "copy_last_year": True,
            "on": "2025-06-20",
        }
        applied = {"organisation": village.organisation.pk, "year": 2024, "on": "2024-06-21"}
        for address, body in (("plans", copied), ("applications", applied)):
            answer = client.post(
                f"/api/{address}/", body, format="json", headers={"Idempotency-Key": f"{address}{has_plan}"}
            )
            answers.append((address, answer.status_code, answer.data["code"], answer.data["message"]))

    assert answers[:2] == answers[2:]
    assert {answer[1] for answer in answers} == {404}
