"""Every read of plans: lists, one plan, what it would cost, and the plan in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from core.money import part_half_up
from core.years import year_in
from ledger.enums import Source as Money
from policies.selectors import PolicyValueView, Rulebook
from subsidies.enums import LineState, PlanKind, PlanState
from subsidies.models import Line, Plan, Pool
from subsidies.rules.candidates import NOT_NEEDY, candidates, without_barred
from subsidies.rules.plans import Afford, PlanFacts, Source, afford, counted_fen, income_year
from subsidies.rules.pools import PoolFacts
from subsidies.rules.standards import (
    Facts,
    Row,
    StandardRow,
    highest_tier,
    most_for,
    most_for_anybody,
    row_amount,
    rows_that_fit,
    tier_amounts,
)
from subsidies.workflow.plans import PLAN_READERS
from villages.models import Membership, OrganisationIncome

DECIDED = (PlanState.RESOLVED, PlanState.FILED, PlanState.IN_FORCE)
ONCE_IN_FORCE = (PlanState.IN_FORCE, PlanState.SUPERSEDED, PlanState.ENDED)
# Lines whose money is spent, or may still be.
SPENDING = (LineState.PENDING, LineState.ELIGIBLE, LineState.REMITTED, LineState.POSTED)


def plans_within(actor: User) -> QuerySet[Plan]:
    """Plans of the actor's area with their organisation, discarded drafts left out; raises ActorNotPermitted."""
    area = require_role(actor, PLAN_READERS).area
    assert area is not None
    live = Plan.objects.within(area).exclude(state=PlanState.DISCARDED)
    return live.select_related("organisation__region__parent__parent", "pool__donor")


def plan(actor: User, pk: int) -> Plan:
    """One plan of the actor's area with everything it says; raises NotInArea otherwise."""
    related = ("decision", "previous", "drafted_by")
    found = (
        plans_within(actor).select_related(*related).prefetch_related("sources", "standards").filter(pk=pk)
    )
    one = found.first()
    if one is None:
        raise NotInArea
    return one


def years_of_plans(actor: User) -> list[int]:
    """The years of which the actor's area has plans, newest first."""
    return list(plans_within(actor).order_by("-year").values_list("year", flat=True).distinct())


def versions_of(plan: Plan) -> QuerySet[Plan]:
    """All versions of this plan of the year, newest first."""
    same = Plan.objects.filter(**plan.same_plan())
    return same.exclude(state=PlanState.DISCARDED).select_related("decision").order_by("-version_no")


def plan_in_force(organisation_id: int, year: int, kind: str = PlanKind.REGULAR) -> Plan | None:
    """The plan that an organisation applies under in a year, or None."""
    return Plan.objects.filter(
        organisation_id=organisation_id, year=year, kind=kind, state=PlanState.IN_FORCE
    ).first()


def last_plan_of(organisation_id: int, year: int, kind: str = PlanKind.REGULAR) -> Plan | None:
    """The last version of a year's plan that ever was in force, or None."""
    found = Plan.objects.filter(
        organisation_id=organisation_id, year=year, kind=kind, state__in=ONCE_IN_FORCE
    )
    return found.order_by("-version_no").first()


def sources_of(plan: Plan) -> list[Source]:
    """The pots of a plan as rules read them."""
    return [Source(s.source_type, s.amount_fen, s.note) for s in plan.sources.all()]


def rows_of(plan: Plan) -> list[StandardRow]:
    """The rows of a plan's standard as rules read them, in their order."""
    names = list(StandardRow.__slots__)
    return [StandardRow(**{name: getattr(row, name) for name in names}) for row in plan.standards.all()]


@dataclass(frozen=True, slots=True)
class RowCost:
    """What one row of the standard costs on the members on file."""

    count: int = 0
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a standard would cost on the members on file. Sums in fen, one `RowCost` a row in the rows' order.

    `count` are those who get something; `unmatched_count` have paid but no row fits them; `unpaid_count` have no
    qualifying contribution and would cost at most `unpaid_fen` once they have.
    """

    rows: tuple[RowCost, ...]
    count: int
    amount_fen: int
    unmatched_count: int
    unpaid_count: int
    unpaid_fen: int
    most_fen: int
    cap: PolicyValueView

    @property
    def mean_fen(self) -> int:
        """Average a head, half up to the fen."""
        return part_half_up(self.amount_fen, self.count) if self.count else 0

    @property
    def cap_fen(self) -> int:
        """The year's highest contribution tier."""
        return int(str(self.cap.value))


