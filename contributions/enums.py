"""Kinds of contributions."""

from __future__ import annotations

from django.db import models


class ContributionKind(models.TextChoices):
    REGULAR = "regular", "正常缴费"
    TOPUP = "topup", "提档补差"
    BACK_PAYMENT = "back_payment", "补缴"
    LUMP_SUM = "lump_sum", "一次性补缴"


# What is paid for one year as it runs: the contribution itself and a raise of its tier.
YEARLY_KINDS = (ContributionKind.REGULAR, ContributionKind.TOPUP)
