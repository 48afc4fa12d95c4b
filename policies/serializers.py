"""Shapes of the policy API's answers."""

from __future__ import annotations

from rest_framework import serializers

from policies.models import Clause, PolicyDocument, ReasonCode


class ClauseOutput(serializers.ModelSerializer):
    class Meta:
        model = Clause
        fields = ("id", "key", "label", "text", "is_quoted")


class DocumentOutput(serializers.ModelSerializer):
    clauses = ClauseOutput(many=True)

    class Meta:
        model = PolicyDocument
        fields = (
            "key",
            "region_code",
            "number",
            "title",
            "aliases",
            "issuer",
            "issued_on",
            "effective_on",
            "date_is_assumed",
            "is_public",
            "basis",
            "clauses",
        )


class ReasonOutput(serializers.ModelSerializer):
    class Meta:
        model = ReasonCode
        fields = ("code", "severity", "text", "remedy", "rules")


class RegionOutput(serializers.Serializer):
    """A region with rulebooks of its own."""

    code = serializers.CharField()
    name = serializers.CharField()
    values_count = serializers.IntegerField()
    illustrative_count = serializers.IntegerField()
    reading_count = serializers.IntegerField()
    is_ours = serializers.BooleanField(help_text="适用于当前用户的辖区")


class CitedClause(serializers.Serializer):
    document = serializers.CharField()
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()


class ValueOutput(serializers.Serializer):
    """One value in force: `text` as the rulebook writes it (金额为元，比例为百分数)."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    key = serializers.CharField(help_text="分项；缴费档次以分为单位")
    text = serializers.CharField()
    unit = serializers.CharField()
    shown = serializers.CharField()
    clause = CitedClause()
    confidence = serializers.CharField()
    ambiguity = serializers.CharField()
    note = serializers.CharField()
    region_code = serializers.CharField()
    year_from = serializers.IntegerField(allow_null=True)
    year_to = serializers.IntegerField(allow_null=True)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)


class SideOutput(serializers.Serializer):
    """What one side of a comparison says; null where its documents say nothing."""

    shown = serializers.CharField()
    clause = CitedClause()
    confidence = serializers.CharField()


class PointOutput(serializers.Serializer):
    """One point of a comparison: differs 不同, one 只一方有, same 相同."""

    name = serializers.CharField(source="parameter.name")
    label = serializers.CharField()  # type: ignore[assignment]
    group = serializers.CharField(source="parameter.group")
    key = serializers.CharField()
    verdict = serializers.CharField()
    remark = serializers.CharField()
    left = SideOutput(allow_null=True)
    right = SideOutput(allow_null=True)


class RulebookFileOutput(serializers.Serializer):
    region_code = serializers.CharField()
    text = serializers.CharField(help_text="YAML，可以用load_policies重新载入")


class RulebookOutput(serializers.Serializer):
    region_code = serializers.CharField()
    on = serializers.DateField()
    version = serializers.CharField()
    values = ValueOutput(many=True)
