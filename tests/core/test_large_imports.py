"""A large sheet is judged and written by a worker; the page and the API answer at once and show how far it is."""

from __future__ import annotations

import io
import uuid
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.enums import ImportState, JobState
from core.imports import jobs
from core.imports.services import discard_import, upload_sheet
from core.jobs import _claim as claim
from core.jobs import run_job, sweep_jobs
from core.models import Event, Import, ImportRow, Job, StoredFile
from core.navigation import todos_for
from tests import factories, sheets
from villages.enums import Role
from villages.models import Membership, StaffArea

pytestmark = pytest.mark.django_db

ON = "2024-06-18"
HEAD = ["姓名", "身份证号", "组"]
PEOPLE = 6


@pytest.fixture(autouse=True)
def everything_is_large(settings, base_data):
    settings.IMPORT_NOW_BYTES, settings.IMPORT_NOW_ROWS = 1, 1
    factories.organisation()


@pytest.fixture
def people():
    return [[f"张{n}三", factories.id_number(), "1组"] for n in "一二三四五六"]


@pytest.fixture
def clerk(page, cast):
    return page(cast.clerk, ON)


@pytest.fixture
def upload(clerk):
    """`upload(rows)`: the import that the upload page made of a large file, not judged yet."""

    def post(rows, *, key="u1"):
        content = rows if isinstance(rows, bytes) else sheets.xlsx([HEAD, *rows])
        form = {"file": SimpleUploadedFile("名单.xlsx", content), "request_key": key}
        answer = clerk.post("/imports/new/members/", form)
        assert answer.status_code == 302
        return Import.objects.get(pk=answer.url.split("/")[2])

    return post


def shown(client, upload):
    return client.get(f"/imports/{upload.pk}/").content.decode()


def act(client, upload, name, key=None, **form):
    return client.post(f"/imports/{upload.pk}/{name}/", {"request_key": key or uuid.uuid4().hex, **form})


def fresh(upload):
    return Import.objects.get(pk=upload.pk)


def test_the_upload_answers_at_once_and_the_worker_judges(clerk, upload, people, run_jobs):
    one = upload(people)

    assert (one.state, one.row_count) == (ImportState.READING, 0)
    assert "正在核对成员名单" in shown(clerk, one)
    assert "核对中" in clerk.get("/imports/").content.decode()
    assert run_jobs() == 1
    assert (fresh(one).state, fresh(one).new_count) == (ImportState.PENDING, PEOPLE)
    assert f"确认导入{PEOPLE}行" in shown(clerk, one)


def test_the_worker_writes_and_the_page_shows_it_before_and_after(clerk, upload, people, run_jobs):
    one = upload(people)
    run_jobs()

    answer = act(clerk, one, "confirm", version=0)
    assert answer.status_code == 302
    assert f"正在写入成员名单，共{PEOPLE}行" in shown(clerk, one)
    assert not Membership.objects.exists()
    run_jobs()

    assert fresh(one).state == ImportState.WRITTEN
    assert Membership.objects.count() == PEOPLE
    assert f"写入{PEOPLE}行" in shown(clerk, one)
    assert "写入“名单.xlsx”" in clerk.get(f"/jobs/{fresh(one).job_id}/").content.decode()


def test_the_same_request_twice_is_one_upload_and_one_writing(clerk, upload, people, run_jobs):
    content = sheets.xlsx([HEAD, *people])
    one = upload(content)
    assert upload(content).pk == one.pk
    run_jobs()

    answers = [act(clerk, one, "confirm", key="c1", version=0) for _ in range(2)]

    assert {answer.url for answer in answers} == {f"/imports/{one.pk}/"}
    assert run_jobs() == 1
    assert Job.objects.count() == 2


def test_while_a_worker_is_at_it_nothing_else_is_done(clerk, upload, people, run_jobs):
    one = upload(people)
    act(clerk, one, "discard")
    assert "请等它办完" in shown(clerk, one)
    assert fresh(one).state == ImportState.READING
    run_jobs()
    act(clerk, one, "confirm", version=0)

    for name in ("confirm", "recheck", "discard"):
        act(clerk, one, name)

    assert (fresh(one).state, Job.objects.count()) == (ImportState.PENDING, 2)


