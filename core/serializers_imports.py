"""Shapes of imports in the API."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from core.api import ActInput
from core.models import Import
from core.plain_text import UNFIT_SENTENCE, is_fit
from core.typed import whole_number


class ParamsField(serializers.JSONField):
    """A JSON object of which a database can keep every text; nested without end it is malformed, not a failure."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Raises ValidationError."""
        try:
            value = super().to_internal_value(data)
        except RecursionError:
            self.fail("invalid")
        if not isinstance(value, dict):
            raise serializers.ValidationError("params 须是JSON对象。")
        if not is_fit(value):
            raise serializers.ValidationError(UNFIT_SENTENCE)
        return value


class ImportInput(ActInput):
    """A sheet to bring in (multipart)."""

    kind = serializers.CharField(
        max_length=40,
        help_text="表格种类：members 成员名单、contributions 个人缴费、tax_rows 税务回传、person_statuses 状态名单、"
        "opening_balances 期初余额、prior_grants 期初补助",
    )
    file = serializers.FileField(allow_empty_file=True, help_text="xlsx、xls或CSV，最大20MB")
    sheet_name = serializers.CharField(
        max_length=200, required=False, default="", help_text="工作表名，空着由系统挑最像名单的一张"
    )
    params = ParamsField(
        required=False, default=dict, help_text="该种类另外要的参数，JSON对象：tax_rows 要 notice"
    )


class ConfirmInput(ActInput):
    """What is written is what was seen: the version of the judgement, if given, must still be the same."""

    version = serializers.IntegerField(required=False, min_value=0, allow_null=True, default=None)


class MendInput(ActInput):
    """Rows whose proposed value is taken; all of them where none is named."""

    rows = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, allow_null=True, default=None
    )


class PickInput(ActInput):
    """Which row of each group of duplicates is written."""

    picks = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        help_text="组号（组内第一行的行号）→ 留下的行号，null 表示都不写入",
    )

    def validate_picks(self, value: dict[str, int | None]) -> dict[int, int | None]:
        """Group numbers are keys of a JSON object, that is text."""
        picks = {whole_number(key): number for key, number in value.items()}
        if None in picks:
            raise serializers.ValidationError("组号须是行号。")
        return {group: number for group, number in picks.items() if group is not None}


class SheetInput(ActInput):
    """Another worksheet of the same file."""

    sheet_name = serializers.CharField(max_length=200)


class ImportOutput(serializers.ModelSerializer):
    """One import with its counts."""

    state_label = serializers.CharField(source="get_state_display", read_only=True)
    uploaded_by = serializers.CharField(source="uploaded_by.username", read_only=True)
    row_count = serializers.IntegerField(read_only=True)
    write_count = serializers.IntegerField(read_only=True)
    stopped_count = serializers.IntegerField(read_only=True)
    job = serializers.SerializerMethodField(
        help_text="大表由后台核对、写入：任务的地址，没有在后台办过的为 null"
    )

    class Meta:
        model = Import
        fields = [
            "id", "kind", "state", "state_label", "version", "job", "file_name", "sheet_name", "header_row", "header",
            "remarks", "params", "row_count", "write_count", "stopped_count", "new_count", "changed_count",
            "unchanged_count", "faulty_count", "held_count", "undone_count", "refusal", "on",
            "uploaded_by", "created_at", "confirmed_at",
            "undone_at", "county_code", "town_code", "village_code",
        ]  # fmt: skip
        read_only_fields = fields

    def get_job(self, upload: Import) -> str | None:
        """Where the last work in the background can be looked at."""
        return reverse("job-api-detail", args=[upload.job_id]) if upload.job_id else None


class FaultOutput(serializers.Serializer):
    """One fault beside its cell; long numbers are masked."""

    cell = serializers.CharField()
    written = serializers.CharField()
    code = serializers.CharField()
    what = serializers.CharField()
    how = serializers.CharField()
    is_error = serializers.BooleanField()
    can_mend = serializers.BooleanField()


class RowOutput(serializers.Serializer):
    """One row of an import."""

    row = serializers.IntegerField(source="number")
    name = serializers.CharField()
    masked_id = serializers.CharField()
    status = serializers.CharField()
    held_group = serializers.IntegerField(allow_null=True)
    is_picked = serializers.BooleanField()
    faults = FaultOutput(many=True)
    changes = serializers.SerializerMethodField()
    undo_refusal = serializers.CharField()

    def get_changes(self, row: Any) -> list[dict[str, str]]:
        """What a changed row would change."""
        return [{"label": label, "before": before, "after": after} for label, before, after in row.changes]


class UndoOutput(serializers.Serializer):
    """What taking an import back would do now."""

    removed_count = serializers.IntegerField()
    restored_count = serializers.IntegerField()
    refused = serializers.DictField(child=serializers.CharField(), help_text="行号 → 不能撤销的原因")
