"""The administering unit in lists: a filter of the API, and a column of workbooks where there is a zone at all."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.lists import Export
from core.sheets.writer import OutColumn
from villages.zones import Units, handled_by, unit_of, units_of


class UnitFilter(django_filters.CharFilter):
    """Rows with code columns that a functional zone handles, by its name; a zone that is none handles nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="实际管理单位（功能区的名称）", **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Zones are those of the reader's own place, as of today."""
        if not value:
            return qs
        area = self.parent.request.user.access.area
        units = units_of(area.code, on=timezone.localdate()) if area else {}
        return qs.filter(handled_by(units, value))


def with_units(export: Export, units: Units) -> Export:
    """The same workbook with a last column that says which zone handles a row's place; as it is where none does."""
    if not units:
        return export

    def cells(row: Any) -> tuple[Any, ...]:
        unit = unit_of(units, row)
        return (*export.cells(row), unit.name if unit else "")

    return Export(export.title, [*export.columns, OutColumn(_("实际管理单位"), width=20)], cells)
