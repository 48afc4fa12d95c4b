"""The steps of a plan: who may do what from which state. The meeting decides; the clerk records it."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import PlanState
from subsidies.rules.pools import GROUND as SPONSORSHIP
from villages.enums import AGENCY, READERS, Role

CLERK = frozenset({Role.CLERK})
GROUND = "plan"
# Whoever may read the plans of his area.
PLAN_READERS = CLERK | AGENCY | READERS | {Role.FINANCE, Role.FINANCE_REVIEWER}

DRAFT_PLAN = Step("subsidies.draft_plan", "拟定补助方案", CLERK, ground=GROUND)
CHANGE_PLAN = Step(
    "subsidies.change_plan", "修改补助方案", CLERK, frozenset({PlanState.DRAFT}), ground=GROUND
)
RECORD_DECISION = Step(
    "subsidies.record_decision",
    "登记民主决策",
    CLERK,
    frozenset({PlanState.DRAFT, PlanState.RESOLVED}),
    PlanState.RESOLVED,
    ground=GROUND,
)
REOPEN_PLAN = Step(
    "subsidies.reopen_plan",
    "退回修改",
    CLERK,
    frozenset({PlanState.RESOLVED, PlanState.FILED}),
    PlanState.DRAFT,
    ground=GROUND,
)
PUT_IN_FORCE = Step(
    "subsidies.put_in_force",
    "方案生效",
    CLERK,
    frozenset({PlanState.RESOLVED, PlanState.FILED}),
    PlanState.IN_FORCE,
    ground=GROUND,
)
# Where the rulebook lets a donor's plan go by its gift agreement: nobody decides or files it.
PUT_SPONSORED_IN_FORCE = Step(
    "subsidies.put_sponsored_in_force",
    "资助方案生效",
    CLERK,
    frozenset({PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED}),
    PlanState.IN_FORCE,
    ground=SPONSORSHIP,
)
SUPERSEDE_PLAN = Step(
    "subsidies.supersede_plan",
    "由新版替代",
    CLERK,
    frozenset({PlanState.IN_FORCE}),
    PlanState.SUPERSEDED,
    ground=GROUND,
)
REVISE_PLAN = Step("subsidies.revise_plan", "调整补助方案", CLERK, ground=GROUND)
END_PLAN = Step(
    "subsidies.end_plan",
    "结束补助方案",
    CLERK,
    frozenset({PlanState.IN_FORCE}),
    PlanState.ENDED,
    ground=GROUND,
)
DISCARD_PLAN = Step(
    "subsidies.discard_plan",
    "放弃方案草稿",
    CLERK,
    frozenset({PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED}),
    PlanState.DISCARDED,
    ground=GROUND,
)
