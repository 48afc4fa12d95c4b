"""Later validities of a rulebook (政策调整) through the API."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import act_api, given_by
from core.workflow import By
from policies.amendments import selectors, services
from policies.amendments import serializers as shapes
from policies.models import Amendment


class AmendmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """政策调整: entered by one administrator of a region, approved by another."""

    queryset = Amendment.objects.none()
    serializer_class = shapes.AmendmentOutput
    filterset_fields = ("region_code", "state", "name")

    def get_queryset(self) -> QuerySet[Amendment]:
        """Those of the area, and of the regions above it."""
        if getattr(self, "swagger_fake_view", False):
            return Amendment.objects.none()
        rows = selectors.amendments_within(self.request.user)  # type: ignore[arg-type]
        return rows.prefetch_related("rows").order_by("-pk")

    def _answer(self, request: Request, pk: int | str, *, code: int = status.HTTP_200_OK) -> Response:
        row = selectors.amendment(request.user, int(pk))  # type: ignore[arg-type]
        return Response(shapes.AmendmentDetailOutput(row).data, status=code)

    @extend_schema(responses=shapes.AmendmentDetailOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One with what it changes and what will read it."""
        return self._answer(request, pk)

    @extend_schema(request=shapes.AmendmentInput, responses={HTTP_201_CREATED: shapes.AmendmentDetailOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Enter a later validity (提出调整); nothing changes before another administrator approves it."""
        given = shapes.AmendmentInput(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.request(given.validated_data["name"])
        row = services.propose_amendment(given.validated_data["region_code"], by=by, request=asked)
        return self._answer(request, row.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.AgainInput, responses=shapes.AmendmentDetailOutput)
    @action(detail=True, methods=["post"], url_path="propose-again")
    @act_api
    def propose_again(self, request: Request, by: By, pk: str) -> Response:
        """Enter it anew (重新提出), after a return or before an answer."""
        row = selectors.amendment(request.user, int(pk))  # type: ignore[arg-type]
        given = shapes.AgainInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.propose_again(int(pk), by=by, request=given.request(row.name))
        return self._answer(request, pk)

    @extend_schema(request=shapes.ApproveInput, responses=shapes.AmendmentDetailOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def approve(self, request: Request, by: By, pk: str) -> Response:
        """Let it into the rulebook (批准), as it was read in the `version` named."""
        seen = given_by(shapes.ApproveInput, request)["version"]
        services.approve_amendment(int(pk), by=by, expected_version=seen)
        return self._answer(request, pk)

    @extend_schema(request=shapes.ReasonInput, responses=shapes.AmendmentDetailOutput)
    @action(detail=True, methods=["post"], url_path="return")
    @act_api
    def give_back(self, request: Request, by: By, pk: str) -> Response:
        """Send it back with a reason (退回)."""
        services.return_amendment(int(pk), by=by, **given_by(shapes.ReasonInput, request))
        return self._answer(request, pk)

    @extend_schema(request=shapes.WithdrawInput, responses=shapes.AmendmentDetailOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def withdraw(self, request: Request, by: By, pk: str) -> Response:
        """Give it up before it is approved (撤回)."""
        services.withdraw_amendment(int(pk), by=by, **given_by(shapes.WithdrawInput, request))
        return self._answer(request, pk)
