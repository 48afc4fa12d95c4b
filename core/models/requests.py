"""Requests that took effect, so that a replay is answered and not repeated."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.crypto import EncryptedJSONField


class RequestKey(models.Model):
    """The key of one request, its content's hash and its answer.

    Inserted in the act's own transaction, so a refused act leaves none and is judged again. Kept
    `REQUEST_KEY_DAYS`; the answer is encrypted because it may hold personal data.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    act = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    response = EncryptedJSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "请求编号"
        verbose_name_plural = "请求编号"
        constraints = [
            models.UniqueConstraint(fields=["account", "key"], name="request_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.key}"
