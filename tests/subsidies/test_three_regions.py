"""What each of the three regions asks on the way of the money, in its own papers, terms and refusals."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from core.errors import InvalidInput, RuleViolation
from core.workflow import By
from desk.demo.year import Crew, Meeting, Year
from desk.registers.rules import event_kinds, explained_items
from ledger.selectors import person_balances
from ledger.services.interest import confirm_interest_rate, enter_interest_rate, start_interest
from policies.parameters import GROUNDS
from policies.selectors import rulebook
from subsidies.enums import LineState, Payee
from subsidies.models import Application, PaymentNotice
from subsidies.rules.plans import Source
from subsidies.rules.pools import payee_of_sponsor_money
from subsidies.rules.refunds import (
    Refundable,
    RefundRequest,
    check_request,
    payee_of,
    reasons,
    require_evidence,
)
from subsidies.selectors.informing import inform_deadline
from subsidies.services import applications, notices, refunds, verification
from subsidies.services.attachments import Paper
from subsidies.services.notices.leaving import require_withdrawal_reason
from subsidies.services.plans import PlanContent, draft_plan
from tests import factories
from tests.subsidies import jining
from tests.subsidies.stages import PDF, flat
from villages.enums import Role

pytestmark = pytest.mark.django_db
CS, JN, NX = "500115002203", "370827001207", "640121102010"
CODES = {CS: "CS", JN: "JN", NX: "NX"}
DAY = date(2024, 8, 28)


def places(*rules: str) -> Any:
    """Each region once, its test marked with its rule."""
    return pytest.mark.parametrize(
        "place",
        [
            pytest.param(place, id=name, marks=pytest.mark.rule(rule))
            for (place, name), rule in zip(CODES.items(), rules, strict=True)
        ],
    )


def day(text: str) -> date:
    return date.fromisoformat(text)


class Region:
    """One village's year in a region, act by act, with 200.00 for each of two members."""

    def __init__(self, place: str) -> None:
        makers = {
            CS: (factories.make_cast, lambda: factories.make_village(members=2)),
            JN: (jining.make_cast, lambda: jining.make_village(members=2)),
            NX: (factories.make_ningxia_cast, lambda: factories.make_ningxia_village(members=2)),
        }
        make_cast, make_village = makers[place]
        self.village = make_village()
        self.cast: SimpleNamespace = make_cast()
        names = ("clerk", "officer", "reviewer", "tax", "finance", "township", "agriculture")
        crew = Crew(**{name: getattr(self.cast, name, None) for name in names})
        self.year = Year(crew, self.village.organisation, 2024)

    def by(self, name: str, on: str) -> By:
        return By(getattr(self.cast, name), day(on))

    def plan(self) -> Any:
        meeting = Meeting(day("2024-08-26"), called=100, attended=90, agreed=88)
        source = Source("distributable_income", 200_000_00)
        return self.year.decide([flat(200)], source=source, meeting=meeting)

    def drawn(self) -> Application:
        plan = self.plan()
        if rulebook(plan.village_code, on=day("2024-08-26")).table("filing_office"):
            plan = self.year.file(plan, day("2024-08-27"))
            self.year.answer(plan, day("2024-08-28"), answers={})
        return self.year.draw_up(self.year.put_in_force(plan, day("2024-08-28")), day("2024-09-02"))

    def notified(self) -> PaymentNotice:
        batch = self.year.submit(self.drawn(), day("2024-09-03"))
        self.year.verify(batch, day("2024-09-05"))
        return self.year.confirm(batch, day("2024-09-06"))

    def posted(self) -> Application:
        notice = self.notified()
        self.year.remit(notice, day("2024-09-09"), voucher="Z-1")
        self.year.post(notice.application, day("2024-09-12"))
        return notice.application


@pytest.fixture
def region(base_data: None, place: str) -> Region:
    return Region(place)


STEPS = {
    CS: "党组织提议 两委商议 党员大会审议 会议决议 决议公开 实施结果公开",
    JN: "党组织提议 两委商议 党员大会审议 村（居）民会议决议 决议公开 实施结果公开",
    NX: "党组织提议 两委商议 党员大会审议 村（居）民（代表）会议决议 决议公开 实施结果公开",
}

SCHEMES = {CS: "城乡居民基本养老保险", JN: "居民基本养老保险", NX: "城乡居民基本养老保险"}


@places("CS-25", "JN-12", "NX-15")
def test_the_printed_record_of_a_decision_has_the_regions_own_steps(region, place, client):
    plan = region.plan()
    client.force_login(region.cast.clerk)

    paper = client.get(reverse("plan-decision-print", args=[plan.pk])).content.decode()

    assert [step for step in STEPS[place].split() if f"<td>{step}</td>" in paper] == STEPS[place].split()
    assert f"<span>{SCHEMES[place]}</span>" in paper


