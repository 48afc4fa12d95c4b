"""What the rulebooks hear of closed years before one changes: what a closed year went by stays as it is (A-17)."""

from __future__ import annotations

from core.access import Area
from core.divisions import NATIONAL_CODE
from desk.enums import ClosingState
from desk.models import YearClosing
from policies.hooks import CLOSED_YEARS, Reach


def closed_years(reach: Reach) -> list[int]:
    """Years of the reach that some county of the region closed; none of a parameter asked by day."""
    if reach.year_from is None:
        return []
    area = Area("" if reach.region_code == NATIONAL_CODE else reach.region_code)
    rows = YearClosing.objects.within(area).filter(state=ClosingState.CLOSED, year__gte=reach.year_from)
    if reach.year_to is not None:
        rows = rows.filter(year__lte=reach.year_to)
    return list(rows.order_by("year").values_list("year", flat=True).distinct())


CLOSED_YEARS.append(closed_years)
