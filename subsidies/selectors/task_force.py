"""The county's task force (工作专班) as the rulebook names it, with the officers who stand for each member office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.models import User
from policies.selectors import PolicyValueView
from subsidies.selectors.county_pilots import county_of, rules_of
from villages.enums import Role
from villages.models import StaffRole

# Offices of the rulebook → the roles by which they work here.
ROLES_OF: dict[str, frozenset[str]] = {
    "human_resources": frozenset({Role.OFFICER, Role.REVIEWER, Role.DISTRICT}),
    "finance": frozenset({Role.FINANCE, Role.FINANCE_REVIEWER}),
    "agriculture": frozenset({Role.AGRICULTURE}),
    "tax": frozenset({Role.TAX}),
    "civil_affairs": frozenset({Role.CIVIL_AFFAIRS}),
}


@dataclass(frozen=True, slots=True)
class Member:
    """One member office: its name in the rulebook, whether it leads, and its officers of the county by name."""

    view: PolicyValueView
    leads: bool
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskForce:
    """What the document calls it, its members in the document's order, and whether a county's people are known."""

    name: PolicyValueView
    lead: PolicyValueView | None
    members: tuple[Member, ...]
    of_county: bool


def task_force(actor: User, *, on: date) -> TaskForce | None:
    """The task force of the actor's county; None where the rulebook asks for none. Source: JN-14, CS-23, NX-20."""
    rules = rules_of(actor, on=on)
    name, lead = rules.get("task_force_name", "county"), rules.get("task_force_lead")
    if name is None:
        return None
    county = county_of(actor)
    people = _people(county)
    members = tuple(
        Member(
            view,
            leads=lead is not None and lead.value == view.value,
            people=tuple(person for role, person in people if role in ROLES_OF.get(office, ())),
        )
        for office, view in rules.table("task_force_member").items()
    )
    return TaskForce(name, lead, members, of_county=bool(county))


def _people(county: str) -> list[tuple[str, str]]:
    if not county:
        return []
    rows = StaffRole.objects.filter(
        user__is_active=True, user__staff_area__region=county, user__staff_area__zone=""
    )
    found = rows.order_by("user__pk", "role").values_list("role", "user__display_name", "user__username")
    seen: dict[tuple[str, str], None] = {}
    for role, name, username in found:
        seen.setdefault((role, name or username))
    return list(seen)
