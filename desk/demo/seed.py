"""Seeds the demo district: people, payments, and villages at different steps of 2024 to 2026, all through services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.models import User
from core.workflow import By
from desk.demo.accounts import seed_accounts
from desk.demo.people import YUAN, declare_incomes, district, make_members, make_organisations, make_payments
from desk.demo.rewarding import reward_district
from desk.demo.year import BLANK_PDF, Crew, Meeting, Year
from rewards.models import Reward
from subsidies.enums import LineState
from subsidies.models import Application, Line, Plan
from subsidies.rules.plans import Source
from subsidies.rules.refunds import RefundRequest
from subsidies.rules.standards import StandardRow
from subsidies.services import refunds, verification
from subsidies.services.attachments import Paper
from villages.enums import Role, StatusKind
from villages.models import CollectiveOrganisation, Membership
from villages.services.persons import report_status
from villages.services.staff import make_account

PAYMENT_YEARS = (2022, 2023, 2024, 2025, 2026)
CURRENT_YEAR = 2026
FIRST_TODAY, LAST_TODAY = date(2026, 10, 20), date(2026, 12, 10)
PPM = 1_000_000
# Days before the demo's today on which the acts of the current year took place.
CURRENT_DAYS = {
    "meeting": 40,
    "draw": 24,
    "submit": 22,
    "verify": 17,
    "confirm": 14,
    "remit": 9,
    "post": 6,
    "inform": 4,
}
PAST_DAYS = {
    "meeting": 0,
    "draw": 6,
    "submit": 8,
    "verify": 15,
    "confirm": 18,
    "remit": 26,
    "post": 30,
    "inform": 34,
}
PAST_START = (8, 5)
LEVELS = (
    "plan", "drafted", "submitted", "returned", "verified", "notified", "differences", "remitted", "posted", "informed",
    "closed",
)  # fmt: skip


def seed_district() -> int:
    """Make the accounts, organisations and villages that are missing; return how many villages were made.

    One village a transaction: what a stop in the middle left out is made at the next start. With
    `DEMO_VILLAGES=0` the district is left without members, for a course that begins at the beginning.
    """
    accounts = seed_accounts()
    make_organisations()
    stories = district()["villages"] if settings.DEMO_VILLAGES else []
    standing = set(Membership.objects.values_list("village_code", flat=True).distinct())
    missing = [story for story in stories if story["code"] not in standing]
    for story in missing:
        with transaction.atomic():
            _village(story, accounts)
    if stories and not Reward.objects.exists():
        with transaction.atomic():
            reward_district(accounts)
    return len(missing)


def _village(story: dict[str, Any], accounts: dict[str, User]) -> None:
    organisation = CollectiveOrganisation.objects.get(region_id=story["code"])
    clerk = accounts.get(story.get("clerk", "")) or clerk_of(organisation)
    make_members(organisation, story["members"])
    make_payments(organisation, PAYMENT_YEARS)
    declare_incomes(organisation, yuan=story["income"], clerk=clerk)
    crew = Crew(
        clerk=clerk,
        officer=accounts["jingban"],
        reviewer=accounts["fuhe"],
        tax=accounts["shuiwu"],
        finance=accounts["caizheng"],
        finance_reviewer=accounts["caizheng2"],
    )
    for year, level in story["years"].items():
        YearStory(Year(crew, organisation, year), story, level).tell()
    if "died" in story:
        _report_death(organisation, story["died"], crew)
    if "refund" in story:
        _ask_back(organisation, story["refund"], crew)


def _report_death(organisation: CollectiveOrganisation, year: int, crew: Crew) -> None:
    """The agency's list says that one of the year's lines is of a person who has died: the village's work."""
    line = Line.objects.filter(organisation=organisation, year=year).order_by("position")[6]
    assert line.membership_id is not None
    report_status(
        line.membership_id,
        by=By(crew.officer, demo_today() - timedelta(days=2)),
        kind=StatusKind.DEATH,
        event_on=demo_today() - timedelta(days=9),
        source="长寿区民政局",
    )


