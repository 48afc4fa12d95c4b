"""How a village of the demo comes to where it stands: its years up to their levels, its suspension."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from core.workflow import By
from desk.demo.districts import District
from desk.demo.people import YUAN
from desk.demo.year import BLANK_PDF, Doubtful, Meeting, Year
from policies.selectors import rulebook
from subsidies.enums import LineState
from subsidies.models import Application, Line, Plan
from subsidies.rules.plans import Source
from subsidies.rules.refunds import RefundRequest
from subsidies.rules.standards import StandardRow
from subsidies.services import refunds, suspensions, verification
from subsidies.services.attachments import Paper
from subsidies.services.suspensions import SuspensionRequest
from villages.enums import StatusKind
from villages.services.persons import report_status

CURRENT_YEAR = 2026
FIRST_TODAY, LAST_TODAY = date(2026, 10, 20), date(2026, 12, 10)
PPM = 1_000_000
LEVELS = (
    "decided", "filing", "plan", "drafted", "submitted", "returned", "verified", "notified", "differences", "remitted",
    "posted", "informed", "closed",
)  # fmt: skip
# As long as a plan lies with the offices, it was handed to them only days ago.
NEW = {"decided", "filing"}


def demo_today() -> date:
    """Today, kept within the weeks for which the story of the current year makes sense."""
    return min(max(timezone.localdate(), FIRST_TODAY), LAST_TODAY)


class YearStory:
    """One village's year up to its level."""

    def __init__(self, year: Year, story: dict[str, Any], district: District) -> None:
        self.year = year
        self.story = story
        self.days = district["days"]
        self.income_source = district["income_source"]
        self.level: str = story["years"][year.year]
        self.upto = LEVELS.index(self.level)
        self.is_current = year.year == CURRENT_YEAR

    def on(self, act: str) -> date:
        """The date of an act: counted back from today in the current year, from the summer in a past one."""
        if self.is_current:
            name = f"new_{act}" if self.level in NEW else act
            return demo_today() - timedelta(days=self.days["before_today"][name])
        return date(self.year.year, *self.days["start"]) + timedelta(days=self.days["after_start"][act])

    def reaches(self, level: str) -> bool:
        """Whether the village came as far as this."""
        return self.upto >= LEVELS.index(level)

    def tell(self) -> None:
        """Act after act until the level is reached."""
        plan = self._plan()
        if not self.reaches("drafted"):
            return
        batch = self.year.draw_up(plan, self.on("draw"))
        if self.is_current and "doubtful" in self.story:
            told = dict(self.story["doubtful"])
            doubtful = Doubtful(amount_fen=told.pop("yuan") * YUAN, **told)
            self.year.add_doubtful(batch, self.on("draw"), doubtful=doubtful)
        for level, act in self._acts(batch):
            if not self.reaches(level):
                break
            act()

    def _plan(self) -> Plan:
        meeting = meeting_of(self.story["members"], self.on("meeting"))
        plan = self.year.decide(self._standards(), source=self._source(), meeting=meeting)
        rules = rulebook(self.year.organisation.village_code, on=self.on("meeting"))
        if not rules.flag("filing_before_application"):
            return self.year.put_in_force(plan, meeting.on) if self.reaches("plan") else plan
        if self.reaches("filing"):
            self.year.file(plan, self.on("file"))
            answers = self.story.get("offices", {}) if self.is_current else {}
            reason = self.story.get("return_reason", "")
            self.year.answer(plan, self.on("answer"), answers=answers, reason=reason)
        return self.year.put_in_force(plan, self.on("force")) if self.reaches("plan") else plan

    def _standards(self) -> list[StandardRow]:
        if "standards" in self.story:
            return [StandardRow(**row) for row in self.story["standards"]]
        if "percent" in self.story:
            return [StandardRow(method="percent", rate_ppm=self.story["percent"] * PPM // 100)]
        return [StandardRow(amount_fen=self.story["flat"] * YUAN)]

    def _source(self) -> Source:
        return Source("distributable_income", self.story["income"] * YUAN * 3 // 10, self.income_source)

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
            batch.pk, by=By(self.year.crew.officer, self.on("verify")), reason=self.story["return_reason"]
        )

    def _remit(self, batch: Application, *, leave_out: int) -> None:
        notice = batch.notices.latest("pk")
        code = self.year.organisation.village_code
        voucher = f"3{code[:3]}{self.year.year}{code[6:]}"
        self.year.remit(notice, self.on("remit"), voucher=voucher, leave_out=leave_out)


def meeting_of(members: int, on: date) -> Meeting:
    """A meeting of seven in ten members, most of them there, most of these for it."""
    called = members * 7 // 10
    return Meeting(on, called=called, attended=called * 9 // 10, agreed=called * 8 // 10)


class Pause:
    """A village's suspension, and how far it is on its way back."""

    def __init__(self, year: Year, story: dict[str, Any]) -> None:
        self.year = year
        self.story = story
        self.told: dict[str, Any] = story["paused"]
        self.asked_on = _day(self.told["asked"])

    def tell(self) -> None:
        """Asked, filed, put into effect, and as far back as the story says."""
        crew, told, holds_from = self.year.crew, self.told, _day(self.told["from"])
        pause = suspensions.ask_suspension(
            self.year.organisation.pk, by=By(crew.clerk, self.asked_on), request=self._request(holds_from)
        )
        if holds_from > demo_today():
            return
        self.year.answer(pause, self.asked_on + timedelta(days=2), answers={})
        suspensions.suspend_programme(pause.pk, by=By(crew.officer, holds_from))
        if "resume_asked" in told:
            clerk = By(crew.clerk, _day(told["resume_asked"]))
            suspensions.apply_to_resume(pause.pk, by=clerk, reason=told["resume_reason"])
        if "resumed" in told:
            officer = By(crew.officer, _day(told["resumed"]))
            suspensions.grant_resumption(pause.pk, by=officer, active_on=officer.on)

    def _request(self, holds_from: date) -> SuspensionRequest:
        meeting = meeting_of(self.story["members"], self.asked_on - timedelta(days=2))
        record = self.year.record(meeting, resolution="同意暂停集体补助")
        return SuspensionRequest(self.told["cause"], self.told["reason"], holds_from, record)


def _day(told: date | int) -> date:
    """A date as the file says it, or so many days from today."""
    return demo_today() + timedelta(days=told) if isinstance(told, int) else told


def report_death(year: Year, source: str) -> None:
    """The agency's list says that one of the year's lines is of a person who has died: the village's work."""
    line = Line.objects.filter(organisation=year.organisation, year=year.year).order_by("position")[6]
    assert line.membership_id is not None
    report_status(
        line.membership_id,
        by=By(year.crew.officer, demo_today() - timedelta(days=2)),
        kind=StatusKind.DEATH,
        event_on=demo_today() - timedelta(days=9),
        source=source,
    )


def ask_back(year: Year) -> None:
    """A posted line of somebody who had died before the money was paid; asked back and verified."""
    posted = Line.objects.filter(organisation=year.organisation, year=year.year, state=LineState.POSTED)
    line = posted.order_by("position")[3]
    assert line.remitted_on is not None
    request = RefundRequest(reason=StatusKind.DEATH, event_on=line.remitted_on - timedelta(days=5))
    papers = [Paper("DEATH", "死亡证明.pdf", BLANK_PDF, is_sealed=True)]
    on = demo_today() - timedelta(days=8)
    refund = refunds.ask_refund(line.pk, by=By(year.crew.clerk, on), request=request, papers=papers)
    refunds.verify_refund(refund.pk, by=By(year.crew.officer, on + timedelta(days=3)))
