"""Subsidies granted before the system was in use, or by donors who have no pages yet."""

from __future__ import annotations

from django.db import models

from core.models import Import
from core.models.area import AreaModel, AreaQuerySet
from ledger.enums import Source
from villages.models import Person


class PriorGrant(AreaModel):
    """What a person already got for a year outside this system; counts in the cap and in the account."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="prior_grants")
    year = models.PositiveSmallIntegerField("补助年度")
    source = models.CharField("来源", max_length=20, choices=Source.choices)
    giver = models.CharField("补助（资助）单位", max_length=80, blank=True)
    amount_fen = models.BigIntegerField("金额（分）")
    granted_on = models.DateField("记账日期")
    imported_by = models.ForeignKey(Import, models.PROTECT, related_name="+")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "期初补助"
        verbose_name_plural = "期初补助"
        constraints = [
            models.UniqueConstraint(fields=["person", "year", "source", "giver"], name="prior_grant_once"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="prior_grant_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.year}"