def test_a_file_that_cannot_be_read_is_refused_by_the_worker_and_not_kept(clerk, upload, people, run_jobs):
    one = upload(sheets.xlsx([["姓名", "年龄"], ["一", "二"]]))
    run_jobs()

    assert fresh(one).state == ImportState.REFUSED
    assert "缺少" in shown(clerk, one)
    assert fresh(one).file is None
    assert not StoredFile.objects.filter(delete_after__gt=timezone.now()).exists()


def test_what_changed_since_stops_the_writing_and_the_page_says_so(clerk, upload, people, run_jobs, cast):
    one = upload(people)
    run_jobs()
    act(clerk, one, "confirm", version=0)
    person = factories.person(name=people[0][0], number=people[0][1])
    factories.member(factories.organisation(), person)
    run_jobs()

    assert Job.objects.get(pk=fresh(one).job_id).state == JobState.FAILED
    assert Membership.objects.count() == 1
    assert "请点“重新核对”再确认" in shown(clerk, one)
    act(clerk, one, "recheck")
    run_jobs()
    assert fresh(one).new_count == PEOPLE - 1
    act(clerk, one, "confirm", version=fresh(one).version)
    run_jobs()
    assert Membership.objects.count() == PEOPLE


def leave(job):
    """As a killed worker leaves its job: running on paper, no sign of life for long."""
    stale = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job).update(state=JobState.RUNNING, attempt=1, heartbeat_at=stale, started_at=stale)


def test_an_interrupted_judging_is_taken_up_from_the_page_and_leaves_no_row_twice(
    clerk, upload, people, run_jobs, cast, by
):
    one = upload(people)
    content = {"cells": {}, "values": {}, "proposals": {}}
    ImportRow.objects.create(upload=one, row_number=2, status="new", verdict="new", content=content)
    leave(one.job_id)

    assert "核对成员名单没有办成" in shown(clerk, one)
    assert clerk.post(f"/jobs/{one.job_id}/retry/", {"request_key": "r"}).status_code == 302
    run_jobs()

    assert (fresh(one).state, fresh(one).rows.count()) == (ImportState.PENDING, PEOPLE)


def test_an_interrupted_judging_may_be_given_up_and_does_not_come_back(clerk, upload, people, run_jobs):
    one = upload(people)
    leave(one.job_id)

    act(clerk, one, "discard")
    Job.objects.filter(pk=one.job_id).update(state=JobState.QUEUED)
    run_jobs()

    assert (fresh(one).state, fresh(one).rows.count()) == (ImportState.DISCARDED, 0)


def test_a_writing_that_died_after_its_transaction_is_not_written_again(clerk, upload, people, run_jobs):
    one = upload(people)
    run_jobs()
    act(clerk, one, "confirm", version=0)
    run_jobs()
    leave(fresh(one).job_id)
    Job.objects.filter(pk=fresh(one).job_id).update(state=JobState.QUEUED)
    run_jobs()

    assert Job.objects.get(pk=fresh(one).job_id).state == JobState.DONE
    assert Membership.objects.count() == PEOPLE


def test_an_interrupted_writing_is_taken_up_from_the_sheets_own_page(clerk, upload, people, run_jobs):
    one = upload(people)
    run_jobs()
    act(clerk, one, "confirm", version=0)
    leave(fresh(one).job_id)

    assert "写入成员名单没有办成" in shown(clerk, one)
    clerk.post(f"/jobs/{fresh(one).job_id}/retry/", {"request_key": "r"})
    run_jobs()
    assert Membership.objects.count() == PEOPLE


