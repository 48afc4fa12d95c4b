"""The card 备案 as pages show it: each office with its dates and state, and the one next thing for whoever looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from core.models import Event, User
from core.timeline import timeline_of
from policies.selectors import rulebook
from subsidies.enums import PlanState, SuspensionState
from subsidies.models import Filing, Plan, Suspension
from subsidies.rules.filings import Standing, missing, to_ask
from subsidies.selectors import filings as selectors
from subsidies.workflow.filings import CLERK


@dataclass(frozen=True, slots=True)
class FilingCard:
    """Offices in the rulebook's order; `own` is the row that waits for the reader, `to_ask` what the clerk files."""

    offices: Sequence[Standing]
    own: Filing | None = None
    to_ask: Sequence[Standing] = ()
    is_open: bool = True

    @property
    def lacking(self) -> list[Standing]:
        """Those that do not count as filed yet."""
        return missing(self.offices)

    @property
    def is_done(self) -> bool:
        """Whether every office counts as filed."""
        return not self.lacking

    @property
    def is_first(self) -> bool:
        """Whether nothing was filed with anybody yet."""
        return all(one.row is None for one in self.offices)

    @property
    def names_to_ask(self) -> str:
        """The offices to be asked, by name."""
        return "、".join(one.name for one in self.to_ask)

    @property
    def names_lacking(self) -> str:
        """The offices still missing, by name."""
        return "、".join(one.name for one in self.lacking)

    @property
    def clause(self) -> str:
        """What the filing rests on."""
        return self.offices[0].view.clause.reference

    @property
    def next_words(self) -> str:
        """What is waited for, for who has nothing to do."""
        if self.is_done:
            return _("全部备案，可以生效。")
        return _("等%(names)s备案。") % {"names": self.names_lacking}


def filing_card(subject: Plan | Suspension, user: User, *, on: date) -> FilingCard | None:
    """The card of a plan or a suspension; None where the rulebook names no office."""
    if isinstance(subject, Plan) and subject.state == PlanState.DRAFT and not subject.filings.exists():
        return None
    found = selectors.standings_of(subject, on=on)
    if not found:
        return None
    states = (PlanState.RESOLVED, SuspensionState.FILING)
    is_open = subject.state in states
    own = next((one.row for one in found if _is_own(one, user, on)), None) if is_open else None
    is_clerk = user.access.may(CLERK)
    asked = _to_ask(subject, found, on) if is_open and is_clerk else []
    return FilingCard(found, own if isinstance(own, Filing) else None, asked, is_open)


def _is_own(one: Standing, user: User, on: date) -> bool:
    row = one.row
    has_it = one.received_on is not None and one.received_on <= on
    return isinstance(row, Filing) and one.is_waiting and has_it and selectors.may_answer(user, row)


def _to_ask(subject: Plan | Suspension, found: list[Standing], on: date) -> list[Standing]:
    content = (
        selectors.content_of_plan(subject)
        if isinstance(subject, Plan)
        else selectors.content_of_suspension(subject)
    )
    return to_ask(found, content=content, rulebook=rulebook(subject.village_code, on=on))


def timeline_with_filings(subject: Plan | Suspension) -> list:
    """办理经过 of a plan or a suspension with what its offices answered."""
    rows = subject.filings.values("pk")
    own = Q(object_type=subject._meta.label_lower, object_id=subject.pk)
    events = Event.objects.filter(own | Q(object_type=Filing._meta.label_lower, object_id__in=rows))
    return timeline_of(subject, events=events.select_related("actor", "note").order_by("-pk"))
