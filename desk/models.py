"""What the desk itself keeps: closed years with their reports, and the registers of the pilot's soft work."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedJSONField
from core.models.area import AreaModel, AreaQuerySet
from core.workflow import StatefulModel
from desk.enums import ClosingState, EntryState
from villages.models import CollectiveOrganisation, Region


class YearClosing(StatefulModel):
    """A county's plan year closed (年度关账): an officer proposes, another confirms; nothing reopens it.

    proposed → closed | refused. What was left over to the next year stands in `LeftOver`, the reports as they were in
    `ReportSnapshot`; both are written when it is closed and never changed.
    """

    state = models.CharField(
        "状态", max_length=20, choices=ClosingState.choices, default=ClosingState.PROPOSED
    )
    year = models.PositiveSmallIntegerField("补助年度")
    remark = models.CharField("说明", max_length=300, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_on = models.DateField("提出日期")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_on = models.DateField("关账日期", null=True)
    refused_reason = models.CharField("退回的理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "年度关账"
        verbose_name_plural = "年度关账"
        constraints = [
            models.UniqueConstraint(
                fields=["county_code", "year"],
                name="year_closed_once",
                condition=models.Q(state__in=["proposed", "closed"]),
            ),
            models.CheckConstraint(
                condition=models.Q(closed_by__isnull=True) | ~models.Q(closed_by=models.F("proposed_by")),
                name="closing_four_eyes",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="closed") | models.Q(closed_on__isnull=False),
                name="closing_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county_code} {self.year}"


class LeftOver(AreaModel):
    """One thing that was still open when its year was closed, left over to the next with a reason.

    `kind` is a key of `desk.closing.open_items`; `object_id` the row it is about.
    """

    closing = models.ForeignKey(YearClosing, models.CASCADE, related_name="left_over")
    kind = models.CharField("事项", max_length=30)
    object_id = models.BigIntegerField()
    label = models.CharField("说明", max_length=120)
    amount_fen = models.BigIntegerField("金额（分）", null=True)
    reason = models.CharField("结转的理由", max_length=200)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "结转事项"
        verbose_name_plural = "结转事项"
        constraints = [
            models.UniqueConstraint(fields=["closing", "kind", "object_id"], name="left_over_once"),
        ]

    def __str__(self) -> str:
        return self.label


class ReportSnapshot(models.Model):
    """One report of a closed year as it was: its facts, one a village and key, and its columns' names then.

    Facts are kept at their finest grain, so that a town or a village reads its own part of them later. Encrypted: a
    donor may be a person.
    """

    closing = models.ForeignKey(YearClosing, models.CASCADE, related_name="snapshots")
    code = models.CharField("报表", max_length=20)
    columns = models.JSONField(default=list)
    facts = EncryptedJSONField(default=list)

    class Meta:
        verbose_name = "关账报表"
        verbose_name_plural = "关账报表"
        constraints = [models.UniqueConstraint(fields=["closing", "code"], name="snapshot_once")]

    def __str__(self) -> str:
        return f"{self.closing_id} {self.code}"


class Entry(StatefulModel):
    """What every entry of a register has: place, year, who made it; recorded → struck (作废), never changed."""

    state = models.CharField("状态", max_length=20, choices=EntryState.choices, default=EntryState.RECORDED)
    year = models.PositiveSmallIntegerField("年度")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    struck_reason = models.CharField("作废的理由", max_length=200, blank=True)

    class Meta:
        abstract = True


class Outreach(Entry):
    """A training, an explanation or another publicity event (宣传培训): when, where, for how many, about what."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地方")
    # A key of the rulebook's `event_kind`; `explained` are keys of its `explained_item`.
    kind = models.CharField("形式", max_length=40)
    title = models.CharField("主题", max_length=80)
    held_on = models.DateField("日期")
    attended_count = models.PositiveIntegerField("参加人数")
    explained = models.JSONField("讲了什么", default=list, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "宣传培训"
        verbose_name_plural = "宣传培训"
        constraints = [
            models.CheckConstraint(condition=models.Q(attended_count__gt=0), name="outreach_somebody_came"),
        ]

    def __str__(self) -> str:
        return self.title


class Summary(Entry):
    """A village's note of what it learnt (经验总结), or a town's summary of a term (镇街小结)."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="地方")
    # A key of the rulebook's `experience_note`.
    level = models.CharField("类别", max_length=20)
    # The term of the year that it is about, where the rulebook says how often one is due; 0 for the whole year.
    term_no = models.PositiveSmallIntegerField("期次", default=0)
    title = models.CharField("标题", max_length=80)
    text = models.TextField("内容")
    written_on = models.DateField("报送日期")

    class Meta:
        verbose_name = "经验总结"
        verbose_name_plural = "经验总结"
        constraints = [
            models.UniqueConstraint(
                fields=["region", "year", "level", "term_no"],
                name="summary_once_a_term",
                condition=models.Q(state="recorded", term_no__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Selection(Entry):
    """The checklist (遴选表) by which an organisation was chosen for the first batch, criterion by criterion."""

    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="selections")
    checked_on = models.DateField("核对日期")
    # One entry a criterion of the rulebook: {"key", "label", "is_met", "reason"}.
    answers = models.JSONField("逐条核对")
    is_recommended = models.BooleanField("推荐试点")
    conclusion = models.CharField("结论", max_length=300, blank=True)

    class Meta:
        verbose_name = "试点遴选"
        verbose_name_plural = "试点遴选"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="selection_once_a_year",
                condition=models.Q(state="recorded"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"
