"""The village's plan of one year (一村一标), in versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from core.workflow import StatefulModel
from ledger.enums import Source
from subsidies.enums import Method, PlanKind, PlanState
from subsidies.models.decisions import COUNTS_FIT, Decision
from villages.models import CollectiveOrganisation


class Plan(StatefulModel):
    """One version of an organisation's plan for a year.

    draft → resolved (decision recorded) → [filed] → in force → superseded by a later version | ended;
    discarded before it was in force. Lines keep the version they were granted under; an earlier version stays
    readable. `warnings` are what the rules said when it was decided and put into force: code, clause, figures.
    """

    state = models.CharField("状态", max_length=20, choices=PlanState.choices, default=PlanState.DRAFT)
    organisation = models.ForeignKey(CollectiveOrganisation, models.PROTECT, related_name="plans")
    year = models.PositiveSmallIntegerField("补助年度")
    kind = models.CharField("方案种类", max_length=15, choices=PlanKind.choices, default=PlanKind.REGULAR)
    # The donor's money that a sponsored plan spends; other plans have none.
    pool = models.ForeignKey("subsidies.Pool", models.PROTECT, null=True, related_name="plans")
    version_no = models.PositiveSmallIntegerField("版本", default=1)
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="revision")
    number = models.CharField("文号", max_length=60, blank=True)
    beneficiaries = models.TextField("补助对象", blank=True)
    procedure = models.TextField("补助流程", blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    in_force_on = models.DateField("生效日期", null=True)
    estimated_count = models.PositiveIntegerField("预计人数", null=True)
    estimated_fen = models.BigIntegerField("预计金额（分）", null=True)
    warnings = models.JSONField("提醒", default=list, blank=True)
    policy_version = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "补助方案"
        verbose_name_plural = "补助方案"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "kind", "version_no"],
                name="plan_version_once",
                condition=models.Q(pool__isnull=True) & ~models.Q(state="discarded"),
            ),
            models.UniqueConstraint(
                fields=["pool", "version_no"],
                name="sponsored_version_once",
                condition=models.Q(pool__isnull=False) & ~models.Q(state="discarded"),
            ),
            models.UniqueConstraint(
                fields=["organisation", "year", "kind"],
                name="one_plan_in_force",
                condition=models.Q(state="in_force", pool__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["pool"],
                name="one_sponsored_plan_in_force",
                condition=models.Q(state="in_force", pool__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(kind=PlanKind.SPONSORED, pool__isnull=False)
                | (~models.Q(kind=PlanKind.SPONSORED) & models.Q(pool__isnull=True)),
                name="sponsored_plan_has_pool",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "resolved", "filed", "discarded"])
                | models.Q(in_force_on__isnull=False),
                name="plan_in_force_has_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year} v{self.version_no}"

    @property
    def source(self) -> Source:
        """Whose money its lines are paid from."""
        return Source.SPONSOR if self.kind == PlanKind.SPONSORED else Source.COLLECTIVE

    def same_plan(self, prefix: str = "") -> dict[str, Any]:
        """Filters for all versions of this plan: of organisation, year and kind, and of a donor's pool if it has one.

        `prefix` leads from the rows filtered to the plan ("plan__").
        """
        names = ("organisation_id", "year", "kind", "pool_id")
        return {f"{prefix}{name}": getattr(self, name) for name in names}


class PlanSource(models.Model):
    """One pot the plan is paid from."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="sources")
    source_type = models.CharField("资金来源", max_length=30)
    amount_fen = models.BigIntegerField("金额（分）")
    note = models.CharField("说明", max_length=120, blank=True)

    class Meta:
        verbose_name = "资金来源"
        verbose_name_plural = "资金来源"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="plan_source_positive")
        ]

    def __str__(self) -> str:
        return self.source_type


class PlanStandard(models.Model):
    """One row of the standard: for whom (tier, age on 31 December of the plan year, kind of person), how much.

    An empty condition holds for everybody. A person gets the first base row that fits plus every addition that fits.
    The estimate is what the row was to cost when it was decided and put into force.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="standards")
    position = models.PositiveSmallIntegerField("序号")
    is_addition = models.BooleanField("另加", default=False)
    tier_from_fen = models.BigIntegerField("缴费档次从（分）", null=True, blank=True)
    tier_to_fen = models.BigIntegerField("缴费档次至（分）", null=True, blank=True)
    age_from = models.PositiveSmallIntegerField("年龄从", null=True, blank=True)
    age_to = models.PositiveSmallIntegerField("年龄至", null=True, blank=True)
    person_kind = models.CharField("人员类别", max_length=40, blank=True)
    method = models.CharField("方式", max_length=8, choices=Method.choices, default=Method.FLAT)
    amount_fen = models.BigIntegerField("金额（分）", null=True, blank=True)
    rate_ppm = models.PositiveIntegerField("比例（百万分之）", null=True, blank=True)
    estimated_count = models.PositiveIntegerField("预计人数", null=True)
    estimated_fen = models.BigIntegerField("预计金额（分）", null=True)

    class Meta:
        verbose_name = "补助标准"
        verbose_name_plural = "补助标准"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="standard_position_once"),
            models.CheckConstraint(
                condition=models.Q(method="flat", amount_fen__gt=0)
                | models.Q(method="percent", rate_ppm__gt=0),
                name="standard_gives_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}#{self.position}"


class DecisionRecord(Decision):
    """The record of the democratic decision on a plan version (民主决策记录, 四议两公开)."""

    plan = models.OneToOneField(Plan, models.CASCADE, related_name="decision")

    class Meta(Decision.Meta):
        verbose_name = "民主决策记录"
        verbose_name_plural = "民主决策记录"
        constraints = [models.CheckConstraint(condition=COUNTS_FIT, name="decision_counts_fit")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.met_on}"
