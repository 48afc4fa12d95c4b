"""One village's year, driven through the services that pages and API call: for the seed, the timing, the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.jobs import run_job
from core.models import User
from core.workflow import By
from policies.selectors import rulebook
from subsidies.enums import LineState, PlanPaper, TaxRowOrigin, Verdict
from subsidies.models import Application, Line, NoticeLine, PaymentNotice, Plan
from subsidies.rules.papers import papers_asked
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.rules.standards import StandardRow
from subsidies.services import applications, informing, notices, plans, posting, verification
from subsidies.services.applications import LineChanges, NewLine
from subsidies.services.attachments import Paper, attach_paper
from subsidies.services.plans import PlanContent
from subsidies.services.verification import Decision
from villages.models import CollectiveOrganisation, Membership

# The smallest file that a reader takes for a PDF: the demo's scans are blank pages.
BLANK_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does what: the village's clerk and the offices' officers."""

    clerk: User
    officer: User
    reviewer: User
    tax: User
    finance: User
    finance_reviewer: User


@dataclass(frozen=True, slots=True)
class Meeting:
    """The members' meeting of a plan: when, how many."""

    on: date
    called: int
    attended: int
    agreed: int


class Year:
    """The acts of one village's year, each on its date."""

    def __init__(self, crew: Crew, organisation: CollectiveOrganisation, year: int) -> None:
        self.crew = crew
        self.organisation = organisation
        self.year = year

    def plan(self, standards: Sequence[StandardRow], *, source: Source, meeting: Meeting) -> Plan:
        """Draft, decide and put in force; the plan's papers are blank scans."""
        content = PlanContent(
            beneficiaries="本集体经济组织成员中，已完成规定年度城乡居民基本养老保险个人缴费的人员",
            procedure="村里提出申请，社保核实，税务缴款，记入个人账户",
            sources=[source],
            standards=list(standards),
        )
        act = By(self.crew.clerk, meeting.on)
        plan = plans.draft_plan(self.organisation.pk, by=act, year=self.year, content=content)
        attach_paper(plan, by=act, paper=Paper(PlanPaper.MINUTES, "会议记录.pdf", BLANK_PDF, is_sealed=True))
        plans.record_decision(plan.pk, by=act, record=self._record(meeting))
        return plans.put_in_force(plan.pk, by=act)

    def _record(self, meeting: Meeting) -> DecisionFacts:
        earlier = date.fromordinal(meeting.on.toordinal() - 12)
        return DecisionFacts(
            body="members_assembly",
            met_on=meeting.on,
            called_count=meeting.called,
            attended_count=meeting.attended,
            agreed_count=meeting.agreed,
            against_count=meeting.attended - meeting.agreed,
            resolution="同意本年度集体补助方案",
            notified_on=earlier,
            posted_on=earlier,
            published_from=meeting.on,
            published_to=date.fromordinal(meeting.on.toordinal() + 7),
            place="村委会会议室",
            chair=self.organisation.responsible_person,
            recorder=str(self.crew.clerk),
        )

    def draw_up(self, plan: Plan, on: date) -> Application:
        """The list by one click."""
        return applications.draw_up_application(plan.pk, by=By(self.crew.clerk, on))

    def add_unpaid(self, application: Application, on: date, *, count: int, amount_fen: int) -> None:
        """Put members on the list of whom no contribution is known, as clerks do who trust a promise to pay."""
        listed = Line.objects.filter(application=application).values("person")
        others = Membership.objects.filter(organisation=self.organisation, left_on__isnull=True)
        unpaid = others.exclude(person__in=listed).order_by("pk")
        new = [NewLine(person, amount_fen) for person in unpaid.values_list("person_id", flat=True)[:count]]
        applications.change_lines(application.pk, by=By(self.crew.clerk, on), changes=LineChanges(add=new))

    def submit(self, application: Application, on: date) -> Application:
        """Papers with seal, then handed in."""
        act = By(self.crew.clerk, on)
        rules = rulebook(application.village_code, on=on)
        for asked in papers_asked(rules):
            paper = Paper(asked.kind, f"{asked.kind}.pdf", BLANK_PDF, seals=asked.seals)
            attach_paper(application, by=act, paper=paper)
        return applications.submit_application(application.pk, by=act, declared_true=True)

    def verify(self, application: Application, on: date) -> Application:
        """Everything without doubts passes, what the system advises against is refused, doubts pass after a look."""
        act = By(self.crew.officer, on)
        verification.decide_lines(
            application.pk,
            by=act,
            decisions=[Decision(Verdict.PASS, pick="clean"), Decision(Verdict.REFUSE, pick="refused")],
        )
        doubtful = list(
            Line.objects.filter(application=application, state=LineState.PENDING, verdict="").values_list(
                "pk", flat=True
            )
        )
        if doubtful:
            verification.decide_lines(
                application.pk, by=act, decisions=[Decision(Verdict.PASS, line_ids=doubtful)]
            )
        return verification.verify_application(application.pk, by=act)

    def confirm(self, application: Application, on: date) -> PaymentNotice:
        """The second officer confirms; the notice is issued with it."""
        verification.confirm_verification(application.pk, by=By(self.crew.reviewer, on))
        return PaymentNotice.objects.filter(application=application).latest("pk")

    def remit(self, notice: PaymentNotice, on: date, *, voucher: str, leave_out: int = 0) -> None:
        """The tax office reports one row a person; the last `leave_out` of them are missing."""
        due = list(NoticeLine.objects.filter(notice=notice).order_by("line__position").values_list(
            "line__person_id", "amount_fen"
        ))  # fmt: skip
        rows = [
            notices.TaxRowInput(amount_fen=fen, paid_on=on, voucher=voucher, person_id=person)
            for person, fen in due[: len(due) - leave_out]
        ]
        notices.record_tax_rows(notice.pk, rows, by=By(self.crew.tax, on), origin=TaxRowOrigin.FILE)

    def post(self, application: Application, on: date) -> None:
        """The job, run to its end in this process."""
        run_job(posting.start_posting([application.pk], by=By(self.crew.officer, on)).pk)

    def inform(self, application: Application, on: date, *, told: int | None = None) -> None:
        """The agency's feedback, and how the village told its members (`told`: the first n only)."""
        informing.send_feedback(application.pk, by=By(self.crew.officer, on))
        lines = Line.objects.filter(application=application, state=LineState.POSTED).order_by("position")
        ids = list(lines.values_list("pk", flat=True)[:told])
        informing.record_informed(
            application.pk, by=By(self.crew.clerk, on), line_ids=ids, method="publicity"
        )