def test_a_failure_of_the_system_is_told_with_its_number_on_the_sheets_page(clerk, upload, people, run_jobs):
    one = upload(people)
    run_jobs()
    act(clerk, one, "confirm", version=0)
    failed = {"state": JobState.FAILED, "error_number": "ABC", "error_message": "系统出错，编号ABC。"}
    Job.objects.filter(pk=fresh(one).job_id).update(**failed)

    assert "系统出错，编号ABC。" in shown(clerk, one)
    assert "确认导入6行" in shown(clerk, one)


def test_an_older_job_does_not_undo_what_was_done_since(clerk, upload, people, run_jobs):
    one = upload(people)
    run_jobs()
    act(clerk, one, "recheck")
    older = fresh(one).job_id
    Job.objects.filter(pk=older).update(state=JobState.FAILED)
    act(clerk, one, "confirm", version=0)
    Job.objects.filter(pk=older).update(state=JobState.QUEUED)
    run_jobs()

    assert fresh(one).state == ImportState.WRITTEN
    assert "后来又办过别的" in Job.objects.get(pk=older).error_message


def test_picking_and_taking_back_go_the_same_way(clerk, upload, people, run_jobs):
    one = upload([*people, people[0]])
    run_jobs()
    assert fresh(one).held_count == 2
    act(clerk, one, "pick", **{"group-2": "8"})
    run_jobs()
    assert (fresh(one).held_count, fresh(one).new_count) == (1, PEOPLE)
    act(clerk, one, "confirm", version=fresh(one).version)
    run_jobs()
    assert Membership.objects.count() == PEOPLE

    act(clerk, one, "undo")
    assert "正在撤销导入成员名单" in shown(clerk, one)
    assert Membership.objects.count() == PEOPLE
    run_jobs()

    assert fresh(one).state == ImportState.UNDONE
    assert not Membership.objects.exists()


def test_another_village_sees_neither_the_sheet_nor_its_work(upload, people, page, cast):
    one = upload(people)
    stranger = page(cast.stranger, ON)

    assert stranger.get(f"/imports/{one.pk}/").status_code == 404
    assert stranger.get(f"/jobs/{one.job_id}/").status_code == 404
    assert stranger.post(f"/jobs/{one.job_id}/retry/", {"request_key": "r"}).status_code == 404


def balances(village):
    """A sheet of opening balances of a village's people."""
    people = [[person.name, person.id_cipher, "2023-12-31", 100, None, None] for person in village.persons]
    head = ["姓名", "公民身份号码", "截止日期", "个人缴费（元）", "政府补贴（元）", "集体补助（元）"]
    return sheets.xlsx([head, *people])


def test_who_uploaded_may_not_start_the_writing_that_another_must_check(village, cast, by, page, run_jobs):
    one = upload_sheet(
        "opening_balances", name="期初.xlsx", content=balances(village), by=by(cast.officer, ON)
    )
    assert one.state == ImportState.PENDING, one.refusal

    act(page(cast.officer, ON), one, "confirm")
    assert not Job.objects.exists()
    act(page(cast.reviewer, ON), one, "confirm")
    run_jobs()

    assert fresh(one).state == ImportState.WRITTEN


def post(client, path, body, *, key="k1", **more):
    return client.post(f"/api/imports/{path}", body, headers={"Idempotency-Key": key}, **more)


def test_the_api_answers_202_with_the_address_of_the_work(cast, api, people, run_jobs):
    client, content = api(cast.clerk), sheets.xlsx([HEAD, *people])

    def send():
        file = io.BytesIO(content)
        file.name = "名单.xlsx"
        return post(client, "", {"kind": "members", "on": ON, "file": file}, format="multipart")

    first, again = send(), send()

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    work = first.json()["job"]
    assert first["Location"] == work
    assert client.get(work).json()["state"] == "queued"
    run_jobs()
    told = client.get(work).json()
    assert (told["state"], told["result"]["new"]) == ("done", PEOPLE)

    pk = first.json()["id"]
    answer = post(client, f"{pk}/confirm/", {"on": ON, "version": 0}, key="k2", format="json")
    assert answer.status_code == 202
    assert not Membership.objects.exists()
    run_jobs()
    assert client.get(f"/api/imports/{pk}/").json()["state"] == "written"
    assert client.get(answer.json()["job"]).json()["result"]["state"] == "written"


