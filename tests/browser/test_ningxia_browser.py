"""A village of 灵武市 through its year in real browsers: pilot list, three filings, and what cancels a year."""

import os

from tests.browser import acts
from tests.browser.office import CALLED_FOR, open_office
from tests.factories import PASSWORD

pytestmark = CALLED_FOR

# Five members. Three paid 500.00 for 2024; the fourth years gone by, the fifth nothing but one sum: three get 60.00.
NAMES = ("马占军", "哈秀兰", "王自强", "纳桂英", "丁海涛")
ARREARS, LUMP = 3, 4
PLACE = acts.Place(
    village="上桥村",
    clerk="lingwu_shangqiao",
    officer="lingwu_jingban",
    reviewer="lingwu_fuhe",
    tax="lingwu_shuiwu",
    people=acts.people(NAMES, county="640181"),
)
TOWN, AGRICULTURE = "lingwu_linhe", "lingwu_nongye"
PAID = [
    *((*one, 2024, 500, "2024-03-06", "正常缴费") for one in PLACE.people[:ARREARS]),
    (*PLACE.people[ARREARS], 2022, 500, "2024-03-06", "补缴"),
    (*PLACE.people[LUMP], 2024, 3000, "2024-04-02", "一次性补缴"),
]
OFF_LIST = "640121102202"
DOCUMENT = "宁人社发〔2024〕93号"


def test_seven_users_take_a_village_of_lingwu_through_its_year(site):
    with open_office(site.address, os.environ.get("SHOTS", "")) as office:
        walk(office)
        assert office.problems == []


def walk(office):
    """The steps of the year, in their order."""
    for step in STEPS:
        step(office)


def members_and_payments_come_in(office):
    acts.bring_in_members(office, PLACE, on="2024-08-20")
    acts.bring_in_payments(office, PLACE, PAID, on="2024-08-21")


def the_plan_is_decided_in_the_steps_of_the_document(office):
    clerk = office(PLACE.clerk, on="2024-08-27")
    acts.begin_plan(clerk, year=2024)
    acts.fill_plan(clerk, yuan=60, income=30_000, source=6_000)
    clerk.sees("会议要满足的条件", "四议两公开", f"{DOCUMENT} 三（三）第一段")
    for step in ("proposed_on", "discussed_on", "reviewed_on", "published_from"):
        assert clerk.page.locator(f"[name={step}]").get_attribute("required") is not None, step
    clerk.shot("decision")
    before = {"proposed_on": "2024-08-12", "discussed_on": "2024-08-14", "reviewed_on": "2024-08-16"}
    acts.decide(clerk, on="2024-08-26", body="villagers_meeting", published_from="2024-08-26", **before)
    clerk.shot("resolved")


def nothing_can_be_applied_for_before_three_offices_have_filed_it(office):
    clerk = office(PLACE.clerk)
    clerk.press("报3个单位备案")
    clerk.sees(
        "还差3个单位备案",
        "乡（镇、街道）",
        "县（市、区）人社部门",
        "县（市、区）农业农村部门",
        f"依据：{DOCUMENT}",
    )
    clerk.shot("sent")
    clerk.go("/applications/new/")
    clerk.sees("2024年度方案还不能据以申请", "方案尚未完成备案", f"依据：{DOCUMENT} 三（三）第一段")
    assert clerk.page.get_by_role("button", name="生成2024年度名单").count() == 0
    clerk.shot("application_refused")


def two_offices_file_and_agriculture_returns(office):
    for username, day in ((TOWN, "2024-08-28"), (PLACE.officer, "2024-08-29")):
        desk = office(username, on=day)
        desk.sees("上桥村2024年度方案备案")
        desk.press("去备案…", within="main")
        desk.press("给上桥村备案")
        desk.sees("已备案")
    agriculture = office(AGRICULTURE, on="2024-08-30")
    agriculture.sees("到期没有退回，次日起视同备案")
    agriculture.press("去备案…", within="main")
    agriculture.fill(reason="请附上年度可支配收益的依据。")
    agriculture.shot("filing")
    agriculture.press("退回", within="main")
    agriculture.sees("退回原因：请附上年度可支配收益的依据。")
    agriculture.shot("returned")


def the_clerk_mends_it_and_only_agriculture_is_asked_again(office):
    clerk = office(PLACE.clerk, on="2024-09-02")
    clerk.sees("请附上年度可支配收益的依据），还没有重报")
    clerk.shot("home_returned")
    clerk.press("去报备案…", within="main")
    clerk.press("重报县（市、区）农业农村部门")
    clerk.sees("还差1个单位备案")
    agriculture = office(AGRICULTURE, on="2024-09-03")
    agriculture.press("去备案…", within="main")
    agriculture.press("给上桥村备案")
    clerk = office(PLACE.clerk, on="2024-09-04")
    clerk.go("/plans/")
    clerk.press("上桥村", within="main")
    clerk.sees("已备案")
    acts.put_in_force(clerk)


