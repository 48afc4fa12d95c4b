"""The acts on an import: upload, look again, pick, mend, confirm, give up, take back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require_area, require_role
from core.bulk import update_rows
from core.enums import ImportRowStatus, ImportState
from core.errors import ImportRefused, InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.files import read_file, store_file
from core.imports.kinds import Context, ImportKind, SheetRow, kind_of
from core.imports.staging import (
    BATCH,
    Reading,
    clean_rows,
    judge_rows,
    load_rows,
    read_sheet,
    store_rows,
)
from core.models import Event, Import, ImportRow
from core.models.imports import TO_WRITE
from core.requests import body_hash
from core.sheets.headers import HeaderRefused
from core.sheets.reader import too_large_sentence
from core.workflow import By, Effect, Step, require_another_person, run_creation, run_step

FILE_DAYS = 90


@dataclass(slots=True)
class Upload:
    """A file that was read and judged and is not stored yet."""

    kind: ImportKind
    name: str
    content: bytes
    place: Any
    params: dict[str, Any]
    reading: Reading | None = None
    context: Context | None = None
    refusal: str = ""
    first_rows: list[list[str]] = field(default_factory=list)


def upload_sheet(
    kind_key: str, *, name: str, content: bytes, by: By, params: Mapping[str, Any] | None = None
) -> Import:
    """Take in a file of one kind; return its import, pending with judged rows, or refused with its sentence.

    A file that cannot be read raises nothing: the attempt is kept in the state `refused`. Raises ActorNotPermitted,
    NotInArea, or what the kind says about its parameters.
    """
    return store_upload(read_upload(kind_key, name=name, content=content, by=by, params=params), by=by)


def refuse_unread(kind_key: str, *, name: str, by: By, params: Mapping[str, Any] | None = None) -> Import:
    """Keep the attempt to upload a file that is too large to be read at all."""
    kind = kind_of(kind_key)
    place, kept = kind.prepare(by, dict(params or {}))
    upload = Upload(kind, name, b"", place, kept, refusal=too_large_sentence())
    return store_upload(upload, by=by)


def read_upload(
    kind_key: str, *, name: str, content: bytes, by: By, params: Mapping[str, Any] | None = None
) -> Upload:
    """Read and judge a file outside any transaction: on SQLite an open one would keep every writer waiting."""
    kind = kind_of(kind_key)
    require_role(by.actor, kind.roles, kind.steps.upload.label)
    place, kept = kind.prepare(by, dict(params or {}))
    require_area(by.actor, place)
    upload = Upload(kind, name, content, place, kept)
    try:
        wanted = str((params or {}).get("sheet_name", ""))
        upload.reading = read_sheet(kind, content, sheet_name=wanted)
        # A CSV file has one sheet without a name.
        if wanted and upload.reading.sheet.name not in {wanted, ""}:
            upload.refusal = _("文件里没有工作表“%(name)s”。") % {"name": wanted[:40]}
            return upload
    except ImportRefused as error:
        upload.refusal = error.message[:300]
        upload.first_rows = error.rows if isinstance(error, HeaderRefused) else []
        return upload
    upload.context = Context(by, place, kept, frozenset(upload.reading.header.places))
    judge_rows(kind, upload.reading.rows, upload.context)
    if not upload.reading.rows:
        upload.refusal = _("表头下面没有人员，请填写后再上传。")
    return upload


def store_upload(upload: Upload, *, by: By) -> Import:
    """Store what was read; see `upload_sheet`."""
    create = _create_refused if upload.refusal else _create_pending
    return run_creation(upload.kind.steps.upload, upload.place, by=by, create=lambda: create(upload, by))


def _create_refused(upload: Upload, by: By) -> tuple[Import, Effect]:
    row = new_import(upload, by)
    row.state = ImportState.REFUSED
    row.refusal, row.first_rows = upload.refusal, upload.first_rows or None
    row.save()
    return row, Effect(rows_count=0, figures={"size_bytes": len(upload.content)})


def new_import(upload: Upload, by: By) -> Import:
    """An import of this file, not saved."""
    return Import(
        kind=upload.kind.key,
        file_name=upload.name[-200:],
        sha256=body_hash(upload.content),
        params=upload.params,
        on=by.on,
        uploaded_by=by.actor,
        zone_towns=_zone_towns(upload.place, by),
        **upload.place.area_codes(),
    )


def _zone_towns(place: Any, by: By) -> str:
    """The towns of a zone whose account brings in a sheet about all of them: it stands at the zone's seat."""
    area = by.actor.access.area
    codes = place.area_codes()
    if area is None or codes["village_code"] or codes["town_code"] != area.seat:
        return ""
    return ",".join(sorted(area.towns))


