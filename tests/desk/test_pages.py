"""The desk's own pages: home by role, working date, large type, search, activity."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.look import TimelineItem
from core.models import User
from core.workflow import By
from desk.selectors import recent_acts
from subsidies.models import Application, PaymentNotice
from subsidies.services.applications import draw_up_application
from subsidies.services.verification import confirm_verification
from tests import factories
from tests.rewards.reward_cases import determined, posted_village
from tests.subsidies import stages
from villages.enums import StatusKind
from villages.models import CollectiveOrganisation, Membership, Region
from villages.services.organisations import declare_income
from villages.services.persons import propose_identity, report_status

pytestmark = pytest.mark.django_db
ON, YANJIA = "2024-06-20", "500115002000"
NUMBER = "500115199003071234"


def home_of(page, user: User, on: str = ON):
    return page(user, on=on).get("/")


def titles(answer) -> list[str]:
    return [todo["title"] for todo in answer.context["todos"]]


OWN, ALL, NONE = "2024年度办到哪一步", "2024年度各批办到哪一步", ""
ROLES = {
    "clerk": OWN,
    "township": ALL,
    "officer": ALL,
    "reviewer": ALL,
    "finance": ALL,
    "finance_reviewer": ALL,
    "agriculture": ALL,
    "civil_affairs": ALL,
    "district": ALL,
    "auditor": ALL,
    "tax": NONE,
    "admin": NONE,
}


@pytest.mark.parametrize(("name", "part"), ROLES.items())
def test_each_role_has_a_home_with_the_year_as_far_as_it_may_see_it(name, part, cast, village, page):
    answer = home_of(page, getattr(cast, name))

    assert answer.status_code == 200
    text = answer.content.decode()
    assert [heading for heading in (OWN, ALL) if heading in text] == [part] * bool(part)
    assert "等我办的事" in text and "近期期限" in text and "最近办过的" in text


def test_a_clerk_without_a_plan_is_told_to_draft_one(cast, village, page):
    answer = home_of(page, cast.clerk)

    assert "拟定2024年度补助方案" in titles(answer)
    assert "件事等您办" in answer.content.decode()


def test_a_batch_waits_for_officer_then_reviewer_then_tax(cast, village, page, by):
    batch = stages.submitted(village, cast, by)
    assert "核实石门村第1批" in titles(home_of(page, cast.officer))
    assert not any("第1批" in title for title in titles(home_of(page, cast.reviewer)))

    stages.verified(batch, cast, by)
    assert "复核石门村第1批" in titles(home_of(page, cast.reviewer, "2024-06-25"))
    assert not any("第1批" in title for title in titles(home_of(page, cast.officer, "2024-06-25")))

    confirm_verification(batch.pk, by=by(cast.reviewer, stages.CONFIRMED))
    assert "登记村里的缴款" in titles(home_of(page, cast.tax, "2024-06-25"))
    assert "带缴款通知书到税务缴款：2024年度第1批" in titles(home_of(page, cast.clerk, "2024-06-25"))


def test_a_plan_in_force_waits_for_its_application_until_one_is_drawn_up(cast, village, page, by):
    plan = stages.plan_in_force(village, cast, by)
    [todo] = [t for t in home_of(page, cast.clerk).context["todos"] if "申请" in t["title"]]

    assert todo["title"] == "提出2024年度补助申请"
    assert todo["url"] == reverse("application-new") + f"?plan={plan.pk}"

    draw_up_application(plan.pk, by=by(cast.clerk, stages.DRAWN))
    assert "提出2024年度补助申请" not in titles(home_of(page, cast.clerk))


def test_a_village_without_members_is_told_to_bring_its_list_first(cast, page):
    factories.make_village(members=0)

    assert "导入成员名单" in titles(home_of(page, cast.clerk))
    factories.make_village(members=1)
    assert "导入成员名单" not in titles(home_of(page, cast.clerk))


def test_work_with_a_deadline_stands_first_and_says_how_long_is_left(cast, village, page, by):
    stages.confirmed(stages.submitted(village, cast, by), cast, by)
    due_on = PaymentNotice.objects.get().due_on

    def first(on: date) -> dict:
        answer = home_of(page, cast.tax, on.isoformat())
        todos = answer.context["todos"]
        assert [todo["title"] for todo in answer.context["deadlines"]] == ["登记村里的缴款"]
        assert todos[0]["left"] in answer.content.decode()
        return todos[0]

    assert first(date(2024, 6, 25))["left"].startswith("剩")
    assert (first(due_on)["left"], first(due_on)["tone"]) == ("今天到期", "near")
    late = first(due_on + timedelta(days=3))
    assert (late["left"], late["tone"]) == ("已逾期3天", "over")


def test_the_columns_of_a_village_hold_its_plan_and_its_batch(cast, village, page, by):
    stages.submitted(village, cast, by)

    [(year, columns)] = home_of(page, cast.clerk).context["own_years"]

    assert (year, len(columns)) == (2024, 8)
    assert [item["title"] for item in columns[0]["items"]] == ["第1版方案"]
    standing = [column["step"].number for column in columns if column["items"]]
    assert standing == [1, 3]
    assert columns[6]["step"].status == "optional"


@pytest.mark.parametrize("reader", ["clerk", "township", "district"])
def test_in_january_the_year_that_is_not_finished_stands_before_the_new_one(reader, cast, village, page, by):
    stages.submitted(village, cast, by)

    answer = home_of(page, getattr(cast, reader), "2025-01-08")

    shown = answer.context.get("own_years") or answer.context["area_years"]
    assert [year for year, _ in shown] == [2024, 2025]
    assert [column["step"].number for column in shown[0][1] if column["items"]] == [1, 3]


def test_a_reward_that_waits_keeps_its_year_on_the_home_page(cast, page):
    posted_village(cast, factories.SHIMEN, members=2, fen=20_000)
    rewards = determined(cast)

    answer = home_of(page, cast.clerk, "2025-02-10")

    columns = dict(answer.context["own_years"])[2024]
    [item] = columns[7]["items"]
    assert item["url"] == reverse("reward", args=[rewards[0].pk])
    assert item["chip"].label == "已核定"


def test_the_same_act_done_three_times_a_day_is_one_line(cast, village, by):
    stages.submitted(village, cast, by)

    texts = [item.text for item in recent_acts(cast.clerk)]

    assert "上传材料，3次" in texts and "上传材料" not in texts


def drafted_batches(cast, by, codes: list[str]) -> None:
    for code in codes:
        clerk = factories.account(f"clerk{code}", code, factories.Role.CLERK)
        village = factories.make_village(code, members=1)
        stages.submitted(village, cast, by, clerk=clerk)


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", ["officer", "district"])
def test_home_costs_as_many_statements_for_six_batches_as_for_two(name, cast, page, by):
    codes = [region.code for region in Region.objects.filter(parent_id=YANJIA, level="village")[:6]]
    client = page(getattr(cast, name), on=ON)
    drafted_batches(cast, by, codes[:2])
    two = queries_of(client, "/")

    drafted_batches(cast, by, codes[2:])

    assert Application.objects.count() == 6
    assert queries_of(client, "/") == two


def test_the_working_date_is_amber_until_it_is_put_back(cast, page):
    client = page(cast.clerk)
    assert "is-shifted" not in client.get("/").content.decode()

    chosen = client.post("/working-date/", {"on": "2024-06-20", "set": "1"}, follow=True)
    assert "is-shifted" in chosen.content.decode()
    assert chosen.context["working_date"] == date(2024, 6, 20)
    assert re.search("业务日期已改为[0-9]{4}年[0-9]+月[0-9]+日", chosen.content.decode())

    back = client.post("/working-date/", {"on": "2024-06-20", "today": "1"}, follow=True)
    assert "is-shifted" not in back.content.decode()
    assert back.context["working_date"] == timezone.localdate()


def test_the_working_date_belongs_to_the_session(cast, page):
    page(cast.clerk).post("/working-date/", {"on": "2024-06-20", "set": "1"})
    other = Client()
    other.force_login(cast.clerk)

    assert other.get("/").context["working_date"] == timezone.localdate()


def test_a_date_that_is_none_is_told_beside_the_field(cast, page):
    answer = page(cast.clerk).post("/working-date/", {"on": "2024-02-31", "set": "1"})

    assert answer.status_code == 200
    assert answer.context["form"].errors["on"]
    assert "2024-02-31" in answer.content.decode()


def test_today_is_put_back_even_where_the_field_holds_nonsense(cast, page):
    client = page(cast.clerk, on="2024-06-20")

    answer = client.post("/working-date/", {"on": "", "today": "1"}, follow=True)

    assert answer.context["working_date"] == timezone.localdate()


def test_large_type_is_kept_with_the_user(cast, page):
    page(cast.clerk).post("/large-type/")
    elsewhere = Client()
    elsewhere.force_login(cast.clerk)

    assert 'class="large"' in elsewhere.get("/").content.decode()
    elsewhere.post("/large-type/")
    assert 'class="large"' not in elsewhere.get("/").content.decode()
    assert 'class="large"' not in page(cast.officer).get("/").content.decode()


def test_large_type_before_login_is_kept_in_the_browser(client, db):
    client.post("/large-type/")
    assert 'class="large"' in client.get("/login/").content.decode()


def test_large_type_leads_back_to_the_page_but_never_to_another_site(cast, page):
    client = page(cast.clerk)
    here = client.post("/large-type/", headers={"referer": "http://testserver/help/"})
    away = client.post("/large-type/", headers={"referer": "https://example.org/x"})

    assert (here.url, away.url) == ("http://testserver/help/", "/")


@pytest.fixture
def zhou(village) -> None:
    """周明富, last four 1234, in 石门村; another of the name in 沙溪村."""
    somebody = factories.person(name="周明富", number=NUMBER)
    type(somebody).objects.filter(pk=somebody.pk).update(pinyin="zhoumingfu zmf")
    factories.member(village.organisation, somebody)
    elsewhere = factories.organisation(factories.SHAXI)
    factories.member(elsewhere, factories.person(name="周明贵"))


def found_by(page, user: User, words: str) -> list[tuple[str, str]]:
    answer = page(user).get("/search/", {"q": words})
    assert answer.status_code == 200
    return [(item["title"], item["detail"]) for part in answer.context["found"] for item in part.items]


@pytest.mark.parametrize("words", ["周明富", "明富", "zhoumingfu", "1234"])
def test_a_member_is_found_by_name_pinyin_and_last_four(words, zhou, cast, page):
    assert [title for title, _detail in found_by(page, cast.clerk, words)] == ["周明富"]


def test_what_is_found_shows_the_last_four_only(zhou, cast, page):
    text = page(cast.clerk).get("/search/", {"q": "周明富"}).content.decode()

    assert "1234" in text
    assert NUMBER not in text


def test_a_clerk_finds_nothing_of_another_village(zhou, cast, page):
    assert found_by(page, cast.stranger, "周明富") == []
    assert [title for title, _detail in found_by(page, cast.stranger, "周")] == ["周明贵"]
    assert "没有查到" in page(cast.stranger).get("/search/", {"q": "1234"}).content.decode()


def test_another_county_finds_nothing_and_the_district_finds_both(zhou, cast, page):
    assert found_by(page, cast.foreign_officer, "周明") == []
    # Others of the village may happen to be called 周明 as well.
    assert {title for title, _detail in found_by(page, cast.officer, "周明")} >= {"周明富", "周明贵"}


def test_offices_without_cases_find_no_member(zhou, cast, page):
    assert found_by(page, cast.finance, "周明富") == []
    assert found_by(page, cast.admin, "周明富") == []


def test_a_batch_is_found_by_its_number_by_those_who_may_open_it(cast, village, page, by):
    batch = stages.submitted(village, cast, by)

    assert "第1批" in found_by(page, cast.officer, batch.number)[0][0]
    assert found_by(page, cast.stranger, batch.number) == []
    assert found_by(page, cast.admin, batch.number) == []


def test_a_village_is_found_by_its_name(cast, village, page):
    assert [title for title, _d in found_by(page, cast.officer, "石门")] == [village.organisation.name]


def test_a_whole_identity_number_finds_nothing(zhou, cast, page):
    assert found_by(page, cast.clerk, NUMBER) == []


def test_acts_are_listed_in_pages_newest_first_and_are_ones_own(cast, village, page, by):
    for n in range(53):
        acting = by(cast.clerk, date(2024, 1, 1) + timedelta(days=n))
        declare_income(village.organisation.pk, by=acting, year=2023, disposable_fen=100 + n)
    propose_identity(
        village.members[0].pk, by=by(cast.officer, ON), name="周明富", id_number=NUMBER, reason="户口簿"
    )
    client = page(cast.clerk)

    first, second = (client.get("/activity/", {"page": n}).context["page_obj"] for n in (1, 2))

    assert (len(first.object_list), len(second.object_list)) == (50, 3)
    newest = first.object_list[0]
    assert isinstance(newest, TimelineItem)
    assert (newest.text, newest.when) == ("申报可支配收益，1.52元", "2024-02-22")
    assert client.get("/activity/", {"page": "x"}).status_code == 200
    assert "您还没有办过业务" in page(cast.auditor).get("/activity/").content.decode()


def test_nobody_logged_out_sees_a_page_of_the_desk(client, db):
    for address in ("/", "/board/", "/search/?q=周", "/activity/", "/working-date/", "/help/"):
        answer = client.get(address)
        assert answer.status_code == 302 and answer.url.startswith("/login/")


def test_a_home_without_an_organisation_still_opens(cast, page):
    assert not CollectiveOrganisation.objects.exists()
    assert home_of(page, cast.clerk).status_code == 200


@pytest.mark.rule("LAW-04")
def test_the_village_a_person_left_sees_nothing_of_what_came_after(cast, village, page, api):
    """The old membership stays to be read; later payments and reports are the new village's business."""
    member = village.members[0]
    Membership.objects.filter(pk=member.pk).update(left_on=date(2024, 6, 1))
    there = factories.member(factories.organisation(factories.SHAXI), member.person)
    place = there.organisation.area_codes()
    factories.paid(member.person, 2025, 2000, **place)
    report_status(
        there.pk,
        by=By(cast.stranger, date(2025, 6, 1)),
        kind=StatusKind.OTHER_PENSION,
        event_on=date(2025, 5, 1),
    )

    old = page(cast.clerk, on=ON).get(reverse("member", args=[member.pk])).content.decode()
    new = page(cast.stranger, on=ON).get(reverse("member", args=[there.pk])).content.decode()

    assert "2,000.00" in new and "2,000.00" not in old
    assert "已享受其他养老待遇" in new and "已享受其他养老待遇" not in old
    assert api(cast.clerk).get(f"/api/members/{member.pk}/status/").data["results"] == []
    assert len(api(cast.stranger).get(f"/api/members/{there.pk}/status/").data["results"]) == 1
