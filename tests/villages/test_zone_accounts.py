"""An account of a functional zone sees and does everything in the towns it handles, and nothing beside them (JN-01)."""

from __future__ import annotations

import re
import uuid
from datetime import date
from types import SimpleNamespace

import pytest
from django.urls import reverse

from contributions.models import Contribution
from contributions.services import PaymentInput, record_contributions
from core.access import Area
from core.errors import NotInArea, RuleViolation
from core.imports.jobs import bring_in
from core.imports.services import confirm_import, discard_import, recheck_import
from core.models import Event
from desk.closing.selectors import may_confirm, waiting_for
from desk.models import YearClosing
from policies.amendments.requests import AmendmentRequest
from policies.amendments.selectors import waiting_for as waiting_amendments
from policies.amendments.services import propose_amendment
from policies.models import Amendment, Clause
from rewards.models import Reward
from rewards.navigation import to_approve
from rewards.tasks import _officer_of
from tests import factories, sheets
from tests.subsidies import jining
from tests.test_doors import DOORS
from villages.access import access_of_staff
from villages.enums import Role
from villages.models import Region, StaffArea
from villages.services import staff
from villages.zones import region_of_zone

pytestmark = [pytest.mark.django_db, pytest.mark.rule("JN-01")]
ZONE, RENCHENG, SHIQIAO, CHANGGOU = "太白湖新区", "370811000000", "370811109000", "370811102000"
JINING = "370800000000"
ON = "2024-06-01"
TODAY = "2026-11-22"
COUNTY_ROLES = [Role.OFFICER, Role.TAX, Role.FINANCE, Role.TOWNSHIP, Role.DISTRICT, Role.AUDITOR, Role.ADMIN]


def zone_account(role, name="zone"):
    region = Region.objects.get(code=RENCHENG)
    return staff.make_account(
        username=f"{name}_{role}",
        display_name=f"{name}_{role}",
        password=factories.PASSWORD,
        region=region,
        roles=[role],
        backdate_days=3650,
        zone=ZONE,
    )


@pytest.fixture
def world(base_data):
    """A village that the zone handles and one that the county keeps, each with a plan and a batch."""
    found = {}
    for name, code in {
        "own": jining.new_village(SHIQIAO, name="新河村"),
        "foreign": jining.new_village(CHANGGOU, name="回林村"),
    }.items():
        village = jining.make_village(code, members=1)
        clerk = factories.User.objects.get(username=f"jn_clerk_{code}")
        plan = jining.resolved(village, clerk)
        found[name] = SimpleNamespace(village=village, plan=plan, clerk=clerk, member=village.members[0])
    return SimpleNamespace(**found)


def rows_of(side):
    return {
        "organisations": side.village.organisation.pk,
        "plans": side.plan.pk,
        "members": side.member.pk,
        "accounts": side.member.person_id,
        "staff": side.clerk.pk,
        "regions": side.village.organisation.village_code,
    }


def knock(client, door, side, method):
    pk = rows_of(side)[door.place]
    path = re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]+>", str(pk), door.route).replace("^", "").replace("$", "")
    body = {"request_key": uuid.uuid4().hex, "on": ON}
    shape = {"content_type": "application/json"} if door.is_api else {}
    return getattr(client, method)(f"/{path}", body, headers={"Idempotency-Key": uuid.uuid4().hex}, **shape)


@pytest.mark.parametrize("role", COUNTY_ROLES)
def test_no_list_or_page_of_any_role_names_the_rest_of_the_county(world, page, role):
    browser = page(zone_account(role), on=ON)
    told = ("回林村", world.foreign.member.person.name + "</", world.foreign.village.organisation.name)
    for door in DOORS:
        if door.arguments or "get" not in door.methods:
            continue
        answer = browser.get("/" + door.route.replace("^", "").replace("$", ""))
        assert answer.status_code < 500, door.route
        if not answer.streaming and "html" in answer.get("Content-Type", ""):
            said = answer.content.decode()
            assert not [word for word in told if word in said], door.route


@pytest.mark.parametrize("role", COUNTY_ROLES)
def test_no_door_of_the_rest_of_the_county_opens(world, client, role):
    user = zone_account(role)
    client.force_login(user)
    doors = [door for door in DOORS if door.place in rows_of(world.foreign) and len(door.arguments) == 1]
    assert len(doors) > 30
    for door in doors:
        for method in door.methods:
            if method in {"get", "post", "patch", "delete"}:
                answer = knock(client, door, world.foreign, method)
                assert answer.status_code in {400, 403, 404, 405}, (door.route, method, answer.status_code)
    assert not Event.objects.filter(actor=user).exists()


