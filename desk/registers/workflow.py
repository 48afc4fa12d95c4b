"""The acts on registers: an entry is made, and may be struck out by whoever made it; it is never changed."""

from __future__ import annotations

from core.workflow import Step
from desk.enums import EntryState
from villages.enums import AGENCY, READERS, Role

REGISTER_READERS = AGENCY | READERS | {Role.CLERK}
WRITERS = frozenset({Role.CLERK, Role.TOWNSHIP, Role.OFFICER})
CHOOSERS = frozenset({Role.TOWNSHIP, Role.OFFICER})
STANDING = frozenset({EntryState.RECORDED})

RECORD_EVENT = Step("desk.record_event", "登记宣传培训", WRITERS, unit="人参加")
WRITE_SUMMARY = Step("desk.write_summary", "报送经验总结", WRITERS, unit="")
CHECK_SELECTION = Step("desk.check_selection", "登记试点遴选", CHOOSERS, unit="条")
STRIKE_EVENT = Step(
    "desk.strike_event", "作废宣传培训", WRITERS, STANDING, EntryState.STRUCK, unit="", tone="refused"
)
STRIKE_SUMMARY = Step(
    "desk.strike_summary", "作废经验总结", WRITERS, STANDING, EntryState.STRUCK, unit="", tone="refused"
)
STRIKE_SELECTION = Step(
    "desk.strike_selection", "作废试点遴选", CHOOSERS, STANDING, EntryState.STRUCK, unit="", tone="refused"
)
