"""The guard of every plan and application: nothing new while a village's programme is suspended."""

from __future__ import annotations

from datetime import date

from policies.selectors import rulebook
from subsidies.models import Application, Plan
from subsidies.rules.judged import Judged, require_none_refuses
from subsidies.rules.suspensions import judge_suspended
from subsidies.selectors.suspensions import spans_of
from villages.models import CollectiveOrganisation


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
