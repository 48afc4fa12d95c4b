"""The standard of a plan: what a person gets, in SQL and in Python alike, and what rules say of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

from django.db.models import BigIntegerField, Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.bounds import OLDEST_AGE
from core.money import MAX_FEN, ShareHalfUp, share_half_up, yuan_text
from core.rates import percent_text
from policies.enums import Strictness
from policies.rules import allowed_keys
from policies.selectors import PolicyValueView, Rulebook
from subsidies.enums import Method
from subsidies.models import Plan
from subsidies.rules.judged import REFUSE, TELL, WARN, Judged, cited, judged

# Somebody whose kind nobody noted is ordinary.
ORDINARY = "ordinary"
YOUNGEST, OLDEST = 0, OLDEST_AGE


class Row(Protocol):
    """What is read of a row of the standard; `PlanStandard` and `StandardRow` both have it."""

    @property
    def is_addition(self) -> bool: ...
    @property
    def tier_from_fen(self) -> int | None: ...
    @property
    def tier_to_fen(self) -> int | None: ...
    @property
    def age_from(self) -> int | None: ...
    @property
    def age_to(self) -> int | None: ...
    @property
    def person_kind(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def amount_fen(self) -> int | None: ...
    @property
    def rate_ppm(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class StandardRow:
    """A row of the standard that is not stored yet: for whom, how much. An empty condition holds for everybody."""

    is_addition: bool = False
    tier_from_fen: int | None = None
    tier_to_fen: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    person_kind: str = ""
    method: str = Method.FLAT
    amount_fen: int | None = None
    rate_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a standard looks at: the tier of the qualifying contribution, age on the plan year's day, kind."""

    tier_fen: int | None
    age: int | None = None
    person_kind: str = ""


def amount_expression(plan: Plan) -> Any:
    """The standard amount in fen for a queryset annotated with `tier_fen`, `age` and `person_kind`.

    The first base row that fits plus every addition that fits; 0 where none fits. A percentage is rounded half up
    to the fen (A-57). The twin of `standard_amount`. Source: CS-07.
    """
    return rows_expression(list(plan.standards.all()))


def rows_expression(rows: Sequence[Row]) -> Any:
    """`amount_expression` of rows in their order."""
    amount = _first_base(rows)
    for row in rows:
        if row.is_addition:
            amount = amount + _when([row], Value(0))
    return amount


def _first_base(rows: Sequence[Row]) -> Any:
    conditional: list[Row] = []
    for row in rows:
        if row.is_addition:
            continue
        if _condition(row) is None:
            # Whatever follows a row without condition is never reached.
            return _when(conditional, _row_expression(row))
        conditional.append(row)
    return _when(conditional, Value(0))


def _when(rows: Sequence[Row], otherwise: Any) -> Any:
    conditions = [(_condition(row), row) for row in rows]
    if any(condition is None for condition, _row in conditions):
        return _row_expression(rows[0])
    whens = [When(condition, then=_row_expression(row)) for condition, row in conditions]
    field = BigIntegerField()
    return (
        Case(*whens, default=otherwise, output_field=field)
        if whens
        else Coalesce(otherwise, 0, output_field=field)
    )


def _condition(row: Row) -> Q | None:
    bounds = {
        "tier_fen__gte": row.tier_from_fen,
        "tier_fen__lte": row.tier_to_fen,
        "age__gte": row.age_from,
        "age__lte": row.age_to,
    }
    given = {name: value for name, value in bounds.items() if value is not None}
    if row.person_kind:
        given["person_kind__in"] = _kinds_meant(row.person_kind)  # type: ignore[assignment]
    return Q(**given) if given else None


def _kinds_meant(person_kind: str) -> list[str]:
    return [ORDINARY, ""] if person_kind == ORDINARY else [person_kind]


def _row_expression(row: Row) -> Any:
    if row.method == Method.PERCENT:
        return ShareHalfUp(Coalesce(F("tier_fen"), 0), Value(row.rate_ppm))
    return Value(row.amount_fen, output_field=BigIntegerField())


