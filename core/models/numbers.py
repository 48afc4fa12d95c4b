"""Document numbers without gaps."""

from __future__ import annotations

from django.db import models


class DocumentCounter(models.Model):
    """The last number given for one body, kind and year; taken under its row lock in the act's transaction."""

    body = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "文号"
        verbose_name_plural = "文号"
        constraints = [
            models.UniqueConstraint(fields=["body", "kind", "year"], name="document_counter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.kind} {self.year}: {self.last_number}"
