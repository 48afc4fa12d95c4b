"""Shapes of filings and suspensions in the API."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from core.api import ActInput
from subsidies.models import Filing, Suspension, SuspensionDecision
from subsidies.rules.plans import DecisionFacts
from subsidies.selectors import filings as selectors
from subsidies.serializers.plans import DecisionInput
from subsidies.services.suspensions import SuspensionRequest


class FilingOutput(serializers.ModelSerializer):
    """One office's filing, as it stands on the day asked (`on` in the query, today unless given)."""

    office_name = serializers.SerializerMethodField(help_text="政策文件里的名称")
    standing = serializers.SerializerMethodField(help_text="未报、待备案、已备案、视同备案、退回")
    due_on = serializers.SerializerMethodField(help_text="退回期限，按工作日算")
    counts_on = serializers.SerializerMethodField(help_text="从哪天起算已备案；没有退回的按期满次日")

    class Meta:
        model = Filing
        fields = (
            "id", "plan", "suspension", "village_code", "office", "office_name", "state", "standing", "received_on",
            "due_on", "counts_on", "answered_on", "number", "reason", "version",
        )  # fmt: skip

    def to_representation(self, instance: Filing) -> dict[str, Any]:
        # Reckoned once a row; the four fields that follow read it.
        books = self.context.get("books")
        on = self.context.get("on") or timezone.localdate()
        self._standing = selectors.standing_of(instance, on=on, books=books)
        return super().to_representation(instance)

    def get_office_name(self, row: Filing) -> str:
        return self._standing.name if self._standing else row.office

    def get_standing(self, row: Filing) -> str:
        return self._standing.word if self._standing else row.get_state_display()

    def get_due_on(self, row: Filing) -> date | None:
        return self._standing.due.on if self._standing and self._standing.due else None

    def get_counts_on(self, row: Filing) -> date | None:
        return self._standing.counts_on if self._standing else None


class ReturnInput(ActInput):
    """Why the office sends it back."""

    reason = serializers.CharField(allow_blank=True, max_length=300)


class SuspensionDecisionOutput(serializers.ModelSerializer):
    class Meta:
        model = SuspensionDecision
        exclude = ("id", "suspension")


class SuspensionOutput(serializers.ModelSerializer):
    """A suspension of an organisation's programme, with its decision."""

    decision = serializers.SerializerMethodField()

    class Meta:
        model = Suspension
        fields = (
            "id", "organisation", "village_code", "state", "cause", "reason", "effective_on", "asked_on",
            "executed_on", "resume_reason", "resume_asked_on", "active_on", "decision", "version",
        )  # fmt: skip

    def get_decision(self, row: Suspension) -> dict[str, Any] | None:
        record = getattr(row, "decision", None)
        return SuspensionDecisionOutput(record).data if record else None


class SuspensionInput(ActInput):
    """What is asked: why, from when, and who decided it."""

    organisation = serializers.IntegerField()
    cause = serializers.CharField(
        max_length=40, help_text="暂停事由：economic 经济能力、objective 其他客观因素"
    )
    reason = serializers.CharField(max_length=300)
    effective_on = serializers.DateField(help_text="决定写明的起始日期")
    decision = DecisionInput(required=False, allow_null=True, default=None)

    def request(self) -> SuspensionRequest:
        """What is asked, as the service takes it."""
        data: dict[str, Any] = self.validated_data
        given = data["decision"]
        decision = DecisionFacts(**{f.name: given[f.name] for f in fields(DecisionFacts)}) if given else None
        return SuspensionRequest(data["cause"], data["reason"], data["effective_on"], decision)


class AgainInput(ActInput):
    """The explanation, mended; empty leaves it."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class ResumeInput(ActInput):
    """Which conditions are ripe, or why not."""

    reason = serializers.CharField(allow_blank=True, max_length=300)


class GrantInput(ActInput):
    """From when the programme is active again; never before the business date."""

    active_on = serializers.DateField()
