"""What must hold before a batch is drawn up or handed in: the plan in force and filed, its year open."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.errors import RuleViolation
from core.workflow import By
from ledger.enums import Source
from policies.selectors import cite_ground, rulebook
from subsidies.enums import PlanState
from subsidies.models import Application, Plan
from subsidies.rules.closing import year_is_closed
from subsidies.services.filings import require_filed
from subsidies.services.pausing import require_goes_on


def require_ready(plan: Plan, by: By) -> None:
    """The programme goes on, every office filed the plan, and it is in force: what is named is what is missing.

    Raises RuleViolation (E-SUSPENDED, E-FILING, E-PLAN).
    """
    require_goes_on(plan, year=plan.year, on=by.on)
    if plan.state != PlanState.DRAFT:
        require_filed(plan, on=by.on)
    if plan.state != PlanState.IN_FORCE:
        raise RuleViolation(
            _("这个方案现在是“%(state)s”，不能据以申请。请用已生效的方案。")
            % {"state": plan.get_state_display()},
            code="E-PLAN",
        )


def require_open_year(of_year: Plan | Application, by: By) -> None:
    """Raise RuleViolation (E-YEAR-CLOSED) where the year's reward, in which this money counts, is determined."""
    if _is_rewarded(of_year, by) and year_is_closed(of_year.organisation_id, of_year.year):
        raise RuleViolation(
            _("%(year)d年度的财政奖励已经核定，不再受理这个年度的申请。") % {"year": of_year.year},
            code="E-YEAR-CLOSED",
            clause=cite_ground(of_year, "reward", on=by.on),
        )


def _is_rewarded(of_year: Plan | Application, by: By) -> bool:
    """Whether the batch's money counts in the reward that closes the year; donors' money commonly does not (A-07)."""
    plan = of_year if isinstance(of_year, Plan) else of_year.plan
    rules = rulebook(of_year.village_code, on=by.on)
    return plan.source != Source.SPONSOR or rules.flag("source_in_reward_base", Source.SPONSOR)
