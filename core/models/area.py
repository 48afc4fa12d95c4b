"""The place of an act: three code columns on every row that is listed."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

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


class ZoneQuerySet(AreaQuerySet):
    """Rows of which some are about all towns of a functional zone, although they stand at one."""

    def within(self, area: Area) -> Self:
        """Rows of the area; one about a zone only where the area holds every town of it."""
        rows = super().within(area)
        zones = rows.exclude(zone_towns="").order_by().values_list("zone_towns", flat=True).distinct()
        return rows.filter(
            Q(zone_towns="") | Q(zone_towns__in=[one for one in zones if area.holds_towns(one)])
        )


class ZoneModel(AreaModel):
    """A row that may be about a whole functional zone: then it stands at the first of its towns (`Area.seat`).

    `zone_towns` are the codes of them all, comma between; empty where the row is about its own place.
    """

    zone_towns = models.TextField("功能区各镇街", blank=True, default="")

    objects = ZoneQuerySet.as_manager()

    class Meta:
        abstract = True
