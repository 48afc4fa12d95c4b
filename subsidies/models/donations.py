"""Donors (社会资助) and earmarked pools of money (专款): what came in, what is spoken for, what is spent."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedTextField
from core.models.area import AreaModel, AreaQuerySet
from ledger.enums import Source
from subsidies.enums import PoolEntryKind
from villages.models import CollectiveOrganisation

COLUMNS = ("income_fen", "reserved_fen", "remitted_fen", "refunded_fen", "returned_fen")


class Donor(AreaModel):
    """Who gives: an enterprise, a social organisation, a charity or a person (社会资助方).

    Written by the village that knows him, or by the agency for the whole county (then without a village code).
    A body has a unified social credit code; of a person nothing but his name is needed.
    """

    # A key of the rulebook's `sponsor_allowed`.
    kind = models.CharField("资助方种类", max_length=25)
    name = models.CharField("资助方名称", max_length=100)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    contact = models.CharField("联系人", max_length=40, blank=True)
    phone = EncryptedTextField("联系电话", blank=True, default="")
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    registered_on = models.DateField("登记日期")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "资助方"
        verbose_name_plural = "资助方"
        constraints = [
            models.UniqueConstraint(
                fields=["county_code", "village_code", "uscc"],
                name="donor_code_once",
                condition=~models.Q(uscc=""),
            ),
            models.UniqueConstraint(
                fields=["county_code", "village_code", "name"],
                name="donor_name_once",
                condition=models.Q(uscc=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Pool(AreaModel):
    """Earmarked money for the members of one organisation and plan year (专款).

    A donor's pool (source sponsor) is opened for one gift agreement; the collective's own (source collective) is one
    for organisation and year, where the rulebook earmarks that money. Lines reserve it when they are confirmed. The
    columns are sums of its entries, written under the row's lock; the CHECK lets the balance never fall below zero.
    """

    source = models.CharField("资金", max_length=20, choices=Source.choices)
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="pools")
    year = models.PositiveSmallIntegerField("补助年度")
    donor = models.ForeignKey(Donor, models.PROTECT, null=True, related_name="pools")
    # A key of the rulebook's `sponsor_custody_allowed`.
    custody = models.CharField("资金由谁管理", max_length=15)
    charity_name = models.CharField("慈善组织名称", max_length=100, blank=True)
    charity_uscc = models.CharField("慈善组织统一社会信用代码", max_length=18, blank=True)
    purpose = models.CharField("用途", max_length=200, blank=True)
    agreement_number = models.CharField("资助协议编号", max_length=60, blank=True)
    agreed_on = models.DateField("协议日期", null=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_on = models.DateField("建立日期")
    income_fen = models.BigIntegerField("收入（分）", default=0)
    reserved_fen = models.BigIntegerField("已占用（分）", default=0)
    remitted_fen = models.BigIntegerField("已缴款（分）", default=0)
    refunded_fen = models.BigIntegerField("退回（分）", default=0)
    returned_fen = models.BigIntegerField("退还资助人（分）", default=0)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "专款"
        verbose_name_plural = "专款"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    income_fen__gte=models.F("reserved_fen")
                    + models.F("remitted_fen")
                    + models.F("returned_fen")
                    - models.F("refunded_fen")
                ),
                name="pool_not_overdrawn",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    income_fen__gte=0, reserved_fen__gte=0, remitted_fen__gte=0,
                    refunded_fen__gte=0, returned_fen__gte=0,
                ),
                name="pool_columns_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(source=Source.SPONSOR, donor__isnull=False)
                | models.Q(source=Source.COLLECTIVE, donor__isnull=True),
                name="pool_donor_with_sponsor_money",
            ),
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="one_collective_pool_a_year",
                condition=models.Q(source=Source.COLLECTIVE),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["county_code", "year", "-id"], name="pools_of_county")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year} #{self.pk}"

    @property
    def balance_fen(self) -> int:
        """What may still be granted: income and refunds, less what is reserved, paid, or given back."""
        return self.income_fen + self.refunded_fen - self.reserved_fen - self.remitted_fen - self.returned_fen

    @property
    def is_sponsored(self) -> bool:
        """Whether a donor gave it."""
        return self.source == Source.SPONSOR

    @property
    def payer_name(self) -> str:
        """Who pays the notice: the charity, the donor himself, or the village's organisation."""
        if self.custody == "charity":
            return self.charity_name
        if self.custody == "direct" and self.donor is not None:
            return self.donor.name
        return self.organisation.name

    @property
    def payer_uscc(self) -> str:
        """The unified social credit code of whoever pays; empty for a person."""
        if self.custody == "charity":
            return self.charity_uscc
        if self.custody == "direct" and self.donor is not None:
            return self.donor.uscc
        return self.organisation.uscc

    @property
    def title(self) -> str:
        """How the pool is called in lists and on lines."""
        return self.donor.name if self.donor is not None else self.organisation.name


class PoolEntry(AreaModel):
    """One movement of a pool with what caused it. Append-only (triggers in the database).

    `cause_key` is built from the cause, so that a retry cannot double it; the sums by kind are the pool's columns.
    """

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="entries")
    kind = models.CharField("变动", max_length=12, choices=PoolEntryKind.choices)
    amount_fen = models.BigIntegerField("金额（分）")
    rows_count = models.PositiveIntegerField("人数", null=True)
    on = models.DateField("日期")
    cause_key = models.CharField(max_length=80, unique=True)
    application = models.ForeignKey(
        "subsidies.Application", models.PROTECT, null=True, related_name="pool_entries"
    )
    refund = models.ForeignKey("subsidies.Refund", models.PROTECT, null=True, related_name="pool_entries")
    plan = models.ForeignKey("subsidies.Plan", models.PROTECT, null=True, related_name="pool_entries")
    voucher = models.CharField("凭证号", max_length=40, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "专款变动"
        verbose_name_plural = "专款变动"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="pool_entry_positive")
        ]
        indexes = [models.Index(fields=["pool", "on", "id"], name="entries_of_pool")]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.kind}"
