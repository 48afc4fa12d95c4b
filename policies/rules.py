"""What the rulebook says, as the questions that offices ask. Pure: a rulebook in, an answer out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from core.calendar import Deadline, calendar_deadline, day_in_year, working_deadline
from core.divisions import ancestor_codes
from core.money import PPM
from core.rates import share_up_of_count
from policies.enums import Kind, Rounding, Strictness
from policies.selectors import ClauseView, PolicyValueView, Rulebook

QUALIFYING_YEAR = "qualifying_year"
LISTED_TOWNS = "listed_towns"
SELECTED_COUNTIES = "selected_counties"
LISTED_VILLAGES = "listed_villages"
COUNTY_TABLE = "county"
NEXT_DAY = "next_day"
REWARD_MONEY = "money"
ASK = "ask"


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that one person may be granted in a year, the clause that says so, and the tier it comes from."""

    amount_fen: int
    rule: PolicyValueView
    tier: PolicyValueView

    @property
    def clause(self) -> ClauseView:
        return self.rule.clause

    @property
    def marks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.rule.marks, *self.tier.marks]))


@dataclass(frozen=True, slots=True)
class QualifyingYear:
    """A contribution year that qualifies for a plan year; `warning` is the code to show, or empty."""

    key: str
    year: int
    warning: str
    view: PolicyValueView


@dataclass(frozen=True, slots=True)
class DecisionThresholds:
    """What a decision must keep to on its day; None where nothing is asked (before 2025-05-01)."""

    notice_days: PolicyValueView | None
    shown_days: PolicyValueView | None
    attendance: PolicyValueView | None
    agreement: PolicyValueView | None
    representatives_more_than: PolicyValueView | None
    counts_posting_day: bool


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """One of the steps that the region's document draws; `yearly` steps belong to the year, not to a batch."""

    number: int
    label: str
    is_optional: bool
    is_yearly: bool
    clause: ClauseView


def tiers_fen(rulebook: Rulebook, year: int, *, wholly_on_behalf: bool = False) -> tuple[int, ...]:
    """The contribution tiers of a year, ascending; special ones only for what government pays wholly on behalf.

    Raises ParameterNotInForce.
    """
    special = rulebook.table("special_tier", year=year) if wholly_on_behalf else {}
    return tuple(
        sorted(int(key) for key in (*rulebook.require_table("contribution_tier", year=year), *special))
    )


def min_tier_fen(rulebook: Rulebook, year: int) -> int:
    """The lowest tier of a year. Raises ParameterNotInForce."""
    return min(tiers_fen(rulebook, year))


def yearly_cap(rulebook: Rulebook, plan_year: int, *, qualifying_year: int | None = None) -> Cap:
    """The cap per person and year (CS-09, A-02, A-21). Raises ParameterNotInForce without a tier table."""
    rule = rulebook.value("cap_basis")
    by_qualifying = rulebook.choice("cap_tier_year") == QUALIFYING_YEAR
    year = qualifying_year if by_qualifying and qualifying_year is not None else plan_year
    tiers = _cap_tiers(rulebook, year)
    amount_fen = max(int(key) for key in tiers)
    return Cap(amount_fen, rule, tiers[str(amount_fen)])


def _cap_tiers(rulebook: Rulebook, year: int) -> Mapping[str, PolicyValueView]:
    """The table that the cap is taken from: the city's, unless the county's is named or none stands above (A-21)."""
    table = rulebook.get("cap_tier_table")
    own = rulebook.require_table("contribution_tier", year=year)
    if table is None or table.value == COUNTY_TABLE:
        return own
    return rulebook.above_county.table("contribution_tier", year=year) or own


