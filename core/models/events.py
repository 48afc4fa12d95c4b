"""What happened: one row an act, never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models.area import AreaModel, AreaQuerySet


class Event(AreaModel):
    """One act of the office: who, when, on what, how many, how much.

    Written only by the runner in `core.workflow`, in the act's own transaction. It holds row ids, figures
    and codes, never personal data: a text that explains stands in `EventNote`. Triggers in the database
    refuse UPDATE and DELETE; `chain_hash` alone may be set once, by the sealing of the chain.
    """

    at = models.DateTimeField("时间", auto_now_add=True)
    on = models.DateField("业务日期")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    act = models.CharField("事项", max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    rows_count = models.PositiveIntegerField("人数", null=True)
    amount_fen = models.BigIntegerField("金额（分）", null=True)
    reason_code = models.CharField(max_length=30, blank=True)
    clause = models.CharField("依据", max_length=200, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    content_hash = models.CharField(max_length=64)
    chain_hash = models.CharField(max_length=64, null=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "办理记录"
        verbose_name_plural = "办理记录"
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="event_of_object"),
            models.Index(fields=["actor", "-id"], name="event_of_actor"),
            models.Index(fields=["village_code", "-id"], name="event_of_village"),
            models.Index(fields=["county_code", "-id"], name="event_of_county"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.object_type} {self.object_id}"


class EventNote(models.Model):
    """The words given with an act (reason, remark), outside the chain because they may name a person."""

    event = models.OneToOneField(Event, models.CASCADE, related_name="note")
    text = models.TextField("说明")

    class Meta:
        verbose_name = "办理说明"
        verbose_name_plural = "办理说明"

    def __str__(self) -> str:
        return self.text
