"""The district board: how far the rollout is against the goals of the document, and where batches wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import ExtractMonth

from core.access import require_role
from core.look import Bar, Finding
from core.models import User
from core.money import PPM, yuan_text
from ledger.enums import Source
from policies.rules import (
    day_of_year,
    organisations_needed,
    organisations_needed_in_a_town,
    workflow_steps,
)
from policies.selectors import Rulebook, rulebook
from subsidies.enums import ApplicationState, LineState, PlanState, RefundState
from subsidies.models import Application, Line, Plan, Refund
from subsidies.rules.pilot import judge_pilot_progress
from subsidies.selectors.pilot import pilot_done_count
from subsidies.workflow.applications import READERS as BATCH_READERS
from villages.enums import AGENCY, FINANCE, READERS
from villages.models import CollectiveOrganisation, Region

BOARD_READERS = AGENCY | FINANCE | READERS
POSTED = (LineState.POSTED, LineState.REFUNDED)
# Which states wait at which step of the year's way.
WAITING_AT = {
    ApplicationState.DRAFT: 2,
    ApplicationState.RETURNED: 2,
    ApplicationState.SUBMITTED: 3,
    ApplicationState.VERIFIED: 3,
    ApplicationState.NOTIFIED: 4,
    ApplicationState.REMITTED: 5,
    ApplicationState.POSTED: 6,
    ApplicationState.INFORMED: 6,
}
PLAN_STEP, REFUND_STEP = 1, 7
WAN_FEN = 1_000_000


@dataclass(slots=True)
class TownRow:
    """One town: how many of its organisations subsidise, for how many persons, with how much.

    `in_time` are those whose first line was posted before the year's goal fell due (A-10).
    """

    region: Region
    registered: int = 0
    begun: int = 0
    in_time: int = 0
    persons: int = 0
    amount_fen: int = 0
    villages: list[dict[str, Any]] = field(default_factory=list)


def board(actor: User, *, on: date, year: int, open_town: str = "") -> dict[str, Any]:
    """Everything the board shows for one plan year as of a day, in a constant number of queries."""
    area = require_role(actor, BOARD_READERS, "工作进度").area
    assert area is not None
    # A township has no goal of its own but one village; what it wants to see is its villages, one by one.
    own_town = area.own_town
    open_town = own_town or open_town
    rules = rulebook(area.code, on=on)
    # Donors' money is no subsidy of the village: it stands in the report on sponsorship.
    posted = Line.objects.within(area).filter(
        year=year, state__in=POSTED, source=Source.COLLECTIVE, posted_on__lte=on
    )
    last_day = last_day_of(rules, year, on)
    rows = _towns(area, posted, open_town, last_day)
    return {
        "year": year,
        "area_title": actor.access.area_title,
        "own_town": own_town,
        "may_read_batches": actor.access.may(BATCH_READERS),
        "rows": rows,
        "open_town": open_town,
        "total": _totals(rows),
        "goals": goals_of(rules, rows, year),
        "refunded_fen": _refunded(area, year, on),
        "waiting": _waiting(area, rules, year, on),
        "months": _months(posted, year),
        "document": _document(rules),
        "first_batch": first_batch(area, rules, year, on),
    }


def last_day_of(rules: Rulebook, year: int, on: date) -> date:
    """The day as of which the year's goal is counted: its last day, or earlier while the year runs (A-10, A-11)."""
    last = rules.get("goal_last_day", year=year)
    return min(on, day_of_year(last, year)) if last else on


def _towns(area: Any, posted: Any, open_town: str, last_day: date) -> list[TownRow]:
    filters = {k.replace("village_code", "town_code"): v for k, v in area.filters().items()}
    rows = {r.code: TownRow(r) for r in Region.objects.filter(level="township", **filters)}
    organisations = CollectiveOrganisation.objects.within(area).filter(registered_on__lte=last_day)
    for town, count in organisations.values_list("town_code").annotate(n=Count("pk")).order_by():
        if town in rows:
            rows[town].registered = count
    figures = posted.values(
        "town_code", "village_code", "organisation__region__short_name", "organisation_id"
    )
    for row in figures.annotate(
        persons=Count("person", distinct=True), fen=Sum("amount_fen"), first_on=Min("posted_on")
    ).order_by():
        town = rows.get(row["town_code"])
        if town is None:
            continue
        town.begun += 1
        town.in_time += row["first_on"] <= last_day
        town.persons += row["persons"]
        town.amount_fen += row["fen"]
        if row["town_code"] == open_town:
            town.villages.append(row)
    if open_town in rows:
        rows[open_town].villages = _with_idle(organisations, rows[open_town].villages, open_town)
    return sorted(rows.values(), key=lambda r: (-r.amount_fen, r.region.code))