def test_a_stale_version_is_refused_before_any_work_begins(cast, api, people, run_jobs, by):
    one = jobs.start_reading(
        "members", name="名单.xlsx", content=sheets.xlsx([HEAD, *people]), by=by(cast.clerk, ON)
    )
    run_jobs()

    answer = post(api(cast.clerk), f"{one.pk}/confirm/", {"on": ON, "version": 7}, format="json")

    assert answer.status_code == 409
    assert Job.objects.count() == 1


@pytest.mark.sqlite
def test_while_a_sheet_is_judged_its_page_does_not_call_it_interrupted(upload, people, run_jobs, monkeypatch):
    one, read, seen = upload(people), jobs.services.read_upload, []

    def read_long(*arguments, **named):
        later = timezone.now() + timedelta(seconds=60)
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: later)
            seen.append(fresh(one).is_at_work)
        return read(*arguments, **named)

    monkeypatch.setattr(jobs.services, "read_upload", read_long)
    run_jobs()

    assert seen == [True]
    assert fresh(one).state == ImportState.PENDING


def test_another_sheet_of_a_large_file_is_judged_by_the_worker_however_short_the_first(
    clerk, cast, by, people, run_jobs, settings
):
    def second_sheet(book, first):
        more = book.create_sheet("二组")
        for row in [HEAD, *people]:
            more.append(row)

    content = sheets.xlsx([HEAD, people[0]], name="一组", change=second_sheet)
    one = upload_sheet("members", name="名单.xlsx", content=content, by=by(cast.clerk, ON))
    settings.IMPORT_NOW_ROWS = PEOPLE

    act(clerk, one, "sheet", sheet_name="二组")

    assert (fresh(one).sheet_name, fresh(one).row_count) == ("一组", 1)
    assert "正在重新核对成员名单" in shown(clerk, one)
    act(clerk, one, "confirm", version=0)
    assert (fresh(one).state, Job.objects.count()) == (ImportState.PENDING, 1)
    run_jobs()
    assert (fresh(one).sheet_name, fresh(one).row_count) == ("二组", PEOPLE)
    settings.IMPORT_NOW_BYTES = len(content)
    act(clerk, one, "sheet", sheet_name="一组")
    assert (fresh(one).sheet_name, Job.objects.count()) == ("一组", 1)


@pytest.fixture
def failed(upload, people, run_jobs):
    """`failed(name, client)`: an import whose last work in the background failed."""

    def make(client, name="confirm"):
        one = upload(people)
        run_jobs()
        if name == "undo":
            act(client, one, "confirm", version=0)
            run_jobs()
        act(client, one, name, version=fresh(one).version)
        stopped = {"state": JobState.FAILED, "error_message": "系统出错，编号ABC。"}
        Job.objects.filter(pk=fresh(one).job_id).update(**stopped)
        assert "系统出错" in shown(client, one)
        return one

    return make


def test_a_failure_is_not_told_any_more_once_the_sheet_was_given_up(clerk, failed):
    one = failed(clerk)
    act(clerk, one, "discard")

    assert fresh(one).state == ImportState.DISCARDED
    assert "系统出错" not in shown(clerk, one)


def test_a_failure_is_not_told_any_more_once_the_act_was_done_at_once(clerk, failed, settings):
    one = failed(clerk)
    settings.IMPORT_NOW_ROWS = PEOPLE
    act(clerk, one, "confirm", version=fresh(one).version)

    assert fresh(one).state == ImportState.WRITTEN
    assert "系统出错" not in shown(clerk, one)


def test_a_failed_undo_says_that_nothing_changed(clerk, failed):
    one = failed(clerk, "undo")
    page = clerk.get(f"/jobs/{fresh(one).job_id}/").content.decode()

    assert "撤销导入成员名单没有办成" in page
    assert "什么也没有改动" in page


