"""Donors of the demo: who gives to a village, how much, and how far the gift's own list is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from stdnum.cn import uscc

from core.workflow import By
from desk.demo.people import YUAN
from desk.demo.stories import demo_today, meeting_of
from desk.demo.year import BLANK_PDF, Year
from policies.selectors import rulebook
from subsidies.enums import PoolPaper
from subsidies.models import Plan, Pool
from subsidies.rules.pools import CHARITY, INDIVIDUAL, needs_decision
from subsidies.rules.standards import StandardRow
from subsidies.services import donations, plans
from subsidies.services.attachments import Paper
from subsidies.services.donations import DonorContent, MoneyMoved, PoolContent
from subsidies.services.plans import PlanContent

LEVELS = ("received", "plan", "submitted", "verified", "notified", "posted")
# Days between the acts of a gift's list.
PACE = timedelta(days=2)


class Gift:
    """One donor's gift to a village, told up to its level."""

    def __init__(self, year: Year, told: dict[str, Any], members: int) -> None:
        self.year = year
        self.told = told
        self.members = members
        self.upto = LEVELS.index(told["upto"])

    @property
    def begins_on(self) -> date:
        """The day of the agreement: a date, or so many days ago."""
        day = self.told["agreed"]
        return day if isinstance(day, date) else demo_today() - timedelta(days=day)

    def tell(self) -> None:
        """Act after act until the level is reached."""
        pool = self._received()
        day = self.begins_on + PACE
        if not self._reaches("plan"):
            return
        plan = self._plan(pool, day)
        if not self._reaches("submitted"):
            return
        batch = self.year.draw_up(plan, day + PACE)
        self.year.submit(batch, day + PACE)
        if self._reaches("verified"):
            self.year.verify(batch, day + 2 * PACE)
        if self._reaches("notified"):
            notice = self.year.confirm(batch, day + 3 * PACE)
            if self._reaches("posted"):
                voucher = f"5{self.year.organisation.village_code[:5]}{notice.pk:04d}"
                self.year.remit(notice, day + 4 * PACE, voucher=voucher)
                self.year.post(batch, day + 5 * PACE)

    def _reaches(self, level: str) -> bool:
        return self.upto >= LEVELS.index(level)

    def _received(self) -> Pool:
        act, organisation = By(self.year.crew.clerk, self.begins_on), self.year.organisation
        kind, name = self.told["kind"], self.told["name"]
        code = "" if kind == INDIVIDUAL else self._code()
        content = DonorContent(kind, name, code, self.told.get("contact", ""))
        donor = donations.register_donor(organisation.village_code, by=act, content=content)
        by_charity = self.told["custody"] == CHARITY
        gift = PoolContent(
            donor.pk,
            organisation.pk,
            self.year.year,
            self.told["custody"],
            charity_name=name if by_charity else "",
            charity_uscc=code if by_charity else "",
            purpose=self.told["purpose"],
            agreement_number=f"资协{self.year.year}-1",
            agreed_on=self.begins_on,
        )
        pool = donations.open_pool(by=act, content=gift)
        money = MoneyMoved(self.told["yuan"] * YUAN, self.begins_on, f"HD{self.begins_on:%Y%m%d}01")
        receipt = Paper(PoolPaper.RECEIPT, "银行回单.pdf", BLANK_PDF, is_sealed=True)
        return donations.receive_money(pool.pk, by=act, money=money, paper=receipt)

    def _code(self) -> str:
        """An invented code that passes the check, of a charity (53) or an enterprise (91) of the county."""
        county = self.year.organisation.county_code[:6]
        head = f"{'53' if self.told['kind'] == CHARITY else '91'}{county}MA{self.year.organisation.pk:07d}"
        return head + uscc.calc_check_digit(head)

    def _plan(self, pool: Pool, day: date) -> Plan:
        act = By(self.year.crew.clerk, day)
        content = PlanContent(
            beneficiaries=self.told["purpose"],
            procedure="按资助协议申请、核实、缴款、记账、反馈",
            standards=[StandardRow(amount_fen=self.told["each"] * YUAN)],
        )
        plan = plans.draft_sponsored_plan(pool.pk, by=act, content=content)
        if needs_decision(rulebook(pool.village_code, on=day), pool.custody):
            record = self.year.record(meeting_of(self.members, day), resolution="同意社会资助方案")
            plans.record_decision(plan.pk, by=act, record=record)
        return plans.put_in_force(plan.pk, by=act)
