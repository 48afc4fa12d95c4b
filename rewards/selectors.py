"""Reads of rewards, applications, budgets, payments and offsets, scoped to the reader's area."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from core.access import COUNTY_DIGITS, require_role
from core.divisions import CODE_LENGTH, NATIONAL_CODE
from core.errors import NotInArea
from core.models import User
from policies.rules import commends, gives_reward_money
from policies.selectors import rulebook
from rewards import workflow as steps
from rewards.enums import BudgetState, OffsetState, ProposalState, RewardState
from rewards.models import (
    Budget,
    Commendation,
    CommendationNotice,
    DecidedRate,
    Offset,
    Reward,
    RewardApplication,
    RewardPayment,
)
from rewards.subsidised import subsidised_of
from villages.models import CollectiveOrganisation, Region

PAYABLE = Coalesce("rewards__approved_fen", F("rewards__determined_fen") - F("rewards__offset_fen"))
SUMMED = ("posted", "refunded", "base", "cap", "determined", "offset", "approved")


def own_county(actor: User) -> str:
    """The county of the actor's area; empty above the county."""
    code = actor.access.area.code if actor.access.area else ""
    county = code[:COUNTY_DIGITS].ljust(CODE_LENGTH, "0")
    return county if Region.objects.filter(pk=county, level="county").exists() else ""


def may_for_county(actor: User, roles: frozenset[str]) -> bool:
    """Whether the actor may do what is one for the whole county (0010): nobody whose area is only a part of it."""
    area = actor.access.area
    return area is not None and area.column() in ("", "county_code") and actor.access.may(roles)


def rewards_within(actor: User) -> QuerySet[Reward]:
    """Rows of the area with their village; a clerk sees his own."""
    require_role(actor, steps.READERS | steps.VILLAGE)
    rows = Reward.objects.within(actor.access.area)  # type: ignore[arg-type]
    return rows.select_related("organisation__region__parent", "application", "payment")


def search_rewards(rows: QuerySet[Reward], words: str) -> QuerySet[Reward]:
    """Rows by words of the village's, the town's or the organisation's name."""
    words = words.strip()
    if not words:
        return rows
    return rows.filter(
        Q(organisation__name__contains=words)
        | Q(organisation__region__name__contains=words)
        | Q(organisation__region__parent__name__contains=words)
    )


def reward(actor: User, pk: int) -> Reward:
    """One row. Raises NotInArea."""
    return _one(rewards_within(actor), pk)


def _one(rows: QuerySet, pk: int) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def years_of_rewards(actor: User) -> list[int]:
    """Plan years that have rows, newest first."""
    return list(rewards_within(actor).order_by("-year").values_list("year", flat=True).distinct())


def applications_within(actor: User) -> QuerySet[RewardApplication]:
    """Applications to finance of the area: annotated `rows_count`, `amount_fen`, `waiting_count`, `due_fen` (approved
    and not on the agency's account).
    """
    require_role(actor, steps.READERS)
    approved = Q(rewards__state=RewardState.APPROVED)
    return (
        RewardApplication.objects.within(actor.access.area)  # type: ignore[arg-type]
        .select_related("made_by", "confirmed_by")
        .annotate(
            rows_count=Count("rewards"),
            amount_fen=_sum(PAYABLE),
            waiting_count=Count("rewards", filter=Q(rewards__state=RewardState.APPLIED)),
            approved_count=Count("rewards", filter=approved),
            returned_count=Count("rewards", filter=Q(rewards__state=RewardState.RETURNED)),
            received_count=Count("rewards", filter=Q(rewards__state=RewardState.RECEIVED)),
            paid_count=Count("rewards", filter=Q(rewards__state=RewardState.PAID)),
            due_fen=_sum(F("rewards__approved_fen") - F("rewards__held_fen"), approved),
        )
        .order_by("-pk")
    )


def _sum(what: Any, only: Q | None = None) -> Coalesce:
    return Coalesce(Sum(what, filter=only), 0, output_field=BigIntegerField())


def application(actor: User, pk: int) -> RewardApplication:
    """One application with its figures. Raises NotInArea."""
    return _one(applications_within(actor), pk)


def application_word(found: Any) -> str:
    """Where an annotated application stands, derived from its rows."""
    if found.state != ProposalState.CONFIRMED:
        return str(found.get_state_display())
    counts = (
        (found.waiting_count, RewardState.APPLIED),
        (found.approved_count, RewardState.APPROVED),
        (found.received_count, RewardState.RECEIVED),
        (found.paid_count, RewardState.PAID),
    )
    return str(next((state.label for count, state in counts if count), RewardState.RETURNED.label))