def test_its_own_village_is_open_to_it(world, page):
    browser = page(zone_account(Role.OFFICER), on=ON)

    for name in ("organisations", "plans", "members"):
        assert "新河村" in browser.get(reverse(name)).content.decode(), name
    assert browser.get(reverse("plan", args=[world.own.plan.pk])).status_code == 200
    assert browser.get(reverse("plan", args=[world.foreign.plan.pk])).status_code == 404


def test_the_menu_says_the_zones_name_and_the_county_below_it(world, page, api):
    user = zone_account(Role.OFFICER)
    shown = page(user, on=ON).get("/").content.decode()
    me = api(user).get("/api/me/").json()

    assert f'<div class="nav-place"><strong>{ZONE}</strong><span>任城区</span></div>' in shown
    assert (me["area_code"], me["area_name"]) == (RENCHENG, ZONE)
    assert me["area_towns"] == ["370811002000", SHIQIAO]


def test_what_belongs_to_the_whole_county_is_not_done_by_a_zone(world, by):
    officer = zone_account(Role.OFFICER)
    county = Region.objects.get(code=RENCHENG)

    assert not officer.access.area.holds(county)
    with pytest.raises(NotInArea):
        staff.create_staff(
            by=by(zone_account(Role.ADMIN), ON),
            username="x",
            display_name="某",
            password="Taibai-2024",
            region=county,
            roles=[Role.OFFICER],
        )
    assert _officer_of(RENCHENG) is None


def test_payments_of_its_people_are_brought_in_and_of_others_refused(world, by):
    officer = zone_account(Role.OFFICER)

    def pay(side, number=None):
        person = side.member.person
        row = PaymentInput(
            name=person.name,
            id_number=number or person.id_cipher,
            year=2024,
            tier_fen=None,
            personal_fen=50000,
            on_behalf_fen=0,
            paid_on=date(2024, 5, 6),
        )
        return record_contributions([row], by=by(officer, ON))

    assert pay(world.own)[0].contribution.town_code == SHIQIAO
    with pytest.raises(RuleViolation) as refused:
        pay(world.foreign)
    assert "不归您的单位管理" in str(refused.value.as_dict())
    assert not Contribution.objects.filter(town_code=CHANGGOU, paid_on=date(2024, 5, 6)).exists()


OTHER_TOWN = "370811002000"


@pytest.fixture
def sheet(world, by, settings):
    """Payments that the zone brought in: it handles two towns, the sheet stands at the first of them."""

    def bring(*, large=False):
        settings.IMPORT_NOW_BYTES = 1 if large else 10**7
        person = world.own.member.person
        head = ["姓名", "身份证号", "缴费年度", "个人缴费（元）", "缴费日期"]
        content = sheets.xlsx([head, [person.name, person.id_cipher, 2024, 500, "2024-05-06"]])
        return bring_in(
            "contributions", name="缴费.xlsx", content=content, by=by(zone_account(Role.OFFICER), ON)
        )()

    return bring


def seen_by(user, one, page, api):
    """Whether the list, the page, the interface and, where one works on it, the job are open."""
    browser, client = page(user, on=ON), api(user)
    listed = f"/imports/{one.pk}/" in browser.get(reverse("imports")).content.decode()
    doors = [browser.get(f"/imports/{one.pk}/"), client.get(f"/api/imports/{one.pk}/")]
    if one.job_id:
        doors.append(client.get(f"/api/jobs/{one.job_id}/"))
    return {listed, *(door.status_code == 200 for door in doors)}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("code", "is_shown"),
    [(OTHER_TOWN, False), (SHIQIAO, False), (RENCHENG, True), ("370800000000", True), ("370000000000", True)],
)
def test_a_sheet_of_the_zone_is_seen_where_all_its_towns_are(sheet, page, api, code, is_shown, large):
    one = sheet(large=large)
    assert one.town_code == OTHER_TOWN

    assert seen_by(factories.account("other", code, Role.OFFICER), one, page, api) == {is_shown}
    assert seen_by(one.uploaded_by, one, page, api) == {True}


@pytest.mark.parametrize("act", ["confirm", "discard", "recheck"])
def test_the_office_of_the_town_it_stands_at_does_nothing_with_it(sheet, by, act):
    one = sheet()
    officer = by(factories.account("other", OTHER_TOWN, Role.OFFICER), ON)
    acts = {"confirm": confirm_import, "discard": discard_import, "recheck": recheck_import}

    with pytest.raises(NotInArea):
        acts[act](one.pk, by=officer)
    confirm_import(one.pk, by=by(factories.account("county", RENCHENG, Role.OFFICER), ON))


