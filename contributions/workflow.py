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
