"""The acts on a payment notice and on what does not match; who makes and who checks."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import ApplicationState, DifferenceState, NoticeState
from villages.enums import AGENCY, CASE_READERS, Role

READERS = CASE_READERS | {Role.TAX}
TAX = frozenset({Role.TAX})
PROPOSERS = frozenset({Role.TAX, Role.OFFICER})
GROUND = "remittance"

LIVE = frozenset({NoticeState.ISSUED, NoticeState.PART_PAID})
# Money may come after a notice is paid, or after all on it was given up: nothing of it is lost.
# (On a replaced one it is refused with the number of the one that stands in its place.)
TAKES_MONEY = LIVE | {NoticeState.PAID, NoticeState.VOID, NoticeState.REPLACED}
UNSETTLED = frozenset({DifferenceState.OPEN, DifferenceState.PROPOSED})

ISSUE = Step("subsidies.issue_notice", "开具缴款通知书", AGENCY, ground=GROUND)
VOID = Step(
    "subsidies.void_notice",
    "作废缴款通知书",
    frozenset({Role.REVIEWER}),
    frozenset({NoticeState.ISSUED}),
    NoticeState.VOID,
    GROUND,
)
REPLACE = Step(
    "subsidies.replace_notice", "撤回人员，换开缴款通知书", AGENCY | {Role.CLERK}, LIVE, ground="application"
)
CANCEL = Step(
    "subsidies.cancel_lines", "暂停补助，取消未缴款人员", AGENCY, LIVE, ground="application", tone="refused"
)
ISSUE_REST = Step("subsidies.issue_rest_notice", "开具余款的缴款通知书", AGENCY | {Role.CLERK}, ground=GROUND)
GIVE_UP = Step("subsidies.give_up_lines", "放弃缴款", frozenset({Role.CLERK}), LIVE, ground=GROUND)
LAPSE = Step("subsidies.lapse_lines", "逾期未缴，按放弃处理", AGENCY, LIVE, ground=GROUND)

RECORD = Step("subsidies.record_tax_rows", "登记税务缴款", TAX, TAKES_MONEY, ground=GROUND)
RECORD_LUMP = Step("subsidies.record_lump_sum", "按总额登记税务缴款", TAX, LIVE, ground=GROUND)

ASK = Step(
    "subsidies.ask_to_pay",
    "请村里补缴",
    PROPOSERS,
    frozenset({DifferenceState.OPEN}),
    DifferenceState.OPEN,
    GROUND,
)
PROPOSE = Step(
    "subsidies.propose_settlement",
    "提出差异处理办法",
    PROPOSERS,
    frozenset({DifferenceState.OPEN}),
    DifferenceState.PROPOSED,
    GROUND,
)
CONFIRM = Step(
    "subsidies.confirm_settlement",
    "确认差异处理",
    AGENCY,
    frozenset({DifferenceState.PROPOSED}),
    DifferenceState.SETTLED,
    GROUND,
    checks=("proposed_by_id",),
)
REJECT = Step(
    "subsidies.reject_settlement",
    "不同意差异处理办法",
    AGENCY,
    frozenset({DifferenceState.PROPOSED}),
    DifferenceState.OPEN,
    GROUND,
)

# Money reported twice for many persons: all of a notice at once, each difference moving as it would by itself.
PROPOSE_REPEATS = Step(
    "subsidies.propose_repeats", "一并提出重复缴款的处理办法", PROPOSERS, ground=GROUND, unit="项"
)
CONFIRM_REPEATS = Step(
    "subsidies.confirm_repeats", "一并确认重复缴款的处理", AGENCY, ground=GROUND, unit="项"
)

# Where a notice stands once a settlement moved its money or its lines.
FOLLOW: dict[str, Step] = {
    state: Step(
        f"subsidies.follow_notice_{state}", f"通知书{state.label}", AGENCY, target=state, ground=GROUND
    )
    for state in (NoticeState.ISSUED, NoticeState.PART_PAID, NoticeState.PAID, NoticeState.VOID)
}

# Consequences of other acts, run by whoever did those: money in, lines posted, lines gone.
ANYBODY = frozenset(Role)
ARRIVED = Step(
    "subsidies.close_remittance",
    "缴款办结",
    ANYBODY,
    frozenset({ApplicationState.NOTIFIED}),
    ApplicationState.REMITTED,
    GROUND,
)
ALL_LEFT = Step(
    "subsidies.close_without_money",
    "全部撤回或放弃，终止申请",
    ANYBODY,
    frozenset({ApplicationState.NOTIFIED}),
    ApplicationState.WITHDRAWN,
    GROUND,
)
ALL_POSTED = Step(
    "subsidies.close_posting",
    "记账办结",
    ANYBODY,
    frozenset({ApplicationState.REMITTED}),
    ApplicationState.POSTED,
    "posting",
)
DONE_STATES = frozenset(
    {
        ApplicationState.REMITTED,
        ApplicationState.POSTED,
        ApplicationState.INFORMED,
        ApplicationState.CLOSED,
        ApplicationState.WITHDRAWN,
    }
)
REOPEN_PAYMENT = Step(
    "subsidies.reopen_payment", "有人待缴，回到缴款", ANYBODY, DONE_STATES, ApplicationState.NOTIFIED, GROUND
)
REOPEN_POSTING = Step(
    "subsidies.reopen_posting",
    "有新到账，回到记账",
    ANYBODY,
    DONE_STATES - {ApplicationState.REMITTED},
    ApplicationState.REMITTED,
    GROUND,
)
