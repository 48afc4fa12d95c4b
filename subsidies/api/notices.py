"""Payment notices, tax money and differences in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.api import act_api, given_by
from core.filters import NumberFilter
from core.workflow import By
from subsidies.enums import DifferenceState, Match, NoticeState, TaxRowOrigin
from subsidies.models import Difference, NoticeLine, PaymentNotice, TaxRow
from subsidies.selectors import notices as selectors
from subsidies.selectors.repeats import repeats_of
from subsidies.serializers import notices as shapes
from subsidies.services import notices as services
from subsidies.services.notices.standing import with_received
from subsidies.workflow import notices as steps

TAGS = ["notices"]


class NoticeFilter(django_filters.FilterSet):
    """What a list of notices may be narrowed by."""

    application = NumberFilter(field_name="application_id", label="补助申请")
    organisation = NumberFilter(field_name="application__organisation_id", label="村集体经济组织")
    year = NumberFilter(field_name="application__year", label="补助年度")
    state = django_filters.ChoiceFilter(choices=NoticeState.choices)
    town = django_filters.CharFilter(field_name="town_code", label="镇街代码")
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt", label="缴款期限早于")
    q = django_filters.CharFilter(method="search", label="编号、村名")

    def search(self, rows: QuerySet[PaymentNotice], name: str, text: str) -> QuerySet[PaymentNotice]:
        return selectors.search_notices(rows, text)


class NoticeViewSet(ReadOnlyModelViewSet):
    """Payment notices of the caller's area (缴款通知书)."""

    queryset = PaymentNotice.objects.none()
    serializer_class = shapes.NoticeOutput
    filterset_class = NoticeFilter

    def get_queryset(self) -> QuerySet[PaymentNotice]:
        if getattr(self, "swagger_fake_view", False):
            return PaymentNotice.objects.none()
        return selectors.notices_within(self.request.user).order_by("-pk")  # type: ignore[arg-type]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "on": timezone.localdate()}

    @extend_schema(responses=shapes.NoticeOutput, tags=TAGS)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One notice with what came in for it."""
        return self._answer(request, int(kwargs["pk"]))

    @extend_schema(responses=shapes.NoticeLineOutput(many=True), tags=TAGS, filters=False)
    @action(detail=True, methods=["get"], filterset_class=None)
    def lines(self, request: Request, pk: str) -> Response:
        """The persons on a notice, with what came in for each."""
        notice = selectors.notice(request.user, int(pk))  # type: ignore[arg-type]
        rows = with_received(selectors.notice_lines(notice))
        return self._paged(rows, shapes.NoticeLineOutput)

    @extend_schema(
        methods=["get"],
        responses=shapes.TaxRowOutput(many=True),
        tags=TAGS,
        filters=False,
        operation_id="notices_tax_rows_list",
    )
    @extend_schema(
        methods=["post"],
        request=shapes.TaxRowsInput,
        responses={HTTP_201_CREATED: shapes.RecordingOutput},
        tags=TAGS,
        operation_id="notices_tax_rows_create",
    )
    @action(detail=True, methods=["get", "post"], url_path="tax-rows", filterset_class=None)
    def tax_rows(self, request: Request, pk: str) -> Response:
        """Rows of tax money: list them, or record what the tax office reports (all rows or none)."""
        if request.method == "POST":
            return self._record(request, pk=pk)
        notice = selectors.notice(request.user, int(pk))  # type: ignore[arg-type]
        return self._paged(TaxRow.objects.filter(notice=notice).order_by("pk"), shapes.TaxRowOutput)

    @act_api
    def _record(self, request: Request, by: By, pk: str) -> Response:
        given = shapes.TaxRowsInput(data=request.data)
        given.is_valid(raise_exception=True)
        done = services.record_tax_rows(int(pk), given.given(), by=by, origin=TaxRowOrigin.API)
        return self._recorded(request, done)

    @extend_schema(
        request=shapes.LumpSumInput, responses={HTTP_201_CREATED: shapes.RecordingOutput}, tags=TAGS
    )
    @action(detail=True, methods=["post"], url_path="lump-sum")
    @act_api
    def lump_sum(self, request: Request, by: By, pk: str) -> Response:
        """Record one sum for the notice; refused unless it equals what is open on it."""
        given = shapes.LumpSumInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = {name: given.validated_data[name] for name in ("amount_fen", "paid_on", "voucher")}
        return self._recorded(request, services.record_lump_sum(int(pk), by=by, **data))

    @extend_schema(responses=shapes.RepeatsOutput, tags=TAGS)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def repeats(self, request: Request, pk: str) -> Response:
        """Money reported twice on a notice: how many rows and how much, open and proposed (重复缴款)."""
        notice = selectors.notice(request.user, int(pk))  # type: ignore[arg-type]
        return Response(shapes.RepeatsOutput(repeats_of(notice)).data)

    @extend_schema(request=shapes.RepeatsProposal, responses=shapes.RepeatsDone, tags=TAGS)
    @action(detail=True, methods=["post"], url_path="propose-repeats")
    @act_api
    def propose_repeats(self, request: Request, by: By, pk: str) -> Response:
        """Propose one way out for every open repeat of a notice (一并提出)."""
        given = given_by(shapes.RepeatsProposal, request)
        return Response({"count": services.propose_repeats(int(pk), by=by, **given)})

    @extend_schema(request=shapes.RepeatsConfirmation, responses=shapes.RepeatsDone, tags=TAGS)
    @action(detail=True, methods=["post"], url_path="confirm-repeats")
    @act_api
    def confirm_repeats(self, request: Request, by: By, pk: str) -> Response:
        """Confirm every repeat that another person proposed to settle this way (一并确认)."""
        given = given_by(shapes.RepeatsConfirmation, request)
        return Response({"count": services.confirm_repeats(int(pk), by=by, **given)})

    @extend_schema(request=shapes.ReasonInput, responses=shapes.NoticeOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def void(self, request: Request, by: By, pk: str) -> Response:
        """Void a notice nothing was paid on (作废)."""
        given = shapes.ReasonInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.void_notice(int(pk), by=by, reason=given.validated_data["reason"])
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ActInput, responses={HTTP_201_CREATED: shapes.NoticeOutput}, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def reissue(self, request: Request, by: By, pk: str) -> Response:
        """Issue a new notice in the place of a void one (重新开具)."""
        return self._answer(request, services.reissue_notice(int(pk), by=by).pk, status=HTTP_201_CREATED)

    @extend_schema(
        request=shapes.WithdrawInput, responses=shapes.NoticeOutput(many=True), tags=TAGS, filters=False
    )
    @action(detail=True, methods=["post"], pagination_class=None, filterset_class=None)
    @act_api
    def withdraw(self, request: Request, by: By, pk: str) -> Response:
        """Withdraw persons of this notice; it is replaced by one over the unpaid rest (撤回，换开)."""
        given = shapes.WithdrawInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        lines = self._lines_on(request, pk, data["lines"])
        made = services.withdraw_and_replace(lines, by=by, reason=data["reason"], event_on=data["event_on"])
        rows = [selectors.notice(request.user, notice.pk) for notice in made]  # type: ignore[arg-type]
        return Response(shapes.NoticeOutput(rows, many=True, context=self.get_serializer_context()).data)

    @extend_schema(request=shapes.GiveUpInput, responses=shapes.NoticeOutput, tags=TAGS)
    @action(detail=True, methods=["post"], url_path="give-up")
    @act_api
    def give_up(self, request: Request, by: By, pk: str) -> Response:
        """Give up unpaid persons after the deadline: the village gives up, the agency lets lapse (放弃缴款)."""
        given = shapes.GiveUpInput(data=request.data)
        given.is_valid(raise_exception=True)
        is_clerk = by.actor.access.may(steps.GIVE_UP.roles)
        act = services.give_up_lines if is_clerk else services.lapse_lines
        data = given.validated_data
        act(self._lines_on(request, pk, data["lines"]), by=by, reason=data["reason"])
        return self._answer(request, int(pk))

    def _lines_on(self, request: Request, pk: str, asked: list[int]) -> list[int]:
        """The asked lines where all stand on this notice of the caller's area; else one the service refuses."""
        notice = selectors.notice(request.user, int(pk))  # type: ignore[arg-type]
        on_notice = NoticeLine.objects.filter(notice=notice, line__in=asked).values_list("line_id", flat=True)
        return asked if set(on_notice) == set(asked) else [0]

    def _answer(self, request: Request, pk: int, *, status: int = HTTP_200_OK) -> Response:
        row = selectors.notice(request.user, pk)  # type: ignore[arg-type]
        return Response(shapes.NoticeOutput(row, context=self.get_serializer_context()).data, status=status)

    def _recorded(self, request: Request, done: services.Recording) -> Response:
        row = selectors.notice(request.user, done.notice.pk)  # type: ignore[arg-type]
        data = {
            "notice": shapes.NoticeOutput(row, context=self.get_serializer_context()).data,
            "rows_count": done.rows_count,
            "amount_fen": done.amount_fen,
            "known_count": done.known_count,
            "counts": done.counts,
        }
        return Response(data, status=HTTP_201_CREATED)

    def _paged(self, rows: QuerySet[Any], shape: type) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shape(page, many=True).data)


