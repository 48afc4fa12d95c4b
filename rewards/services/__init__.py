"""Acts of the yearly reward, in the order of the year."""

from rewards.services.approving import RowDecision, approve
from rewards.services.budgets import agree_budget, decide_budget, enter_budget, refuse_budget
from rewards.services.commending import confirm_commendation, propose_commendation, refuse_commendation
from rewards.services.computing import compute_rewards, start_rewards
from rewards.services.determining import (
    apply_to_finance,
    confirm_application,
    determine,
    refuse_application,
    undo_determination,
)
from rewards.services.offsets import follow_refund, repay_offset, waive_offset
from rewards.services.paying import confirm_payment, propose_payment, receive, refuse_payment
from rewards.services.rates import confirm_rate, propose_rate, refuse_rate

__all__ = [
    "RowDecision",
    "agree_budget",
    "apply_to_finance",
    "approve",
    "compute_rewards",
    "confirm_application",
    "confirm_commendation",
    "confirm_payment",
    "confirm_rate",
    "decide_budget",
    "determine",
    "enter_budget",
    "follow_refund",
    "propose_commendation",
    "propose_payment",
    "propose_rate",
    "receive",
    "refuse_application",
    "refuse_budget",
    "refuse_commendation",
    "refuse_payment",
    "refuse_rate",
    "repay_offset",
    "start_rewards",
    "undo_determination",
    "waive_offset",
]
