"""Village collective economic organisations."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedTextField
from core.models.area import AreaModel, AreaQuerySet
from villages.models.regions import Region


class CollectiveOrganisation(AreaModel):
    """The village's collective economic organisation (村集体经济组织): who subsidises and who is rewarded.

    `registered_on` counts it in the denominator of the rollout goals (A-11).
    """

    region = models.OneToOneField(
        Region, models.PROTECT, related_name="organisation", verbose_name="村（社区）"
    )
    name = models.CharField("名称", max_length=100)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    legal_representative = models.CharField("法定代表人", max_length=40, blank=True)
    responsible_person = models.CharField("党组织负责人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    address = models.CharField("地址", max_length=120, blank=True)
    bank_name = models.CharField("开户银行", max_length=80, blank=True)
    account_name = models.CharField("户名", max_length=100, blank=True)
    bank_account = EncryptedTextField("账号", blank=True, default="")
    bank_account_last4 = models.CharField(max_length=4, blank=True)
    registered_on = models.DateField("登记日期", null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "村集体经济组织"
        verbose_name_plural = "村集体经济组织"
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], name="organisation_uscc_once", condition=~models.Q(uscc="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationIncome(AreaModel):
    """Disposable income (可支配收益) of one year, after 公积公益金, as the organisation declared it (A-65)."""

    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="incomes")
    year = models.PositiveSmallIntegerField("年度")
    operating_income_fen = models.BigIntegerField("经营收入（分）", default=0)
    reserve_fen = models.BigIntegerField("公积公益金（分）", default=0)
    disposable_fen = models.BigIntegerField("可支配收益（分）")
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_on = models.DateField("申报日期")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "可支配收益"
        verbose_name_plural = "可支配收益"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="income_once_a_year"),
            models.CheckConstraint(condition=models.Q(disposable_fen__gte=0), name="income_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"
