"""The rate a district decides for a year, at or below the ceiling (A-05): one officer decides, another confirms."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.errors import TransitionNotAllowed
from core.lengths import DOCUMENT_TEXT, REMARK_TEXT
from core.workflow import By, Effect, require_text, run_creation, run_step
from policies.selectors import rulebook
from rewards import workflow as steps
from rewards.enums import ProposalState
from rewards.models import DecidedRate
from rewards.rules import require_money, require_rate
from rewards.services.rows import county_of
from subsidies.rules.judged import cited


def propose_rate(county_code: str, year: int, *, by: By, rate_ppm: int, document: str) -> DecidedRate:
    """Enter the rate decided for a plan year, with its document, for another officer to confirm.

    Raises RuleViolation E-REWARD-RATE above the ceiling, W-NO-RATE without one, TransitionNotAllowed where another
    proposal waits. Source: CS-13, A-05.
    """
    document = require_text(document, _("请写明确定比例的文件名称或文号。"), name="document")[:DOCUMENT_TEXT]
    county = county_of(county_code, by=by)

    def create() -> tuple[DecidedRate, Effect]:
        rules = rulebook(county_code, on=by.on)
        require_money(rules)
        ceiling = require_rate(rate_ppm, rules, year)
        _refuse_second(county_code, year)
        rate = DecidedRate.objects.create(
            year=year,
            rate_ppm=rate_ppm,
            document=document,
            decided_by=by.actor,
            last_acted_on=by.on,
            **county.area_codes(),
        )
        return rate, Effect(figures={"year": year, "rate_ppm": rate_ppm}, clause=cited(ceiling)[:REMARK_TEXT])

    return run_creation(steps.PROPOSE_RATE, county, by=by, create=create)


def _refuse_second(county_code: str, year: int) -> None:
    waiting = DecidedRate.objects.filter(county_code=county_code, year=year, state=ProposalState.PROPOSED)
    if waiting.exists():
        raise TransitionNotAllowed(_("%(year)d年度已有一个比例待复核，请先办结。") % {"year": year})


def confirm_rate(rate_id: int, *, by: By) -> DecidedRate:
    """Another officer confirms; an earlier decision of the year is replaced. Rows follow at the next reckoning."""

    def effect(rate: DecidedRate) -> Effect:
        require_rate(rate.rate_ppm, rulebook(rate.county_code, on=by.on), rate.year)
        earlier = DecidedRate.objects.filter(
            county_code=rate.county_code, year=rate.year, state=ProposalState.CONFIRMED
        )
        earlier.update(state=ProposalState.REPLACED)
        rate.confirmed_by = by.actor
        return Effect(changed=("confirmed_by",), figures={"year": rate.year, "rate_ppm": rate.rate_ppm})

    return run_step(steps.CONFIRM_RATE, DecidedRate.objects.all(), rate_id, by=by, effect=effect)


def refuse_rate(rate_id: int, *, by: By, reason: str) -> DecidedRate:
    """The checker sends a proposed rate back."""
    reason = require_text(reason, _("请写明退回的理由。"))

    def effect(rate: DecidedRate) -> Effect:
        rate.refused_reason = reason[:REMARK_TEXT]
        return Effect(changed=("refused_reason",), note=reason)

    return run_step(steps.REFUSE_RATE, DecidedRate.objects.all(), rate_id, by=by, effect=effect)
