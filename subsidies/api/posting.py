"""Posting through the API: what waits, start the job, follow a posting back."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import ActInput, act_api
from core.api_jobs import JobOutput
from core.models import Job
from core.workflow import By
from ledger.api import TransferOutput
from subsidies.models import Application, Line
from subsidies.selectors import posting as selectors
from subsidies.services.posting import start_posting


class WaitingOutput(serializers.ModelSerializer):
    """A batch with persons who wait for posting."""

    application = serializers.IntegerField(source="pk")
    organisation_name = serializers.CharField(source="organisation.name")
    wait_count = serializers.IntegerField()
    wait_fen = serializers.IntegerField()
    open_count = serializers.IntegerField()
    arrived_on = serializers.DateField()

    class Meta:
        model = Application
        fields = (
            "application", "number", "year", "batch_no", "state", "organisation", "organisation_name",
            "village_code", "wait_count", "wait_fen", "open_count", "arrived_on",
        )  # fmt: skip


class StartPostingInput(ActInput):
    """The batches to post; `on` is the posting date."""

    applications = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)


class PostedLineOutput(serializers.ModelSerializer):
    """One posted person; the identity number's last four only."""

    name = serializers.CharField(source="person.name")
    id_last4 = serializers.CharField(source="person.last4")

    class Meta:
        model = Line
        fields = (
            "id", "application", "plan", "organisation", "year", "person", "name", "id_last4", "state", "amount_fen",
            "remitted_on", "posted_on", "posting_job", "informed_on", "inform_method", "refunded_on",
        )  # fmt: skip


class TracedNotice(serializers.Serializer):
    notice = serializers.IntegerField(source="notice_id")
    number = serializers.CharField(source="notice.number")
    amount_fen = serializers.IntegerField()


class TracedTaxRow(serializers.Serializer):
    id = serializers.IntegerField()
    voucher = serializers.CharField()
    paid_on = serializers.DateField()
    amount_fen = serializers.IntegerField()
    returned_fen = serializers.IntegerField()
    match = serializers.CharField()


class TraceOutput(serializers.Serializer):
    """A posting followed back: line, application, plan, notices, tax rows, transfers."""

    line = PostedLineOutput()
    notices = TracedNotice(many=True)
    tax_rows = TracedTaxRow(many=True)
    transfers = TransferOutput(many=True)


class PostingViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """社保记账: batches that wait; POST starts the job that posts them."""

    serializer_class = WaitingOutput
    queryset = Application.objects.none()
    lookup_value_regex = "[0-9]+"
    filterset_fields = ("year", "organisation")

    def get_queryset(self) -> QuerySet[Application]:
        """Batches of the area with matched, unposted persons."""
        if getattr(self, "swagger_fake_view", False):
            return Application.objects.none()
        return selectors.batches_to_post(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=StartPostingInput, responses={HTTP_201_CREATED: JobOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Start posting everything matched in these batches; the answer is the job to look at."""
        given = StartPostingInput(data=request.data)
        given.is_valid(raise_exception=True)
        job = start_posting(given.validated_data["applications"], by=by)
        return Response(JobOutput(Job.objects.get(pk=job.pk)).data, status=status.HTTP_201_CREATED)


class PostedLineViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Posted persons; one of them with its whole way from plan to account."""

    serializer_class = PostedLineOutput
    queryset = Line.objects.none()
    lookup_value_regex = "[0-9]+"
    filterset_fields = ("year", "application", "organisation", "state", "person", "posting_job")

    def get_queryset(self) -> QuerySet[Line]:
        """Posted lines of the area."""
        if getattr(self, "swagger_fake_view", False):
            return Line.objects.none()
        return selectors.posted_lines(self.request.user).order_by("-pk")  # type: ignore[arg-type]

    @extend_schema(responses=TraceOutput)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Where this posting came from."""
        return Response(TraceOutput(selectors.trace(request.user, int(kwargs["pk"]))).data)  # type: ignore[arg-type]