BESIDE = {CS: [], JN: ["村（居）民会议"], NX: ["村（居）民会议", "村（居）民代表会议"]}


@places("LAW-01", "JN-12", "NX-15")
def test_from_may_2025_the_page_of_the_decision_names_the_meetings_that_may_be_recorded_beside(
    region, place, page
):
    content = PlanContent(sources=[Source("distributable_income", 10_000_00)], standards=[flat(60)])
    plan = draft_plan(
        region.village.organisation.pk, by=region.by("clerk", "2025-05-06"), year=2025, content=content
    )
    shown = page(region.cast.clerk, on="2025-05-06").get(reverse("plan-decision", args=[plan.pk]))

    words = [f"可另行记录的会议：{name} " for name in BESIDE[place]]
    assert [text for text in words if text in shown.content.decode()] == words
    assert ("可另行记录的会议" in shown.content.decode()) is bool(words)


@places("CS-27", "JN-12", "NX-17")
def test_a_batch_is_handed_in_with_the_regions_own_declaration(region, place):
    batch = region.drawn()

    with pytest.raises(InvalidInput, match=r"本组织对申请材料的真实性、完整性负责。$") as refused:
        applications.submit_application(batch.pk, by=region.by("clerk", "2024-09-03"), declared_true=False)

    assert refused.value.code == "E-DECLARATION"


@places("CS-29", "JN-12", "NX-17")
def test_a_returned_batch_is_to_be_mended_within_ten_working_days(region):
    batch = region.year.submit(region.drawn(), day("2024-09-03"))

    back = verification.return_application(batch.pk, by=region.by("officer", "2024-09-03"), reason="补表")

    # 14 September is a working day, the 15th to the 17th are holidays.
    assert back.correct_by == day("2024-09-18")


@places("CS-33", "JN-12", "NX-17")
def test_members_are_told_within_fifteen_days_of_the_feedback(region):
    batch = region.posted()
    region.year.inform(batch, day("2024-09-13"), told=1)
    batch.refresh_from_db()

    deadline = inform_deadline(batch)

    assert deadline is not None and deadline.on == day("2024-09-28")


@places("CS-30", "JN-12", "NX-17")
def test_after_the_deadline_a_line_is_given_up_and_late_money_revives_it(region):
    notice = region.notified()
    line, other = notice.application.lines.order_by("position")
    late = region.by("clerk", "2024-09-22")
    with pytest.raises(RuleViolation, match="2024年9月21日"):
        notices.give_up_lines([line.pk], by=region.by("clerk", "2024-09-21"), reason="村里不再补助")

    assert notices.give_up_lines([line.pk, other.pk], by=late, reason="村里不再补助") == 2
    paid = notices.TaxRowInput(20_000, day("2024-09-23"), voucher="Z-9", person_id=line.person_id)
    notices.record_tax_rows(notice.pk, [paid], by=region.by("tax", "2024-09-23"), origin="api")

    line.refresh_from_db()
    assert line.state == LineState.REMITTED


LEAVING = {
    "DEATH": "死亡",
    "NATIONALITY_LOST": "丧失国籍",
    "OTHER_PENSION": "已享受其他基本养老保险待遇",
    "OTHER": "其他情形",
}


@places("CS-28", "JN-12", "NX-17")
def test_a_withdrawal_has_one_of_four_reasons(region):
    notice = region.notified()

    for reason in LEAVING:
        require_withdrawal_reason(notice, reason, day("2024-09-06"), on=day("2024-09-06"))
    with pytest.raises(InvalidInput) as refused:
        require_withdrawal_reason(notice, "MOVED", day("2024-09-06"), on=day("2024-09-06"))

    assert refused.value.message == f"撤回的事由须是：{'、'.join(LEAVING.values())}。"


# Refunds: reason → its words, the paper that proves it, who gets the money, whether the event must lie before payment
AGENCY_PAYS, PERSON_PAYS = Payee.ORGANISATION, Payee.PERSON
REFUNDS = {
    "DEATH": ("死亡", "死亡证明或户口注销证明", AGENCY_PAYS, True),
    "NATIONALITY_LOST": ("丧失国籍", "户口注销证明", AGENCY_PAYS, True),
    "DUPLICATE_CONTRIBUTION": ("重复缴费", "重复缴费的缴费凭证", PERSON_PAYS, False),
    "OTHER_PENSION": ("已享受基本养老保险待遇", "待遇领取证明", AGENCY_PAYS, True),
    "WRONG_AMOUNT": ("多收", "税票或缴款凭证", AGENCY_PAYS, False),
    "WRONG_PERSON": ("错收", "税票或缴款凭证", AGENCY_PAYS, False),
    "OTHER": ("其他情形", "情况说明和证明材料", AGENCY_PAYS, False),
}


