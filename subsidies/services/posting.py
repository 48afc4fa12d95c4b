"""Posting matched lines to the individual accounts (社保记账): started by an officer, done by a job, exactly once."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Count, F, Max, Sum, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.enums import JobState
from core.errors import BusinessDateRefused, InvalidInput, NotInArea, TransitionNotAllowed
from core.jobs import Progress, start_job
from core.lengths import VOUCHER_TEXT
from core.models import Job
from core.workflow import By, Effect, move_rows, record_event, run_creation
from ledger.enums import AccountKind, TransferKind
from ledger.services import (
    Movement,
    ensure_person_accounts,
    insert_transfers,
    office_account,
    person_account_of_row,
)
from ledger.services.interest import require_open_year
from policies.selectors import ground_name
from subsidies.enums import LineState
from subsidies.models import Application, Line
from subsidies.selectors.posting import postable_lines
from subsidies.services.posting_results import result_of
from subsidies.services.progress import advance_application
from subsidies.workflow import posting as steps
from villages.models import Region

JOB_KIND = "posting"
STAGE_BOOK, STAGE_CHECK = "记入个人账户", "核对总账"  # as the job keeps them


@dataclass(frozen=True, slots=True)
class PostingPreview:
    """What a posting would book: persons and fen of each batch, in their order, and in all."""

    batches: list[dict[str, Any]]

    @property
    def count(self) -> int:
        return sum(batch["count"] for batch in self.batches)

    @property
    def fen(self) -> int:
        return sum(batch["fen"] for batch in self.batches)


def preview_posting(application_ids: Iterable[int]) -> PostingPreview:
    """Persons and amounts that posting these batches would book now, in one statement."""
    rows = (
        postable_lines()
        .filter(application_id__in=list(application_ids))
        .order_by("application_id")
        .values("application_id")
        .annotate(count=Count("pk"), fen=Sum("amount_fen"), arrived_on=Max("remitted_on"))
    )
    return PostingPreview([dict(row) for row in rows])


def start_posting(application_ids: Iterable[int], *, by: By) -> Job:
    """Queue the posting of everything matched in these batches, dated `by.on`, and return its job.

    Raises InvalidInput for no batch or batches of several counties, NotInArea, TransitionNotAllowed where nothing
    waits or another job posts one of them, BusinessDateRefused for a day before the money came or in a settled year.
    """
    ids = sorted(set(application_ids))
    with transaction.atomic():
        applications = _lock(ids, by)
        county = Region.objects.select_for_update(no_key=True).get(pk=applications[0].county_code)
        return run_creation(steps.START, county, by=by, create=lambda: _create_job(applications, county, by))


def _lock(ids: list[int], by: By) -> list[Application]:
    rows = Application.objects.select_for_update(of=("self",)).within(by.actor.access.area)  # type: ignore[arg-type]
    applications = list(rows.filter(pk__in=ids).order_by("pk"))
    if not ids:
        raise InvalidInput(_("没有选要记账的申请。请先勾选，再记账。"))
    if len(applications) != len(ids):
        raise NotInArea
    if len({application.county_code for application in applications}) > 1:
        raise InvalidInput(_("一次只能记一个区县的账。"))
    return applications


def _create_job(applications: list[Application], county: Region, by: By) -> tuple[Job, Effect]:
    ids = [application.pk for application in applications]
    _require_free(ids)
    preview = preview_posting(ids)
    if not preview.count:
        raise TransitionNotAllowed(_("没有待记账的人员，可能刚才已经记过账。"))
    _require_date(applications, preview, by.on)
    require_open_year(county.code, by.on)
    job = start_job(JOB_KIND, cause_key=f"posting:{_cause(by)}", by=by, params=_params(preview), place=county)
    job.total_count, job.total_fen = preview.count, preview.fen
    job.save(update_fields=["total_count", "total_fen"])
    return job, Effect(
        rows_count=preview.count, amount_fen=preview.fen, figures={"batches": len(preview.batches)}
    )


def _params(preview: PostingPreview) -> dict[str, Any]:
    batches = [{"id": b["application_id"], "count": b["count"], "fen": b["fen"]} for b in preview.batches]
    return {"application_ids": [batch["id"] for batch in batches], "batches": batches}


def _cause(by: By) -> str:
    key = by.key or uuid.uuid4().hex
    return hashlib.sha256(f"{by.actor.pk}:{key}".encode()).hexdigest()[:VOUCHER_TEXT]


def _require_free(ids: list[int]) -> None:
    running = Job.objects.filter(kind=JOB_KIND, state__in=[JobState.QUEUED, JobState.RUNNING])
    for job in running.order_by("pk"):
        if set(ids) & set(job.params["application_ids"]):
            raise TransitionNotAllowed(
                _("后台任务第%(n)s号正在记这些申请的账，请到那个任务里看结果；停住了就在那里接着记。")
                % {"n": job.pk}
            )


def _require_date(applications: list[Application], preview: PostingPreview, on: date) -> None:
    arrived = [batch["arrived_on"] for batch in preview.batches if batch["arrived_on"]]
    acted = [a.last_acted_on for a in applications if a.last_acted_on]
    last = max([*arrived, *acted], default=on)
    if on < last:
        raise BusinessDateRefused(
            _("记账日期%(on)s早于到账或上一步的日期%(last)s，请改为当天或以后。")
            % {"on": day_text(on), "last": day_text(last)}
        )


def post_lines(job: Job, progress: Progress) -> dict[str, Any]:
    """The job: post batch by batch, at most `POSTING_CHUNK_LINES` lines a transaction, then check and write the result.

    May be killed at any instant and run again: each transaction holds accounts, transfers, states, event and
    progress together, and the key of a transfer lets none be booked twice.
    """
    by = By(actor=job.requested_by, on=job.on)
    for application_id in job.params["application_ids"]:
        while _post_chunk(application_id, job=job, progress=progress, by=by):
            pass
    progress.tell(stage=STAGE_CHECK)
    return result_of(job)


def _post_chunk(application_id: int, *, job: Job, progress: Progress, by: By) -> int:
    """Post the next lines of a batch in one transaction; return how many."""
    with transaction.atomic():
        application = Application.objects.select_for_update(of=("self",)).get(pk=application_id)
        waiting = postable_lines().filter(application=application).order_by("pk")
        ids = list(waiting.values_list("pk", flat=True)[: settings.POSTING_CHUNK_LINES])
        if ids:
            count, fen = _book(application, ids, job=job)
            effect = Effect(rows_count=count, amount_fen=fen, figures={"job": job.pk})
            record_event(steps.POST, application, effect, by, from_state=application.state)
            advance_application(application_id, by=by)
            progress.tell(stage=STAGE_BOOK, done_count=F("done_count") + count, done_fen=F("done_fen") + fen)
    return len(ids)


def _book(application: Application, ids: list[int], *, job: Job) -> tuple[int, int]:
    lines = Line.objects.filter(pk__in=ids)
    ensure_person_accounts(lines, source=application.plan.source)
    insert_transfers(lines, posting_movement(application, on=job.on))
    fen = lines.aggregate(total=Sum("amount_fen"))["total"]
    count = move_rows(lines, [LineState.REMITTED], LineState.POSTED, posted_on=job.on, posting_job=job)
    return count, fen


def posting_movement(application: Application, *, on: date) -> Movement:
    """How a line becomes the transfer from the county's fund in transit to the person's sub-balance of its source."""
    source = application.plan.source
    return Movement(
        kind=TransferKind.POSTED,
        debit=office_account(AccountKind.IN_TRANSIT, place=application).pk,
        credit=person_account_of_row(source),
        amount_fen=F("amount_fen"),
        on=on,
        year=F("year"),
        cause_key=Concat(Value("post:"), Cast("pk", CharField())),
        cause_type="subsidies.line",
        cause_id=F("pk"),
        person=F("person_id"),
        source=source,
        clause=ground_name(application, "posting", on=on),
    )
