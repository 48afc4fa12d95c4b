"""The guard of every plan and application: nothing new while a village's programme is suspended."""

from __future__ import annotations

from datetime import date

from policies.selectors import rulebook
from subsidies.models import Application, Plan
from subsidies.rules.judged import require_none_refuses
from subsidies.rules.suspensions import judge_suspended
from subsidies.selectors.suspensions import spans_of
from villages.models import CollectiveOrganisation


def require_not_suspended(place: Plan | Application | CollectiveOrganisation, *, year: int, on: date) -> None:
    """Raise RuleViolation (E-SUSPENDED) while suspended, and afterwards for a suspended year. Source: NX-18, NX-19."""
    organisation_id = place.pk if isinstance(place, CollectiveOrganisation) else place.organisation_id
    spans = spans_of(organisation_id, on=on)
    if spans:
        rules = rulebook(place.village_code, on=on)
        require_none_refuses(judge_suspended(spans, year=year, on=on, rulebook=rules))