def _create_pending(upload: Upload, by: By) -> tuple[Import, Effect]:
    reading, context = upload.reading, upload.context
    assert reading is not None and context is not None
    row = new_import(upload, by)
    row.file = store_file(
        upload.content,
        name=upload.name,
        purpose="import",
        uploaded_by=by.actor,
        place=upload.place,
        keep_days=FILE_DAYS,
    )
    describe(row, reading, context)
    row.save()
    store_rows(row, upload.kind, reading.rows)
    row.save(update_fields=COUNT_FIELDS)
    return row, Effect(rows_count=row.row_count, figures=counts_of(row))


COUNT_FIELDS = [f"{status}_count" for status in ImportRowStatus.values]


def describe(row: Import, reading: Reading, context: Context) -> None:
    """Set what was found out about the sheet as a whole (not saved here)."""
    row.sheet_name, row.header_row = reading.sheet.name, reading.header.last_row + 1
    row.header = reading.header_as_json()
    row.params = row.params | {
        "header_first_row": reading.header.first_row + 1,
        "other_sheets": reading.other_sheets,
    }
    row.remarks = reading.remarks + context.remarks


def counts_of(row: Import) -> dict[str, int]:
    """Rows by their status."""
    return {status: getattr(row, f"{status}_count") for status in ImportRowStatus.values}


def _act(
    pk: int,
    step_of: Callable[[ImportKind], Step],
    effect: Callable[[ImportKind, Import], Effect],
    by: By,
    version: int | None,
) -> Import:
    found = Import.objects.filter(pk=pk).only("kind").first()
    if found is None:
        raise NotInArea
    kind = kind_of(found.kind)

    def done(row: Import) -> Effect:
        result = effect(kind, row)
        if row.job is None or row.is_at_work:
            return result
        # What came of the work before is no longer news: this act was done without a worker.
        row.job = None
        return replace(result, changed=(*result.changed, "job"))

    return run_step(step_of(kind), Import.objects.all(), pk, by=by, effect=done, expected_version=version)


def _context(kind: ImportKind, row: Import, by: By) -> Context:
    place, params = kind.prepare(by, row.params)
    require_area(by.actor, place)
    return Context(by, place, params, frozenset(entry["name"] for entry in row.header), upload=row)


def confirm_import(pk: int, *, by: By, version: int | None = None) -> Import:
    """Write every new and changed row of an import, all or none.

    Raises TransitionNotAllowed when what it would write has changed since it was judged (the clerk then looks again).
    """

    def effect(kind: ImportKind, row: Import) -> Effect:
        if kind.checker_roles:
            require_another_person(by.actor, amended_by(kind, row))
        rows = load_rows(kind, row.rows.filter(status__in=TO_WRITE).order_by("row_number").iterator(BATCH))
        context = _context(kind, row, by)
        _require_same_judgement(kind, rows, context)
        amount_fen = kind.apply(rows, context)
        update_rows(ImportRow, ["target_id", "is_written"], [(r.pk, r.target_id, True) for r in rows])
        row.confirmed_by, row.confirmed_at = by.actor, timezone.now()
        row.version += 1
        changed = ("confirmed_by", "confirmed_at", "version")
        return Effect(changed=changed, rows_count=len(rows), amount_fen=amount_fen, figures=counts_of(row))

    return _act(pk, lambda kind: kind.steps.confirm, effect, by, version)


def amended_by(kind: ImportKind, row: Import) -> list[int | None]:
    """Who picked, mended or chose the sheet: what is to be written is his work as much as the uploader's."""
    amended = Event.objects.filter(act=kind.steps.amend.act, object_id=row.pk)
    return list(amended.order_by().values_list("actor", flat=True).distinct())