def government_subsidy_fen(
    rulebook: Rulebook, year: int, *, personal_fen: int, on_behalf_fen: int = 0
) -> PolicyValueView | None:
    """The government's subsidy for what a person paid (A-22, A-60); None below the lowest tier, or where none is given.

    Collective and social money never counts. An amount between two tiers gets the lower one's subsidy; a special
    tier has its own.
    """
    counted = personal_fen
    if rulebook.flag("government_subsidy_counts_onbehalf"):
        counted += on_behalf_fen
    if str(counted) in rulebook.table("special_tier", year=year):
        return rulebook.get("subsidy_special_tier", year=year)
    table = rulebook.table("government_subsidy", year=year)
    reached = [int(key) for key in table if int(key) <= counted]
    return table[str(max(reached))] if reached else None


def qualifying_years(rulebook: Rulebook, plan_year: int) -> tuple[QualifyingYear, ...]:
    """The contribution years that qualify for a plan year, best first (CS-11). Raises ParameterNotInForce."""
    warnings = rulebook.table("qualifying_year_warning")
    return tuple(
        QualifyingYear(key, plan_year - int(str(view.value)), _text(warnings, key), view)
        for key, view in rulebook.require_table("qualifying_year_offset").items()
    )


def allowed_keys(rulebook: Rulebook, name: str, *, year: int | None = None) -> tuple[str, ...]:
    """The keys of a yes-or-no parameter that say yes, of a year where it has years, in the order of the rulebook."""
    return tuple(key for key, view in rulebook.table(name, year=year).items() if view.value is True)


def strictness(rulebook: Rulebook, name: str) -> Strictness:
    """What happens where an open rule is met; nothing where the rulebook is silent."""
    found = rulebook.get(name)
    return Strictness(str(found.value)) if found else Strictness.IGNORE


def decision_thresholds(rulebook: Rulebook) -> DecisionThresholds:
    """What the decision of this rulebook's day must keep to (CS-25, LAW-01, LAW-03)."""
    return DecisionThresholds(
        notice_days=rulebook.get("decision_notice_days"),
        shown_days=rulebook.get("plan_shown_days"),
        attendance=rulebook.get("decision_attendance_share"),
        agreement=rulebook.get("decision_agreement_share"),
        representatives_more_than=rulebook.get("representatives_more_than"),
        counts_posting_day=rulebook.flag("notice_counts_posting_day"),
    )


def share_reached(share: PolicyValueView, part: int, whole: int) -> bool:
    """Whether `part` is at least the share of `whole`, in whole numbers: 3 × part ≥ 2 × whole."""
    assert isinstance(share.value, Fraction)
    return share.value.denominator * part >= share.value.numerator * whole


