"""Accounts, rates and interest through the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import ActInput, act_api
from core.api_jobs import JobOutput
from core.models import Job
from core.workflow import By
from core.years import FIRST_YEAR, LAST_YEAR
from ledger import selectors
from ledger.models import InterestRate, Transfer
from ledger.services import interest
from villages.models import Person


class TransferOutput(serializers.ModelSerializer):
    """One transfer: where the money left (debit) and arrived (credit)."""

    debit = serializers.CharField(source="debit.key")
    credit = serializers.CharField(source="credit.key")

    class Meta:
        model = Transfer
        fields = (
            "id", "book", "kind", "source", "debit", "credit", "amount_fen", "on", "counts_on", "year", "cause_key",
            "cause_type", "cause_id", "clause",
        )  # fmt: skip


class StatementRow(TransferOutput):
    """A person's movement with its sign and the balance of its source after it."""

    signed_fen = serializers.IntegerField()
    balance_fen = serializers.IntegerField()

    class Meta(TransferOutput.Meta):
        fields = (*TransferOutput.Meta.fields, "signed_fen", "balance_fen")  # type: ignore[assignment]


class AccountOutput(serializers.ModelSerializer):
    """A person who holds an account, with the last four of the identity number."""

    person = serializers.IntegerField(source="pk")
    id_last4 = serializers.CharField(source="last4")

    class Meta:
        model = Person
        fields = ("person", "name", "id_last4")


class StatementOutput(AccountOutput):
    """Balances by source in fen, and every movement."""

    balances = serializers.DictField(child=serializers.IntegerField())
    total_fen = serializers.IntegerField()
    transfers = StatementRow(many=True)

    class Meta(AccountOutput.Meta):
        fields = (*AccountOutput.Meta.fields, "balances", "total_fen", "transfers")  # type: ignore[assignment]


class AccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Individual accounts by person."""

    serializer_class = AccountOutput
    queryset = Person.objects.none()
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[Person]:
        """Persons with an account in the area."""
        if getattr(self, "swagger_fake_view", False):
            return Person.objects.none()
        return selectors.account_holders(self.request.user).order_by("pk")  # type: ignore[arg-type]

    @extend_schema(responses=StatementOutput)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The statement of one person."""
        return Response(StatementOutput(selectors.account_statement(request.user, int(kwargs["pk"]))).data)  # type: ignore[arg-type]


class RateOutput(serializers.ModelSerializer):
    """The crediting rate of a year."""

    class Meta:
        model = InterestRate
        fields = ("id", "year", "rate_ppm", "document", "state", "county_code", "settled_on", "version")


class EnterRateInput(ActInput):
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    rate_ppm = serializers.IntegerField(help_text="年利率，百万分之：3%写30000")
    document = serializers.CharField(allow_blank=True, max_length=120)


class InterestRateViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Rates: entered by one officer, confirmed by another, settled once."""

    serializer_class = RateOutput
    queryset = InterestRate.objects.none()
    lookup_value_regex = "[0-9]+"
    filterset_fields = ("year", "state")

    def get_queryset(self) -> QuerySet[InterestRate]:
        """Rates of the area."""
        if getattr(self, "swagger_fake_view", False):
            return InterestRate.objects.none()
        return selectors.interest_rates(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=EnterRateInput, responses={HTTP_201_CREATED: RateOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Enter the published rate of a year, or correct one that is not confirmed."""
        given = EnterRateInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = {name: given.validated_data[name] for name in ("year", "rate_ppm", "document")}
        rate = interest.enter_interest_rate(selectors.county_of(by.actor), by=by, **values)
        return Response(RateOutput(rate).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ActInput, responses=RateOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Confirm a rate that another officer entered."""
        return Response(RateOutput(interest.confirm_interest_rate(int(pk), by=by)).data)

    @extend_schema(request=ActInput, responses=JobOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def settle(self, request: Request, by: By, pk: str) -> Response:
        """Settle the year: start its interest run."""
        job = interest.start_interest(int(pk), by=by)
        return Response(JobOutput(Job.objects.get(pk=job.pk)).data)