def test_a_towns_own_sheet_is_its_own(world, page, api, by):
    officer = factories.account("other", SHIQIAO, Role.OFFICER)
    person = world.own.member.person
    content = sheets.csv(
        [
            ["姓名", "身份证号", "缴费年度", "个人缴费（元）", "缴费日期"],
            [person.name, person.id_cipher, 2024, 500, ON],
        ]
    )
    one = bring_in("contributions", name="缴费.csv", content=content, by=by(officer, ON))()

    assert one.zone_towns == ""
    assert seen_by(officer, one, page, api) == seen_by(zone_account(Role.OFFICER), one, page, api) == {True}


@pytest.fixture
def admin(world):
    return factories.account("rc_admin", RENCHENG, Role.ADMIN)


def test_the_administrator_makes_the_account_on_the_page(admin, page):
    browser = page(admin, on=ON)
    assert f"{ZONE}（功能区）" in browser.get(reverse("staff-new")).content.decode()

    answer = browser.post(
        reverse("staff-new"),
        {
            "username": "taibai",
            "display_name": "孔令工",
            "password": "Xin-qu-2024",
            "region": f"{RENCHENG}/{ZONE}",
            "roles": [Role.OFFICER],
            "request_key": "k",
        },
    )

    assert answer.status_code == 302, answer.content.decode()
    made = StaffArea.objects.get(user__username="taibai")
    assert (made.region_id, made.zone) == (RENCHENG, ZONE)
    assert access_of_staff(made.user).area == Area(RENCHENG, frozenset({"370811002000", SHIQIAO}))
    assert ZONE in browser.get(reverse("staff-list")).content.decode()


@pytest.mark.parametrize(("zone", "status"), [(ZONE, 201), ("济宁经济技术开发区", 400), ("没有的区", 400)])
def test_the_administrator_makes_the_account_through_the_api(admin, api, zone, status):
    answer = api(admin).post(
        "/api/staff/",
        {
            "on": ON,
            "username": "taibai",
            "display_name": "孔令工",
            "password": "Xin-qu-2024",
            "region": RENCHENG,
            "zone": zone,
            "roles": ["officer"],
        },
        format="json",
        headers={"Idempotency-Key": "k"},
    )

    assert answer.status_code == status, answer.json()
    if status == 201:
        assert answer.json()["zone"] == zone
    else:
        assert "zone" in answer.json()["fields"]


def test_a_hand_over_keeps_the_zone(admin, by):
    leaving = zone_account(Role.OFFICER)

    successor = staff.hand_over(
        leaving.pk,
        by=by(admin, ON),
        successor_name="孟工",
        username="meng",
        password="Xin-qu-2024",
        document="太白湖新区任〔2024〕3号",
    )

    assert successor.staff_area.zone == ZONE


def test_a_zone_that_handles_no_town_gives_no_access(world, page):
    user = zone_account(Role.OFFICER)
    StaffArea.objects.filter(user=user).update(zone="撤销了的区")

    assert access_of_staff(user).area is None
    assert page(user, on=ON).get(reverse("plans")).status_code == 403


def test_a_zone_is_found_in_the_smallest_region_that_holds_it():
    assert region_of_zone(["370811002000", SHIQIAO]) == RENCHENG
    assert region_of_zone([SHIQIAO, "370829104000"]) == "370800000000"
    assert region_of_zone([SHIQIAO]) == RENCHENG


@pytest.mark.parametrize("code", ["", "370000000000", "370811000000", "370811109000", "370811109201"])
def test_other_areas_are_what_they_were(code):
    area = Area(code)

    assert area.seat == code
    assert area.own_town == (code if code == SHIQIAO else "")
    assert area.is_above_county == (code in {"", "370000000000"})


def test_a_closing_of_the_county_is_shown_to_a_zone_and_waits_for_the_county_alone(world, page):
    county = Region.objects.get(code=RENCHENG)
    found = YearClosing.objects.create(
        year=2024,
        proposed_by=factories.account("rc_officer", RENCHENG, Role.OFFICER),
        proposed_on=date(2025, 2, 10),
        last_acted_on=date(2025, 2, 10),
        **county.area_codes(),
    )
    here = reverse("closing", args=[found.pk])

    def told(user):
        browser = page(user, on="2025-02-12")
        return here in browser.get("/").content.decode(), "2024" in browser.get(here).content.decode()

    zone, reviewer = zone_account(Role.REVIEWER), factories.account("rc_reviewer", RENCHENG, Role.REVIEWER)
    assert [waiting_for(zone), waiting_for(reviewer)] == [[], [found]]
    assert [may_confirm(zone, found), may_confirm(reviewer, found)] == [False, True]
    assert [told(zone), told(reviewer)] == [(False, True), (True, True)]


