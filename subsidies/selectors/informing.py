"""Reads of informing: which batches wait for feedback or for word, the sheet, the slips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from core.access import require_role
from core.calendar import Deadline
from core.errors import NotInArea
from core.models import User
from ledger.selectors import balances_of_persons
from policies.rules import due_on
from policies.selectors import rulebook
from subsidies.enums import ApplicationState, LineState
from subsidies.models import Application, Line
from subsidies.services.informing import TOLD_STATES
from subsidies.workflow import informing as steps

SHOWN_STATES = (ApplicationState.POSTED, ApplicationState.INFORMED, ApplicationState.CLOSED)


def informing_batches(actor: User) -> QuerySet[Application]:
    """Posted batches of the area with `posted_count`, `posted_fen`, `told_count`, `untold_count`."""
    area = require_role(actor, steps.READERS, _("信息反馈")).area
    rows = Application.objects.within(area) if area else Application.objects.none()
    posted = Q(lines__state__in=TOLD_STATES)
    return (
        rows.filter(state__in=SHOWN_STATES)
        .annotate(
            posted_count=Count("lines", filter=posted),
            posted_fen=Sum("lines__amount_fen", filter=posted, default=0),
            told_count=Count("lines", filter=posted & Q(lines__informed_on__isnull=False)),
            untold_count=Count(
                "lines", filter=Q(lines__state=LineState.POSTED, lines__informed_on__isnull=True)
            ),
        )
        .filter(posted_count__gt=0)
        .select_related("organisation__region__parent", "plan")
    )


def informing_batch(actor: User, pk: int) -> Application:
    """One of these batches; raises NotInArea otherwise."""
    found = informing_batches(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def feedback_lines(application: Application) -> QuerySet[Line]:
    """The lines of the feedback sheet: posted, and those confirmed that were not; annotated `is_told`."""
    shown = (*TOLD_STATES, LineState.ELIGIBLE, LineState.REMITTED, LineState.WITHDRAWN, LineState.GIVEN_UP)
    is_told = ExpressionWrapper(Q(informed_on__isnull=False), BooleanField())
    rows = application.lines.filter(state__in=shown).annotate(is_told=is_told)
    return rows.select_related("person").order_by("position")


def inform_deadline(application: Application) -> Deadline | None:
    """Until when members are to be told, from the day of feedback; None before it."""
    if application.fed_back_on is None:
        return None
    rules = rulebook(application.village_code, on=application.fed_back_on)
    return due_on(rules, "inform_days", application.fed_back_on)


def inform_methods(application: Application, *, on: date) -> dict[str, str]:
    """The ways of telling that the rulebook names, with their words."""
    table = rulebook(application.village_code, on=on).table("inform_method")
    return {key: str(view.value) for key, view in table.items()}


@dataclass(frozen=True, slots=True)
class Slip:
    """One person's slip (告知单): the line and what lies on the account by source."""

    line: Line
    balances: dict[str, int]

    @property
    def total_fen(self) -> int:
        return sum(self.balances.values())


def slips(application: Application, *, on: date) -> list[Slip]:
    """The slips of everybody posted, in two statements whatever their number."""
    lines = list(
        application.lines.filter(state=LineState.POSTED).select_related("person").order_by("position")
    )
    balances = balances_of_persons([line.person_id for line in lines], on=on)
    return [Slip(line, balances.get(line.person_id, {})) for line in lines]
