"""What the pilot puts into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import access_of
from core.calendar import day_text
from core.models import User
from core.navigation import NavItem, Todo
from subsidies.enums import PilotState
from subsidies.selectors import county_pilots as selectors
from subsidies.workflow import county_pilots as steps
from villages.models import Region


def waiting(user: User) -> int:
    """Counties on which the city has yet to decide."""
    access = access_of(user)
    if not access.may(steps.SELECT.roles) or access.area is None or not access.area.is_above_county:
        return 0
    return selectors.pilots_within(user).filter(state=PilotState.APPLIED).count()


def has_pilot(user: User) -> bool:
    """Whether the rulebook of the user's place says who may take part."""
    return selectors.has_pilot(user, on=timezone.localdate())


NAV: list[NavItem] = [
    NavItem(
        _("试点范围"),
        "pilots",
        steps.READERS,
        count=waiting,
        shown=has_pilot,
    )
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Counties that wait for the city."""
    if not waiting(user):
        return
    rows = list(selectors.pilots_within(user).filter(state=PilotState.APPLIED))
    names = dict(Region.objects.filter(pk__in=[row.county_code for row in rows]).values_list("pk", "name"))
    for row in rows:
        title = _("选定试点县：%(county)s") % {"county": names[row.county_code]}
        detail = _("%(day)s提出申请") % {"day": day_text(row.applied_on)}
        yield Todo(title, detail, reverse("county-pilot", args=[row.pk]), _("去评估"))
