"""Loading the administrative tree."""

from __future__ import annotations

import csv
from pathlib import Path

from django.conf import settings

from villages.enums import RegionLevel
from villages.models import Region

REGIONS_FILE = settings.BASE_DIR / "fixtures" / "regions.csv"
CODE_COLUMNS = {
    RegionLevel.COUNTY: ("county_code",),
    RegionLevel.TOWNSHIP: ("county_code", "town_code"),
    RegionLevel.VILLAGE: ("county_code", "town_code", "village_code"),
}


def load_regions(path: Path = REGIONS_FILE) -> int:
    """Insert or update every region of the file; return how many it holds. Two statements, repeatable."""
    with path.open(encoding="utf-8") as file:
        rows = [_region(row) for row in csv.DictReader(file)]
    # Parents first, so that the foreign key holds row by row on engines that check at once.
    rows.sort(key=lambda region: list(RegionLevel.values).index(region.level))
    Region.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "level", "name", "short_name", "parent", "unit_type", "county_code", "town_code", "village_code",
        ],
    )  # fmt: skip
    return len(rows)


def _region(row: dict[str, str]) -> Region:
    code, level = row["code"], RegionLevel(row["level"])
    padded = {"county_code": code[:6] + "000000", "town_code": code[:9] + "000", "village_code": code}
    return Region(
        code=code,
        level=level,
        name=row["name"],
        short_name=row["short_name"] or row["name"],
        parent_id=row["parent_code"] or None,
        unit_type=row["unit_type"],
        **{column: padded[column] for column in CODE_COLUMNS.get(level, ())},
    )
