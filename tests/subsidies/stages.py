"""Batches brought to a stage through the services, for tests of applications and verification."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

from core.workflow import By
from subsidies.enums import Verdict
from subsidies.models import Application, Line, Plan
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.rules.standards import StandardRow
from subsidies.services import plans as plan_services
from subsidies.services.applications import draw_up_application, submit_application
from subsidies.services.attachments import Paper, attach_paper
from subsidies.services.plans import PlanContent
from subsidies.services.verification import Decision, confirm_verification, decide_lines, verify_application
from tests import factories

Bys = Callable[..., By]
DECIDED, IN_FORCE, DRAWN, HANDED_IN = "2024-06-18", "2024-06-18", "2024-06-19", "2024-06-19"
VERIFIED, CONFIRMED = "2024-06-24", "2024-06-25"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def flat(yuan: int, **conditions: object) -> StandardRow:
    """A row that gives so many yuan."""
    return StandardRow(amount_fen=yuan * 100, **conditions)


def plan_in_force(
    village: factories.Village,
    cast: SimpleNamespace,
    by: Bys,
    *rows: StandardRow,
    year: int = 2024,
    clerk: object = None,
) -> Plan:
    """A plan of 200.00 a head, or by these rows, decided and in force."""
    content = PlanContent(
        beneficiaries="已完成当年（或上年度）个人缴费的本组织成员",
        procedure="拟定方案、民主决策、申请、核实、缴款、记账、反馈",
        sources=[Source("distributable_income", 300_000_00)],
        standards=rows or (flat(200),),
    )
    acting = by(clerk or cast.clerk, f"{year}{IN_FORCE[4:]}")
    plan = plan_services.draft_plan(village.organisation.pk, by=acting, year=year, content=content)
    plan_services.record_decision(plan.pk, by=acting, record=_decision(date(year, 6, 18)))
    return plan_services.put_in_force(plan.pk, by=acting)


def _decision(met_on: date) -> DecisionFacts:
    return DecisionFacts(
        body="member_representatives",
        met_on=met_on,
        posted_on=met_on.replace(day=1),
        published_from=met_on,
        called_count=312,
        attended_count=248,
        agreed_count=231,
        against_count=10,
        abstained_count=7,
        resolution="同意本年度集体补助方案",
    )


def drawn(
    village: factories.Village, cast: SimpleNamespace, by: Bys, *rows: StandardRow, clerk: object = None
) -> Application:
    """A batch drawn up from a plan in force."""
    plan = plan_in_force(village, cast, by, *rows, clerk=clerk)
    return draw_up_application(plan.pk, by=by(clerk or cast.clerk, DRAWN))


def with_papers(application: Application, by: By, *, sealed: bool = True) -> Application:
    """The three papers of CS-27, scanned."""
    for kind in ("plan", "application", "roster"):
        paper = Paper(kind=kind, name=f"{kind}.pdf", content=PDF, seals=["organisation"] if sealed else [])
        attach_paper(application, by=by, paper=paper)
    return application


def hand_in(application: Application, by: By) -> Application:
    """Papers uploaded and the batch submitted."""
    with_papers(application, by)
    return submit_application(application.pk, by=by, declared_true=True)


def submitted(
    village: factories.Village, cast: SimpleNamespace, by: Bys, *rows: StandardRow, clerk: object = None
) -> Application:
    """A batch handed in."""
    application = drawn(village, cast, by, *rows, clerk=clerk)
    return hand_in(application, by(clerk or cast.clerk, HANDED_IN))


def decided(application: Application, cast: SimpleNamespace, by: Bys, *, on: str = VERIFIED) -> Application:
    """Every clean line passed, every refused one refused, the doubtful passed."""
    decisions = [Decision(Verdict.PASS, pick="clean"), Decision(Verdict.REFUSE, pick="refused")]
    decide_lines(application.pk, by=by(cast.officer, on), decisions=decisions)
    asked = list(
        Line.objects.filter(application=application, verdict="", state="pending").values_list("pk", flat=True)
    )
    if asked:
        decide_lines(application.pk, by=by(cast.officer, on), decisions=[Decision(Verdict.PASS, asked)])
    return application


def verified(application: Application, cast: SimpleNamespace, by: Bys, *, on: str = VERIFIED) -> Application:
    """Decided and handed to the reviewer."""
    decided(application, cast, by, on=on)
    return verify_application(application.pk, by=by(cast.officer, on))


def confirmed(
    application: Application, cast: SimpleNamespace, by: Bys, *, on: str = CONFIRMED
) -> Application:
    """Verified and confirmed, its notice issued."""
    verified(application, cast, by)
    return confirm_verification(application.pk, by=by(cast.reviewer, on))
