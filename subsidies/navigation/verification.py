"""What verification puts into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.calendar import working_days_between
from core.counts import LATE_ROWS, WAITING_ROWS
from core.models import User
from core.navigation import NavItem, Todo
from subsidies.enums import ApplicationState as State
from subsidies.models import Application
from subsidies.selectors import applications as selectors
from subsidies.selectors import verification as evidence
from villages.enums import Role

OFFICER, REVIEWER = frozenset({Role.OFFICER}), frozenset({Role.REVIEWER})


def _waiting(user: User) -> QuerySet[Application]:
    """Batches that wait for this user: submitted for an officer, verified by another for a reviewer."""
    states = [State.SUBMITTED] if user.access.may(OFFICER) else []
    rows = evidence.queue(user)
    found = rows.filter(state__in=states)
    if user.access.may(REVIEWER):
        found = found | rows.filter(state=State.VERIFIED).exclude(verified_by=user)
    return found


def _count(user: User) -> int:
    return _waiting(user).count() if user.access.may(OFFICER | REVIEWER) else 0


NAV: list[NavItem] = [
    NavItem(_("实缴核实"), "verifications", evidence.QUEUE_READERS, count=_count),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Each batch that waits for this officer or reviewer; returned ones past their deadline."""
    if not user.access.may(OFFICER | REVIEWER):
        return
    for row in selectors.with_counts(_waiting(user))[:WAITING_ROWS]:
        yield _batch(row, on)
    if user.access.may(OFFICER):
        late = evidence.queue(user).filter(state=State.RETURNED, correct_by__lt=on)
        for row in late[:LATE_ROWS]:
            yield _late(row)


def _batch(row: Application, on: date) -> Todo:
    words = {
        "village": row.organisation.region,
        "batch": row.batch_no,
        "n": row.headcount,  # type: ignore[attr-defined]
        "days": working_days_between(row.submitted_on or on, on) if on >= (row.submitted_on or on) else 0,
    }
    detail = _("%(n)d人，已等%(days)d个工作日") % words
    url = reverse("verification", args=[row.pk])
    if row.state == State.VERIFIED:
        return Todo(_("复核%(village)s第%(batch)d批") % words, detail, url, _("去复核"))
    return Todo(_("核实%(village)s第%(batch)d批") % words, detail, url, _("去核实"))


def _late(row: Application) -> Todo:
    words = {"village": row.organisation.region, "batch": row.batch_no}
    return Todo(
        _("%(village)s第%(batch)d批逾期没有补正") % words,
        row.returned_reason,
        reverse("application", args=[row.pk]),
        _("去看"),
        due_on=row.correct_by,
    )
