"""A plan in the words and shapes of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from core.look import Step
from core.money import part_half_up, share_half_up, yuan_text
from core.rates import down_to_tenth, percent_text
from policies.selectors import Rulebook
from subsidies.enums import Method, PlanState, Station
from subsidies.models import Plan, PlanStandard
from subsidies.rules.plans import Afford
from subsidies.rules.standards import Row
from subsidies.selectors.plans import Estimate, RowCost

LIVE = frozenset({PlanState.IN_FORCE, PlanState.SUPERSEDED, PlanState.ENDED})


@dataclass(frozen=True, slots=True)
class StandardLine:
    """A row of the standard in words, with what it costs."""

    people: str
    method: str
    given: str
    cost: RowCost
    is_addition: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """The bar of the share of disposable income: words, colour, where the warning line stands."""

    share_text: str
    is_high: bool
    tone: str
    limit_fen: int | None
    limit_mark: str


def gauge_of(against: Afford, rulebook: Rulebook) -> Gauge:
    """How a plan's sum stands to disposable income."""
    share, limit = against.share_ppm, against.limit_ppm
    is_high = share is not None and limit is not None and share > limit
    view = rulebook.get("afford_warning")
    return Gauge(
        share_text="—" if share is None else percent_text(down_to_tenth(share)),
        is_high=is_high,
        tone="over" if against.over_fen else "warn" if is_high else "done",
        limit_fen=share_half_up(against.income_fen, limit) if against.income_fen and limit else None,
        limit_mark=view.marks[0] if view and view.marks else "",
    )


def standard_lines(plan: Plan, rulebook: Rulebook, costs: Sequence[RowCost]) -> list[StandardLine]:
    """The standard in words: for whom, how, how much, how many, in all.

    Before it is in force a plan is reckoned on the list as it is now (`costs`); afterwards it keeps what it was to
    cost when it came into force.
    """
    rows = list(plan.standards.all())
    kept = [_kept_cost(row) for row in rows] if plan.state in LIVE else costs
    return [
        StandardLine(people_of(row, rulebook), method_of(row), given_of(row), cost, row.is_addition)
        for row, cost in zip(rows, kept, strict=True)
    ]


def _kept_cost(row: PlanStandard) -> RowCost:
    return RowCost(row.estimated_count or 0, row.estimated_fen or 0)


@dataclass(frozen=True, slots=True)
class Sum:
    """Head count and sum of a whole plan."""

    count: int
    amount_fen: int

    @property
    def mean_fen(self) -> int:
        """Average a head, half up to the fen."""
        return part_half_up(self.amount_fen, self.count) if self.count else 0


def whole_of(plan: Plan, cost: Estimate) -> Sum:
    """Head count and sum beside the rows of `standard_lines`."""
    if plan.state in LIVE:
        return Sum(plan.estimated_count or 0, plan.estimated_fen or 0)
    return Sum(cost.count, cost.amount_fen)


def people_of(row: Row, rulebook: Rulebook) -> str:
    """For whom a row is, in words."""
    kind = rulebook.get("hardship_kind", row.person_kind) if row.person_kind else None
    words = [
        _span(_yuan(row.tier_from_fen), _yuan(row.tier_to_fen), _("缴费%s元")),
        _span(_number(row.age_from), _number(row.age_to), _("%s周岁")),
        str(kind.value) if kind else row.person_kind,
    ]
    return "、".join(word for word in words if word) or _("全体补助对象")


def _yuan(fen: int | None) -> str:
    return "" if fen is None else yuan_text(fen).removesuffix(".00")


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _span(low: str, high: str, words: str) -> str:
    if not low and not high:
        return ""
    if low == high:
        return words % low
    if not high:
        return words % low + _("以上")
    if not low:
        return words % high + _("以下")
    return words % f"{low}—{high}"


def method_of(row: Row) -> str:
    """How a row gives, in words."""
    method = _("按缴费档次比例") if row.method == Method.PERCENT else _("定额")
    return _("另加%(method)s") % {"method": method} if row.is_addition else method


def given_of(row: Row) -> str:
    """What a row gives a person and year."""
    return percent_text(row.rate_ppm or 0) if row.method == Method.PERCENT else yuan_text(row.amount_fen or 0)


def plan_steps(plan: Plan, rulebook: Rulebook) -> list[Step]:
    """The region's steps, the plan's own first: done once it is in force, then it is the application's turn."""
    return [
        Step(int(key), str(view.value), *_standing(plan, key, rulebook), url=_step_url(plan, key))
        for key, view in rulebook.table("workflow_step").items()
    ]


def _standing(plan: Plan, key: str, rulebook: Rulebook) -> tuple[str, str]:
    if key == str(Station.PLAN):
        return _first_note(plan), "done" if plan.state in LIVE else "current"
    if rulebook.flag("workflow_step_optional", key):
        return _("需要时才办"), "optional"
    return "", "current" if key == str(Station.APPLICATION) and plan.state == PlanState.IN_FORCE else "open"


def _first_note(plan: Plan) -> str:
    if plan.in_force_on:
        return f"{plan.in_force_on:%Y-%m-%d}"
    return plan.get_state_display()


def _step_url(plan: Plan, key: str) -> str:
    if key != str(Station.APPLICATION) or plan.state != PlanState.IN_FORCE:
        return ""
    try:
        return reverse("applications")
    except NoReverseMatch:
        return ""
