"""Which places functional zones handle, as the rulebook states it (JN-01), for the room of villages."""

from __future__ import annotations

from datetime import date

from policies.selectors import rulebook
from villages.zones import Unit, Units


def administering_units(region_code: str, on: date) -> Units:
    """Code of a town or county → the zone that handles it instead of the county its code belongs to."""
    views = rulebook(region_code, on=on).table("administering_unit")
    return {
        code: Unit(str(view.value), view.mark_kind, view.clause.reference) for code, view in views.items()
    }