def _require_same_judgement(kind: ImportKind, rows: list[SheetRow], context: Context) -> None:
    if not rows:
        raise RuleViolation(_("没有可以写入的行。"), code="E-NOTHING")
    before = [(row.verdict, row.target_id, row.before) for row in rows]
    kind.judge(rows, context)
    moved = [
        row.number
        for row, was in zip(rows, before, strict=True)
        if not row.is_sound or (row.verdict, row.target_id, row.before) != was
    ]
    if moved:
        listed = "、".join(str(number) for number in moved[:5])
        sentence = _("核对以后，第%(rows)s行等%(n)d行涉及的记录有了变化，请点“重新核对”再确认。")
        raise TransitionNotAllowed(sentence % {"rows": listed, "n": len(moved)}, rows=moved[:100])


def require_idle(row: Import) -> None:
    """Raise TransitionNotAllowed while a worker is at this import."""
    if row.is_at_work:
        raise TransitionNotAllowed(_("后台正在办这张表，请等它办完。"), found=row.state)


def discard_import(pk: int, *, by: By) -> Import:
    """Give an import up before anything of it was written."""

    def effect(kind: ImportKind, row: Import) -> Effect:
        require_idle(row)
        row.rows.all().delete()
        return Effect(rows_count=0)

    return _act(pk, lambda kind: kind.steps.discard, effect, by, None)


def recheck_import(pk: int, *, by: By) -> Import:
    """Judge an import's rows again by what stands in the tables now."""
    return _amend(pk, by, lambda row, rows: 0)


def mend_rows(pk: int, *, by: By, row_numbers: Iterable[int] | None = None) -> Import:
    """Put the proposed value into the faulty cells of these rows.

    By default into all rows with a proposed number; what was written behind a name is a matter for one row at a time.
    """
    wanted = None if row_numbers is None else set(row_numbers)

    def change(row: Import, rows: list[SheetRow]) -> int:
        stored = (
            row.rows.filter(has_proposal=True) if wanted is None else row.rows.filter(row_number__in=wanted)
        )
        numbers = {column.name for column in kind_of(row.kind).columns if column.kind == "id"}
        proposals = {r.row_number: r.content["proposals"] for r in stored}
        mended = 0
        for sheet_row in rows:
            found = proposals.get(sheet_row.number, {})
            if wanted is None:
                found = {name: text for name, text in found.items() if name in numbers}
            if found:
                sheet_row.cells.update(found)
                mended += 1
        return mended

    return _amend(pk, by, change)


def pick_rows(pk: int, *, by: By, picks: Mapping[int, int | None]) -> Import:
    """Choose which row of each group of duplicates is written: group → row number, or None for neither."""

    def change(row: Import, rows: list[SheetRow]) -> int:
        _require_known_picks(rows, picks)
        for sheet_row in rows:
            if sheet_row.held_group is not None and sheet_row.held_group in picks:
                sheet_row.is_picked = picks[sheet_row.held_group] == sheet_row.number
        return len(picks)

    return _amend(pk, by, change)


def _require_known_picks(rows: list[SheetRow], picks: Mapping[int, int | None]) -> None:
    groups: dict[int, set[int]] = {}
    for row in rows:
        if row.held_group is not None:
            groups.setdefault(row.held_group, set()).add(row.number)
    for group, number in picks.items():
        if group not in groups or (number is not None and number not in groups[group]):
            message = _("第%(group)d组重复的号码里没有第%(row)d行，请核对组号和行号。")
            if group not in groups or number is None:
                message = _("没有第%(group)d组重复的号码，组号是组内第一行的行号。")
            told = message % {"group": group, "row": number or 0}
            raise InvalidInput(told, fields={"picks": [told]})


def read_other_sheet(pk: int, *, by: By, sheet_name: str) -> Import:
    """Read another worksheet of the same file in place of the one chosen."""

    def effect(kind: ImportKind, row: Import) -> Effect:
        if row.file is None:
            raise InvalidInput(_("上传的文件已经按期删除，请重新上传。"))
        reading = read_sheet(kind, read_file(row.file), sheet_name=sheet_name)
        if reading.sheet.name != sheet_name:
            raise InvalidInput(_("文件里没有工作表“%(name)s”。") % {"name": sheet_name[:40]})
        context = _context(kind, row, by)
        context.columns = frozenset(reading.header.places)
        judge_rows(kind, reading.rows, context)
        row.rows.all().delete()
        describe(row, reading, context)
        store_rows(row, kind, reading.rows)
        row.version += 1
        changed = ("sheet_name", "header_row", "header", "params", "remarks", "version", *COUNT_FIELDS)
        return Effect(changed=changed, rows_count=row.row_count, figures=counts_of(row))

    return _act(pk, lambda kind: kind.steps.amend, effect, by, None)