@places("CS-34", "JN-12", "NX-17")
@pytest.mark.parametrize("reason", list(REFUNDS))
def test_a_refund_is_proved_paid_and_bounded_by_its_reason(base_data, place, reason):
    words, evidence, payee, before_payment = REFUNDS[reason]
    book = rulebook(place, on=DAY)
    line = Refundable(posted_fen=20_000, claimed_fen=0, paid_on=day("2024-08-01"))

    def ask(event: str) -> int:
        return check_request(
            RefundRequest(reason, day(event), reason_text="见材料"), line, rulebook=book, on=DAY
        )

    assert reasons(book)[reason] == words
    assert payee_of(book, reason) == payee
    with pytest.raises(RuleViolation) as lacking:
        require_evidence(reason, has_papers=False, rulebook=book)
    assert (lacking.value.code, lacking.value.rows) == ("E-DOC-MISSING", [evidence])
    assert ask("2024-08-01") == 20_000
    if before_payment:
        with pytest.raises(RuleViolation) as too_late:
            ask("2024-08-02")
        assert too_late.value.code == "E-REFUND-EVENT"
    else:
        assert ask("2024-08-02") == 20_000


@places("CS-34", "JN-12", "NX-17")
def test_a_refund_after_interest_takes_the_interest_along(region, run_jobs):
    line = region.posted().lines.order_by("position").first()
    county = region.village.organisation.county_code
    rate = enter_interest_rate(
        county, by=region.by("officer", "2025-01-05"), year=2024, rate_ppm=30_000, document="公告"
    )
    confirm_interest_rate(rate.pk, by=region.by("reviewer", "2025-01-05"))
    start_interest(rate.pk, by=region.by("officer", "2025-01-05"))
    run_jobs()
    assert person_balances(line.person_id) == {"collective": 20_150}

    papers = [Paper(kind="evidence", name="证明.pdf", content=PDF)]
    asked = refunds.ask_refund(
        line.pk, by=region.by("clerk", "2025-01-06"), request=RefundRequest("WRONG_PERSON", day("2024-09-09")),
        papers=papers,
    )  # fmt: skip
    refunds.verify_refund(asked.pk, by=region.by("officer", "2025-01-06"))
    refunds.approve_refund(asked.pk, by=region.by("reviewer", "2025-01-06"))
    refunds.record_refund_paid(asked.pk, by=region.by("tax", "2025-01-06"), voucher="Z-2")

    assert person_balances(line.person_id) == {"collective": 0}


@places("CS-15", "JN-18", "NX-21")
def test_a_donors_money_goes_back_to_its_pool(base_data, place):
    assert payee_of_sponsor_money(rulebook(place, on=DAY)) == Payee.POOL


EVENTS = {
    CS: ["业务培训", "政策讲解", "广泛宣传"],
    JN: ["政策业务培训", "政策解读", "引导动员"],
    NX: ["宣传引导"],
}
EXPLAINED = {
    CS: [],
    JN: ["该工作的重要意义及具体实施流程", "补助资金的来源", "补助资金的管理使用办法", "享受集体补助后的经济账",
         "享受集体补助后的长远账", "在享受集体补助的同时个人积极缴费"],
    NX: ["集体经济补助的意义和作用", "补助资金的来源", "补助资金的管理使用办法", "享受集体补助后的经济账",
         "享受集体补助后的长远账"],
}  # fmt: skip


@places("CS-24", "JN-17", "NX-21")
def test_an_event_is_entered_by_the_kinds_and_topics_of_the_document(region, place, page):
    form = page(region.cast.clerk, on="2024-09-02").get(reverse("outreach-new")).context["form"]

    assert [word for _key, word in form.fields["kind"].choices] == EVENTS[place]
    assert list(event_kinds(rulebook(place, on=DAY)).values()) == EVENTS[place]
    assert list(explained_items(rulebook(place, on=DAY)).values()) == EXPLAINED[place]


# What the document only tells its readers, on the page or paper that tells it

PILOT_PAGE = {
    (CS, "2024-06-20"): [
        "名单内的镇街",
        "试点组织的条件：经济实力较强、基层党组织坚强有力、工作基础较好</p>",
        "<p>晏家街道、江南街道、云台镇</p>",
        "<h2>工作推进机制</h2>",
        "<dt>区人力社保局（牵头）</dt>",
        "<dt>区财政局</dt>",
        "<dt>区农业农村委</dt>",
        "<dt>区税务局</dt>",
        "由区人力社保局牵头",
    ],
    (JN, "2024-08-28"): [
        "试点组织的条件：收益稳定、条件成熟</p>",
        "<li>鱼台县 ",
        "由市人力资源社会保障部门综合考量后选定",
        "看这几条：集体经济整体实力强、居民养老保险工作积极性高</p>",
        "<h2>集体经济组织补助居民基本养老保险工作专班</h2>",
        "<dt>人社</dt>",
        "<dt>财政</dt>",
        "<dt>农业农村</dt>",
        "<dt>税务</dt>",
    ],
    (NX, "2024-08-28"): [
        "试点组织的条件：收益稳定、条件成熟、有条件有意愿</p>",
        "<h2>协作工作机制</h2>",
        "<dt>人社</dt>",
        "<dt>民政</dt>",
        "<dt>农业农村</dt>",
        "<dt>税务</dt>",
    ],
}


