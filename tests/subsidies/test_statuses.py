"""Status lists (F19) as sheet and through the API."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from core.errors import RuleViolation
from core.imports.services import confirm_import, undo_import, upload_sheet
from subsidies.services.applications import draw_up_application, withdraw_lines
from tests import factories
from tests.subsidies.stages import submitted
from villages.models import PersonStatus

pytestmark = pytest.mark.django_db
ON = "2024-06-25"


def sheet(*rows) -> bytes:
    lines = [("姓名", "身份证号码", "事由", "发生日期"), *rows]
    return "\n".join(",".join(map(str, line)) for line in lines).encode("utf-8-sig")


def bring_in(by, actor, *rows):
    return upload_sheet("person_statuses", name="状态变更.csv", content=sheet(*rows), by=by(actor, ON))


def test_a_list_is_read_judged_written_and_can_be_taken_back(village, cast, by):
    submitted(village, cast, by)
    person, stranger = village.persons[0], factories.person()

    upload = bring_in(
        by, cast.officer, (person.name, person.id_cipher, "死亡", "2024-06-20"),
        (stranger.name, stranger.id_cipher, "死亡", "2024-06-20"),
    )  # fmt: skip
    assert (upload.new_count, upload.faulty_count) == (1, 1)
    confirm_import(upload.pk, by=by(cast.officer, ON))

    status = PersonStatus.objects.get()
    assert (status.person, status.kind, status.village_code) == (
        person,
        "DEATH",
        village.organisation.village_code,
    )
    undo_import(upload.pk, by=by(cast.officer, ON))
    assert not PersonStatus.objects.exists()


def test_a_report_after_which_somebody_was_withdrawn_is_not_taken_back(village, cast, by):
    application = submitted(village, cast, by)
    person = village.persons[0]
    upload = bring_in(by, cast.officer, (person.name, person.id_cipher, "死亡", "2024-06-20"))
    confirm_import(upload.pk, by=by(cast.officer, ON))
    line = application.lines.get(person=person)
    withdraw_lines(
        application.pk, by=by(cast.clerk, ON), line_ids=[line.pk], reason="DEATH", event_on=date(2024, 6, 20)
    )

    with pytest.raises(RuleViolation, match="已据此撤回补助"):
        undo_import(upload.pk, by=by(cast.officer, ON))

    assert PersonStatus.objects.filter(person=person).exists()


def test_another_name_under_the_number_stops_the_row(village, cast, by):
    person = village.persons[0]

    upload = bring_in(by, cast.officer, ("欧阳不同", person.id_cipher, "死亡", "2024-06-20"))

    assert upload.faulty_count == 1


def post(client, **body):
    headers = {"Idempotency-Key": uuid4().hex}
    return client.post("/api/person-statuses/", {"on": ON, **body}, format="json", headers=headers)


def test_the_api_takes_a_list_and_answers_without_the_number(village, cast, api):
    person = village.persons[0]
    rows = [{"id_number": person.id_cipher, "kind": "OTHER_PENSION", "event_on": "2024-06-20"}]

    answer = post(api(cast.officer), rows=rows)

    assert answer.status_code == 201
    assert answer.json()[0]["id_last4"] == person.last4
    assert person.id_cipher not in answer.content.decode()
    assert api(cast.clerk).get("/api/person-statuses/").json()["count"] == 1
    assert api(cast.stranger).get("/api/person-statuses/").json()["count"] == 0


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"kind": "DEATH", "event_on": "2024-06-20"}, 400),
        ({"person": 0, "kind": "DEATH", "event_on": "2024-06-20"}, 404),
        ({"id_number": "500115197505049999", "kind": "DEATH", "event_on": "2024-06-20"}, 404),
        ({"person": 1, "kind": "MOON", "event_on": "2024-06-20"}, 400),
    ],
)
def test_a_row_that_cannot_be_is_refused(row, status, village, cast, api):
    assert post(api(cast.officer), rows=[row]).status_code == status
    assert not PersonStatus.objects.exists()


def test_an_event_after_the_business_date_is_refused(village, cast, api):
    row = {"person": village.persons[0].pk, "kind": "DEATH", "event_on": "2024-06-26"}

    assert post(api(cast.officer), rows=[row]).status_code == 400


def test_a_clerk_brings_no_status_list_in(village, cast, api):
    row = {"person": village.persons[0].pk, "kind": "DEATH", "event_on": "2024-06-20"}

    assert post(api(cast.clerk), rows=[row]).status_code == 403


@pytest.mark.rule("CS-28")
@pytest.mark.parametrize(
    ("reason", "code"), [("DEATH", "E-DEAD"), ("OTHER_PENSION", "E-PENSION"), ("OTHER", "")]
)
def test_who_was_withdrawn_as_dead_is_not_listed_again(village, cast, by, reason, code):
    application = submitted(village, cast, by)
    line = application.lines.first()
    withdraw_lines(
        application.pk, by=by(cast.clerk, ON), line_ids=[line.pk], reason=reason,
        event_on=date(2024, 6, 18), note="另有情形",
    )  # fmt: skip

    if not code:
        second = draw_up_application(application.plan_id, by=by(cast.clerk, ON))
        assert [row.person_id for row in second.lines.all()] == [line.person_id]
        return
    with pytest.raises(RuleViolation) as refused:
        draw_up_application(application.plan_id, by=by(cast.clerk, ON))
    assert refused.value.code == "E-EMPTY"
    assert refused.value.figures["left_out"][code] == 1
