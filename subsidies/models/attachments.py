"""Papers that go with a plan, an application, a refund or a pool of earmarked money."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models import StoredFile
from core.models.area import AreaModel, AreaQuerySet
from subsidies.models.applications import Application
from subsidies.models.donations import Pool
from subsidies.models.plans import Plan
from subsidies.models.refunds import Refund
from subsidies.rules.papers import seal_words

PARENTS = ("plan", "application", "refund", "pool")


def _only(name: str) -> models.Q:
    return models.Q(**{f"{other}__isnull": other != name for other in PARENTS})


class Attachment(AreaModel):
    """A scanned paper with its kind (of the rulebook) and the seals it bears.

    `seals` lists the village's bodies (`policies.enums.Seal`) whose seals are on it; `is_sealed` without them is the
    seal of somebody else, as on a certificate.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, null=True, related_name="attachments")
    application = models.ForeignKey(Application, models.CASCADE, null=True, related_name="attachments")
    refund = models.ForeignKey(Refund, models.CASCADE, null=True, related_name="attachments")
    pool = models.ForeignKey(Pool, models.CASCADE, null=True, related_name="attachments")
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
                condition=_only("plan") | _only("application") | _only("refund") | _only("pool"),
                name="attachment_of_one_paper",
            ),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def seal_words(self) -> str:
        """The seals in words; 已盖章 where another than the village's bodies sealed it; empty without a seal."""
        return seal_words(self.seals) or ("已盖章" if self.is_sealed else "")
