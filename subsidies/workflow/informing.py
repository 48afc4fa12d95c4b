"""The acts of informing: the agency's feedback to the village, the village's word to its members."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import ApplicationState, PlanState
from villages.enums import CASE_READERS, Role

READERS = CASE_READERS
GROUND = "informing"

FEED_BACK = Step(
    "subsidies.send_feedback",
    "反馈记账结果",
    frozenset({Role.OFFICER}),
    frozenset({ApplicationState.POSTED}),
    ApplicationState.INFORMED,
    GROUND,
)
TELL = Step(
    "subsidies.record_informed",
    "登记告知",
    frozenset({Role.CLERK}),
    frozenset({ApplicationState.INFORMED}),
    ground=GROUND,
)
PUBLISH_RESULT = Step(
    "subsidies.publish_result",
    "登记实施结果公开",
    frozenset({Role.CLERK}),
    frozenset({PlanState.IN_FORCE, PlanState.SUPERSEDED, PlanState.ENDED}),
    ground="plan",
    unit="",
)
CLOSE_BATCH = Step(
    "subsidies.close_batch",
    "办结",
    frozenset({Role.CLERK}),
    frozenset({ApplicationState.INFORMED}),
    ApplicationState.CLOSED,
    GROUND,
    unit="",
)