def standard_amount(
    plan_rows: Iterable[Row], *, tier_fen: int | None, age: int | None, person_kind: str
) -> int:
    """The standard amount in fen of one person: the first base row that fits plus every addition that fits.

    The pure twin of `amount_expression`; 0 where no row fits.
    """
    facts = Facts(tier_fen, age, person_kind)
    return sum(row_amount(row, facts) for row in rows_that_fit(plan_rows, facts))


def rows_that_fit(rows: Iterable[Row], facts: Facts) -> Iterator[Row]:
    """The rows a person is paid by: the first base row that fits, every addition that fits."""
    has_base = False
    for row in rows:
        if (row.is_addition or not has_base) and fits(row, facts):
            has_base = has_base or not row.is_addition
            yield row


def fits(row: Row, facts: Facts) -> bool:
    """Whether a row's conditions hold for a person; an unknown tier or age fits no bound."""
    return (
        _within(facts.tier_fen, row.tier_from_fen, row.tier_to_fen)
        and _within(facts.age, row.age_from, row.age_to)
        and (not row.person_kind or facts.person_kind in _kinds_meant(row.person_kind))
    )


def _within(found: int | None, low: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    return found is not None and (low is None or low <= found) and (high is None or found <= high)


def row_amount(row: Row, facts: Facts) -> int:
    """What one row gives, in fen."""
    if row.method == Method.PERCENT:
        return share_half_up(facts.tier_fen or 0, row.rate_ppm or 0)
    return row.amount_fen or 0


def highest_tier(rulebook: Rulebook, year: int) -> PolicyValueView:
    """The year's highest contribution tier: nobody may be granted more. Source: CS-09."""
    tiers = rulebook.require_table("contribution_tier", year=year).values()
    return max(tiers, key=lambda view: view.value)


def tier_amounts(rulebook: Rulebook, year: int) -> list[int]:
    """The contribution tiers of a year in fen, lowest first."""
    return sorted(int(str(view.value)) for view in rulebook.table("contribution_tier", year=year).values())


def most_for(rows: Sequence[Row], tiers: Iterable[int], *, age: int | None, person_kind: str) -> int:
    """The most a person of this age and kind could get, whatever tier he pays."""
    return max(
        (standard_amount(rows, tier_fen=tier, age=age, person_kind=person_kind) for tier in tiers), default=0
    )


def most_for_anybody(rows: Sequence[Row], tiers: Sequence[int]) -> int:
    """The most anybody could get: every tier, each age at which a row begins or ends, each kind named."""
    people = product(_telling_ages(rows), _telling_kinds(rows))
    return max((most_for(rows, tiers, age=age, person_kind=kind) for age, kind in people), default=0)


def _telling_ages(rows: Iterable[Row]) -> list[int]:
    ages = {YOUNGEST, OLDEST}
    for row in rows:
        ages |= {row.age_from} if row.age_from is not None else set()
        ages |= {row.age_to, row.age_to + 1} if row.age_to is not None else set()
    return sorted(ages)


def _telling_kinds(rows: Iterable[Row]) -> list[str]:
    return sorted({"", *(row.person_kind for row in rows)})


def judge_standard(rows: Sequence[Row], *, year: int, rulebook: Rulebook) -> list[Judged]:
    """What the rules say of a standard as such: kinds allowed, the year's cap, order of tiers, rows never used."""
    if not rows:
        return []
    return [
        *_judge_kinds(rows, rulebook),
        *_judge_cap(rows, year, rulebook),
        *_judge_tier_order(rows, year, rulebook),
        *_judge_shadowed(rows),
    ]


def _judge_kinds(rows: Sequence[Row], rulebook: Rulebook) -> Iterator[Judged]:
    table = rulebook.table("standard_allowed")
    allowed = set(allowed_keys(rulebook, "standard_allowed"))
    used = {kind for row in rows for kind in _kinds_of(row)}
    for kind in sorted(used - allowed) if table else []:
        view = table.get(kind) or next(iter(table.values()))
        yield judged("E-PLAN-PART", _("补助标准不能用“%(kind)s”") % {"kind": view.parameter.keys[kind]}, view)


def _kinds_of(row: Row) -> set[str]:
    kinds = {"tier_percent"} if row.method == Method.PERCENT else set()
    if row.method == Method.FLAT and (row.tier_from_fen is not None or row.tier_to_fen is not None):
        kinds.add("tier_table")
    if row.age_from is not None or row.age_to is not None:
        kinds.add("age_band")
    if row.person_kind:
        kinds.add("hardship")
    return kinds or {"flat"}


def _judge_cap(rows: Sequence[Row], year: int, rulebook: Rulebook) -> Iterator[Judged]:
    limit = highest_tier(rulebook, year)
    most, cap = most_for_anybody(rows, tier_amounts(rulebook, year)), int(str(limit.value))
    basis = rulebook.get("cap_basis") or limit
    if most > cap:
        words = {"most": yuan_text(most), "cap": yuan_text(cap), "over": yuan_text(most - cap), "year": year}
        yield Judged(
            "E-CAP",
            REFUSE,
            _("按这个标准一个人最多补%(most)s元，超过%(year)s年度最高缴费档次%(cap)s元，多出%(over)s元")
            % words,
            cited(basis),
            limit.marks,
            {"most_fen": most, "cap_fen": cap, "over_fen": most - cap},
        )
    high = rulebook.get("standard_high_warning")
    if high and most <= cap and most > share_half_up(cap, int(str(high.value))):
        words = {"most": yuan_text(most), "share": percent_text(int(str(high.value)))}
        yield judged(
            "W-STANDARD-HIGH",
            _("一个人最多补%(most)s元，超过最高缴费档次的%(share)s，标准偏高") % words,
            high,
            most_fen=most,
        )


def _judge_tier_order(rows: Sequence[Row], year: int, rulebook: Rulebook) -> Iterator[Judged]:
    view = rulebook.get("tier_order")
    if view is None or view.value == Strictness.IGNORE:
        return
    fallen = _first_fall(rows, tier_amounts(rulebook, year))
    if fallen:
        words = {"low": yuan_text(fallen[0]), "high": yuan_text(fallen[1])}
        severity = REFUSE if view.value == Strictness.REFUSE else WARN
        yield judged(
            "W-TIER-ORDER", _("缴费%(high)s元的人补得比缴费%(low)s元的人少") % words, view, severity=severity
        )


def _first_fall(rows: Sequence[Row], tiers: Sequence[int]) -> tuple[int, int] | None:
    for age, kind in product(_telling_ages(rows), _telling_kinds(rows)):
        amounts = [standard_amount(rows, tier_fen=tier, age=age, person_kind=kind) for tier in tiers]
        for at in range(1, len(tiers)):
            if amounts[at] < amounts[at - 1]:
                return tiers[at - 1], tiers[at]
    return None


def _judge_shadowed(rows: Sequence[Row]) -> Iterator[Judged]:
    bases = [(number, row) for number, row in enumerate(rows, start=1) if not row.is_addition]
    for at, (number, row) in enumerate(bases):
        earlier = next((n for n, other in bases[:at] if _covers(other, row)), None)
        if earlier:
            words: dict[str, Any] = {"number": number, "earlier": earlier}
            yield judged(
                "",
                _("第%(number)d行用不到：第%(earlier)d行已包括这些人，先列的为准") % words,
                severity=TELL,
                **words,
            )
            continue
        crossing = next((n for n, other in bases[:at] if _overlaps(other, row)), None)
        if crossing:
            words = {"number": number, "earlier": crossing}
            yield judged(
                "",
                _("第%(number)d行与第%(earlier)d行有重叠的人，按先列的一行补") % words,
                severity=TELL,
                **words,
            )


def _spans(row: Row) -> list[tuple[int, int]]:
    return [
        (row.tier_from_fen or 0, MAX_FEN if row.tier_to_fen is None else row.tier_to_fen),
        (row.age_from or YOUNGEST, OLDEST if row.age_to is None else row.age_to),
    ]


def _covers(outer: Row, inner: Row) -> bool:
    spans = zip(_spans(outer), _spans(inner), strict=True)
    return outer.person_kind in ("", inner.person_kind) and all(
        o[0] <= i[0] and i[1] <= o[1] for o, i in spans
    )


def _overlaps(one: Row, other: Row) -> bool:
    spans = zip(_spans(one), _spans(other), strict=True)
    same_kind = not one.person_kind or not other.person_kind or one.person_kind == other.person_kind
    return same_kind and all(a[0] <= b[1] and b[0] <= a[1] for a, b in spans)