class DifferenceFilter(django_filters.FilterSet):
    """What a list of differences may be narrowed by."""

    notice = NumberFilter(field_name="notice_id", label="缴款通知书")
    application = NumberFilter(field_name="notice__application_id", label="补助申请")
    kind = django_filters.ChoiceFilter(choices=Match.choices)
    state = django_filters.ChoiceFilter(choices=DifferenceState.choices)

    class Meta:
        model = Difference
        fields = ("notice", "kind", "state")


class DifferenceViewSet(ReadOnlyModelViewSet):
    """Differences between notices and tax money of the caller's area (对账差异)."""

    queryset = Difference.objects.none()
    serializer_class = shapes.DifferenceOutput
    filterset_class = DifferenceFilter

    def get_queryset(self) -> QuerySet[Difference]:
        if getattr(self, "swagger_fake_view", False):
            return Difference.objects.none()
        return selectors.differences_within(self.request.user).order_by("-pk")  # type: ignore[arg-type]

    @extend_schema(responses=shapes.DifferenceOutput, tags=TAGS)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One difference with its ways out."""
        return self._answer(request, int(kwargs["pk"]))

    @extend_schema(request=shapes.SettlementInput, responses=shapes.DifferenceOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def propose(self, request: Request, by: By, pk: str) -> Response:
        """Propose how to settle (提出处理办法); `ask` takes effect at once and leaves it open."""
        given = shapes.SettlementInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        services.propose_settlement(
            int(pk), by=by, settlement=data["settlement"], reason=data["reason"], terms=given.terms()
        )
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ActInput, responses=shapes.DifferenceOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Confirm what another person proposed (确认处理); money and lines follow."""
        services.confirm_settlement(int(pk), by=by)
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ReasonInput, responses=shapes.DifferenceOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def reject(self, request: Request, by: By, pk: str) -> Response:
        """Disagree with a proposal (不同意)."""
        given = shapes.ReasonInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.reject_settlement(int(pk), by=by, reason=given.validated_data["reason"])
        return self._answer(request, int(pk))

    def _answer(self, request: Request, pk: int) -> Response:
        row = selectors.difference(request.user, pk)  # type: ignore[arg-type]
        return Response(shapes.DifferenceOutput(row).data)
