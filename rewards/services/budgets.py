"""The year's reward budget: entered by one finance officer, agreed by another, raised or lowered the same way."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.errors import InvalidInput, RuleViolation, TransitionNotAllowed
from core.lengths import DOCUMENT_TEXT, REMARK_TEXT
from core.money import MAX_FEN, yuan_text
from core.workflow import By, Effect, require_text, run_creation, run_step
from policies.selectors import reason_text, rulebook
from rewards import workflow as steps
from rewards.enums import BudgetState
from rewards.models import Budget
from rewards.rules import require_money
from rewards.services.computing import lock_county
from rewards.services.rows import county_of
from subsidies.services.numbers import paper_number


def enter_budget(county_code: str, year: int, *, by: By, total_fen: int, document: str) -> Budget:
    """Enter the budget of a plan year's rewards, or a new total for it, for another finance officer to agree.

    Raises InvalidInput, TransitionNotAllowed where another proposal waits. Source: CS-36, A-53.
    """
    document = require_text(document, _("请写明预算的文件名称或文号。"), name="document")[:DOCUMENT_TEXT]
    if not 0 < total_fen <= MAX_FEN:
        raise InvalidInput(_("预算应大于0。"), fields={"total_fen": [_("预算应大于0")]})
    county = county_of(county_code, by=by)

    def create() -> tuple[Budget, Effect]:
        require_money(rulebook(county_code, on=by.on))
        if Budget.objects.filter(county_code=county_code, year=year, state=BudgetState.PROPOSED).exists():
            raise TransitionNotAllowed(_("%(year)d年度已有一笔预算待复核，请先办结。") % {"year": year})
        budget = Budget.objects.create(
            year=year,
            total_fen=total_fen,
            document=document,
            entered_by=by.actor,
            last_acted_on=by.on,
            **county.area_codes(),
        )
        return budget, Effect(amount_fen=total_fen, figures={"year": year})

    return run_creation(steps.ENTER_BUDGET, county, by=by, create=create)


def agree_budget(budget_id: int, *, by: By) -> Budget:
    """Another finance officer agrees; the total takes the place of the one in force, with what it reserved.

    Raises SeparationOfDuties, RuleViolation E-BUDGET where more is approved already than the new total.
    """

    def effect(budget: Budget) -> Effect:
        lock_county(budget.county_code)
        earlier = agreed_budget(budget.county_code, budget.year)
        if earlier is not None:
            budget.reserved_fen = earlier.reserved_fen
            if earlier.reserved_fen > budget.total_fen:
                raise _exceeded(budget, earlier.reserved_fen - budget.total_fen, rest=0)
            Budget.objects.filter(pk=earlier.pk).update(state=BudgetState.REPLACED)
        rules = rulebook(budget.county_code, on=by.on)
        budget.number = paper_number("reward_budget", budget, year=by.on.year, rulebook=rules)
        budget.agreed_by = by.actor
        figures = {"year": budget.year, "before_fen": earlier.total_fen if earlier else 0}
        return Effect(
            changed=("agreed_by", "number", "reserved_fen"), amount_fen=budget.total_fen, figures=figures
        )

    return run_step(steps.AGREE_BUDGET, Budget.objects.all(), budget_id, by=by, effect=effect)


def refuse_budget(budget_id: int, *, by: By, reason: str) -> Budget:
    """A finance officer does not agree, or the one who entered it takes it back."""
    reason = require_text(reason, _("请写明不同意的理由。"))

    def effect(budget: Budget) -> Effect:
        budget.refused_reason = reason[:REMARK_TEXT]
        return Effect(changed=("refused_reason",), amount_fen=budget.total_fen, note=reason)

    return run_step(steps.REFUSE_BUDGET, Budget.objects.all(), budget_id, by=by, effect=effect)


def decide_budget(budget_id: int, *, by: By, agrees: bool, reason: str = "") -> Budget:
    """Agree to a proposed budget or refuse it with a reason."""
    return agree_budget(budget_id, by=by) if agrees else refuse_budget(budget_id, by=by, reason=reason)


def agreed_budget(county_code: str, year: int, *, locked: bool = True) -> Budget | None:
    """The budget in force of a county's plan year, locked unless asked otherwise."""
    rows = Budget.objects.filter(county_code=county_code, year=year, state=BudgetState.AGREED)
    return (rows.select_for_update() if locked else rows).first()


def reserve_budget(county_code: str, year: int, amount_fen: int) -> None:
    """Reserve a sum of the year's budget under its row's lock. Raises RuleViolation E-BUDGET."""
    budget = agreed_budget(county_code, year)
    if budget is None:
        raise RuleViolation(
            _("%(year)d年度还没有生效的奖励预算，请先录入并由另一人同意。") % {"year": year},
            code="E-BUDGET",
        )
    if budget.reserved_fen + amount_fen > budget.total_fen:
        raise _exceeded(budget, budget.reserved_fen + amount_fen - budget.total_fen, rest=budget.rest_fen)
    budget.reserved_fen += amount_fen
    budget.save(update_fields=["reserved_fen"])


def _exceeded(budget: Budget, over_fen: int, *, rest: int) -> RuleViolation:
    return RuleViolation(
        f"{reason_text('E-BUDGET', rest=yuan_text(rest))}{_('，差%(over)s元。') % {'over': yuan_text(over_fen)}}",
        code="E-BUDGET",
        rest_fen=rest,
        over_fen=over_fen,
        total_fen=budget.total_fen,
    )
