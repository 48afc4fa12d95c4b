"""What members actually paid."""

from __future__ import annotations

from django.db import models

from contributions.enums import ContributionKind
from core.models.area import AreaModel, AreaQuerySet
from villages.models import Person


class Contribution(AreaModel):
    """One payment of a person's own contribution, as the agency or the tax office reported it.

    `year` is the year the contribution is for, `paid_on` the day of payment. `on_behalf_fen` is what government paid
    of it. A reversed payment stays with `reversed_on` and never counts again: the same payment registered anew is a row
    of its own. Verification of subsidies looks at these rows.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="contributions")
    year = models.PositiveSmallIntegerField("缴费年度")
    kind = models.CharField("种类", max_length=12, choices=ContributionKind.choices)
    tier_fen = models.BigIntegerField("缴费档次（分）")
    personal_fen = models.BigIntegerField("个人缴费（分）")
    on_behalf_fen = models.BigIntegerField("政府代缴（分）", default=0)
    paid_on = models.DateField("缴费日期")
    voucher = models.CharField("税票号", max_length=40, blank=True)
    reversed_on = models.DateField("冲销日期", null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "个人缴费"
        verbose_name_plural = "个人缴费"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "year", "kind", "paid_on", "voucher"],
                condition=models.Q(reversed_on__isnull=True),
                name="contribution_once",
            ),
            models.CheckConstraint(
                condition=models.Q(personal_fen__gte=0, on_behalf_fen__gte=0, tier_fen__gt=0),
                name="contribution_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["person", "year", "kind"], name="contributions_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.year} {self.kind}"
