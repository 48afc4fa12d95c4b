"""Closing a county's year: what is open, two persons, the reports kept, and nothing more of that year afterwards."""

from __future__ import annotations

from datetime import date

import pytest

from core.errors import (
    ActorNotPermitted,
    InvalidInput,
    NotInArea,
    PensionError,
    RuleViolation,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.models import Event
from desk.closing import selectors
from desk.closing.items import open_items
from desk.closing.services import confirm_closing, propose_closing, refuse_closing
from desk.models import LeftOver, ReportSnapshot, YearClosing
from desk.reports.catalogue import REPORTS
from policies.amendments.requests import AmendmentRequest
from policies.amendments.services import approve_amendment, propose_amendment
from policies.models import Clause
from rewards import services as rewards
from subsidies.models import Line, Plan
from subsidies.rules.refunds import RefundRequest
from subsidies.services.applications import draw_up_application, submit_application
from subsidies.services.attachments import Paper
from subsidies.services.plans import draft_plan, put_in_force, record_decision, revise_plan
from subsidies.services.refunds import approve_refund, ask_refund, record_refund_paid, verify_refund
from tests import factories
from tests.desk.reports import made as m
from tests.subsidies import gifts
from tests.subsidies.stages import PDF, _decision
from villages.enums import Role

pytestmark = pytest.mark.django_db
COUNTY, AFTER, LATER = factories.COUNTY, date(2025, 2, 10), date(2025, 2, 12)


@pytest.fixture
def year(cast, village):
    """石门村's 2024 posted and told."""
    batch = m.posted(cast, village)
    m.year_of(cast, village).inform(batch, date(2024, 7, 1))
    return batch


def keys(on=AFTER):
    return {item.kind.key: item for item in open_items(COUNTY, 2024, on=on)}


def left(reason="2025年继续办理", on=AFTER):
    return {item.key: reason for item in open_items(COUNTY, 2024, on=on)}


def proposed(cast, by, **more):
    return propose_closing(COUNTY, 2024, by=by(cast.officer, AFTER), leaving=left(), **more)


def closed(cast, by):
    return confirm_closing(proposed(cast, by).pk, by=by(cast.reviewer, LATER))


def refund_of(line, cast, by, on):
    evidence = [Paper("evidence", "证明.pdf", PDF, is_sealed=True)]
    request = RefundRequest("WRONG_PERSON", date(2024, 6, 20))
    refund = ask_refund(line.pk, by=by(cast.clerk, on), request=request, papers=evidence)
    verify_refund(refund.pk, by=by(cast.officer, on))
    approve_refund(refund.pk, by=by(cast.reviewer, on))
    return record_refund_paid(refund.pk, by=by(cast.tax, on), voucher="T-1")


def test_the_list_names_everything_that_is_open_with_its_page(cast, by, village, page):
    acts = m.year_of(cast, village)
    batch = m.batch_of(acts)
    assert set(keys()) == {"draft"}
    acts.submit(batch, date(2024, 6, 20))
    assert set(keys()) == {"batch"}
    acts.verify(batch, date(2024, 6, 24))
    notice = acts.confirm(batch, date(2024, 6, 25))
    assert set(keys()) == {"notice"}
    acts.remit(notice, date(2024, 6, 27), voucher="V-1", leave_out=1)
    assert set(keys()) == {"notice", "difference"}
    acts.post(batch, date(2024, 6, 28))
    assert {"notice", "difference", "reward_missing"} == set(keys())

    shown = page(cast.officer, on="2025-02-10").get("/closings/new/2024/").content.decode()

    for item in open_items(COUNTY, 2024, on=AFTER):
        assert f'href="{item.url}"' in shown and item.kind.title in shown
        assert page(cast.officer, on="2025-02-10").get(item.url).status_code == 200


def test_a_year_that_still_takes_applications_is_not_closed(cast, by, year):
    with pytest.raises(RuleViolation) as refused:
        propose_closing(COUNTY, 2024, by=by(cast.officer, "2024-12-31"), leaving=left())
    assert refused.value.code == "E-YEAR-OPEN" and "受理到2024年12月31日" in refused.value.message


def test_what_is_open_must_be_ended_or_left_over_with_a_reason(cast, by, year):
    assert set(keys()) == {"reward_missing"}
    with pytest.raises(RuleViolation) as refused:
        propose_closing(COUNTY, 2024, by=by(cast.officer, AFTER), leaving={})
    assert refused.value.code == "E-YEAR-OPEN" and "石门村" in refused.value.message
    with pytest.raises(InvalidInput):
        propose_closing(COUNTY, 2024, by=by(cast.officer, AFTER), leaving=left(" "))
    assert not YearClosing.objects.exists()


def test_a_batch_under_verification_may_not_be_left_over(cast, by, village):
    acts = m.year_of(cast, village)
    acts.submit(m.batch_of(acts), date(2024, 6, 20))
    with pytest.raises(RuleViolation) as refused:
        proposed(cast, by)
    assert refused.value.rows[0]["title"] == "没有办结核实的申请"


def test_two_persons_close_a_year_and_it_says_who_when_and_what_was_left(cast, by, year):
    both = factories.account("both", COUNTY, factories.Role.OFFICER, factories.Role.REVIEWER)
    first = propose_closing(COUNTY, 2024, by=by(both, AFTER), leaving=left(), remark="奖励下年办")
    with pytest.raises(SeparationOfDuties):
        confirm_closing(first.pk, by=by(both, AFTER))
    with pytest.raises(ActorNotPermitted):
        confirm_closing(first.pk, by=by(cast.finance, AFTER))
    with pytest.raises(TransitionNotAllowed):
        proposed(cast, by)

    done = confirm_closing(first.pk, by=by(cast.reviewer, LATER))

    assert (done.state, done.proposed_by, done.closed_by, done.closed_on) == (
        "closed",
        both,
        cast.reviewer,
        LATER,
    )
    (over,) = LeftOver.objects.all()
    assert (over.kind, over.reason, over.village_code) == (
        "reward_missing",
        "2025年继续办理",
        factories.SHIMEN,
    )
    event = Event.objects.get(act="desk.confirm_closing")
    assert (event.rows_count, event.figures) == (1, {"year": 2024})
    with pytest.raises(TransitionNotAllowed):
        confirm_closing(done.pk, by=by(cast.reviewer, LATER))
    with pytest.raises(NotInArea):
        selectors.closing(cast.foreign_officer, done.pk)


def test_what_opened_since_the_proposal_stops_the_closing_and_what_ended_is_dropped(cast, by, year, run_jobs):
    first = proposed(cast, by)
    line = Line.objects.filter(application=year).first()
    evidence = [Paper("evidence", "证明.pdf", PDF, is_sealed=True)]
    request = RefundRequest("WRONG_PERSON", date(2024, 6, 20))
    refund = ask_refund(line.pk, by=by(cast.clerk, AFTER), request=request, papers=evidence)
    with pytest.raises(RuleViolation) as refused:
        confirm_closing(first.pk, by=by(cast.reviewer, LATER))
    assert refused.value.code == "E-YEAR-OPEN"
    assert not ReportSnapshot.objects.exists()

    with pytest.raises(InvalidInput):
        refuse_closing(first.pk, by=by(cast.reviewer, LATER), reason=" ")
    refuse_closing(first.pk, by=by(cast.reviewer, LATER), reason="有新的退费")
    again = propose_closing(COUNTY, 2024, by=by(cast.officer, LATER), leaving=left())
    verify_refund(refund.pk, by=by(cast.officer, LATER))
    approve_refund(refund.pk, by=by(cast.reviewer, LATER))
    record_refund_paid(refund.pk, by=by(cast.tax, LATER), voucher="T-1")
    confirm_closing(again.pk, by=by(cast.reviewer, LATER))

    assert [row.kind for row in again.left_over.all()] == ["reward_missing"]


def test_a_closed_year_takes_no_plan_and_no_batch(cast, by, year, village):
    plan = Plan.objects.get()
    factories.paid(factories.member(village.organisation).person, 2024)
    draft = draw_up_application(plan.pk, by=by(cast.clerk, "2024-12-01"))
    revision = revise_plan(plan.pk, by=by(cast.clerk, "2024-12-02"))
    record_decision(revision.pk, by=by(cast.clerk, "2024-12-03"), record=_decision(date(2024, 12, 2)))
    closed(cast, by)

    def refused(act):
        with pytest.raises(RuleViolation) as error:
            act()
        assert error.value.code == "E-YEAR-CLOSED"
        assert "2024年度已于2025年2月12日关账" in error.value.message

    late = by(cast.clerk, "2025-02-13")
    refused(lambda: submit_application(draft.pk, by=late, declared_true=True))
    refused(lambda: draw_up_application(plan.pk, by=late))
    refused(lambda: put_in_force(revision.pk, by=late))
    shaxi = factories.organisation(factories.SHAXI)
    refused(lambda: draft_plan(shaxi.pk, by=by(cast.stranger, "2025-02-13"), year=2024))
    refused(
        lambda: gifts.pool(village, cast.clerk, date(2025, 2, 13), yuan=1, kind="individual", name="张三")
    )
    # The next year goes on, and so does another county's.
    assert draft_plan(shaxi.pk, by=by(cast.stranger, "2025-02-13"), year=2025).pk


@pytest.mark.rule("CS-34")
def test_a_closed_year_keeps_its_reports_and_shows_later_refunds_beside_them(cast, by, year):
    done = closed(cast, by)
    assert {row.code for row in done.snapshots.all()} == {report.code for report in REPORTS}
    before = m.report(cast.officer, "R2", on=LATER)
    assert before.table.later == {} and not before.is_live

    refund_of(Line.objects.filter(application=year).first(), cast, by, "2025-03-10")

    after = m.report(cast.officer, "R2", on=date(2025, 3, 11))
    cells = after.table.rows[0]
    assert cells.cells == before.table.rows[0].cells
    assert cells.cells["refunded_fen"] == 0
    assert cells.later["refunded_fen"] == 200_00 == after.table.later["refunded_fen"]
    # R6 had no row then: it is added with noughts and what came after.
    (row,) = m.report(cast.officer, "R6", on=date(2025, 3, 11)).table.rows
    assert (row.label, row.cells["back_n"], row.later["back_n"]) == ("错收", 0, 1)
    live = m.report(cast.officer, "R2", on=date(2025, 3, 11))
    assert live.closing == done
    # The village reads its own part of what was kept, another village nothing of it.
    assert m.report(cast.clerk, "R2").table.totals["posted_fen"] == 6_000_00
    assert m.report(cast.stranger, "R2").table.rows == []


def test_the_pages_lead_from_the_open_year_to_the_kept_report(cast, by, year, page):
    item = keys()["reward_missing"]
    officer = page(cast.officer, on="2025-02-10")
    assert "准备关账" in officer.get("/closings/").content.decode()
    address = "/closings/new/2024/"
    kept = officer.post(address, {"request_key": "a" * 32, item.key: "下年办"}).content.decode()
    assert "再打勾确认" in kept and "下年办" in kept
    made = officer.post(address, {"request_key": "b" * 32, item.key: "下年办", "confirmed": "1"})
    assert made.status_code == 302
    reviewer = page(cast.reviewer, on="2025-02-12")
    assert "2024年度关账待复核" in reviewer.get("/").content.decode()
    answer = reviewer.post(made.url, {"request_key": "c" * 32, "action": "confirm", "confirmed": "1"})
    assert answer.status_code == 302
    shown = reviewer.get(made.url).content.decode()
    assert "已关账" in shown and "下年办" in shown and "/reports/R2/?year=2024" in shown
    refund_of(Line.objects.filter(application=year).first(), cast, by, "2025-03-10")
    report = page(cast.officer, on="2025-03-11").get("/reports/R2/?year=2024").content.decode()
    assert "关账后＋200.00" in report and "看现在的数" in report
    live = page(cast.officer, on="2025-03-11").get("/reports/R2/?year=2024&live=1").content.decode()
    assert "看关账时的数" in live
    assert page(cast.officer).get("/closings/?export=xlsx").status_code == 200
    printed = page(cast.officer, on="2025-03-11").get("/reports/R2/?year=2024&print=1").content.decode()
    assert "关账后＋200.00" in printed


@pytest.mark.parametrize("number", [0, 1999, 2101, 9999, 10**12])
def test_a_year_that_is_none_has_no_page(cast, village, page, number):
    assert page(cast.officer, on="2025-02-10").get(f"/closings/new/{number}/").status_code == 404


def test_a_proposal_is_sent_back_on_the_page_with_a_reason(cast, by, year, page):
    first = proposed(cast, by)
    reviewer = page(cast.reviewer, on="2025-02-12")
    address = f"/closings/{first.pk}/"
    assert "再打勾确认" in reviewer.post(address, {"request_key": "f" * 32}).content.decode()
    assert (
        reviewer.post(address, {"request_key": "d" * 32, "action": "refuse", "reason": ""}).status_code == 200
    )
    reviewer.post(address, {"request_key": "e" * 32, "action": "refuse", "reason": "先办奖励"})
    first.refresh_from_db()
    assert (first.state, first.refused_reason) == ("refused", "先办奖励")


def test_the_year_is_closed_through_the_api(cast, by, year, api):
    import uuid

    def post(client, path, **body):
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return client.post(
            f"/api/closings/{path}", {"on": "2025-02-10", **body}, format="json", headers=headers
        )

    officer = api(cast.officer)
    found = officer.get("/api/closings/open/?year=2024&on=2025-02-10").json()
    assert [row["item"] for row in found] == [keys()["reward_missing"].key]
    refused = post(officer, "", year=2024)
    assert (refused.status_code, refused.json()["code"]) == (422, "E-YEAR-OPEN")
    made = post(officer, "", year=2024, leaving={found[0]["item"]: "下年办"})
    assert made.status_code == 201 and made.json()["left_over"][0]["reason"] == "下年办"
    done = post(api(cast.reviewer), f"{made.json()['id']}/confirm/")
    assert (done.status_code, done.json()["state"]) == (200, "closed")
    report = officer.get("/api/reports/R2/?year=2024&on=2025-02-11").json()
    assert report["closed_on"] == "2025-02-10"


def test_a_reward_that_is_paid_leaves_nothing_open(cast, by, year):
    rewards.compute_rewards(COUNTY, 2024, by=by(cast.officer, "2025-01-10"))
    assert set(keys()) == {"reward"}
    item = keys()["reward"]
    assert item.amount_fen == 3_600_00 and item.kind.may_leave


def amendment(name, text, year):
    clause = Clause.objects.get(document__key="CS", key="三（一）").pk
    return AmendmentRequest(
        name=name, rows={"": text}, valid_from=date(2025, 3, 10), reason="区里新定", confidence="document",
        clause_id=clause, year_from=year, year_to=year,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [("application_last_day", "11-30"), ("reward_ceiling", "30")])
def test_a_closed_year_keeps_its_values_though_no_reward_is_determined(year, cast, by, name, text):
    closed(cast, by)
    with pytest.raises(PensionError) as refused:
        propose_amendment(COUNTY, by=by(cast.admin, "2025-03-01"), request=amendment(name, text, 2024))

    assert refused.value.code == "E-AMEND-CLOSED"
    assert "2024年度已经关账" in refused.value.message
    propose_amendment(COUNTY, by=by(cast.admin, "2025-03-01"), request=amendment(name, text, 2025))


def test_a_year_closed_since_the_proposal_hears_nothing_new_where_it_was_silent(year, cast, by):
    second = factories.account("admin2", COUNTY, Role.ADMIN)
    asked = propose_amendment(
        COUNTY, by=by(cast.admin, "2025-03-01"), request=amendment("reward_ceiling", "10", 2027)
    )
    closed(cast, by)
    YearClosing.objects.update(year=2027)
    with pytest.raises(PensionError) as refused:
        approve_amendment(asked.pk, by=by(second, "2025-03-02"))

    assert refused.value.code == "E-AMEND-CLOSED"
