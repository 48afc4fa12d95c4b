"""Background jobs through the API: look, and start again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ActInput, act_api
from core.models import Job
from core.views_jobs import job_of, jobs_visible_to, retry
from core.workflow import By


class JobOutput(serializers.ModelSerializer):
    """Where a job stands; `is_interrupted` says that its worker is gone and it may be retried."""

    is_interrupted = serializers.BooleanField()
    percent = serializers.IntegerField()

    class Meta:
        model = Job
        fields = (
            "id", "kind", "state", "stage", "is_interrupted", "percent", "done_count", "total_count", "done_fen",
            "total_fen", "attempt", "on", "result", "error_number", "error_message", "created_at", "started_at",
            "ended_at",
        )  # fmt: skip


class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Jobs of the area, newest first; `retry` takes a failed or interrupted one up again."""

    serializer_class = JobOutput
    queryset = Job.objects.none()
    lookup_value_regex = "[0-9]+"
    filterset_fields = ("kind", "state")

    def get_queryset(self) -> QuerySet[Job]:
        """Jobs that the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        return jobs_visible_to(self.request.user)  # type: ignore[arg-type]

    def get_object(self) -> Any:
        """One of them; a foreign one reads like none."""
        return job_of(self.request.user, int(self.kwargs["pk"]))  # type: ignore[arg-type]

    @extend_schema(request=ActInput, responses=JobOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def retry(self, request: Request, by: By, pk: str) -> Response:
        """Queue it again; finished parts are not repeated."""
        found = retry(self.get_object().pk, by=by)
        return Response(JobOutput(Job.objects.get(pk=found.pk)).data)
