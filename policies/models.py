"""Documents, their clauses, the values they give, and the codes of reasons."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.workflow import StatefulModel
from policies.enums import AmendmentState, Confidence, Severity
from policies.parameters import PARAMETERS


class PolicyDocument(models.Model):
    """A government document that values rest on; `key` is the short name that rules and tests cite (CS, LAW-01)."""

    key = models.CharField("简称", max_length=20, unique=True)
    region_code = models.CharField("适用区域", max_length=12, db_index=True)
    number = models.CharField("文号", max_length=80, blank=True)
    title = models.CharField("标题", max_length=200)
    aliases = models.JSONField("别名", default=list, blank=True)
    issuer = models.CharField("发文机关", max_length=200, blank=True)
    issued_on = models.DateField("发文日期", null=True, blank=True)
    effective_on = models.DateField("执行日期")
    date_is_assumed = models.BooleanField("日期为推定", default=False)
    is_public = models.BooleanField("公开发布", default=True)
    basis = models.JSONField("制定依据", default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "政策文件"
        verbose_name_plural = "政策文件"
        ordering = ["region_code", "position", "key"]
        constraints = [
            models.CheckConstraint(
                condition=Q(issued_on__isnull=True) | Q(effective_on__gte=F("issued_on")),
                name="policies_document_effective_after_issue",
            ),
            models.CheckConstraint(
                condition=Q(issued_on__isnull=False) | Q(date_is_assumed=True),
                name="policies_document_without_date_is_marked",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"《{self.title}》"


class Clause(models.Model):
    """One place in a document with its own words; `is_quoted` is false where the words could not be had."""

    document = models.ForeignKey(PolicyDocument, models.PROTECT, related_name="clauses", verbose_name="文件")
    key = models.CharField("条款", max_length=40)
    label = models.CharField("条款标题", max_length=100)
    text = models.TextField("原文", blank=True)
    is_quoted = models.BooleanField("已收录原文", default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "条款"
        verbose_name_plural = "条款"
        ordering = ["document", "position", "key"]
        constraints = [
            models.UniqueConstraint(fields=["document", "key"], name="policies_clause_key_in_document"),
            models.CheckConstraint(
                condition=Q(is_quoted=False, text="") | (Q(is_quoted=True) & ~Q(text="")),
                name="policies_clause_text_iff_quoted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.key}"


class Amendment(StatefulModel):
    """A later validity of one parameter in one region: entered by one administrator, approved by another.

    proposed → approved | returned (→ proposed, entered again) | withdrawn. It rests on a clause on file or on the
    document named in its `document_*` and `clause_*` columns, which the approval puts on file. `name`, the years and
    the grounds mean what they mean in `PolicyValue`; an empty row of `AmendmentRow` ends a value.
    """

    state = models.CharField(
        "状态", max_length=20, choices=AmendmentState.choices, default=AmendmentState.PROPOSED
    )
    region_code = models.CharField("适用区域", max_length=12, db_index=True)
    name = models.CharField("参数", max_length=60)
    year_from = models.PositiveSmallIntegerField("起始年度", null=True, blank=True)
    year_to = models.PositiveSmallIntegerField("截止年度", null=True, blank=True)
    valid_from = models.DateField("执行起日")
    clause = models.ForeignKey(Clause, models.PROTECT, null=True, related_name="+", verbose_name="条款")
    document_number = models.CharField("文号", max_length=80, blank=True)
    document_title = models.CharField("标题", max_length=200, blank=True)
    document_issuer = models.CharField("发文机关", max_length=200, blank=True)
    document_issued_on = models.DateField("发文日期", null=True, blank=True)
    clause_key = models.CharField("条款位置", max_length=40, blank=True)
    clause_text = models.TextField("条款原文", blank=True)
    confidence = models.CharField("依据程度", max_length=12, choices=Confidence.choices)
    ambiguity = models.CharField("口径编号", max_length=8, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    reason = models.CharField("调整原因", max_length=300)
    return_reason = models.CharField("退回原因", max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_on = models.DateField("提出日期")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_on = models.DateField("审批日期", null=True)

    class Meta:
        verbose_name = "政策调整"
        verbose_name_plural = "政策调整"
        indexes = [models.Index(fields=["region_code", "state", "-id"], name="amendments_of_region")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(decided_by__isnull=False, decided_on__isnull=False),
                name="amendment_approved_has_approver",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("made_by")),
                name="amendment_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(clause__isnull=False) | (~Q(document_title="") & ~Q(clause_text="")),
                name="amendment_has_a_source",
            ),
            models.CheckConstraint(
                condition=Q(year_to__isnull=True) | Q(year_from__isnull=False, year_to__gte=F("year_from")),
                name="amendment_years_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.valid_from}"

    @property
    def label(self) -> str:
        return PARAMETERS[self.name].label


class AmendmentRow(models.Model):
    """One value of an amendment, empty where what was the rule ends; `old_value` is what it found, for the reader."""

    amendment = models.ForeignKey(Amendment, models.CASCADE, related_name="rows")
    key = models.CharField("分项", max_length=40, blank=True)
    value = models.CharField("值", max_length=300, blank=True)
    old_value = models.CharField("原来的值", max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "调整的值"
        verbose_name_plural = "调整的值"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["amendment", "key"], name="amendment_names_a_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.value}"


class PolicyValue(models.Model):
    """One value of one parameter for one region and span, with the clause it rests on.

    Written by `policies.services` and `policies.amendments` only. `amendment` brought it, `ended_by` ended it, where
    it was not the region's file. `valid_from`/`valid_to` say on which days it is the rule;
    `year_from`/`year_to` say for which plan years, where the parameter is asked by year. An empty end is open.
    """

    region_code = models.CharField("适用区域", max_length=12)
    name = models.CharField("参数", max_length=60)
    key = models.CharField("分项", max_length=40, blank=True)
    value = models.CharField("值", max_length=300)
    unit = models.CharField("单位", max_length=12)
    year_from = models.PositiveSmallIntegerField("起始年度", null=True, blank=True)
    year_to = models.PositiveSmallIntegerField("截止年度", null=True, blank=True)
    valid_from = models.DateField("执行起日")
    valid_to = models.DateField("执行止日", null=True, blank=True)
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="values", verbose_name="条款")
    confidence = models.CharField("依据程度", max_length=12, choices=Confidence.choices)
    ambiguity = models.CharField("口径编号", max_length=8, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    rules = models.JSONField("规则编号", default=list, blank=True)
    # Words of the clause: the sentence around them is quoted with a finding, not the whole clause.
    quoted_at = models.CharField("引用处", max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    amendment = models.ForeignKey(Amendment, models.PROTECT, null=True, related_name="values")
    ended_by = models.ForeignKey(Amendment, models.PROTECT, null=True, related_name="ended")

    class Meta:
        verbose_name = "政策参数"
        verbose_name_plural = "政策参数"
        ordering = ["region_code", "position", "id"]
        indexes = [models.Index(fields=["region_code", "name"], name="policies_value_region_name")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="policies_value_ends_after_begin",
            ),
            models.CheckConstraint(
                condition=Q(year_to__isnull=True) | Q(year_from__isnull=False, year_to__gte=F("year_from")),
                name="policies_value_years_in_order",
            ),
            models.CheckConstraint(condition=~Q(unit=""), name="policies_value_has_unit"),
            models.CheckConstraint(
                condition=~Q(confidence=Confidence.ILLUSTRATIVE) | ~Q(note=""),
                name="policies_value_illustrative_says_why",
            ),
            models.UniqueConstraint(
                fields=["region_code", "name", "key", "year_from", "valid_from"],
                condition=Q(year_from__isnull=False),
                name="policies_value_one_a_year_and_day",
            ),
            models.UniqueConstraint(
                fields=["region_code", "name", "key", "valid_from"],
                condition=Q(year_from__isnull=True),
                name="policies_value_one_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.key} {self.value}{self.unit}".replace("  ", " ")

    @property
    def label(self) -> str:
        return PARAMETERS[self.name].label


class _Figures(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


class ReasonCode(models.Model):
    """What a refusal, warning or reason is called on the screen, and what to do about it."""

    code = models.CharField("代码", max_length=30, primary_key=True)
    severity = models.CharField("作用", max_length=10, choices=Severity.choices)
    text = models.CharField("说明", max_length=120)
    remedy = models.CharField("怎么办", max_length=200, blank=True)
    rules = models.JSONField("规则编号", default=list, blank=True)
    short = models.CharField("简称", max_length=20, blank=True)
    # Words of the clauses that it rests on, in each document's way of saying it: the sentence around the first found is
    # quoted, not the whole paragraph.
    quoted_at = models.JSONField("引用处", default=list, blank=True)
    stops = models.JSONField("拦下的事", default=list, blank=True)
    needs_event_day = models.BooleanField("须写事由日期", default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "原因代码"
        verbose_name_plural = "原因代码"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.text

    def worded(self, **figures: object) -> str:
        """The wording with its figures filled in; figures not given stay as …."""
        return self.text.format_map(_Figures(figures))


class PolicyRevision(models.Model):
    """One row: a token that changes whenever documents, values or reasons change, so that caches notice."""

    token = models.CharField(max_length=32)

    class Meta:
        verbose_name = "政策版本"
        verbose_name_plural = "政策版本"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="policies_revision_is_one_row")]
