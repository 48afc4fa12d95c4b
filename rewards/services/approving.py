"""Finance's word on each village's row: agreed, reduced or returned, within the year's budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.lengths import REMARK_TEXT
from core.money import yuan_text
from core.workflow import By, Effect
from rewards import workflow as steps
from rewards.enums import RewardState, Verdict
from rewards.models import Reward
from rewards.services.budgets import reserve_budget
from rewards.services.rows import run_rows
from rewards.services.taking_apart import return_excess

CHANGED = (
    "approved_fen", "approved_by", "approved_on", "finance_reason", "held_fen", "money_moves", "received_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowDecision:
    """What finance says to one row; `amount_fen` for a reduction only, `reason` for all but a plain yes."""

    reward_id: int
    verdict: str = Verdict.APPROVE
    amount_fen: int | None = None
    reason: str = ""


def approve(decisions: Iterable[RowDecision], *, by: By) -> list[Reward]:
    """Agree to, reduce or return applied rows of one county and year, all or none.

    Raises InvalidInput, SeparationOfDuties (who determined it), RuleViolation E-BUDGET, TransitionNotAllowed.
    Source: CS-36, A-53.
    """
    by_row = _by_row(decisions)
    with transaction.atomic():
        rows = run_rows(steps.APPROVE, by_row, by=by, effect=lambda row: _effect(row, by_row[row.pk], by))
        places = {(row.county_code, row.year) for row in rows}
        if len(places) > 1:
            raise InvalidInput(_("一次只能批复一个区县一个年度的奖励。"))
        total = approved_sum(rows)
        if total:
            county, year = places.pop()
            reserve_budget(county, year, total)
    return rows


def approved_sum(rows: Sequence[Reward]) -> int:
    """What the rows take from the budget."""
    return sum(row.approved_fen or 0 for row in rows)


def _by_row(decisions: Iterable[RowDecision]) -> dict[int, RowDecision]:
    found: dict[int, RowDecision] = {}
    for one in decisions:
        if one.reward_id in found:
            raise InvalidInput(_("同一个村给了两个意见，请只留一个。"))
        found[one.reward_id] = one
    return found


def _effect(row: Reward, decision: RowDecision, by: By) -> Effect:
    asked = row.payable_fen or 0
    row.finance_reason = _reason(row, decision)
    if decision.verdict == Verdict.RETURN:
        return Effect(
            changed=CHANGED,
            target=RewardState.RETURNED,
            amount_fen=asked,
            reason_code=Verdict.RETURN,
            note=row.finance_reason,
        )
    row.approved_fen = asked if decision.verdict == Verdict.APPROVE else _reduced(row, decision, asked)
    row.approved_by, row.approved_on = by.actor, by.on
    returned = return_excess(row, keep_fen=row.approved_fen, on=by.on)
    # The agency still holds it all from before the refund: nothing is to be sent again.
    is_there = row.held_fen == row.approved_fen
    return Effect(
        changed=CHANGED,
        target=RewardState.RECEIVED if is_there else RewardState.APPROVED,
        rows_count=row.headcount,
        amount_fen=row.approved_fen,
        reason_code=decision.verdict,
        note=row.finance_reason,
        figures={"asked_fen": asked, "returned_fen": returned},
    )


def _reason(row: Reward, decision: RowDecision) -> str:
    if decision.verdict not in Verdict.values:
        raise InvalidInput(_("批复意见只能是同意、核减或退回。"))
    reason = decision.reason.strip()[:REMARK_TEXT]
    if not reason and decision.verdict != Verdict.APPROVE:
        word = Verdict(decision.verdict).label
        message = _("%(village)s：请写明%(word)s的理由") % {"village": row.organisation.region, "word": word}
        raise InvalidInput(message + "。", fields={"reason": [message]})
    return reason


def _reduced(row: Reward, decision: RowDecision, asked: int) -> int:
    amount = decision.amount_fen
    if amount is None or not 0 < amount < asked:
        message = _("%(village)s：核减后的金额应大于0、小于申请的%(sum)s元") % {
            "village": row.organisation.region,
            "sum": yuan_text(asked),
        }
        raise InvalidInput(message + "。", fields={"amount_fen": [message]})
    return amount
