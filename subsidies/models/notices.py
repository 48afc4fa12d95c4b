"""Payment notices, the tax office's money, and what does not match."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedJSONField, EncryptedTextField
from core.models.area import AreaModel, AreaQuerySet
from core.workflow import StatefulModel
from subsidies.enums import DifferenceState, Match, NoticeState, Settlement, TaxRowOrigin
from subsidies.models.applications import Application, Line
from villages.models import Person


class PaymentNotice(StatefulModel):
    """缴款通知书: what the village pays to the tax office for the confirmed lines of a batch.

    issued → paid in part | paid; void, or replaced by a new one after a withdrawal (each names the other).
    """

    state = models.CharField("状态", max_length=20, choices=NoticeState.choices, default=NoticeState.ISSUED)
    application = models.ForeignKey(Application, models.PROTECT, related_name="notices")
    number = models.CharField("编号", max_length=60)
    amount_fen = models.BigIntegerField("应缴金额（分）")
    headcount = models.PositiveIntegerField("人数")
    # Who pays, where it is not the village's own money: the charity, the donor, or the village for him.
    payer_name = models.CharField("缴款单位", max_length=100, blank=True)
    issued_on = models.DateField("开具日期")
    due_on = models.DateField("缴款期限")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "缴款通知书"
        verbose_name_plural = "缴款通知书"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="notice_positive"),
            # Each county counts its own.
            models.UniqueConstraint(fields=["county_code", "number"], name="notice_number_once_a_county"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def serial(self) -> str:
        """The last part of the number, as people say it: 0007号."""
        return self.number.rpartition("〕")[2]


class NoticeLine(models.Model):
    """One line on a notice; a replaced notice keeps its lines as they were."""

    notice = models.ForeignKey(PaymentNotice, models.CASCADE, related_name="notice_lines")
    line = models.ForeignKey(Line, models.PROTECT, related_name="notice_lines")
    amount_fen = models.BigIntegerField("应缴金额（分）")

    class Meta:
        verbose_name = "通知书明细"
        verbose_name_plural = "通知书明细"
        constraints = [models.UniqueConstraint(fields=["notice", "line"], name="line_once_on_notice")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.line_id}"


class TaxRowQuerySet(AreaQuerySet):
    def standing(self) -> TaxRowQuerySet:
        """Rows whose money counts: neither reversals nor corrected, annotated with `net_fen` (less what went back)."""
        return self.filter(is_reversal=False, is_corrected=False).annotate(
            net_fen=models.F("amount_fen") - models.F("returned_fen")
        )


class TaxRow(AreaModel):
    """One row of money the tax office reported: person, amount, date, voucher.

    Matched to a line, or it stays in transit under its voucher until it is matched, corrected or returned.
    `occurrence` counts repeats of one person under one voucher. A reversal (a negative row of the tax file) takes its
    amount back from `reverses_row`, whose `returned_fen` grows by it. A row that the tax office corrected or took
    back altogether (`is_corrected`) counts nothing; `corrected_by_row` is the one that stands in its place.
    """

    notice = models.ForeignKey(PaymentNotice, models.PROTECT, related_name="tax_rows")
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="tax_rows")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    name = models.CharField("姓名", max_length=60)
    id_cipher = EncryptedTextField("证件号码", default="")
    id_index = models.CharField(max_length=32, db_index=True)
    last4 = models.CharField(max_length=4)
    amount_fen = models.BigIntegerField("实缴金额（分）")
    paid_on = models.DateField("缴款日期")
    voucher = models.CharField("税票号", max_length=40)
    occurrence = models.PositiveSmallIntegerField(default=1)
    origin = models.CharField("来源", max_length=8, choices=TaxRowOrigin.choices)
    match = models.CharField("核对", max_length=8, choices=Match.choices)
    returned_fen = models.BigIntegerField("已退回（分）", default=0)
    is_reversal = models.BooleanField("红字冲销", default=False)
    reverses_row = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals")
    is_corrected = models.BooleanField("税务已更正", default=False)
    corrected_by_row = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrects")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_on = models.DateField("登记日期")

    objects = TaxRowQuerySet.as_manager()

    class Meta:
        verbose_name = "税务回传"
        verbose_name_plural = "税务回传"
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "id_index", "occurrence", "notice"], name="tax_row_once"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0)
                & models.Q(returned_fen__gte=0)
                & models.Q(returned_fen__lte=models.F("amount_fen")),
                name="tax_row_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(is_reversal=False) | models.Q(reverses_row__isnull=False),
                name="tax_reversal_names_its_row",
            ),
        ]
        indexes = [models.Index(fields=["notice", "line"], name="tax_rows_of_notice")]

    def __str__(self) -> str:
        return f"{self.voucher} {self.last4}"


class Difference(StatefulModel):
    """What does not match between notice and tax data, and how it was settled.

    open → proposed (tax officer) → settled (agency confirms); asked-to-pay stays open until money or a decision comes.
    `terms` keeps what was proposed beyond the way itself (the corrected row, the reason of a withdrawal); it may name
    a person and is encrypted. A difference that later money settled by itself has no `settled_by`.
    """

    state = models.CharField(
        "状态", max_length=20, choices=DifferenceState.choices, default=DifferenceState.OPEN
    )
    notice = models.ForeignKey(PaymentNotice, models.PROTECT, related_name="differences")
    kind = models.CharField("种类", max_length=8, choices=Match.choices)
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="differences")
    tax_row = models.ForeignKey(TaxRow, models.PROTECT, null=True, related_name="differences")
    expected_fen = models.BigIntegerField("通知书（分）", default=0)
    found_fen = models.BigIntegerField("税务（分）", default=0)
    settlement = models.CharField("处理", max_length=10, choices=Settlement.choices, blank=True)
    asked_on = models.DateField("催缴日期", null=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    terms = EncryptedJSONField(null=True)
    moved_fen = models.BigIntegerField("处理金额（分）", default=0)
    proposed_on = models.DateField("提出日期", null=True)
    settled_on = models.DateField("办结日期", null=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "对账差异"
        verbose_name_plural = "对账差异"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(settled_by__isnull=True)
                | models.Q(proposed_by__isnull=True)
                | ~models.Q(settled_by=models.F("proposed_by")),
                name="difference_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["notice", "line"],
                name="one_open_shortage_a_line",
                condition=models.Q(state__in=["open", "proposed"], kind__in=["missing", "amount"]),
            ),
        ]
        indexes = [models.Index(fields=["notice", "state"], name="differences_of_notice")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.kind}"
