"""Shapes of rewards in the API. Amounts are whole fen, rates parts per million."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import ActInput
from core.identity import last4_of
from core.years import FIRST_YEAR, LAST_YEAR
from rewards.enums import Verdict
from rewards.models import (
    Budget,
    Commendation,
    CommendationNotice,
    DecidedRate,
    Offset,
    Reward,
    RewardApplication,
    RewardPayment,
)
from rewards.rules import blocked_sentence
from rewards.selectors import application_word, budget_use
from rewards.services import RowDecision
from villages.selectors.accounts import account_of


class RewardOutput(serializers.ModelSerializer):
    """One village's reward of one plan year, and how it was reckoned: base × rate, cut to the fen = cap."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    organisation_name = serializers.CharField(source="organisation.name", read_only=True)
    village = serializers.CharField(source="organisation.region.short_name", read_only=True)
    payable_fen = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="应拨金额：批复数；批复以前为核定减冲抵"
    )
    blocked_reason = serializers.SerializerMethodField()
    payee_name = serializers.SerializerMethodField(help_text="拨付单上的收款户名，列入拨付单以前为空")
    payee_bank = serializers.SerializerMethodField(help_text="拨付单上的开户行")
    payee_account_last4 = serializers.SerializerMethodField(help_text="拨付单上的账号后四位")

    class Meta:
        model = Reward
        fields = (
            "id", "organisation", "organisation_name", "village", "county_code", "town_code", "village_code", "year",
            "state", "state_label", "version", "headcount", "posted_fen", "refunded_fen", "base_fen", "rate_ppm",
            "cap_fen", "late_fen", "blocked_code", "blocked_reason", "clause", "policy_version", "determined_fen",
            "determined_on", "offset_fen", "payable_fen", "application", "approved_fen", "approved_on",
            "finance_reason", "held_fen", "received_on", "received_voucher", "payment", "paid_on", "voucher",
            "payee_name", "payee_bank", "payee_account_last4",
        )  # fmt: skip

    def get_blocked_reason(self, row: Reward) -> str:
        return blocked_sentence(row.blocked_code, row.blocked_figures) if row.blocked_code else ""

    def get_payee_name(self, row: Reward) -> str:
        return _payee(row).get("account_name", "")

    def get_payee_bank(self, row: Reward) -> str:
        return _payee(row).get("bank_name", "")

    def get_payee_account_last4(self, row: Reward) -> str:
        return last4_of(_payee(row).get("bank_account", ""))


def _payee(row: Reward) -> dict[str, str]:
    """The account of the payment run; of a run made before accounts were kept, as on its page, the village's own."""
    if row.payment_id is None:
        return {}
    return row.payee or account_of(row.organisation)


class ApplicationOutput(serializers.ModelSerializer):
    """An application to finance with the counts of its rows; `standing` is derived from them."""

    rows_count = serializers.IntegerField()
    amount_fen = serializers.IntegerField()
    waiting_count = serializers.IntegerField()
    approved_count = serializers.IntegerField()
    returned_count = serializers.IntegerField()
    received_count = serializers.IntegerField()
    paid_count = serializers.IntegerField()
    due_fen = serializers.IntegerField(help_text="已批复、还没到经办账户的金额")
    standing = serializers.SerializerMethodField()

    class Meta:
        model = RewardApplication
        fields = (
            "id", "year", "number", "county_code", "state", "standing", "version", "made_by", "confirmed_by",
            "applied_on", "refused_reason", "rows_count", "amount_fen", "waiting_count", "approved_count",
            "returned_count", "received_count", "paid_count", "due_fen",
        )  # fmt: skip

    def get_standing(self, row: RewardApplication) -> str:
        return application_word(row)


