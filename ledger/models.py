"""Two books of transfers: the fund and the reward money. Append-only, balanced by construction."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models.area import AreaModel, AreaQuerySet
from core.workflow import StatefulModel
from ledger.enums import AccountKind, Book, RateState, Source, TransferKind
from villages.models import Person


class Account(AreaModel):
    """One side of transfers. `key` names it uniquely: "person:17:collective", "transit:500115000000", …

    It has no balance column: a balance is the sum of its transfers (`ledger.selectors`).
    """

    key = models.CharField(max_length=60, unique=True)
    book = models.CharField("账套", max_length=10, choices=Book.choices)
    kind = models.CharField("科目", max_length=20, choices=AccountKind.choices)
    source = models.CharField("来源", max_length=20, choices=Source.choices, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="ledger_accounts")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "账户"
        verbose_name_plural = "账户"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "source"],
                name="one_sub_balance_a_source",
                condition=models.Q(person__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Transfer(AreaModel):
    """One movement of money: one debit account, one credit account, one positive amount.

    Debit is where the money leaves, credit where it arrives. Rows are never changed or deleted (triggers in the
    database); a mistake is mended by a row that `reverses` it. `cause_key` is built from what caused it, so that
    a retry cannot double it. The guard does not see a wrong amount: checks compare the ledger with the lines
    that caused it (`manage.py check_ledger`).
    """

    book = models.CharField("账套", max_length=10, choices=Book.choices)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", verbose_name="付")
    credit = models.ForeignKey(Account, models.PROTECT, related_name="credits", verbose_name="收")
    amount_fen = models.BigIntegerField("金额（分）")
    kind = models.CharField("种类", max_length=20, choices=TransferKind.choices)
    source = models.CharField("来源", max_length=20, choices=Source.choices, blank=True)
    on = models.DateField("记账日期")
    # The day interest counts it by: a refund counts by the posting it takes back, interest by its year's last day.
    counts_on = models.DateField("计息起算日")
    year = models.PositiveSmallIntegerField("所属年度")
    cause_key = models.CharField(max_length=80, unique=True)
    cause_type = models.CharField(max_length=60, blank=True)
    cause_id = models.BigIntegerField(null=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="transfers")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    clause = models.CharField("依据", max_length=200, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "账目"
        verbose_name_plural = "账目"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="transfer_positive"),
            models.CheckConstraint(
                condition=~models.Q(debit=models.F("credit")), name="transfer_two_accounts"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "on", "id"], name="transfers_of_person"),
            models.Index(fields=["cause_type", "cause_id"], name="transfers_of_cause"),
            models.Index(fields=["kind", "year", "village_code"], name="transfers_of_year"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cause_key}"


class InterestRate(StatefulModel):
    """The crediting rate (记账利率) of one region and year: entered by one officer, confirmed by another.

    proposed → confirmed → settled, when the year's interest run was started.
    """

    state = models.CharField("状态", max_length=20, choices=RateState.choices, default=RateState.PROPOSED)
    year = models.PositiveSmallIntegerField("年度")
    rate_ppm = models.PositiveIntegerField("年利率（百万分之）")
    document = models.CharField("依据文件", max_length=120)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # From the start of the year's interest run on, nothing more is booked into that year.
    settled_on = models.DateField("结息日期", null=True)

    class Meta:
        verbose_name = "记账利率"
        verbose_name_plural = "记账利率"
        constraints = [
            models.UniqueConstraint(fields=["county_code", "year"], name="rate_once_a_year"),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("entered_by")),
                name="rate_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county_code} {self.year}"


class CapUse(models.Model):
    """How much of the year's cap a person has used, over all villages and donors: one row for person and year.

    Confirmation reserves, withdrawal, lapse and refund release (`ledger.services.reserve_caps`). The CHECK is the
    last net: batches are judged under the row locks, taken in person order.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="cap_uses")
    year = models.PositiveSmallIntegerField("年度")
    limit_fen = models.BigIntegerField("上限（分）")
    reserved_fen = models.BigIntegerField("已占用（分）", default=0)

    class Meta:
        verbose_name = "年度上限占用"
        verbose_name_plural = "年度上限占用"
        constraints = [
            models.UniqueConstraint(fields=["person", "year"], name="cap_once_a_year"),
            models.CheckConstraint(
                condition=models.Q(reserved_fen__gte=0) & models.Q(reserved_fen__lte=models.F("limit_fen")),
                name="cap_not_exceeded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.year}"
