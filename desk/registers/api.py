"""The registers through the API: list, one entry, a new one, striking out."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ActInput, act_api, given_by
from core.workflow import By
from core.years import YEARS
from desk.models import Entry, Outreach, Selection, Summary
from desk.registers import selectors, services

COMMON = ("id", "state", "year", "recorded_by", "struck_reason", "county_code", "town_code", "village_code")


class YearField(serializers.IntegerField):
    """A year of four digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=YEARS.start, max_value=YEARS.stop - 1, **kwargs)


class OutreachOutput(serializers.ModelSerializer):
    """An event."""

    class Meta:
        model = Outreach
        fields = (*COMMON, "region", "kind", "title", "held_on", "attended_count", "explained", "note")


class SummaryOutput(serializers.ModelSerializer):
    """A note of experience, or a town's summary."""

    class Meta:
        model = Summary
        fields = (*COMMON, "region", "level", "term_no", "title", "text", "written_on")


class SelectionOutput(serializers.ModelSerializer):
    """A checklist."""

    class Meta:
        model = Selection
        fields = (*COMMON, "organisation", "checked_on", "answers", "is_recommended", "conclusion")


class OutreachInput(ActInput):
    """An event as it is recorded; `kind` and `explained` are keys of the rulebook."""

    region = serializers.CharField(max_length=12)
    kind = serializers.CharField(max_length=40)
    title = serializers.CharField(max_length=80)
    held_on = serializers.DateField()
    attended_count = serializers.IntegerField(min_value=1, max_value=10**6)
    explained = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    note = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class SummaryInput(ActInput):
    """A note: `term_no` only where towns report by term."""

    region = serializers.CharField(max_length=12)
    year = YearField()
    term_no = serializers.IntegerField(min_value=0, required=False, default=0)
    title = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=20000)


class AnswerInput(serializers.Serializer):
    """Whether a criterion is met, and why."""

    is_met = serializers.BooleanField()
    reason = serializers.CharField(max_length=200)


class SelectionInput(ActInput):
    """A checklist: every criterion of the rulebook by its key."""

    organisation = serializers.IntegerField(min_value=1)
    year = YearField()
    answers = serializers.DictField(child=AnswerInput())
    conclusion = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


class StrikeInput(ActInput):
    """Why an entry is struck out."""

    reason = serializers.CharField(max_length=200)


class RegisterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Base of the three registers."""

    kind = ""
    filterset_fields: tuple[str, ...] = ("year", "state")

    def get_queryset(self) -> QuerySet[Any]:
        """Entries of the area."""
        model: type[Entry] = selectors.MODELS[self.kind]
        if getattr(self, "swagger_fake_view", False):
            return model._default_manager.none()
        return selectors.entries(self.request.user, self.kind).order_by("-pk")  # type: ignore[arg-type]

    def answer(self, request: Request, pk: int, *, status: int = 200) -> Response:
        """One entry as it stands."""
        found = selectors.entry(request.user, self.kind, pk)  # type: ignore[arg-type]
        return Response(self.get_serializer(found).data, status=status)

    def strike_out(self, request: Request, by: By, pk: str) -> Response:
        """Strike one out with a reason."""
        services.STRIKE[self.kind](int(pk), by=by, **given_by(StrikeInput, request))
        return self.answer(request, int(pk))


class OutreachViewSet(RegisterViewSet):
    """宣传培训: events of training and publicity."""

    queryset = Outreach.objects.none()
    serializer_class = OutreachOutput
    kind = "outreach"
    filterset_fields = ("year", "state", "kind")

    @extend_schema(request=OutreachInput, responses={201: OutreachOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Record an event."""
        given = given_by(OutreachInput, request)
        made = services.record_event(given.pop("region"), by=by, event=services.Event(**given))
        return self.answer(request, made.pk, status=201)

    @extend_schema(request=StrikeInput, responses=OutreachOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def strike(self, request: Request, by: By, pk: str) -> Response:
        """Strike an event out."""
        return self.strike_out(request, by, pk)


class SummaryViewSet(RegisterViewSet):
    """经验总结: notes of villages, summaries of towns."""

    queryset = Summary.objects.none()
    serializer_class = SummaryOutput
    kind = "summary"
    filterset_fields = ("year", "state", "level")

    @extend_schema(request=SummaryInput, responses={201: SummaryOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Hand one in."""
        given = given_by(SummaryInput, request)
        made = services.write_summary(given.pop("region"), by=by, note=services.Note(**given))
        return self.answer(request, made.pk, status=201)

    @extend_schema(request=StrikeInput, responses=SummaryOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def strike(self, request: Request, by: By, pk: str) -> Response:
        """Strike one out."""
        return self.strike_out(request, by, pk)


class SelectionViewSet(RegisterViewSet):
    """试点遴选: the checklist of the pilot."""

    queryset = Selection.objects.none()
    serializer_class = SelectionOutput
    kind = "selection"
    filterset_fields = ("year", "state", "organisation")

    @extend_schema(request=SelectionInput, responses={201: SelectionOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Check an organisation."""
        given = given_by(SelectionInput, request)
        made = services.check_selection(given.pop("organisation"), by=by, **given)
        return self.answer(request, made.pk, status=201)

    @extend_schema(request=StrikeInput, responses=SelectionOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def strike(self, request: Request, by: By, pk: str) -> Response:
        """Strike a checklist out."""
        return self.strike_out(request, by, pk)
