"""One village's year, walked by six users in a real browser against the real launcher (steps 3 to 12)."""

import os
import subprocess
import sys
from datetime import date

from environment import ROOT
from tests.browser.acts import JOB_MS, post
from tests.browser.office import CALLED_FOR, PDF, open_office
from tests.factories import id_number
from tests.launched import launcher_variables
from tests.sheets import xlsx

pytestmark = CALLED_FOR

# The village on paper: 12 rows, of which one has a wrong check digit and two carry the same number.
# Ten members; nine paid 500.00 for 2024; each is granted 200.00.
NAMES = ("张明华", "李秀英", "王国强", "刘桂兰", "陈志伟", "杨春梅", "赵永福", "黄素芳", "周建国", "吴小红")
NUMBERS = [id_number(date(1970 + n, 5, 4), male=n % 2 == 0, sequence=7000 + n) for n in range(10)]
UNPAID, LATE, DEAD, DOUBLE = 9, 8, 0, 7
WRONG = NUMBERS[5][:-1] + ("0" if NUMBERS[5][-1] != "0" else "1")
MEMBERS = [
    ("石门村成员名单",),
    ("姓名", "身份证号码", "组别", "类别"),
    *((name, number, "1组", "普通") for name, number in zip(NAMES, NUMBERS, strict=True)),
    ("郑错号", WRONG, "2组", "普通"),
    (NAMES[DOUBLE], NUMBERS[DOUBLE], "3组", "普通"),
]
PAID = [("姓名", "身份证号", "缴费年度", "个人缴费", "缴费日期", "种类")] + [
    (name, number, 2024, 500, "2024-03-06", "正常缴费")
    for n, (name, number) in enumerate(zip(NAMES, NUMBERS, strict=True))
    if n != UNPAID
]
TAX_ROWS = [("税票号码", "缴费人姓名", "证件号码", "实缴金额", "缴款日期")] + [
    ("45001202407050001", NAMES[n], NUMBERS[n], 200, "2024-07-05") for n in range(8)
]


def test_six_users_take_a_village_through_its_year(site):
    with open_office(site.address, os.environ.get("SHOTS", "")) as office:
        walk(office)
        assert office.problems == []
    assert check_ledger(site.var) == 0


def walk(office):
    """The steps of the year, in their order."""
    for step in STEPS:
        step(office)


