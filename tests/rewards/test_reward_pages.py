"""The reward through pages: each office does its act, sees the figures, and nobody else gets in."""

import re

import pytest
from django.urls import reverse

from core.models import Job
from rewards.models import Budget, Offset, Reward, RewardApplication, RewardPayment
from subsidies.models import Line
from tests.factories import SHAXI, SHIMEN
from tests.rewards import reward_cases as cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_hold")]
JANUARY = "2025-01-10"
_keys = iter(range(10**6))


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def post(browser, url, **data):
    answer = browser.post(url, data | {"request_key": f"p{next(_keys)}"})
    assert answer.status_code == 302, text_of(answer)
    return answer.url


@pytest.fixture
def villages(cast):
    cases.posted_village(cast, SHIMEN, members=30, fen=20_000)
    cases.posted_village(cast, SHAXI, members=10, fen=20_000)


@pytest.mark.rule("CS-36")
def test_the_whole_way_through_the_pages(villages, cast, page, run_jobs):
    browser = page(cast.officer, JANUARY)
    year = reverse("rewards") + "?year=2024"
    job = post(browser, reverse("reward-compute") + "?year=2024")
    run_jobs()
    assert "新列入2个村" in text_of(browser.get(job))
    shown = text_of(browser.get(year))
    assert "3,600.00" in shown and "4,800.00" in shown and "可以核定 2" in shown
    ids = list(Reward.objects.order_by("-cap_fen").values_list("pk", flat=True))
    determine = reverse("reward-determine") + "?year=2024"
    assert "肆仟捌佰元整" in text_of(browser.get(determine))
    sums = {"reward": ids, f"amount{ids[0]}": "3600.00", f"amount{ids[1]}": "1200.01", "confirmed": "1"}
    refused = browser.post(determine, sums)
    assert "不超过核定上限1,200.00元" in text_of(refused)
    post(browser, determine, **(sums | {f"amount{ids[1]}": "1,200.00"}))
    assert "4,800.00" in text_of(browser.get(reverse("reward-apply") + "?year=2024"))
    here = post(browser, reverse("reward-apply") + "?year=2024", confirmed="1")
    application = RewardApplication.objects.get()
    browser = page(cast.reviewer, JANUARY)
    assert "复核并送财政" in text_of(browser.get(here))
    post(browser, reverse("reward-application-act", args=[application.pk, "confirm"]))
    browser = page(cast.finance, "2025-01-15")
    post(browser, reverse("budgets"), year="2024", total_fen="10000", document="长财〔2025〕3号")
    browser = page(cast.finance_reviewer, "2025-01-15")
    assert "同意，预算10,000.00元生效" in text_of(browser.get(reverse("budgets")))
    post(browser, reverse("budget-act", args=[Budget.objects.get().pk, "agree"]))
    browser = page(cast.finance, "2025-01-15")
    approve = reverse("reward-approve", args=[application.pk])
    assert "批复后剩余 5,200.00" in text_of(browser.get(approve))
    decisions = {f"v{ids[0]}": "reduce", f"a{ids[0]}": "3,000", f"r{ids[0]}": "", f"v{ids[1]}": "return"}
    refused = text_of(browser.post(approve, decisions | {"action": "preview"}))
    assert "请写明核减的理由" in refused and "请写明退回的理由" in refused
    decisions |= {f"r{ids[0]}": "按预算", f"t{ids[1]}": "户名不一致"}
    preview = browser.post(approve, decisions | {"action": "preview"})
    assert "批复2个村，3,000.00元" in text_of(preview)
    back = (
        re.search(r'href="([^"]*approve/\?[^"]+)"', preview.content.decode()).group(1).replace("&amp;", "&")
    )
    assert "户名不一致" in browser.get(back).content.decode()
    assert "打勾确认" in text_of(browser.post(approve, decisions | {"action": "confirm"}))
    assert Reward.objects.filter(state="applied").count() == 2
    post(browser, approve, **(decisions | {"action": "confirm", "confirmed": "1"}))
    assert "户名不一致" in text_of(page(cast.officer, "2025-01-20").get(year))
    browser = page(cast.officer, "2025-01-20")
    receive = reverse("reward-application-act", args=[application.pk, "receive"])
    assert "应为3,000.00元" in text_of(browser.post(receive, {"amount_fen": "2999", "voucher": "V"}))
    post(browser, receive, amount_fen="3000", voucher="V")
    assert "3,000.00" in text_of(browser.get(reverse("reward-payments")))
    post(browser, reverse("reward-payment-new"), reward=ids[0])
    run = RewardPayment.objects.get()
    browser = page(cast.reviewer, "2025-01-21")
    post(browser, reverse("reward-payment", args=[run.pk]), voucher="B", confirmed="1", amount_fen=300_000)
    mine = text_of(page(cast.clerk, "2025-01-22").get(reverse("rewards")))
    assert "2025年1月21日已拨到你单位账户" in mine and "3,000.00" in mine
    printed = text_of(page(cast.officer).get(reverse("reward-application-print", args=[application.pk])))
    assert "集体补助奖励资金核定表" in printed and "1234567890123456" in printed and "拨付明细表" in printed


