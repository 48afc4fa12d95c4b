"""A pilot village of Ningxia through its year: plan, three filings, application."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from core.workflow import By
from desk.demo.year import Crew, Year
from subsidies.models import Application, Filing, Plan
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.services import filings, plans, suspensions
from subsidies.services.suspensions import SuspensionRequest
from tests import factories
from tests.subsidies.stages import flat

DECIDED, FILED = "2024-08-26", "2024-08-27"


def on(actor: object, day: str | date) -> By:
    return By(actor, date.fromisoformat(day) if isinstance(day, str) else day)


def decision(met_on: str | date, **more: object) -> DecisionFacts:
    """四议两公开 with its five steps before filing, all on one day."""
    day = date.fromisoformat(met_on) if isinstance(met_on, str) else met_on
    return DecisionFacts(
        **{
            "body": "villagers_meeting" if day < date(2025, 5, 1) else "members_assembly",
            "met_on": day,
            "proposed_on": day,
            "discussed_on": day,
            "reviewed_on": day,
            "notified_on": date.fromordinal(day.toordinal() - 12),
            "posted_on": date.fromordinal(day.toordinal() - 12),
            "published_from": day,
            "called_count": 300,
            "attended_count": 260,
            "agreed_count": 250,
            "against_count": 6,
            "abstained_count": 4,
            "resolution": "同意",
            **more,
        }
    )


def resolved(
    village: factories.Village, cast: SimpleNamespace, *, year: int = 2024, day: str = DECIDED
) -> Plan:
    """A plan of 200.00 a head, decided on a day and filed with nobody yet."""
    content = plans.PlanContent(
        beneficiaries="当年参保缴费的本集体经济组织成员",
        procedure="制定方案并备案、申请、核实、缴款、记账、反馈",
        sources=[Source("distributable_income", 200_000_00)],
        standards=[flat(200)],
    )
    plan = plans.draft_plan(village.organisation.pk, by=on(cast.clerk, day), year=year, content=content)
    return plans.record_decision(plan.pk, by=on(cast.clerk, day), record=decision(day))


def sent(
    village: factories.Village,
    cast: SimpleNamespace,
    *,
    year: int = 2024,
    decided: str = DECIDED,
    day: str = FILED,
) -> Plan:
    """A decided plan that lies with the three offices since a day."""
    plan = resolved(village, cast, year=year, day=decided)
    return plans.file_plan(plan.pk, by=on(cast.clerk, day))


def row(of: object, office: str) -> Filing:
    """One office's row."""
    return of.filings.get(office=office)


def acknowledge(of: object, cast: SimpleNamespace, **days: str) -> None:
    """`acknowledge(plan, cast, town="2024-08-28")`: each office on its day."""
    who = {"town": cast.township, "county_hr": cast.officer, "county_agriculture": cast.agriculture}
    for office, day in days.items():
        filings.acknowledge_filing(row(of, office).pk, by=on(who[office], day))


def in_force(
    village: factories.Village,
    cast: SimpleNamespace,
    *,
    year: int = 2024,
    decided: str = DECIDED,
    day: str = FILED,
) -> Plan:
    """A plan filed by all three on one day, and in force."""
    plan = sent(village, cast, year=year, decided=decided, day=day)
    acknowledge(plan, cast, town=day, county_hr=day, county_agriculture=day)
    return plans.put_in_force(plan.pk, by=on(cast.clerk, day))


def year_of(village: factories.Village, cast: SimpleNamespace, year: int) -> Year:
    """The acts of the year after the plan."""
    crew = Crew(cast.clerk, cast.officer, cast.reviewer, cast.tax, cast.finance, cast.finance)
    return Year(crew, village.organisation, year)


def posted(village: factories.Village, cast: SimpleNamespace, plan: Plan) -> Application:
    """The batch of 2024, its money on the members' accounts."""
    year = year_of(village, cast, 2024)
    batch = year.draw_up(plan, date(2024, 9, 2))
    year.submit(batch, date(2024, 9, 3))
    year.verify(batch, date(2024, 9, 5))
    year.remit(year.confirm(batch, date(2024, 9, 6)), date(2024, 9, 9), voucher="NX-1")
    year.post(batch, date(2024, 9, 12))
    return batch


def ask_to_suspend(village: factories.Village, cast: SimpleNamespace, **more: object):
    """Decided on 2025-03-03 and filed with the two offices on the 5th, to hold from 2025-03-15."""
    day = str(more.pop("day", "2025-03-05"))
    asked = {
        "cause": "economic",
        "reason": "厂房租约到期，收入减少",
        "effective_on": date(2025, 3, 15),
        "decision": decision("2025-03-03"),
    } | more
    return suspensions.ask_suspension(
        village.organisation.pk, by=on(cast.clerk, day), request=SuspensionRequest(**asked)
    )


def suspended(village: factories.Village, cast: SimpleNamespace):
    """Suspended on 2025-03-15, filed by both offices before."""
    row = ask_to_suspend(village, cast)
    acknowledge(row, cast, county_hr="2025-03-06", county_agriculture="2025-03-07")
    return suspensions.suspend_programme(row.pk, by=on(cast.officer, "2025-03-15"))
