"""Papers that go with a plan, an application or a refund."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models import StoredFile
from core.models.area import AreaModel, AreaQuerySet
from subsidies.models.applications import Application
from subsidies.models.plans import Plan
from subsidies.models.refunds import Refund


class Attachment(AreaModel):
    """A scanned paper with its kind (of the rulebook) and whether it carries the seal."""

    plan = models.ForeignKey(Plan, models.CASCADE, null=True, related_name="attachments")
    application = models.ForeignKey(Application, models.CASCADE, null=True, related_name="attachments")
    refund = models.ForeignKey(Refund, models.CASCADE, null=True, related_name="attachments")
    kind = models.CharField("材料", max_length=40)
    is_sealed = models.BooleanField("已盖章", default=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_on = models.DateField("上传日期")

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "材料"
        verbose_name_plural = "材料"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(plan__isnull=False, application__isnull=True, refund__isnull=True)
                | models.Q(plan__isnull=True, application__isnull=False, refund__isnull=True)
                | models.Q(plan__isnull=True, application__isnull=True, refund__isnull=False),
                name="attachment_of_one_paper",
            ),
        ]

    def __str__(self) -> str:
        return self.kind
