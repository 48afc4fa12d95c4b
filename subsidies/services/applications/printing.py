"""Leave a trace of forms and lists that went out with whole identity numbers."""

from __future__ import annotations

from core.access import require_role
from core.workflow import By, Effect, record_event
from subsidies.models import Application
from subsidies.workflow import applications as steps


def record_print(application: Application, *, by: By, form: str, rows_count: int) -> None:
    """Leave an event where a form or list with whole identity numbers went out."""
    require_role(by.actor, steps.PRINT.roles, steps.PRINT.label)
    record_event(steps.PRINT, application, Effect(rows_count=rows_count, figures={"form": form}), by)
