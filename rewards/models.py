"""The yearly fiscal reward (财政奖励) of each village: compute, determine, approve, pay, offset."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedJSONField
from core.models.area import AreaModel, AreaQuerySet
from core.workflow import StatefulModel
from rewards.enums import BudgetState, OffsetState, ProposalState, RewardState
from villages.models import CollectiveOrganisation


class Budget(StatefulModel):
    """The reward budget of a district for one plan year: entered by one finance officer, agreed by another.

    proposed → agreed | refused; agreed → replaced, when a later row for the same year raises or lowers it and takes
    its reservations over. `reserved_fen` counts every row approved, paid or not; the CHECK keeps it within the total.
    Nothing is carried over from another year (A-53).
    """

    state = models.CharField("状态", max_length=20, choices=BudgetState.choices, default=BudgetState.PROPOSED)
    year = models.PositiveSmallIntegerField("年度")
    number = models.CharField("文号", max_length=60, blank=True)
    total_fen = models.BigIntegerField("预算（分）")
    reserved_fen = models.BigIntegerField("已批复（分）", default=0)
    document = models.CharField("依据文件", max_length=120)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    refused_reason = models.CharField("不同意的理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "奖励预算"
        verbose_name_plural = "奖励预算"
        constraints = [
            models.UniqueConstraint(
                fields=["county_code", "year"], name="one_agreed_budget", condition=models.Q(state="agreed")
            ),
            models.UniqueConstraint(
                fields=["county_code", "year"],
                name="one_proposed_budget",
                condition=models.Q(state="proposed"),
            ),
            models.CheckConstraint(
                condition=models.Q(reserved_fen__gte=0) & models.Q(reserved_fen__lte=models.F("total_fen")),
                name="budget_not_exceeded",
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_by__isnull=True) | ~models.Q(agreed_by=models.F("entered_by")),
                name="budget_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county_code} {self.year}"

    @property
    def rest_fen(self) -> int:
        """What can still be approved."""
        return self.total_fen - self.reserved_fen


class DecidedRate(StatefulModel):
    """The rate a district decided for a year, at or below the ceiling (A-05): one officer decides, another confirms."""

    state = models.CharField(
        "状态", max_length=20, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    year = models.PositiveSmallIntegerField("年度")
    rate_ppm = models.PositiveIntegerField("奖励比例（百万分之）")
    document = models.CharField("依据文件", max_length=120)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    refused_reason = models.CharField("退回理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "奖励比例"
        verbose_name_plural = "奖励比例"
        constraints = [
            models.UniqueConstraint(
                fields=["county_code", "year"], name="one_proposed_rate", condition=models.Q(state="proposed")
            ),
            models.UniqueConstraint(
                fields=["county_code", "year"],
                name="one_confirmed_rate",
                condition=models.Q(state="confirmed"),
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("decided_by")),
                name="decided_rate_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county_code} {self.year}"


class RewardApplication(StatefulModel):
    """The agency's application to finance for the rows it determined; numbered when the checker confirms."""

    state = models.CharField(
        "状态", max_length=20, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    year = models.PositiveSmallIntegerField("年度")
    number = models.CharField("文号", max_length=60, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    applied_on = models.DateField("申请日期", null=True)
    refused_reason = models.CharField("退回理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "奖励申请"
        verbose_name_plural = "奖励申请"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("made_by")),
                name="reward_application_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class RewardPayment(StatefulModel):
    """One payment run from the agency's account to villages: proposed by one officer, confirmed by another."""

    state = models.CharField(
        "状态", max_length=20, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    year = models.PositiveSmallIntegerField("年度")
    number = models.CharField("文号", max_length=60, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    voucher = models.CharField("拨付凭证号", max_length=40, blank=True)
    paid_on = models.DateField("拨付日期", null=True)
    refused_reason = models.CharField("退回理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "奖励拨付"
        verbose_name_plural = "奖励拨付"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("made_by")),
                name="reward_payment_run_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class Reward(StatefulModel):
    """One village's reward of one plan year.

    computed (by job) → determined (agency, never above the cap) → applied to finance → approved | returned
    → received by the agency → paid to the village. The figures of `computed` follow the facts until the reward is
    paid; a paid reward is never rewritten, a later refund becomes an `Offset`.
    """

    state = models.CharField("状态", max_length=20, choices=RewardState.choices, default=RewardState.COMPUTED)
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="rewards")
    year = models.PositiveSmallIntegerField("年度")
    headcount = models.PositiveIntegerField("补助人数", default=0)
    posted_fen = models.BigIntegerField("补助记账（分）", default=0)
    refunded_fen = models.BigIntegerField("已退费（分）", default=0)
    base_fen = models.BigIntegerField("奖励基数（分）", default=0)
    rate_ppm = models.PositiveIntegerField("比例（百万分之）", default=0)
    cap_fen = models.BigIntegerField("最高可奖（分）", default=0)
    blocked_code = models.CharField("不能核定的原因", max_length=30, blank=True)
    blocked_figures = models.JSONField(default=dict, blank=True)
    determined_fen = models.BigIntegerField("核定（分）", null=True)
    offset_fen = models.BigIntegerField("冲抵以前年度（分）", default=0)
    approved_fen = models.BigIntegerField("批复（分）", null=True)
    # What lies on the agency's account for this village; after a refund the difference goes back to finance.
    held_fen = models.BigIntegerField("已到经办账户（分）", default=0)
    # How often money came in or went back for this row: part of the transfers' cause keys.
    money_moves = models.PositiveSmallIntegerField(default=0)
    # Posted after the determination: not rewarded, shown as such.
    late_fen = models.BigIntegerField("核定后记账（分）", default=0)
    finance_reason = models.CharField("财政意见", max_length=200, blank=True)
    application = models.ForeignKey(RewardApplication, models.PROTECT, null=True, related_name="rewards")
    payment = models.ForeignKey(RewardPayment, models.PROTECT, null=True, related_name="rewards")
    # Bank, holder and number of the village's account as the payment run was proposed; paid to no other.
    payee = EncryptedJSONField("收款账户", null=True)
    determined_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    determined_on = models.DateField("核定日期", null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_on = models.DateField("批复日期", null=True)
    payment_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    received_on = models.DateField("到账日期", null=True)
    received_voucher = models.CharField("到账凭证号", max_length=40, blank=True)
    paid_on = models.DateField("拨付日期", null=True)
    voucher = models.CharField("拨付凭证号", max_length=40, blank=True)
    clause = models.CharField("依据", max_length=300, blank=True)
    policy_version = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "财政奖励"
        verbose_name_plural = "财政奖励"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="one_reward_a_year"),
            models.CheckConstraint(
                condition=models.Q(determined_fen__isnull=True)
                | models.Q(determined_fen__lte=models.F("cap_fen")),
                name="reward_within_cap",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_fen__isnull=True)
                | models.Q(approved_fen__lte=models.F("determined_fen") - models.F("offset_fen")),
                name="approved_within_determined",
            ),
            models.CheckConstraint(
                condition=models.Q(offset_fen=0)
                | (models.Q(offset_fen__gt=0) & models.Q(offset_fen__lte=models.F("determined_fen"))),
                name="offset_within_determined",
            ),
            models.CheckConstraint(condition=models.Q(held_fen__gte=0), name="reward_held_not_negative"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("determined_by")),
                name="reward_approval_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_by__isnull=True) | ~models.Q(paid_by=models.F("payment_proposed_by")),
                name="reward_payment_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["county_code", "year", "state"], name="rewards_of_county")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"

    @property
    def payable_fen(self) -> int | None:
        """What goes to the village: approved, or until then determined less offsets; None before."""
        if self.approved_fen is not None:
            return self.approved_fen
        return None if self.determined_fen is None else self.determined_fen - self.offset_fen


class Offset(StatefulModel):
    """What was granted above the ceiling as it now stands, because of a refund after payment (A-06).

    open → settled by the organisation's next rewards; any rest stays open until it is repaid or waived with a
    document.
    """

    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="offsets")
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="offsets")
    state = models.CharField("状态", max_length=20, choices=OffsetState.choices, default=OffsetState.OPEN)
    amount_fen = models.BigIntegerField("应冲抵（分）")
    settled_fen = models.BigIntegerField("已冲抵（分）", default=0)
    cause_key = models.CharField(max_length=60, unique=True)
    opened_on = models.DateField("发生日期")
    document = models.CharField("核销文件", max_length=120, blank=True)
    closed_on = models.DateField("结清日期", null=True)

    class Meta:
        verbose_name = "奖励冲抵"
        verbose_name_plural = "奖励冲抵"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0)
                & models.Q(settled_fen__gte=0)
                & models.Q(settled_fen__lte=models.F("amount_fen")),
                name="offset_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.amount_fen}"

    @property
    def rest_fen(self) -> int:
        """What the village still owes of it."""
        return self.amount_fen - self.settled_fen if self.state == OffsetState.OPEN else 0