def test_the_page_of_a_large_sheet_says_where_its_end_is_seen(clerk, upload, people):
    page = shown(clerk, upload(people))

    assert "办完在“导入记录”里看" in page
    assert "提醒" not in page.split('id="progress"')[1]


def test_the_list_of_jobs_asks_no_more_for_more_sheets(village, cast, by, page, run_jobs):
    officer = page(cast.officer, ON)

    def bring(name):
        jobs.start_reading("opening_balances", name=name, content=balances(village), by=by(cast.officer, ON))

    def queries():
        with CaptureQueriesContext(connection) as asked:
            shown = officer.get("/jobs/").content.decode()
        return len(asked), shown

    bring("甲.xlsx")
    queries()
    one, _shown = queries()
    for name in ("乙.xlsx", "丙.xlsx", "丁.xlsx"):
        bring(name)
    more, listed = queries()

    assert more == one
    assert all(f"核对“{name}.xlsx”" in listed for name in "甲乙丙丁")


def test_a_stopped_sheet_waits_under_its_name_and_may_be_done_once_more(village, cast, by):
    one = jobs.start_reading(
        "opening_balances", name="期初.xlsx", content=balances(village), by=by(cast.officer, ON)
    )
    leave(one.job_id)

    [todo] = [todo for todo in todos_for(cast.officer, on=date(2024, 6, 18)) if "期初.xlsx" in todo.title]

    assert todo.title == "核对“期初.xlsx”没有办成"
    assert todo.detail == "中断了，什么也没有改动，可以再办一次"
    assert (todo.button, todo.url) == ("去看看", f"/imports/{one.pk}/")
    discard_import(one.pk, by=by(cast.officer, ON))
    assert not [todo for todo in todos_for(cast.officer, on=date(2024, 6, 18)) if "期初.xlsx" in todo.title]


# Midnight between the upload and its judging


@pytest.fixture
def hurried(page):
    """A clerk whose account may enter no day but the day itself."""
    user = factories.account("hurried", factories.SHIMEN, Role.CLERK)
    StaffArea.objects.filter(user=user).update(backdate_days=0)
    return page(factories.User.objects.get(pk=user.pk))


@pytest.fixture
def midnight(monkeypatch):
    """`midnight()`: from here on it is the day after."""

    def strike():
        tomorrow = timezone.localdate() + timedelta(days=1)
        monkeypatch.setattr(timezone, "localdate", lambda *_zone: tomorrow)

    return strike


def brought_in(client, content):
    form = {"file": SimpleUploadedFile("名单.xlsx", content), "request_key": uuid.uuid4().hex}
    return Import.objects.get(pk=client.post("/imports/new/members/", form).url.split("/")[2])


def test_a_sheet_uploaded_before_midnight_is_judged_as_of_its_upload(hurried, people, run_jobs, midnight):
    one = brought_in(hurried, sheets.xlsx([HEAD, *people]))
    day = one.on
    midnight()
    run_jobs()

    assert (fresh(one).state, fresh(one).new_count, fresh(one).on) == (ImportState.PENDING, PEOPLE, day)
    assert Event.objects.get(act="import.members.read").on == day


def test_a_file_that_cannot_be_read_is_refused_after_midnight_as_well(hurried, run_jobs, midnight):
    one = brought_in(hurried, sheets.xlsx([["姓名", "年龄"], ["一", "二"]]))
    midnight()
    run_jobs()

    assert fresh(one).state == ImportState.REFUSED


def test_a_sheet_confirmed_before_midnight_is_written_as_of_that_day(hurried, people, run_jobs, midnight):
    one = brought_in(hurried, sheets.xlsx([HEAD, *people]))
    run_jobs()
    day = timezone.localdate()
    act(hurried, one, "confirm", version=0)
    midnight()
    run_jobs()

    assert fresh(one).state == ImportState.WRITTEN
    assert Event.objects.get(act="import.members.confirm").on == day


