"""A village of Jining's pilot county 鱼台县: its accounts, its plan, its application with papers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace

from core.workflow import By
from subsidies.models import Application, Plan
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.services import plans
from subsidies.services.applications import draw_up_application
from subsidies.services.attachments import Paper, attach_paper
from tests import factories
from tests.subsidies.stages import PDF, flat
from villages.enums import Role
from villages.models import Region

CITY, YUTAI, GUTING, WANGZHUANG = "370800000000", "370827000000", "370827001000", "370827001207"
DECIDED, APPLIED = "2024-05-20", "2024-06-03"
CAST = {
    "clerk": (WANGZHUANG, Role.CLERK),
    "township": (GUTING, Role.TOWNSHIP),
    "officer": (YUTAI, Role.OFFICER),
    "reviewer": (YUTAI, Role.REVIEWER),
    "tax": (YUTAI, Role.TAX),
    "finance": (YUTAI, Role.FINANCE),
    "finance_reviewer": (YUTAI, Role.FINANCE_REVIEWER),
    "agriculture": (YUTAI, Role.AGRICULTURE),
    "district": (YUTAI, Role.DISTRICT),
    "city": (CITY, Role.DISTRICT),
    "city_officer": (CITY, Role.OFFICER),
    "city_reviewer": (CITY, Role.REVIEWER),
}


def on(actor: object, day: str) -> By:
    return By(actor, date.fromisoformat(day))


def make_cast() -> SimpleNamespace:
    """Accounts of 鱼台县 and of the city by role."""
    return SimpleNamespace(
        **{name: factories.account(f"jn_{name}", code, role) for name, (code, role) in CAST.items()}
    )


def make_village(code: str = WANGZHUANG, *, members: int = 3) -> factories.Village:
    """A village whose members paid 500.00 for 2024 in its county; 300,000.00 of income in 2023."""
    village = factories.Village(factories.organisation(code))
    county = village.organisation.county_code
    for _ in range(members):
        someone = factories.member(village.organisation)
        village.members.append(someone)
        factories.paid(someone.person, 2024, on=date(2024, 1, 10), county_code=county)
    clerk = factories.account(f"jn_clerk_{code}", code, Role.CLERK)
    factories.income(village.organisation, 2023, 300_000, clerk)
    return village


def new_village(town: str, order: int = 201, name: str = "新河村") -> str:
    """A village of a town whose villages the list of regions does not hold; returns its code."""
    code = f"{town[:9]}{order}"
    above = Region.objects.get(code=town)
    Region.objects.create(
        code=code,
        level="village",
        name=f"{name}村民委员会",
        short_name=name,
        parent=above,
        unit_type="village_committee",
        county_code=above.county_code,
        town_code=above.code,
        village_code=code,
    )
    return code


def resolved(village: factories.Village, clerk: object, *, day: str = DECIDED) -> Plan:
    """A plan of 60.00 a head with the three parts of JN-11, decided by the villagers' meeting."""
    content = plans.PlanContent(
        beneficiaries="当年参加居民基本养老保险缴费的本集体经济组织成员",
        procedure="",
        sources=[Source("distributable_income", 100_000_00)],
        standards=[flat(60)],
    )
    plan = plans.draft_plan(village.organisation.pk, by=on(clerk, day), year=2024, content=content)
    record = DecisionFacts(
        body="villagers_meeting",
        met_on=date.fromisoformat(day),
        called_count=120,
        attended_count=100,
        agreed_count=95,
        against_count=5,
        resolution="同意补助标准及补助对象名单",
    )
    return plans.record_decision(plan.pk, by=on(clerk, day), record=record)


def in_force(village: factories.Village, clerk: object, *, day: str = DECIDED) -> Plan:
    """The plan in force; Jining asks for no filing."""
    return plans.put_in_force(resolved(village, clerk, day=day).pk, by=on(clerk, day))


def drawn(village: factories.Village, clerk: object) -> Application:
    """A batch drawn up from the plan in force."""
    return draw_up_application(in_force(village, clerk).pk, by=on(clerk, APPLIED))


def with_papers(application: Application, clerk: object, seals: Iterable[str]) -> Application:
    """The two papers of JN-12, sealed by these bodies."""
    for kind in ("application", "roster"):
        paper = Paper(kind, f"{kind}.pdf", PDF, seals=list(seals))
        attach_paper(application, by=on(clerk, APPLIED), paper=paper)
    return application
