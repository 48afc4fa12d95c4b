"""The acts of closing a year: an officer proposes, another confirms or sends back."""

from __future__ import annotations

from core.workflow import Step
from desk.enums import ClosingState
from villages.enums import AGENCY, FINANCE, READERS, Role

OFFICER, REVIEWER = frozenset({Role.OFFICER}), frozenset({Role.REVIEWER})
CLOSING_READERS = AGENCY | FINANCE | READERS | {Role.TAX}
PROPOSED = frozenset({ClosingState.PROPOSED})

PROPOSE = Step("desk.propose_closing", "提出年度关账", OFFICER, unit="项结转")
CONFIRM = Step(
    "desk.confirm_closing",
    "年度关账",
    REVIEWER,
    PROPOSED,
    ClosingState.CLOSED,
    checks=("proposed_by_id",),
    unit="项结转",
)
REFUSE = Step(
    "desk.refuse_closing",
    "退回年度关账",
    REVIEWER,
    PROPOSED,
    ClosingState.REFUSED,
    checks=("proposed_by_id",),
    unit="",
    tone="refused",
)
