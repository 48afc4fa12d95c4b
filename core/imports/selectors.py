"""What pages and the API read of imports, scoped to the actor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from core import money
from core.access import access_of
from core.enums import ImportRowStatus, ImportState
from core.errors import NotInArea
from core.identity import last4_of, mask_digits_in, mask_id
from core.imports.kinds import KINDS, ImportKind, SheetRow, kind_of
from core.imports.staging import cell_from_json, load_rows
from core.models import Import, ImportRow, User
from core.sheets.cleaning import cell_text, is_numeric
from core.sheets.headers import Column

STOPPED = (ImportRowStatus.FAULTY, ImportRowStatus.HELD)
GROUPS_SHOWN = 20


def kinds_for(actor: User) -> list[ImportKind]:
    """The kinds of sheet this user may bring in."""
    access = access_of(actor)
    return [kind for kind in KINDS.values() if access.may(kind.roles)]


def imports_visible_to(actor: User) -> QuerySet[Import]:
    """Imports of the actor's kinds and area, newest first."""
    area = access_of(actor).area
    if area is None:
        return Import.objects.none()
    keys = [kind.key for kind in KINDS.values() if access_of(actor).may(kind.roles | kind.checker_roles)]
    return Import.objects.within(area).filter(kind__in=keys).select_related("uploaded_by").order_by("-id")


def import_of(actor: User, pk: int) -> Import:
    """One import of the actor's kinds and area; raises NotInArea otherwise."""
    found = (
        imports_visible_to(actor).select_related("file", "confirmed_by", "undone_by").filter(pk=pk).first()
    )
    if found is None:
        raise NotInArea
    return found


def earlier_import(upload: Import) -> Import | None:
    """The last import of the very same file into the same place that was written."""
    same = Import.objects.filter(kind=upload.kind, sha256=upload.sha256, **upload.area_codes())
    return same.filter(state=ImportState.WRITTEN).exclude(pk=upload.pk).order_by("-id").first()


def fault_groups(upload: Import) -> list[tuple[str, str, int]]:
    """What the faulty rows can be narrowed to: (key, label, how many), most first; notes last."""
    kind = kind_of(upload.kind)
    labels = {column.name: "身份证号" if column.kind == "id" else column.label for column in kind.columns}
    labels |= {"duplicate": "重复", "other": "其他", "note": "提醒"}
    counted = upload.rows.exclude(fault_group="").values_list("fault_group").annotate(n=Count("id"))
    groups = [(key, labels.get(key, "其他"), n) for key, n in counted]
    return sorted(groups, key=lambda group: (group[0] == "note", -group[2]))


@dataclass(slots=True)
class ShownFault:
    """One fault of a row as the preview shows it; `written` is what the cell says, long numbers masked."""

    cell: str
    written: str
    what: str
    how: str
    code: str
    is_error: bool
    can_mend: bool


@dataclass(slots=True)
class ShownRow:
    """One row as the preview shows it."""

    number: int
    name: str
    masked_id: str
    status: str
    label: str
    faults: list[ShownFault]
    changes: list[tuple[str, str, str]]
    held_group: int | None = None
    is_picked: bool = False
    undo_refusal: str = ""


def rows_of(upload: Import, *, status: str = "", group: str = "") -> QuerySet[ImportRow]:
    """Rows of an import in the sheet's order: of one status, of one group of faults, else those that are stopped."""
    rows = upload.rows.order_by("row_number")
    if group:
        return rows.filter(fault_group=group)
    return rows.filter(status__in=[status] if status else STOPPED)


def shown_rows(kind: ImportKind, rows: list[ImportRow]) -> list[ShownRow]:
    """Stored rows (one page of them) in the preview's shape."""
    loaded = load_rows(kind, rows)
    return [_shown(kind, stored, sheet_row) for stored, sheet_row in zip(rows, loaded, strict=True)]


def _shown(kind: ImportKind, stored: ImportRow, row: SheetRow) -> ShownRow:
    faults: list[dict[str, Any]] = stored.faults
    return ShownRow(
        number=row.number,
        name=str(row.cells.get("name") or ""),
        masked_id=_masked(row.values.get("id_number")),
        status=stored.status,
        label=stored.get_status_display(),
        faults=[
            ShownFault(
                cell=fault["cell"] or f"第{row.number}行",
                written=written_text(row.cells.get(fault["column"], "")),
                what=fault["what"],
                how=fault["how"],
                code=fault["code"],
                is_error=fault["is_error"],
                can_mend=fault["can_mend"],
            )
            for fault in faults
        ],
        changes=list(changes_of(kind, row)),
        held_group=row.held_group,
        is_picked=row.is_picked,
        undo_refusal=stored.undo_refusal,
    )


