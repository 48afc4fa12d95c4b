"""Acts on an application: the village's side, and the trace of its prints."""

from subsidies.services.applications.changing import LineChanges, NewLine, change_lines
from subsidies.services.applications.drawing_up import draw_up_application
from subsidies.services.applications.judging import precheck_application
from subsidies.services.applications.printing import record_print
from subsidies.services.applications.submitting import submit_application
from subsidies.services.applications.withdrawing import (
    lapse_application,
    withdraw_application,
    withdraw_lines,
)

__all__ = [
    "LineChanges",
    "NewLine",
    "change_lines",
    "draw_up_application",
    "lapse_application",
    "precheck_application",
    "record_print",
    "submit_application",
    "withdraw_application",
    "withdraw_lines",
]
