"""The administrative tree."""

from __future__ import annotations

from django.db import models

from villages.enums import RegionLevel


class Region(models.Model):
    """One row of the statistical division list, by its 12-digit code; loaded from fixtures/regions.csv."""

    code = models.CharField("代码", max_length=12, primary_key=True)
    level = models.CharField("级别", max_length=12, choices=RegionLevel.choices)
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    unit_type = models.CharField(max_length=30, blank=True)
    county_code = models.CharField(max_length=12, blank=True, db_index=True)
    town_code = models.CharField(max_length=12, blank=True, db_index=True)
    village_code = models.CharField(max_length=12, blank=True)

    class Meta:
        verbose_name = "行政区划"
        verbose_name_plural = "行政区划"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_name or self.name

    def area_codes(self) -> dict[str, str]:
        """County, town and village code of this place."""
        return {
            "county_code": self.county_code,
            "town_code": self.town_code,
            "village_code": self.village_code,
        }