class PaymentOutput(serializers.ModelSerializer):
    """A payment run to villages."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    rows_count = serializers.IntegerField()
    amount_fen = serializers.IntegerField()

    class Meta:
        model = RewardPayment
        fields = (
            "id", "year", "number", "county_code", "state", "state_label", "version", "made_by", "confirmed_by",
            "voucher", "paid_on", "refused_reason", "rows_count", "amount_fen",
        )  # fmt: skip


class BudgetUseOutput(serializers.Serializer):
    """What became of the budget in force: total = reserved + paid + rest, approved = reserved + paid."""

    total_fen = serializers.IntegerField()
    reserved_fen = serializers.IntegerField(help_text="已批复、未拨付")
    approved_fen = serializers.IntegerField()
    paid_fen = serializers.IntegerField()
    rest_fen = serializers.IntegerField()
    waiting_fen = serializers.IntegerField(help_text="已申请、待批复")


class BudgetOutput(serializers.ModelSerializer):
    """One entry of a year's budget; the agreed one is in force."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    use = serializers.SerializerMethodField()

    class Meta:
        model = Budget
        fields = (
            "id", "year", "number", "county_code", "state", "state_label", "version", "total_fen", "document",
            "entered_by", "agreed_by", "refused_reason", "use",
        )  # fmt: skip

    def get_use(self, row: Budget) -> BudgetUseOutput:
        uses = self.context.get("uses")
        use = budget_use(row.county_code, row.year) if uses is None else uses[row.county_code, row.year]
        return BudgetUseOutput(use).data  # type: ignore[return-value]


class RateOutput(serializers.ModelSerializer):
    """A rate decided for a plan year."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = DecidedRate
        fields = (
            "id", "year", "county_code", "state", "state_label", "version", "rate_ppm", "document", "decided_by",
            "confirmed_by", "refused_reason",
        )  # fmt: skip


class OffsetOutput(serializers.ModelSerializer):
    """What a village owes of an earlier reward because of a refund after payment."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    organisation_name = serializers.CharField(source="organisation.name", read_only=True)
    year = serializers.IntegerField(source="reward.year", read_only=True)
    rest_fen = serializers.IntegerField(read_only=True)

    class Meta:
        model = Offset
        fields = (
            "id", "organisation", "organisation_name", "village_code", "reward", "year", "state", "state_label",
            "amount_fen", "settled_fen", "rest_fen", "opened_on", "closed_on", "document",
        )  # fmt: skip


class YearInput(ActInput):
    """A plan year; the county is the caller's own unless given."""

    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    county_code = serializers.CharField(required=False, max_length=12)


def _once(rows: list[Any]) -> list[Any]:
    """Refuse a reward that is named twice: one of the two would be lost in silence."""
    ids = [row["reward"] if isinstance(row, dict) else row for row in rows]
    if len(set(ids)) < len(ids):
        raise serializers.ValidationError("同一个村的奖励列了两次，请只留一行。")
    return rows


class DeterminedRow(serializers.Serializer):
    """One row to determine; without an amount its cap."""

    reward = serializers.IntegerField()
    amount_fen = serializers.IntegerField(required=False, allow_null=True)


class DetermineInput(YearInput):
    """Which rows; left out: every row of the year that is free."""

    rows = DeterminedRow(many=True, required=False, allow_empty=False)

    def validate_rows(self, rows: list[Any]) -> list[Any]:
        """Each reward once."""
        return _once(rows)

    def amounts(self) -> dict[int, int | None] | None:
        """reward → fen or None (its cap); None for all."""
        rows = self.validated_data.get("rows")
        return None if rows is None else {row["reward"]: row.get("amount_fen") for row in rows}


class ApplyInput(YearInput):
    """Which determined rows; left out: all of the year."""

    rewards = serializers.ListField(child=serializers.IntegerField(), required=False, allow_empty=False)

    def validate_rewards(self, rewards: list[int]) -> list[int]:
        """Each reward once."""
        return _once(rewards)


