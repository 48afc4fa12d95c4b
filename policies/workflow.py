"""The acts on a rulebook: one administrator enters a later validity, another approves it."""

from __future__ import annotations

from core.workflow import Step
from policies.enums import AmendmentState
from villages.enums import AGENCY, READERS, Role

ADMIN = frozenset({Role.ADMIN})
# Who sees what is proposed; what is approved stands in the rulebook, which everybody reads.
AMENDMENT_READERS = ADMIN | AGENCY | READERS
# Who takes a rulebook away as a file.
EXPORTERS = frozenset({Role.ADMIN, Role.AUDITOR})
S = AmendmentState

PROPOSE = Step("policies.propose_amendment", "提出政策调整", ADMIN, unit="项")
PROPOSE_AGAIN = Step(
    "policies.propose_amendment_again",
    "重新提出政策调整",
    ADMIN,
    frozenset({S.PROPOSED, S.RETURNED}),
    S.PROPOSED,
    unit="项",
)
APPROVE = Step(
    "policies.approve_amendment",
    "批准政策调整",
    ADMIN,
    frozenset({S.PROPOSED}),
    S.APPROVED,
    checks=("made_by_id",),
    unit="项",
)
RETURN = Step(
    "policies.return_amendment",
    "退回政策调整",
    ADMIN,
    frozenset({S.PROPOSED}),
    S.RETURNED,
    checks=("made_by_id",),
    unit="",
    tone="refused",
)
WITHDRAW = Step(
    "policies.withdraw_amendment",
    "撤回政策调整",
    ADMIN,
    frozenset({S.PROPOSED, S.RETURNED}),
    S.WITHDRAWN,
    unit="",
    tone="refused",
)
