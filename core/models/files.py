"""Uploads and results, encrypted on disk."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models.area import AreaModel, AreaQuerySet


class StoredFile(AreaModel):
    """A file kept encrypted under `FILES_ROOT`; `core.files` reads and writes its content."""

    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField(max_length=120, blank=True)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    path = models.CharField(max_length=100, unique=True)
    purpose = models.CharField("用途", max_length=40)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    delete_after = models.DateTimeField(null=True, db_index=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.name