class DecisionRow(serializers.Serializer):
    """Finance's word on one row."""

    reward = serializers.IntegerField()
    verdict = serializers.ChoiceField(choices=Verdict.choices, default=Verdict.APPROVE)
    amount_fen = serializers.IntegerField(required=False, allow_null=True, help_text="核减后的金额")
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class ApproveInput(ActInput):
    """Decisions on rows of one county and year, all or none."""

    rows = DecisionRow(many=True, allow_empty=False)

    def validate_rows(self, rows: list[Any]) -> list[Any]:
        """Each reward once."""
        return _once(rows)

    def decisions(self) -> list[RowDecision]:
        """The rows as the service takes them."""
        return [
            RowDecision(row["reward"], row["verdict"], row.get("amount_fen"), row["reason"])
            for row in self.validated_data["rows"]
        ]


class RewardReasonInput(ActInput):
    """Why something is sent back."""

    reason = serializers.CharField(max_length=200, allow_blank=True)


class ReceiveInput(ActInput):
    """The sum on the agency's account, to the fen, and its voucher."""

    amount_fen = serializers.IntegerField()
    voucher = serializers.CharField(max_length=40, allow_blank=True)


class PayInput(ActInput):
    """Villages to pay."""

    rewards = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)


class ConfirmPaymentInput(ActInput):
    """The payment's voucher; the sum, where given, must be the run's."""

    voucher = serializers.CharField(max_length=40, allow_blank=True)
    amount_fen = serializers.IntegerField(required=False, allow_null=True)


class BudgetInput(YearInput):
    """A year's total and the document it rests on."""

    total_fen = serializers.IntegerField()
    document = serializers.CharField(max_length=120, allow_blank=True)


class RateInput(YearInput):
    """A decided rate and the document it rests on."""

    rate_ppm = serializers.IntegerField()
    document = serializers.CharField(max_length=120, allow_blank=True)


class DocumentInput(ActInput):
    """The voucher or document an offset is closed on."""

    document = serializers.CharField(max_length=120, allow_blank=True)


def county_of_input(data: dict[str, Any], own: str) -> str:
    """The county asked for, else the caller's."""
    return str(data.get("county_code") or own)


class CommendationOutput(serializers.ModelSerializer):
    """One organisation on a notice of commendation, with what it had subsidised by then."""

    organisation_name = serializers.CharField(source="organisation.name", read_only=True)
    name = serializers.CharField(source="notice.name", read_only=True)
    occasion = serializers.CharField(source="notice.occasion", read_only=True)
    number = serializers.CharField(source="notice.number", read_only=True)
    commended_on = serializers.DateField(source="notice.commended_on", read_only=True)

    class Meta:
        model = Commendation
        fields = (
            "id", "notice", "organisation", "organisation_name", "county_code", "town_code", "village_code", "year",
            "headcount", "amount_fen", "name", "occasion", "number", "commended_on",
        )  # fmt: skip


class CommendationNoticeOutput(serializers.ModelSerializer):
    """A notice of commendation, with its organisations' number and sums."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    rows_count = serializers.IntegerField()
    headcount = serializers.IntegerField()
    amount_fen = serializers.IntegerField()

    class Meta:
        model = CommendationNotice
        fields = (
            "id", "year", "number", "county_code", "state", "state_label", "version", "name", "occasion", "remark",
            "made_by", "confirmed_by", "commended_on", "refused_reason", "rows_count", "headcount", "amount_fen",
        )  # fmt: skip


class CandidateOutput(serializers.Serializer):
    """An organisation that subsidised in the year and is on no notice of it."""

    organisation = serializers.IntegerField(source="organisation.pk")
    organisation_name = serializers.CharField(source="organisation.name")
    village_code = serializers.CharField(source="organisation.village_code")
    headcount = serializers.IntegerField()
    amount_fen = serializers.IntegerField()


class CommendInput(YearInput):
    """Which organisations to commend, and what for."""

    organisations = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)
    remark = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")

    def validate_organisations(self, organisations: list[int]) -> list[int]:
        """Each organisation once."""
        return _once(organisations)
