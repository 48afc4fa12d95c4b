"""Posting, feedback and refunds through pages and API: the same acts, the same refusals."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.enums import JobState
from core.models import Job
from ledger.models import InterestRate
from subsidies.enums import ApplicationState, LineState, RefundState
from subsidies.models import Refund
from subsidies.services.posting import start_posting
from tests.batches import posted_batch, remitted_batch

pytestmark = pytest.mark.usefixtures("books_hold")
JUNE, JULY = "2024-06-28", "2024-07-05"
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def batch(village, cast):
    return remitted_batch(village, cast)


@pytest.fixture
def posted(village, cast):
    return posted_batch(village, cast)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def keyed():
    return {"HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex}


def test_an_officer_posts_through_the_pages(batch, cast, page, run_jobs):
    browser = page(cast.officer, JUNE)
    assert "30人" in text_of(browser.get(reverse("postings")))
    confirm = browser.get(reverse("posting-confirm"), {"batch": batch.pk})
    assert "6,000.00" in text_of(confirm) and "陆仟元整" in text_of(confirm)
    form = {"batch": batch.pk, "posted_on": JUNE, "request_key": "k1"}
    refused = browser.post(reverse("posting-confirm"), form)
    assert "打勾确认" in text_of(refused) and not Job.objects.exists()
    answer = browser.post(reverse("posting-confirm"), form | {"confirmed": "on"})
    job = Job.objects.get()
    assert answer.url == reverse("job", args=[job.pk])
    assert "可以离开这个页面" in text_of(browser.get(answer.url))
    again = browser.post(reverse("posting-confirm"), form | {"confirmed": "on"})
    assert again.url == answer.url and Job.objects.count() == 1
    run_jobs()
    done = text_of(browser.get(answer.url))
    assert "全部记账" in done and "6,000.00" in done
    assert browser.get(reverse("job-file", args=[job.pk]))["Content-Type"].endswith("sheet")
    assert browser.get(reverse("posted-lines"), {"job": job.pk}).status_code == 200
    assert browser.get(reverse("posted-lines"), {"job": job.pk, "export": "xlsx"}).status_code == 200


def test_a_posting_is_followed_back_to_its_plan(posted, cast, page):
    line = posted.lines.first()
    shown = text_of(page(cast.officer, JUNE).get(reverse("posting-trace", args=[line.pk])))
    notice = posted.notices.get()
    for word in ("2024年度方案第1版", posted.number, notice.number, "5001152406260001", "记账", "税务缴款"):
        assert word in shown


def test_a_running_job_is_polled_and_its_end_reloads_the_page(batch, cast, by, page, run_jobs):
    job = start_posting([batch.pk], by=by(cast.officer, JUNE))
    browser = page(cast.officer, JUNE)
    going = browser.get(reverse("job-progress", args=[job.pk]))
    assert "hx-trigger" in going.content.decode() and "HX-Refresh" not in going
    run_jobs()
    assert browser.get(reverse("job-progress", args=[job.pk]))["HX-Refresh"] == "true"


def test_a_job_that_stopped_is_taken_up_from_its_page(batch, cast, by, page, run_jobs):
    job = start_posting([batch.pk], by=by(cast.officer, JUNE))
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempt=1, heartbeat_at=None, done_count=0)
    browser = page(cast.officer, JUNE)
    stopped = text_of(browser.get(reverse("job", args=[job.pk])))
    assert "中断，可继续" in stopped and "接着记账" in stopped
    Job.objects.filter(pk=job.pk).update(
        state=JobState.FAILED, error_number="ABC", error_message="系统出错，编号ABC。"
    )
    assert "ABC" in text_of(browser.get(reverse("job", args=[job.pk])))
    browser.post(reverse("job-retry", args=[job.pk]), {"request_key": "r1"})
    run_jobs()
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    refused = browser.post(reverse("job-retry", args=[job.pk]), {"request_key": "r2"}, follow=True)
    assert "不用接着办" in text_of(refused)


@pytest.mark.parametrize("name", ["foreign_officer", "stranger", "clerk", "tax"])
def test_jobs_are_seen_by_who_may_and_nobody_else(batch, cast, by, page, name):
    job = start_posting([batch.pk], by=by(cast.officer, JUNE))
    browser = page(getattr(cast, name))
    assert browser.get(reverse("job", args=[job.pk])).status_code == 404
    assert f"第{job.pk}号" not in text_of(browser.get(reverse("jobs")))


@pytest.mark.parametrize("name", ["foreign_officer", "stranger"])
def test_a_foreign_area_reads_like_nothing(posted, cast, page, name):
    line = posted.lines.first()
    browser = page(getattr(cast, name))
    for url in (
        reverse("posting-trace", args=[line.pk]),
        reverse("inform-batch", args=[posted.pk]),
        reverse("feedback-print", args=[posted.pk]),
        reverse("slips-print", args=[posted.pk]),
    ):
        assert browser.get(url).status_code == 404


def test_a_batch_is_fed_back_and_its_members_told(posted, cast, page):
    officer = page(cast.officer, "2024-07-01")
    assert "30" in text_of(officer.get(reverse("informing")))
    assert "反馈给村里" in text_of(officer.get(reverse("inform-batch", args=[posted.pk])))
    officer.post(reverse("feed-back", args=[posted.pk]), {"request_key": "f1"})
    clerk = page(cast.clerk, "2024-07-02")
    here = reverse("inform-batch", args=[posted.pk])
    ids = list(posted.lines.values_list("pk", flat=True))
    assert "请选择告知方式" in text_of(clerk.post(here, {"line": ids, "request_key": "t0"}))
    assert "没有选人" in text_of(clerk.post(here, {"method": "visit", "request_key": "t1"}))
    clerk.post(here, {"line": ids[:3], "method": "visit", "request_key": "t2"})
    assert posted.lines.filter(informed_on__isnull=False).count() == 3
    clerk.post(here, {"everybody": "1", "method": "publicity", "request_key": "t3"})
    posted.refresh_from_db()
    assert posted.state == ApplicationState.CLOSED
    for name in ("feedback-sheet", "feedback-print", "slips-print"):
        assert clerk.get(reverse(name, args=[posted.pk])).status_code == 200


def test_slips_say_what_was_posted_and_hide_the_number(posted, cast, page):
    shown = page(cast.clerk, "2024-07-02").get(reverse("slips-print", args=[posted.pk])).content.decode()
    person = posted.lines.first().person
    assert shown.count("集体补助记账告知单") == 30
    assert person.name in shown and person.last4 in shown and person.id_cipher not in shown


def test_a_refund_walks_through_four_desks(posted, cast, page):
    line = posted.lines.order_by("position").first()
    clerk = page(cast.clerk, JULY)
    assert line.person.name in text_of(clerk.get(reverse("refund-new")))
    assert "最多可退" in text_of(clerk.get(reverse("refund-new"), {"line": line.pk}))
    form = {"line": line.pk, "reason": "DEATH", "event_on": "2024-06-20", "request_key": "a1"}
    assert "缺少必备材料" in text_of(clerk.post(reverse("refund-new"), form))
    upload = SimpleUploadedFile("证明.pdf", PDF, content_type="application/pdf")
    answer = clerk.post(reverse("refund-new"), form | {"evidence": upload, "request_key": "a2"})
    refund = Refund.objects.get()
    assert answer.url == reverse("refund", args=[refund.pk])
    page(cast.officer, JULY).post(reverse("refund-verify", args=[refund.pk]), {"request_key": "v"})
    page(cast.reviewer, JULY).post(reverse("refund-approve", args=[refund.pk]), {"request_key": "p"})
    tax = page(cast.tax, JULY)
    paid = {"voucher": "T1", "paid_on": JULY, "request_key": "w"}
    assert "打勾确认" in text_of(tax.post(reverse("refund-paid", args=[refund.pk]), paid))
    told = tax.post(reverse("refund-paid", args=[refund.pk]), paid | {"confirmed": "on"}, follow=True)
    assert "已登记退款200.00元，从个人账户冲回200.00元" in text_of(told)
    refund.refresh_from_db()
    assert refund.state == RefundState.REVERSED
    for url in ("refunds", "refund", "refund-print"):
        args = [] if url == "refunds" else [refund.pk]
        assert tax.get(reverse(url, args=args)).status_code == 200


def test_a_refused_refund_shows_its_reason(posted, cast, page):
    clerk = page(cast.clerk, JULY)
    upload = SimpleUploadedFile("证明.pdf", PDF, content_type="application/pdf")
    form = {"line": posted.lines.first().pk, "reason": "DEATH", "event_on": "2024-06-20", "evidence": upload}
    clerk.post(reverse("refund-new"), form | {"request_key": "a"})
    refund = Refund.objects.get()
    officer = page(cast.officer, JULY)
    assert "写明不予退费的理由" in text_of(
        officer.post(reverse("refund-refuse", args=[refund.pk]), {"reason": ""})
    )
    refused = {"reason": "证明日期不符", "request_key": "b"}
    told = officer.post(reverse("refund-refuse", args=[refund.pk]), refused, follow=True)
    assert "已决定不予退费" in text_of(told)
    assert "证明日期不符" in text_of(officer.get(reverse("refund", args=[refund.pk])))


def test_interest_is_settled_through_the_pages(posted, cast, page, run_jobs):
    on = "2025-02-10"
    officer = page(cast.officer, on)
    rate = {"year": 2024, "rate_ppm": "3", "document": "渝人社发〔2025〕1号", "request_key": "i1"}
    officer.post(reverse("interest"), rate)
    found = InterestRate.objects.get()
    page(cast.reviewer, on).post(reverse("rate-confirm", args=[found.pk]), {"request_key": "i2"})
    officer = page(cast.officer, on)
    settle = reverse("interest-settle", args=[found.pk])
    assert "90.00" in text_of(officer.get(settle))
    answer = officer.post(settle, {"confirmed": "on", "request_key": "i3"})
    run_jobs()
    assert "2024年度结息：30户，90.00元" in text_of(officer.get(answer.url))
    person = posted.lines.first().person
    statement = text_of(officer.get(reverse("account", args=[person.pk])))
    assert "203.00" in statement and person.last4 in statement and person.id_cipher not in statement
    assert officer.get(reverse("accounts"), {"q": person.name}).status_code == 200
    assert "已结息" in text_of(officer.get(reverse("interest")))


def test_a_later_year_waits_until_the_one_before_is_settled(posted, cast, page):
    on = "2026-02-10"
    officer = page(cast.officer, on)
    assert officer.get(reverse("interest")).context["form"].initial["year"] == 2024
    rate = {"year": 2025, "rate_ppm": "3", "document": "渝人社发〔2026〕1号", "request_key": "i1"}
    officer.post(reverse("interest"), rate)
    found = InterestRate.objects.get()
    page(cast.reviewer, on).post(reverse("rate-confirm", args=[found.pk]), {"request_key": "i2"})

    shown = page(cast.officer, on).get(reverse("interest"))
    assert "先结2024年度，再结这一年" in text_of(shown)
    assert reverse("interest-settle", args=[found.pk]) not in shown.content.decode()


def test_the_api_drives_posting_to_refund(batch, cast, api, run_jobs):
    officer, clerk = api(cast.officer), api(cast.clerk)
    waiting = officer.get("/api/postings/").json()["results"]
    assert [(row["application"], row["wait_count"]) for row in waiting] == [(batch.pk, 30)]
    body = {"applications": [batch.pk], "on": JUNE}
    assert officer.post("/api/postings/", body, format="json").status_code == 400
    job = officer.post("/api/postings/", body, format="json", **keyed())
    assert job.status_code == 201 and job.json()["total_count"] == 30
    run_jobs()
    assert officer.get(f"/api/jobs/{job.json()['id']}/").json()["state"] == "done"
    line = batch.lines.first()
    traced = officer.get(f"/api/posted-lines/{line.pk}/").json()
    assert [row["kind"] for row in traced["transfers"]] == ["remitted", "posted"]
    fed = officer.post(
        f"/api/informing/{batch.pk}/feed-back/", {"on": "2024-07-01"}, format="json", **keyed()
    )
    assert fed.json()["tell_by"] == "2024-07-16"
    told = {"method": "sms", "on": "2024-07-02"}
    assert (
        clerk.post(f"/api/informing/{batch.pk}/informed/", told, format="json", **keyed()).json()["state"]
        == "closed"
    )
    asked = {"line": line.pk, "reason": "DEATH", "event_on": "2024-06-20", "on": JULY}
    missing = clerk.post("/api/refunds/", asked, format="json", **keyed())
    assert (missing.status_code, missing.json()["code"]) == (422, "E-DOC-MISSING")
    scan = SimpleUploadedFile("证明.pdf", PDF, content_type="application/pdf")
    refund = clerk.post("/api/refunds/", asked | {"evidence": [scan]}, format="multipart", **keyed())
    assert refund.status_code == 201 and refund.json()["amount_fen"] == 20000
    pk = refund.json()["id"]
    assert (
        officer.post(f"/api/refunds/{pk}/verify/", {"on": JULY}, format="json", **keyed()).status_code == 200
    )
    assert (
        officer.post(f"/api/refunds/{pk}/approve/", {"on": JULY}, format="json", **keyed()).status_code == 403
    )
    api(cast.reviewer).post(f"/api/refunds/{pk}/approve/", {"on": JULY}, format="json", **keyed())
    paid = {"voucher": "T1", "on": JULY}
    done = api(cast.tax).post(f"/api/refunds/{pk}/paid/", paid, format="json", **keyed()).json()
    assert done["state"] == "reversed"
    statement = officer.get(f"/api/accounts/{line.person_id}/").json()
    assert (statement["balances"], statement["total_fen"]) == ({"collective": 0}, 0)
    line.refresh_from_db()
    assert line.state == LineState.REFUNDED


def test_the_api_settles_a_year(posted, cast, api, run_jobs):
    on = {"on": "2025-02-10"}
    officer = api(cast.officer)
    entered = officer.post(
        "/api/interest-rates/",
        {"year": 2024, "rate_ppm": 30000, "document": "文件"} | on,
        format="json",
        **keyed(),
    ).json()
    url = f"/api/interest-rates/{entered['id']}"
    assert officer.post(f"{url}/settle/", on, format="json", **keyed()).status_code == 409
    api(cast.reviewer).post(f"{url}/confirm/", on, format="json", **keyed())
    officer = api(cast.officer)
    assert officer.post(f"{url}/settle/", on, format="json", **keyed()).json()["total_count"] == 30
    run_jobs()
    assert officer.get("/api/interest-rates/").json()["results"][0]["state"] == "settled"


@pytest.mark.parametrize("path", ["posted-lines/%d", "informing/%d", "refunds/%d", "accounts/%d"])
def test_the_api_hides_what_is_foreign(posted, cast, api, path):
    foreign = api(cast.foreign_officer)
    line = posted.lines.first()
    pk = {"posted-lines/%d": line.pk, "informing/%d": posted.pk, "accounts/%d": line.person_id}.get(path, 1)
    assert foreign.get(f"/api/{path % pk}/").status_code == 404


def test_pages_ask_the_database_a_constant_number_of_times(posted, cast, page, django_assert_max_num_queries):
    browser = page(cast.officer, JULY)
    for url in ("postings", "posted-lines", "informing", "refunds", "accounts", "interest", "jobs"):
        with django_assert_max_num_queries(40):
            assert browser.get(reverse(url)).status_code == 200
