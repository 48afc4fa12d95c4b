"""Donors and their pools brought to a stage through the services, for tests of sponsored plans."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from stdnum.cn import uscc as codes

from core.workflow import By
from desk.demo.year import Crew, Year
from subsidies.models import Application, Donor, Line, PaymentNotice, Plan, Pool
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.rules.refunds import RefundRequest
from subsidies.services import donations, plans, refunds
from subsidies.services.attachments import Paper
from subsidies.services.donations import DonorContent, MoneyMoved, PoolContent
from subsidies.services.plans import PlanContent
from tests import factories
from tests.subsidies.stages import PDF, flat
from villages.enums import Role


def on(actor: object, day: str | date) -> By:
    return By(actor, date.fromisoformat(day) if isinstance(day, str) else day)


def uscc(head: str) -> str:
    """A valid code from its first seventeen characters."""
    return head + codes.calc_check_digit(head)


def donor(by: By, place: str, *, kind: str = "enterprise", name: str = "长寿某机械公司") -> Donor:
    """A donor in the register of a place."""
    number = sum(map(ord, name)) % 10**5
    code = "" if kind == "individual" else uscc(f"91500115MA5U{number:05d}")
    content = DonorContent(kind, name, code, "王经理", "13800000000")
    return donations.register_donor(place, by=by, content=content)


def pool(
    village: factories.Village,
    actor: object,
    day: str,
    *,
    yuan: int,
    kind: str = "enterprise",
    name: str = "长寿某机械公司",
    custody: str = "organisation",
    year: int = 2024,
    **more: object,
) -> Pool:
    """A donor's pool with so much money in it."""
    by = on(actor, day)
    giver = donor(by, village.organisation.village_code, kind=kind, name=name)
    content = PoolContent(
        giver.pk, village.organisation.pk, year, custody, purpose="资助本村成员参保缴费", **more
    )
    opened = donations.open_pool(by=by, content=content)
    if yuan:
        receive(opened, actor, day, yuan=yuan)
    return opened


def receive(of: Pool, actor: object, day: str, *, yuan: int, voucher: str = "R-1") -> Pool:
    """Money of the donor comes in."""
    money = MoneyMoved(yuan * 100, date.fromisoformat(day), voucher)
    return donations.receive_money(of.pk, by=on(actor, day), money=money)


CLAIM = Paper("claim", "申请.pdf", PDF, is_sealed=True)


def give_back(of: Pool, actor: object, day: str, *, yuan: int, paper: Paper | None = CLAIM) -> Pool:
    """Money goes back to the donor on his claim."""
    money = MoneyMoved(yuan * 100, date.fromisoformat(day), "B-1")
    return donations.return_money(of.pk, by=on(actor, day), money=money, paper=paper)


def sponsored_plan(
    of: Pool, clerk: object, day: str, *, yuan: int, decision: object = None, rows: tuple = ()
) -> Plan:
    """The plan that spends a pool, decided where the rulebook asks for it, and in force."""
    content = PlanContent(
        beneficiaries="有需要的参保成员",
        procedure="按资助协议申请、核实、缴款、记账、反馈",
        standards=rows or (flat(yuan),),
    )
    by = on(clerk, day)
    plan = plans.draft_sponsored_plan(of.pk, by=by, content=content)
    if decision is not None:
        plans.record_decision(plan.pk, by=by, record=decision)
    return plans.put_in_force(plan.pk, by=by)


def year_of(village: factories.Village, cast: SimpleNamespace, year: int = 2024) -> Year:
    """The acts of a batch after its plan."""
    return Year(Crew(cast.clerk, cast.officer, cast.reviewer, cast.tax), village.organisation, year)


def handed_in(village: factories.Village, cast: SimpleNamespace, plan: Plan, day: str) -> Application:
    """A batch of a plan, its papers sealed, handed in."""
    year = year_of(village, cast, plan.year)
    batch = year.draw_up(plan, date.fromisoformat(day))
    return year.submit(batch, date.fromisoformat(day))


def verified(village: factories.Village, cast: SimpleNamespace, plan: Plan, day: str) -> Application:
    """Handed in and verified on one day."""
    batch = handed_in(village, cast, plan, day)
    return year_of(village, cast, plan.year).verify(batch, date.fromisoformat(day))


def confirmed(village: factories.Village, cast: SimpleNamespace, plan: Plan, day: str) -> PaymentNotice:
    """All the way to the notice on one day."""
    batch = verified(village, cast, plan, day)
    return year_of(village, cast, plan.year).confirm(batch, date.fromisoformat(day))


