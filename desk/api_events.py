"""What happened, read-only: events of the area."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.access import require_role
from core.filters import NumberFilter
from core.models import Event
from villages.enums import AGENCY, READERS

EVENT_READERS = READERS | AGENCY


class EventOutput(serializers.ModelSerializer):
    """One act: who, when, on what, how many, how much; never personal data."""

    actor = serializers.CharField(source="actor.username", allow_null=True, default=None)

    class Meta:
        model = Event
        fields = (
            "id", "at", "on", "actor", "act", "object_type", "object_id", "from_state", "to_state", "rows_count",
            "amount_fen", "reason_code", "clause", "figures", "county_code", "town_code", "village_code",
        )  # fmt: skip


class EventFilter(django_filters.FilterSet):
    """By object, act, actor, date, village."""

    object_type = django_filters.CharFilter(label="对象，如 subsidies.application")
    object_id = NumberFilter(label="对象编号")
    act = django_filters.CharFilter(label="事项")
    actor = django_filters.CharFilter(field_name="actor__username", label="账号")
    on = django_filters.DateFilter(label="业务日期")
    village = django_filters.CharFilter(field_name="village_code", label="村代码")


@extend_schema_view(list=extend_schema(summary="办理记录"), retrieve=extend_schema(summary="一条办理记录"))
class EventViewSet(ReadOnlyModelViewSet):
    """Events of the caller's area, newest first (agency, township, agriculture, district, auditor)."""

    queryset = Event.objects.none()
    serializer_class = EventOutput
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        area = require_role(self.request.user, EVENT_READERS, "办理记录").area
        rows = Event.objects.within(area) if area else Event.objects.none()
        return rows.select_related("actor").order_by("-pk")
