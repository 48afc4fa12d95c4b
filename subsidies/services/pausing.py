"""The guard of every plan and application: nothing new in a closed year, or while the programme is suspended."""

from __future__ import annotations

from datetime import date

from policies.selectors import rulebook
from subsidies.models import Application, Plan
from subsidies.rules.closing import require_year_open
from subsidies.rules.judged import Judged, require_none_refuses
from subsidies.rules.suspensions import judge_suspended
from subsidies.selectors.suspensions import spans_of
from villages.models import CollectiveOrganisation


def require_goes_on(place: Plan | Application | CollectiveOrganisation, *, year: int, on: date) -> None:
    """Raise RuleViolation where the year is closed (E-YEAR-CLOSED) or the programme suspended (E-SUSPENDED).

    Must run in a transaction: the village's row is held, so that a closing of the year waits for this act, or this act
    finds it closed. Source: A-17, NX-18, NX-19.
    """
    organisation_id = place.pk if isinstance(place, CollectiveOrganisation) else place.organisation_id
    rows = CollectiveOrganisation.objects.filter(pk=organisation_id)
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    require_year_open(place.county_code, year)
    require_not_suspended(place, year=year, on=on)


def require_not_suspended(place: Plan | Application | CollectiveOrganisation, *, year: int, on: date) -> None:
    """Raise RuleViolation (E-SUSPENDED) while suspended, and afterwards for a suspended year. Source: NX-18, NX-19."""
    require_none_refuses(_judge(place, year, on))


def judge_paused(plan: Plan, *, on: date) -> list[Judged]:
    """What pages say of it beforehand."""
    return _judge(plan, plan.year, on)


def _judge(place: Plan | Application | CollectiveOrganisation, year: int, on: date) -> list[Judged]:
    organisation_id = place.pk if isinstance(place, CollectiveOrganisation) else place.organisation_id
    spans = spans_of(organisation_id, on=on)
    if not spans:
        return []
    rules = rulebook(place.village_code, on=on)
    return list(judge_suspended(spans, year=year, on=on, rulebook=rules))
