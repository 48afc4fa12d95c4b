"""Informing through the API: feedback to the village, word to its members."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ActInput, act_api
from core.workflow import By
from subsidies.api.posting import PostedLineOutput
from subsidies.models import Application
from subsidies.selectors import informing as selectors
from subsidies.services.informing import record_informed, send_feedback


class InformingOutput(serializers.ModelSerializer):
    """A posted batch: how many know."""

    application = serializers.IntegerField(source="pk")
    posted_count = serializers.IntegerField()
    posted_fen = serializers.IntegerField()
    told_count = serializers.IntegerField()
    untold_count = serializers.IntegerField()
    tell_by = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = (
            "application", "number", "year", "batch_no", "state", "organisation", "village_code", "feedback_number",
            "fed_back_on", "tell_by", "posted_count", "posted_fen", "told_count", "untold_count",
        )  # fmt: skip

    def get_tell_by(self, row: Application) -> str | None:
        deadline = selectors.inform_deadline(row)
        return deadline.on.isoformat() if deadline else None


class InformingDetail(InformingOutput):
    """With its lines."""

    lines = serializers.SerializerMethodField()

    class Meta(InformingOutput.Meta):
        fields = (*InformingOutput.Meta.fields, "lines")  # type: ignore[assignment]

    @extend_schema(responses=PostedLineOutput(many=True))
    def get_lines(self, row: Application) -> list[dict[str, Any]]:
        return PostedLineOutput(selectors.feedback_lines(row), many=True).data  # type: ignore[return-value]


class InformedInput(ActInput):
    """Who was told how: `lines` by id, all untold ones without; the method is a key of the rulebook."""

    method = serializers.CharField()
    lines = serializers.ListField(child=serializers.IntegerField(), required=False)


class InformingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """信息反馈, by the id of the application."""

    serializer_class = InformingOutput
    queryset = Application.objects.none()
    lookup_value_regex = "[0-9]+"
    filterset_fields = ("year", "state", "organisation")

    def get_queryset(self) -> QuerySet[Application]:
        """Posted batches of the area."""
        if getattr(self, "swagger_fake_view", False):
            return Application.objects.none()
        return selectors.informing_batches(self.request.user).order_by("-pk")  # type: ignore[arg-type]

    def get_object(self) -> Any:
        """One of them; a foreign one reads like none."""
        return selectors.informing_batch(self.request.user, int(self.kwargs["pk"]))  # type: ignore[arg-type]

    @extend_schema(responses=InformingDetail)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One batch with its lines."""
        return Response(InformingDetail(self.get_object()).data)

    @extend_schema(request=ActInput, responses=InformingOutput)
    @action(detail=True, methods=["post"], url_path="feed-back")
    @act_api
    def feed_back(self, request: Request, by: By, pk: str) -> Response:
        """Send the numbered feedback to the village."""
        send_feedback(int(pk), by=by)
        return Response(InformingOutput(self.get_object()).data)

    @extend_schema(request=InformedInput, responses=InformingOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def informed(self, request: Request, by: By, pk: str) -> Response:
        """Record who was told and how; the batch closes when everybody was."""
        given = InformedInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        record_informed(int(pk), by=by, method=data["method"], line_ids=data.get("lines"))
        return Response(InformingOutput(self.get_object()).data)
