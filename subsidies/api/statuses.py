"""Status lists (F19) through the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.access import require_role
from core.api import ActInput, IdNumberField, act_api
from core.errors import InvalidInput, NotInArea
from core.workflow import By
from subsidies.services.statuses import StatusInput, record_statuses
from subsidies.workflow.applications import READERS
from villages.enums import StatusKind
from villages.models import Person, PersonStatus


class StatusOutput(serializers.ModelSerializer):
    """One reported status; the identity number's last four only."""

    name = serializers.CharField(source="person.name")
    id_last4 = serializers.CharField(source="person.last4")

    class Meta:
        model = PersonStatus
        fields = (
            "id", "person", "name", "id_last4", "kind", "event_on", "source", "evidence", "remark", "reported_on",
            "is_lifted", "village_code",
        )  # fmt: skip


class StatusRow(serializers.Serializer):
    """A person by `person` or `id_number`, what happened and when."""

    person = serializers.IntegerField(required=False)
    id_number = IdNumberField(required=False, max_length=24)
    kind = serializers.ChoiceField(StatusKind.choices)
    event_on = serializers.DateField()
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_blank=True, default="", max_length=60
    )
    evidence = serializers.CharField(required=False, allow_blank=True, default="", max_length=80)
    remark = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)


class StatusesInput(ActInput):
    """A status list: all rows or none."""

    rows = StatusRow(many=True)


class StatusFilter(django_filters.FilterSet):
    """By person, kind, village, lifted or not."""

    class Meta:
        model = PersonStatus
        fields = ("person", "kind", "village_code", "is_lifted")


@extend_schema_view(
    list=extend_schema(summary="状态变更列表"), retrieve=extend_schema(summary="一条状态变更")
)
class PersonStatusViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """状态变更名单：死亡、丧失国籍、已享受其他养老待遇等。"""

    serializer_class = StatusOutput
    filterset_class = StatusFilter
    queryset = PersonStatus.objects.none()
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[PersonStatus]:
        if getattr(self, "swagger_fake_view", False):
            return PersonStatus.objects.none()
        area = require_role(self.request.user, READERS).area
        assert area is not None
        return PersonStatus.objects.within(area).select_related("person").order_by("-pk")

    @extend_schema(
        request=StatusesInput,
        responses={HTTP_201_CREATED: StatusOutput(many=True)},
        summary="登记状态变更名单",
    )
    @act_api
    def create(self, request: Request, by: By) -> Response:
        given = StatusesInput(data=request.data)
        given.is_valid(raise_exception=True)
        kept = record_statuses([_row(row) for row in given.validated_data["rows"]], by=by)
        return Response(StatusOutput(kept, many=True).data, status=status.HTTP_201_CREATED)


def _row(row: dict[str, Any]) -> StatusInput:
    number, person_id = row.pop("id_number", ""), row.pop("person", None)
    if number:
        person = Person.objects.by_id_number(number.strip().upper()).first()
        if person is None:
            raise NotInArea(_("有人员不在本区的成员名单或补助名单中。"))
        person_id = person.pk
    if person_id is None:
        message = _("每一行须给出 person 或 id_number。")
        raise InvalidInput(message, fields={"rows": [message]})
    return StatusInput(person_id, **row)