def estimate(
    organisation_id: int,
    rows: Sequence[Row],
    *,
    year: int,
    rulebook: Rulebook,
    on: date,
    is_sponsored: bool = False,
) -> Estimate:
    """What a standard, stored or only typed, would cost for the members on file: one statement.

    Members are counted in groups alike in what the rows ask, so that the size of the list hardly matters. Of donors'
    money nobody is counted whom the rulebook lets have none (`sponsor_for_needy_only`).
    """
    tiers = tier_amounts(rulebook, year)
    costs = [[0, 0] for _row in rows]
    count = unmatched = unpaid = unpaid_fen = 0
    members = members_on_file(organisation_id)
    if is_sponsored and rulebook.flag("sponsor_for_needy_only"):
        members = members.exclude(NOT_NEEDY)
    for group in _groups(members, rows, year=year, rulebook=rulebook, on=on):
        facts = Facts(group["tier_fen"], group.get("age"), group.get("person_kind", ""))
        size = group["size"]
        if not group["personal_complete"]:
            unpaid += size
            unpaid_fen += size * most_for(rows, tiers, age=facts.age, person_kind=facts.person_kind)
            continue
        fit = {id(row) for row in rows_that_fit(rows, facts)}
        fitting = [(at, row) for at, row in enumerate(rows) if id(row) in fit]
        for at, row in fitting:
            costs[at][0] += size
            costs[at][1] += size * row_amount(row, facts)
        count += size if fitting else 0
        unmatched += 0 if fitting else size
    return Estimate(
        rows=tuple(RowCost(*cost) for cost in costs),
        count=count,
        amount_fen=sum(cost[1] for cost in costs),
        unmatched_count=unmatched,
        unpaid_count=unpaid,
        unpaid_fen=unpaid_fen,
        most_fen=most_for_anybody(rows, tiers),
        cap=highest_tier(rulebook, year),
    )


def _groups(
    members: QuerySet[Membership], rows: Sequence[Row], *, year: int, rulebook: Rulebook, on: date
) -> Iterable[dict[str, Any]]:
    names = ["tier_fen", "personal_complete"]
    if any(row.age_from is not None or row.age_to is not None for row in rows):
        names.append("age")
    if any(row.person_kind for row in rows):
        names.append("person_kind")
    paid = candidates(members, plan_year=year, rulebook=rulebook, on=on)
    alike = without_barred(paid, plan_year=year, rulebook=rulebook, on=on).order_by()
    return alike.values(*names).annotate(size=Count("pk"))


def members_on_file(organisation_id: int) -> QuerySet[Membership]:
    """The open memberships of an organisation."""
    return Membership.objects.filter(organisation_id=organisation_id, left_on__isnull=True)


@dataclass(frozen=True, slots=True)
class JudgedFacts:
    """A plan's facts with the head count that its sum rests on."""

    plan: PlanFacts
    estimate_count: int
    estimate: Estimate = field(repr=False)


def plan_facts(
    plan: Plan,
    *,
    rulebook: Rulebook,
    on: date,
    rows: Sequence[Row] | None = None,
    sources: Sequence[Source] | None = None,
    typed_income_fen: int | None = None,
) -> JudgedFacts:
    """Everything a plan is judged by, in a constant number of statements.

    `rows`, `sources` and `typed_income_fen` stand in for the stored ones while somebody types.
    """
    rows = rows_of(plan) if rows is None else rows
    pool = pool_facts(plan.pool) if plan.pool else None
    cost = estimate(
        plan.organisation_id, rows, year=plan.year, rulebook=rulebook, on=on, is_sponsored=pool is not None
    )
    facts = PlanFacts(
        year=plan.year,
        kind=plan.kind,
        beneficiaries=plan.beneficiaries,
        procedure=plan.procedure,
        sources=sources_of(plan) if sources is None else sources,
        rows=rows,
        estimate_fen=cost.amount_fen,
        others_fen=others_fen(plan, rulebook),
        income_fen=income_fen(plan, rulebook) if typed_income_fen is None else typed_income_fen,
        responsible_person=plan.organisation.responsible_person,
        pool=pool,
    )
    return JudgedFacts(facts, cost.count, cost)


