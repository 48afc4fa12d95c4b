"""The acts on filings (备案) and on a suspended programme: the village asks, each office answers its own row."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import ApplicationState, FilingState, PlanState, SuspensionState
from subsidies.workflow.plans import CLERK, GROUND, PLAN_READERS
from villages.enums import AGENCY, Role

READERS = PLAN_READERS
# Who answers for an office of the rulebook; the county's human resources office files through its agency.
OFFICE_ROLES = {
    "town": Role.TOWNSHIP,
    "county_hr": Role.OFFICER,
    "county_agriculture": Role.AGRICULTURE,
}
OFFICES = frozenset(OFFICE_ROLES.values())
OFFICER = frozenset({Role.OFFICER})
S = SuspensionState
PAUSE_GROUND = "suspension"

FILE_PLAN = Step(
    "subsidies.file_plan",
    "方案报请备案",
    CLERK,
    frozenset({PlanState.RESOLVED}),
    ground=GROUND,
    unit="个单位",
)
ACKNOWLEDGE = Step(
    "subsidies.acknowledge_filing",
    "备案",
    OFFICES,
    frozenset({FilingState.PENDING}),
    FilingState.FILED,
    GROUND,
    unit="",
)
RETURN = Step(
    "subsidies.return_filing",
    "退回备案",
    OFFICES,
    frozenset({FilingState.PENDING}),
    FilingState.RETURNED,
    GROUND,
    unit="",
    tone="refused",
)
# A consequence of the last office's answer, run by whoever gave it.
ALL_FILED = Step(
    "subsidies.close_filing",
    "备案完成",
    OFFICES,
    frozenset({PlanState.RESOLVED}),
    PlanState.FILED,
    GROUND,
    unit="",
)

ASK_SUSPENSION = Step("subsidies.ask_suspension", "报请暂停补助", CLERK, ground=PAUSE_GROUND, unit="个单位")
FILE_AGAIN = Step(
    "subsidies.file_suspension_again",
    "重新报请暂停",
    CLERK,
    frozenset({S.FILING}),
    ground=PAUSE_GROUND,
    unit="个单位",
)
WITHDRAW_SUSPENSION = Step(
    "subsidies.withdraw_suspension",
    "撤回暂停",
    CLERK,
    frozenset({S.FILING}),
    S.WITHDRAWN,
    PAUSE_GROUND,
    unit="",
)
SUSPEND = Step(
    "subsidies.suspend_programme",
    "办理暂停",
    OFFICER,
    frozenset({S.FILING}),
    S.SUSPENDED,
    PAUSE_GROUND,
    tone="waiting",
)
APPLY_TO_RESUME = Step(
    "subsidies.apply_to_resume",
    "申请恢复补助",
    CLERK,
    frozenset({S.SUSPENDED}),
    S.RESUME_APPLIED,
    PAUSE_GROUND,
    unit="",
)
GRANT_RESUMPTION = Step(
    "subsidies.grant_resumption",
    "同意恢复补助",
    AGENCY,
    frozenset({S.SUSPENDED, S.RESUME_APPLIED}),
    S.RESUMED,
    PAUSE_GROUND,
    unit="",
)
REFUSE_RESUMPTION = Step(
    "subsidies.refuse_resumption",
    "不同意恢复补助",
    AGENCY,
    frozenset({S.RESUME_APPLIED}),
    S.SUSPENDED,
    PAUSE_GROUND,
    unit="",
    tone="refused",
)
CANCEL_BATCH = Step(
    "subsidies.cancel_batch",
    "暂停补助，取消申请",
    OFFICER,
    frozenset(
        {
            ApplicationState.DRAFT,
            ApplicationState.SUBMITTED,
            ApplicationState.RETURNED,
            ApplicationState.VERIFIED,
        }
    ),
    ApplicationState.WITHDRAWN,
    "application",
    tone="refused",
)