def check_ledger(var):
    """Compare the books with their rows, on the database that the browsers filled."""
    result = subprocess.run(
        [sys.executable, "manage.py", "check_ledger"],
        cwd=ROOT,
        env=launcher_variables(VAR_DIR=str(var), DEMO="1"),
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.returncode


def the_clerk_brings_in_the_member_list(office):
    clerk = office("shimen", on="2024-05-06")
    clerk.go("/members/")
    clerk.press("导入成员名单")
    clerk.attach("file", "石门村成员名单.xlsx", xlsx(MEMBERS))
    clerk.shot("import")
    clerk.press("上传并核对")
    clerk.sees("读到12行", "留哪一行", "新增9人", "3行不写入")
    clerk.shot("preview")
    clerk.page.get_by_label("第14行", exact=True).check()
    clerk.press("保存选择")
    clerk.sees("新增10人", "2行不写入")
    clerk.press("确认导入10行")
    clerk.sees("写入10行", "没有写入2行")
    clerk.shot("imported")


def the_officer_brings_in_what_members_paid(office):
    officer = office("jingban", on="2024-05-08")
    officer.go("/imports/new/contributions/")
    officer.attach("file", "个人缴费.xlsx", xlsx(PAID))
    officer.press("上传并核对")
    officer.sees("读到9行", "新增9笔")
    officer.press("确认导入9行")
    officer.sees("写入9行")
    officer.go("/contributions/")
    officer.sees(NAMES[0], "500.00")
    officer.shot("contributions")


def the_clerk_writes_the_plan(office):
    clerk = office("shimen", on="2024-06-19")
    clerk.go("/plans/")
    clerk.press("拟定方案")
    clerk.fill(year="2024", kind="regular")
    clerk.tick("basis", "blank")
    clerk.shot("plan_new")
    clerk.press("开始拟定")
    clerk.fill(source__0__source_type="distributable_income", source__0__amount="6000")
    clerk.fill(operating_income="50000", reserve="20000", disposable="30000")
    clerk.shot("plan_source")
    clerk.press("保存，去填补助对象")
    clerk.shot("plan_people")
    clerk.press("保存，去填补助标准")
    clerk.fill(row__0__given="200")
    # Nine of the ten members paid: 9 × 200.00, 6 % of 30,000.00.
    clerk.sees("1,800.00", "9人，人均200.00元", "6%")
    clerk.shot("plan_standard")
    clerk.press("保存，去填补助流程")
    clerk.press("保存，去填民主决策")


def the_members_decide_and_the_plan_comes_into_force(office):
    clerk = office("shimen", on="2024-06-20")
    clerk.go("/plans/")
    clerk.press("石门村", within="main")
    clerk.press("登记决策记录")
    clerk.fill(
        body="members_assembly", met_on="2024-06-20", place="村委会会议室", chair="张书记", recorder="李国珍",
        called_count="10", attended_count="9", agreed_count="9", against_count="0", abstained_count="0",
        notified_on="2024-06-08", posted_on="2024-06-08", published_from="2024-06-20", published_to="2024-06-27",
        resolution="同意2024年度集体补助方案，每人补助200元。",
    )  # fmt: skip
    clerk.shot("plan_decision")
    clerk.press("保存决策记录")
    clerk.fill(kind="minutes")
    clerk.attach("file", "会议记录.pdf", PDF)
    clerk.tick("seals", "organisation")
    clerk.press("上传", within="#papers")
    clerk.sees("会议记录.pdf", "村集体经济组织公章")
    clerk.shot("plan_resolved")
    clerk.press("核对后生效")
    clerk.sees("1,800.00", "壹仟捌佰元整", "2024年6月20日会议通过，同意9人，应到10人")
    clerk.shot("plan_look")
    clerk.tick()
    clerk.press("让方案生效，预计9人1,800.00元")
    clerk.sees("2024年6月20日生效", "已生效")
    clerk.shot("plan_in_force")


def the_clerk_applies_with_sealed_papers(office):
    clerk = office("shimen", on="2024-06-21")
    clerk.press("补助申请", within="nav")
    clerk.press("生成补助名单")
    clerk.shot("application_new")
    clerk.press("生成2024年度名单")
    clerk.sees("有成员没有列入名单", "1人", "9人", "1,800.00")
    for kind in ("plan", "application", "roster"):
        clerk.page.locator("details.band-fold > summary").click()
        clerk.fill(kind=kind)
        clerk.attach("paper", f"{kind}.pdf", PDF)
        clerk.tick("seals", "organisation")
        clerk.press("上传", within=".band-fold")
    clerk.shot("application")
    clerk.press("核对后提交")
    clerk.sees("没有发现疑点", "壹仟捌佰元整")
    clerk.shot("application_submit")
    clerk.tick()
    clerk.press("提交9人，1,800.00元")
    clerk.sees("晏石门申", "待核实")
    clerk.shot("application_submitted")


def the_officer_verifies_once_by_key_and_the_rest_in_bulk(office):
    officer = office("jingban", on="2024-06-25")
    officer.shot("officer_home")
    officer.go("/verifications/")
    officer.press("石门村…", within="main")
    officer.sees("还差9人", "500.00")
    officer.shot("verification")
    officer.page.locator("[data-keys]").focus()
    officer.page.keyboard.press("KeyN")
    officer.page.keyboard.press("KeyA")
    officer.sees("还差8人", "通过没有疑点的8人")
    officer.shot("verification_one")
    officer.press("通过没有疑点的8人")
    officer.press("提交复核")
    officer.sees("待复核")
    officer.shot("verified")


def the_reviewer_confirms_and_a_notice_is_issued(office):
    reviewer = office("fuhe", on="2024-06-26")
    reviewer.go("/verifications/")
    reviewer.press("石门村…", within="main")
    reviewer.press("去复核")
    reviewer.sees("壹仟捌佰元整", "全部人员都有结论")
    reviewer.shot("review")
    reviewer.tick()
    reviewer.press("复核通过9人，1,800.00元")
    reviewer.sees("缴款通知书")
    reviewer.shot("reviewed")
    clerk = office("shimen")
    clerk.go("/notices/")
    clerk.press("长社保缴通…", within="main table")
    clerk.sees("1,800.00")
    clerk.shot("notice")
    clerk.press("打印缴款通知书")
    clerk.sees("壹仟捌佰元整")
    clerk.shot("notice_print")


def the_tax_officer_records_eight_of_nine_from_a_file(office):
    tax = office("shuiwu", on="2024-07-05")
    tax.go("/notices/")
    tax.press("长社保缴通…", within="main table")
    tax.press("登记缴款")
    tax.press("上传回传文件")
    tax.attach("file", "税务回传.xlsx", xlsx(TAX_ROWS))
    tax.shot("tax_file")
    tax.press("上传并核对")
    tax.sees("读到8行")
    tax.shot("tax_preview")
    tax.press("确认导入8行")
    tax.sees("写入8行")
    tax.go("/reconciliations/")
    tax.press("长社保缴通…", within="main table")
    tax.sees("1,600.00", NAMES[LATE])
    tax.shot("reconciliation")


def the_missing_one_is_asked_to_pay_while_the_others_are_posted(office):
    officer = office("jingban", on="2024-07-08")
    officer.go("/reconciliations/")
    officer.press("长社保缴通…", within="main table")
    officer.press("请村里补缴")
    officer.shot("difference")
    officer.press("请村里补缴", within="form.stacked")
    officer.sees("已请村里补缴")
    officer.press("先记账8人")
    post(officer, "记账8人，1,600.00元")
    officer.sees("记账结果：8人，1,600.00元")
    officer.shot("job_done")


def the_late_payment_comes_and_the_batch_is_posted(office):
    tax = office("shuiwu", on="2024-07-10")
    tax.go("/notices/")
    tax.press("长社保缴通…", within="main table")
    tax.press("登记缴款")
    tax.sees("还没有缴1人，200.00元")
    tax.page.locator("input[name=lines]").check()
    tax.fill(voucher="45001202407100002", paid_on="2024-07-10")
    tax.shot("tax_pick")
    tax.press("登记所选1人")
    tax.shot("tax_done")
    officer = office("jingban", on="2024-07-11")
    officer.go("/postings/")
    officer.shot("postings")
    officer.press("核对并记账1批")
    post(officer, "记账1人，200.00元")
    officer.sees("记账结果：1人，200.00元")


def the_agency_feeds_back_and_the_clerk_tells_the_members(office):
    officer = office("jingban", on="2024-07-12")
    officer.go("/informing/")
    officer.press("石门村…", within="main table")
    officer.press("反馈给村里，9人")
    officer.shot("fed_back")
    clerk = office("shimen", on="2024-07-15")
    clerk.go("/informing/")
    clerk.press("石门村…", within="main table")
    clerk.page.locator("[data-select-all]").check()
    clerk.fill(method="visit")
    clerk.shot("informing")
    clerk.press("登记告知9人")
    clerk.sees("2024-07-15")
    clerk.press("打印告知单")
    clerk.sees(*(name for n, name in enumerate(NAMES) if n != UNPAID))
    clerk.shot("slips")


def one_dead_before_the_payment_is_refunded(office):
    clerk = office("shimen", on="2024-08-01")
    clerk.go("/refunds/new/")
    clerk.fill(q=NAMES[DEAD])
    clerk.press("查询", within="main")
    clerk.shot("refund_choose")
    clerk.press("申请退费", within="main table")
    clerk.fill(reason="DEATH", event_on="2024-07-01", payee_name="石门村股份经济合作联合社")
    clerk.attach("evidence", "死亡证明.pdf", PDF)
    clerk.tick("is_sealed")
    clerk.sees("最多可退200.00")
    clerk.shot("refund_new")
    clerk.press("提交退费申请")
    clerk.shot("refund_asked")
    for username, day, button in (
        ("jingban", "2024-08-02", "核实无误，200.00元"),
        ("fuhe", "2024-08-05", "批准退费200.00元"),
    ):
        desk = office(username, on=day)
        desk.go("/refunds/")
        desk.press(NAMES[DEAD], within="main table")
        desk.press(button)
    tax = office("shuiwu", on="2024-08-08")
    tax.go("/refunds/")
    tax.press(NAMES[DEAD], within="main table")
    tax.fill(voucher="TK20240808001", paid_on="2024-08-08")
    tax.tick()
    tax.shot("refund_pay")
    tax.press("登记已退…")
    tax.sees("已冲账", "−200.00")
    tax.shot("refund_paid")


def the_accounts_show_what_was_worked_out_by_hand(office):
    # Nine were posted 200.00 each, one was paid back: 8 × 200.00.
    officer = office("jingban")
    officer.go("/accounts/")
    officer.sees("账上合计1,600.00元", "在途0.00元")
    officer.shot("accounts")
    officer.press(NAMES[DEAD], within="main table")
    officer.sees("＋200.00", "−200.00")
    officer.shot("account")


def the_reward_is_computed_and_determined(office):
    # 60 % of 1,800.00 − 200.00 is 960.00.
    officer = office("jingban", on="2025-01-08")
    officer.go("/rewards/?year=2024")
    officer.press("测算2024年度")
    officer.page.get_by_role("heading", name="2024年度测算结果").wait_for(timeout=JOB_MS)
    officer.sees("新列入1个村", "960.00")
    officer.shot("reward_job")
    officer.press("去核定")
    officer.sees("1,800.00", "200.00", "1,600.00", "60%", "960.00")
    officer.shot("reward_year")
    officer.press("核定所选1个村")
    officer.sees("玖佰陆拾元整")
    officer.shot("reward_determine")
    officer.tick()
    officer.press("核定1个村的奖励")
    officer.press("申请1个村，960.00元")
    officer.shot("reward_apply")
    officer.tick()
    officer.press("提交复核：1个村，960.00元")
    officer.sees("已提交复核")
    reviewer = office("fuhe", on="2025-01-09")
    reviewer.press("去复核…", within="main")
    reviewer.press("复核并送财政：1个村，960.00元")
    reviewer.sees("申请已送财政")
    reviewer.shot("reward_application")


def two_finance_officers_set_the_budget(office):
    first = office("caizheng", on="2025-01-10")
    first.go("/reward-budgets/")
    first.fill(year="2024", total_fen="1000", document="长寿财社〔2025〕3号")
    first.press("提交另一人同意")
    first.sees("须由另一人同意")
    first.shot("budget_entered")
    second = office("caizheng2", on="2025-01-10")
    second.go("/reward-budgets/")
    second.press("同意，预算1,000.00元生效")
    second.sees("已同意，预算生效", "罗文斌录入，韩雪梅同意")
    second.shot("budget_agreed")


def finance_approves_within_the_budget_and_the_money_comes(office):
    finance = office("caizheng", on="2025-01-13")
    finance.shot("finance_home")
    finance.press("去批复…", within="main")
    finance.sees("960.00", "年度预算")
    finance.shot("reward_approve")
    finance.press("预览批复结果")
    finance.sees("玖佰陆拾元整", "批复后预算剩余40.00元")
    finance.shot("reward_approve_confirm")
    finance.tick()
    finance.press("批复1个村，960.00元")
    finance.sees("已批复1个村")
    finance.on("2025-01-15")
    finance.go("/reward-applications/")
    finance.press("长…", within="main table")
    finance.fill(amount_fen="960.00", voucher="CZ20250115001")
    finance.shot("reward_receive")
    finance.press("登记到账")
    finance.sees("已登记到账")


def two_agency_officers_pay_the_village(office):
    officer = office("jingban", on="2025-01-16")
    officer.go("/reward-payments/")
    officer.sees("960.00", "石门村")
    officer.shot("reward_payments")
    officer.press("提交复核：拨付1个村")
    officer.sees("已提交复核")
    reviewer = office("fuhe", on="2025-01-17")
    reviewer.go("/reward-payments/")
    reviewer.press("待编号", within="main table")
    reviewer.fill(voucher="BF20250117001")
    reviewer.tick()
    reviewer.shot("reward_payment")
    reviewer.press("复核并拨付1个村，960.00元")
    reviewer.sees("已拨付，各村可以看到", "BF20250117001")
    clerk = office("shimen", on="2025-01-20")
    clerk.shot("clerk_home")
    clerk.go("/rewards/")
    clerk.sees("960.00", "已拨付")
    clerk.shot("village_reward")


STEPS = [
    the_clerk_brings_in_the_member_list,
    the_officer_brings_in_what_members_paid,
    the_clerk_writes_the_plan,
    the_members_decide_and_the_plan_comes_into_force,
    the_clerk_applies_with_sealed_papers,
    the_officer_verifies_once_by_key_and_the_rest_in_bulk,
    the_reviewer_confirms_and_a_notice_is_issued,
    the_tax_officer_records_eight_of_nine_from_a_file,
    the_missing_one_is_asked_to_pay_while_the_others_are_posted,
    the_late_payment_comes_and_the_batch_is_posted,
    the_agency_feeds_back_and_the_clerk_tells_the_members,
    one_dead_before_the_payment_is_refunded,
    the_accounts_show_what_was_worked_out_by_hand,
    the_reward_is_computed_and_determined,
    two_finance_officers_set_the_budget,
    finance_approves_within_the_budget_and_the_money_comes,
    two_agency_officers_pay_the_village,
]
