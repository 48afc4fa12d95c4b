"""The acts of a county's pilot: it applies, the city's human resources department selects or declines (JN-04)."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import PilotState
from villages.enums import EVERYBODY, Role

GROUND = "pilot"
# The human resources office acts through its agency's officers and its district officer, each at its own level.
OFFICE = frozenset({Role.OFFICER, Role.DISTRICT})
READERS = EVERYBODY
APPLIED = frozenset({PilotState.APPLIED})

APPLY = Step("subsidies.apply_for_pilot", "申请试点", OFFICE, ground=GROUND, unit="")
SELECT = Step(
    "subsidies.select_county",
    "选定试点县",
    OFFICE,
    APPLIED,
    PilotState.SELECTED,
    GROUND,
    ("applied_by_id",),
    unit="",
)
DECLINE = Step(
    "subsidies.decline_county",
    "不选定试点县",
    OFFICE,
    APPLIED,
    PilotState.DECLINED,
    GROUND,
    ("applied_by_id",),
    unit="",
    tone="refused",
)
