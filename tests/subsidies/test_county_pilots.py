"""A county applies for the pilot and the city decides (JN-04); the year's list of pilot villages (NX-02, NX-03)."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from core.errors import (
    ActorNotPermitted,
    InvalidInput,
    RuleViolation,
    SeparationOfDuties,
    TransitionNotAllowed,
)
from core.navigation import todos_for
from policies.models import PolicyValue
from policies.selectors import rulebook
from policies.services import change_token
from subsidies.models import CountyPilot
from subsidies.selectors import county_pilots as selectors
from subsidies.services import county_pilots as services
from subsidies.services import plans
from subsidies.services.county_pilots import Assessed
from tests import factories
from tests.subsidies import jining
from villages.enums import Role

pytestmark = pytest.mark.django_db
RENCHENG, SHIQIAO, JIAXIANG = "370811000000", "370811109000", "370829000000"
GOOD = [Assessed("集体经济", True, "村均经营收入30万元"), Assessed("积极性", True)]


@pytest.fixture
def jn(base_data):
    cast = jining.make_cast()
    cast.rencheng = factories.account("rc_officer", RENCHENG, Role.OFFICER)
    return cast


def apply(cast, day="2024-03-01"):
    return services.apply_for_pilot(
        RENCHENG, by=jining.on(cast.rencheng, day), statement="集体经济整体实力强"
    )


def village_of(county_town: str, cast) -> tuple[factories.Village, object]:
    code = jining.new_village(county_town)
    village = jining.make_village(code)
    return village, factories.account(f"jn_clerk_{code}", code, Role.CLERK)


@pytest.mark.rule("JN-04")
def test_a_county_that_applied_and_was_selected_may_put_plans_in_force_from_that_day(jn):
    village, clerk = village_of(SHIQIAO, jn)
    plan = jining.resolved(village, clerk, day="2024-04-01")
    row = apply(jn)
    with pytest.raises(RuleViolation, match="任城区不是选定的试点县") as early:
        plans.put_in_force(plan.pk, by=jining.on(clerk, "2024-04-09"))

    services.select_county(
        row.pk, by=jining.on(jn.city, "2024-04-10"), assessed=GOOD, document="济人社函〔2024〕9号"
    )

    assert early.value.code == "E-NOT-PILOT"
    assert "二第二段" in early.value.clause
    assert plans.put_in_force(plan.pk, by=jining.on(clerk, "2024-04-10")).state == "in_force"
    row.refresh_from_db()
    assert (row.state, row.decided_on, row.assessment[0]["name"]) == (
        "selected",
        date(2024, 4, 10),
        "集体经济整体实力强",
    )


@pytest.mark.rule("JN-04")
def test_a_county_that_never_applied_is_refused_and_told_who_is_in(jn):
    row = apply(jn)
    services.select_county(row.pk, by=jining.on(jn.city, "2024-04-10"), assessed=GOOD, document="文")
    village, clerk = village_of("370829104000", jn)
    plan = jining.resolved(village, clerk, day="2024-05-20")

    with pytest.raises(RuleViolation) as refused:
        plans.put_in_force(plan.pk, by=jining.on(clerk, "2024-05-20"))

    assert refused.value.code == "E-NOT-PILOT"
    assert "嘉祥县不是选定的试点县，已选定鱼台县、任城区" in refused.value.message


@pytest.mark.rule("JN-04")
def test_a_county_that_the_rulebook_lists_is_in_without_applying(jn):
    village = jining.make_village()

    assert jining.in_force(village, jn.clerk).state == "in_force"
    with pytest.raises(TransitionNotAllowed, match="已经是试点县"):
        services.apply_for_pilot(jining.YUTAI, by=jining.on(jn.officer, "2024-05-01"), statement="再申请")


@pytest.mark.rule("JN-04")
def test_a_declined_county_is_told_why_and_may_apply_again(jn):
    row = apply(jn)
    assessed = [Assessed("集体经济", False, "半数村无经营收入"), Assessed("积极性", True)]
    services.decline_county(
        row.pk, by=jining.on(jn.city, "2024-04-10"), assessed=assessed, reason="条件还不成熟"
    )

    again = apply(jn, "2024-09-01")

    row.refresh_from_db()
    assert (row.state, row.reason, again.state) == ("declined", "条件还不成熟", "applied")
    assert not selectors.is_selected(RENCHENG, on=date(2024, 9, 1))


@pytest.mark.rule("JN-04")
def test_only_the_city_selects_and_never_who_applied(jn):
    row = apply(jn)
    other = factories.account("rc_district", RENCHENG, Role.DISTRICT)
    with pytest.raises(ActorNotPermitted, match="由市里选定"):
        services.select_county(row.pk, by=jining.on(other, "2024-04-10"), assessed=GOOD, document="文")
    with pytest.raises(SeparationOfDuties):
        services.select_county(row.pk, by=jining.on(jn.rencheng, "2024-04-10"), assessed=GOOD, document="文")

    row.refresh_from_db()
    assert (row.state, row.assessment) == ("applied", [])


@pytest.mark.rule("JN-04")
def test_every_criterion_is_weighed_and_the_selection_has_a_document(jn):
    row = apply(jn)
    with pytest.raises(InvalidInput, match="还没有评估：居民养老保险工作积极性高"):
        services.select_county(row.pk, by=jining.on(jn.city, "2024-04-10"), assessed=GOOD[:1], document="文")
    with pytest.raises(InvalidInput, match="选定的文件名称"):
        services.select_county(row.pk, by=jining.on(jn.city, "2024-04-10"), assessed=GOOD, document=" ")

    assert CountyPilot.objects.get().state == "applied"


def test_a_county_applies_once_and_only_where_counties_apply(jn, cast):
    apply(jn)
    with pytest.raises(TransitionNotAllowed, match="请等市里选定"):
        apply(jn)
    with pytest.raises(TransitionNotAllowed, match="不用申请"):
        services.apply_for_pilot(factories.COUNTY, by=jining.on(cast.officer, "2024-07-01"), statement="申请")


@pytest.mark.rule("JN-04")
def test_county_and_city_do_it_on_their_pages(jn, page):
    county = page(jn.rencheng, on="2024-03-01")
    before = county.get(reverse("pilots")).content.decode()
    sent = county.post(
        reverse("pilot-apply"), {"statement": "实力强", "document": "任人社〔2024〕3号", "request_key": "a"}
    )
    after = county.get(reverse("pilots")).content.decode()
    city = page(jn.city, on="2024-04-10")
    waiting = [todo.title for todo in todos_for(jn.city, on=date(2024, 4, 10))]
    open_ = city.post(
        sent.url, {"criterion0": "met", "decision": "select", "request_key": "b"}
    ).content.decode()
    city.post(
        sent.url,
        {
            "criterion0": "met", "criterion1": "met", "remark0": "强", "remark1": "", "decision": "select",
            "document": "济人社函〔2024〕9号", "reason": "", "request_key": "c",
        },
    )  # fmt: skip
    shown = page(jn.rencheng, on="2024-04-11").get(sent.url).content.decode()

    assert "先由县里提出申请" in before and reverse("pilot-apply") in before
    assert "等市里选定" in after and reverse("pilot-apply") not in after
    assert waiting == ["选定试点县：任城区"]
    assert "请评估“居民养老保险工作积极性高”" in open_ and "请写明选定的文件名称或文号" in open_
    assert "济人社函〔2024〕9号" in shown and "已选定" in shown and "评估表" in shown


@pytest.mark.rule("JN-04")
def test_county_and_city_do_it_through_the_api(jn, api):
    def send(user, path, **body):
        headers = {"Idempotency-Key": path}
        return api(user).post(f"/api/{path}", body, format="json", headers=headers)

    made = send(jn.rencheng, "county-pilots/", on="2024-03-01", statement="实力强")
    assert made.status_code == 201, made.data
    path = f"county-pilots/{made.data['id']}/select/"
    form = [{"key": "集体经济", "is_met": True}, {"key": "积极性", "is_met": True}]
    refused = send(jn.rencheng, path, on="2024-04-10", assessment=form, document="文")
    done = send(jn.city, path, on="2024-04-10", assessment=form, document="文")

    assert refused.status_code in (403, 422)
    assert (done.data["state"], done.data["decided_on"]) == ("selected", "2024-04-10")
    assert api(jn.officer).get("/api/county-pilots/").data["results"] == []


# Ningxia: the year's list


@pytest.mark.rule("NX-03")
def test_the_list_of_2024_has_its_sixteen_villages_county_by_county(base_data):
    found = selectors.village_list(rulebook(factories.YUANLONG, on=date(2024, 8, 28)), 2024)

    assert (found.count, found.expected.value, found.fits) == (16, 16, True)
    assert found.counties == [
        ("西夏区", 2, 2), ("灵武市", 7, 7), ("永宁县", 5, 5), ("原州区", 1, 1), ("沙坡头区", 1, 1),
    ]  # fmt: skip


@pytest.mark.rule("NX-02")
@pytest.mark.rule("NX-03")
@pytest.mark.rule("NX-04")
def test_the_page_shows_a_year_s_list_and_that_its_number_fits(base_data, page):
    nx = factories.make_ningxia_cast()
    browser = page(nx.officer, on="2024-08-28")

    shown = browser.get(reverse("pilots") + "?year=2024").content.decode()
    later = browser.get(reverse("pilots") + "?year=2026").content.decode()
    none = browser.get(reverse("pilots") + "?year=2023").content.decode()

    assert "富原社区" in shown and "杨郎村" in shown and "名单16个，与文件写明的个数一致" in shown
    assert "口径待确认" in later
    assert "这一年度没有名单" in none


@pytest.mark.rule("NX-03")
def test_a_list_that_lost_a_village_says_so(base_data, page):
    PolicyValue.objects.filter(name="pilot_village", key="640402107213", year_from=2024).delete()
    change_token()
    nx = factories.make_ningxia_cast()

    shown = page(nx.officer, on="2024-08-28").get(reverse("pilots") + "?year=2024").content.decode()

    assert "名单里有15个，文件写明16个，对不上" in shown


@pytest.mark.rule("NX-03")
def test_the_list_through_the_api(base_data, api):
    nx = factories.make_ningxia_cast()
    found = api(nx.clerk).get("/api/pilot-villages/?year=2024&on=2024-08-28").data

    assert (found["count"], found["expected"], found["fits"]) == (16, 16, True)
    assert found["villages"][0]["name"] == "顾家桥村"
    assert api(nx.clerk).get("/api/pilot-villages/?year=2023").data["count"] == 0


def test_changshou_s_page_names_the_first_towns_while_they_count(cast, page):
    june = page(cast.clerk, on="2024-06-20").get(reverse("pilots")).content.decode()
    july = page(cast.clerk, on="2024-07-01").get(reverse("pilots")).content.decode()

    assert "晏家街道、江南街道、云台镇" in june
    assert "全部镇街" in july


# The task force


def force_of(page, user, day: str) -> str:
    return " ".join(page(user, on=day).get(reverse("pilots")).content.decode().split())


@pytest.mark.rule("JN-14")
def test_jining_s_task_force_has_its_four_offices_with_their_people(jn, page):
    text = force_of(page, jn.clerk, "2024-06-01")

    assert "集体经济组织补助居民基本养老保险工作专班" in text
    assert "4个成员单位，文件没有写由谁牵头" in text
    assert "<dt>农业农村</dt><dd>jn_agriculture</dd>" in text
    assert "<dt>税务</dt><dd>jn_tax</dd>" in text


@pytest.mark.rule("CS-23")
def test_changshou_s_is_led_by_the_human_resources_office(cast, page):
    text = force_of(page, cast.tax, "2024-07-01")

    assert "区人力社保局（牵头）" in text and "由区人力社保局牵头" in text
    assert "<dt>区税务局</dt><dd>tax</dd>" in text


@pytest.mark.rule("NX-20")
def test_ningxia_s_has_civil_affairs_among_its_members(base_data, page):
    text = force_of(page, factories.make_ningxia_cast().officer, "2024-08-28")

    assert "<dt>民政</dt>" in text and "4个成员单位" in text
