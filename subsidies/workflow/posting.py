"""The acts of posting."""

from __future__ import annotations

from core.workflow import Step
from subsidies.enums import ApplicationState
from villages.enums import AGENCY, CASE_READERS, Role

READERS = CASE_READERS | {Role.TAX}
JOB_READERS = AGENCY | {Role.DISTRICT, Role.AUDITOR}
GROUND = "posting"
# Matched lines need not wait for the others of their batch; money may still come after the batch was done.
OPEN = frozenset(
    {ApplicationState.NOTIFIED, ApplicationState.REMITTED, ApplicationState.POSTED, ApplicationState.INFORMED}
)

START = Step("subsidies.start_posting", "记账", frozenset({Role.OFFICER}), ground=GROUND)
POST = Step("subsidies.post_lines", "记入个人账户", frozenset({Role.OFFICER}), ground=GROUND)
