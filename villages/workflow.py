"""The acts of this room: who may do them."""

from __future__ import annotations

from core.workflow import Step
from villages.enums import ChangeState, Role

CREATE_STAFF = Step("villages.create_staff", "新建账号", frozenset({Role.ADMIN}))
CHANGE_STAFF = Step("villages.change_staff", "修改账号", frozenset({Role.ADMIN}))
RESET_PASSWORD = Step("villages.reset_password", "重置密码", frozenset({Role.ADMIN}))
# Everybody's own: an account of a functional zone stands at the county, outside the towns that it may touch.
CHANGE_PASSWORD = Step("villages.change_password", "修改密码", frozenset(Role), on_oneself=True)
HAND_OVER = Step("villages.hand_over", "换届交接", frozenset({Role.ADMIN}))
KEEP_ORGANISATION = Step(
    "villages.keep_organisation", "维护村集体经济组织", frozenset({Role.ADMIN, Role.OFFICER})
)
PROPOSE_ACCOUNT = Step("villages.propose_account", "提出变更收款账户", frozenset({Role.ADMIN, Role.OFFICER}))
CONFIRM_ACCOUNT = Step(
    "villages.confirm_account",
    "复核收款账户",
    frozenset({Role.ADMIN, Role.REVIEWER}),
    frozenset({ChangeState.PROPOSED}),
    ChangeState.CONFIRMED,
    checks=("proposed_by_id",),
)
REFUSE_ACCOUNT = Step(
    "villages.refuse_account",
    "不予变更收款账户",
    frozenset({Role.ADMIN, Role.REVIEWER}),
    frozenset({ChangeState.PROPOSED}),
    ChangeState.REFUSED,
    checks=("proposed_by_id",),
)
DECLARE_INCOME = Step("villages.declare_income", "申报可支配收益", frozenset({Role.CLERK}))
REPORT_STATUS = Step("villages.report_status", "登记人员状态", frozenset({Role.CLERK, Role.OFFICER}))
LIFT_STATUS = Step("villages.lift_status", "恢复人员状态", frozenset({Role.OFFICER}))
ADD_MEMBER = Step("villages.add_member", "新增成员", frozenset({Role.CLERK}))
CHANGE_MEMBER = Step("villages.change_member", "修改成员信息", frozenset({Role.CLERK}))
END_MEMBERSHIP = Step("villages.end_membership", "成员退出", frozenset({Role.CLERK}))
PROPOSE_CHANGE = Step("villages.propose_change", "提出人员变更", frozenset({Role.OFFICER}))
CONFIRM_CHANGE = Step(
    "villages.confirm_change",
    "复核人员变更",
    frozenset({Role.REVIEWER}),
    frozenset({ChangeState.PROPOSED}),
    ChangeState.CONFIRMED,
    checks=("proposed_by_id",),
)
REFUSE_CHANGE = Step(
    "villages.refuse_change",
    "不予变更人员信息",
    frozenset({Role.REVIEWER}),
    frozenset({ChangeState.PROPOSED}),
    ChangeState.REFUSED,
    checks=("proposed_by_id",),
)
REVEAL_ID = Step(
    "villages.reveal_id_number",
    "查看完整身份证号",
    frozenset({Role.CLERK, Role.OFFICER, Role.REVIEWER, Role.TAX}),
)
