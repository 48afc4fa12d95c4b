"""States of the yearly fiscal reward."""

from __future__ import annotations

from django.db import models


class RewardState(models.TextChoices):
    COMPUTED = "computed", "待核定"
    DETERMINED = "determined", "已核定"
    APPLIED = "applied", "待批复"
    APPROVED = "approved", "已批复"
    RETURNED = "returned", "退回"
    RECEIVED = "received", "已到经办账户"
    PAID = "paid", "已拨付"


class BudgetState(models.TextChoices):
    PROPOSED = "proposed", "待复核"
    AGREED = "agreed", "已生效"
    REFUSED = "refused", "不同意"
    REPLACED = "replaced", "已被新版替代"


class ProposalState(models.TextChoices):
    """A set of acts of the agency that a second officer confirms."""

    PROPOSED = "proposed", "待复核"
    CONFIRMED = "confirmed", "已复核"
    REFUSED = "refused", "退回"
    REPLACED = "replaced", "已被新版替代"


class Verdict(models.TextChoices):
    """What finance says to one village's row."""

    APPROVE = "approve", "同意"
    REDUCE = "reduce", "核减"
    RETURN = "return", "退回"


class OffsetState(models.TextChoices):
    OPEN = "open", "待冲抵"
    SETTLED = "settled", "已冲抵"
    REPAID = "repaid", "已退款"
    WAIVED = "waived", "已核销"
