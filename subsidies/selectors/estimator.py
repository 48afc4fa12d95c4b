"""What the two sums need from rulebook and tables: terms with their sources, a village's plan, its members' ages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from core.errors import NotInArea, ParameterNotInForce
from core.models import User
from core.money import PPM, part_half_up, share_down
from policies.rules import government_subsidy_fen, reward_ceiling, tiers_fen
from policies.selectors import PolicyValueView, Rulebook, rulebook
from subsidies.enums import PlanState
from subsidies.models import Plan
from subsidies.rules.candidates import candidates
from subsidies.rules.gain import PensionTerms, grown
from subsidies.rules.standards import amount_expression
from subsidies.selectors.plans import plans_within
from subsidies.workflow.plans import PLAN_READERS
from villages.models import Membership, OrganisationIncome


@dataclass(frozen=True, slots=True)
class Sources:
    """The values an estimate rests on, each with clause and mark."""

    rate: PolicyValueView
    basic: PolicyValueView
    bonus: PolicyValueView | None
    old_age: tuple[PolicyValueView, ...]
    age: PolicyValueView
    years_min: PolicyValueView
    months: PolicyValueView
    government: Mapping[int, PolicyValueView]
    tiers: tuple[int, ...]
    scheme: str
    youngest: int

    def terms(self, *, rate_ppm: int | None = None, basic_fen: int | None = None) -> PensionTerms:
        """The terms of a reckoning, the reader's own rate or basic pension in the place of the rulebook's."""
        return PensionTerms(
            rate_ppm=_whole(self.rate) if rate_ppm is None else rate_ppm,
            basic_fen=_whole(self.basic) if basic_fen is None else basic_fen,
            bonus_fen=_whole(self.bonus) if self.bonus else 0,
            pension_age=_whole(self.age),
            years_min=_whole(self.years_min),
            months=_whole(self.months),
        )

    def government_fen(self, tier_fen: int) -> int:
        """What government adds to a year's own contribution of this tier."""
        found = self.government.get(tier_fen)
        return _whole(found) if found else 0

    @property
    def shown(self) -> list[PolicyValueView]:
        """The values as a list, for the table of sources; what is added in old age is told and not reckoned."""
        reckoned = (self.rate, self.basic, self.bonus, self.age, self.years_min, self.months)
        return [*(view for view in reckoned if view), *self.old_age]


def _whole(view: PolicyValueView) -> int:
    assert isinstance(view.value, int)
    return view.value


def sources(actor: User, *, year: int, on: date) -> Sources:
    """The values in force for the actor's area; the last year whose interest rate and tiers are known counts.

    Raises NotInArea for somebody without an area, ParameterNotInForce where the rulebook is silent.
    """
    area = actor.access.area
    if area is None:
        raise NotInArea
    rules = rulebook(area.code, on=on)
    tiers = tiers_fen(rules, year)
    added = {fen: government_subsidy_fen(rules, year, personal_fen=fen) for fen in tiers}
    return Sources(
        rate=_latest(rules, "interest_rate", year),
        basic=rules.value("basic_pension"),
        bonus=rules.get("long_contribution_bonus"),
        old_age=tuple(rules.table("age_bonus").values()),
        age=rules.value("pension_age"),
        years_min=rules.value("contribution_years_min"),
        months=rules.value("annuity_divisor"),
        government={fen: view for fen, view in added.items() if view is not None},
        tiers=tiers,
        scheme=rules.choice("scheme_name"),
        youngest=rules.amount("minimum_age"),
    )


def _latest(rules: Rulebook, name: str, year: int) -> PolicyValueView:
    known = [stated for stated in rules.years(name) if stated <= year]
    if not known:
        raise ParameterNotInForce(_("政策文件没有规定记账利率，不能测算。"), name=name)
    return rules.value(name, year=known[-1])


def plan_of(actor: User, *, year: int) -> Plan | None:
    """The plan in force that the actor's own village has for the year; None for other offices."""
    area = actor.access.area
    if area is None or area.column() != "village_code" or not actor.access.may(PLAN_READERS):
        return None
    rows = plans_within(actor).filter(year=year, state=PlanState.IN_FORCE, pool__isnull=True)
    return rows.prefetch_related("standards", "sources").order_by("pk").first()


@dataclass(frozen=True, slots=True)
class AgeRow:
    """Members of one age and amount: how many, how long until pension age, what a month brings more for each."""

    age: int
    headcount: int
    years: int
    amount_fen: int
    gain_fen: int


@dataclass(frozen=True, slots=True)
class VillageSums:
    """A plan in two sums: what it costs and may bring back this year, and what it adds in old age."""

    plan: Plan
    cost_fen: int
    income_fen: int | None
    reward_fen: int
    reward: PolicyValueView | None
    rows: tuple[AgeRow, ...]

    @property
    def headcount(self) -> int:
        """Members who would get something."""
        return sum(row.headcount for row in self.rows)

    @property
    def share_ppm(self) -> int | None:
        """The cost as a share of the disposable income, in parts per million."""
        return self.cost_fen * PPM // self.income_fen if self.income_fen else None

    @property
    def net_fen(self) -> int:
        """What the collective bears where it gets the highest reward."""
        return self.cost_fen - self.reward_fen

    @property
    def average_gain_fen(self) -> int:
        """What a month brings more for each on average, where the subsidy goes on until pension age."""
        gained = sum(row.gain_fen * row.headcount for row in self.rows)
        return part_half_up(gained, self.headcount) if self.headcount else 0


def village_sums(plan: Plan, terms: PensionTerms, *, on: date) -> VillageSums:
    """The sums of a plan over the members on file: two statements whatever their number."""
    rules = rulebook(plan.village_code, on=on)
    members = Membership.objects.filter(organisation=plan.organisation_id, left_on__isnull=True)
    found = candidates(members, plan_year=plan.year, rulebook=rules, on=on).filter(personal_complete=True)
    groups = found.annotate(amount_fen=amount_expression(plan)).filter(amount_fen__gt=0)
    counted = groups.order_by("age", "amount_fen").values_list("age", "amount_fen").annotate(n=Count("pk"))
    rows = tuple(_age_row(age, amount, n, terms) for age, amount, n in counted if age < terms.pension_age)
    cost = sum(row.amount_fen * row.headcount for row in rows)
    income = OrganisationIncome.objects.filter(
        organisation=plan.organisation_id, year=plan.year - rules.amount("income_year_offset")
    ).values_list("disposable_fen", flat=True)
    reward = reward_ceiling(rules, plan.year)
    return VillageSums(
        plan=plan,
        cost_fen=cost,
        income_fen=income.first(),
        reward_fen=share_down(cost, _whole(reward)) if reward else 0,
        reward=reward,
        rows=rows,
    )


def _age_row(age: int, amount_fen: int, headcount: int, terms: PensionTerms) -> AgeRow:
    years = terms.pension_age - age
    balances = grown(amount_fen, years, terms.rate_ppm)
    return AgeRow(age, headcount, years, amount_fen, part_half_up(balances[-1], terms.months))
