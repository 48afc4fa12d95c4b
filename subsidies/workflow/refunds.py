"""The acts of a refund; who asks, verifies, approves and pays."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import RefundState
from villages.enums import AGENCY, CASE_READERS, FINANCE, Role

READERS = CASE_READERS | {Role.TAX} | FINANCE
GROUND = "refund"
OPEN = frozenset({RefundState.REQUESTED, RefundState.VERIFIED, RefundState.APPROVED})

ASK = Step("subsidies.ask_refund", "申请退费", frozenset({Role.CLERK}), ground=GROUND, unit="")
VERIFY = Step(
    "subsidies.verify_refund",
    "核实退费",
    frozenset({Role.OFFICER}),
    frozenset({RefundState.REQUESTED}),
    RefundState.VERIFIED,
    GROUND,
    checks=("asked_by_id",),
    unit="",
)
APPROVE = Step(
    "subsidies.approve_refund",
    "批准退费",
    frozenset({Role.REVIEWER}),
    frozenset({RefundState.VERIFIED}),
    RefundState.APPROVED,
    GROUND,
    checks=("asked_by_id", "verified_by_id"),
    unit="",
)
# Where the village's account changed before the money went.
APPROVE_AGAIN = Step(
    "subsidies.approve_refund_again",
    "重新批准退费",
    frozenset({Role.REVIEWER}),
    frozenset({RefundState.APPROVED}),
    RefundState.APPROVED,
    GROUND,
    checks=("asked_by_id", "verified_by_id"),
    unit="",
)
REFUSE = Step(
    "subsidies.refuse_refund",
    "不予退费",
    AGENCY,
    frozenset({RefundState.REQUESTED, RefundState.VERIFIED}),
    RefundState.REFUSED,
    GROUND,
    unit="",
    tone="refused",
)
PAY = Step(
    "subsidies.record_refund_paid",
    "登记退款",
    frozenset({Role.TAX}) | FINANCE,
    frozenset({RefundState.APPROVED}),
    RefundState.REVERSED,
    GROUND,
    checks=("approved_by_id",),
    unit="",
)
