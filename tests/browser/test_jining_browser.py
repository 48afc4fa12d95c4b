"""A village of 鱼台县 through its year in real browsers: what Jining asks, in its own words, and why."""

import os

from tests.browser import acts
from tests.browser.office import CALLED_FOR, open_office

pytestmark = CALLED_FOR

# Six members. Four paid 500.00 for 2024, the fifth for 2023 only, the sixth for 2024 and years gone by in one sum:
# four are granted 100.00 each.
NAMES = ("闫春生", "相里兰", "仲志强", "樊秀英", "屈海涛", "盛桂芳")
UNPAID, LUMP = 4, 5
PLACE = acts.Place(
    village="杨楼村",
    clerk="yutai_yanglou",
    officer="yutai_jingban",
    reviewer="yutai_fuhe",
    tax="yutai_shuiwu",
    people=acts.people(NAMES, county="370827"),
)
PAID = [
    *((*one, 2024, 500, "2024-03-06", "正常缴费") for n, one in enumerate(PLACE.people) if n != UNPAID),
    (*PLACE.people[UNPAID], 2023, 500, "2023-03-06", "正常缴费"),
    (*PLACE.people[LUMP], 2024, 3000, "2024-04-02", "一次性补缴"),
]
DOCUMENT = "《关于开展居民基本养老保险集体补助试点工作的实施意见》"
SCHEME, ELSEWHERE = "居民基本养老保险", "城乡居民"


def test_four_users_take_a_village_of_yutai_through_its_year(site):
    with open_office(site.address, os.environ.get("SHOTS", "")) as office:
        walk(office)
        assert office.problems == []


def walk(office):
    """The steps of the year, in their order."""
    for step in STEPS:
        step(office)


def members_and_payments_come_in(office):
    acts.bring_in_members(office, PLACE, on="2024-05-06")
    acts.bring_in_payments(office, PLACE, PAID, on="2024-05-08")


def the_plan_is_decided_by_the_villagers_meeting(office):
    clerk = office(PLACE.clerk, on="2024-06-20")
    acts.begin_plan(clerk, year=2024)
    acts.fill_plan(clerk, yuan=100, income=30_000, source=6_000)
    acts.decide(clerk, on="2024-06-20", body="villagers_meeting")
    acts.put_in_force(clerk)
    with clerk.paper("打印方案"):
        clerk.sees(SCHEME, "资金来源")
        clerk.misses(ELSEWHERE)


def the_list_takes_who_paid_this_year_and_nobody_else(office):
    clerk = office(PLACE.clerk, on="2024-06-24")
    clerk.press("补助申请", within="nav")
    clerk.press("生成补助名单")
    clerk.press("生成2024年度名单")
    clerk.sees("有成员没有列入名单", "一次性补缴1人", "未缴费1人", "4人", "400.00")
    clerk.shot("application")
    # The clerk lists the one with the lump sum all the same; the agency will see why not.
    clerk.press("修改名单")
    clerk.page.fill("#add", NAMES[LUMP])
    clerk.press("找成员")
    clerk.press("加入", within="form.list")
    clerk.sees("一次性补缴", f"依据：{DOCUMENT} 三（一）")
    clerk.shot("added")


def the_village_committee_must_seal(office):
    clerk = office(PLACE.clerk)
    clerk.press("改好了，返回")
    for kind in ("application", "roster"):
        acts.upload(clerk, kind, "organisation")
    clerk.shot("wrong_seal")
    clerk.press("核对后提交")
    clerk.sees("2份材料没有盖规定的印章", "须盖村（居）民委员会公章", f"依据：{DOCUMENT} 三（三）")
    clerk.shot("submit")
    clerk.press("去上传材料…", within="main")
    for kind in ("application", "roster"):
        acts.upload(clerk, kind, "village_committee")
    acts.hand_in(clerk)
    clerk.shot("submitted")


def the_officer_refuses_the_lump_sum_by_its_clause(office):
    officer = office(PLACE.officer, on="2024-06-26")
    officer.go("/verifications/")
    officer.press("杨楼村…", within="main")
    officer.sees("还差5人", "一次性补缴", f"依据：{DOCUMENT} 三（一）")
    officer.shot("verification")
    officer.press("通过没有疑点的4人")
    officer.page.get_by_role("row", name=NAMES[LUMP]).get_by_label("不予", exact=True).check()
    officer.sees("不予的理由")
    officer.shot("refused")
    officer.press("提交复核")
    officer.sees("待复核")


def the_reviewer_confirms_and_the_notice_names_the_scheme_as_jining_does(office):
    reviewer = office(PLACE.reviewer, on="2024-06-27")
    reviewer.go("/verifications/")
    reviewer.press("杨楼村…", within="main")
    reviewer.press("去复核")
    reviewer.sees("肆佰元整")
    reviewer.tick()
    reviewer.press("复核通过4人，400.00元…")
    reviewer.sees("缴款通知书")
    clerk = office(PLACE.clerk, on="2024-06-28")
    clerk.go("/notices/")
    clerk.press("居保集补缴通…", within="main table")
    with clerk.paper("打印缴款通知书"):
        clerk.sees("肆佰元整", f"{SCHEME}费")
        clerk.misses(ELSEWHERE)
        clerk.shot("notice_print")


def the_tax_officer_records_the_payment(office):
    tax = office(PLACE.tax, on="2024-07-05")
    tax.go("/notices/")
    tax.press("居保集补缴通…", within="main table")
    tax.press("登记缴款")
    acts.record_payment(tax, voucher="43708202407050001", on="2024-07-05")
    tax.sees("缴清")
    tax.shot("tax_done")


def the_agency_posts_and_feeds_back_and_the_village_tells(office):
    officer = office(PLACE.officer, on="2024-07-08")
    officer.go("/postings/")
    officer.press("核对并记账1批")
    acts.post(officer, "记账4人，400.00元")
    officer.go("/informing/")
    officer.press("杨楼村…", within="main table")
    officer.press("反馈给村里，4人")
    clerk = office(PLACE.clerk, on="2024-07-10")
    clerk.go("/informing/")
    clerk.press("杨楼村…", within="main table")
    clerk.page.locator("[data-select-all]").check()
    clerk.fill(method="visit")
    clerk.press("登记告知4人")
    with clerk.paper("打印告知单"):
        clerk.sees(*NAMES[:4], SCHEME)
        clerk.misses(ELSEWHERE, NAMES[LUMP])


def the_refused_one_is_told_why(office):
    clerk = office(PLACE.clerk)
    clerk.go("/applications/")
    clerk.press("杨楼村…", within="main")
    clerk.press(NAMES[LUMP], within="main table")
    clerk.sees("为什么不予补助", "一次性补缴", f"依据：{DOCUMENT} 三（一）")
    clerk.misses(ELSEWHERE)
    clerk.shot("explanation")


def nobody_is_paid_a_reward_here(office):
    officer = office(PLACE.officer, on="2025-01-08")
    officer.go("/rewards/")
    officer.sees("通报表扬", f"{DOCUMENT} 三（四）")
    officer.shot("rewards")


STEPS = [
    members_and_payments_come_in,
    the_plan_is_decided_by_the_villagers_meeting,
    the_list_takes_who_paid_this_year_and_nobody_else,
    the_village_committee_must_seal,
    the_officer_refuses_the_lump_sum_by_its_clause,
    the_reviewer_confirms_and_the_notice_names_the_scheme_as_jining_does,
    the_tax_officer_records_the_payment,
    the_agency_posts_and_feeds_back_and_the_village_tells,
    the_refused_one_is_told_why,
    nobody_is_paid_a_reward_here,
]
