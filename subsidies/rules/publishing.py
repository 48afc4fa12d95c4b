"""Whether a batch may close: the result made public where the procedure asks for it (NX-15). Pure."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from core.calendar import day_text
from policies.selectors import PolicyValueView, Rulebook
from subsidies.rules.judged import Judged, judged

RESULT_STEP, CLOSING = "result_published", "closing"


def publication_asked(rulebook: Rulebook) -> PolicyValueView | None:
    """The value that asks for the result to be made public before closing; None where nothing asks for it."""
    due = rulebook.get("decision_step_due", RESULT_STEP)
    return due if due is not None and due.value == CLOSING else None


def judge_closing(
    published_on: date | None, last_posted_on: date | None, *, rulebook: Rulebook
) -> Judged | None:
    """E-DECISION while the result of what was posted is not public, or was made public before the last posting.

    Source: NX-15: six dated parts, the sixth before closing.
    """
    asked = publication_asked(rulebook)
    if asked is None or last_posted_on is None:
        return None
    if published_on is not None and published_on >= last_posted_on:
        return None
    step = rulebook.get("decision_step", RESULT_STEP)
    words = {"step": step.value if step else asked.label, "day": day_text(last_posted_on)}
    sentence = _("还没有登记“%(step)s”：%(day)s记的账，公开以后这一批才能办结") % words
    return judged("E-DECISION", sentence, asked, last_posted_on=last_posted_on.isoformat())