@places("CS-23", "JN-14", "NX-20")
def test_the_page_of_the_pilot_names_who_may_take_part_by_what_and_who_works_together(region, place, page):
    on, told = next((on, told) for (at, on), told in PILOT_PAGE.items() if at == place)

    shown = page(region.cast.officer, on=on).get(reverse("pilots")).content.decode()

    assert [text for text in told if text in shown] == told


VILLAGES = (
    "顾家桥村 同阳新村 上桥村 红柳湾村 下桥村 二道沟村 临河村 石坝村 甜水河村 玉海村 原隆村 通桥村 政权村 富原社区 "
    "杨郎村 南关村"
)


@pytest.mark.rule("NX-02")
@pytest.mark.rule("NX-03")
@pytest.mark.parametrize("on", ["2024-08-28", "2025-03-03"])
def test_the_page_of_the_pilot_lists_ningxias_sixteen_villages(base_data, page, on):
    reader = factories.account("nx_reader", "640000000000", Role.DISTRICT)

    shown = page(reader, on=on).get(reverse("pilots")).content.decode()

    assert [name for name in VILLAGES.split() if f"{name}<" in shown] == VILLAGES.split()


NOTICE = {
    CS: [
        "重庆市长寿区社会保险经办机构",
        "国家税务总局重庆市长寿区税务局",
        "城乡居民基本养老保险费——集体补助",
    ],
    JN: ["鱼台县社会保险经办机构", "税务局", "居民基本养老保险费——集体补助"],
    NX: ["永宁县社会保险经办机构", "税务局", "城乡居民基本养老保险费——集体补助"],
}


@places("CS-30", "JN-12", "NX-17")
def test_the_notice_names_the_agency_the_tax_office_and_the_item(region, place, page):
    notice = region.notified()

    paper = page(region.cast.officer, on="2024-09-06").get(reverse("notice-print", args=[notice.pk]))

    told = [paper.context["agency"], *(str(paper.context[name].value) for name in ("tax_office", "tax_item"))]
    assert told == NOTICE[place]
    assert [text for text in told if text in paper.content.decode()] == told


OFFICES = {
    "500115000000": {
        "社保经办机构": "重庆市长寿区社会保险经办机构",
        "人力社保部门": "重庆市长寿区人力资源和社会保障局",
        "税务部门": "国家税务总局重庆市长寿区税务局",
        "财政部门": "重庆市长寿区财政局",
        "农业农村部门": "重庆市长寿区农业农村委员会",
    },
    "370800000000": {
        "社保经办机构": "社会保险经办机构",
        "人力社保部门": "人力资源社会保障局",
        "税务部门": "税务局",
        "财政部门": "财政局",
        "农业农村部门": "农业农村局",
    },
    "640000000000": {
        "社保经办机构": "社会保险经办机构",
        "人力社保部门": "人力资源和社会保障局",
        "税务部门": "税务局",
        "财政部门": "财政局",
        "农业农村部门": "农业农村局",
        "民政部门": "民政局",
    },
}


ACTS_OF_JINING = {"财政奖励": "激励", "试点范围": "试点的选定"}
ROW_SHOWN = re.compile(r'<th scope="row">([^<]+)</th>\s*<td[^>]*><div>([^<]+)')


@pytest.mark.rule("CS-17")
@pytest.mark.rule("JN-14")
@pytest.mark.rule("NX-20")
@pytest.mark.parametrize("code", list(OFFICES))
def test_the_page_of_the_rulebook_tells_how_each_office_is_called_and_what_each_act_rests_on(
    cast, page, code
):
    shown = page(cast.clerk).get(f"/policies/{code}/").content.decode()
    told = {(key, value.strip()) for key, value in ROW_SHOWN.findall(shown)}

    assert set(OFFICES[code].items()) - told == set()
    grounds = {
        word: ACTS_OF_JINING.get(word, word) if code[:2] == "37" else word for word in GROUNDS.values()
    }
    unknown = {"500115000000": "暂停和恢复", "370800000000": "暂停和恢复", "640000000000": "财政奖励"}[code]
    assert set(grounds.items()) - told == {(unknown, unknown)}