def payments_within(actor: User) -> QuerySet[RewardPayment]:
    """Payment runs of the area: annotated `rows_count`, `amount_fen`."""
    require_role(actor, steps.READERS)
    rows = RewardPayment.objects.within(actor.access.area)  # type: ignore[arg-type]
    return (
        rows.select_related("made_by", "confirmed_by")
        .annotate(rows_count=Count("rewards"), amount_fen=_sum("rewards__approved_fen"))
        .order_by("-pk")
    )


def payment(actor: User, pk: int) -> RewardPayment:
    """One payment run. Raises NotInArea."""
    return _one(payments_within(actor), pk)


def budgets_within(actor: User) -> QuerySet[Budget]:
    """Budgets of the area, newest first."""
    require_role(actor, steps.READERS)
    rows = Budget.objects.within(actor.access.area)  # type: ignore[arg-type]
    return rows.select_related("entered_by", "agreed_by").order_by("-year", "-pk")


def rates_within(actor: User) -> QuerySet[DecidedRate]:
    """Decided rates of the area, newest first."""
    require_role(actor, steps.READERS)
    rows = DecidedRate.objects.within(actor.access.area)  # type: ignore[arg-type]
    return rows.select_related("decided_by", "confirmed_by").order_by("-year", "-pk")


def offsets_within(actor: User) -> QuerySet[Offset]:
    """Offsets of the area: what villages owe of earlier rewards, open ones first; a clerk sees his village's."""
    require_role(actor, steps.READERS | steps.VILLAGE)
    rows = Offset.objects.within(actor.access.area)  # type: ignore[arg-type]
    return rows.select_related("organisation__region__parent", "reward").order_by("state", "-pk")


def offset(actor: User, pk: int) -> Offset:
    """One offset. Raises NotInArea."""
    return _one(offsets_within(actor), pk)


def open_offsets(actor: User) -> dict[str, int]:
    """How many offsets are open, and what is left of them."""
    rows = offsets_within(actor).filter(state=OffsetState.OPEN).order_by()
    found = rows.aggregate(count=Count("pk"), fen=_sum(F("amount_fen") - F("settled_fen")))
    return {"count": found["count"], "fen": found["fen"]}


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """A year's budget and what became of it, in fen: total = reserved + paid + rest; approved = reserved + paid."""

    year: int
    budget: Budget | None
    total_fen: int
    reserved_fen: int
    paid_fen: int
    waiting_fen: int
    waiting_count: int
    approved_count: int

    @property
    def approved_fen(self) -> int:
        return self.reserved_fen + self.paid_fen

    @property
    def rest_fen(self) -> int:
        return self.total_fen - self.approved_fen


NO_USE = BudgetUse(0, None, 0, 0, 0, 0, 0, 0)


def budget_use(county_code: str, year: int) -> BudgetUse:
    """The budget in force of a county's plan year, in two statements."""
    return budget_uses(Budget.objects.filter(county_code=county_code, year=year)).get(
        (county_code, year), NO_USE
    )


def budget_uses(budgets: QuerySet[Budget]) -> dict[tuple[str, int], BudgetUse]:
    """What became of each county's and year's budget among these entries, in two statements."""
    approved = Q(state__in=[RewardState.APPROVED, RewardState.RECEIVED])
    paid, waiting = Q(state=RewardState.PAID), Q(state=RewardState.APPLIED)
    counties = {budget.county_code for budget in budgets}
    rows = Reward.objects.filter(county_code__in=counties)
    sums = (
        rows.order_by()
        .values("county_code", "year")
        .annotate(
            reserved=_sum("approved_fen", approved),
            paid=_sum("approved_fen", paid),
            waiting=_sum(F("determined_fen") - F("offset_fen"), waiting),
            waiting_count=Count("pk", filter=waiting),
            approved_count=Count("pk", filter=approved | paid),
        )
    )
    used = {(row["county_code"], row["year"]): row for row in sums}
    in_force = {(b.county_code, b.year): b for b in budgets if b.state == BudgetState.AGREED}
    return {
        key: BudgetUse(key[1], in_force.get(key), **_used(used.get(key, {}), in_force.get(key)))
        for key in set(used) | set(in_force)
    }


