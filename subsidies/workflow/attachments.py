"""Who may put scanned papers to a plan, an application or a refund, and until when."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import ApplicationState, PlanState, RefundState
from villages.enums import CASE_READERS, Role

CLERK = frozenset({Role.CLERK})

ATTACH_PAPER = Step("subsidies.attach_paper", "上传材料", CLERK)
REMOVE_PAPER = Step("subsidies.remove_paper", "删除材料", CLERK)
PAPER_READERS = CASE_READERS | {
    Role.AGRICULTURE,
    Role.CIVIL_AFFAIRS,
    Role.FINANCE,
    Role.FINANCE_REVIEWER,
    Role.TAX,
}

# State of the parent (by the name of its model) in which papers may be added, and in which they may be taken away.
ADDED_IN: dict[str, frozenset[str]] = {
    "plan": frozenset({PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED, PlanState.IN_FORCE}),
    "application": frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED}),
    "refund": frozenset({RefundState.REQUESTED}),
}
REMOVED_IN = ADDED_IN | {"plan": frozenset({PlanState.DRAFT, PlanState.RESOLVED})}
