"""Where filings (备案) stand on a day: each office's own row, its term, and silence that counts as filed. Pure.

Source: NX-17, NX-18, A-23, A-69.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from django.utils.translation import gettext as _

from core.calendar import Deadline, day_text
from policies.rules import due_on, filed_by_silence_on
from policies.selectors import PolicyValueView, Rulebook
from subsidies.enums import FilingState

# Parameters that name the offices, by what is filed.
PLAN_OFFICES, SUSPENSION_OFFICES = "filing_office", "suspension_filing_office"
IN_TURN, EVERY_OFFICE = "in_turn", "every_office"
BY_SILENCE = "视同备案"


class Row(Protocol):
    """What a filing row tells."""

    pk: int
    office: str
    state: str
    received_on: date | None
    answered_on: date | None
    content: str
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One office's filing as of a day: `counts_on` is the day from which it counts as filed, known or reckoned.

    `due` is the last day on which the office may return it; `row` is None where nothing was filed with the office.
    """

    office: str
    view: PolicyValueView
    on: date
    row: Row | None = None
    received_on: date | None = None
    due: Deadline | None = None
    counts_on: date | None = None

    @property
    def name(self) -> str:
        """The office in the words of the rulebook."""
        return str(self.view.value)

    @property
    def has_it(self) -> bool:
        """Whether it lay with the office on the day asked."""
        return self.received_on is not None and self.received_on <= self.on

    @property
    def is_filed(self) -> bool:
        """Whether the filing counts on the day asked."""
        return self.counts_on is not None and self.counts_on <= self.on

    @property
    def is_silent(self) -> bool:
        """Whether it counts only because nobody answered in time."""
        return self.is_filed and self.row is not None and self.row.state == FilingState.PENDING

    @property
    def is_waiting(self) -> bool:
        """Whether the office still has to answer."""
        return self.row is not None and self.row.state == FilingState.PENDING and not self.is_filed

    @property
    def is_returned(self) -> bool:
        """Whether the office sent it back."""
        return self.row is not None and self.row.state == FilingState.RETURNED

    @property
    def word(self) -> str:
        """Its state in one word."""
        if self.is_silent:
            return BY_SILENCE
        if self.row is None or not self.has_it:
            return str(FilingState.RECALLED.label)
        if self.row.state == FilingState.FILED and not self.is_filed:
            return str(FilingState.PENDING.label)
        return str(FilingState(self.row.state).label)

    @property
    def lacking(self) -> str:
        """What is missing at this office, and since when."""
        words = {"name": self.name}
        if self.is_returned and self.row is not None and self.row.answered_on:
            words |= {"day": day_text(self.row.answered_on), "reason": self.row.reason.rstrip("。")}
            return _("%(name)s%(day)s退回（%(reason)s），还没有重报") % words
        if not self.has_it or self.received_on is None:
            return _("还没有报%(name)s") % words
        words["day"] = day_text(self.received_on)
        if self.due is None:
            return _("%(name)s%(day)s收到，还没有备案") % words
        words["due"] = day_text(self.due.on)
        return _("%(name)s%(day)s收到，还没有备案（到%(due)s没有退回，次日起视同备案）") % words


def standings(
    rows: Iterable[Row],
    offices: Mapping[str, PolicyValueView],
    *,
    rulebook_on: Callable[[date], Rulebook],
    on: date,
) -> list[Standing]:
    """Every office the rulebook names, in its order, with where its filing stands on a day.

    Terms run by the rulebook of the day of receipt. Filed in turn, a later office receives it once the one before
    counts as filed.
    """
    by_office = {row.office: row for row in rows}
    order = rulebook_on(on).get("filing_order")
    in_turn = order is not None and order.value == IN_TURN
    found: list[Standing] = []
    for office, view in offices.items():
        row = by_office.get(office)
        before = found[-1].counts_on if in_turn and found else None
        found.append(_standing(office, view, row, before, rulebook_on, on))
    return found


def _standing(
    office: str,
    view: PolicyValueView,
    row: Row | None,
    before: date | None,
    rulebook_on: Callable[[date], Rulebook],
    on: date,
) -> Standing:
    if row is None or row.state == FilingState.RECALLED:
        return Standing(office, view, on, row)
    received = row.received_on or before
    if row.state == FilingState.FILED:
        return Standing(office, view, on, row, received, counts_on=row.answered_on)
    if row.state == FilingState.RETURNED or received is None:
        return Standing(office, view, on, row, received)
    rules = rulebook_on(received)
    silent_on = filed_by_silence_on(rules, received)
    due = due_on(rules, "filing_silence_days", received) if silent_on else None
    return Standing(office, view, on, row, received, due, silent_on)


def to_ask(found: Sequence[Standing], *, content: str, rulebook: Rulebook) -> list[Standing]:
    """The offices that the village has to ask now: never asked, returned, or filed before the content changed."""
    everybody = any(one.is_returned for one in found) and _every_office(rulebook, "filing_after_return")
    return [one for one in found if everybody or _is_to_ask(one, content, rulebook)]


def _is_to_ask(one: Standing, content: str, rulebook: Rulebook) -> bool:
    if one.row is None or one.row.state in (FilingState.RETURNED, FilingState.RECALLED):
        return True
    return one.row.content != content and _every_office(rulebook, "filing_after_change")


def _every_office(rulebook: Rulebook, name: str) -> bool:
    found = rulebook.get(name)
    return found is not None and found.value == EVERY_OFFICE


def missing(found: Iterable[Standing]) -> list[Standing]:
    """Those that do not count as filed yet."""
    return [one for one in found if not one.is_filed]


def filed_on(found: Iterable[Standing]) -> date | None:
    """The day on which the last office counted, or None while one is missing."""
    days = [one.counts_on if one.is_filed else None for one in found]
    known = [day for day in days if day is not None]
    return max(known, default=None) if len(known) == len(days) else None