def _amend(pk: int, by: By, change: Callable[[Import, list[SheetRow]], int]) -> Import:
    def effect(kind: ImportKind, row: Import) -> Effect:
        rows = load_rows(kind, row.rows.order_by("row_number").iterator(BATCH))
        touched = change(row, rows)
        context = _context(kind, row, by)
        clean_rows(kind, rows, {entry["name"]: entry["letter"] for entry in row.header})
        judge_rows(kind, rows, context)
        row.rows.all().delete()
        store_rows(row, kind, rows)
        row.version += 1
        return Effect(changed=("version", *COUNT_FIELDS), rows_count=touched, figures=counts_of(row))

    return _act(pk, lambda kind: kind.steps.amend, effect, by, None)


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What taking an import back would do: rows that go, rows changed back, rows refused with the reason."""

    removed_count: int
    restored_count: int
    refused: dict[int, str]

    @property
    def going_count(self) -> int:
        """Rows that would be taken back."""
        return self.removed_count + self.restored_count


def preview_undo(row: Import, *, by: By) -> UndoPreview:
    """Say what `undo_import` would do now."""
    kind = kind_of(row.kind)
    require_role(by.actor, kind.roles, kind.steps.undo.label)
    require_area(by.actor, row)
    rows = load_rows(kind, row.rows.filter(is_written=True).order_by("row_number").iterator(BATCH))
    refused = kind.undo_refusals(rows, _context(kind, row, by))
    going = [r for r in rows if r.number not in refused]
    removed = sum(1 for r in going if r.verdict == ImportRowStatus.NEW)
    return UndoPreview(removed, len(going) - removed, refused)


def may_undo(row: Import) -> bool:
    """Whether an import can still be taken back: written, of a kind that allows it, within its days."""
    return bool(
        row.state == ImportState.WRITTEN
        and kind_of(row.kind).can_undo
        and row.confirmed_at
        and timezone.now() - row.confirmed_at <= timedelta(days=settings.UNDO_DAYS)
    )


def undo_import(pk: int, *, by: By) -> Import:
    """Take an import back, row by row where the row allows it; refused rows stay and keep their reason.

    Raises RuleViolation when it is too old or no row at all can be taken back.
    """

    def effect(kind: ImportKind, row: Import) -> Effect:
        if not may_undo(row):
            raise RuleViolation(
                _("导入已经超过%(days)d天，不能整批撤销，请逐人更正。") % {"days": settings.UNDO_DAYS},
                code="E-UNDO",
            )
        context = _context(kind, row, by)
        rows = load_rows(kind, row.rows.filter(is_written=True).order_by("row_number").iterator(BATCH))
        refused = kind.undo_refusals(rows, context)
        going = [r for r in rows if r.number not in refused]
        if not going:
            raise RuleViolation(
                _nothing_to_undo(refused),
                code="E-UNDO",
                rows=[{"row": n, "message": why} for n, why in list(refused.items())[:100]],
            )
        kind.undo(going, context)
        update_rows(
            ImportRow,
            ["is_undone", "undo_refusal"],
            [(r.pk, r.number not in refused, refused.get(r.number, "")) for r in rows],
        )
        row.undone_by, row.undone_at, row.undone_count = by.actor, timezone.now(), len(going)
        row.version += 1
        changed = ("undone_by", "undone_at", "undone_count", "version")
        return Effect(changed=changed, rows_count=len(going), figures={"refused": len(refused)})

    return _act(pk, lambda kind: kind.steps.undo, effect, by, None)


def _nothing_to_undo(refused: Mapping[int, str]) -> str:
    number, why = next(iter(refused.items()))
    return _("没有一行可以撤销。第%(row)d行：%(why)s") % {"row": number, "why": why}


def forget_old_rows() -> int:
    """Delete the rows of imports whose time to be taken back is over; the import itself stays. Return how many."""
    limit = timezone.now() - timedelta(days=settings.UNDO_DAYS)
    over = Q(confirmed_at__lt=limit) | Q(
        state__in=[ImportState.DISCARDED, ImportState.REFUSED], created_at__lt=limit
    )
    Import.objects.filter(over).exclude(first_rows=None).update(first_rows=None)
    return ImportRow.objects.filter(upload__in=Import.objects.filter(over)).delete()[0]
