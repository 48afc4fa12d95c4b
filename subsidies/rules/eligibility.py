"""Who may be subsidised: every condition declared once, with its code and clause, and judged over a whole batch.

Draft, pre-check, verification and confirmation are judged by the same words. Conditions look at the facts that
`judge` has just written on the lines (contribution, tier, standard, cap), so a line explains itself later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    Expression,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject
from django.db.models.lookups import Exact, GreaterThan

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.database import insert_select, update_best
from core.money import FEN_OF_YUAN
from ledger.enums import Source
from ledger.models import CapUse
from policies.enums import Strictness, Treatment
from policies.selectors import PolicyValueView, Rulebook
from subsidies.enums import LineState, RefundState, Severity
from subsidies.models import Application, Finding, Line, Plan, PriorGrant, Refund
from subsidies.rules import candidates as members
from subsidies.rules.payments import paid_expression
from subsidies.rules.pools import counts_in_cap
from subsidies.rules.standards import amount_expression
from subsidies.workflow.applications import LIVE_LINES, OPEN
from villages.models import Membership, Person, PersonStatus

PASS, ASK, REFUSE = "pass", "ask", "refuse"
# The village must withdraw such a person itself; until then a batch does not go on to payment (CS-28).
MUST_BE_WITHDRAWN = frozenset({"E-DEAD", "E-NATION", "E-PENSION"})
FEN = BigIntegerField()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a batch is judged by: rulebook, plan version in force, plan year and business date."""

    rulebook: Rulebook
    plan: Plan
    application: Application
    on: date

    @property
    def year(self) -> int:
        return self.application.year

    @property
    def counts_in_cap(self) -> bool:
        """Whether this plan's money takes of the year's cap."""
        return counts_in_cap(self.rulebook, self.plan.source)

    @property
    def limit_fen(self) -> int:
        return cap_limit(self.rulebook, self.year)


@dataclass(frozen=True, slots=True)
class Condition:
    """One rule about a line: `met` is the condition under which it speaks, `figures` what its sentence needs."""

    code: str
    value: PolicyValueView | None
    met: Q | Exists
    figures: Mapping[str, Any]

    @property
    def severity(self) -> str:
        return Severity.WARN if self.code.startswith("W-") else Severity.REFUSE

    @property
    def clause(self) -> str:
        """Document and place as they are looked up when shown: "CS 三（一）"."""
        return self.value.clause.name if self.value else ""


def cap_limit(rulebook: Rulebook, year: int) -> int:
    """The most that may go into one account for a plan year, in fen: the highest tier of the year.

    Raises ParameterNotInForce where no tiers are known. Source: CS-09, A-02.
    """
    tiers = rulebook.require_table("contribution_tier", year=year)
    return max(rulebook.amount("contribution_tier", key, year=year) for key in tiers)


def judge(
    lines: QuerySet[Line], *, application: Application, plan: Plan, rulebook: Rulebook, on: date
) -> None:
    """Write anew the facts, findings and advice of lines of one application, in a constant number of statements.

    `plan` is the version in force, whose standard counts. Source: CS-09, CS-11, CS-12, CS-28, CS-29.
    """
    terms = Terms(rulebook, plan, application, on)
    lines = lines.order_by()
    write_facts(lines, terms)
    Finding.objects.filter(line__in=lines).delete()
    for condition in conditions(terms):
        _write_findings(lines, condition)
    _write_advice(lines)


def _write_findings(lines: QuerySet[Line], condition: Condition) -> None:
    rows = lines.filter(condition.met).values_list(
        "pk",
        Value(condition.code, output_field=CharField()),
        Value(str(condition.severity), output_field=CharField()),
        Value(condition.clause, output_field=CharField()),
        JSONObject(**condition.figures),
    )
    insert_select(Finding, ["line", "code", "severity", "clause", "figures"], rows)


def _write_advice(lines: QuerySet[Line]) -> None:
    def found(severity: str) -> Exists:
        return Exists(Finding.objects.filter(line=OuterRef("pk"), severity=severity))

    lines.update(
        advice=Case(
            When(found(Severity.REFUSE), then=Value(REFUSE)),
            When(found(Severity.WARN), then=Value(ASK)),
            default=Value(PASS),
        )
    )


# Facts


