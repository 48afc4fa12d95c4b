"""Shapes of the pilot in the API."""

from __future__ import annotations

from rest_framework import serializers

from core.api import ActInput
from subsidies.models import CountyPilot
from subsidies.services.county_pilots import Assessed


class CountyPilotOutput(serializers.ModelSerializer):
    """One county's application with the city's assessment."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = CountyPilot
        fields = (
            "id", "county_code", "state", "state_label", "version", "statement", "application_document", "applied_on",
            "applied_by", "assessment", "decision_document", "reason", "decided_on", "decided_by",
        )  # fmt: skip


class PilotApplyInput(ActInput):
    """Why the county wants to take part; the county is the caller's own."""

    statement = serializers.CharField(max_length=500, allow_blank=True)
    document = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class AssessedInput(serializers.Serializer):
    """What was found of one criterion (its key in the rulebook)."""

    key = serializers.CharField(max_length=40)
    is_met = serializers.BooleanField()
    remark = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class AssessmentInput(ActInput):
    """Every criterion of the rulebook."""

    assessment = AssessedInput(many=True)

    def assessed(self) -> list[Assessed]:
        """As the services take it."""
        return [Assessed(**row) for row in self.validated_data["assessment"]]


class SelectInput(AssessmentInput):
    """The assessment and the document that selects."""

    document = serializers.CharField(max_length=120, allow_blank=True)


class DeclineInput(AssessmentInput):
    """The assessment and why the county is not taken in."""

    reason = serializers.CharField(max_length=300, allow_blank=True)


class PilotVillageOutput(serializers.Serializer):
    """A village of the year's list."""

    code = serializers.CharField()
    name = serializers.CharField()
    town = serializers.CharField()
    county = serializers.CharField()
    clause = serializers.CharField(source="view.clause.reference")
    mark = serializers.CharField(source="view.mark")


class PilotListOutput(serializers.Serializer):
    """The year's list; `fits` says whether it has as many villages as the document says (E-PILOT-COUNT)."""

    year = serializers.IntegerField()
    count = serializers.IntegerField()
    expected = serializers.IntegerField(allow_null=True)
    fits = serializers.BooleanField()
    villages = PilotVillageOutput(many=True)
