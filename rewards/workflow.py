"""The acts of the yearly reward; who makes and who checks each."""

from __future__ import annotations

from core.workflow import Step
from rewards.enums import BudgetState, OffsetState, ProposalState, RewardState
from villages.enums import AGENCY, FINANCE, Role

GROUND = "reward"
OFFICER, REVIEWER = frozenset({Role.OFFICER}), frozenset({Role.REVIEWER})
OFFICES = AGENCY | FINANCE
OVERSEERS = frozenset({Role.TOWNSHIP, Role.DISTRICT, Role.AUDITOR})
READERS = OFFICES | OVERSEERS
VILLAGE = frozenset({Role.CLERK})
# Not yet with the village: facts that change send it back to be determined anew.
UNPAID = frozenset({RewardState.DETERMINED, RewardState.APPLIED, RewardState.APPROVED, RewardState.RECEIVED})
FIXED = UNPAID | {RewardState.PAID}
FREE = frozenset({RewardState.COMPUTED, RewardState.RETURNED})

PROPOSED = frozenset({ProposalState.PROPOSED})

START = Step("rewards.start_rewards", "测算奖励", OFFICER, ground=GROUND)
COMPUTE = Step("rewards.compute_rewards", "测算奖励", OFFICER, ground=GROUND, unit="")
SEND_BACK = Step(
    "rewards.send_back",
    "重新核定",
    OFFICER | FINANCE | {Role.TAX},
    UNPAID,
    RewardState.COMPUTED,
    GROUND,
    unit="",
)
DETERMINE = Step("rewards.determine", "核定奖励", OFFICER, FREE, RewardState.DETERMINED, GROUND, unit="")
UNDO = Step(
    "rewards.undo_determination",
    "撤回核定",
    OFFICER,
    frozenset({RewardState.DETERMINED}),
    RewardState.COMPUTED,
    GROUND,
    unit="",
)

PROPOSE_RATE = Step("rewards.propose_rate", "拟定奖励比例", OFFICER, ground=GROUND)
CONFIRM_RATE = Step(
    "rewards.confirm_rate",
    "复核奖励比例",
    REVIEWER,
    PROPOSED,
    ProposalState.CONFIRMED,
    GROUND,
    ("decided_by_id",),
)
REFUSE_RATE = Step(
    "rewards.refuse_rate", "退回奖励比例", REVIEWER, PROPOSED, ProposalState.REFUSED, GROUND, tone="refused"
)

APPLY = Step("rewards.apply_to_finance", "申请奖励资金", OFFICER, ground=GROUND, unit="个村")
CONFIRM_APPLICATION = Step(
    "rewards.confirm_application",
    "复核奖励申请",
    REVIEWER,
    PROPOSED,
    ProposalState.CONFIRMED,
    GROUND,
    ("made_by_id",),
    unit="个村",
)
REFUSE_APPLICATION = Step(
    "rewards.refuse_application",
    "退回奖励申请",
    REVIEWER,
    PROPOSED,
    ProposalState.REFUSED,
    GROUND,
    unit="个村",
    tone="refused",
)

ENTER_BUDGET = Step("rewards.enter_budget", "录入奖励预算", FINANCE, ground=GROUND)
AGREE_BUDGET = Step(
    "rewards.agree_budget",
    "同意奖励预算",
    FINANCE,
    frozenset({BudgetState.PROPOSED}),
    BudgetState.AGREED,
    GROUND,
    ("entered_by_id",),
)
REFUSE_BUDGET = Step(
    "rewards.refuse_budget",
    "不同意奖励预算",
    FINANCE,
    frozenset({BudgetState.PROPOSED}),
    BudgetState.REFUSED,
    GROUND,
    tone="refused",
)

APPLIED = frozenset({RewardState.APPLIED})
APPROVE = Step(
    "rewards.approve",
    "批复奖励",
    FINANCE,
    APPLIED,
    RewardState.APPROVED,
    GROUND,
    ("determined_by_id",),
    unit="",
)
RECEIVE = Step(
    "rewards.receive",
    "登记奖励到账",
    OFFICER | FINANCE,
    frozenset({ProposalState.CONFIRMED}),
    ProposalState.CONFIRMED,
    GROUND,
    unit="个村",
)
PROPOSE_PAYMENT = Step("rewards.propose_payment", "拟定奖励拨付", OFFICER, ground=GROUND, unit="个村")
CONFIRM_PAYMENT = Step(
    "rewards.confirm_payment",
    "复核奖励拨付",
    REVIEWER,
    PROPOSED,
    ProposalState.CONFIRMED,
    GROUND,
    ("made_by_id",),
    unit="个村",
)
REFUSE_PAYMENT = Step(
    "rewards.refuse_payment",
    "退回奖励拨付",
    REVIEWER,
    PROPOSED,
    ProposalState.REFUSED,
    GROUND,
    unit="个村",
    tone="refused",
)

OPEN_OFFSET = Step("rewards.open_offset", "登记奖励冲抵", OFFICER | FINANCE | {Role.TAX}, ground=GROUND)
REPAY_OFFSET = Step(
    "rewards.repay_offset",
    "登记奖励退款",
    FINANCE,
    frozenset({OffsetState.OPEN}),
    OffsetState.REPAID,
    GROUND,
)
WAIVE_OFFSET = Step(
    "rewards.waive_offset", "核销奖励冲抵", FINANCE, frozenset({OffsetState.OPEN}), OffsetState.WAIVED, GROUND
)

PROPOSE_COMMENDATION = Step(
    "rewards.propose_commendation", "拟定通报表扬", OFFICER, ground=GROUND, unit="个组织"
)
CONFIRM_COMMENDATION = Step(
    "rewards.confirm_commendation",
    "复核通报表扬",
    REVIEWER,
    PROPOSED,
    ProposalState.CONFIRMED,
    GROUND,
    ("made_by_id",),
    unit="个组织",
)
REFUSE_COMMENDATION = Step(
    "rewards.refuse_commendation",
    "退回通报表扬",
    REVIEWER,
    PROPOSED,
    ProposalState.REFUSED,
    GROUND,
    unit="个组织",
    tone="refused",
)
COMMENDATION_READERS = READERS | VILLAGE | {Role.AGRICULTURE}