# What a line keeps of the contribution it stands on → what it is called in `qualifying_payments`.
PAID_FACTS = {
    "contribution": "id",
    "qualifying_year": "year",
    "tier_fen": "reached_fen",
    "own_fen": "own_fen",
    "on_behalf_fen": "behalf_fen",
    "paid_on": "last_paid_on",
}


def write_facts(lines: QuerySet[Line], terms: Terms) -> None:
    """Put on each line what it is judged by: membership, contribution, tier, standard, cap, earlier grants."""
    member = _membership(terms)
    lines.update(
        membership=Subquery(member.values("pk")[:1]),
        membership_version=Subquery(member.values("version")[:1]),
        person_kind=Coalesce(Subquery(member.values("person_kind")[:1]), Value("")),
        age=_age(terms),
        cap_limit_fen=terms.limit_fen,
        counts_in_cap=terms.counts_in_cap,
        cap_reserved_fen=_reserved(terms),
        cap_sponsor_fen=_of_sponsors(terms),
        cap_in_progress_fen=_in_progress(terms),
        granted_fen=granted_expression(terms),
        policy_version=terms.rulebook.version,
        judged_on=terms.on,
        **dict.fromkeys(PAID_FACTS),
    )
    _write_paid_facts(lines, terms)
    lines.update(standard_fen=amount_expression(terms.plan))


def _write_paid_facts(lines: QuerySet[Line], terms: Terms) -> None:
    """Put on each line what its person stands on, in one statement over the payments of all of them.

    The payments carry the id of their line: whatever a planner thinks of the numbers, it joins by that key. A
    subquery for each fact and line summed the payments five times over.
    """
    payments = members.qualifying_payments(terms.year, terms.rulebook, terms.on)
    columns = {*PAID_FACTS.values(), *members.BEST_FIRST}
    of_lines = payments.filter(person__lines__in=lines).annotate(line_id=F("person__lines__pk"))
    update_best(
        Line,
        of_lines.order_by().values("line_id", *columns),
        key="line_id",
        best_first=members.BEST_FIRST,
        columns=PAID_FACTS,
    )


def _membership(terms: Terms) -> QuerySet[Membership]:
    return Membership.objects.filter(
        person=OuterRef("person_id"),
        organisation=terms.application.organisation_id,
        left_on__isnull=True,
        joined_on__lte=terms.on,
    ).order_by("-pk")


def _age(terms: Terms) -> Subquery:
    age = members.age_expression("birth_date", members.age_day(terms.year, terms.rulebook))
    return Subquery(
        Person.objects.filter(pk=OuterRef("person_id")).values(years=age), output_field=IntegerField()
    )


def _reserved(terms: Terms) -> Coalesce:
    used = CapUse.objects.filter(person=OuterRef("person_id"), year=terms.year)
    return Coalesce(Subquery(used.values("reserved_fen")), Value(0), output_field=FEN)


def _of_sponsors(terms: Terms) -> Expression:
    """The part of what is reserved that donors gave: lines here, less what was paid back, and grants from before."""
    lines = Line.objects.filter(
        person=OuterRef("person_id"),
        year=terms.year,
        source=Source.SPONSOR,
        state__in=(*LIVE_LINES, LineState.REFUNDED),
        counts_in_cap=True,
    )
    refunds = Refund.objects.filter(
        line__person=OuterRef("person_id"),
        line__source=Source.SPONSOR,
        line__counts_in_cap=True,
        year=terms.year,
        state=RefundState.REVERSED,
    )
    back = refunds.order_by().values("line__person").annotate(total=Sum("amount_fen")).values("total")
    prior = PriorGrant.objects.filter(person=OuterRef("person_id"), year=terms.year, source=Source.SPONSOR)
    reserved = _sum(lines.order_by()) - Coalesce(Subquery(back), Value(0), output_field=FEN)
    return reserved + (_sum(prior.order_by()) if terms.rulebook.flag("cap_includes_sponsors") else Value(0))


def _in_progress(terms: Terms) -> Coalesce:
    return _sum(_others(terms).filter(state=LineState.PENDING, application__state__in=OPEN))


