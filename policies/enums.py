"""Kinds and choices of the rulebooks. No amount, rate, date or list of a policy stands here."""

from __future__ import annotations

from django.db import models


class Confidence(models.TextChoices):
    """How well a value is founded; the last two are marked wherever the value is used."""

    DOCUMENT = "document", "文件规定"
    PUBLIC = "public", "公开资料"
    ILLUSTRATIVE = "illustrative", "示例值"
    READING = "reading", "口径待确认"


MARKED = frozenset({Confidence.ILLUSTRATIVE, Confidence.READING})


class AmendmentState(models.TextChoices):
    """Where a later validity stands on its way into the rulebook."""

    PROPOSED = "proposed", "待批准"
    RETURNED = "returned", "退回"
    WITHDRAWN = "withdrawn", "已撤回"
    APPROVED = "approved", "已批准"


class Severity(models.TextChoices):
    """What a reason code does to the row or step it meets."""

    REFUSE = "refuse", "不予通过"
    WARN = "warn", "提醒"
    TELL = "tell", "告知"
    EXCLUDE = "exclude", "不在范围"
    REASON = "reason", "事由"


class Act(models.TextChoices):
    """What a reason code stops, where it is found on a single line of it."""

    SUBMISSION = "submission", "提交申请"
    CHANGE = "change", "手工改名单"


class Kind(models.TextChoices):
    """How the text of a value is read."""

    MONEY = "money", "金额"
    RATE = "rate", "比例"
    FRACTION = "fraction", "分数"
    INTEGER = "integer", "整数"
    DAYS = "days", "天数"
    WORKING_DAYS = "working_days", "工作日"
    BOOLEAN = "boolean", "是否"
    CHOICE = "choice", "选项"
    DATE = "date", "日期"
    MONTH_DAY = "month_day", "月日"
    TEXT = "text", "文字"
    REASON_CODE = "reason_code", "原因代码"


class Span(models.TextChoices):
    """Whether one asks for a value by plan year (and date) or by date alone."""

    YEAR = "year", "按年度"
    DATE = "date", "按日期"


class KeyKind(models.TextChoices):
    """What the second name of a value is."""

    NONE = "", "无"
    NAME = "name", "名称"
    TIER = "tier", "缴费档次"
    NUMBER = "number", "序号"
    REGION = "region", "区划代码"
    REASON_CODE = "reason_code", "原因代码"


class Treatment(models.TextChoices):
    """What a contribution of one kind does to the person who paid it."""

    COUNTS = "counts", "算作完成缴费"
    IGNORED = "ignored", "这笔不算"
    EXCLUDES = "excludes", "本人不享受"


class Strictness(models.TextChoices):
    """What happens where a rule that a document leaves open is met."""

    IGNORE = "ignore", "不提示"
    WARN = "warn", "提醒"
    REFUSE = "refuse", "不予通过"


class Rounding(models.TextChoices):
    HALF_UP = "half_up", "四舍五入"
    DOWN = "down", "舍去"
    UP = "up", "进一"


class InterestStrategy(models.TextChoices):
    NEXT_MONTH = "next_month", "记账次月起计息"
    POSTING_DAY = "posting_day", "记账当日起计息"
    HALF_YEAR = "half_year", "上半年记账计全年"


class Payee(models.TextChoices):
    ORGANISATION = "organisation", "村集体经济组织"
    PERSON = "person", "本人"


class Seal(models.TextChoices):
    ORGANISATION = "organisation", "村集体经济组织公章"
    VILLAGE_COMMITTEE = "village_committee", "村（居）民委员会公章"
    NONE = "none", "不要求盖章"
