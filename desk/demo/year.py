"""One village's year, driven through the services that pages and API call: for the seed, the timing, the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.jobs import run_job
from core.models import User
from core.workflow import By
from policies.rules import workflow_steps
from policies.selectors import rulebook
from subsidies.enums import FilingState, LineState, PlanPaper, TaxRowOrigin, Verdict
from subsidies.models import Application, Line, NoticeLine, PaymentNotice, Plan, Suspension
from subsidies.rules.papers import papers_asked
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.rules.publishing import publication_asked
from subsidies.rules.standards import StandardRow
from subsidies.services import (
    applications,
    filings,
    informing,
    notices,
    plans,
    posting,
    publishing,
    verification,
)
from subsidies.services.applications import LineChanges, NewLine
from subsidies.services.attachments import Paper, attach_paper
from subsidies.services.plans import PlanContent
from subsidies.services.verification import Decision
from subsidies.workflow.filings import OFFICE_ROLES
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
    finance: User | None = None
    finance_reviewer: User | None = None
    township: User | None = None
    agriculture: User | None = None

    def of_office(self, office: str) -> User:
        """Who answers for an office that files plans."""
        found = getattr(self, OFFICE_ROLES[office].value)
        assert isinstance(found, User)
        return found


@dataclass(frozen=True, slots=True)
class Meeting:
    """The members' meeting of a plan: when, how many."""

    on: date
    called: int
    attended: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Doubtful:
    """How many members who do not qualify a clerk lists: nothing paid, or nothing but a lump sum; amount in fen."""

    amount_fen: int
    unpaid: int = 0
    lump: int = 0


class Year:
    """The acts of one village's year, each on its date."""

    def __init__(self, crew: Crew, organisation: CollectiveOrganisation, year: int) -> None:
        self.crew = crew
        self.organisation = organisation
        self.year = year

    def plan(self, standards: Sequence[StandardRow], *, source: Source, meeting: Meeting) -> Plan:
        """Draft, decide and put in force on one day, where nobody has to file it."""
        return self.put_in_force(self.decide(standards, source=source, meeting=meeting), meeting.on)

    def decide(self, standards: Sequence[StandardRow], *, source: Source, meeting: Meeting) -> Plan:
        """Draft and decide as the place's rulebook asks; the plan's papers are blank scans."""
        rules = rulebook(self.organisation.village_code, on=meeting.on)
        scheme = str(rules.value("scheme_name").value)
        content = PlanContent(
            beneficiaries=f"本集体经济组织成员中，已完成规定年度{scheme}个人缴费的人员",
            procedure="、".join(step.label for step in workflow_steps(rules) if not step.is_optional),
            sources=[source],
            standards=list(standards),
        )
        act = By(self.crew.clerk, meeting.on)
        plan = plans.draft_plan(self.organisation.pk, by=act, year=self.year, content=content)
        attach_paper(plan, by=act, paper=Paper(PlanPaper.MINUTES, "会议记录.pdf", BLANK_PDF, is_sealed=True))
        record = self.record(meeting, resolution="同意本年度集体补助方案")
        return plans.record_decision(plan.pk, by=act, record=record)

    def file(self, plan: Plan, on: date) -> Plan:
        """Hand the plan to every office that files plans here."""
        return plans.file_plan(plan.pk, by=By(self.crew.clerk, on))

    def answer(
        self, of: Plan | Suspension, on: date, *, answers: Mapping[str, str], reason: str = ""
    ) -> None:
        """Each office that was asked answers on a day: files it, where nothing else is said, or returns it."""
        for row in of.filings.order_by("position"):
            act, told = By(self.crew.of_office(row.office), on), answers.get(row.office, FilingState.FILED)
            if told == FilingState.FILED:
                filings.acknowledge_filing(row.pk, by=act)
            elif told == FilingState.RETURNED:
                filings.return_filing(row.pk, by=act, reason=reason)

    def put_in_force(self, plan: Plan, on: date) -> Plan:
        """The village lets its plan come into force."""
        return plans.put_in_force(plan.pk, by=By(self.crew.clerk, on))

    def record(self, meeting: Meeting, *, resolution: str) -> DecisionFacts:
        """The record of a meeting with all that goes before it, by the first body that the rulebook names."""
        day = meeting.on
        return DecisionFacts(
            body=next(iter(rulebook(self.organisation.village_code, on=day).table("decision_body"))),
            met_on=day,
            called_count=meeting.called,
            attended_count=meeting.attended,
            agreed_count=meeting.agreed,
            against_count=meeting.attended - meeting.agreed,
            resolution=resolution,
            proposed_on=day - timedelta(days=16),
            discussed_on=day - timedelta(days=14),
            reviewed_on=day - timedelta(days=13),
            notified_on=day - timedelta(days=12),
            posted_on=day - timedelta(days=12),
            published_from=day,
            published_to=day + timedelta(days=7),
            place="村委会会议室",
            chair=self.organisation.responsible_person,
            recorder=str(self.crew.clerk),
        )

    def draw_up(self, plan: Plan, on: date) -> Application:
        """The list by one click."""
        return applications.draw_up_application(plan.pk, by=By(self.crew.clerk, on))

    def add_doubtful(self, application: Application, on: date, *, doubtful: Doubtful) -> None:
        """Put members on the list who do not qualify, as clerks do who trust a promise to pay."""
        listed = Line.objects.filter(application=application).values("person")
        others = Membership.objects.filter(organisation=self.organisation, left_on__isnull=True)
        others = others.exclude(person__in=listed).order_by("pk")
        paid = Contribution.objects.filter(year=self.year).values("person")
        lump = Contribution.objects.filter(year=self.year, kind=ContributionKind.LUMP_SUM).values("person")
        people = [
            *others.exclude(person__in=paid).values_list("person_id", flat=True)[: doubtful.unpaid],
            *others.filter(person__in=lump).values_list("person_id", flat=True)[: doubtful.lump],
        ]
        new = [NewLine(person, doubtful.amount_fen) for person in people]
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
        """The agency's feedback, and how the village told its members (`told`: the first n only).

        Once all are told the result is made public, where the rulebook asks for it before a batch closes.
        """
        informing.send_feedback(application.pk, by=By(self.crew.officer, on))
        lines = Line.objects.filter(application=application, state=LineState.POSTED).order_by("position")
        ids = list(lines.values_list("pk", flat=True)[:told])
        act = By(self.crew.clerk, on)
        informing.record_informed(application.pk, by=act, line_ids=ids, method="publicity")
        if told is None and publication_asked(rulebook(application.village_code, on=on)):
            publishing.publish_result(application.plan_id, by=act, published_on=on)
