"""The acts on rates and interest; who makes and who checks."""

from __future__ import annotations

from core.workflow import Step
from ledger.enums import RateState
from villages.enums import AGENCY, Role

GROUND = "posting"
# Whose work is one person's account: the agency, and who looks over it.
ACCOUNT_READERS = AGENCY | {Role.DISTRICT, Role.AUDITOR}
MAKERS = frozenset({Role.OFFICER})
PROPOSED = frozenset({RateState.PROPOSED})

ENTER_RATE = Step("ledger.enter_interest_rate", "录入记账利率", MAKERS, ground=GROUND)
CORRECT_RATE = Step("ledger.correct_interest_rate", "更正记账利率", MAKERS, PROPOSED, ground=GROUND)
CONFIRM_RATE = Step(
    "ledger.confirm_interest_rate",
    "复核记账利率",
    frozenset({Role.REVIEWER}),
    PROPOSED,
    RateState.CONFIRMED,
    GROUND,
    checks=("entered_by_id",),
)
START_INTEREST = Step(
    "ledger.start_interest",
    "结息",
    MAKERS,
    frozenset({RateState.CONFIRMED}),
    RateState.SETTLED,
    GROUND,
    unit="笔",
)
CREDIT = Step("ledger.credit_interest", "利息记入个人账户", MAKERS, ground=GROUND, unit="笔")