def _with_idle(organisations: Any, begun: list[dict[str, Any]], town: str) -> list[dict[str, Any]]:
    """The villages of a town: those that subsidise by sum, then those that have not begun."""
    known = {row["organisation_id"] for row in begun}
    idle = organisations.filter(town_code=town).exclude(pk__in=known).order_by("village_code")
    return sorted(begun, key=lambda row: (-row["fen"], row["village_code"])) + [
        {
            "village_code": code,
            "organisation__region__short_name": name,
            "organisation_id": pk,
            "persons": 0,
            "fen": 0,
            "first_on": None,
        }
        for pk, code, name in idle.values_list("pk", "village_code", "region__short_name")
    ]


def _totals(rows: list[TownRow]) -> dict[str, int]:
    return {
        "towns": len(rows),
        "towns_begun": sum(1 for row in rows if row.begun),
        "registered": sum(row.registered for row in rows),
        "begun": sum(row.begun for row in rows),
        "persons": sum(row.persons for row in rows),
        "amount_fen": sum(row.amount_fen for row in rows),
    }


def goals_of(rules: Rulebook, rows: list[TownRow], year: int) -> dict[str, Any]:
    """The year's goals and how far the towns are: share and number needed of the registered (CS-05, CS-19, A-11)."""
    in_time, registered = sum(row.in_time for row in rows), sum(row.registered for row in rows)
    per_town = organisations_needed_in_a_town(rules, year)
    towns_in_time = sum(1 for row in rows if row.in_time >= per_town)
    needed = organisations_needed(rules, year, registered)
    return {
        "towns": rules.get("goal_towns", year=year),
        "towns_in_time": towns_in_time,
        "towns_ppm": towns_in_time * PPM // len(rows) if rows else 0,
        "missing_towns": sorted(
            (row for row in rows if row.in_time < per_town), key=lambda row: row.region.code
        ),
        "needed": needed,
        "share": rules.get("goal_organisation_share", year=year),
        "in_time": in_time,
        "lacking": max((needed or 0) - in_time, 0),
        "over": max(in_time - (needed or 0), 0),
        "begun_ppm": in_time * PPM // registered if registered else 0,
    }


def first_batch(area: Any, rules: Rulebook, year: int, on: date) -> list[Finding]:
    """What is behind with the first batch (CS-18); shown in its year until it is made up for."""
    goal = rules.get("goal_first_batch_on")
    # The number is the whole district's: a town's board says nothing of it.
    whole = area.column() == "county_code"
    if goal is None or not whole or not isinstance(goal.value, date) or goal.value.year != year:
        return []
    first = rulebook(area.code, on=min(on, goal.value))
    done = pilot_done_count(area, year=year, towns=first.table("pilot_town"), on=on)
    found = judge_pilot_progress(done, rulebook=first, due_on=goal.value, on=on)
    return [one.as_finding() for one in found]


def _refunded(area: Any, year: int, on: date) -> int:
    rows = Refund.objects.within(area).filter(year=year, state=RefundState.REVERSED, paid_on__lte=on)
    return rows.aggregate(n=Sum("amount_fen"))["n"] or 0


def _waiting(area: Any, rules: Rulebook, year: int, on: date) -> list[dict[str, Any]]:
    counts: Counter[int] = Counter()
    since: dict[int, date] = {}
    batches = Application.objects.within(area).filter(year=year, state__in=list(WAITING_AT))
    plans = Plan.objects.within(area).filter(
        year=year, state__in=[PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED]
    )
    refunds = Refund.objects.within(area).filter(
        ~Q(state__in=[RefundState.REVERSED, RefundState.REFUSED]), year=year
    )
    sources = [
        *((WAITING_AT[ApplicationState(s)], n, first) for s, n, first in _by_state(batches)),
        *((PLAN_STEP, n, first) for _s, n, first in _by_state(plans)),
        *((REFUND_STEP, n, first) for _s, n, first in _by_state(refunds)),
    ]
    for step, count, first in sources:
        counts[step] += count
        if first:
            since[step] = min(first, since.get(step, first))
    most = max(counts.values(), default=1)
    return [
        {"step": step, "count": counts[step.number], "most": most, "days": _days(since.get(step.number), on)}
        for step in workflow_steps(rules)
        if step.number <= REFUND_STEP
    ]


def _by_state(rows: Any) -> Any:
    return rows.order_by().values_list("state").annotate(n=Count("pk"), first=Min("last_acted_on"))


def _days(since: date | None, on: date) -> int | None:
    return max((on - since).days, 0) if since else None


def _months(posted: Any, year: int) -> list[Bar]:
    sums: dict[int, int] = defaultdict(int)
    of_year = posted.filter(posted_on__year=year).order_by()
    for month, fen in of_year.values_list(ExtractMonth("posted_on")).annotate(n=Sum("amount_fen")):
        sums[month] += fen
    if not sums:
        return []
    return [
        Bar(f"{month}月", sums[month], yuan_text(sums[month] * 10 // WAN_FEN * 10).removesuffix("0"))
        for month in range(min(sums), max(sums) + 1)
    ]


def _document(rules: Rulebook) -> str:
    found = (
        rules.get("goal_towns", year=min(rules.years("goal_towns"), default=0))
        if rules.years("goal_towns")
        else None
    )
    return found.clause.document if found else ""
