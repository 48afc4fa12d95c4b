"""How a posting ended: what of each batch was posted, whether the books hold, and the sheet to download."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum

from core.calendar import day_text
from core.files import store_file
from core.identity import mask_id
from core.models import Job
from core.sheets.writer import XLSX_TYPE, Layout, OutColumn, table_workbook
from ledger.models import Transfer
from subsidies.models import Line

COLUMNS = (
    OutColumn("序号", "count", width=6, is_summed=False),
    OutColumn("镇街", width=14),
    OutColumn("村", width=14),
    OutColumn("姓名", width=10),
    OutColumn("公民身份号码", "id", width=22),
    OutColumn("年度", "text", width=8),
    OutColumn("补助金额（元）", "amount", width=14),
    OutColumn("记账日期", "date", width=12),
    OutColumn("账目编号", "text", width=12),
)


def result_of(job: Job) -> dict[str, Any]:
    """Write the sheet of what the job posted and return its figures by batch, with the checks to 0.00."""
    lines = Line.objects.filter(posting_job=job)
    posted = {
        row["application_id"]: row
        for row in lines.order_by()
        .values("application_id")
        .annotate(count=Count("pk"), fen=Sum("amount_fen"))
    }
    batches = [_batch(batch, posted.get(batch["id"], {})) for batch in job.params["batches"]]
    _keep_sheet(job, lines)
    booked = Transfer.objects.filter(cause_type="subsidies.line", cause_id__in=lines.values("pk"))
    booked_fen = booked.aggregate(total=Sum("amount_fen"))["total"] or 0
    posted_fen = sum(row["fen"] for row in posted.values())
    return {
        "batches": batches,
        "posted_fen": posted_fen,
        "booked_fen": booked_fen,
        "gap_fen": booked_fen - posted_fen,
    }


def _batch(asked: Mapping[str, int], posted: Mapping[str, Any]) -> dict[str, int]:
    done = posted.get("count", 0)
    return {
        "id": asked["id"],
        "asked_count": asked["count"],
        "count": done,
        "fen": posted.get("fen", 0),
        "skipped_count": max(asked["count"] - done, 0),
    }


@transaction.atomic
def _keep_sheet(job: Job, lines: Any) -> None:
    stored = store_file(
        posting_workbook(job, lines),
        name=f"记账结果_第{job.pk}号.xlsx",
        purpose="posting_result",
        uploaded_by=job.requested_by,
        place=job,
        keep_days=settings.RESULT_FILE_DAYS,
    )
    stored.content_type = XLSX_TYPE
    stored.save(update_fields=["content_type"])
    Job.objects.filter(pk=job.pk, attempt=job.attempt).update(result_file=stored)


def posting_workbook(job: Job, lines: Any) -> bytes:
    """The sheet of posted lines, village by village, identity numbers masked but for the last four."""
    rows = lines.order_by("village_code", "application_id", "position").values_list(
        "organisation__region__parent__short_name",
        "organisation__region__short_name",
        "person__name",
        "person__last4",
        "year",
        "amount_fen",
        "posted_on",
        "pk",
    )
    cells = (
        (n, town, village, name, mask_id(last4), f"{year}", fen, on, f"post:{pk}")
        for n, (town, village, name, last4, year, fen, on, pk) in enumerate(rows.iterator(), start=1)
    )
    layout = Layout(subtitle=f"记账日期：{day_text(job.on)}", unit="单位：元", sheet_name="记账结果")
    return table_workbook("集体补助记账结果", COLUMNS, cells, layout=layout)