@pytest.fixture
def late(monkeypatch):
    """`late()`: from here on it is the year after."""

    def strike():
        day = timezone.localdate() + timedelta(days=400)
        monkeypatch.setattr(timezone, "localdate", lambda *_zone: day)
        return day

    return strike


def stopped_writing(client, people, run_jobs):
    """A sheet whose writing failed, since one of its people had come by another way; he is gone again."""
    one = brought_in(client, sheets.xlsx([HEAD, *people]))
    run_jobs()
    act(client, one, "confirm", version=0)
    person = factories.person(name=people[0][0], number=people[0][1])
    member = factories.member(factories.organisation(), person)
    run_jobs()
    assert Job.objects.get(pk=fresh(one).job_id).state == JobState.FAILED
    member.delete()
    person.delete()
    return one


def try_again(client, one):
    form = {"request_key": uuid.uuid4().hex}
    return client.post(f"/jobs/{fresh(one).job_id}/retry/", form, follow=True).content.decode()


def test_a_writing_that_failed_is_not_taken_up_as_of_a_day_that_may_not_be_entered_any_more(
    hurried, people, run_jobs, late, settings
):
    """Nothing of it was done: it is asked for anew, as of today."""
    settings.DEMO = False
    one = stopped_writing(hurried, people, run_jobs)
    today = late()

    told = try_again(hurried, one)

    assert "您的账号最多可补录0天以内的业务" in told and "重新上传" in told
    assert run_jobs() == 0
    assert (fresh(one).state, Membership.objects.count()) == (ImportState.PENDING, 0)
    assert not Event.objects.filter(act="job.import.members.confirm.retry").exists()
    act(hurried, one, "confirm", version=fresh(one).version)
    run_jobs()
    assert set(Membership.objects.values_list("joined_on", flat=True)) == {today}


def test_a_writing_that_failed_is_taken_up_on_its_day_and_as_far_back_as_the_account_may_go(
    hurried, people, run_jobs, late, settings
):
    settings.DEMO = False
    one = stopped_writing(hurried, people, run_jobs)
    day = fresh(one).job.on
    late()
    StaffArea.objects.filter(user__username="hurried").update(backdate_days=400)

    assert "已接着办" in try_again(hurried, one)
    run_jobs()

    assert set(Membership.objects.values_list("joined_on", flat=True)) == {day}


def test_a_judging_left_behind_is_sent_again_by_the_sweep_however_late_and_by_hand_not(
    hurried, people, late, settings
):
    settings.DEMO = False
    one = brought_in(hurried, sheets.xlsx([HEAD, *people]))
    late()
    leave(one.job_id)

    assert "太早" in try_again(hurried, one)
    assert Job.objects.get(pk=one.job_id).state == JobState.RUNNING
    assert sweep_jobs() == 1 and run_job(one.job_id)
    assert fresh(one).state == ImportState.PENDING


# A job that kills its worker


def die(job):
    """One worker takes the job and is killed over it."""
    assert claim(job) is not None
    stale = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job).update(heartbeat_at=stale)


def test_a_job_that_kills_every_worker_ends_and_is_started_again_by_hand(
    clerk, upload, people, run_jobs, settings
):
    one = upload(people)
    for _worker in range(settings.JOB_TRIES):
        assert sweep_jobs(at_start=True) == 1
        die(one.job_id)

    assert sweep_jobs(at_start=True) == 0
    assert run_job(one.job_id) is False
    job = Job.objects.get(pk=one.job_id)
    assert (job.state, job.ended_at is not None) == (JobState.FAILED, True)
    said = shown(clerk, one)
    assert f"办了{settings.JOB_TRIES}次" in said and "再办一次" in said and "放弃这次导入" in said

    clerk.post(f"/jobs/{job.pk}/retry/", {"request_key": "again"})
    die(job.pk)
    assert sweep_jobs(at_start=True) == 1
    assert run_job(job.pk) is True
    assert fresh(one).state == ImportState.PENDING
