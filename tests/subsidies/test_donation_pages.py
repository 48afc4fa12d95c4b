"""Donors and pools on pages and through the API: the clerk's way, and who sees what."""

from __future__ import annotations

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from subsidies.models import Donor, Plan, Pool
from subsidies.services import applications
from subsidies.services.attachments import Paper, attach_paper
from tests import factories
from tests.subsidies import gifts, ningxia, stages
from tests.subsidies.gifts import columns

pytestmark = pytest.mark.django_db
DAY = "2024-09-02"


@pytest.fixture
def village(base_data):
    return factories.make_village(members=3)


def send(client, url: str, **data):
    return client.post(url, {"request_key": uuid.uuid4().hex, **data})


def scan(name: str = "回单.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, stages.PDF, "application/pdf")


@pytest.mark.rule("JN-18")
def test_the_clerk_registers_a_donor_opens_a_pool_and_records_the_money(village, cast, page):
    client = page(cast.clerk, on=DAY)
    code = gifts.uscc("91500115MA5U00001")

    answer = send(client, "/donors/new/", kind="enterprise", name="长寿某机械公司", uscc=code)
    donor = Donor.objects.get()
    assert answer.url == f"/donors/{donor.pk}/"
    answer = send(
        client, "/pools/new/", donor=donor.pk, year=2024, custody="organisation", purpose="资助低保对象参保",
        agreement_number="资协2024-1", agreed_on=DAY, agreement=scan("协议.pdf"),
    )  # fmt: skip
    pool = Pool.objects.get()
    assert answer.url == f"/pools/{pool.pk}/"
    send(client, f"/pools/{pool.pk}/receive/", amount_fen="1,000", moved_on=DAY, voucher="R-1", scan=scan())

    assert columns(pool) == (1_000, 0, 0, 0, 0, 1_000)
    assert sorted(pool.attachments.values_list("kind", flat=True)) == ["agreement", "receipt"]
    shown = client.get(f"/pools/{pool.pk}/?column=income_fen").content.decode()
    assert "R-1" in shown and "1,000.00" in shown and "拟定资助方案" in shown
    assert "定方案" in client.get("/").content.decode()
    send(client, f"/pools/{pool.pk}/plan/")
    assert Plan.objects.get().pool == pool


def test_a_form_that_is_refused_keeps_its_input_beside_the_field(village, cast, page):
    client = page(cast.clerk, on=DAY)

    shown = send(client, "/donors/new/", kind="enterprise", name="错码公司", uscc="91500115MA5U00001X")

    text = shown.content.decode()
    assert shown.status_code == 200 and "错码公司" in text and "末位校验不符" in text
    assert not Donor.objects.exists()


@pytest.mark.rule("NX-09")
def test_a_charity_without_code_is_told_so_on_the_form(base_data, page):
    nx = factories.make_ningxia_cast()
    village = factories.make_ningxia_village()
    giver = gifts.donor(gifts.on(nx.clerk, DAY), village.organisation.village_code, kind="charity")

    shown = send(
        page(nx.clerk, on=DAY), "/pools/new/", donor=giver.pk, year=2024, custody="charity",
        charity_name="宁夏某慈善总会", purpose="资助困难成员",
    )  # fmt: skip

    assert "统一社会信用代码" in shown.content.decode()
    assert "要写明慈善组织名称" in shown.content.decode()
    assert not Pool.objects.exists()


def test_giving_back_asks_for_the_claim_and_a_tick(village, cast, page):
    pool = gifts.pool(village, cast.clerk, DAY, yuan=1_000)
    client, url = page(cast.clerk, on="2024-09-20"), f"/pools/{pool.pk}/return/"
    money = {"amount_fen": "400", "moved_on": "2024-09-20", "voucher": "B-1"}

    assert "书面申请" in send(client, url, **money, confirmed="1").content.decode()
    assert "打勾确认" in send(client, url, **money, scan=scan("申请.pdf")).content.decode()
    assert columns(pool)[4] == 0
    assert send(client, url, **money, scan=scan("申请.pdf"), confirmed="1").status_code == 302

    assert columns(pool) == (1_000, 0, 0, 0, 400, 600)
    paper = pool.attachments.get()
    assert client.get(f"/papers/{paper.pk}/").status_code == 200


@pytest.mark.rule("NX-09")
@pytest.mark.rule("NX-20")
def test_civil_affairs_reads_pools_and_donors_and_writes_nothing(base_data, page, api):
    nx = factories.make_ningxia_cast()
    village = factories.make_ningxia_village()
    pool = gifts.pool(
        village, nx.clerk, DAY, yuan=2_000, kind="charity", name="宁夏某慈善总会", custody="charity",
        charity_name="宁夏某慈善总会", charity_uscc=gifts.uscc("53640000MJX000017"),
    )  # fmt: skip
    client = page(nx.civil_affairs, on=DAY)

    listed, one = client.get("/pools/").content.decode(), client.get(f"/pools/{pool.pk}/").content.decode()

    assert "宁夏某慈善总会" in listed and "2,000.00" in listed
    assert f"/pools/{pool.pk}/receive/" not in one and f"/pools/{pool.pk}/return/" not in one
    for url in ("/donors/new/", "/pools/new/", f"/pools/{pool.pk}/receive/", f"/pools/{pool.pk}/return/"):
        assert client.get(url).status_code == 403
    assert client.get(f"/donors/{pool.donor_id}/").status_code == 200
    assert client.get("/plans/").status_code == 200 and client.get("/members/").status_code == 403
    money = {"amount_fen": 1, "moved_on": DAY, "voucher": "X", "on": DAY}
    refused = api(nx.civil_affairs).post(
        f"/api/pools/{pool.pk}/receive/", money, format="json", headers={"Idempotency-Key": "k"}
    )
    assert refused.status_code == 403


def test_the_agency_opens_a_pool_for_a_village_with_a_donor_of_the_county(village, cast, page):
    client = page(cast.officer, on=DAY)
    send(client, "/donors/new/", kind="individual", name="张三")
    donor = Donor.objects.get()
    assert (donor.county_code, donor.village_code) == (factories.COUNTY, "")

    assert village.organisation.name in client.get("/pools/new/").content.decode()
    send(
        client, "/pools/new/", organisation=village.organisation.pk, donor=donor.pk, year=2024,
        custody="direct", purpose="资助困难成员参保",
    )  # fmt: skip

    pool = Pool.objects.get()
    assert pool.payer_name == "张三"
    assert "张三" in page(cast.clerk, on=DAY).get(f"/pools/{pool.pk}/").content.decode()


@pytest.mark.rule("NX-09")
def test_a_plan_of_a_charitys_money_is_drafted_and_put_in_force_without_a_meeting(base_data, page):
    nx = factories.make_ningxia_cast()
    village = factories.make_ningxia_village()
    for member in village.members:
        member.person_kind = "minimum_living_allowance"
        member.save()
    pool = gifts.pool(
        village, nx.clerk, DAY, yuan=2_000, kind="charity", name="宁夏某慈善总会", custody="charity",
        charity_name="宁夏某慈善总会", charity_uscc=gifts.uscc("53640000MJX000017"),
    )  # fmt: skip
    client = page(nx.clerk, on=DAY)
    answer = send(client, f"/pools/{pool.pk}/plan/")
    plan = Plan.objects.get()
    assert answer.url == f"/plans/{plan.pk}/parts/beneficiaries/"
    text = client.get(answer.url).content.decode()
    assert "困难身份" in text and "第1部分，共3部分" in text

    send(client, f"/plans/{plan.pk}/parts/beneficiaries/", text="困难成员")
    rows = {"shape": "flat", "row-rows": "1", "row-0-method": "flat", "row-0-given": "500"}
    answer = send(client, f"/plans/{plan.pk}/parts/standard/", **rows)
    assert answer.url == f"/plans/{plan.pk}/parts/procedure/", answer.content.decode()
    answer = send(client, f"/plans/{plan.pk}/parts/procedure/", text="按协议")
    assert answer.url == f"/plans/{plan.pk}/"
    assert "核对后生效" in client.get(answer.url).content.decode()
    shown = client.get(f"/plans/{plan.pk}/in-force/").content.decode()
    assert "由宁夏某慈善总会缴款" in shown and "可支配收益的" not in shown
    send(client, f"/plans/{plan.pk}/in-force/", confirmed="1")

    plan.refresh_from_db()
    assert (plan.state, plan.estimated_fen) == ("in_force", 1_500_00)
    notice = gifts.confirmed(village, nx, plan, "2024-09-03")
    printed = page(nx.reviewer, on="2024-09-03").get(f"/notices/{notice.pk}/print/").content.decode()
    assert "宁夏某慈善总会" in printed and "社会资助专款" in printed
    assert f"{village.organisation.region.parent.parent.name}社会保险经办机构（盖章）" in printed


@pytest.fixture
def over_the_cap(base_data):
    """鱼台: of 5,000 each 4,800 are reserved for one member when a gift of 300 a head is in hand for two."""
    cast = gifts.yutai_cast()
    village = gifts.yutai_village(cast, members=2)
    own = gifts.village_plan(village, cast.clerk, DAY, yuan=4_800, set_aside=9_600, body="villagers_meeting")
    pool = gifts.pool(village, cast.clerk, DAY, yuan=600)
    plan = gifts.sponsored_plan(pool, cast.clerk, DAY, yuan=300, decision=gifts.meeting(DAY))
    batch = applications.draw_up_application(plan.pk, by=gifts.on(cast.clerk, DAY))
    gifts.confirmed(village, cast, own, DAY)
    applications.precheck_application(batch.pk, by=gifts.on(cast.clerk, DAY))
    return cast, village, batch


@pytest.mark.rule("JN-10")
def test_the_clerk_cuts_everybody_over_the_cap_to_what_is_left(over_the_cap, page):
    cast, _village, batch = over_the_cap
    client, url = page(cast.clerk, on=DAY), f"/applications/{batch.pk}/edit/"

    assert "把超上限的2人核减到剩余额度" in client.get(url).content.decode()
    send(client, url, cut="1")

    assert list(batch.lines.values_list("amount_fen", flat=True)) == [200_00, 200_00]
    assert "核减到剩余额度" not in client.get(url).content.decode()


@pytest.mark.rule("JN-10")
def test_whoever_would_be_over_the_cap_is_added_cut_on_request(over_the_cap, api):
    cast, village, batch = over_the_cap
    person = village.persons[0].pk
    batch.lines.all().delete()
    clerk, url = api(cast.clerk), f"applications/{batch.pk}/lines/"

    def change(key: str, **row):
        given = {"on": DAY, "add": [{"person": person} | row]}
        return clerk.post(f"/api/{url}", given, format="json", headers={"Idempotency-Key": key})

    assert change("a").json()["code"] == "E-CAP"
    assert change("b", cut=True).status_code == 200

    assert batch.lines.get().amount_fen == 200_00


def test_lists_are_searched_filtered_and_exported(village, cast, page):
    for name in ("甲公司", "乙公司"):
        gifts.pool(village, cast.clerk, DAY, yuan=100, name=name)
    client = page(cast.officer, on=DAY)

    for url in ("/pools/", "/donors/"):
        found = client.get(f"{url}?q=甲").content.decode()
        assert "甲公司" in found and "乙公司" not in found
        assert client.get(f"{url}?export=xlsx").status_code == 200
        assert client.get(f"{url}?sort=-year&page=9").status_code == 200
    assert "甲公司" not in client.get("/pools/?year=2023").content.decode()
    assert "甲公司" not in client.get("/donors/?kind=charity").content.decode()
    pool = Pool.objects.first()
    assert client.get(f"/pools/{pool.pk}/?export=xlsx").status_code == 200


def test_a_page_of_pools_costs_the_same_however_many(village, cast, page):
    client = page(cast.officer, on=DAY)
    costs = []
    for name in ("甲公司", "乙公司", "丙公司", "丁公司"):
        gifts.pool(village, cast.clerk, DAY, yuan=100, name=name)
        with CaptureQueriesContext(connection) as cost:
            client.get("/pools/")
            client.get("/donors/")
        costs.append(len(cost))

    assert costs[-1] == costs[1]


def post(client, url: str, **data):
    given = {"on": DAY} | data
    return client.post(f"/api/{url}", given, format="json", headers={"Idempotency-Key": uuid.uuid4().hex})


@pytest.mark.rule("JN-10")
def test_the_whole_gift_through_the_api(village, cast, api, books_hold):
    clerk = api(cast.clerk)
    donor = post(
        clerk, "donors/", kind="enterprise", name="长寿某机械公司", uscc=gifts.uscc("91500115MA5U00001")
    )
    assert donor.status_code == 201, donor.content
    pool = post(
        clerk, "pools/", donor=donor.json()["id"], organisation=village.organisation.pk, year=2024,
        custody="charity", purpose="资助",
    )  # fmt: skip
    assert (pool.status_code, pool.json()["code"]) == (422, "E-CUSTODY")
    pool = post(
        clerk, "pools/", donor=donor.json()["id"], organisation=village.organisation.pk, year=2024,
        custody="direct", purpose="资助",
    ).json()  # fmt: skip
    one = f"pools/{pool['id']}/"
    assert post(clerk, f"{one}receive/", amount_fen=50_000, moved_on=DAY, voucher="R-1").status_code == 200
    plan = post(clerk, f"{one}plan/").json()
    assert plan["kind"] == "sponsored"
    content = {
        "beneficiaries": "困难成员",
        "procedure": "按协议",
        "standards": [{"method": "flat", "amount_fen": 10_000}],
    }
    saved = clerk.patch(
        f"/api/plans/{plan['id']}/", content | {"on": DAY}, format="json", headers={"Idempotency-Key": "p"}
    )
    assert saved.status_code == 200, saved.content
    assert post(clerk, f"plans/{plan['id']}/in-force/").json()["state"] == "in_force"
    gifts.confirmed(village, cast, Plan.objects.get(), "2024-09-03")

    found = clerk.get(f"/api/{one}").json()
    assert (found["reserved_fen"], found["balance_fen"], found["payer_name"]) == (
        30_000,
        20_000,
        "长寿某机械公司",
    )
    entries = clerk.get(f"/api/{one}entries/?kind=reserved").json()["results"]
    assert [row["amount_fen"] for row in entries] == [30_000]
    beyond = post(clerk, f"{one}return/", amount_fen=20_001, moved_on=DAY, voucher="B-1")
    assert beyond.json()["code"] == "E-DOC-MISSING"


@pytest.mark.rule("NX-20")
def test_civil_affairs_opens_papers_of_gifts_and_none_of_a_village_s_own_plan(base_data, page, api):
    nx = factories.make_ningxia_cast()
    village = factories.make_ningxia_village()
    own = ningxia.in_force(village, nx)
    pool = gifts.charity_pool(village, nx.clerk, yuan=2_000)
    given = gifts.sponsored_plan(pool, nx.clerk, DAY, yuan=100)
    paper = Paper("sign_in", "签到表.pdf", stages.PDF)
    papers = {
        plan.pk: attach_paper(plan, by=gifts.on(nx.clerk, DAY), paper=paper).pk for plan in (own, given)
    }
    client, calls = page(nx.civil_affairs, on=DAY), api(nx.civil_affairs)

    for plan, status, count in ((own, 404, 0), (given, 200, 1)):
        shown = client.get(f"/plans/{plan.pk}/").content.decode()
        assert (f"/papers/{papers[plan.pk]}/" in shown) is bool(count)
        assert client.get(f"/papers/{papers[plan.pk]}/").status_code == status
        assert calls.get(f"/api/attachments/{papers[plan.pk]}/").status_code == status
        assert calls.get(f"/api/plans/{plan.pk}/attachments/").json()["count"] == count
    assert page(nx.agriculture, on=DAY).get(f"/papers/{papers[own.pk]}/").status_code == 200


def test_the_roster_of_a_gift_has_its_money_under_the_donor_s_column(over_the_cap, page):
    cast, _village, batch = over_the_cap
    client = page(cast.clerk, on=DAY)

    printed = " ".join(client.get(f"/applications/{batch.pk}/roster/print/").content.decode().split())
    sheet = load_workbook(
        BytesIO(client.get(f"/applications/{batch.pk}/", {"export": "xlsx"}).content)
    ).active
    heads = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}

    columns = '<td class="num">0.00</td> <td class="num">300.00</td> <td class="num">300.00</td>'
    assert printed.count(columns) == 2
    assert '<td class="num">0.00</td><td class="num">600.00</td><td class="num">600.00</td>' in printed
    assert "社会资助金额（元）" in heads and "集体补助金额（元）" not in heads
