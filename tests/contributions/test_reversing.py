"""A recorded payment is taken back by the agency: what rests on it is told first, what follows is A-72's."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from contributions.enums import ContributionKind
from contributions.imports import CONTRIBUTION_SHEET, FIGURES
from contributions.models import Contribution
from contributions.services import PaymentInput, record_contributions, reverse_contribution
from core.enums import ImportRowStatus
from core.errors import ActorNotPermitted, BusinessDateRefused, InvalidInput, NotInArea, TransitionNotAllowed
from core.imports.kinds import Context
from core.imports.services import confirm_import, preview_undo, upload_sheet
from core.imports.staging import load_rows
from core.models import Event
from core.navigation import todos_for
from subsidies.enums import LineState
from subsidies.selectors.refunds import doubtful_lines
from subsidies.services.notices import record_lump_sum
from subsidies.services.posting import start_posting
from subsidies.services.verification import confirm_verification
from tests import factories, sheets
from tests.subsidies.stages import confirmed, submitted, verified

pytestmark = pytest.mark.django_db
JULY = "2024-07-05"
REASON = "税务已退库，凭证第6号"
HEAD = ["姓名", "身份证号", "缴费年度", "个人缴费（元）", "缴费日期", "税票号", "缴费种类"]


@pytest.fixture
def small(base_data):
    return factories.make_village(members=3)


@pytest.fixture
def payment(small):
    return payment_of(small.persons[0])


def payment_of(person):
    return Contribution.objects.get(person=person, reversed_on__isnull=True)


def reversed_(payment, by, *, reversed_on=None, reason=REASON):
    return reverse_contribution(payment.pk, by=by, reversed_on=reversed_on or by.on, reason=reason)


def sheet_of(*payments, voucher="", kind=""):
    rows = [
        [
            *(one.person.name, one.person.id_cipher, one.year),
            *(one.personal_fen // 100, one.paid_on.isoformat(), voucher, kind),
        ]
        for one in payments
    ]
    return sheets.xlsx([HEAD, *rows])


def given(payment, **more):
    known = {"year": payment.year, "personal_fen": payment.personal_fen, "paid_on": payment.paid_on}
    who = {"name": payment.person.name, "id_number": payment.person.id_cipher}
    return PaymentInput(**(who | known | more))


def posted(village, cast, by, run_jobs):
    """The village's batch, judged, confirmed, remitted and posted by services."""
    application = confirmed(submitted(village, cast, by), cast, by)
    notice = application.notices.get()
    money = {"amount_fen": notice.amount_fen, "paid_on": date(2024, 6, 27), "voucher": "V-1"}
    record_lump_sum(notice.pk, by=by(cast.tax, "2024-06-27"), **money)
    start_posting([application.pk], by=by(cast.officer, "2024-06-28"))
    run_jobs()
    assert set(application.lines.values_list("state", flat=True)) == {LineState.POSTED}
    return application


# The act


def test_the_officer_takes_a_payment_back_and_it_is_written_down(payment, cast, by):
    reversed_(payment, by(cast.officer, JULY), reversed_on=date(2024, 7, 2))

    payment.refresh_from_db()
    event = Event.objects.get(act="contributions.reverse_contribution")
    assert payment.reversed_on == date(2024, 7, 2)
    assert (event.actor, event.on, event.object_id) == (cast.officer, date(2024, 7, 5), payment.pk)
    assert (event.amount_fen, event.note.text) == (payment.personal_fen, REASON)


@pytest.mark.parametrize("who", ["clerk", "township", "reviewer", "tax", "finance", "district", "admin"])
def test_nobody_else_takes_a_payment_back(payment, cast, by, who):
    with pytest.raises(ActorNotPermitted):
        reversed_(payment, by(getattr(cast, who), JULY))
    payment.refresh_from_db()
    assert payment.reversed_on is None


