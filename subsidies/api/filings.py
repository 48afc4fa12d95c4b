"""Filings (备案) through the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ActInput, act_api, given_by
from core.workflow import By
from subsidies.models import Filing
from subsidies.selectors import filings as selectors
from subsidies.serializers import filings as shapes
from subsidies.services import filings as services

ON = OpenApiParameter("on", OpenApiTypes.DATE, description="看哪一天的情况，默认今天")


@extend_schema_view(list=extend_schema(parameters=[ON]), retrieve=extend_schema(parameters=[ON]))
class FilingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """备案: each office of the rulebook acknowledges or returns what the village filed with it."""

    queryset = Filing.objects.none()
    serializer_class = shapes.FilingOutput
    filterset_fields = ("plan", "suspension", "office", "state")

    def get_queryset(self) -> QuerySet[Filing]:
        """Filings of the area."""
        if getattr(self, "swagger_fake_view", False):
            return Filing.objects.none()
        return selectors.filings_within(self.request.user).order_by("-received_on", "-pk")  # type: ignore[arg-type]

    def get_serializer_context(self) -> dict[str, Any]:
        """The day for which terms and silence are reckoned."""
        context: dict[str, Any] = {**super().get_serializer_context(), "books": {}}
        if self.request is None or self.request.method != "GET":
            return context
        given = ActInput(data=self.request.query_params)
        given.is_valid(raise_exception=True)
        return context | {"on": given.validated_data.get("on") or timezone.localdate()}

    def _answer(self, request: Request, by: By, pk: str) -> Response:
        row = selectors.filing(request.user, int(pk))  # type: ignore[arg-type]
        return Response(shapes.FilingOutput(row, context={"on": by.on}).data)

    @extend_schema(request=ActInput, responses=shapes.FilingOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def acknowledge(self, request: Request, by: By, pk: str) -> Response:
        """File it, with a number (备案); the last office completes the plan's filing."""
        services.acknowledge_filing(int(pk), by=by)
        return self._answer(request, by, pk)

    @extend_schema(request=shapes.ReturnInput, responses=shapes.FilingOutput)
    @action(detail=True, methods=["post"], url_path="return")
    @act_api
    def send_back(self, request: Request, by: By, pk: str) -> Response:
        """Return it with a reason (退回); only this office is then asked again."""
        services.return_filing(int(pk), by=by, **given_by(shapes.ReturnInput, request))
        return self._answer(request, by, pk)
