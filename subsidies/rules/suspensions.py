"""From when to when a village's programme is suspended, and which plan years that closes. Pure.

Source: NX-18, NX-19, A-24, A-25, A-68.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from core.calendar import day_text
from policies.selectors import Rulebook
from subsidies.rules.judged import Judged, judged

DAY_IN_DECISION = "day_in_decision"
CANCEL, FINISH = "cancel", "finish"
CODE = "E-SUSPENDED"


@dataclass(frozen=True, slots=True)
class Span:
    """One suspension: from a day, and until the day before `active_on` (None while it lasts)."""

    from_on: date
    active_on: date | None = None

    def holds(self, on: date) -> bool:
        """Whether the programme is suspended on a day."""
        return self.from_on <= on and (self.active_on is None or on < self.active_on)

    def closes(self, year: int) -> bool:
        """Whether a plan year is a suspended one: that in which it began, and each that it outlasted."""
        last = (
            self.from_on.year if self.active_on is None else max(self.active_on.year - 1, self.from_on.year)
        )
        return self.from_on.year <= year and (self.active_on is None or year <= last)


def takes_effect_on(effective_on: date, filed_on: date, *, rulebook: Rulebook) -> date:
    """The day from which a decided and filed suspension holds: that of the decision, or of the last filing (A-24)."""
    if rulebook.choice("suspension_from") == DAY_IN_DECISION:
        return effective_on
    return max(effective_on, filed_on)


def judge_suspended(spans: Iterable[Span], *, year: int, on: date, rulebook: Rulebook) -> Iterator[Judged]:
    """E-SUSPENDED for any plan or application while suspended, and afterwards for the suspended years."""
    spans = list(spans)
    now = next((span for span in spans if span.holds(on)), None)
    if now is not None:
        sentence = _("集体补助自%(day)s起暂停，恢复实施以前不能定新的方案、提新的申请") % {
            "day": day_text(now.from_on)
        }
        yield judged(
            CODE, sentence, rulebook.get("suspension_allowed"), suspended_from=now.from_on.isoformat()
        )
        return
    closed = next((span for span in spans if span.closes(year)), None)
    if closed is not None and closed.active_on and not rulebook.flag("resumption_retroactive"):
        words = {
            "year": year,
            "first": day_text(closed.from_on),
            "last": day_text(closed.active_on - timedelta(days=1)),
        }
        sentence = _("%(first)s至%(last)s集体补助暂停，%(year)d年度不补办") % words
        view = rulebook.get("resumption_retroactive") or rulebook.get("suspension_allowed")
        yield judged(CODE, sentence, view, suspended_from=closed.from_on.isoformat(), year=year)
