"""Suspension and resumption of a programme (暂停、恢复) through the API."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import ActInput, act_api, given_by
from core.workflow import By
from subsidies.models import Suspension
from subsidies.selectors import suspensions as selectors
from subsidies.serializers import filings as shapes
from subsidies.services import suspensions as services


class SuspensionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """暂停、恢复: asked by the village, filed by two offices, put into effect and resumed by the agency."""

    queryset = Suspension.objects.none()
    serializer_class = shapes.SuspensionOutput
    filterset_fields = ("organisation", "state")

    def get_queryset(self) -> QuerySet[Suspension]:
        """Suspensions of the area."""
        if getattr(self, "swagger_fake_view", False):
            return Suspension.objects.none()
        return selectors.suspensions_within(self.request.user).order_by("-effective_on", "-pk")  # type: ignore[arg-type]

    def _answer(self, request: Request, pk: int | str, *, code: int = status.HTTP_200_OK) -> Response:
        row = selectors.suspension(request.user, int(pk))  # type: ignore[arg-type]
        return Response(shapes.SuspensionOutput(row).data, status=code)

    @extend_schema(request=shapes.SuspensionInput, responses={HTTP_201_CREATED: shapes.SuspensionOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Ask to suspend (报请暂停), with cause, first day and decision; filed with the offices at once."""
        given = shapes.SuspensionInput(data=request.data)
        given.is_valid(raise_exception=True)
        organisation = given.validated_data["organisation"]
        row = services.ask_suspension(organisation, by=by, request=given.request())
        return self._answer(request, row.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.AgainInput, responses=shapes.SuspensionOutput)
    @action(detail=True, methods=["post"], url_path="file-again")
    @act_api
    def file_again(self, request: Request, by: By, pk: str) -> Response:
        """File again after a return (重报), the explanation mended or not."""
        services.file_suspension_again(int(pk), by=by, **given_by(shapes.AgainInput, request))
        return self._answer(request, pk)

    @extend_schema(request=shapes.AgainInput, responses=shapes.SuspensionOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def withdraw(self, request: Request, by: By, pk: str) -> Response:
        """Give the suspension up before it takes effect (撤回)."""
        services.withdraw_suspension(int(pk), by=by, **given_by(shapes.AgainInput, request))
        return self._answer(request, pk)

    @extend_schema(request=ActInput, responses=shapes.SuspensionOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def suspend(self, request: Request, by: By, pk: str) -> Response:
        """Put it into effect (办理暂停): unpaid lines are cancelled, paid ones finish."""
        services.suspend_programme(int(pk), by=by)
        return self._answer(request, pk)

    @extend_schema(request=shapes.ResumeInput, responses=shapes.SuspensionOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def resume(self, request: Request, by: By, pk: str) -> Response:
        """Apply to resume (申请恢复)."""
        services.apply_to_resume(int(pk), by=by, **given_by(shapes.ResumeInput, request))
        return self._answer(request, pk)

    @extend_schema(request=shapes.GrantInput, responses=shapes.SuspensionOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def grant(self, request: Request, by: By, pk: str) -> Response:
        """Let the programme resume from a day (同意恢复)."""
        services.grant_resumption(int(pk), by=by, **given_by(shapes.GrantInput, request))
        return self._answer(request, pk)

    @extend_schema(request=shapes.ResumeInput, responses=shapes.SuspensionOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """Refuse to resume, with a reason (不同意恢复)."""
        services.refuse_resumption(int(pk), by=by, **given_by(shapes.ResumeInput, request))
        return self._answer(request, pk)
