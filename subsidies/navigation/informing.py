"""What informing puts into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.navigation import NavItem, Todo
from subsidies.enums import ApplicationState
from subsidies.models import Application
from subsidies.selectors import informing as selectors
from subsidies.workflow import informing as steps


def _waiting(user: User) -> QuerySet[Application]:
    rows = selectors.informing_batches(user)
    if user.access.may(steps.FEED_BACK.roles):
        return rows.filter(state=ApplicationState.POSTED)
    if user.access.may(steps.TELL.roles):
        return rows.filter(state=ApplicationState.INFORMED, untold_count__gt=0)
    return rows.none()


def waiting(user: User) -> int:
    """Batches that wait for feedback (agency) or for word to their members (village)."""
    return _waiting(user).count()


NAV: list[NavItem] = [NavItem(_("信息反馈"), "informing", steps.READERS, count=waiting)]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Feedback to send; members to tell, with the rulebook's last day."""
    if not user.access.may(steps.FEED_BACK.roles | steps.TELL.roles):
        return
    for row in _waiting(user):
        yield _to_feed_back(row) if row.state == ApplicationState.POSTED else _to_tell(row, on)


def _name(row: Application) -> str:
    return _("%(village)s%(year)s年度第%(n)s批") % {
        "village": row.organisation.region,
        "year": row.year,
        "n": row.batch_no,
    }


def _to_feed_back(row: Application) -> Todo:
    title = _("反馈%(batch)s") % {"batch": _name(row)}
    return Todo(title, _("已记账，还没有反馈给村里"), reverse("inform-batch", args=[row.pk]), _("去反馈"))


def _to_tell(row: Application, on: date) -> Todo:
    deadline = selectors.inform_deadline(row)
    count = row.untold_count  # type: ignore[attr-defined]
    return Todo(
        _("告知%(n)d人") % {"n": count},
        _("%(batch)s已记账，请告知本人并登记") % {"batch": _name(row)},
        reverse("inform-batch", args=[row.pk]),
        _("去登记"),
        due_on=deadline.on if deadline else None,
        count=count,
    )