class OffsetUse(models.Model):
    """How much of an offset one later reward settled."""

    offset = models.ForeignKey(Offset, models.PROTECT, related_name="uses")
    reward = models.ForeignKey(Reward, models.CASCADE, related_name="offset_uses")
    amount_fen = models.BigIntegerField("冲抵（分）")

    class Meta:
        verbose_name = "冲抵明细"
        verbose_name_plural = "冲抵明细"
        constraints = [
            models.UniqueConstraint(fields=["offset", "reward"], name="offset_use_once"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="offset_use_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.offset_id}→{self.reward_id}"


class CommendationNotice(StatefulModel):
    """One notice that commends organisations of a plan year (通报表扬), where a region gives no money (JN-13).

    proposed by one officer → confirmed by another, who gives it its number | refused. `name` and `occasion` are the
    rulebook's words of the day it was proposed.
    """

    state = models.CharField(
        "状态", max_length=20, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    year = models.PositiveSmallIntegerField("补助年度")
    number = models.CharField("文号", max_length=60, blank=True)
    name = models.CharField("形式", max_length=40)
    occasion = models.CharField("场合", max_length=60)
    remark = models.CharField("事迹", max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    commended_on = models.DateField("通报日期", null=True)
    refused_reason = models.CharField("退回理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "表扬通报"
        verbose_name_plural = "表扬通报"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("made_by")),
                name="commendation_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="confirmed")
                | models.Q(commended_on__isnull=False, confirmed_by__isnull=False),
                name="commendation_confirmed_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class Commendation(AreaModel):
    """One organisation on a notice, with what it had subsidised by then; `is_live` falls with a refused notice."""

    notice = models.ForeignKey(CommendationNotice, models.PROTECT, related_name="rows")
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="commendations")
    year = models.PositiveSmallIntegerField("补助年度")
    headcount = models.PositiveIntegerField("补助人数")
    amount_fen = models.BigIntegerField("补助金额（分）")
    is_live = models.BooleanField(default=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "通报表扬"
        verbose_name_plural = "通报表扬"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="commended_once_a_year",
                condition=models.Q(is_live=True),
            ),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="commended_for_something"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"
