"""Shapes of notices, tax money and differences in the API. Amounts are whole fen; numbers of persons are masked."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import ActInput, IdNumberField
from subsidies.enums import Settlement
from subsidies.models import Difference, NoticeLine, PaymentNotice, TaxRow
from subsidies.rules.matching import CODES
from subsidies.selectors.notices import days_late
from subsidies.services.notices import TaxRowInput, Terms
from subsidies.services.notices.settlements import ways_of


class NoticeOutput(serializers.ModelSerializer):
    """One payment notice with what came in for it."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    organisation = serializers.IntegerField(source="application.organisation_id", read_only=True)
    organisation_name = serializers.CharField(source="application.organisation.name", read_only=True)
    year = serializers.IntegerField(source="application.year", read_only=True)
    received_fen = serializers.IntegerField(read_only=True, help_text="已到账（减去退回和更正）")
    open_differences = serializers.IntegerField(source="open_count", read_only=True)
    days_late = serializers.SerializerMethodField()
    replaced_by = serializers.SerializerMethodField()

    class Meta:
        model = PaymentNotice
        fields = (
            "id",
            "number",
            "state",
            "state_label",
            "application",
            "organisation",
            "organisation_name",
            "payer_name",
            "year",
            "headcount",
            "amount_fen",
            "received_fen",
            "open_differences",
            "issued_on",
            "due_on",
            "days_late",
            "replaces",
            "replaced_by",
            "void_reason",
            "version",
        )

    def get_days_late(self, notice: PaymentNotice) -> int:
        return days_late(notice, on=self.context["on"])

    def get_replaced_by(self, notice: PaymentNotice) -> int | None:
        return notice.replaced_by.pk if hasattr(notice, "replaced_by") else None


class NoticeLineOutput(serializers.ModelSerializer):
    """One person on a notice."""

    line = serializers.IntegerField(source="line_id", read_only=True)
    position = serializers.IntegerField(source="line.position", read_only=True)
    person = serializers.IntegerField(source="line.person_id", read_only=True)
    name = serializers.CharField(source="line.person.name", read_only=True)
    id_last4 = serializers.CharField(source="line.person.last4", read_only=True)
    state = serializers.CharField(source="line.state", read_only=True)
    received_fen = serializers.IntegerField(read_only=True)

    class Meta:
        model = NoticeLine
        fields = ("line", "position", "person", "name", "id_last4", "state", "amount_fen", "received_fen")


class TaxRowOutput(serializers.ModelSerializer):
    """One row of tax money as recorded."""

    id_last4 = serializers.CharField(source="last4", read_only=True)

    class Meta:
        model = TaxRow
        fields = (
            "id",
            "notice",
            "line",
            "person",
            "name",
            "id_last4",
            "amount_fen",
            "returned_fen",
            "paid_on",
            "voucher",
            "occurrence",
            "origin",
            "match",
            "is_reversal",
            "reverses_row",
            "is_corrected",
            "corrected_by_row",
            "recorded_on",
        )


class TaxRowGiven(serializers.Serializer):
    """One row of the tax office; the person by identity number or, where on the notice, by id."""

    id_number = IdNumberField(
        max_length=30, required=False, allow_blank=True, default="", help_text="18位公民身份号码"
    )
    person = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text="通知书上的人员编号"
    )
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    amount_fen = serializers.IntegerField(help_text="实缴金额（分）；退库写负数")
    paid_on = serializers.DateField(help_text="缴款日期")
    voucher = serializers.CharField(max_length=40, help_text="税票号")
    reverses_voucher = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="负数行冲的原税票号；不写则同税票号",
    )


class TaxRowsInput(ActInput):
    """Rows for one notice: all are recorded, or none."""

    rows = TaxRowGiven(many=True, allow_empty=False)

    def given(self) -> list[TaxRowInput]:
        """The rows as the services take them."""
        return [
            TaxRowInput(person_id=row.pop("person"), **row) for row in map(dict, self.validated_data["rows"])
        ]


class LumpSumInput(ActInput):
    """One sum for the notice, taken only where it equals what is open on it."""

    amount_fen = serializers.IntegerField(min_value=1)
    paid_on = serializers.DateField()
    voucher = serializers.CharField(max_length=40)


class ReasonInput(ActInput):
    """Words that go with the act."""

    reason = serializers.CharField(max_length=200)


class GiveUpInput(ActInput):
    """Lines to give up, with the reason."""

    lines = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)
    reason = serializers.CharField(max_length=200)


