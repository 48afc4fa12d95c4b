"""实施结果公开, the sixth part of 四议两公开: recorded after posting, and no batch closes without it (NX-15)."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from core.errors import BusinessDateRefused, InvalidInput, RuleViolation, TransitionNotAllowed
from core.models import Event
from subsidies.models import Application
from subsidies.services import plans, publishing
from subsidies.services.informing import record_informed, send_feedback
from tests import factories
from tests.batches import posted_batch
from tests.subsidies import ningxia

pytestmark = pytest.mark.django_db
TOLD = "2024-09-20"


@pytest.fixture
def cast_nx(base_data):
    return factories.make_ningxia_cast()


@pytest.fixture
def plan(cast_nx):
    return ningxia.in_force(factories.make_ningxia_village(), cast_nx)


@pytest.fixture
def batch(plan, cast_nx):
    """Posted on 2024-09-12, fed back and everybody told."""
    village = factories.Village(plan.organisation)
    row = ningxia.posted(village, cast_nx, plan)
    send_feedback(row.pk, by=ningxia.on(cast_nx.officer, "2024-09-13"))
    record_informed(row.pk, by=ningxia.on(cast_nx.clerk, TOLD), method="publicity")
    row.refresh_from_db()
    return row


@pytest.mark.rule("NX-15")
def test_everybody_told_is_not_closed_before_the_result_is_public(batch, cast_nx):
    found = publishing.closing_finding(batch, on=date(2024, 9, 20))

    assert batch.state == "informed"
    assert found.code == "E-DECISION"
    assert "实施结果公开" in found.sentence and "2024年9月12日记的账" in found.sentence
    assert "四议两公开" in found.clause


@pytest.mark.rule("NX-15")
def test_making_the_result_public_closes_the_batch(batch, plan, cast_nx):
    publishing.publish_result(
        plan.pk, by=ningxia.on(cast_nx.clerk, "2024-12-06"), published_on=date(2024, 12, 5)
    )

    batch.refresh_from_db()
    plan.decision.refresh_from_db()
    assert (batch.state, plan.decision.result_published_on) == ("closed", date(2024, 12, 5))
    assert Event.objects.filter(act="subsidies.close_batch", object_id=batch.pk).count() == 1


@pytest.mark.rule("NX-15")
@pytest.mark.parametrize(
    ("day", "said"), [(date(2024, 9, 11), "还没有记账"), (date(2024, 12, 7), "以后，请在公开以后再登记")]
)
def test_the_result_is_made_public_between_posting_and_recording(batch, plan, cast_nx, day, said):
    with pytest.raises(BusinessDateRefused, match=said):
        publishing.publish_result(plan.pk, by=ningxia.on(cast_nx.clerk, "2024-12-06"), published_on=day)

    batch.refresh_from_db()
    assert batch.state == "informed"


def publish(plan, cast_nx, day, *, on="2024-12-20", **more):
    act = ningxia.on(cast_nx.clerk, on)
    return publishing.publish_result(plan.pk, by=act, published_on=date.fromisoformat(day), **more)


@pytest.mark.rule("NX-15")
@pytest.mark.parametrize("day", ["2024-11-05", "2024-12-05", "2024-12-10"])
def test_a_recorded_day_is_not_moved_without_a_reason(batch, plan, cast_nx, day):
    publish(plan, cast_nx, "2024-12-05")

    with pytest.raises(RuleViolation, match="已经登记为2024年12月5日") as refused:
        publish(plan, cast_nx, day)

    plan.decision.refresh_from_db()
    assert refused.value.code == "E-PUBLISHED"
    assert plan.decision.result_published_on == date(2024, 12, 5)


@pytest.mark.rule("NX-15")
def test_a_correction_keeps_who_when_why_and_what_stood_before(batch, plan, cast_nx, page, api):
    publish(plan, cast_nx, "2024-12-05")
    address, typed = (
        reverse("result-publish", args=[plan.pk]),
        {"published_on": "2024-11-05", "request_key": "a"},
    )
    clerk = page(cast_nx.clerk, on="2024-12-20")
    form = clerk.get(address).content.decode()
    assert "上次登记的公开日期是2024年12月5日" in form and "更正的理由" in form
    assert "写明更正的理由" in clerk.post(address, typed).content.decode()

    clerk.post(address, typed | {"reason": "月份写错", "request_key": "b"})

    plan.decision.refresh_from_db()
    assert plan.decision.result_published_on == date(2024, 11, 5)
    event = Event.objects.filter(act="subsidies.publish_result").latest("pk")
    assert (event.actor, event.note.text, event.figures["former"]) == (
        cast_nx.clerk,
        "月份写错",
        "2024-12-05",
    )
    answer = api(cast_nx.clerk).post(
        f"/api/plans/{plan.pk}/publish-result/",
        {"on": "2024-12-21", "published_on": "2024-11-06"},
        format="json",
        headers={"Idempotency-Key": "c"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "E-PUBLISHED")


@pytest.mark.rule("NX-15")
def test_no_correction_leaves_a_batch_closed_before_its_result_was_public(batch, plan, cast_nx):
    publish(plan, cast_nx, "2024-12-05")
    batch.lines.filter(pk=batch.lines.first().pk).update(posted_on=date(2024, 9, 11))

    with pytest.raises(RuleViolation, match="第1批是按2024年12月5日公开办结的") as refused:
        publish(plan, cast_nx, "2024-09-11", reason="日期写错")

    assert refused.value.code == "E-PUBLISHED"


@pytest.mark.rule("NX-15")
def test_a_later_batch_s_publication_is_recorded_without_a_reason(batch, plan, cast_nx):
    publish(plan, cast_nx, "2024-12-05")
    batch.lines.filter(pk=batch.lines.first().pk).update(posted_on=date(2024, 12, 10))

    publish(plan, cast_nx, "2024-12-12")

    plan.decision.refresh_from_db()
    assert plan.decision.result_published_on == date(2024, 12, 12)


@pytest.mark.rule("NX-15")
def test_a_publication_recorded_late_needs_no_reason_though_more_was_posted_since(batch, plan, cast_nx):
    publish(plan, cast_nx, "2024-09-13")
    first, second = batch.lines.all()[:2]
    batch.lines.filter(pk=first.pk).update(posted_on=date(2024, 10, 10))
    batch.lines.filter(pk=second.pk).update(posted_on=date(2024, 12, 10))

    publish(plan, cast_nx, "2024-10-12")

    plan.decision.refresh_from_db()
    assert plan.decision.result_published_on == date(2024, 10, 12)
    with pytest.raises(RuleViolation, match="到2024年10月20日为止的记账那次都已公开") as refused:
        publish(plan, cast_nx, "2024-10-20")
    assert refused.value.code == "E-PUBLISHED"


@pytest.mark.rule("NX-15")
def test_nothing_posted_is_nothing_to_publish(plan, cast_nx):
    with pytest.raises(TransitionNotAllowed, match="没有实施结果"):
        publishing.publish_result(
            plan.pk, by=ningxia.on(cast_nx.clerk, "2024-12-06"), published_on=date(2024, 12, 5)
        )


@pytest.mark.rule("NX-15")
def test_the_result_cannot_be_promised_with_the_decision(cast_nx):
    village = factories.make_ningxia_village()
    content = plans.PlanContent(beneficiaries="成员", procedure="", sources=[], standards=[])
    draft = plans.draft_plan(
        village.organisation.pk, by=ningxia.on(cast_nx.clerk, "2024-08-26"), year=2024, content=content
    )
    record = ningxia.decision("2024-08-26", result_published_on=date(2024, 12, 5))

    with pytest.raises(InvalidInput) as refused:
        plans.record_decision(draft.pk, by=ningxia.on(cast_nx.clerk, "2024-08-26"), record=record)

    assert list(refused.value.fields) == ["result_published_on"]


@pytest.mark.rule("NX-15")
def test_the_clerk_is_told_on_the_batch_s_page_and_records_the_day(batch, plan, cast_nx, page):
    clerk = page(cast_nx.clerk, on="2024-12-06")
    shown = clerk.get(reverse("inform-batch", args=[batch.pk])).content.decode()
    form = clerk.get(reverse("result-publish", args=[plan.pk])).content.decode()
    wrong = clerk.post(
        reverse("result-publish", args=[plan.pk]), {"published_on": "2024-09-01", "request_key": "a"}
    ).content.decode()
    clerk.post(reverse("result-publish", args=[plan.pk]), {"published_on": "2024-12-05", "request_key": "b"})
    after = clerk.get(reverse("inform-batch", args=[batch.pk])).content.decode()

    assert "还没有登记“实施结果公开”" in shown and reverse("result-publish", args=[plan.pk]) in shown
    assert "第1批" in form
    assert "还没有记账" in wrong
    assert "已办结" in after and "还没有登记" not in after


@pytest.mark.rule("NX-15")
def test_the_result_is_published_through_the_api(batch, plan, cast_nx, api):
    answer = api(cast_nx.clerk).post(
        f"/api/plans/{plan.pk}/publish-result/",
        {"on": "2024-12-06", "published_on": "2024-12-05"},
        format="json",
        headers={"Idempotency-Key": "a"},
    )

    assert answer.status_code == 200, answer.data
    assert Application.objects.get(pk=batch.pk).state == "closed"


@pytest.mark.rule("CS-33")
def test_changshou_asks_for_no_publication_and_closes_with_the_telling(village, cast, by):
    row = posted_batch(village, cast)
    send_feedback(row.pk, by=by(cast.officer, "2024-07-01"))

    done = record_informed(row.pk, by=by(cast.clerk, "2024-07-02"), method="publicity")

    assert done.state == "closed"
