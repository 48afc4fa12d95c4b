"""Members with the contribution that qualifies them: the names that plans, drafts and lines are judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractYear

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.calendar import day_in_year
from policies.enums import Treatment
from policies.selectors import Rulebook
from subsidies.rules.payments import counting_kinds, with_sums
from villages.models import Membership, PersonStatus

# Members without a kind of hardship on file (`ordinary`, or none noted).
NOT_NEEDY = Q(person_kind__in=["", "ordinary"])

PAYMENT_DAY = "payment_day"
# Of several payments somebody stands on that which is first by these, each from the highest down.
BEST_FIRST = ("is_complete", "year", "reached_fen", "tier_fen", "id")


def candidates(
    memberships: QuerySet[Membership], *, plan_year: int, rulebook: Rulebook, on: date
) -> QuerySet[Membership]:
    """Each member with the contribution that qualifies him for the plan year, in one statement.

    Annotates `birth_date`, `age` (on the day of the plan year that the rulebook counts ages by), `contribution_id`,
    `qualifying_year`, `qualifying_county_code`, `tier_fen` and `personal_complete` beside the member's own
    `person_id`, `organisation_id` and `person_kind`. Who has no contribution of a qualifying year until `on` has
    NULL there (`personal_complete`: false). A complete contribution goes before an incomplete one, then the nearer
    year before the farther; payments of one year are judged by their sum.
    Source: CS-11, CS-12, A-01, A-43, A-58, A-60, A-64.
    """
    payments = qualifying_contribution(plan_year, rulebook, on)
    chosen = Subquery(payments.values("pk")[:1])
    complete = Subquery(payments.values("is_complete")[:1])
    return memberships.annotate(
        qualifying=FilteredRelation("person__contributions", condition=Q(person__contributions__pk=chosen)),
        birth_date=F("person__birth_date"),
        age=age_expression("person__birth_date", age_day(plan_year, rulebook)),
        contribution_id=F("qualifying__pk"),
        qualifying_year=F("qualifying__year"),
        qualifying_county_code=F("qualifying__county_code"),
        tier_fen=Subquery(payments.values("reached_fen")[:1]),
        personal_complete=Coalesce(complete, Value(False)),
    )


def without_barred(
    rows: QuerySet[Membership], *, plan_year: int, rulebook: Rulebook, on: date
) -> QuerySet[Membership]:
    """Candidates whom no list will take are left out: too young, of pension age without this year's, dead, …

    What a plan would cost must not count whom its list will leave out. Source: CS-28, JN-06, A-44, A-45, A-64.
    """
    kinds = list(rulebook.table("status_refusal"))
    reported = PersonStatus.objects.filter(
        person=OuterRef("person_id"), kind__in=kinds, is_lifted=False, event_on__lte=on
    )
    rows = rows.exclude(Exists(reported))
    youngest = rulebook.get("minimum_age")
    if youngest is not None:
        rows = rows.exclude(birth_date__gt=years_before(on, int(str(youngest.value))))
    if rulebook.flag("drawing_excluded") and rulebook.get("pension_age") is not None:
        born = years_before(on, rulebook.amount("pension_age"))
        rows = rows.filter(Q(birth_date__gt=born) | Q(qualifying_year=plan_year))
    for kind in excluding_kinds(rulebook):
        rows = rows.exclude(Exists(payments_of(kind, plan_year=plan_year, rulebook=rulebook, on=on)))
    if rulebook.flag("other_county_excluded"):
        # By the annotation: negated, the relation itself becomes a subquery over the county for each member.
        rows = rows.filter(Q(contribution_id__isnull=True) | ~paid_elsewhere("qualifying_"))
    return rows


def qualifying_contribution(plan_year: int, rulebook: Rulebook, on: date) -> QuerySet[Contribution]:
    """The outer row's payments of qualifying years until a day, with their sums: the first is what he stands on."""
    payments = qualifying_payments(plan_year, rulebook, on).filter(person=OuterRef("person_id"))
    return payments.order_by(*(F(name).desc() for name in BEST_FIRST))


def qualifying_payments(plan_year: int, rulebook: Rulebook, on: date) -> QuerySet[Contribution]:
    """Everybody's payments of qualifying years until a day, with their sums; a filter by person must follow."""
    years = list(qualifying_years(plan_year, rulebook))
    payments = Contribution.objects.filter(
        year__in=years, kind__in=counting_kinds(rulebook), paid_on__lte=on, reversed_on__isnull=True
    )
    return with_sums(payments, years=years, rulebook=rulebook)


def paid_elsewhere(prefix: str = "contribution__") -> Q:
    """The contribution that qualifies was paid in another county than the row's own: insured there (A-45)."""
    return Q(**{f"{prefix}county_code__gt": ""}) & ~Q(**{f"{prefix}county_code": F("county_code")})


def qualifying_years(plan_year: int, rulebook: Rulebook) -> Mapping[int, str]:
    """Contribution years that qualify for a plan year → their name in the rulebook, nearest first (A-01)."""
    views = rulebook.require_table("qualifying_year_offset").items()
    years = {plan_year - rulebook.amount("qualifying_year_offset", key): key for key, _view in views}
    return dict(sorted(years.items(), reverse=True))


def excluding_kinds(rulebook: Rulebook) -> list[str]:
    """Kinds of contribution that shut whoever pays them out of the year (JN-06)."""
    table = rulebook.table("contribution_treatment")
    return [kind for kind, view in table.items() if view.value == Treatment.EXCLUDES]


def payments_of(kind: str, *, plan_year: int, rulebook: Rulebook, on: date) -> QuerySet[Contribution]:
    """The outer row's payments of a kind that touch the plan year: by what they are for, or by their day (A-71)."""
    paid_then = Q(paid_on__year=plan_year)
    paid_for = Q(year__in=list(qualifying_years(plan_year, rulebook)))
    measured = rulebook.get("lump_sum_year_by") if kind == ContributionKind.LUMP_SUM else None
    in_year = {None: paid_then | paid_for, PAYMENT_DAY: paid_then}.get(
        str(measured.value) if measured else None, paid_for
    )
    return Contribution.objects.filter(
        in_year, person=OuterRef("person_id"), kind=kind, reversed_on__isnull=True, paid_on__lte=on
    )


def age_day(plan_year: int, rulebook: Rulebook) -> date:
    """The day of the plan year on which the age bands of a standard are counted (A-64)."""
    month_day: Any = rulebook.plain("age_counted_on")
    return date(plan_year, *month_day)


def age_expression(birth_date: str, day: date) -> Case:
    """Full years of age on a day, from the column named."""
    years = Value(day.year) - ExtractYear(birth_date)
    birthday_to_come = Q(**{f"{birth_date}__month__gt": day.month}) | Q(
        **{f"{birth_date}__month": day.month, f"{birth_date}__day__gt": day.day}
    )
    return Case(When(birthday_to_come, then=years - Value(1)), default=years, output_field=IntegerField())


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; whoever is born then or before has reached that age."""
    return day_in_year(day.year - years, day.month, day.day)
