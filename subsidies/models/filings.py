"""Filings (备案) of a plan or of a suspension, and the suspension of a village's programme itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.workflow import StatefulModel
from subsidies.enums import FilingState, SuspensionState
from subsidies.models.decisions import COUNTS_FIT, Decision
from subsidies.models.plans import Plan
from villages.models import CollectiveOrganisation


class Suspension(StatefulModel):
    """A village's programme suspended (暂停) for a cause, from the day its decision names, until it is resumed.

    filing → suspended (the agency cancelled what was unpaid) → resume applied → resumed; withdrawn while filing.
    Between the day in the decision and the agency's act the programme counts as suspended, reckoned for the day asked.
    """

    state = models.CharField(
        "状态", max_length=20, choices=SuspensionState.choices, default=SuspensionState.FILING
    )
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="suspensions")
    # A key of the rulebook's `suspension_cause`.
    cause = models.CharField("事由", max_length=40)
    reason = models.CharField("说明", max_length=300)
    effective_on = models.DateField("暂停起始日期")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_on = models.DateField("报请日期")
    executed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    executed_on = models.DateField("办理日期", null=True)
    resume_reason = models.CharField("恢复的条件", max_length=300, blank=True)
    resume_asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resume_asked_on = models.DateField("申请恢复日期", null=True)
    resume_granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    active_on = models.DateField("恢复起始日期", null=True)

    class Meta:
        verbose_name = "暂停补助"
        verbose_name_plural = "暂停补助"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                name="one_open_suspension",
                condition=models.Q(state__in=["filing", "suspended", "resume_applied"]),
            ),
            models.CheckConstraint(
                condition=~models.Q(state="resumed")
                | models.Q(
                    active_on__gte=models.F("resume_asked_on"), active_on__gt=models.F("effective_on")
                ),
                name="resumption_not_retroactive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.effective_on}"


class SuspensionDecision(Decision):
    """The record of the decision to suspend."""

    suspension = models.OneToOneField(Suspension, models.CASCADE, related_name="decision")

    class Meta(Decision.Meta):
        verbose_name = "暂停的决策记录"
        verbose_name_plural = "暂停的决策记录"
        constraints = [models.CheckConstraint(condition=COUNTS_FIT, name="suspension_counts_fit")]

    def __str__(self) -> str:
        return f"{self.suspension_id} {self.met_on}"


class Filing(StatefulModel):
    """One office's filing (备案) of a plan version or of a suspension.

    pending → filed (acknowledged, numbered) | returned (→ pending, asked again); recalled when the plan is taken back.
    Silence is never written: a pending row counts as filed from a day reckoned from `received_on`. `content` is a
    fingerprint of what was filed, so that only a change of it asks every office again.
    """

    state = models.CharField("状态", max_length=20, choices=FilingState.choices, default=FilingState.PENDING)
    plan = models.ForeignKey(Plan, models.CASCADE, null=True, related_name="filings")
    suspension = models.ForeignKey(Suspension, models.CASCADE, null=True, related_name="filings")
    # A key of the rulebook's `filing_office` or `suspension_filing_office`.
    office = models.CharField("备案单位", max_length=30)
    position = models.PositiveSmallIntegerField("序号")
    content = models.CharField(max_length=64)
    received_on = models.DateField("收到日期", null=True)
    answered_on = models.DateField("办理日期", null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    number = models.CharField("备案号", max_length=60, blank=True)
    reason = models.CharField("退回原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "备案"
        verbose_name_plural = "备案"
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(plan__isnull=False, suspension__isnull=True)
                | models.Q(plan__isnull=True, suspension__isnull=False),
                name="filing_of_one_thing",
            ),
            models.UniqueConstraint(fields=["plan", "office"], name="plan_filed_once_an_office"),
            models.UniqueConstraint(fields=["suspension", "office"], name="suspension_filed_once_an_office"),
            models.CheckConstraint(
                condition=~models.Q(state="filed") | models.Q(answered_on__isnull=False),
                name="filing_filed_has_date",
            ),
        ]
        indexes = [models.Index(fields=["county_code", "state", "-id"], name="filings_of_county")]

    def __str__(self) -> str:
        return f"{self.plan_id or self.suspension_id} {self.office}"
