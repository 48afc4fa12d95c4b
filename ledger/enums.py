"""Books, kinds of accounts and of transfers, funding sources."""

from __future__ import annotations

from django.db import models


class Book(models.TextChoices):
    FUND = "fund", "基金账"
    REWARD = "reward", "奖励账"


class Source(models.TextChoices):
    """Whose money it is: each person has one sub-balance a source."""

    PERSONAL = "personal", "个人缴费"
    GOVERNMENT = "government", "政府补贴"
    ON_BEHALF = "on_behalf", "政府代缴"
    COLLECTIVE = "collective", "集体补助"
    SPONSOR = "sponsor", "社会资助"


class AccountKind(models.TextChoices):
    VILLAGE_FUND = "village_fund", "村集体（补助款）"
    SPONSOR_FUND = "sponsor_fund", "社会资助专款"
    PAYER = "payer", "缴费来源"
    IN_TRANSIT = "in_transit", "基金在途"
    PERSON = "person", "个人账户"
    INTEREST = "interest", "利息来源"
    PAYEE = "payee", "退费收款人"
    FINANCE = "finance", "财政"
    AGENCY_TRANSIT = "agency_transit", "社保经办机构奖励专户"
    VILLAGE_REWARD = "village_reward", "村集体（奖励款）"


class TransferKind(models.TextChoices):
    OPENING = "opening", "期初"
    CONTRIBUTION = "contribution", "个人缴费"
    REMITTED = "remitted", "税务缴款"
    POSTED = "posted", "记账"
    INTEREST = "interest", "计息"
    REFUND = "refund", "退费"
    REFUND_INTEREST = "refund_interest", "退费冲减利息"
    RETURNED = "returned", "记账前退回"
    REVERSAL = "reversal", "冲正"
    REWARD_RECEIVED = "reward_received", "奖励到账"
    REWARD_PAID = "reward_paid", "奖励拨付"
    REWARD_RETURNED = "reward_returned", "奖励退回财政"


class RateState(models.TextChoices):
    PROPOSED = "proposed", "待复核"
    CONFIRMED = "confirmed", "已公布"
    SETTLED = "settled", "已结息"
