"""Papers that go with a plan, an application or a refund."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models import StoredFile
from core.models.area import AreaModel, AreaQuerySet
from subsidies.models.applications import Application
from subsidies.models.plans import Plan
from subsidies.models.refunds import Refund
from subsidies.rules.papers import seal_words


class Attachment(AreaModel):
    """A scanned paper with its kind (of the rulebook) and the seals it bears.

    `seals` lists the village's bodies (`policies.enums.Seal`) whose seals are on it; `is_sealed` without them is the
    seal of somebody else, as on a certificate.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, null=True, related_name="attachments")
    application = models.ForeignKey(Application, models.CASCADE, null=True, related_name="attachments")
    refund = models.ForeignKey(Refund, models.CASCADE, null=True, related_name="attachments")
    kind = models.CharField("材料", max_length=40)
    is_sealed = models.BooleanField("已盖章", default=False)
    seals = models.JSONField("印章", default=list)
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

    @property
    def seal_words(self) -> str:
        """The seals in words; 已盖章 where another than the village's bodies sealed it; empty without a seal."""
        return seal_words(self.seals) or ("已盖章" if self.is_sealed else "")