def pool_facts(pool: Pool) -> PoolFacts:
    """What a sponsored plan is judged by: the gift, and all that its lines have or may still get of it."""
    assert pool.donor is not None
    left = pool.balance_fen + pool.reserved_fen + pool.remitted_fen - pool.refunded_fen
    return PoolFacts(pool.donor.kind, pool.custody, pool.charity_name, pool.charity_uscc, left)


def income_fen(plan: Plan, rulebook: Rulebook) -> int | None:
    """The disposable income that a plan is compared with, None where it was not declared."""
    year = income_year(plan.year, rulebook)
    incomes = OrganisationIncome.objects.filter(organisation_id=plan.organisation_id, year=year)
    return incomes.values_list("disposable_fen", flat=True).first()


def others_fen(plan: Plan, rulebook: Rulebook) -> int:
    """What the organisation's other plans of the year take from disposable income (A-65).

    A decided plan counts with its estimate, an ended one with what was granted under it; versions of the same
    plan count once. Own funds are left out.
    """
    same_year = Plan.objects.filter(organisation_id=plan.organisation_id, year=plan.year).exclude(
        kind__in=[plan.kind, PlanKind.SPONSORED]
    )
    decided = list(same_year.filter(state__in=DECIDED).prefetch_related("sources"))
    revised = {other.previous_id for other in decided}
    sums = [
        counted_fen(other.estimated_fen or 0, sources_of(other), rulebook)
        for other in decided
        if other.pk not in revised
    ]
    return sum(sums) + _granted_under_ended(plan)


def _granted_under_ended(plan: Plan) -> int:
    ended = Line.objects.filter(
        organisation_id=plan.organisation_id,
        year=plan.year,
        plan__state=PlanState.ENDED,
        state__in=SPENDING,
        source=Money.COLLECTIVE,
    )
    return ended.aggregate(total=Sum("amount_fen"))["total"] or 0


@dataclass(frozen=True, slots=True)
class PlanEstimate:
    """The live cost of a plan, as the page and the API show it."""

    cost: Estimate
    against: Afford
    income_year: int
    last_year: Plan | None

    @property
    def change_fen(self) -> int | None:
        """How much more than last year's plan was to cost."""
        if self.last_year is None or self.last_year.estimated_fen is None:
            return None
        return self.cost.amount_fen - self.last_year.estimated_fen


def plan_estimate(
    plan: Plan,
    *,
    rulebook: Rulebook,
    on: date,
    rows: Sequence[Row] | None = None,
    sources: Sequence[Source] | None = None,
    typed_income_fen: int | None = None,
) -> tuple[PlanEstimate, PlanFacts]:
    """What a plan would cost, against income, cap and last year, and the facts to judge it by.

    A constant number of statements, whatever the size of the list. The last three stand in while typing.
    """
    found = plan_facts(
        plan, rulebook=rulebook, on=on, rows=rows, sources=sources, typed_income_fen=typed_income_fen
    )
    shown = PlanEstimate(
        cost=found.estimate,
        against=afford(found.plan, rulebook),
        income_year=income_year(plan.year, rulebook),
        # Another gift's plan of the year before says nothing of this one.
        last_year=None if plan.pool_id else last_plan_of(plan.organisation_id, plan.year - 1, plan.kind),
    )
    return shown, found.plan


def search_plans(plans: QuerySet[Plan], text: str) -> QuerySet[Plan]:
    """Plans whose organisation, village, town or number holds the text."""
    text = text.strip()
    if not text:
        return plans
    named = Q(organisation__name__icontains=text) | Q(organisation__region__short_name__icontains=text)
    placed = Q(organisation__region__parent__short_name__icontains=text) | Q(number__icontains=text)
    placed |= Q(pool__donor__name__icontains=text)
    years = Q(year=year) if (year := year_in(text)) else Q()
    return plans.filter(named | placed | years)


def unpaid_members(plan: Plan, *, rulebook: Rulebook, on: date) -> QuerySet[Membership]:
    """The members on file without a contribution that qualifies them for the plan year."""
    members: Any = candidates(
        members_on_file(plan.organisation_id), plan_year=plan.year, rulebook=rulebook, on=on
    )
    return (
        members.filter(personal_complete=False)
        .select_related("person")
        .order_by(F("group_name"), "person_id")
    )