def granted_expression(terms: Terms) -> Expression:
    """What the person already has under this plan, all its versions, without what was paid back (A-59)."""
    same_plan = _others(terms).filter(
        Q(state__in=LIVE_LINES) | Q(state=LineState.PENDING, application__state__in=OPEN),
        _is_here("organisation_id", terms),
        plan__kind=terms.plan.kind,
        plan__pool=terms.plan.pool_id,
    )
    paid_back = Refund.objects.filter(
        _is_here("line__organisation_id", terms),
        line__person=OuterRef("person_id"),
        line__year=terms.year,
        line__plan__kind=terms.plan.kind,
        line__plan__pool=terms.plan.pool_id,
        line__state=LineState.POSTED,
        state=RefundState.REVERSED,
    )
    refunds = paid_back.order_by().values("line__person").annotate(total=Sum("amount_fen")).values("total")
    return _sum(same_plan) - Coalesce(Subquery(refunds), Value(0), output_field=FEN)


def _is_here(column: str, terms: Terms) -> Exact:
    """Whether a row is of the village, as a sum and not as a column, so that only the person's index can be used.

    PostgreSQL knows no lines yet of a village that draws up its first list, and read all of them for each person.
    """
    return Exact(F(column) + 0, terms.application.organisation_id)


def _others(terms: Terms) -> QuerySet[Line]:
    same = Line.objects.filter(person=OuterRef("person_id"), year=terms.year)
    return same.exclude(application=terms.application.pk).order_by()


def _sum(rows: QuerySet) -> Coalesce:
    total = rows.values("person").annotate(total=Sum("amount_fen")).values("total")
    return Coalesce(Subquery(total), Value(0), output_field=FEN)


# Conditions


def conditions(terms: Terms) -> Iterator[Condition]:
    """Every rule in the order in which an officer reads them: first what ends the matter, then what asks."""
    for part in PARTS:
        yield from part.conditions(terms)


_STATUS_FIGURES = {"event_on": "event_on", "status": "kind"}


def _statuses(terms: Terms) -> Iterator[Condition]:
    """Death, loss of nationality, another pension: the village must withdraw (CS-28)."""
    by_code: dict[str, list[str]] = {}
    table = terms.rulebook.table("status_refusal")
    for kind, view in table.items():
        by_code.setdefault(str(view.value), []).append(kind)
    for code, kinds in by_code.items():
        reported = PersonStatus.objects.filter(
            person=OuterRef("person_id"), kind__in=kinds, is_lifted=False, event_on__lte=terms.on
        )
        met: Q | Exists = Exists(reported)
        if code == "E-DRAWING":
            met = Q(met) | _of_pension_age(terms)
        latest = reported.order_by("-event_on")
        figures = {name: Subquery(latest.values(column)[:1]) for name, column in _STATUS_FIGURES.items()}
        yield Condition(code, table[kinds[0]], met, figures)


def _of_pension_age(terms: Terms) -> Q:
    """Of pension age and without a contribution for the plan year itself: draws his pension, owes nothing (A-44)."""
    if not terms.rulebook.flag("drawing_excluded") or terms.rulebook.get("pension_age") is None:
        return Q(pk__in=[])
    born = members.years_before(terms.on, terms.rulebook.amount("pension_age"))
    paid_this_year = Q(qualifying_year=terms.year)
    return Q(person__birth_date__lte=born) & ~Q(paid_this_year, qualifying_year__isnull=False)


def _membership_and_age(terms: Terms) -> Iterator[Condition]:
    if terms.rulebook.flag("membership_required"):
        yield Condition(
            "E-NOT-MEMBER", terms.rulebook.get("membership_required"), Q(membership__isnull=True), {}
        )
    youngest = terms.rulebook.get("minimum_age")
    if youngest is not None:
        born = members.years_before(terms.on, int(str(youngest.value)))
        figures = {"minimum_age": Value(int(str(youngest.value)))}
        yield Condition("E-AGE", youngest, Q(person__birth_date__gt=born), figures)