def _ask_back(organisation: CollectiveOrganisation, year: int, crew: Crew) -> None:
    """A posted line of somebody who had died before the money was paid; asked back and verified."""
    line = Line.objects.filter(organisation=organisation, year=year, state=LineState.POSTED).order_by(
        "position"
    )[3]
    assert line.remitted_on is not None
    request = RefundRequest(reason=StatusKind.DEATH, event_on=line.remitted_on - timedelta(days=5))
    papers = [Paper("DEATH", "死亡证明.pdf", BLANK_PDF, is_sealed=True)]
    on = demo_today() - timedelta(days=8)
    refund = refunds.ask_refund(line.pk, by=By(crew.clerk, on), request=request, papers=papers)
    refunds.verify_refund(refund.pk, by=By(crew.officer, on + timedelta(days=3)))


def clerk_of(organisation: CollectiveOrganisation) -> User:
    """The clerk of a village that has no demo account; nobody can log in as him."""
    region = organisation.region
    found = User.objects.filter(username=f"wenshu-{region.code}").first()
    if found:
        return found
    user = make_account(
        username=f"wenshu-{region.code}",
        display_name=f"{region.short_name}文书",
        password="",
        region=region,
        roles=[Role.CLERK],
    )
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return user


class YearStory:
    """One village's year up to its level."""

    def __init__(self, year: Year, story: dict[str, Any], level: str) -> None:
        self.year = year
        self.story = story
        self.upto = LEVELS.index(level)
        self.level = level

    def on(self, act: str) -> date:
        """The date of an act: counted back from today in the current year, from August in a past one."""
        if self.year.year == CURRENT_YEAR:
            return demo_today() - timedelta(days=CURRENT_DAYS[act])
        return date(self.year.year, *PAST_START) + timedelta(days=PAST_DAYS[act])

    def tell(self) -> None:
        """Act after act until the level is reached."""
        plan = self._plan()
        batch = self.year.draw_up(plan, self.on("draw")) if self.upto >= LEVELS.index("drafted") else None
        if batch is None:
            return
        if self.year.year == CURRENT_YEAR and "unpaid" in self.story:
            self.year.add_unpaid(batch, self.on("draw"), **self.story["unpaid"])
        for level, act in self._acts(batch):
            if LEVELS.index(level) > self.upto:
                break
            act()

    def _plan(self) -> Plan:
        members = self.story["members"]
        called = members * 7 // 10
        meeting = Meeting(
            self.on("meeting"), called=called, attended=called * 9 // 10, agreed=called * 8 // 10
        )
        return self.year.plan(self._standards(), source=self._source(), meeting=meeting)

    def _standards(self) -> list[StandardRow]:
        if "percent" in self.story:
            return [StandardRow(method="percent", rate_ppm=self.story["percent"] * PPM // 100)]
        return [StandardRow(amount_fen=self.story["flat"] * YUAN)]

    def _source(self) -> Source:
        return Source("distributable_income", self.story["income"] * YUAN * 3 // 10, "物业出租、土地流转")

    def _acts(self, batch: Application) -> list[tuple[str, Callable[[], object]]]:
        year, last = self.year, self.level
        acts: list[tuple[str, Callable[[], object]]] = [
            ("submitted", lambda: year.submit(batch, self.on("submit")))
        ]
        if last == "returned":
            return [*acts, ("returned", lambda: self._return(batch))]
        acts += [
            ("verified", lambda: year.verify(batch, self.on("verify"))),
            ("notified", lambda: year.confirm(batch, self.on("confirm"))),
            ("differences", lambda: self._remit(batch, leave_out=3 if last == "differences" else 0)),
        ]
        if last == "differences":
            return acts
        return [
            *acts,
            ("posted", lambda: year.post(batch, self.on("post"))),
            (
                "informed",
                lambda: year.inform(batch, self.on("inform"), told=None if last == "closed" else 40),
            ),
        ]

    def _return(self, batch: Application) -> None:
        verification.return_application(
            batch.pk,
            by=By(self.year.crew.officer, self.on("verify")),
            reason="人员名单盖章不清，请重新盖章扫描；第3行、第19行请核对身份证号。",
        )

    def _remit(self, batch: Application, *, leave_out: int) -> None:
        notice = batch.notices.latest("pk")
        voucher = f"3350{self.year.year}{self.year.organisation.village_code[6:]}"
        self.year.remit(notice, self.on("remit"), voucher=voucher, leave_out=leave_out)


def demo_today() -> date:
    """Today, kept within the weeks for which the story of the current year makes sense."""
    return min(max(timezone.localdate(), FIRST_TODAY), LAST_TODAY)