def _used(row: Any, budget: Budget | None = None) -> dict[str, int]:
    return {
        "total_fen": budget.total_fen if budget else 0,
        "reserved_fen": row.get("reserved", 0),
        "paid_fen": row.get("paid", 0),
        "waiting_fen": row.get("waiting", 0),
        "waiting_count": row.get("waiting_count", 0),
        "approved_count": row.get("approved_count", 0),
    }


def sums_of(rows: QuerySet[Reward]) -> dict[str, Any]:
    """Count and column sums of rows, for the foot of a table."""
    due = Coalesce("approved_fen", F("determined_fen") - F("offset_fen"))
    named = {"count": Count("pk"), "headcount": Coalesce(Sum("headcount"), 0), "payable_fen": _sum("due")}
    # An aggregate named like its column would shadow it for the next one.
    sums = {f"{name}_sum": _sum(f"{name}_fen") for name in SUMMED}
    found = rows.order_by().annotate(due=due).aggregate(**named, **sums)
    return {key.replace("_sum", "_fen"): value for key, value in found.items()}


def knows_money(actor: User, *, on: date) -> bool:
    """Whether the actor's place rewards with money on a day, or did so before (JN-13)."""
    area = actor.access.area
    if area is None:
        return False
    code = area.code or NATIONAL_CODE
    return gives_reward_money(rulebook(code, on=on)) or Reward.objects.within(area).exists()


def knows_commendation(actor: User, *, on: date) -> bool:
    """Whether the actor's place commends its organisations (通报表扬, JN-13)."""
    area = actor.access.area
    return area is not None and commends(rulebook(area.code or NATIONAL_CODE, on=on))


def counties_with_rewards(actor: User) -> list[dict[str, Any]]:
    """For a reader above the county: each county with rows, their number and newest year."""
    rows = rewards_within(actor).order_by("county_code").values("county_code")
    names = dict(Region.objects.filter(level="county").values_list("code", "name"))
    found = rows.annotate(count=Count("pk"), year=Max("year"))
    return [row | {"name": names.get(row["county_code"], row["county_code"])} for row in found]


def notices_within(actor: User) -> QuerySet[CommendationNotice]:
    """Notices of the area with `rows_count` and `amount_fen`, newest first; offices only."""
    require_role(actor, steps.READERS)
    rows = CommendationNotice.objects.within(actor.access.area)  # type: ignore[arg-type]
    return (
        rows.select_related("made_by", "confirmed_by")
        .annotate(
            rows_count=Count("rows"), amount_fen=_sum("rows__amount_fen"), headcount=_sum("rows__headcount")
        )
        .order_by("-pk")
    )


def notice(actor: User, pk: int) -> CommendationNotice:
    """One notice. Raises NotInArea."""
    return _one(notices_within(actor), pk)


def commendations_within(actor: User) -> QuerySet[Commendation]:
    """The register: organisations of the area on a confirmed notice."""
    require_role(actor, steps.COMMENDATION_READERS)
    rows = Commendation.objects.within(actor.access.area)  # type: ignore[arg-type]
    confirmed = rows.filter(notice__state=ProposalState.CONFIRMED)
    return confirmed.select_related("notice", "organisation__region__parent")


def search_commendations(rows: QuerySet[Commendation], words: str) -> QuerySet[Commendation]:
    """Rows by words of the village's, the town's or the organisation's name, or by the notice's number."""
    words = words.strip()
    if not words:
        return rows
    return rows.filter(
        Q(organisation__name__contains=words)
        | Q(organisation__region__name__contains=words)
        | Q(organisation__region__parent__name__contains=words)
        | Q(notice__number__contains=words)
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that may be commended for a year, with what it subsidised."""

    organisation: CollectiveOrganisation
    headcount: int
    amount_fen: int


def commendation_candidates(actor: User, county_code: str, year: int) -> list[Candidate]:
    """Organisations of a county that subsidised in a year and are on no notice of it, most money first."""
    require_role(actor, steps.READERS)
    sums = subsidised_of(county_code, year)
    area = actor.access.area
    assert area is not None
    rows = CollectiveOrganisation.objects.within(area).filter(pk__in=sums, county_code=county_code)
    taken = Commendation.objects.filter(year=year, is_live=True).values("organisation")
    found = rows.exclude(pk__in=taken).select_related("region__parent")
    made = [Candidate(row, sums[row.pk].headcount, sums[row.pk].amount_fen) for row in found]
    return sorted(made, key=lambda one: (-one.amount_fen, one.organisation.village_code))
