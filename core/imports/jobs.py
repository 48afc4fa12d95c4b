"""Large sheets: a worker judges and writes them, and the page shows how far it is.

Small sheets are judged and written at once by the same services.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require_role
from core.enums import ImportState, JobState
from core.errors import NotInArea, TransitionNotAllowed
from core.files import read_file, store_file
from core.imports import services
from core.imports.kinds import ImportKind, Steps, kind_of
from core.imports.staging import BATCH, count_rows, store_batch
from core.jobs import KINDS, JobKind, Progress, register_job, start_job
from core.models import Import, Job, StoredFile, User
from core.workflow import By, Effect, Step, require_another_person, run_creation, run_step

# Each act on the rows of an import: the service that does it, and the step that hands it to a worker.
ACTS: dict[str, tuple[Callable[..., Import], Callable[[Steps], Step]]] = {
    "confirm": (services.confirm_import, lambda steps: steps.start_confirm),
    "recheck": (services.recheck_import, lambda steps: steps.start_amend),
    "mend": (services.mend_rows, lambda steps: steps.start_amend),
    "pick": (services.pick_rows, lambda steps: steps.start_amend),
    "sheet": (services.read_other_sheet, lambda steps: steps.start_amend),
    "undo": (services.undo_import, lambda steps: steps.start_undo),
}
WRITING = {"confirm", "undo"}


def bring_in(
    kind_key: str, *, name: str, content: bytes, by: By, params: Mapping[str, Any] | None = None
) -> Callable[[], Import]:
    """Take in a file: a small one is judged here, a large one by a worker later.

    Reading takes long and must not hold the database: the act itself is the returned function, to be called in the
    transaction that keeps its answer. Raises as `services.read_upload` and `services.store_upload` do.
    """
    if len(content) > settings.IMPORT_NOW_BYTES:
        return lambda: start_reading(kind_key, name=name, content=content, by=by, params=params)
    upload = services.read_upload(kind_key, name=name, content=content, by=by, params=params)
    return lambda: services.store_upload(upload, by=by)


def start_reading(
    kind_key: str, *, name: str, content: bytes, by: By, params: Mapping[str, Any] | None = None
) -> Import:
    """Keep a large file and queue its judging; the import is `reading` until a worker has judged it."""
    kind = kind_of(kind_key)
    require_role(by.actor, kind.roles, kind.steps.upload.label)
    place, kept = kind.prepare(by, dict(params or {}))

    def create() -> tuple[Import, Effect]:
        row = services.new_import(services.Upload(kind, name, content, place, kept), by)
        row.state = ImportState.READING
        row.file = store_file(
            content,
            name=name,
            purpose="import",
            uploaded_by=by.actor,
            place=place,
            keep_days=services.FILE_DAYS,
        )
        row.save()
        row.job = start_job(
            f"import.{kind.key}.read",
            cause_key=f"import:{row.pk}:read",
            by=by,
            params={
                "import": row.pk,
                "file_name": row.file_name,
                "sheet_name": str((params or {}).get("sheet_name", "")),
            },
            place=row,
        )
        row.save(update_fields=["job"])
        return row, Effect(figures={"size_bytes": len(content)})

    return run_creation(kind.steps.upload, place, by=by, create=create)


def act(name: str, pk: int, *, by: By, version: int | None = None, **given: Any) -> Import:
    """Do an act on an import: at once where it is small, else by a worker (then its `job` is at work).

    Raises as the service does; what a worker meets later stands on the job.
    """
    found = Import.objects.filter(pk=pk).first()
    if found is None:
        raise NotInArea
    service, start_of = ACTS[name]
    if not (found.is_at_work or _takes_long(found, name)):
        return service(pk, by=by, **_versioned(name, version), **given)
    kind = kind_of(found.kind)
    return run_step(
        start_of(kind.steps),
        Import.objects.all(),
        pk,
        by=by,
        effect=lambda row: _queue(kind, row, name, given, by),
        expected_version=version,
    )


def _takes_long(row: Import, name: str) -> bool:
    """Of another sheet of the file nobody knows yet how long it is: the size of the file decides."""
    if row.is_large or name != "sheet":
        return row.is_large
    return row.file is not None and row.file.size_bytes > settings.IMPORT_NOW_BYTES


def _versioned(name: str, version: int | None) -> dict[str, Any]:
    return {"version": version} if name == "confirm" else {}


def _queue(kind: ImportKind, row: Import, name: str, given: dict[str, Any], by: By) -> Effect:
    services.require_idle(row)
    if name == "confirm" and kind.checker_roles:
        require_another_person(by.actor, services.amended_by(kind, row))
    row.job = start_job(
        f"import.{kind.key}.{name if name in WRITING else 'amend'}",
        # The job before is part of the cause: each act that may be asked for again is a job of its own.
        cause_key=f"import:{row.pk}:{name}:{row.version}:{row.job_id or 0}",
        by=by,
        params={
            "import": row.pk,
            "file_name": row.file_name,
            "act": name,
            "version": row.version,
            "given": _as_json(given),
        },
        place=row,
    )
    if name != "sheet":
        Job.objects.filter(pk=row.job_id).update(total_count=row.row_count)
    return Effect(changed=("job",), rows_count=row.row_count)


def _as_json(given: dict[str, Any]) -> dict[str, Any]:
    """Row numbers as a list, picks as pairs: keys of a JSON object would turn into text."""
    return {key: list(v.items()) if isinstance(v, Mapping) else v for key, v in given.items()}


def _from_json(given: dict[str, Any]) -> dict[str, Any]:
    return {key: dict(value) if key == "picks" else value for key, value in given.items()}


def read_large(job: Job, progress: Progress) -> dict[str, Any]:
    """Judge a kept file and stage its rows batch by batch; what an attempt before left is put away first."""
    upload = Import.objects.select_related("file").get(pk=job.params["import"])
    if upload.state != ImportState.READING:
        return _result(upload)
    kind, by = kind_of(upload.kind), _by(job)
    progress.go_quiet(settings.IMPORT_QUIET_SECONDS, stage=_("读取并核对"), done_count=0)
    upload.rows.all().delete()
    assert upload.file is not None
    params = upload.params | {"sheet_name": job.params["sheet_name"]}
    found = services.read_upload(
        kind.key, name=upload.file_name, content=read_file(upload.file), by=by, params=params
    )
    if found.refusal:
        return _result(_refuse(found, upload.pk, by, progress))
    return _result(_stage(found, upload, by, progress))


def _by(job: Job) -> By:
    return By(actor=job.requested_by, on=job.on, goes_on=True)


def _refuse(found: services.Upload, pk: int, by: By, progress: Progress) -> Import:
    def effect(row: Import) -> Effect:
        row.refusal, row.first_rows = found.refusal, found.first_rows or None
        StoredFile.objects.filter(pk=row.file_id).update(delete_after=timezone.now())
        row.file = None
        return Effect(changed=("refusal", "first_rows", "file"), rows_count=0)

    with transaction.atomic():
        progress.tell()
        return run_step(found.kind.steps.refuse, Import.objects.all(), pk, by=by, effect=effect)


def _stage(found: services.Upload, upload: Import, by: By, progress: Progress) -> Import:
    assert found.reading is not None and found.context is not None
    rows = found.reading.rows
    services.describe(upload, found.reading, found.context)
    progress.tell(stage=_("保存核对结果"), total_count=len(rows))
    for start in range(0, len(rows), BATCH):
        with transaction.atomic():
            # Told in the same transaction: a worker whose job was taken over, or given up, stores nothing more.
            progress.tell(done_count=min(start + BATCH, len(rows)))
            if not Import.objects.select_for_update().filter(pk=upload.pk, state=ImportState.READING):
                raise TransitionNotAllowed(_("这张表已经放弃，不再核对。"))
            store_batch(upload, found.kind, rows[start : start + BATCH])

    def effect(row: Import) -> Effect:
        row.header = upload.header
        services.describe(row, found.reading, found.context)  # type: ignore[arg-type]
        count_rows(row, rows)
        changed = ("sheet_name", "header_row", "header", "params", "remarks", *services.COUNT_FIELDS)
        return Effect(changed=changed, rows_count=row.row_count, figures=services.counts_of(row))

    with transaction.atomic():
        progress.tell()
        return run_step(found.kind.steps.read, Import.objects.all(), upload.pk, by=by, effect=effect)


def act_on_large(job: Job, progress: Progress) -> dict[str, Any]:
    """Do the act that was asked for, all or nothing, in one transaction with the word that it is done."""
    upload = Import.objects.get(pk=job.params["import"])
    if job.done_count:
        # An attempt before ended its transaction and died on the way out.
        return _result(upload)
    if (upload.job_id, upload.version) != (job.pk, job.params["version"]):
        raise TransitionNotAllowed(_("这张表后来又办过别的，请打开看看再办。"), found=upload.state)
    name = job.params["act"]
    service, _start = ACTS[name]
    stage = _("写入，全部写完才算数") if name in WRITING else _("重新核对")
    progress.go_quiet(settings.IMPORT_QUIET_SECONDS, stage=stage)
    with transaction.atomic():
        done = service(
            upload.pk,
            by=_by(job),
            **_versioned(name, job.params["version"]),
            **_from_json(job.params["given"]),
        )
        count = max(done.row_count, 1)
        progress.tell(done_count=count, total_count=count)
    return _result(done)


def _result(upload: Import) -> dict[str, Any]:
    return {"import": upload.pk, "state": upload.state, **services.counts_of(upload)}


def _title(job: Job) -> str:
    """The act and the file's name, which the job carries: a list of jobs asks for no import."""
    if "file_name" not in job.params:
        return KINDS[job.kind].label
    verbs = {"confirm": _("写入"), "undo": _("撤销")}
    return f"{verbs.get(job.params.get('act', ''), _('核对'))}“{job.params['file_name']}”"