def posted(village: factories.Village, cast: SimpleNamespace, plan: Plan, day: str) -> Application:
    """All the way to the members' accounts on one day."""
    year, on_day = year_of(village, cast, plan.year), date.fromisoformat(day)
    notice = confirmed(village, cast, plan, day)
    year.remit(notice, on_day, voucher=f"T-{notice.pk}")
    year.post(notice.application, on_day)
    return notice.application


YUTAI, YUTAI_COUNTY = "370827001206", "370827000000"
YUTAI_ROLES = {"clerk": Role.CLERK, "officer": Role.OFFICER, "reviewer": Role.REVIEWER, "tax": Role.TAX}


def yutai_cast() -> SimpleNamespace:
    """Accounts of 鱼台县, a pilot county of Jining."""
    return SimpleNamespace(
        **{
            name: factories.account(f"yt_{name}", YUTAI if name == "clerk" else YUTAI_COUNTY, role)
            for name, role in YUTAI_ROLES.items()
        }
    )


def yutai_village(cast: SimpleNamespace, *, members: int = 1, yuan: int = 500) -> factories.Village:
    """A village of 鱼台县 whose members paid for 2024 and whose income was 300,000.00."""
    village = factories.Village(factories.organisation(YUTAI))
    for _ in range(members):
        someone = factories.member(village.organisation)
        village.members.append(someone)
        factories.paid(someone.person, 2024, yuan, county_code=YUTAI_COUNTY)
    for year in (2023, 2024):
        factories.income(village.organisation, year, 300_000, cast.clerk)
    return village


def meeting(day: str, body: str = "villagers_meeting") -> DecisionFacts:
    """A meeting that asked nothing more than a majority."""
    met = date.fromisoformat(day)
    return DecisionFacts(
        body=body, met_on=met, called_count=300, attended_count=260, agreed_count=250,
        against_count=6, abstained_count=4, resolution="同意", published_from=met,
    )  # fmt: skip


def village_plan(
    village: factories.Village, clerk: object, day: str, *, yuan: int, set_aside: int, body: str
) -> Plan:
    """The village's own plan in force: so much a head, so much set aside for it."""
    by = on(clerk, day)
    content = PlanContent(
        beneficiaries="当年参保缴费的本集体经济组织成员",
        procedure="申请、核实、缴款、记账、反馈",
        sources=[Source("distributable_income", set_aside * 100)],
        standards=[flat(yuan)],
    )
    plan = plans.draft_plan(village.organisation.pk, by=by, year=int(day[:4]), content=content)
    plans.record_decision(plan.pk, by=by, record=meeting(day, body))
    return plans.put_in_force(plan.pk, by=by)


def columns(of: Pool) -> tuple[int, int, int, int, int, int]:
    """Income, reserved, remitted, refunded, returned and balance, in whole yuan."""
    of.refresh_from_db()
    fen = (of.income_fen, of.reserved_fen, of.remitted_fen, of.refunded_fen, of.returned_fen, of.balance_fen)
    return tuple(one // 100 for one in fen)  # type: ignore[return-value]


def clause_of(refusal: Any) -> str:
    """The clause that a refusal names."""
    return str(refusal.value.clause)


def charity_pool(village: factories.Village, actor: object, *, yuan: int, year: int = 2024) -> Pool:
    """A pool of Ningxia that a charity keeps."""
    return pool(
        village, actor, "2024-09-02", yuan=yuan, kind="charity", name="宁夏某慈善总会", custody="charity", year=year,
        charity_name="宁夏某慈善总会", charity_uscc=uscc("53640000MJX000017"),
    )  # fmt: skip


def paid_back(line: Line, cast: SimpleNamespace, **more: object) -> None:
    """The whole line refunded: its person had died before it was paid."""
    evidence = [Paper("evidence", "死亡证明.pdf", PDF, is_sealed=True)]
    request = RefundRequest("DEATH", date(2024, 9, 1), **more)
    asked = refunds.ask_refund(line.pk, by=on(cast.clerk, "2024-09-10"), request=request, papers=evidence)
    refunds.verify_refund(asked.pk, by=on(cast.officer, "2024-09-11"))
    refunds.approve_refund(asked.pk, by=on(cast.reviewer, "2024-09-12"))
    refunds.record_refund_paid(asked.pk, by=on(cast.tax, "2024-09-13"), voucher="B-9")
