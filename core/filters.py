"""What every list of the API may be narrowed by: the place of its rows, and numbers that a column can hold."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.validators import MaxValueValidator
from django.db.models import BigIntegerField, QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

PLACES = {"town": ("town_code", "镇街代码（12位）"), "village": ("village_code", "村代码（12位）")}


class NumberFilter(django_filters.NumberFilter):
    """A whole number; one beyond every column is malformed on both engines, not an empty list on one of them."""

    def get_max_validator(self) -> MaxValueValidator:
        """The largest number a column holds."""
        return MaxValueValidator(BigIntegerField.MAX_BIGINT)


class PlaceFilterBackend(BaseFilterBackend):
    """`town` and `village` by their codes, wherever the rows carry them and the list has no filter of that name."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows of the place asked for."""
        for name in _names(view, queryset.model):
            code = request.query_params.get(name, "")
            if code:
                queryset = queryset.filter(**{PLACES[name][0]: code})
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters for the API's schema."""
        queryset = getattr(view, "queryset", None)
        if queryset is None:
            return []
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": PLACES[name][1],
                "schema": {"type": "string"},
            }
            for name in _names(view, queryset.model)
        ]


def _names(view: Any, model: Any) -> list[str]:
    own = getattr(getattr(view, "filterset_class", None), "base_filters", {})
    fields = {field.name for field in model._meta.get_fields()}
    return [name for name, (field, _label) in PLACES.items() if field in fields and name not in own]
