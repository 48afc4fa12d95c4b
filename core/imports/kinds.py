"""What a room declares about a kind of sheet, and the rows that the engine hands it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms

from core.enums import ImportRowStatus, ImportState
from core.errors import NotInArea
from core.models import Import, User
from core.sheets.headers import Column
from core.workflow import By, Step


@dataclass(slots=True)
class Fault:
    """One thing about a row: an error stops it, a note is only shown. `column` is empty for the row as a whole."""

    column: str
    code: str
    what: str
    how: str = ""
    is_error: bool = True
    proposal: str = ""


@dataclass(slots=True)
class SheetRow:
    """One row of a sheet on its way in.

    cells: as read, by column name; values: as cleaned (dates as date, amounts as fen, identity numbers as text).
    A judge sets verdict, target_id (the row it would change) and before (values that stand there now, JSON only).
    extra: what a judge wants to hand to `apply`; it is not stored.
    """

    number: int
    cells: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    verdict: str = ImportRowStatus.NEW
    target_id: int | None = None
    before: dict[str, Any] | None = None
    held_group: int | None = None
    is_picked: bool = False
    pk: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def fault(self, column: str, code: str, what: str, how: str = "", *, proposal: str = "") -> None:
        """Stop this row."""
        self.faults.append(Fault(column, code, what, how, proposal=proposal))

    def note(self, column: str, code: str, what: str, how: str = "") -> None:
        """Show something about this row that does not stop it."""
        self.faults.append(Fault(column, code, what, how, is_error=False))

    @property
    def is_sound(self) -> bool:
        """Whether nothing stops this row."""
        return not any(fault.is_error for fault in self.faults)

    @property
    def status(self) -> str:
        """The verdict, unless an error stops the row or it is a duplicate that nobody picked."""
        if not self.is_sound:
            return ImportRowStatus.FAULTY
        if self.held_group is not None and not self.is_picked:
            return ImportRowStatus.HELD
        return self.verdict


@dataclass(slots=True)
class Context:
    """What a judge may know: who acts as of when, the place, the parameters, which columns the sheet has.

    `upload` is the import itself once it is stored. A judge adds remarks about the sheet as a whole.
    """

    by: By
    place: Any
    params: dict[str, Any]
    columns: frozenset[str]
    upload: Import | None = None
    remarks: list[dict[str, str]] = field(default_factory=list)

    def remark(self, code: str, sentence: str) -> None:
        """Tell the clerk something about the whole sheet."""
        self.remarks.append({"code": code, "sentence": sentence})


@dataclass(frozen=True, slots=True)
class Steps:
    """The acts on imports of one kind; those named start hand a large sheet to a worker."""

    upload: Step
    read: Step
    refuse: Step
    start_amend: Step
    start_confirm: Step
    start_undo: Step
    amend: Step
    confirm: Step
    discard: Step
    undo: Step


class ImportKind:
    """One kind of sheet. A room makes a subclass and registers one instance at start.

    template_columns are those of the sheet to be filled in (all by default).

    `judge`, `apply`, `undo_refusals` and `undo` get all rows at once and use a constant number of queries; `apply` and
    `undo` run inside the act's transaction.
    """

    key: str
    label: str
    roles: frozenset[str]
    # Where set, somebody else with one of these roles confirms what was uploaded.
    checker_roles: frozenset[str] = frozenset()
    columns: Sequence[Column]
    template_columns: Sequence[Column] = ()
    title: str
    notes: Sequence[str] = ()
    counted_as: str = "行"
    can_undo: bool = True

    def params_form(self, user: User, data: Any = None) -> forms.Form | None:
        """The form of what must be known besides the file (a year, a village); None where nothing is."""
        return None

    def prepare(self, by: By, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Return the place of the import (anything with area codes) and its parameters as JSON.

        Called again with its own parameters at each later act. Raises what the user must mend.
        """
        raise NotImplementedError

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Set verdict, target_id, before and faults of the rows. Rows that cleaning stopped are among them.

        Called again before writing, then on the values that an earlier call left: what it changes it must understand.
        """
        raise NotImplementedError

    def apply(self, rows: list[SheetRow], context: Context) -> int | None:
        """Write new and changed rows, just judged again; set target_id of the new ones. Return their sum in fen."""
        raise NotImplementedError

    def undo_refusals(self, rows: list[SheetRow], context: Context) -> dict[int, str]:
        """Row number → why what this row wrote cannot be taken back."""
        raise NotImplementedError

    def undo(self, rows: list[SheetRow], context: Context) -> None:
        """Take back what these rows wrote: delete what was new, restore `before`."""
        raise NotImplementedError

    def duplicate_key(self, row: SheetRow) -> Hashable | None:
        """What must not stand twice in one sheet; None where the row lacks it."""
        return row.values.get("id_number")

    def duplicate_sentence(self, row: SheetRow, other: SheetRow) -> str:
        """What is said to a row whose key stands in another row as well."""
        what = f"与第{other.number}行号码相同"
        names_differ = row.values.get("name") != other.values.get("name")
        return f"{what}，两行姓名不同" if names_differ else what

    def value_text(self, name: str, value: Any) -> str:
        """What a value of a column is called on pages, where that is not the value itself."""
        return ""

    def after_url(self, upload: Import) -> str:
        """Where the clerk goes when the rows are written."""
        return ""

    def column(self, name: str) -> Column:
        """A declared column by its name; raises KeyError."""
        return next(column for column in self.columns if column.name == name)

    @property
    def steps(self) -> Steps:
        """The acts, made when the kind was registered."""
        return STEPS_OF_KIND[self.key]


KINDS: dict[str, ImportKind] = {}
STEPS_OF_KIND: dict[str, Steps] = {}


def register_import_kind(kind: ImportKind) -> None:
    """Make a kind of sheet known (at start of its room)."""
    # The jobs call the services, and these ask for kinds.
    from core.imports.jobs import register_jobs

    if kind.key in KINDS:
        raise TypeError(f"the import kind {kind.key} is registered twice")
    KINDS[kind.key] = kind
    reading = frozenset({ImportState.READING})
    pending = frozenset({ImportState.PENDING})
    written = frozenset({ImportState.WRITTEN})

    def step(act: str, label: str, sources: frozenset[str] = frozenset(), target: str = "") -> Step:
        return Step(
            f"import.{kind.key}.{act}", f"{label}{kind.label}", kind.roles, sources, target, unit="行"
        )

    STEPS_OF_KIND[kind.key] = Steps(
        upload=step("upload", "上传"),
        amend=step("amend", "核对", pending),
        read=step("read", "读出", reading, ImportState.PENDING),
        refuse=step("refuse", "不受理", reading, ImportState.REFUSED),
        start_amend=step("start_amend", "开始核对", pending),
        start_confirm=_confirm_step(kind, is_start=True),
        start_undo=step("start_undo", "开始撤销导入", written),
        confirm=_confirm_step(kind),
        discard=step("discard", "放弃导入", pending | reading, ImportState.DISCARDED),
        undo=step("undo", "撤销导入", written, ImportState.UNDONE),
    )
    register_jobs(kind)


def _confirm_step(kind: ImportKind, *, is_start: bool = False) -> Step:
    label = f"{'复核' if kind.checker_roles else '导入'}{kind.label}"
    return Step(
        f"import.{kind.key}.{'start_confirm' if is_start else 'confirm'}",
        f"开始{label}" if is_start else label,
        kind.checker_roles or kind.roles,
        frozenset({ImportState.PENDING}),
        "" if is_start else ImportState.WRITTEN,
        checks=("uploaded_by_id",) if kind.checker_roles else (),
        unit="行",
    )


def kind_of(key: str) -> ImportKind:
    """A registered kind; an unknown one reads like a page that does not exist."""
    if key not in KINDS:
        raise NotInArea
    return KINDS[key]
