"""Counties that apply to take part in the pilot (试点县)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.workflow import StatefulModel
from subsidies.enums import PilotState


class CountyPilot(StatefulModel):
    """One county's application for the pilot, weighed by the city's human resources department (JN-04).

    applied → selected | declined; a declined county may apply anew. Its area is the county's own code. `assessment`
    keeps what was said of each criterion of the rulebook: key, name, whether it is met, remark.
    """

    state = models.CharField("状态", max_length=20, choices=PilotState.choices, default=PilotState.APPLIED)
    statement = models.CharField("申请理由", max_length=500)
    application_document = models.CharField("申请文号", max_length=120, blank=True)
    applied_on = models.DateField("申请日期")
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assessment = models.JSONField("评估", default=list)
    decision_document = models.CharField("选定文件", max_length=120, blank=True)
    reason = models.CharField("未选定的理由", max_length=300, blank=True)
    decided_on = models.DateField("选定日期", null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "试点县申请"
        verbose_name_plural = "试点县申请"
        constraints = [
            models.UniqueConstraint(
                fields=["county_code"],
                name="one_pilot_application_a_county",
                condition=models.Q(state__in=["applied", "selected"]),
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("applied_by")),
                name="county_pilot_four_eyes",
            ),
            models.CheckConstraint(
                condition=models.Q(state="applied") | models.Q(decided_on__gte=models.F("applied_on")),
                name="county_pilot_decided_after_applied",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.county_code} {self.state}"
