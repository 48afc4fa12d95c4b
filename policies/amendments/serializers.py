"""Shapes of later validities in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import ActInput
from policies.amendments import selectors
from policies.amendments.requests import AmendmentRequest
from policies.enums import Confidence
from policies.models import Amendment


class ChangeOutput(serializers.Serializer):
    """One value as it is and as it will be, in words."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    old = serializers.CharField()
    new = serializers.CharField()


class TouchedOutput(serializers.Serializer):
    """What is open in the region and will read the change."""

    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class AmendmentOutput(serializers.ModelSerializer):
    """A later validity with what it changes."""

    changes = serializers.SerializerMethodField()
    ground = serializers.SerializerMethodField(help_text="依据：已收录的条款，或者新文件")

    class Meta:
        model = Amendment
        fields = (
            "id", "region_code", "name", "state", "year_from", "year_to", "valid_from", "changes", "ground",
            "confidence", "ambiguity", "note", "reason", "return_reason", "made_on", "decided_on", "version",
        )  # fmt: skip

    def get_changes(self, row: Amendment) -> list[dict[str, Any]]:
        return [dict(one) for one in ChangeOutput(selectors.changes_of(row), many=True).data]

    def get_ground(self, row: Amendment) -> str:
        return selectors.source_words(row)


class AmendmentDetailOutput(AmendmentOutput):
    """The same with what it reaches."""

    touched = serializers.SerializerMethodField()

    class Meta(AmendmentOutput.Meta):
        fields = (*AmendmentOutput.Meta.fields, "touched")  # type: ignore[assignment]

    def get_touched(self, row: Amendment) -> list[dict[str, Any]]:
        return [dict(one) for one in TouchedOutput(selectors.touched_by(row), many=True).data]


class DocumentInput(serializers.Serializer):
    """A document that is not on file yet."""

    number = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")
    title = serializers.CharField(max_length=200)
    issuer = serializers.CharField(max_length=200)
    issued_on = serializers.DateField()
    clause_key = serializers.CharField(max_length=40, help_text="如三（一）")
    clause_text = serializers.CharField(help_text="条款原文")

    def fields_of(self, given: dict[str, Any]) -> dict[str, Any]:
        """Its fields by the names of the request."""
        return {
            name if name.startswith("clause") else f"document_{name}": value for name, value in given.items()
        }


class AgainInput(ActInput):
    """What is to hold from when, on which ground."""

    rows = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=300),
        help_text='分项 → 值（金额为元，比例为百分数）；没有分项的写 {"": "20"}；值为空是不再执行',
    )
    valid_from = serializers.DateField()
    year_from = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)
    year_to = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)
    reason = serializers.CharField(max_length=300)
    confidence = serializers.ChoiceField(Confidence.choices)
    ambiguity = serializers.CharField(required=False, allow_blank=True, max_length=8, default="")
    note = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")
    clause = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="已收录条款的编号；新文件写在document里"
    )
    document = DocumentInput(required=False, allow_null=True, default=None)

    def request(self, name: str) -> AmendmentRequest:
        """What is asked, as the service takes it."""
        data: dict[str, Any] = {key: value for key, value in self.validated_data.items() if key != "on"}
        data.pop("region_code", None)
        document = data.pop("document")
        given = DocumentInput().fields_of(document) if document else {}
        return AmendmentRequest(**(data | {"name": name, "clause_id": data.pop("clause")} | given))


class AmendmentInput(AgainInput):
    """A later validity of one parameter in one region."""

    region_code = serializers.CharField(max_length=12)
    name = serializers.CharField(max_length=60, help_text="参数名称，见 /api/policies/<区划代码>/")


class ApproveInput(ActInput):
    """Which version was read: one entered anew since is not approved unread."""

    version = serializers.IntegerField(required=False, allow_null=True, default=None)


class ReasonInput(ActInput):
    """Why it goes back."""

    reason = serializers.CharField(allow_blank=True, max_length=300)


class WithdrawInput(ActInput):
    """Why it is given up; may be empty."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")
