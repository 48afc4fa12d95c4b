"""What filings and suspensions put into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import access_of
from core.models import User
from core.navigation import NavItem, Todo
from subsidies.enums import SuspensionState
from subsidies.models import Filing
from subsidies.selectors import filings as selectors
from subsidies.selectors import suspensions as pauses
from subsidies.workflow import filings as steps


def waiting(user: User) -> int:
    """Filings on which this user's office has yet to answer."""
    return selectors.open_for(user, on=timezone.localdate()).count()


def is_named(user: User) -> bool:
    """Whether the rulebook of the user's place names offices that file plans."""
    return selectors.names_filings(user, on=timezone.localdate())


NAV: list[NavItem] = [
    NavItem(
        "备案",
        "filings",
        steps.READERS,
        count=waiting,
        covers=("/suspensions/",),
        shown=is_named,
    )
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Filings that wait for the user's office; suspensions that the agency puts into effect or resumes."""
    access = access_of(user)
    if access.may(steps.OFFICES):
        yield from (_filing(row, on) for row in selectors.open_for(user, on=on))
    if access.may(steps.OFFICER):
        yield from (_pause(row) for row in pauses.waiting_for_agency(user, on=on))
    if access.may(steps.CLERK):
        yield from _returned(user, on)


def _words(row: Filing) -> dict[str, object]:
    subject = selectors.subject_of(row)
    return {"village": subject.organisation.region, "year": row.plan.year if row.plan else ""}


def _filing(row: Filing, on: date) -> Todo:
    one = selectors.standing_of(row, on=on)
    title = _("%(village)s%(year)s年度方案备案") if row.plan else _("%(village)s暂停补助备案")
    detail = _("村里已经报来；到期没有退回，次日起视同备案") if one and one.due else _("村里已经报来")
    url = reverse("filing", args=[row.pk])
    return Todo(title % _words(row), detail, url, _("去备案"), due_on=one.due.on if one and one.due else None)


def _pause(row: pauses.Suspension) -> Todo:
    url = reverse("suspension", args=[row.pk])
    village = {"village": row.organisation.region}
    if row.state == SuspensionState.RESUME_APPLIED:
        return Todo(_("%(village)s申请恢复补助") % village, _("请核对条件，定恢复的日期"), url, _("去办理"))
    return Todo(
        _("%(village)s暂停补助待办理") % village, _("已经备案，请取消还没有缴款的补助"), url, _("去办理")
    )


def _returned(user: User, on: date) -> Iterable[Todo]:
    for row in pauses.suspensions_within(user).filter(state=SuspensionState.FILING):
        for one in selectors.standings_of(row, on=on):
            if one.is_returned and one.row is not None:
                url = reverse("suspension", args=[row.pk])
                yield Todo(_("%(name)s退回了暂停备案") % {"name": one.name}, one.row.reason, url, _("去重报"))