def _payment(terms: Terms) -> Iterator[Condition]:
    """Own contribution of the plan year or a year that the rulebook accepts beside it (CS-11, CS-12)."""
    rulebook = terms.rulebook
    years = members.qualifying_years(terms.year, rulebook)
    counted = paid_expression(rulebook, "own_fen", "on_behalf_fen")
    # A comparison with the NULL of a missing contribution is neither true nor false: ask for it first.
    unpaid = Q(contribution__isnull=True) | Q(tier_fen__gt=counted)
    nearest = next(iter(years.values()))
    figures = {
        "first_year": Value(min(years)),
        "last_year": Value(max(years)),
        "last_paid_year": _last_paid_year(terms),
        "tier_fen": F("tier_fen"),
        "paid_fen": counted,
    }
    told = Q(pk__in=[])
    for reason, payments in _left_out(terms):
        only = Q(Exists(payments), contribution__isnull=True)
        yield Condition(str(reason.value), reason, only & ~told, _told_of(payments, terms))
        told = told | only
    yield Condition("E-UNPAID", rulebook.get("qualifying_year_offset", nearest), unpaid & ~told, figures)
    if rulebook.flag("other_county_excluded"):
        paid = {"year": F("qualifying_year"), "paid_on": F("paid_on")}
        yield Condition("E-JURIS", rulebook.get("other_county_excluded"), members.paid_elsewhere(), paid)
    for year, key in years.items():
        warning = rulebook.get("qualifying_year_warning", key)
        if warning is not None:
            facts = {"year": Value(year), "paid_on": F("paid_on"), "tier_fen": F("tier_fen")}
            yield Condition(str(warning.value), warning, Q(qualifying_year=year) & ~unpaid, facts)


def _last_paid_year(terms: Terms) -> Subquery:
    earlier = Contribution.objects.filter(
        person=OuterRef("person_id"), reversed_on__isnull=True, paid_on__lte=terms.on
    )
    return Subquery(earlier.order_by().values("person").annotate(last=Max("year")).values("last"))


def _left_out(terms: Terms) -> Iterator[tuple[PolicyValueView, QuerySet[Contribution]]]:
    """Kinds of payment that do not count but say why somebody who made no other is refused (NX-06, NX-07)."""
    for kind in (ContributionKind.BACK_PAYMENT, ContributionKind.LUMP_SUM):
        reason = terms.rulebook.get("contribution_reason", kind)
        treatment = terms.rulebook.get("contribution_treatment", kind)
        if reason is not None and treatment is not None and treatment.value == Treatment.IGNORED:
            yield reason, _payments_of(terms, kind)


def _payments_of(terms: Terms, kind: ContributionKind) -> QuerySet[Contribution]:
    return members.payments_of(kind, plan_year=terms.year, rulebook=terms.rulebook, on=terms.on)


def _told_of(payments: QuerySet[Contribution], terms: Terms) -> dict[str, Any]:
    return {
        "paid_on": Subquery(payments.order_by("-paid_on").values("paid_on")[:1]),
        "year": Value(terms.year),
    }


def _kinds_of_payment(terms: Terms) -> Iterator[Condition]:
    """Lump sums and back payments by what the rulebook says of them; contributions wholly paid on behalf (A-43)."""
    rulebook = terms.rulebook
    for kind in (ContributionKind.LUMP_SUM, ContributionKind.BACK_PAYMENT):
        reason = rulebook.get("contribution_reason", kind)
        treatment = rulebook.get("contribution_treatment", kind)
        if reason is None or treatment is None or treatment.value == Treatment.IGNORED:
            continue
        payments = _payments_of(terms, kind)
        yield Condition(str(reason.value), reason, Exists(payments), _told_of(payments, terms))
    reason = rulebook.get("contribution_reason", "on_behalf")
    if reason is not None:
        wholly = Q(own_fen=0, on_behalf_fen__gte=F("tier_fen"))
        yield Condition(str(reason.value), reason, wholly, {"on_behalf_fen": F("on_behalf_fen")})


def _reuse(terms: Terms) -> Iterator[Condition]:
    """One year's contribution behind the subsidies of two plan years (A-01)."""
    value = terms.rulebook.get("reuse_qualifying_year")
    used = Line.objects.filter(
        Q(state__in=LIVE_LINES) | Q(state=LineState.PENDING, application__state__in=OPEN),
        person=OuterRef("person_id"),
        qualifying_year=OuterRef("qualifying_year"),
    ).exclude(year=terms.year)
    figures = {"year": F("qualifying_year"), "used_for": Subquery(used.order_by("-year").values("year")[:1])}
    yield from _strictly("REUSE", value, Exists(used), figures)


