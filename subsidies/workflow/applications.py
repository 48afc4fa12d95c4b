"""The acts on an application before the agency: draw up, change, submit, withdraw."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import ApplicationState as State
from subsidies.enums import LineState
from villages.enums import CASE_READERS, Role

CLERK = frozenset({Role.CLERK})
OFFICER = frozenset({Role.OFFICER})
READERS = CASE_READERS
GROUND = "application"

IN_HAND = frozenset({State.DRAFT, State.RETURNED})
# Handed in and not yet confirmed: such a line stands in the way of another village's.
OPEN = frozenset({State.SUBMITTED, State.RETURNED, State.VERIFIED})
LIVE_LINES = frozenset({LineState.ELIGIBLE, LineState.REMITTED, LineState.POSTED})
LEAVABLE_LINES = frozenset({LineState.PENDING, LineState.ELIGIBLE})

DRAW_UP = Step("subsidies.draw_up_application", "生成补助名单", CLERK, ground=GROUND)
CHANGE_LINES = Step("subsidies.change_lines", "修改补助名单", CLERK, IN_HAND, ground=GROUND)
PRECHECK = Step("subsidies.precheck_application", "预检补助名单", CLERK, IN_HAND, ground=GROUND)
SUBMIT = Step("subsidies.submit_application", "提交申请", CLERK, IN_HAND, State.SUBMITTED, GROUND)
WITHDRAW = Step(
    "subsidies.withdraw_application",
    "撤回整批申请",
    CLERK,
    IN_HAND | {State.SUBMITTED},
    State.WITHDRAWN,
    GROUND,
)
WITHDRAW_LINES = Step(
    "subsidies.withdraw_lines",
    "撤回人员",
    CLERK,
    frozenset({State.SUBMITTED, State.RETURNED, State.VERIFIED, State.NOTIFIED, State.REMITTED}),
    ground=GROUND,
    tone="waiting",
)
LAPSE = Step(
    "subsidies.lapse_application",
    "逾期未补正，终止申请",
    OFFICER,
    frozenset({State.RETURNED}),
    State.WITHDRAWN,
    GROUND,
)
# Whose work needs whole identity numbers on forms and lists.
NUMBER_READERS = frozenset({Role.CLERK, Role.OFFICER, Role.REVIEWER})
PRINT = Step("subsidies.print_numbers", "打印含身份证号的表", NUMBER_READERS, ground=GROUND)
RECORD_STATUSES = Step("subsidies.record_statuses", "登记状态变更名单", OFFICER, ground=GROUND)