def test_what_cannot_be_determined_stands_there_with_its_clause(cast, page, village):
    from tests.batches import remitted_batch

    remitted_batch(village, cast)
    cases.services.compute_rewards(cases.COUNTY, 2024, by=cases.By(cast.officer, cases.date(2025, 1, 10)))
    shown = text_of(page(cast.officer, JANUARY).get(reverse("rewards") + "?year=2024"))
    assert "当年集体补助工作尚未完成" in shown and "长寿府办发〔2024〕49号" in shown
    assert "没有可以核定的村" in text_of(
        page(cast.officer, JANUARY).get(reverse("reward-determine") + "?year=2024")
    )


def test_an_offset_is_closed_on_a_document(villages, cast, page):
    cases.whole_reward(cast)
    line = Line.objects.filter(village_code=SHIMEN).first()
    cases.refund(cast, line, 10_000, on=cases.date(2025, 3, 10))
    offset = Offset.objects.get()
    assert "60.00" in text_of(page(cast.clerk).get(reverse("rewards")))
    browser = page(cast.finance, "2025-04-01")
    assert "1笔待冲抵，余额60.00元" in text_of(browser.get(reverse("reward-offsets")))
    here = reverse("reward-offset", args=[offset.pk])
    assert "请写明凭证号或文件" in text_of(browser.post(here, {"way": "waive", "document": ""}))
    post(browser, here, way="waive", document="长财〔2025〕9号")
    assert "长财〔2025〕9号" in text_of(browser.get(here))


def test_rates_are_entered_and_confirmed_on_a_page(cast, page):
    browser = page(cast.officer, JANUARY)
    refused = browser.post(reverse("reward-rates"), {"year": "2024", "rate_ppm": "61", "document": "文"})
    assert "超过2024年度上限60%" in text_of(refused)
    post(browser, reverse("reward-rates"), year="2024", rate_ppm="50", document="长府办〔2025〕1号")
    from rewards.models import DecidedRate

    rate = DecidedRate.objects.get()
    browser = page(cast.reviewer, JANUARY)
    assert "复核通过50%" in text_of(browser.get(reverse("reward-rates")))
    post(browser, reverse("reward-rate-act", args=[rate.pk, "confirm"]))
    rate.refresh_from_db()
    assert rate.state == "confirmed"


def test_the_plan_page_says_what_reward_it_may_bring(cast, page):
    url = reverse("plan-reward-estimate")
    browser = page(cast.clerk, "2025-05-01")
    said = text_of(browser.get(url, {"year": "2025", "amount_fen": "2300000", "region": SHIMEN}))
    assert "区里最多奖励40%" in said and "9,200.00" in said
    assert "没有奖励政策" in text_of(browser.get(url, {"year": "2027", "amount_fen": "1", "region": SHIMEN}))
    assert browser.get(url, {"year": "x"}).content == b""


@pytest.mark.parametrize(
    "name", ["rewards", "reward-approvals", "budgets", "reward-payments", "reward-offsets"]
)
def test_pages_are_for_their_offices_and_areas(villages, cast, page, name):
    cases.determined(cast)
    for who in (cast.tax, cast.admin, cast.agriculture):
        assert page(who).get(reverse(name)).status_code in (403, 404)
    row = Reward.objects.get(village_code=SHAXI)
    assert page(cast.clerk).get(reverse("reward", args=[row.pk])).status_code == 404
    assert "石门村" not in text_of(page(cast.foreign_officer).get(reverse(name)))
    assert page(cast.auditor).get(reverse(name)).status_code == 200


def test_lists_leave_as_workbooks_and_a_page_asks_a_constant_number_of_queries(
    villages, cast, page, django_assert_max_num_queries
):
    cases.determined(cast)
    browser = page(cast.officer, JANUARY)
    for name in ("rewards", "reward-offsets"):
        assert browser.get(reverse(name), {"export": "xlsx", "year": "2024"})["Content-Type"].endswith(
            "sheet"
        )
    with django_assert_max_num_queries(60):
        browser.get(reverse("rewards") + "?year=2024")


def test_the_home_page_says_what_waits(villages, cast, page):
    from core.navigation import todos_for

    cases.services.compute_rewards(cases.COUNTY, 2024, by=cases.By(cast.officer, cases.date(2025, 1, 10)))
    titles = [todo.title for todo in todos_for(cast.officer, on=cases.date(2025, 1, 10))]
    assert "核定奖励2个村" in titles
    application = cases.applied(cast)
    titles = [todo.title for todo in todos_for(cast.finance, on=cases.date(2025, 1, 11))]
    assert "批复2024年度奖励2个村" in titles
    assert application.number and not Job.objects.filter(kind="reward").exists()
