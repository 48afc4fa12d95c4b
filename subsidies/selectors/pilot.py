"""Who takes part in the pilot, and who of them is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Max, Q

from core.access import Area
from policies.rules import SELECTED_COUNTIES
from policies.selectors import Rulebook
from subsidies.enums import ApplicationState, LineState, PlanKind, PlanState
from subsidies.models import Application, Plan
from subsidies.rules.pilot import PilotFacts, pilot_period
from subsidies.selectors.county_pilots import selected_names
from villages.models import Region

GRANTED = (LineState.ELIGIBLE, LineState.REMITTED, LineState.POSTED, LineState.REFUNDED)
DONE = (ApplicationState.POSTED, ApplicationState.INFORMED, ApplicationState.CLOSED)


def pilot_facts(plan: Plan, *, rulebook: Rulebook) -> PilotFacts:
    """What `judge_pilot` asks of a plan's organisation; counts the others only where their number is limited."""
    codes = (plan.county_code, plan.town_code, plan.village_code)
    places = Region.objects.in_bulk(codes)
    names = {code: place.short_name for code, place in places.items()}
    scope = rulebook.get("pilot_scope")
    asks_county = scope is not None and scope.value == SELECTED_COUNTIES
    selected = selected_names(plan.county_code, on=rulebook.on) if asks_county else {}
    return PilotFacts(
        town_code=plan.town_code,
        town_name=names[plan.town_code],
        others_count=_others_count(plan, rulebook),
        village_code=plan.village_code,
        village_name=names[plan.village_code],
        village_unit=places[plan.village_code].unit_type,
        county_name=names[plan.county_code],
        year=plan.year,
        county_is_selected=plan.county_code in selected,
        selected_names=tuple(selected.values()),
    )


def _others_count(plan: Plan, rulebook: Rulebook) -> int:
    period = pilot_period(rulebook)
    if period is None:
        return 0
    joined = Q(state__in=[PlanState.IN_FORCE, PlanState.SUPERSEDED])
    # An organisation that ended its plan before anything was granted has left the batch.
    joined |= Q(state=PlanState.ENDED, lines__state__in=GRANTED)
    plans = Plan.objects.filter(joined, county_code=plan.county_code, in_force_on__range=period)
    # Whoever spends a donor's money alone does not take part in the pilot of the collective's own.
    plans = plans.exclude(kind=PlanKind.SPONSORED)
    others = plans.exclude(organisation_id=plan.organisation_id)
    return others.values("organisation_id").distinct().count()


def pilot_done_count(area: Area, *, year: int, towns: Iterable[str], on: date) -> int:
    """How many organisations of the towns have a batch of the year wholly posted by a day (A-12)."""
    batches = Application.objects.within(area).filter(year=year, state__in=DONE, town_code__in=list(towns))
    batches = batches.exclude(plan__kind=PlanKind.SPONSORED)
    done = batches.annotate(done_on=Max("lines__posted_on")).filter(done_on__lte=on)
    return done.values("organisation_id").distinct().count()
