"""Refunds after remittance (依法退费)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedTextField
from core.workflow import StatefulModel
from subsidies.enums import Payee, RefundState
from subsidies.models.applications import Line


class Refund(StatefulModel):
    """Money that must go back although it was remitted: asked, verified, approved, paid back, ledger reversed.

    requested → verified → approved → reversed (paid back and booked in one act) | refused.
    """

    state = models.CharField(
        "状态", max_length=20, choices=RefundState.choices, default=RefundState.REQUESTED
    )
    line = models.ForeignKey(Line, models.PROTECT, related_name="refunds")
    year = models.PositiveSmallIntegerField("补助年度")
    number = models.CharField("编号", max_length=60, blank=True)
    reason = models.CharField("退费原因", max_length=30)
    reason_text = models.CharField("说明", max_length=200, blank=True)
    event_on = models.DateField("事由发生日期")
    amount_fen = models.BigIntegerField("退费金额（分）")
    interest_fen = models.BigIntegerField("冲减利息（分）", default=0)
    # As the rulebook said of the reason when it was asked.
    reduces_base = models.BooleanField("减少奖励基数", default=True)
    payee = models.CharField("收款人", max_length=15, choices=Payee.choices)
    payee_name = models.CharField("收款户名", max_length=100, blank=True)
    payee_bank = models.CharField("开户行", max_length=80, blank=True)
    payee_account = EncryptedTextField("账号", blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_on = models.DateField("申请日期")
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    paid_on = models.DateField("退款日期", null=True)
    voucher = models.CharField("退款凭证号", max_length=40, blank=True)
    refused_reason = models.CharField("不予退费的理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "退费"
        verbose_name_plural = "退费"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True) | ~models.Q(approved_by=models.F("verified_by")),
                name="refund_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="reversed") | models.Q(paid_on__isnull=False),
                name="refund_paid_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.reason}"
