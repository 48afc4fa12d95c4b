"""Payments through the API: the list, and recording them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED
from rest_framework.viewsets import ReadOnlyModelViewSet

from contributions import selectors
from contributions import serializers as shapes
from contributions.enums import ContributionKind
from contributions.models import Contribution
from contributions.resting import resting_within
from contributions.services import record_contributions, reverse_contribution
from contributions.workflow import REVERSE_CONTRIBUTION
from core.access import require_role
from core.api import act_api, given_by
from core.filters import NumberFilter
from core.lists import person_words
from core.workflow import By


class ContributionFilter(django_filters.FilterSet):
    """By year, kind, person, place; `q` is a part of the name, pinyin, or the last four digits."""

    year = NumberFilter(label="缴费年度")
    kind = django_filters.ChoiceFilter(choices=ContributionKind.choices, label="缴费种类")
    person = NumberFilter(field_name="person_id", label="人员")
    village = django_filters.CharFilter(field_name="village_code", label="村代码")
    town = django_filters.CharFilter(field_name="town_code", label="镇街代码")
    voucher = django_filters.CharFilter(label="税票号")
    q = django_filters.CharFilter(method="search", label="姓名、拼音或身份证后四位")

    def search(self, rows: QuerySet[Contribution], name: str, text: str) -> QuerySet[Contribution]:
        return rows.filter(person_words(text, "person__"))


@extend_schema_view(list=extend_schema(summary="个人缴费"), retrieve=extend_schema(summary="一笔个人缴费"))
class ContributionViewSet(ReadOnlyModelViewSet):
    """What members paid, as the agency or the tax office reported it."""

    queryset = Contribution.objects.none()
    serializer_class = shapes.ContributionOutput
    filterset_class = ContributionFilter

    def get_queryset(self) -> QuerySet[Contribution]:
        if getattr(self, "swagger_fake_view", False):
            return Contribution.objects.none()
        return selectors.contributions_within(self.request.user).order_by("-pk")  # type: ignore[arg-type]

    @extend_schema(
        request=shapes.ContributionsInput,
        responses={HTTP_201_CREATED: shapes.ContributionsOutput},
        summary="登记个人缴费",
    )
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Record one or many payments, all or none, judged as the sheet's rows are (officer, tax)."""
        given = shapes.ContributionsInput(data=request.data)
        given.is_valid(raise_exception=True)
        done = record_contributions(given.payments(), by=by)
        return Response(shapes.ContributionsOutput(_summary(done)).data, status=HTTP_201_CREATED)

    @extend_schema(responses=shapes.ReversePreviewOutput, filters=False, summary="冲销以前，看什么以它为依据")
    @action(detail=True, methods=["get"], url_path="reverse-preview", filterset_class=None)
    def reverse_preview(self, request: Request, pk: str) -> Response:
        """What rests on the payment now, and what would follow for it (officer)."""
        access = require_role(request.user, REVERSE_CONTRIBUTION.roles, REVERSE_CONTRIBUTION.label)
        found = self.get_object()
        resting = resting_within(access.area, [found.pk]).get(found.pk, [])
        return Response(shapes.ReversePreviewOutput({"contribution": found, "resting": resting}).data)

    @extend_schema(
        request=shapes.ReverseInput, responses=shapes.ContributionOutput, summary="冲销一笔个人缴费"
    )
    @action(detail=True, methods=["post"])
    @act_api
    def reverse(self, request: Request, by: By, pk: str) -> Response:
        """Take a payment back that was refunded or recorded by mistake (officer); it is never undone."""
        given = given_by(shapes.ReverseInput, request)
        done = reverse_contribution(
            int(pk), by=by, reversed_on=given.get("reversed_on") or by.on, reason=given["reason"]
        )
        return Response(shapes.ContributionOutput(done).data)


def _summary(done: list[Any]) -> dict[str, Any]:
    counts = {f"{status}_count": 0 for status in ("new", "changed", "unchanged")}
    for one in done:
        counts[f"{one.status}_count"] += 1
    return counts | {"rows": done}
