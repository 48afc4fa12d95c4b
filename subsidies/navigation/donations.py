"""What donors and pools put into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access_of
from core.models import User
from core.money import yuan_text
from core.navigation import NavItem, Todo
from subsidies.enums import PlanState
from subsidies.models import Plan
from subsidies.selectors import donations as selectors
from subsidies.workflow import donations as steps
from subsidies.workflow.plans import DRAFT_PLAN

NAV: list[NavItem] = [
    NavItem(_("社会资助和专款"), "pools", steps.POOL_READERS),
    NavItem(_("资助方"), "donors", steps.POOL_READERS),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Donors' pools of the clerk's village with money and no plan yet."""
    if not access_of(user).may(DRAFT_PLAN.roles):
        return
    planned = Plan.objects.exclude(state=PlanState.DISCARDED).filter(pool__isnull=False).values("pool")
    waiting = selectors.sponsored(selectors.pools_within(user)).filter(left_fen__gt=0)
    for row in waiting.exclude(pk__in=planned).order_by("year", "pk"):
        words = {"donor": row.title, "year": row.year, "fen": yuan_text(row.balance_fen)}
        yield Todo(
            _("给%(donor)s的资助款定方案") % words,
            _("%(year)d年度，专款余额%(fen)s元，还没有资助方案") % words,
            reverse("pool", args=[row.pk]),
            _("去拟定"),
        )