def share_needed(share: PolicyValueView, whole: int) -> int:
    """The smallest number that reaches the share: two thirds of 300 → 200."""
    assert isinstance(share.value, Fraction)
    return -(-share.value.numerator * whole // share.value.denominator)


def due_on(rulebook: Rulebook, name: str, start: date, *, key: str = "") -> Deadline:
    """The last day of a term that begins on `start`; the first day is not counted. Raises ParameterNotInForce."""
    term = rulebook.value(name, key)
    if term.parameter.kind == Kind.WORKING_DAYS:
        return working_deadline(start, rulebook.amount(name, key))
    return calendar_deadline(start, rulebook.amount(name, key))


def day_of_year(view: PolicyValueView, year: int) -> date:
    """A month and day in a year; 29 February falls back to the 28th."""
    assert isinstance(view.value, tuple)
    return day_in_year(year, *view.value)


def application_window(rulebook: Rulebook, plan_year: int) -> tuple[date, date]:
    """First and last day on which applications of the plan year are taken (A-73). Raises ParameterNotInForce."""
    first = rulebook.value("application_first_day", year=plan_year)
    last = rulebook.value("application_last_day", year=plan_year)
    return day_of_year(first, plan_year), day_of_year(last, plan_year)


def gives_reward_money(rulebook: Rulebook) -> bool:
    """Whether the region rewards with money; where it does not say how, whether it states a rate (CS-13, JN-13)."""
    form = rulebook.get("reward_form")
    return form.value == REWARD_MONEY if form else rulebook.states("reward_ceiling")


def commends(rulebook: Rulebook) -> bool:
    """Whether the region commends its organisations (JN-13), beside a county's own money as well."""
    return rulebook.get("commendation_name") is not None


def reward_ceiling(rulebook: Rulebook, plan_year: int) -> PolicyValueView | None:
    """The plan year's highest reward rate with its clause, or None where no rate is in force (CS-13, A-08)."""
    return rulebook.get("reward_ceiling", year=plan_year)


def reward_first_day(rulebook: Rulebook, plan_year: int) -> date:
    """The first day on which a plan year's reward may be determined (A-52). Raises ParameterNotInForce."""
    year = plan_year + rulebook.amount("reward_from_offset")
    return day_of_year(rulebook.value("reward_from"), year)


def workflow_steps(rulebook: Rulebook) -> tuple[WorkflowStep, ...]:
    """The steps of the region's way, in order; none before the documents are in force."""
    return tuple(
        WorkflowStep(
            number=int(key),
            label=str(view.value),
            is_optional=rulebook.flag("workflow_step_optional", key),
            is_yearly=rulebook.flag("workflow_step_yearly", key),
            clause=view.clause,
        )
        for key, view in rulebook.table("workflow_step").items()
    )


def place_is_in_pilot(rulebook: Rulebook, place_code: str, plan_year: int) -> bool:
    """Whether organisations of a place may take part on the rulebook's day: by town, county or the year's list.

    Source: CS-04, CS-19, JN-04, NX-02, NX-03.
    """
    scope = rulebook.get("pilot_scope")
    listed = {
        LISTED_TOWNS: lambda: rulebook.table("pilot_town"),
        SELECTED_COUNTIES: lambda: rulebook.table("pilot_county"),
        LISTED_VILLAGES: lambda: rulebook.table("pilot_village", year=plan_year),
    }.get(str(scope.value) if scope else "")
    return listed is None or any(code in listed() for code in ancestor_codes(place_code))


def unit_kept_out(rulebook: Rulebook, unit: str) -> PolicyValueView | None:
    """The value that keeps this kind of place out, a village's or a community's; None where it may (CS-04, NX-04)."""
    found = rulebook.get("village_unit_allowed", unit)
    return None if found is None or found.value is True else found


def organisations_needed_in_a_town(rulebook: Rulebook, year: int) -> int:
    """How many organisations of a town make the town count in the year's goal (CS-05); one where none is named."""
    found = rulebook.get("goal_organisations_per_town", year=year)
    return int(str(found.value)) if found else 1


def administering_unit(rulebook: Rulebook, place_code: str) -> PolicyValueView | None:
    """The functional zone that handles a place instead of the county its code belongs to (JN-01); None elsewhere."""
    units = rulebook.table("administering_unit")
    return next((units[code] for code in ancestor_codes(place_code) if code in units), None)


def filed_by_silence_on(rulebook: Rulebook, received_on: date) -> date | None:
    """The day from which a filing that nobody returned counts as made; None where silence says nothing.

    The last working day of the term is still in time for a return. Source: NX-17, A-23, A-69.
    """
    if rulebook.get("filing_silence_days") is None:
        return None
    last = due_on(rulebook, "filing_silence_days", received_on).on
    counts_next_day = rulebook.choice("filing_silence_counts_on") == NEXT_DAY
    return last + timedelta(days=1) if counts_next_day else last


def organisations_needed(rulebook: Rulebook, year: int, registered: int) -> int | None:
    """How many organisations the year's goal asks for (CS-19, CS-20, A-11): 10 % of 221 → 23; None without a goal."""
    share = rulebook.get("goal_organisation_share", year=year)
    if share is None:
        return None
    assert isinstance(share.value, int)
    if rulebook.choice("goal_rounding") == Rounding.UP:
        return share_up_of_count(registered, share.value)
    return registered * share.value // PPM


def _text(table: Mapping[str, PolicyValueView], key: str) -> str:
    return str(table[key].value) if key in table else ""
