"""Shapes of payments in the API. Amounts are whole fen."""

from __future__ import annotations

from rest_framework import serializers

from contributions.enums import ContributionKind
from contributions.models import Contribution
from contributions.services import PaymentInput
from core.api import ActInput, IdNumberField
from core.lengths import REASON_TEXT
from core.years import FIRST_YEAR, LAST_YEAR


class PaymentRow(serializers.Serializer):
    """One payment; without a tier, what was paid is the tier. A topup (提档补差) must name the tier it leads to."""

    name = serializers.CharField(max_length=60)
    id_number = IdNumberField(max_length=24, help_text="18位公民身份号码")
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR, help_text="缴费年度")
    tier_fen = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="缴费档次")
    personal_fen = serializers.IntegerField(help_text="个人缴费")
    on_behalf_fen = serializers.IntegerField(required=False, default=0, help_text="政府代缴")
    paid_on = serializers.DateField(help_text="缴费日期")
    kind = serializers.ChoiceField(ContributionKind.choices, default=ContributionKind.REGULAR)
    voucher = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="税票号"
    )


class ContributionsInput(ActInput):
    """Payments to be recorded, all or none."""

    rows = PaymentRow(many=True, allow_empty=False, max_length=5000)  # type: ignore[call-arg]

    def payments(self) -> list[PaymentInput]:
        """The rows as the service takes them."""
        return [PaymentInput(**row) for row in self.validated_data["rows"]]


class ContributionOutput(serializers.ModelSerializer):
    """One payment on file; the identity number's last four only."""

    name = serializers.CharField(source="person.name")
    id_last4 = serializers.CharField(source="person.last4")

    class Meta:
        model = Contribution
        fields = (
            "id", "person", "name", "id_last4", "year", "kind", "tier_fen", "personal_fen", "on_behalf_fen", "paid_on",
            "voucher", "reversed_on", "county_code", "town_code", "village_code",
        )  # fmt: skip


class NoteOutput(serializers.Serializer):
    """Something about a row that did not stop it."""

    code = serializers.CharField()
    message = serializers.CharField(source="what")
    how = serializers.CharField(help_text="怎么办")


class RecordedOutput(serializers.Serializer):
    """What became of one row: new, changed or unchanged."""

    row = serializers.IntegerField(help_text="第几笔，从1起")
    status = serializers.ChoiceField(["new", "changed", "unchanged"])
    contribution = ContributionOutput()
    notes = NoteOutput(many=True)


class ContributionsOutput(serializers.Serializer):
    """Counts of a recording and its rows."""

    new_count = serializers.IntegerField()
    changed_count = serializers.IntegerField()
    unchanged_count = serializers.IntegerField()
    rows = RecordedOutput(many=True)


class ReverseInput(ActInput):
    """The day on which the payment was refunded (the business date by default), and why."""

    reversed_on = serializers.DateField(required=False, help_text="冲销日期，默认业务日期")
    reason = serializers.CharField(max_length=REASON_TEXT, help_text="冲销的原因和依据")


class RestingOutput(serializers.Serializer):
    """One subsidy that rests on a payment, and what follows for it."""

    name = serializers.CharField(help_text="村、年度、批次、序号；其他单位管理的村的不写")
    state = serializers.CharField()
    follows = serializers.CharField()
    posted_on = serializers.DateField(allow_null=True)


class ReversePreviewOutput(serializers.Serializer):
    """A payment with what rests on it."""

    contribution = ContributionOutput()
    resting = RestingOutput(many=True)
