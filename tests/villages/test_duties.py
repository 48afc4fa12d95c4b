"""Each body does its own duty and nobody else's (CS-17): the table of acts against the bodies of the document."""

from __future__ import annotations

from importlib import import_module

import pytest

from core.errors import ActorNotPermitted
from core.workflow import STEPS, By, Effect, run_creation
from tests import factories
from villages.enums import AGENCY, EVERYBODY, FINANCE, Role

# Every act is known once every address is.
import_module("pension.urls")

# What the document gives to each body → the acts by which it does so.
DUTIES = {
    "CS-17b": (
        AGENCY,
        (
            "subsidies.issue_notice",
            "subsidies.start_posting",
            "subsidies.send_feedback",
            "subsidies.verify_refund",
            "subsidies.approve_refund",
            "rewards.determine",
        ),
    ),
    "CS-17c": (
        {Role.TAX},
        ("subsidies.record_tax_rows", "subsidies.record_lump_sum", "import.tax_rows.confirm"),
    ),
    "CS-17d": (FINANCE, ("rewards.enter_budget", "rewards.agree_budget", "rewards.approve")),
    "CS-17f": (
        {Role.CLERK},
        (
            "villages.declare_income",
            "import.members.confirm",
            "subsidies.draft_plan",
            "subsidies.put_in_force",
            "subsidies.draw_up_application",
            "subsidies.submit_application",
            "subsidies.withdraw_lines",
            "subsidies.record_informed",
            "subsidies.ask_refund",
        ),
    ),
}
TABLE = [
    pytest.param(act, roles, marks=pytest.mark.rule(rule), id=act)
    for rule, (roles, acts) in DUTIES.items()
    for act in acts
]
# What follows by itself from an act of whoever closes the last difference.
FOLLOWS = {
    "subsidies.close_remittance",
    "subsidies.close_without_money",
    "subsidies.close_posting",
    "subsidies.reopen_payment",
    "subsidies.reopen_posting",
}
OWN_PASSWORD = {"villages.change_password"}
# What an office does only where a rulebook has plans filed with it; Changshou's has not.
FILES = {"subsidies.acknowledge_filing", "subsidies.return_filing", "subsidies.close_filing"}
# A township's publicity, summaries and first choice of villages are notes beside the business (CS-04, CS-24, JN-16).
KEEPS_REGISTERS = {
    f"desk.{act}_{register}"
    for act, registers in {
        "record": ["event"], "write": ["summary"], "check": ["selection"], "strike": ["event", "summary", "selection"],
    }.items()
    for register in registers
}  # fmt: skip
# A county applies for the pilot and its city selects it, only where the rulebook says so (JN-04); Changshou's does not.
PILOTS = {"subsidies.apply_for_pilot", "subsidies.select_county", "subsidies.decline_county"}
BESIDE = {Role.TOWNSHIP: KEEPS_REGISTERS, Role.DISTRICT: PILOTS}


@pytest.mark.rule("CS-17")
@pytest.mark.parametrize(("act", "roles"), TABLE)
def test_the_body_whose_duty_it_is_may_and_no_other_body(act, roles):
    assert STEPS[act].roles
    assert STEPS[act].roles <= set(roles)


@pytest.mark.rule("CS-17")
@pytest.mark.rule("CS-17a")
@pytest.mark.rule("CS-17e")
@pytest.mark.parametrize(
    "role", [Role.AGRICULTURE, Role.CIVIL_AFFAIRS, Role.TOWNSHIP, Role.DISTRICT, Role.AUDITOR]
)
def test_who_leads_or_watches_reads_and_acts_on_nothing(role):
    expected = FOLLOWS | FILES | OWN_PASSWORD | BESIDE.get(role, set())
    assert [act for act, step in STEPS.items() if role in step.roles and act not in expected] == []


@pytest.mark.rule("CS-17")
@pytest.mark.django_db
@pytest.mark.parametrize("act", [act for _roles, acts in DUTIES.values() for act in acts])
def test_every_other_role_is_refused_by_the_runner(act, cast, village):
    holders = {"clerk", "township", "officer", "reviewer", "tax", "finance", "finance_reviewer"}
    holders |= {"agriculture", "civil_affairs", "district", "auditor", "admin"}
    assert {Role(name) for name in holders} == EVERYBODY

    for name in sorted(holders - {str(role) for role in STEPS[act].roles}):
        with pytest.raises(ActorNotPermitted):
            run_creation(
                STEPS[act],
                village.organisation,
                by=By(actor=getattr(cast, name), on=factories.date(2024, 6, 20)),
                create=lambda: (village.organisation, Effect()),
            )


@pytest.mark.rule("CS-17a")
@pytest.mark.rule("CS-17e")
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["agriculture", "township", "district", "auditor"])
def test_who_leads_or_watches_reads_plans_and_the_board(name, cast, page):
    client = page(getattr(cast, name))

    assert client.get("/plans/").status_code == 200
    assert client.get("/board/").status_code == 200
