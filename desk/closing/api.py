"""Closing a year through the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ActInput, act_api, given_by
from core.workflow import By
from core.years import YEARS
from desk.closing import selectors, services
from desk.models import LeftOver, YearClosing


class LeftOverOutput(serializers.ModelSerializer):
    """One thing left over to the next year."""

    class Meta:
        model = LeftOver
        fields = ("kind", "object_id", "label", "village_code", "amount_fen", "reason")


class ClosingOutput(serializers.ModelSerializer):
    """A year's closing: who, when, what was left over."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    left_over = LeftOverOutput(many=True, read_only=True)

    class Meta:
        model = YearClosing
        fields = (
            "id",
            "county_code",
            "year",
            "state",
            "state_label",
            "version",
            "remark",
            "proposed_by",
            "proposed_on",
            "closed_by",
            "closed_on",
            "refused_reason",
            "left_over",
        )


class ProposeInput(ActInput):
    """The year, and for each open item (`item` of /api/closings/open/) why it is left over."""

    year = serializers.IntegerField(min_value=YEARS.start, max_value=YEARS.stop - 1)
    leaving = serializers.DictField(
        child=serializers.CharField(allow_blank=True), required=False, default=dict
    )
    remark = serializers.CharField(required=False, default="", allow_blank=True)


class SendBackInput(ActInput):
    """Why a proposal is sent back."""

    reason = serializers.CharField()


class OpenItemOutput(serializers.Serializer):
    """One thing that is still open, where it is ended, and whether it may be left over."""

    item = serializers.CharField()
    title = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    place = serializers.CharField()
    url = serializers.CharField()
    amount_fen = serializers.IntegerField(allow_null=True)
    may_leave = serializers.BooleanField()


YEAR = OpenApiParameter("year", int, required=True, description="补助年度")


class OpenItemsInput(ActInput):
    """Which year, as of which day."""

    year = serializers.IntegerField(min_value=YEARS.start, max_value=YEARS.stop - 1)


class ClosingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """年度关账: an officer proposes, another confirms; a closed year takes nothing more."""

    queryset = YearClosing.objects.none()
    serializer_class = ClosingOutput
    filterset_fields = ("year", "state")

    def get_queryset(self) -> QuerySet[YearClosing]:
        """Closings of the area."""
        if getattr(self, "swagger_fake_view", False):
            return YearClosing.objects.none()
        return selectors.closings_within(self.request.user).prefetch_related("left_over")  # type: ignore[arg-type]

    def _answer(self, request: Request, pk: int, *, status: int = 200) -> Response:
        return Response(ClosingOutput(selectors.closing(request.user, pk)).data, status=status)  # type: ignore[arg-type]

    @extend_schema(responses=OpenItemOutput(many=True), parameters=[YEAR], filters=False)
    @action(detail=False, methods=["get"], url_path="open", pagination_class=None)
    def open_items(self, request: Request) -> Response:
        """What of a year is still open."""
        given = OpenItemsInput(data=request.query_params)
        given.is_valid(raise_exception=True)
        county = selectors.own_county(request.user)  # type: ignore[arg-type]
        on = given.validated_data.get("on") or timezone.localdate()
        found = selectors.by_kind(county, given.validated_data["year"], on=on)
        return Response([_item(item) for _kind, items in found for item in items])

    @extend_schema(request=ProposeInput, responses={201: ClosingOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Propose to close a year of the own county."""
        county = selectors.own_county(request.user)  # type: ignore[arg-type]
        given = given_by(ProposeInput, request)
        made = services.propose_closing(county, given.pop("year"), by=by, **given)
        return self._answer(request, made.pk, status=201)

    @extend_schema(request=ActInput, responses=ClosingOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Close the year; its reports are kept as they are now."""
        services.confirm_closing(int(pk), by=by)
        return self._answer(request, int(pk))

    @extend_schema(request=SendBackInput, responses=ClosingOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """Send the proposal back with a reason."""
        services.refuse_closing(int(pk), by=by, **given_by(SendBackInput, request))
        return self._answer(request, int(pk))


def _item(item: Any) -> dict[str, Any]:
    return {
        "item": item.key,
        "title": item.kind.title,
        "label": item.label,
        "place": item.place,
        "url": item.url,
        "amount_fen": item.amount_fen,
        "may_leave": item.kind.may_leave,
    }
