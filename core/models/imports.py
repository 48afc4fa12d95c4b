"""Spreadsheets on their way in: staged, judged, confirmed, and kept so that they can be taken back."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models

from core.crypto import EncryptedJSONField
from core.enums import ImportRowStatus, ImportState
from core.models.area import ZoneModel

TO_WRITE = (ImportRowStatus.NEW, ImportRowStatus.CHANGED)


class Import(ZoneModel):
    """One uploaded sheet of one kind.

    pending → written → undone; pending → discarded; refused from the start when the file cannot be read (then only
    the attempt and its sentence are kept). A large file is reading first, while a worker judges it. `version` counts
    what changed about the judgement, so that a clerk confirms what he has seen. `job` is the last work that was done
    on it in the background, none once an act was done at once since. Its rows and its file are personal data and are
    deleted after their time.
    """

    kind = models.CharField("种类", max_length=40)
    state = models.CharField("状态", max_length=20, choices=ImportState.choices, default=ImportState.PENDING)
    version = models.PositiveIntegerField(default=0)
    file = models.ForeignKey("core.StoredFile", models.SET_NULL, null=True, related_name="+")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    sheet_name = models.CharField("工作表", max_length=200, blank=True)
    header_row = models.PositiveIntegerField("表头所在行", default=0)
    # One entry a recognised column: name, heading, letter.
    header = models.JSONField(default=list)
    # What was noticed about the sheet as a whole: code and sentence.
    remarks = models.JSONField(default=list)
    params = models.JSONField(default=dict)
    job = models.ForeignKey("core.Job", models.SET_NULL, null=True, related_name="+")
    new_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    faulty_count = models.PositiveIntegerField(default=0)
    held_count = models.PositiveIntegerField(default=0)
    undone_count = models.PositiveIntegerField(default=0)
    refusal = models.CharField("未受理原因", max_length=300, blank=True)
    # The first rows as they were read, where the header was not found. They may hold personal data.
    first_rows = EncryptedJSONField(null=True)
    on = models.DateField("业务日期")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "导入"
        verbose_name_plural = "导入"
        indexes = [
            models.Index(fields=["village_code", "kind", "-id"], name="import_of_village"),
            models.Index(fields=["county_code", "kind", "-id"], name="import_of_county"),
            models.Index(fields=["kind", "sha256"], name="import_of_file"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=ImportState.WRITTEN) | models.Q(confirmed_at__isnull=False),
                name="import_written_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ImportState.UNDONE) | models.Q(undone_at__isnull=False),
                name="import_undone_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ImportState.REFUSED) ^ models.Q(refusal=""),
                name="import_refused_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"

    @property
    def last_acted_on(self) -> date:
        """No act on an import is dated before its upload."""
        return self.on

    @property
    def is_at_work(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.job is not None and self.job.is_going_on

    @property
    def is_large(self) -> bool:
        """Whether an act on its rows takes too long for somebody to wait before the page."""
        return self.row_count > settings.IMPORT_NOW_ROWS

    @property
    def row_count(self) -> int:
        """Rows read from the sheet."""
        return self.good_count + self.stopped_count

    @property
    def good_count(self) -> int:
        """Rows without a fault: those to be written and those that already stand."""
        return self.write_count + self.unchanged_count

    @property
    def write_count(self) -> int:
        """Rows that confirming writes."""
        return self.new_count + self.changed_count

    @property
    def stopped_count(self) -> int:
        """Rows that confirming leaves out."""
        return self.faulty_count + self.held_count


class ImportRow(models.Model):
    """One row of a sheet with its judgement.

    `content` (encrypted) holds the cells as read, the values parsed from them and what the system proposes in their
    place; `before` (encrypted) the values that stood before, for undo. `faults` names cells, codes and sentences and
    never a whole identity number. `verdict` is the judgement apart from duplicates, `status` the one with them.
    """

    upload = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    row_number = models.PositiveIntegerField("行号")
    status = models.CharField(max_length=12, choices=ImportRowStatus.choices)
    verdict = models.CharField(max_length=12, choices=ImportRowStatus.choices)
    content = EncryptedJSONField()
    before = EncryptedJSONField(null=True)
    faults = models.JSONField(default=list)
    fault_group = models.CharField(max_length=40, blank=True)
    # Rows of one group hold the same identity; empty where a row is alone.
    held_group = models.PositiveIntegerField(null=True)
    is_picked = models.BooleanField(default=False)
    has_proposal = models.BooleanField(default=False)
    target_id = models.BigIntegerField(null=True)
    is_written = models.BooleanField(default=False)
    is_undone = models.BooleanField(default=False)
    undo_refusal = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = "导入行"
        verbose_name_plural = "导入行"
        constraints = [
            models.UniqueConstraint(fields=["upload", "row_number"], name="import_row_once"),
        ]
        indexes = [
            models.Index(fields=["upload", "status", "row_number"], name="import_row_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}:{self.row_number}"
