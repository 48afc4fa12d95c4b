"""What the rulebooks hear of rewards before one changes: which years are settled, which are still to be determined."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.access import Area
from core.divisions import NATIONAL_CODE
from policies.hooks import SETTLED_YEARS, TOUCHED, Reach, Touched
from rewards import workflow as steps
from rewards.models import Reward


def settled_years(reach: Reach) -> list[int]:
    """Years of the reach for which a reward of the region is determined; none of a parameter asked by day."""
    if reach.year_from is None:
        return []
    rows = _of(reach).filter(state__in=steps.FIXED)
    return list(rows.order_by("year").values_list("year", flat=True).distinct())


def open_rewards(reach: Reach) -> Iterable[Touched]:
    """Rewards that are reckoned and not determined."""
    yield Touched(_("还没有核定的奖励"), _of(reach).filter(state__in=steps.FREE).count(), "rewards")


def _of(reach: Reach) -> QuerySet[Reward]:
    code = "" if reach.region_code == NATIONAL_CODE else reach.region_code
    rows = Reward.objects.within(Area(code))
    if reach.year_from is not None:
        rows = rows.filter(year__gte=reach.year_from)
    return rows.filter(year__lte=reach.year_to) if reach.year_to is not None else rows


SETTLED_YEARS.append(settled_years)
TOUCHED.append(open_rewards)