class WithdrawInput(ActInput):
    """Lines to withdraw after the notice was issued."""

    lines = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)
    reason = serializers.CharField(max_length=30, help_text="DEATH、NATIONALITY_LOST、OTHER_PENSION、OTHER")
    event_on = serializers.DateField(help_text="事由发生日期")


class RecordingOutput(serializers.Serializer):
    """What a recording did."""

    notice = NoticeOutput()
    rows_count = serializers.IntegerField()
    amount_fen = serializers.IntegerField()
    known_count = serializers.IntegerField(help_text="以前登记过、这次跳过的行")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="每种核对结果几行")


class DifferenceOutput(serializers.ModelSerializer):
    """What does not match, and how it stands."""

    code = serializers.SerializerMethodField()
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    person = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    id_last4 = serializers.SerializerMethodField()
    gap_fen = serializers.SerializerMethodField()
    ways = serializers.SerializerMethodField(help_text="可以怎样处理")

    class Meta:
        model = Difference
        fields = (
            "id",
            "notice",
            "kind",
            "kind_label",
            "code",
            "state",
            "state_label",
            "line",
            "tax_row",
            "person",
            "name",
            "id_last4",
            "expected_fen",
            "found_fen",
            "gap_fen",
            "settlement",
            "moved_fen",
            "asked_on",
            "reason",
            "proposed_by",
            "proposed_on",
            "settled_by",
            "settled_on",
            "ways",
            "version",
        )

    def get_code(self, row: Difference) -> str:
        return CODES[row.kind]

    def get_person(self, row: Difference) -> int | None:
        if row.line is not None:
            return row.line.person_id
        return row.tax_row.person_id if row.tax_row else None

    def get_name(self, row: Difference) -> str:
        return who(row)[0]

    def get_id_last4(self, row: Difference) -> str:
        return who(row)[1]

    def get_gap_fen(self, row: Difference) -> int:
        return row.found_fen - row.expected_fen

    def get_ways(self, row: Difference) -> list[str]:
        return [str(way) for way in ways_of(row)]


def who(row: Difference) -> tuple[str, str]:
    """Name and last four of whom a difference is about."""
    if row.line is not None:
        return row.line.person.name, row.line.person.last4
    assert row.tax_row is not None
    return row.tax_row.name, row.tax_row.last4


class SettlementInput(ActInput):
    """How a difference is to be settled, with what that way needs."""

    settlement = serializers.ChoiceField(Settlement.choices)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    id_number = IdNumberField(
        max_length=30, required=False, allow_blank=True, default="", help_text="税务更正：应是谁"
    )
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    amount_fen = serializers.IntegerField(
        min_value=0, required=False, default=0, help_text="税务更正：应是多少"
    )
    paid_on = serializers.DateField(required=False, allow_null=True, default=None)
    voucher = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    is_void = serializers.BooleanField(required=False, default=False, help_text="税务更正：没有这笔款")
    left_reason = serializers.CharField(
        max_length=30, required=False, allow_blank=True, default="", help_text="撤回：事由"
    )
    event_on = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="撤回：事由发生日期"
    )

    def terms(self) -> Terms:
        """The terms as the services take them."""
        data: dict[str, Any] = self.validated_data
        names = (
            "id_number",
            "name",
            "amount_fen",
            "paid_on",
            "voucher",
            "is_void",
            "left_reason",
            "event_on",
        )
        return Terms(**{name: data[name] for name in names})


class RepeatsInput(ActInput):
    """One way out for all repeats of a notice: `correct` (the tax office has no such rows) or `return`."""

    settlement = serializers.ChoiceField(Settlement.choices)
    count = serializers.IntegerField(
        min_value=1, required=False, allow_null=True, default=None, help_text="看到的项数，不符时不办"
    )


class RepeatsConfirmation(RepeatsInput):
    """The same with the sum that was seen."""

    sum_fen = serializers.IntegerField(
        min_value=1, required=False, allow_null=True, default=None, help_text="看到的合计（分），不符时不办"
    )


class RepeatsProposal(RepeatsInput):
    """The same with the reason."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class RepeatsSum(serializers.Serializer):
    """How many repeats, and what they come to."""

    count = serializers.IntegerField()
    sum_fen = serializers.IntegerField()


class RepeatsOutput(serializers.Serializer):
    """Repeats of a notice: those open, and those proposed by the way they were."""

    open = RepeatsSum()
    proposed = serializers.DictField(child=RepeatsSum())


class RepeatsDone(serializers.Serializer):
    """How many were moved."""

    count = serializers.IntegerField()