def _page(job: Job) -> str:
    return reverse("import", args=[job.params["import"]])


def _result_context(job: Job, actor: User) -> dict[str, Any]:
    return {"import_url": _page(job)}


def register_jobs(kind: ImportKind) -> None:
    """Make the jobs of a kind of sheet known: judging, amending, writing."""
    readers = kind.roles | kind.checker_roles
    for name, label, handler, roles in (
        ("read", _("核对%(label)s"), read_large, kind.roles),
        ("amend", _("重新核对%(label)s"), act_on_large, kind.roles),
        ("confirm", _("写入%(label)s"), act_on_large, kind.checker_roles or kind.roles),
        ("undo", _("撤销导入%(label)s"), act_on_large, kind.roles),
    ):
        register_job(
            JobKind(
                f"import.{kind.key}.{name}",
                label % {"label": kind.label},
                handler,
                roles=roles,
                readers=readers,
                unit=_("行"),
                title=_title,
                result_template="imports/job_result.html",
                result_context=_result_context,
                home="imports",
                page=_page,
                seen_in=_("导入记录"),
                is_whole=True,
            )
        )


def stopped_sentence(upload: Import) -> str:
    """Why the last work in the background came to nothing; empty where it came to something."""
    job = upload.job
    return job.error_message if job is not None and job.state == JobState.FAILED else ""
