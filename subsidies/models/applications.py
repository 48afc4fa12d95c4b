"""The application (a batch of lines) and what was found of each line."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from contributions.models import Contribution
from core.models.area import AreaModel, AreaQuerySet
from core.workflow import StatefulModel
from ledger.enums import Source
from subsidies.enums import ApplicationState, LineState, Severity, Verdict
from subsidies.models.donations import Pool
from subsidies.models.plans import Plan
from villages.models import CollectiveOrganisation, Membership, Person
from villages.person_kinds import person_kind_label


class Application(StatefulModel):
    """One batch of a village's members for one plan year.

    draft → submitted → (returned ↔ submitted) → verified (maker) → notified (checker confirmed, notice issued)
    → remitted → posted → informed → closed; withdrawn before it was verified.
    """

    state = models.CharField(
        "状态", max_length=20, choices=ApplicationState.choices, default=ApplicationState.DRAFT
    )
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="applications")
    year = models.PositiveSmallIntegerField("补助年度")
    batch_no = models.PositiveSmallIntegerField("批次")
    number = models.CharField("文号", max_length=60, blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_on = models.DateField("提交日期", null=True)
    # The first hand-in by the clock: of two villages' batches with one person the earlier stands (A-46).
    accepted_at = models.DateTimeField(null=True)
    declared_true = models.BooleanField("对材料真实性、完整性负责", default=False)
    returned_reason = models.CharField("退回意见", max_length=300, blank=True)
    correct_by = models.DateField("补正期限", null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verified_on = models.DateField("核实日期", null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_on = models.DateField("复核日期", null=True)
    fed_back_on = models.DateField("反馈日期", null=True)
    feedback_number = models.CharField("反馈文号", max_length=60, blank=True)
    policy_version = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "补助申请"
        verbose_name_plural = "补助申请"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year", "batch_no"], name="batch_number_once"),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("verified_by")),
                name="application_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["county_code", "state", "-id"], name="applications_of_county")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year} #{self.batch_no}"


class Line(AreaModel):
    """One person's subsidy in a batch, with the facts it was judged by.

    pending → eligible | ineligible → remitted → posted → refunded; withdrawn, given up or cancelled before
    remittance. `decided_by` made the verdict, `confirmed_by` confirmed it; the facts are kept as they were.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField("序号")
    person = models.ForeignKey(Person, models.PROTECT, related_name="lines")
    membership = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="lines")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="lines")
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="lines")
    year = models.PositiveSmallIntegerField("补助年度")
    # Whose money it is, as its plan says; and the earmarked pool that is spent for it, where there is one.
    source = models.CharField("资金", max_length=20, choices=Source.choices, default=Source.COLLECTIVE)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, related_name="lines")
    state = models.CharField("状态", max_length=12, choices=LineState.choices, default=LineState.PENDING)
    amount_fen = models.BigIntegerField("补助金额（分）")
    standard_fen = models.BigIntegerField("方案标准（分）", null=True)
    contribution = models.ForeignKey(Contribution, models.PROTECT, null=True, related_name="+")
    qualifying_year = models.PositiveSmallIntegerField("依据的缴费年度", null=True)
    tier_fen = models.BigIntegerField("缴费档次（分）", null=True)
    # What the payments of that year came to: the person's own money, and what government paid.
    own_fen = models.BigIntegerField("个人缴费合计（分）", null=True)
    on_behalf_fen = models.BigIntegerField("政府代缴合计（分）", null=True)
    paid_on = models.DateField("缴费日期", null=True)
    person_kind = models.CharField("人员类别", max_length=40, blank=True)
    age = models.PositiveSmallIntegerField("年龄", null=True)
    cap_limit_fen = models.BigIntegerField("年度上限（分）", null=True)
    counts_in_cap = models.BooleanField("计入上限", default=True)
    cap_reserved_fen = models.BigIntegerField("已占用（分）", default=0)
    # The part of it that donors gave.
    cap_sponsor_fen = models.BigIntegerField("其中社会资助（分）", default=0)
    cap_in_progress_fen = models.BigIntegerField("办理中（分）", default=0)
    granted_fen = models.BigIntegerField("同一方案已补助（分）", default=0)
    membership_version = models.PositiveIntegerField(null=True)
    policy_version = models.CharField(max_length=64, blank=True)
    judged_on = models.DateField(null=True)
    advice = models.CharField(max_length=8, blank=True)
    verdict = models.CharField("结论", max_length=8, choices=Verdict.choices, blank=True)
    verdict_code = models.CharField("理由", max_length=30, blank=True)
    verdict_note = models.CharField("说明", max_length=200, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    left_reason = models.CharField("撤回或放弃的原因", max_length=30, blank=True)
    left_event_on = models.DateField("事由发生日期", null=True)
    left_note = models.CharField(max_length=200, blank=True)
    left_on = models.DateField("撤回日期", null=True)
    remitted_on = models.DateField("到账日期", null=True)
    posted_on = models.DateField("记账日期", null=True)
    posting_job = models.ForeignKey("core.Job", models.PROTECT, null=True, related_name="posted_lines")
    refunded_on = models.DateField("退费日期", null=True)
    informed_on = models.DateField("告知日期", null=True)
    # A key of the rulebook's `inform_method`.
    inform_method = models.CharField("告知方式", max_length=15, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "补助人员"
        verbose_name_plural = "补助人员"
        constraints = [
            models.UniqueConstraint(fields=["application", "person"], name="person_once_in_batch"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="line_positive"),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("decided_by")),
                name="line_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["application", "position"], name="lines_of_batch"),
            # With the organisation, so that no planner prefers the index of the whole village for one person.
            models.Index(fields=["person", "year", "organisation"], name="lines_of_person"),
            models.Index(fields=["organisation", "year"], name="lines_of_year"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}#{self.position}"

    @property
    def person_kind_label(self) -> str:
        """What the person's kind is called."""
        return person_kind_label(self.person_kind)


class Finding(models.Model):
    """One thing a rule said of a line: code, severity, clause, and the figures of its sentence (no names)."""

    line = models.ForeignKey(Line, models.CASCADE, related_name="findings")
    code = models.CharField(max_length=30)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    clause = models.CharField(max_length=300, blank=True)
    figures = models.JSONField(default=dict)

    class Meta:
        verbose_name = "核实发现"
        verbose_name_plural = "核实发现"
        constraints = [models.UniqueConstraint(fields=["line", "code"], name="finding_once")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.code}"
