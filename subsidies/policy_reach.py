"""What the rulebooks hear of plans and batches before one changes: what is open and will read the change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.access import Area
from core.divisions import NATIONAL_CODE
from policies.hooks import TOUCHED, Reach, Touched
from subsidies.enums import PlanState
from subsidies.models import Application, Line, Plan
from subsidies.workflow.applications import OPEN

OPEN_PLANS = (PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED, PlanState.IN_FORCE)


def open_work(reach: Reach) -> Iterable[Touched]:
    """Plans that are not over, batches that wait for money, and the persons in them."""
    plans = _of(reach, Plan.objects.within(_area(reach)))
    batches = _of(reach, Application.objects.within(_area(reach)).filter(state__in=OPEN))
    yield Touched(_("没有结束的方案"), plans.filter(state__in=OPEN_PLANS).count(), "plans")
    yield Touched(_("办理中的补助申请"), batches.count(), "applications")
    yield Touched(_("办理中的补助人次"), Line.objects.filter(application__in=batches).count())


def _area(reach: Reach) -> Area:
    return Area("" if reach.region_code == NATIONAL_CODE else reach.region_code)


def _of(reach: Reach, rows: QuerySet[Any]) -> QuerySet[Any]:
    if reach.year_from is not None:
        rows = rows.filter(year__gte=reach.year_from)
    return rows.filter(year__lte=reach.year_to) if reach.year_to is not None else rows


TOUCHED.append(open_work)