def _amount(terms: Terms) -> Iterator[Condition]:
    """The plan's standard, over all lines of one person and plan together (CS-07, A-59); whole yuan (A-47)."""
    rulebook = terms.rulebook
    figures = {
        "amount_fen": F("amount_fen"),
        "granted_fen": F("granted_fen"),
        "standard_fen": F("standard_fen"),
    }
    together = F("standard_fen") - F("granted_fen")
    # Whose tier is unknown has no standard by tier: that is E-UNPAID, not an amount too high.
    above = Q(amount_fen__gt=together) & ~Q(standard_fen=0, contribution__isnull=True)
    above_value = rulebook.get("line_above_standard")
    yield from _strictly("AMOUNT", above_value, above, figures)
    below = Q(amount_fen__lt=together)
    yield from _strictly("AMOUNT-LOW", rulebook.get("line_below_standard"), below, figures)
    cents = Q(GreaterThan(F("amount_fen") % FEN_OF_YUAN, 0))
    yield from _strictly("CENTS", rulebook.get("cents_in_amount"), cents, {"amount_fen": F("amount_fen")})


def _purpose(terms: Terms) -> Iterator[Condition]:
    """Donors' money for those in need only, where the rulebook says so: outside its purpose otherwise (NX-09)."""
    needy_only = terms.rulebook.get("sponsor_for_needy_only")
    if terms.plan.source == Source.SPONSOR and needy_only is not None and needy_only.value is True:
        yield Condition("E-POOL", needy_only, members.NOT_NEEDY, {"person_kind": F("person_kind")})


def _cap(terms: Terms) -> Iterator[Condition]:
    """The year's cap over all villages and donors; only what is reserved refuses (CS-09)."""
    figures = {
        "amount_fen": F("amount_fen"),
        "limit_fen": F("cap_limit_fen"),
        "reserved_fen": F("cap_reserved_fen"),
        "in_progress_fen": F("cap_in_progress_fen"),
    }
    over = Q(amount_fen__gt=F("cap_limit_fen") - F("cap_reserved_fen"), counts_in_cap=True)
    yield Condition("E-CAP", terms.rulebook.get("cap_basis"), over, figures)


def _elsewhere(terms: Terms) -> Iterator[Condition]:
    """Another village's open line (the first accepted stands, A-46); an earlier line of this village (A-48)."""
    application = terms.application
    open_lines = _others(terms).filter(state=LineState.PENDING, application__state__in=OPEN)
    foreign = open_lines.exclude(organisation=application.organisation_id)
    if application.accepted_at is not None:
        foreign = foreign.filter(application__accepted_at__lt=application.accepted_at)
    yield from _strictly("DUP", terms.rulebook.get("other_village_open_line"), Exists(foreign), {})
    earlier = _others(terms).filter(
        Q(state__in=LIVE_LINES) | Q(state=LineState.PENDING, application__state__in=OPEN),
        _is_here("organisation_id", terms),
        source=terms.plan.source,
    )
    if terms.plan.pool_id is not None:
        # Two donors who give to one person do not repeat each other.
        earlier = earlier.filter(plan__pool=terms.plan.pool_id)
    batch = Subquery(earlier.order_by("-application_id").values("application__batch_no")[:1])
    figures = {"batch_no": batch, "granted_fen": F("granted_fen")}
    yield from _strictly("REPEAT", terms.rulebook.get("repeat_line"), Exists(earlier), figures)


def _strictly(
    name: str, value: PolicyValueView | None, met: Q | Exists, figures: Mapping[str, Any]
) -> Iterator[Condition]:
    """A rule whose weight the rulebook sets: only the prefix of its code changes."""
    if value is not None and value.value != Strictness.IGNORE:
        prefix = "W" if value.value == Strictness.WARN else "E"
        yield Condition(f"{prefix}-{name}", value, met, figures)


@dataclass(frozen=True, slots=True)
class Part:
    """Conditions that together answer one question about a line; explanations ask by `name`."""

    name: str
    conditions: Callable[[Terms], Iterator[Condition]]


def _contribution(terms: Terms) -> Iterator[Condition]:
    yield from _payment(terms)
    yield from _kinds_of_payment(terms)
    yield from _reuse(terms)


PARTS = (
    Part("status", _statuses),
    Part("membership", _membership_and_age),
    Part("payment", _contribution),
    Part("purpose", _purpose),
    Part("amount", _amount),
    Part("cap", _cap),
    Part("elsewhere", _elsewhere),
)
