"""The agency's acts on an application: decide, return, verify (maker), confirm (checker)."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import ApplicationState as State
from villages.enums import Role

OFFICER = frozenset({Role.OFFICER})
REVIEWER = frozenset({Role.REVIEWER})
SUBMITTED = frozenset({State.SUBMITTED})
VERIFIED = frozenset({State.VERIFIED})
GROUND = "verification"

DECIDE = Step("subsidies.decide_lines", "给出核实结论", OFFICER, SUBMITTED, ground=GROUND)
RECHECK = Step("subsidies.recheck_application", "重新核对", OFFICER, SUBMITTED, ground=GROUND)
RETURN = Step(
    "subsidies.return_application", "退回补正", OFFICER, SUBMITTED, State.RETURNED, GROUND, tone="waiting"
)
VERIFY = Step("subsidies.verify_application", "提交复核", OFFICER, SUBMITTED, State.VERIFIED, GROUND)
CONFIRM = Step(
    "subsidies.confirm_verification",
    "复核",
    REVIEWER,
    VERIFIED,
    State.NOTIFIED,
    GROUND,
    checks=("verified_by_id",),
)
REJECT = Step(
    "subsidies.reject_verification", "退回经办", REVIEWER, VERIFIED, State.SUBMITTED, GROUND, tone="waiting"
)
