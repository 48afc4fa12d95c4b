"""The acts of this room."""

from __future__ import annotations

from core.workflow import Step
from villages.enums import Role

RECORD_CONTRIBUTIONS = Step(
    "contributions.record_contributions",
    "登记个人缴费",
    frozenset({Role.OFFICER, Role.TAX}),
    unit="笔",
)

# What follows is decided by the agency, so the tax office, which may record, does not take back.
REVERSE_CONTRIBUTION = Step(
    "contributions.reverse_contribution",
    "冲销个人缴费",
    frozenset({Role.OFFICER}),
    unit="笔",
    tone="refused",
)