def _masked(number: Any) -> str:
    return mask_id(last4_of(str(number))) if number else ""


def written_text(cell: Any) -> str:
    """What a cell says, short enough for a table; identity and card numbers masked to their last four."""
    cell = cell_from_json(cell)
    if is_numeric(cell) and abs(cell) >= 10**15:
        return f"{cell:.5E}"
    return mask_digits_in(cell_text(cell))[:40]


def changes_of(kind: ImportKind, row: SheetRow) -> Iterator[tuple[str, str, str]]:
    """(label, value before, value after) of each column that a changed row would change."""
    for column in kind.columns:
        before = (row.before or {}).get(column.name)
        after = row.values.get(column.name)
        # An empty cell leaves what stands, so it changes nothing.
        if row.before and column.name in row.before and before != _as_json(after) and after not in (None, ""):
            yield column.label, _shown_value(kind, column, before), _shown_value(kind, column, after)


def _shown_value(kind: ImportKind, column: Column, value: Any) -> str:
    return kind.value_text(column.name, value) or _value_text(column.kind, value)


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _value_text(kind: str, value: Any) -> str:
    if value is None or value == "":
        return "（空）"
    if kind == "amount":
        return money.yuan_text(value)
    return mask_digits_in(str(_as_json(value))) if kind in {"id", "card", "phone"} else str(_as_json(value))


@dataclass(slots=True)
class HeldRow:
    """One of several rows with the same key: `cells` says what it holds in the group's columns."""

    shown: ShownRow
    cells: list[tuple[str, str]]


@dataclass(slots=True)
class HeldGroup:
    """Rows of one sheet that hold the same key: what is the same about them, and the columns in which they differ."""

    number: int
    masked_id: str
    same: list[tuple[str, str]]
    columns: list[str]
    rows: list[HeldRow]

    @property
    def has_notes(self) -> bool:
        """Whether anything else is to be said of one of them."""
        return any(fault.code != "E-DUP-ROW" for row in self.rows for fault in row.shown.faults)

    @property
    def is_picked(self) -> bool:
        """Whether the clerk has chosen one of them."""
        return any(row.shown.is_picked for row in self.rows)


def duplicate_groups(upload: Import, kind: ImportKind) -> list[HeldGroup]:
    """Groups of rows that hold the same key, for the clerk to pick from; the first twenty open ones."""
    numbers = list(
        upload.rows.filter(held_group__isnull=False)
        .order_by("held_group")
        .values_list("held_group", flat=True)
        .distinct()[:GROUPS_SHOWN]
    )
    stored = list(upload.rows.filter(held_group__in=numbers).order_by("held_group", "row_number"))
    groups: dict[int, list[tuple[ImportRow, SheetRow]]] = {}
    for row, sheet_row in zip(stored, load_rows(kind, stored), strict=True):
        groups.setdefault(row.held_group or 0, []).append((row, sheet_row))
    return [_held_group(kind, number, rows) for number, rows in groups.items()]


def _held_group(kind: ImportKind, number: int, rows: list[tuple[ImportRow, SheetRow]]) -> HeldGroup:
    same, differing = [], []
    for column in kind.columns:
        # The key itself is the heading; written differently it is still the same number.
        if column.kind == "id":
            continue
        written = {cell_text(cell_from_json(row.cells.get(column.name, ""))) for _stored, row in rows}
        if len(written) > 1:
            differing.append(column)
        elif written != {""}:
            same.append((column.label, written_text(rows[0][1].cells.get(column.name, ""))))
    return HeldGroup(
        number=number,
        masked_id=next((_masked(row.values.get("id_number")) for _stored, row in rows), ""),
        same=same,
        columns=[column.label for column in differing],
        rows=[
            HeldRow(
                _shown(kind, stored, row),
                [(column.label, written_text(row.cells.get(column.name, ""))) for column in differing],
            )
            for stored, row in rows
        ],
    )
