"""Commendations (通报表扬) in the API: the register, and notices proposed by one officer and confirmed by another."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import ActInput, act_api
from core.filters import NumberFilter
from core.workflow import By
from rewards import selectors, services
from rewards import serializers as shapes
from rewards.api import Room
from rewards.models import Commendation, CommendationNotice

TAGS = ["commendations"]


class CommendationFilter(django_filters.FilterSet):
    """What the register may be narrowed by."""

    year = NumberFilter(label="补助年度")
    organisation = NumberFilter(field_name="organisation_id", label="村集体经济组织")
    notice = NumberFilter(field_name="notice_id", label="通报")
    q = django_filters.CharFilter(method="search", label="村名、镇街名、文号")

    def search(self, rows: QuerySet[Commendation], name: str, text: str) -> QuerySet[Commendation]:
        return selectors.search_commendations(rows, text)


class CommendationViewSet(Room):
    """The register of commended organisations (通报表扬登记册)."""

    model = Commendation
    queryset = Commendation.objects.none()
    serializer_class = shapes.CommendationOutput
    filterset_fields = ()
    filterset_class = CommendationFilter

    def rows(self) -> QuerySet[Commendation]:
        return selectors.commendations_within(self.request.user).order_by("-year", "village_code")  # type: ignore[arg-type]

    @extend_schema(
        parameters=[
            OpenApiParameter("year", int, required=True, description="补助年度"),
            OpenApiParameter("county_code", str, description="区县代码，空着为本人所在区县"),
        ],
        responses=shapes.CandidateOutput(many=True),
        filters=False,
        tags=TAGS,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def candidates(self, request: Request) -> Response:
        """Who subsidised in a year and is on no notice of it, most money first."""
        given = shapes.YearInput(data=request.query_params)
        given.is_valid(raise_exception=True)
        rows = selectors.commendation_candidates(
            request.user,  # type: ignore[arg-type]
            self.county(given),
            given.validated_data["year"],
        )
        return Response(shapes.CandidateOutput(rows, many=True).data)


class CommendationNoticeViewSet(Room):
    """Notices of commendation (表扬通报)."""

    model = CommendationNotice
    queryset = CommendationNotice.objects.none()
    serializer_class = shapes.CommendationNoticeOutput

    def rows(self) -> QuerySet[CommendationNotice]:
        return selectors.notices_within(self.request.user)  # type: ignore[arg-type]

    @extend_schema(
        request=shapes.CommendInput, responses={HTTP_201_CREATED: shapes.CommendationNoticeOutput}, tags=TAGS
    )
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Propose organisations for commendation, to be confirmed by another officer."""
        given = self.given(shapes.CommendInput)
        data = given.validated_data
        made = services.propose_commendation(
            self.county(given), data["year"], data["organisations"], by=by, remark=data["remark"]
        )
        return self.answer(made.pk, status=HTTP_201_CREATED)

    @extend_schema(request=ActInput, responses=shapes.CommendationNoticeOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Another officer confirms: figures are read anew, the notice is numbered and in the register."""
        services.confirm_commendation(int(pk), by=by)
        return self.answer(int(pk))

    @extend_schema(request=shapes.RewardReasonInput, responses=shapes.CommendationNoticeOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """The checker sends it back."""
        reason = self.given(shapes.RewardReasonInput).validated_data["reason"]
        services.refuse_commendation(int(pk), by=by, reason=reason)
        return self.answer(int(pk))
