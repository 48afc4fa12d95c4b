"""The registers: events (CS-24, JN-17), experience notes (CS-19), town summaries (JN-16), the checklist (CS-04)."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from core.errors import ActorNotPermitted, InvalidInput, NotInArea, TransitionNotAllowed
from core.models import Event as Happened
from desk.models import Outreach, Selection, Summary
from desk.registers import services
from desk.registers.services import Event, Note
from desk.reports import selectors
from desk.reports.scope import Ask
from tests import factories
from tests.desk.reports import made as m

pytestmark = pytest.mark.django_db
YUNTAI, YUTAI, YUTAI_TOWN = "500115130000", "370827000000", "370827101000"
MET = {key: {"is_met": True, "reason": "年收入50万元以上"} for key in ("经济实力", "党组织", "工作基础")}


def event(day="2024-09-03", attended=80, **more):
    given = {"kind": "explanation", "title": "集体补助政策讲解", "held_on": date.fromisoformat(day)}
    return Event(**(given | {"attended_count": attended} | more))


@pytest.mark.rule("CS-24")
def test_three_meetings_of_a_town_for_240_people_stand_in_its_report(cast, by):
    town = factories.account("yuntai", YUNTAI, factories.Role.TOWNSHIP)
    for number, attended in enumerate((60, 80, 100)):
        services.record_event(
            YUNTAI, by=by(town, "2024-10-09"), event=event(f"2024-10-0{number + 1}", attended)
        )

    made = m.report(cast.officer, "R15-events")

    row = m.rows_by_label(made)["云台镇"]
    assert (row.cells["events"], row.cells["attended"]) == (3, 240)
    assert m.figures_that_differ(cast.officer, made) == []
    assert made.table.totals == {"events": 3, "attended": 240}
    assert m.rows_by_label(m.report(cast.officer, "R15-events", fold="key"))["政策讲解"].cells["events"] == 3
    # R1 counts them beside the town's coverage.
    assert m.rows_by_label(m.report(cast.officer, "R1"))["云台镇"].cells["events"] == 3
    assert Happened.objects.filter(act="desk.record_event").first().clause == "CS 五（四）"


@pytest.mark.rule("JN-17")
def test_the_document_says_what_is_to_be_explained(base_data, by):
    officer = factories.account("yutai", YUTAI, factories.Role.OFFICER)
    made = services.record_event(
        YUTAI, by=by(officer, "2024-10-09"), event=event(explained=["yearly_sums", "purpose"])
    )
    assert made.explained == ["purpose", "yearly_sums"]
    with pytest.raises(InvalidInput) as refused:
        services.record_event(YUTAI, by=by(officer, "2024-10-09"), event=event(explained=["songs"]))
    assert "explained" in refused.value.fields


def test_an_event_names_a_kind_of_the_rulebook_a_past_day_and_people(cast, by):
    officer = by(cast.officer, "2024-10-09")
    for wrong, field in (
        ({"kind": "concert"}, "kind"),
        ({"held_on": date(2024, 10, 10)}, "held_on"),
        ({"attended_count": 0}, "attended_count"),
        ({"title": " "}, "title"),
    ):
        with pytest.raises(InvalidInput) as refused:
            services.record_event(factories.COUNTY, by=officer, event=event(**wrong))
        assert field in refused.value.fields
    with pytest.raises(NotInArea):
        services.record_event(YUTAI, by=officer, event=event())
    with pytest.raises(ActorNotPermitted):
        services.record_event(factories.COUNTY, by=by(cast.auditor, "2024-10-09"), event=event())
    assert not Outreach.objects.exists()


def test_a_struck_event_counts_nowhere_and_only_its_writer_strikes_it(cast, by):
    made = services.record_event(factories.SHIMEN, by=by(cast.clerk, "2024-10-09"), event=event())
    with pytest.raises(ActorNotPermitted):
        services.strike_event(made.pk, by=by(cast.officer, "2024-10-10"), reason="重复")
    services.strike_event(made.pk, by=by(cast.clerk, "2024-10-10"), reason="重复登记")
    assert m.report(cast.officer, "R15-events").table.rows == []
    with pytest.raises(TransitionNotAllowed):
        services.strike_event(made.pk, by=by(cast.clerk, "2024-10-10"), reason="再来")


@pytest.mark.rule("CS-19")
def test_a_village_that_subsidises_owes_a_note_of_its_experience(cast, by, village):
    m.posted(cast, village)
    before = m.rows_by_label(m.report(cast.officer, "R15-summaries", fold="village"))
    assert (before["石门村"].cells["due"], before["石门村"].cells["lacking"]) == (1, 1)

    note = Note(2024, "石门村的做法", "先算账，再开会，再补助。")
    made = services.write_summary(factories.SHIMEN, by=by(cast.clerk, "2024-12-20"), note=note)

    assert (made.level, made.term_no) == ("village", 0)
    report = m.report(cast.officer, "R15-summaries", fold="village")
    assert m.rows_by_label(report)["石门村"].cells["lacking"] == 0
    assert m.figures_that_differ(cast.officer, report) == []
    (remark,) = report.report.remarks(report.scope, report.table)
    assert "有特色、有成效、可复制" in remark.sentence and remark.clause
    assert m.rows_by_label(m.report(cast.officer, "R1", fold="village"))["石门村"].cells["notes"] == 1
    with pytest.raises(TransitionNotAllowed):
        services.write_summary(
            "500115002000", by=by(cast.township, "2024-12-20"), note=Note(2024, "镇里", "小结")
        )


@pytest.mark.rule("JN-16")
def test_a_town_of_jining_sums_up_every_three_months(base_data, by):
    town = factories.account("guting", YUTAI_TOWN, factories.Role.TOWNSHIP)
    by_town = by(town, "2024-10-08")
    for wrong in (0, 5):
        with pytest.raises(InvalidInput) as refused:
            services.write_summary(YUTAI_TOWN, by=by_town, note=Note(2024, "小结", "内容", wrong))
        assert "term_no" in refused.value.fields
    services.write_summary(YUTAI_TOWN, by=by_town, note=Note(2024, "三季度小结", "五个村开展", 3))
    with pytest.raises(TransitionNotAllowed):
        services.write_summary(YUTAI_TOWN, by=by_town, note=Note(2024, "三季度小结", "再报", 3))

    made = m.report(town, "R15-summaries", on=date(2024, 10, 8))

    # Three terms are over on 8 October, one is handed in.
    (row,) = made.table.rows
    assert (row.cells["due"], row.cells["written"], row.cells["lacking"]) == (3, 1, 2)
    assert "每3个月一次" in made.report.remarks(made.scope, made.table)[0].sentence


@pytest.mark.rule("CS-04")
def test_an_organisation_is_checked_against_the_three_criteria_with_reasons(cast, by):
    organisation = factories.organisation()
    officer = by(cast.officer, "2024-06-20")
    with pytest.raises(InvalidInput) as refused:
        services.check_selection(
            organisation.pk, by=officer, year=2024, answers=MET | {"党组织": {"is_met": True, "reason": " "}}
        )
    assert "reason_党组织" in refused.value.fields
    with pytest.raises(InvalidInput):
        services.check_selection(organisation.pk, by=officer, year=2024, answers={})

    made = services.check_selection(organisation.pk, by=officer, year=2024, answers=MET)

    assert [answer["label"] for answer in made.answers] == [
        "经济实力较强",
        "基层党组织坚强有力",
        "工作基础较好",
    ]
    assert made.is_recommended
    with pytest.raises(TransitionNotAllowed):
        services.check_selection(organisation.pk, by=officer, year=2024, answers=MET)
    weak = MET | {"经济实力": {"is_met": False, "reason": "没有经营收入"}}
    other = factories.organisation(factories.SHAXI)
    assert not services.check_selection(other.pk, by=officer, year=2024, answers=weak).is_recommended
    made = m.report(cast.officer, "R1", on=date(2024, 6, 30))
    assert m.rows_by_label(made)["晏家街道"].cells["chosen"] == 1
    assert m.figures_that_differ(cast.officer, made, on=date(2024, 6, 30)) == []


@pytest.mark.rule("CS-04")
def test_from_july_nobody_is_chosen_any_more(cast, by):
    with pytest.raises(TransitionNotAllowed):
        services.check_selection(
            factories.organisation().pk, by=by(cast.officer, "2024-07-01"), year=2024, answers=MET
        )


def test_the_pages_list_search_add_and_strike(cast, page, by):
    client = page(cast.clerk, on="2024-10-09")
    form = client.get("/outreach/new/").content.decode()
    assert "政策讲解" in form
    given = {
        "region": factories.SHIMEN, "kind": "explanation", "title": "院坝会", "held_on": "2024-10-01",
        "attended_count": "45",
    }  # fmt: skip
    wrong = client.post("/outreach/new/", {**given, "attended_count": "0", "request_key": "a" * 32})
    assert "院坝会" in wrong.content.decode()
    made = client.post("/outreach/new/", {**given, "request_key": "b" * 32})
    row = Outreach.objects.get()
    assert made.url == f"/outreach/{row.pk}/"
    for query in ("", "?q=院坝", "?year=2024&sort=-attended", "?show=struck", "?export=xlsx"):
        assert client.get(f"/outreach/{query}").status_code == 200
    assert "院坝会" in client.get("/outreach/?q=院坝").content.decode()
    assert "院坝会" not in client.get("/outreach/?year=2023").content.decode()
    client.post(made.url, {"reason": "记错了", "request_key": "c" * 32})
    row.refresh_from_db()
    assert (row.state, row.struck_reason) == ("struck", "记错了")
    assert "记错了" in client.get(made.url).content.decode()


def test_notes_and_checklists_have_their_pages_too(cast, page):
    clerk = page(cast.clerk, on="2024-12-20")
    given = {
        "region": factories.SHIMEN,
        "year": "2024",
        "title": "做法",
        "text": "一是算账。",
        "request_key": "a" * 32,
    }
    answer = clerk.post("/summaries/new/", given)
    assert answer.url == f"/summaries/{Summary.objects.get().pk}/"
    assert "一是算账" in clerk.get(answer.url).content.decode()
    assert "做法" in clerk.get("/summaries/").content.decode()
    organisation = factories.organisation()
    township = page(cast.township, on="2024-06-20")
    answers = {f"met_{key}": "yes" for key in MET} | {f"reason_{key}": "有台账" for key in MET}
    given = {"organisation": organisation.pk, "year": "2024", **answers, "request_key": "b" * 32}
    answer = township.post("/selections/new/", given)
    assert answer.url == f"/selections/{Selection.objects.get().pk}/"
    assert "经济实力较强" in township.get(answer.url).content.decode()
    assert "推荐" in township.get("/selections/").content.decode()
    assert "首批遴选已经结束" in page(cast.township, on="2024-09-01").get("/selections/new/").content.decode()


def test_the_registers_through_the_api(cast, api):
    def post(path, **body):
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return client.post(f"/api/{path}", {"on": "2024-06-20", **body}, format="json", headers=headers)

    client = api(cast.officer)
    made = post(
        "outreach/",
        region=factories.COUNTY,
        kind="training",
        title="业务培训",
        held_on="2024-06-19",
        attended_count=30,
    )
    assert (made.status_code, made.json()["attended_count"]) == (201, 30)
    struck = post(f"outreach/{made.json()['id']}/strike/", reason="记错")
    assert struck.json()["state"] == "struck"
    assert (
        post(
            "outreach/",
            region=factories.COUNTY,
            kind="concert",
            title="x",
            held_on="2024-06-19",
            attended_count=1,
        ).status_code
        == 400
    )
    checked = post("selections/", organisation=factories.organisation().pk, year=2024, answers=MET)
    assert checked.json()["is_recommended"] is True
    assert len(client.get("/api/selections/?year=2024").json()["results"]) == 1
    refused = post("summaries/", region="500115002000", year=2024, title="小结", text="内容")
    assert refused.status_code == 409
    assert selectors.made(cast.officer, "R15-events", Ask(year=2024), on=m.YEAR_END).table.rows == []
