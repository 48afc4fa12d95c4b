"""The pilot through the API: counties' applications, and the year's list of villages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED

from core.api import ActInput, act_api
from core.workflow import By
from core.years import FIRST_YEAR, LAST_YEAR
from subsidies.models import CountyPilot
from subsidies.selectors import county_pilots as selectors
from subsidies.serializers import county_pilots as shapes
from subsidies.services import county_pilots as services

TAGS = ["pilots"]
YEAR = OpenApiParameter("year", OpenApiTypes.INT, description="年度，默认今年")
ON = OpenApiParameter("on", OpenApiTypes.DATE, description="按哪一天的政策文件，默认今天")


class CountyPilotViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Counties that applied for the pilot (试点县); the city selects or declines."""

    queryset = CountyPilot.objects.none()
    serializer_class = shapes.CountyPilotOutput
    filterset_fields = ("state", "county_code")

    def get_queryset(self) -> QuerySet[CountyPilot]:
        """Applications of the area."""
        if getattr(self, "swagger_fake_view", False):
            return CountyPilot.objects.none()
        return selectors.pilots_within(self.request.user).order_by("-applied_on", "-pk")  # type: ignore[arg-type]

    def _answer(self, pk: int, status: int = HTTP_200_OK) -> Response:
        return Response(shapes.CountyPilotOutput(self.get_queryset().get(pk=pk)).data, status=status)

    def _given(self, shape: type[serializers.Serializer]) -> Any:
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given

    @extend_schema(
        request=shapes.PilotApplyInput, responses={HTTP_201_CREATED: shapes.CountyPilotOutput}, tags=TAGS
    )
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """The caller's county applies."""
        data = self._given(shapes.PilotApplyInput).validated_data
        made = services.apply_for_pilot(
            selectors.county_of(by.actor), by=by, statement=data["statement"], document=data["document"]
        )
        return self._answer(made.pk, HTTP_201_CREATED)

    @extend_schema(request=shapes.SelectInput, responses=shapes.CountyPilotOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def select(self, request: Request, by: By, pk: str) -> Response:
        """The city takes the county in, with its assessment and document."""
        self.get_object()
        given = self._given(shapes.SelectInput)
        services.select_county(
            int(pk), by=by, assessed=given.assessed(), document=given.validated_data["document"]
        )
        return self._answer(int(pk))

    @extend_schema(request=shapes.DeclineInput, responses=shapes.CountyPilotOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def decline(self, request: Request, by: By, pk: str) -> Response:
        """The city does not take the county in, and says why."""
        self.get_object()
        given = self._given(shapes.DeclineInput)
        services.decline_county(
            int(pk), by=by, assessed=given.assessed(), reason=given.validated_data["reason"]
        )
        return self._answer(int(pk))


class _YearInput(ActInput):
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR, required=False)


class PilotVillageViewSet(viewsets.ViewSet):
    """The year's list of pilot villages (试点村名单) of the caller's region."""

    lookup_value_regex = r"\d+"

    @extend_schema(parameters=[YEAR, ON], responses=shapes.PilotListOutput, tags=TAGS)
    def list(self, request: Request) -> Response:
        """Who is on the list, and whether it has as many as the document says."""
        given = _YearInput(data=request.query_params)
        given.is_valid(raise_exception=True)
        on = given.validated_data.get("on") or timezone.localdate()
        year = given.validated_data.get("year") or on.year
        found = selectors.village_list(selectors.rules_of(request.user, on=on), year)  # type: ignore[arg-type]
        answer = {
            "year": year,
            "count": found.count,
            "expected": found.expected.value if found.expected else None,
            "fits": found.fits,
            "villages": found.villages,
        }
        return Response(shapes.PilotListOutput(answer).data)