def the_list_takes_who_paid_for_this_year(office):
    clerk = office(PLACE.clerk)
    clerk.press("补助申请", within="nav")
    clerk.press("生成补助名单")
    clerk.press("生成2024年度名单")
    clerk.sees("有成员没有列入名单", "一次性补缴1人", "补缴以往年度1人", "3人", "180.00")
    clerk.press("修改名单")
    clerk.page.fill("#add", NAMES[ARREARS])
    clerk.press("找成员")
    clerk.press("加入", within="form.list")
    clerk.sees("补缴", f"依据：{DOCUMENT} 三（一）")
    clerk.press("改好了，返回")
    clerk.sees("不要求盖章")
    for kind in ("plan", "application", "roster"):
        acts.upload(clerk, kind)
    acts.hand_in(clerk)


def the_officer_verifies_and_the_reviewer_confirms(office):
    officer = office(PLACE.officer, on="2024-09-09")
    officer.go("/verifications/")
    officer.press("上桥村…", within="main")
    officer.sees("还差4人", f"依据：{DOCUMENT} 三（一）")
    officer.press("通过没有疑点的3人")
    officer.page.get_by_role("row", name=NAMES[ARREARS]).get_by_label("不予", exact=True).check()
    officer.sees("不予的理由")
    officer.press("提交复核")
    officer.sees("待复核")
    reviewer = office(PLACE.reviewer, on="2024-09-10")
    reviewer.go("/verifications/")
    reviewer.press("上桥村…", within="main")
    reviewer.press("去复核")
    reviewer.tick()
    reviewer.press("复核通过3人，180.00元…")
    reviewer.sees("缴款通知书")


def tax_and_agency_bring_the_money_to_the_accounts(office):
    clerk = office(PLACE.clerk, on="2024-09-11")
    clerk.go("/notices/")
    clerk.press("城乡居保集补缴通…", within="main table")
    with clerk.paper("打印缴款通知书"):
        clerk.sees("城乡居民基本养老保险费", "壹佰捌拾元整")
    tax = office(PLACE.tax, on="2024-09-12")
    tax.go("/notices/")
    tax.press("城乡居保集补缴通…", within="main table")
    tax.press("登记缴款")
    acts.record_payment(tax, voucher="46401202409120001", on="2024-09-12")
    tax.sees("缴清")
    officer = office(PLACE.officer, on="2024-09-13")
    officer.go("/postings/")
    officer.press("核对并记账1批")
    acts.post(officer, "记账3人，180.00元")
    officer.go("/informing/")
    officer.press("上桥村…", within="main table")
    officer.press("反馈给村里，3人")


def the_village_tells_its_members(office):
    clerk = office(PLACE.clerk, on="2024-09-18")
    clerk.go("/informing/")
    clerk.press("上桥村…", within="main table")
    clerk.page.locator("[data-select-all]").check()
    clerk.fill(method="visit")
    clerk.press("登记告知3人")
    with clerk.paper("打印告知单"):
        clerk.sees(*NAMES[:ARREARS], "城乡居民基本养老保险")
        clerk.misses(NAMES[ARREARS], NAMES[LUMP])
    clerk.sees("还没有登记“实施结果公开”", DOCUMENT)
    clerk.press("登记实施结果公开")
    clerk.fill(published_on="2024-09-18")
    clerk.press("登记公开")
    clerk.sees("已登记实施结果公开")
    clerk.press("看第1批申请")
    clerk.sees("已办结")
    clerk.shot("closed")


def a_village_off_the_list_may_not_even_file(office):
    admin = office("ningxia_admin", on="2024-09-18")
    admin.go("/organisations/new/")
    admin.fill(region=OFF_LIST, name="永宁县望远镇望远村股份经济合作社")
    admin.press("保存…", within="main")
    admin.go("/staff/new/")
    admin.fill(username="wangyuan", display_name="田秀珍", password=PASSWORD, region=OFF_LIST)
    admin.tick("roles", "clerk")
    admin.press("保存…", within="main")
    clerk = office("wangyuan", on="2024-09-19")
    acts.begin_plan(clerk, year=2024)
    acts.fill_plan(clerk, yuan=60, income=30_000, source=6_000)
    before = {"proposed_on": "2024-09-02", "discussed_on": "2024-09-04", "reviewed_on": "2024-09-06"}
    acts.decide(clerk, on="2024-09-18", body="villagers_meeting", published_from="2024-09-18", **before)
    clerk.press("报3个单位备案")
    clerk.sees("望远村不在2024年度的试点名单上", f"依据：{DOCUMENT}")
    clerk.shot("not_pilot")


STEPS = [
    members_and_payments_come_in,
    the_plan_is_decided_in_the_steps_of_the_document,
    nothing_can_be_applied_for_before_three_offices_have_filed_it,
    two_offices_file_and_agriculture_returns,
    the_clerk_mends_it_and_only_agriculture_is_asked_again,
    the_list_takes_who_paid_for_this_year,
    the_officer_verifies_and_the_reviewer_confirms,
    tax_and_agency_bring_the_money_to_the_accounts,
    the_village_tells_its_members,
    a_village_off_the_list_may_not_even_file,
]
