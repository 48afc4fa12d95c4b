"""Pages of applications and verification: they open for who may, and act through the services."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from contributions.models import Contribution
from subsidies.enums import ApplicationState
from subsidies.models import Application, Line
from subsidies.services.applications import withdraw_lines
from tests import factories
from tests.subsidies.stages import PDF, confirmed, decided, drawn, plan_in_force, submitted, verified

pytestmark = pytest.mark.django_db


def key() -> dict[str, str]:
    return {"request_key": uuid4().hex}


def test_the_clerk_draws_a_list_up_with_one_click(village, cast, by, page):
    plan = plan_in_force(village, cast, by)
    browser = page(cast.clerk, on="2024-06-19")

    answer = browser.post(reverse("application-new"), {"plan": plan.pk, **key()}, follow=True)

    assert answer.status_code == 200
    assert "已按方案生成第1批补助名单，30人，6,000.00元" in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    ["application", "application-edit", "application-submit", "application-withdraw", "application-withdraw-lines",
     "application-print", "application-roster-print", "application-public-print", "application-result-print"],
)  # fmt: skip
def test_each_page_of_a_draft_opens_for_its_clerk(name, village, cast, by, page):
    application = drawn(village, cast, by)

    answer = page(cast.clerk, on="2024-06-19").get(reverse(name, args=[application.pk]))

    assert answer.status_code == 200
    assert "石门村" in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["application", "verification", "verification-return", "verification-confirm"]
)
def test_each_page_of_a_verified_batch_opens_for_the_agency(name, village, cast, by, page):
    application = verified(submitted(village, cast, by), cast, by)

    assert page(cast.reviewer, on="2024-06-25").get(reverse(name, args=[application.pk])).status_code == 200


@pytest.mark.parametrize("name", ["applications", "status-matches", "application-new"])
def test_lists_open_for_the_clerk(name, village, cast, by, page):
    drawn(village, cast, by)

    assert page(cast.clerk).get(reverse(name)).status_code == 200


def test_the_queue_names_each_batch_that_waits(village, cast, by, page):
    submitted(village, cast, by)

    html = page(cast.officer).get(reverse("verifications")).content.decode()

    assert "石门村 2024年度第1批" in html


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("stranger", 404),
        ("foreign_officer", 404),
        ("tax", 403),
        ("finance", 403),
        ("admin", 403),
        ("township", 200),
    ],
)
def test_a_batch_opens_only_where_and_to_whom_it_belongs(who, status, village, cast, by, page):
    application = submitted(village, cast, by)

    answer = page(getattr(cast, who)).get(reverse("application", args=[application.pk]))

    assert answer.status_code == status


@pytest.mark.parametrize(("who", "name"), [("officer", "verification"), ("clerk", "application")])
def test_a_page_takes_as_many_queries_for_thirty_lines_as_for_two(who, name, village, cast, by, page):
    for person in village.persons[:15]:
        Contribution.objects.filter(person=person).update(year=2023)
    application = submitted(village, cast, by)
    browser = page(getattr(cast, who), on="2024-06-24")
    url = reverse(name, args=[application.pk])
    many = _queries_of(browser, url)

    application.lines.exclude(pk__in=_first_of_each_kind(application)).delete()

    assert application.lines.count() == 2
    assert _queries_of(browser, url) == many


def _first_of_each_kind(application) -> list[int]:
    return [application.lines.filter(qualifying_year=year).first().pk for year in (2023, 2024)]


def _queries_of(browser, url) -> int:
    browser.get(url)
    with CaptureQueriesContext(connection) as captured:
        browser.get(url)
    return len(captured)


def test_papers_are_uploaded_and_the_batch_is_submitted_from_its_page(village, cast, by, page):
    application = drawn(village, cast, by)
    browser = page(cast.clerk, on="2024-06-19")
    for kind in ("plan", "application", "roster"):
        scan = SimpleUploadedFile("扫描.pdf", PDF, content_type="application/pdf")
        data = {"kind": kind, "paper": scan, "seals": ["organisation"], **key()}
        browser.post(reverse("application-paper", args=[application.pk]), data)

    submit = reverse("application-submit", args=[application.pk])
    answer = browser.post(submit, {"confirmed": "1", **key()}, follow=True)

    assert "已提交第1批申请，30人，6,000.00元" in answer.content.decode()


def test_the_last_look_says_which_papers_lack_instead_of_offering_the_act(village, cast, by, page):
    application = drawn(village, cast, by)
    browser = page(cast.clerk, "2024-06-19")
    look = browser.get(reverse("application-submit", args=[application.pk])).content.decode()

    assert "还缺3份材料" in look
    assert 'name="confirmed"' not in look


def test_without_the_declaration_nothing_is_submitted(village, cast, by, page):
    application = drawn(village, cast, by)
    browser = page(cast.clerk, on="2024-06-19")

    answer = browser.post(reverse("application-submit", args=[application.pk]), key(), follow=True)

    application.refresh_from_db()
    assert application.state == ApplicationState.DRAFT
    assert "请先勾选承诺" in answer.content.decode()


def test_amounts_are_changed_and_persons_removed_on_the_list_page(village, cast, by, page):
    application = drawn(village, cast, by)
    first, second, third = application.lines.order_by("position")[:3]
    data = {
        f"amount-{first.pk}": "150",
        f"amount-{second.pk}": "200.00",
        "remove": third.pk,
        "version": application.version,
    }

    page(cast.clerk, on="2024-06-19").post(
        reverse("application-edit", args=[application.pk]), {**data, **key()}
    )

    first.refresh_from_db()
    assert first.amount_fen == 15000
    assert application.lines.count() == 29
    assert not Line.objects.filter(pk=third.pk).exists()


def test_an_amount_above_the_standard_says_limit_and_leaves_the_list_as_it_was(village, cast, by, page):
    application = drawn(village, cast, by)
    line = application.lines.first()
    browser = page(cast.clerk, on="2024-06-19")

    answer = browser.post(
        reverse("application-edit", args=[application.pk]), {f"amount-{line.pk}": "250", **key()}, follow=True
    )

    line.refresh_from_db()
    assert line.amount_fen == 20000
    assert "超过方案标准：标准200.00元，本次250.00元" in answer.content.decode()


@pytest.mark.parametrize("text", ["0", "-5", "一百", "1.234", "abc"])
def test_an_amount_that_is_none_is_refused_in_a_sentence(text, village, cast, by, page):
    application = drawn(village, cast, by)
    line = application.lines.first()
    browser = page(cast.clerk, on="2024-06-19")

    data = {f"amount-{line.pk}": text if text != "一百" else "二十万万", **key()}
    browser.post(reverse("application-edit", args=[application.pk]), data, follow=True)

    line.refresh_from_db()
    assert line.amount_fen == 20000


def test_officer_and_reviewer_work_a_batch_through_their_pages(village, cast, by, page):
    application = submitted(village, cast, by)
    officer = page(cast.officer, on="2024-06-24")
    officer.post(reverse("verification-decide", args=[application.pk]), {"act": "pass_clean", **key()})
    officer.post(reverse("verification-verify", args=[application.pk]), key())
    reviewer = page(cast.reviewer, on="2024-06-25")

    answer = reviewer.post(
        reverse("verification-confirm", args=[application.pk]), {"confirmed": "1", **key()}, follow=True
    )

    application.refresh_from_db()
    assert application.state == ApplicationState.NOTIFIED
    assert "复核通过30人，6,000.00元" in answer.content.decode()


def test_one_row_is_decided_in_place(village, cast, by, page):
    application = submitted(village, cast, by)
    line = application.lines.first()
    officer = page(cast.officer, on="2024-06-24")
    url = reverse("verification-decide", args=[application.pk])

    answer = officer.post(url, {f"d{line.pk}": "pass"}, headers={"HX-Request": "true"})

    line.refresh_from_db()
    assert line.verdict == "pass"
    assert f'id="line-{line.pk}"' in answer.content.decode()


def test_a_refusal_without_reason_asks_for_one_and_decides_nothing(village, cast, by, page):
    application = submitted(village, cast, by)
    line = application.lines.first()
    officer = page(cast.officer, on="2024-06-24")
    url = reverse("verification-decide", args=[application.pk])

    answer = officer.post(url, {f"d{line.pk}": "refuse"}, headers={"HX-Request": "true"})

    line.refresh_from_db()
    assert line.verdict == ""
    assert "不予补助须选理由" in answer.content.decode()


def test_the_maker_is_told_that_another_person_must_confirm(village, cast, by, page):
    both = factories.account("both", factories.COUNTY, "officer", "reviewer")
    application = submitted(village, cast, by)
    cast.officer = both
    verified(application, cast, by)
    browser = page(both, on="2024-06-25")

    html = browser.get(reverse("verification-confirm", args=[application.pk])).content.decode()
    answer = browser.post(
        reverse("verification-confirm", args=[application.pk]), {"confirmed": "1", **key()}, follow=True
    )

    assert "须由另一人复核" in html
    assert "这是您本人经办的，须由另一人复核" in answer.content.decode()
    application.refresh_from_db()
    assert application.state == ApplicationState.VERIFIED


def test_exports_show_whole_numbers_only_to_those_who_handle_the_cases(village, cast, by, page):
    application = confirmed(submitted(village, cast, by), cast, by)
    url = reverse("application", args=[application.pk]) + "?export=xlsx"

    def numbers(user):
        content = page(user).get(url).content
        return {
            row[2] for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True) if row[2]
        }

    assert village.persons[0].id_cipher in numbers(cast.clerk)
    assert village.persons[0].id_cipher not in numbers(cast.township)


def test_the_public_notice_shows_first_six_and_last_four_and_no_birth_date(village, cast, by, page):
    application = submitted(village, cast, by)
    number = village.persons[0].id_cipher

    html = page(cast.clerk).get(reverse("application-public-print", args=[application.pk])).content.decode()

    assert f"{number[:6]}********{number[-4:]}" in html
    assert number not in html
    assert number[6:14] not in html


def test_beside_who_was_withdrawn_stands_the_form_to_print_and_beside_nobody_else(village, cast, by, page):
    application = submitted(village, cast, by)
    line = application.lines.order_by("position").first()
    withdrawn = {"reason": "DEATH", "event_on": date(2024, 6, 20), "note": ""}
    withdraw_lines(application.pk, by=by(cast.clerk, "2024-06-21"), line_ids=[line.pk], **withdrawn)
    client = page(cast.clerk, on="2024-06-21")

    html = client.get(reverse("application", args=[application.pk])).content.decode()

    form = reverse("application-withdrawal-print", args=[application.pk, line.pk])
    assert html.count("打印撤回申请表") == html.count(form) == 1
    assert "集体补助撤回申请表" in client.get(form).content.decode()


def test_a_batch_in_work_is_named_more_finely_than_it_is_stored(village, cast, by, page):
    application = decided(submitted(village, cast, by), cast, by)

    html = page(cast.clerk).get(reverse("applications")).content.decode()

    assert Application.objects.get(pk=application.pk).state == "submitted"
    assert "核实中" in html


def test_the_roster_names_each_kind_of_person_in_words(village, cast, by, page):
    application = drawn(village, cast, by)
    application.lines.update(person_kind="minimum_living_allowance")
    url, client = reverse("application", args=[application.pk]), page(cast.clerk, on="2024-06-19")

    printed = client.get(reverse("application-roster-print", args=[application.pk])).content.decode()
    sheet = load_workbook(BytesIO(client.get(url, {"export": "xlsx"}).content)).active
    cells = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}

    assert "<td>低保对象</td>" in printed and "minimum_living_allowance" not in printed
    assert "低保对象" in cells and "minimum_living_allowance" not in cells
