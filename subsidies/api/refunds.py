"""Refunds through the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import ActInput, act_api
from core.identity import last4_of
from core.parsers import JSONBody
from core.workflow import By
from ledger.api import TransferOutput
from subsidies.forms.refunds import EVIDENCE
from subsidies.models import Refund
from subsidies.rules.refunds import RefundRequest
from subsidies.selectors import refunds as selectors
from subsidies.services import refunds as services
from subsidies.services.attachments import Paper
from subsidies.services.refund_payees import payee_of_now

REQUEST_FIELDS = (
    "reason", "event_on", "amount_fen", "reason_text", "payee_name", "payee_bank", "payee_account",
)  # fmt: skip


class RefundOutput(serializers.ModelSerializer):
    """One refund; identity and account numbers masked but for the last four."""

    person = serializers.IntegerField(source="line.person_id")
    name = serializers.CharField(source="line.person.name")
    id_last4 = serializers.CharField(source="line.person.last4")
    payee_account_last4 = serializers.SerializerMethodField()
    payee_changed = serializers.SerializerMethodField(
        help_text="村里的收款账户已不是这里写的；已批准的须重新批准，或登记变更以前的退款"
    )

    class Meta:
        model = Refund
        fields = (
            "id", "state", "number", "line", "year", "person", "name", "id_last4", "village_code", "reason",
            "reason_text", "event_on", "amount_fen", "interest_fen", "reduces_base", "payee", "payee_name",
            "payee_bank", "payee_account_last4", "payee_changed", "asked_on", "paid_on", "voucher", "refused_reason",
            "version",
        )  # fmt: skip

    def get_payee_account_last4(self, row: Refund) -> str:
        return last4_of(row.payee_account)

    def get_payee_changed(self, row: Refund) -> bool:
        return bool(payee_of_now(row))


class RefundDetail(RefundOutput):
    """With what was booked back."""

    transfers = serializers.SerializerMethodField()

    class Meta(RefundOutput.Meta):
        fields = (*RefundOutput.Meta.fields, "transfers")  # type: ignore[assignment]

    @extend_schema(responses=TransferOutput(many=True))
    def get_transfers(self, row: Refund) -> list[dict[str, Any]]:
        return TransferOutput(selectors.transfers_of(row), many=True).data  # type: ignore[return-value]


class AskRefundInput(ActInput):
    """What is asked; send as multipart with the scanned evidence in `evidence` (PDF, JPG, PNG; may repeat).

    `reason` is a key of the rulebook's refund reasons; without `amount_fen` all that is left is asked back.
    """

    line = serializers.IntegerField()
    reason = serializers.CharField()
    event_on = serializers.DateField()
    amount_fen = serializers.IntegerField(required=False, allow_null=True, default=None)
    reason_text = serializers.CharField(required=False, allow_blank=True, default="")
    payee_name = serializers.CharField(required=False, allow_blank=True, default="")
    payee_bank = serializers.CharField(required=False, allow_blank=True, default="")
    payee_account = serializers.CharField(required=False, allow_blank=True, default="")
    is_sealed = serializers.BooleanField(required=False, default=False)
    evidence = serializers.ListField(child=serializers.FileField(), required=False)


class RefuseInput(ActInput):
    reason = serializers.CharField(allow_blank=True)


class PaidInput(ActInput):
    """The voucher of the paying back; `paid_on` is the business date unless given."""

    voucher = serializers.CharField(allow_blank=True, max_length=40)
    paid_on = serializers.DateField(required=False, allow_null=True, default=None)


class RefundViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """依法退费: asked by the clerk, verified, approved by another, paid back by tax or finance."""

    serializer_class = RefundOutput
    queryset = Refund.objects.none()
    lookup_value_regex = "[0-9]+"
    filterset_fields = ("year", "state", "reason", "line")
    parser_classes = (JSONBody, MultiPartParser, FormParser)

    def get_queryset(self) -> QuerySet[Refund]:
        """Refunds of the area."""
        if getattr(self, "swagger_fake_view", False):
            return Refund.objects.none()
        return selectors.refunds_within(self.request.user).order_by("-pk")  # type: ignore[arg-type]

    def _answer(self, pk: int | str) -> RefundOutput:
        return RefundOutput(selectors.refund(self.request.user, int(pk)))  # type: ignore[arg-type]

    @extend_schema(responses=RefundDetail)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One refund with its transfers."""
        return Response(RefundDetail(selectors.refund(request.user, int(kwargs["pk"]))).data)  # type: ignore[arg-type]

    @extend_schema(request=AskRefundInput, responses={HTTP_201_CREATED: RefundOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Ask for a posted line's money back."""
        given = AskRefundInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        asked = RefundRequest(**{name: data[name] for name in REQUEST_FIELDS})
        papers = [Paper(EVIDENCE, f.name, f.read(), data["is_sealed"]) for f in data.get("evidence", [])]
        made = services.ask_refund(data["line"], by=by, request=asked, papers=papers)
        return Response(self._answer(made.pk).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ActInput, responses=RefundOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def verify(self, request: Request, by: By, pk: str) -> Response:
        """Evidence and figures are right."""
        services.verify_refund(int(pk), by=by)
        return Response(self._answer(pk).data)

    @extend_schema(request=ActInput, responses=RefundOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def approve(self, request: Request, by: By, pk: str) -> Response:
        """Approve what another officer verified."""
        services.approve_refund(int(pk), by=by)
        return Response(self._answer(pk).data)

    @extend_schema(request=RefuseInput, responses=RefundOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """Refuse with a reason."""
        given = RefuseInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.refuse_refund(int(pk), by=by, reason=given.validated_data["reason"])
        return Response(self._answer(pk).data)

    @extend_schema(request=PaidInput, responses=RefundOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def paid(self, request: Request, by: By, pk: str) -> Response:
        """Record the paying back; the account is booked back in the same act."""
        given = PaidInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        services.record_refund_paid(int(pk), by=by, voucher=data["voucher"], paid_on=data["paid_on"])
        return Response(self._answer(pk).data)