def test_another_countys_officer_finds_no_such_payment(payment, cast, by, page, api):
    with pytest.raises(NotInArea):
        reversed_(payment, by(cast.foreign_officer, JULY))
    here = reverse("contribution-reverse", args=[payment.pk])
    assert page(cast.foreign_officer, JULY).get(here).status_code == 404
    body = {"on": JULY, "reason": REASON}
    answer = api(cast.foreign_officer).post(
        f"/api/contributions/{payment.pk}/reverse/", body, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 404


def test_a_payment_is_taken_back_once(payment, cast, by):
    reversed_(payment, by(cast.officer, JULY))
    with pytest.raises(TransitionNotAllowed, match="已于2024年7月5日冲销"):
        reversed_(payment, by(cast.officer, JULY))


@pytest.mark.parametrize("day", [date(2024, 3, 5), date(2024, 7, 6)])
def test_the_day_lies_between_the_payment_and_the_business_day(payment, cast, by, day):
    with pytest.raises(InvalidInput) as told:
        reversed_(payment, by(cast.officer, JULY), reversed_on=day)
    assert "reversed_on" in told.value.fields


def test_the_business_day_is_checked(payment, cast, by):
    with pytest.raises(BusinessDateRefused):
        reversed_(payment, by(cast.officer, "2999-01-01"))


def test_a_reason_is_asked_for(payment, cast, by):
    with pytest.raises(InvalidInput):
        reversed_(payment, by(cast.officer, JULY), reason=" ")


# What follows


@pytest.mark.rule("CS-11")
def test_a_line_not_yet_confirmed_is_judged_again(small, cast, by):
    application = verified(submitted(small, cast, by), cast, by)
    first = small.persons[0]
    reversed_(payment_of(first), by(cast.officer, "2024-06-24"))

    confirm_verification(application.pk, by=by(cast.reviewer, "2024-06-25"))

    line = application.lines.get(person=first)
    assert (line.state, line.verdict_code) == (LineState.INELIGIBLE, "E-UNPAID")


@pytest.mark.rule("CS-12")
def test_a_posted_line_becomes_a_to_do_until_the_payment_is_registered_anew(small, cast, by, run_jobs):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    reversed_(payment, by(cast.officer, JULY))

    told = [todo.title for todo in todos_for(cast.officer, on=date(2024, 7, 5))]
    assert "1人所依据的缴费冲销或改低" in told
    assert [line.person_id for line in doubtful_lines(cast.officer)] == [payment.person_id]

    record_contributions([given(payment)], by=by(cast.officer, JULY))
    assert not doubtful_lines(cast.officer).exists()


def test_the_page_tells_what_rests_on_it_before_and_acts_after(small, cast, by, page, run_jobs):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    browser, here = page(cast.officer, JULY), reverse("contribution-reverse", args=[payment.pk])
    assert here in browser.get(reverse("contributions")).content.decode()

    shown = browser.get(here).content.decode()
    assert "石门村2024年度第1批" in shown and "已记账" in shown and "待办" in shown

    form = {"reversed_on": JULY, "reason": REASON, "request_key": "r1"}
    unticked = browser.post(here, form)
    assert unticked.status_code == 200 and payment_of(small.persons[0])
    first = browser.post(here, form | {"confirmed": "1", "request_key": "r2"})
    again = browser.post(here, form | {"confirmed": "1", "request_key": "r2"})

    assert (first.status_code, again.status_code) == (302, 302)
    assert Event.objects.filter(act="contributions.reverse_contribution").count() == 1
    listed = browser.get(reverse("contributions")).content.decode()
    assert "2024年7月5日冲销" in listed
    after = browser.get(here).content.decode()
    assert REASON in after and 'name="reason"' not in after


def test_the_page_of_a_payment_not_confirmed_says_that_it_is_judged_again(small, cast, by, page):
    submitted(small, cast, by)
    here = reverse("contribution-reverse", args=[payment_of(small.persons[0]).pk])
    assert "重新认定" in page(cast.officer, JULY).get(here).content.decode()


@pytest.mark.parametrize("who", ["tax", "reviewer", "auditor"])
def test_nobody_else_is_offered_it(payment, cast, page, who):
    browser, here = page(getattr(cast, who), JULY), reverse("contribution-reverse", args=[payment.pk])
    assert here not in browser.get(reverse("contributions")).content.decode()
    assert browser.get(here).status_code == 403


def test_the_api_shows_what_rests_on_it_and_takes_it_back_once(small, cast, by, api, run_jobs):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    client, path = api(cast.officer), f"/api/contributions/{payment.pk}/"

    [rest] = client.get(f"{path}reverse-preview/").json()["resting"]
    assert rest["name"].startswith("石门村2024年度第1批") and rest["posted_on"] == "2024-06-28"

    def send(key="k"):
        body = {"on": JULY, "reversed_on": "2024-07-03", "reason": REASON}
        return client.post(f"{path}reverse/", body, format="json", headers={"Idempotency-Key": key})

    first, replayed, second = send(), send(), send("other")
    assert (first.status_code, replayed.status_code, second.status_code) == (200, 200, 409)
    assert first.json()["reversed_on"] == "2024-07-03"


ELSEWHERE = {"county_code": "370811000000", "town_code": "370811102000", "village_code": "370811102201"}


def assert_told_without_place(shown):
    assert "其他单位管理的村的补助" in shown and "已记账" in shown
    assert "石门村2024年度" not in shown and "第1批" not in shown
    assert "2024年6月28日" not in shown and "2024-06-28" not in shown


def test_of_a_line_in_another_area_only_that_there_is_one_is_told(small, cast, by, page, api, run_jobs):
    application = posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    application.lines.filter(person=payment.person).update(**ELSEWHERE)

    here = reverse("contribution-reverse", args=[payment.pk])
    assert_told_without_place(page(cast.officer, JULY).get(here).content.decode())
    preview = api(cast.officer).get(f"/api/contributions/{payment.pk}/reverse-preview/")
    assert_told_without_place(preview.content.decode())
    one = upload_sheet(
        "contributions", name="缴费.xlsx", content=lowered_sheet(payment, 300), by=by(cast.tax, JULY)
    )
    assert_told_without_place(page(cast.tax, JULY).get(f"/imports/{one.pk}/").content.decode())
    [done] = record_contributions([given(payment, personal_fen=30_000)], by=by(cast.tax, JULY))
    assert_told_without_place(done.notes[0].what)


def test_the_sums_of_the_list_leave_out_what_was_taken_back(payment, cast, by, page):
    reversed_(payment, by(cast.officer, JULY))
    shown = page(cast.officer, JULY).get(reverse("contributions")).content.decode()
    assert "个人缴费1,000.00元" in shown


# Registering it again


@pytest.mark.parametrize("voucher", ["", "V1"])
def test_the_same_payment_is_registered_again_through_the_service(payment, cast, by, voucher):
    Contribution.objects.filter(pk=payment.pk).update(voucher=voucher)
    for _round in range(2):
        reversed_(payment_of(payment.person), by(cast.officer, JULY))
        [done] = record_contributions([given(payment, voucher=voucher)], by=by(cast.officer, JULY))
        assert done.status == "new"
        assert [note.code for note in done.notes] == ["W-REVERSED"]

    assert Contribution.objects.filter(person=payment.person).count() == 3


@pytest.mark.parametrize(("before", "now"), [("V1", ""), ("", "V1"), ("V1", "V2")])
def test_an_old_sheet_without_the_voucher_does_not_bring_it_back_unseen(payment, cast, by, before, now):
    Contribution.objects.filter(pk=payment.pk).update(voucher=before)
    reversed_(payment, by(cast.officer, JULY))

    [done] = record_contributions([given(payment, voucher=now)], by=by(cast.officer, JULY))

    assert done.status == "new"
    assert [note.code for note in done.notes] == ([] if before and now else ["W-REVERSED"])


def test_the_same_payment_is_registered_again_through_the_api(payment, cast, by, api):
    reversed_(payment, by(cast.officer, JULY))
    row = {
        "name": payment.person.name, "id_number": payment.person.id_cipher, "year": 2024,
        "personal_fen": 50_000, "paid_on": "2024-03-06",
    }  # fmt: skip
    answer = api(cast.officer).post(
        "/api/contributions/", {"on": JULY, "rows": [row]}, format="json", headers={"Idempotency-Key": "k"}
    )

    assert (answer.status_code, answer.json()["new_count"]) == (201, 1)
    assert answer.json()["rows"][0]["notes"][0]["code"] == "W-REVERSED"
    assert answer.json()["rows"][0]["contribution"]["reversed_on"] is None


def test_the_same_payment_is_registered_again_by_a_sheet_on_the_page_and_the_row_says_so(
    payment, cast, by, page
):
    reversed_(payment, by(cast.officer, JULY))
    one = upload_sheet(
        "contributions", name="缴费.xlsx", content=sheet_of(payment), by=by(cast.officer, JULY)
    )
    browser = page(cast.officer, JULY)

    assert one.new_count == 1
    assert "2024年7月5日冲销" in browser.get(f"/imports/{one.pk}/").content.decode()
    browser.post(f"/imports/{one.pk}/confirm/", {"version": 0, "request_key": uuid.uuid4().hex})

    assert payment_of(payment.person).pk != payment.pk


@pytest.mark.parametrize("kind", [ContributionKind.REGULAR, ContributionKind.BACK_PAYMENT])
def test_a_posted_line_rests_on_the_payment_registered_again(small, cast, by, api, run_jobs, kind):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    Contribution.objects.filter(pk=payment.pk).update(kind=kind)
    payment.refresh_from_db()
    reversed_(payment, by(cast.officer, JULY))
    content = sheet_of(payment, kind="补缴" if kind == ContributionKind.BACK_PAYMENT else "")
    one = upload_sheet("contributions", name="缴费.xlsx", content=content, by=by(cast.tax, JULY))
    confirm_import(one.pk, by=by(cast.tax, JULY))
    anew = payment_of(payment.person)

    preview = api(cast.officer).get(f"/api/contributions/{anew.pk}/reverse-preview/").json()
    assert [rest["posted_on"] for rest in preview["resting"]] == ["2024-06-28"]
    one.refresh_from_db()
    undoing = preview_undo(one, by=by(cast.tax, JULY))
    assert (undoing.going_count, list(undoing.refused)) == (0, [2])
    [done] = record_contributions([given(anew, personal_fen=30_000, kind=kind)], by=by(cast.tax, JULY))
    assert [note.code for note in done.notes] == ["W-LOWERED"]


def test_two_payments_alike_that_both_stand_are_still_one(payment):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.paid(payment.person, 2024)


def imported(small, cast, by):
    """A payment written by a sheet, and the sheet."""
    other = factories.paid(small.persons[1], 2023)
    content = sheet_of(other)
    other.delete()
    one = upload_sheet("contributions", name="缴费.xlsx", content=content, by=by(cast.officer, JULY))
    confirm_import(one.pk, by=by(cast.officer, JULY))
    return Contribution.objects.get(person=small.persons[1], year=2023), one


def test_a_payment_taken_back_is_not_lost_by_taking_its_sheet_back(small, cast, by):
    written, one = imported(small, cast, by)
    reversed_(written, by(cast.officer, JULY))

    preview = preview_undo(one, by=by(cast.officer, JULY))

    assert (preview.going_count, list(preview.refused)) == (0, [2])
    assert "冲销" in preview.refused[2]


@pytest.mark.parametrize("verdict", ["new", "changed"])
def test_a_payment_reversed_while_its_sheet_is_taken_back_stays(small, cast, by, verdict):
    written, one = imported(small, cast, by)
    rows = load_rows(CONTRIBUTION_SHEET, one.rows.all())
    rows[0].verdict, rows[0].before = verdict, dict.fromkeys(FIGURES, 1)
    context = Context(by(cast.officer, JULY), None, {}, frozenset())
    assert CONTRIBUTION_SHEET.undo_refusals(rows, context) == {}
    reversed_(written, by(cast.officer, JULY))

    with pytest.raises(TransitionNotAllowed, match="冲销"):
        CONTRIBUTION_SHEET.undo(rows, context)

    assert Contribution.objects.get(pk=written.pk).personal_fen == written.personal_fen


# A lower figure


def lowered_sheet(payment, yuan):
    row = [payment.person.name, payment.person.id_cipher, 2024, yuan, payment.paid_on.isoformat(), "", ""]
    return sheets.xlsx([HEAD, row])


@pytest.mark.rule("CS-12")
def test_a_lower_payment_behind_a_posted_line_is_told_in_the_preview_and_becomes_a_to_do(
    small, cast, by, page, run_jobs
):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    one = upload_sheet(
        "contributions", name="缴费.xlsx", content=lowered_sheet(payment, 300), by=by(cast.tax, JULY)
    )
    browser = page(cast.tax, JULY)

    assert one.rows.get().status == ImportRowStatus.CHANGED
    shown = browser.get(f"/imports/{one.pk}/").content.decode()
    assert "石门村2024年度第1批第" in shown and "2024年6月28日" in shown
    confirm_import(one.pk, by=by(cast.tax, JULY))

    [line] = doubtful_lines(cast.officer)
    assert (line.person_id, line.reversed_on, line.standing_fen) == (payment.person_id, None, 30_000)
    assert "300.00" in page(cast.officer, JULY).get(reverse("doubtful-lines")).content.decode()

    record_contributions([given(payment)], by=by(cast.tax, JULY))
    assert not doubtful_lines(cast.officer).exists()


def test_a_row_that_is_stopped_does_not_say_what_would_follow(small, cast, by, run_jobs):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    one = upload_sheet(
        "contributions", name="缴费.xlsx", content=lowered_sheet(payment, 345), by=by(cast.tax, JULY)
    )

    assert [fault["code"] for fault in one.rows.get().faults] == ["E-TIER"]


def test_a_lower_payment_sent_through_the_api_says_so_as_well(small, cast, by, run_jobs):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])

    [done] = record_contributions([given(payment, personal_fen=30_000)], by=by(cast.tax, JULY))

    assert done.status == "changed"
    assert [note.code for note in done.notes] == ["W-LOWERED"]


@pytest.mark.parametrize("yuan", [500, 700])
def test_a_payment_that_is_not_lower_tells_nothing(small, cast, by, run_jobs, yuan):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    [done] = record_contributions([given(payment, personal_fen=yuan * 100)], by=by(cast.tax, JULY))
    assert done.notes == []
    assert not doubtful_lines(cast.officer).exists()


def test_a_lower_tier_of_the_same_money_is_a_to_do(small, cast, by, run_jobs):
    posted(small, cast, by, run_jobs)
    payment = payment_of(small.persons[0])
    [done] = record_contributions([given(payment, tier_fen=40_000)], by=by(cast.tax, JULY))
    assert [note.code for note in done.notes] == ["W-LOWERED"]
    assert [line.person_id for line in doubtful_lines(cast.officer)] == [payment.person_id]
