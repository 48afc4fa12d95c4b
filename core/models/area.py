"""The place of an act: three code columns on every row that is listed."""

from __future__ import annotations

from typing import Self

from django.db import models

from core.access import Area


class AreaQuerySet(models.QuerySet):
    """A queryset whose rows carry county, town and village codes."""

    def within(self, area: Area) -> Self:
        """Rows whose act took place in the area (equality on one indexed column)."""
        return self.filter(**area.filters())


class AreaModel(models.Model):
    """County, town and village of the place where the row's act took place; they never follow a person."""

    county_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    town_code = models.CharField(max_length=12, blank=True, default="", db_index=True)
    village_code = models.CharField(max_length=12, blank=True, default="", db_index=True)

    class Meta:
        abstract = True

    def area_codes(self) -> dict[str, str]:
        """The three columns, to be copied to what follows from this row."""
        return {
            "county_code": self.county_code,
            "town_code": self.town_code,
            "village_code": self.village_code,
        }
