"""Explanations in the API."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from subsidies.selectors import explaining


class SumRowOutput(serializers.Serializer):
    """One row of a sum."""

    label = serializers.CharField()  # type: ignore[assignment]
    fen = serializers.IntegerField()
    kind = serializers.ChoiceField(["part", "sum", "over"])


class FoundOutput(serializers.Serializer):
    """One thing a rule said."""

    severity = serializers.CharField()
    sentence = serializers.CharField()
    clause = serializers.CharField()
    cure = serializers.CharField()


class QuestionOutput(serializers.Serializer):
    """One question: facts as pairs of words, sums in fen, the outcome, the clauses."""

    name = serializers.CharField()
    text = serializers.CharField()
    outcome = serializers.ChoiceField([explaining.MET, explaining.ASK, explaining.NOT_MET])
    facts = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    sums = SumRowOutput(many=True)
    findings = FoundOutput(many=True)
    clauses = serializers.ListField(child=serializers.CharField())
    marks = serializers.ListField(child=serializers.CharField())


class FateOutput(serializers.Serializer):
    """What became of a line, in order."""

    what = serializers.CharField()
    on = serializers.DateField()
    who = serializers.CharField()


class ExplanationOutput(serializers.Serializer):
    """One line explained as it was judged."""

    line = serializers.IntegerField(source="line.pk")
    application = serializers.IntegerField(source="line.application_id")
    year = serializers.IntegerField(source="line.year")
    state = serializers.CharField(source="line.state")
    amount_fen = serializers.IntegerField(source="line.amount_fen")
    judged_on = serializers.DateField(source="line.judged_on")
    policy_version = serializers.CharField(source="line.policy_version")
    is_granted = serializers.BooleanField()
    is_rulebook_amended = serializers.BooleanField()
    conclusion = FoundOutput()
    questions = QuestionOutput(many=True)
    fate = serializers.SerializerMethodField()

    @extend_schema_field(FateOutput(many=True))
    def get_fate(self, row: explaining.Explanation) -> list[dict[str, object]]:
        return [{"what": what, "on": on, "who": who} for what, on, who in row.fate]


class ExplanationView(APIView):
    """A person's lines of a plan year with every question, its facts, outcome and clause."""

    @extend_schema(responses=ExplanationOutput(many=True), tags=["explanations"])
    def get(self, request: Request, person_id: int, year: int) -> Response:
        """Explain a person's year (逐步说明), newest batch first."""
        actor = request.user
        lines = explaining.lines_of(actor, person_id, year)  # type: ignore[arg-type]
        rows = [explaining.explain(line, actor=actor) for line in lines]  # type: ignore[arg-type]
        return Response(ExplanationOutput(rows, many=True).data)