COUNTY_ACTS = [
    (Role.OFFICER, "rewards", "/rewards/compute/"),
    (Role.OFFICER, "rewards", 'name="reward"'),
    (Role.OFFICER, "reward-rates", 'name="rate_ppm"'),
    (Role.OFFICER, "reward-payments", "经办账户余额"),
    (Role.OFFICER, "reward-payments", "拨付{count}个村"),
    (Role.FINANCE, "budgets", 'name="total_fen"'),
    (Role.OFFICER, "commendations", "/commendations/new/"),
    (Role.OFFICER, "home", "核定奖励1个村"),
]


@pytest.mark.parametrize(("role", "name", "offer"), COUNTY_ACTS)
def test_an_act_on_the_whole_county_is_not_offered_to_a_zone(world, page, role, name, offer):
    village = world.own.village.organisation
    for year, state in ((2024, "computed"), (2023, "received")):
        Reward.objects.create(
            organisation=village,
            year=year,
            cap_fen=100,
            state=state,
            last_acted_on=ON,
            **village.area_codes(),
        )

    def said(user):
        return page(user, on=ON).get(reverse(name), {"year": 2024}).content.decode()

    assert offer in said(factories.account("rc", RENCHENG, role))
    assert offer not in said(zone_account(role))


def test_the_menu_counts_no_row_that_a_zone_s_finance_cannot_decide(world):
    village = world.own.village.organisation
    Reward.objects.create(
        organisation=village, year=2024, state="applied", last_acted_on=ON, **village.area_codes()
    )

    assert to_approve(factories.account("rc", RENCHENG, Role.FINANCE)) == 1
    assert to_approve(zone_account(Role.FINANCE)) == 0


def test_the_rulebook_of_the_county_is_changed_by_the_county_alone(world, page, api, by):
    def offered(user):
        browser = page(user, on=TODAY)
        shown = [
            browser.get(path).content.decode()
            for path in ("/policies/", f"/policies/{JINING}/", "/amendments/")
        ]
        return [f"/policies/{RENCHENG}/amend/" in text for text in shown]

    zone, county = zone_account(Role.ADMIN), factories.account("rc", RENCHENG, Role.ADMIN)
    assert offered(county) == [True, True, True]
    assert offered(zone) == [False, False, False]

    asked = AmendmentRequest(
        name="notice_payment_days",
        rows={"": "20"},
        valid_from=date(2026, 12, 1),
        reason="新定",
        confidence="document",
        clause_id=Clause.objects.filter(document__region_code="370000000000").first().pk,
    )
    path, sent = (
        f"/policies/{RENCHENG}/amend/?name=notice_payment_days",
        {"value-0": "20", "request_key": "k"},
    )
    assert [
        page(zone, on=TODAY).get(path).status_code,
        page(zone, on=TODAY).post(path, sent).status_code,
    ] == [404, 404]
    with pytest.raises(NotInArea):
        propose_amendment(RENCHENG, by=by(zone, TODAY), request=asked)
    body = {
        "on": TODAY,
        "region_code": RENCHENG,
        "name": asked.name,
        "rows": asked.rows,
        "valid_from": "2026-12-01",
        "reason": "新定",
        "confidence": "document",
        "clause": asked.clause_id,
    }
    answer = api(zone).post("/api/amendments/", body, format="json", headers={"Idempotency-Key": "k"})
    assert answer.status_code == 404
    assert not Amendment.objects.exists()

    row = propose_amendment(RENCHENG, by=by(county, TODAY), request=asked)
    second = factories.account("rc2", RENCHENG, Role.ADMIN)
    for act in ("approve", "return", "withdraw"):
        sent = {"confirmed": "1", "version": row.version, "reason": "不合适", "request_key": act}
        assert page(zone, on=TODAY).post(f"/amendments/{row.pk}/{act}/", sent).status_code == 404, act
        answer = api(zone).post(
            f"/api/amendments/{row.pk}/{act}/",
            {"on": TODAY, "version": row.version, "reason": "不合适"},
            format="json",
            headers={"Idempotency-Key": act},
        )
        assert answer.status_code == 404, act
    assert [list(waiting_amendments(zone)), list(waiting_amendments(second))] == [[], [row]]
