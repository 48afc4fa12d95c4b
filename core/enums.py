"""States and kinds of core."""

from __future__ import annotations

from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued", "排队"
    RUNNING = "running", "进行中"
    DONE = "done", "完成"
    FAILED = "failed", "失败"


class ImportState(models.TextChoices):
    READING = "reading", "核对中"
    PENDING = "pending", "待确认"
    WRITTEN = "written", "已写入"
    DISCARDED = "discarded", "已放弃"
    UNDONE = "undone", "已撤销"
    REFUSED = "refused", "未受理"


class ImportRowStatus(models.TextChoices):
    NEW = "new", "新增"
    CHANGED = "changed", "更新"
    UNCHANGED = "unchanged", "无变化"
    FAULTY = "faulty", "需修改"
    HELD = "held", "重复，待选择"
