"""状态变更名单 (F19) as a sheet: deaths, loss of nationality, other pensions, restorations."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.crypto import blind_index
from core.enums import ImportRowStatus
from core.imports.kinds import Context, ImportKind, SheetRow, register_import_kind
from core.models import Import
from core.samples import SAMPLE_ID_NUMBER, SAMPLE_STATUS_ON
from core.sheets.cleaning import names_agree
from core.sheets.headers import Column
from core.workflow import By
from subsidies.models import Line
from subsidies.services.statuses import StatusInput, places_of, record_statuses
from subsidies.workflow.applications import LEAVABLE_LINES, OFFICER
from villages.enums import StatusKind
from villages.models import Person, PersonStatus, Region

KIND_WORDS: dict[str, str] = {
    "死亡": StatusKind.DEATH,
    "去世": StatusKind.DEATH,
    "丧失国籍": StatusKind.NATIONALITY_LOST,
    "已享受其他养老待遇": StatusKind.OTHER_PENSION,
    "享受其他养老待遇": StatusKind.OTHER_PENSION,
    "领取其他养老金": StatusKind.OTHER_PENSION,
    "参加职工养老保险": StatusKind.EMPLOYEE_SCHEME,
    "转入职工养老保险": StatusKind.EMPLOYEE_SCHEME,
    "已领取居民养老待遇": StatusKind.DRAWING,
    "领取待遇": StatusKind.DRAWING,
    "恢复": StatusKind.RESTORED,
}


class PersonStatusSheet(ImportKind):
    """One row a person and event; whoever no organisation of the area lists is left out with the reason."""

    key = "person_statuses"
    label = "状态变更名单"
    title = "状态变更名单"
    roles = OFFICER
    counted_as = "人"
    can_undo = True
    columns = (
        Column("name", "姓名", ("名字", "人员姓名", "死亡人员姓名"), "name", needed=True, sample="周明富"),
        Column(
            "id_number",
            "公民身份号码",
            ("身份证号", "身份证号码", "身份证", "证件号码", "身份号码"),
            "id",
            needed=True,
            sample=SAMPLE_ID_NUMBER,
            width=22,
        ),
        Column(
            "kind",
            "事由",
            ("状态", "变更事由", "原因", "类型"),
            "choice",
            needed=True,
            choices=KIND_WORDS,
            sample="死亡",
        ),
        Column(
            "event_on",
            "发生日期",
            ("死亡日期", "日期", "变更日期"),
            "date",
            needed=True,
            sample=SAMPLE_STATUS_ON,
        ),
        Column("source", "来源单位", ("来源", "数据来源"), max_length=60, sample="区民政局"),
        Column("evidence", "文号或凭证", ("文号", "凭证", "证明材料"), max_length=80, sample=""),
        Column("remark", "备注", (), max_length=120, sample=""),
    )
    notes = (
        _("事由填：死亡、丧失国籍、已享受其他养老待遇、参加职工养老保险、已领取居民养老待遇、恢复。"),
        _("填“恢复”的，这个人在此以前登记的状态不再有效。"),
    )

    def prepare(self, by: By, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The place is the officer's whole area."""
        area = by.actor.access.area
        return Region.objects.get(code=area.seat if area else ""), {}

    def duplicate_key(self, row: SheetRow) -> Hashable | None:
        """The same person, event and day."""
        values = row.values
        names = ("id_number", "kind", "event_on")
        return tuple(values.get(name) for name in names) if values.get("id_number") else None

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Find the persons, say who is on no list, who is on file already, whose lines will have to be withdrawn."""
        wanted = {_index(row) for row in rows} - {""}
        persons = {person.id_index: person for person in Person.objects.filter(id_index__in=wanted)}
        ids = [person.pk for person in persons.values()]
        places = places_of(context.by.actor, ids)
        on_file = {
            (s.person_id, s.kind, s.event_on): s.pk for s in PersonStatus.objects.filter(person__in=ids)
        }
        open_lines = Line.objects.filter(person__in=ids, state__in=LEAVABLE_LINES).exclude(
            application__state="draft"
        )
        stand_open = set(open_lines.values_list("person_id", flat=True))
        for row in rows:
            person = persons.get(_index(row))
            row.extra["person"] = person
            _judge_row(row, person, places, context)
            if person is not None:
                _compare(row, person, on_file, stand_open)

    def apply(self, rows: list[SheetRow], context: Context) -> int | None:
        """Record the rows through the same service as the API."""
        inputs = [_input(row) for row in rows]
        kept = {
            (s.person_id, s.kind, s.event_on): s.pk for s in record_statuses(inputs, by=context.by.within())
        }
        for row, given in zip(rows, inputs, strict=True):
            row.target_id = kept[given.person_id, given.kind, given.event_on]
        return None

    def undo_refusals(self, rows: list[SheetRow], context: Context) -> dict[int, str]:
        """A report after which somebody was withdrawn stays; it can be answered by a restoration."""
        ids = [row.target_id for row in rows if row.target_id]
        statuses = PersonStatus.objects.in_bulk(ids)
        persons = {status.person_id for status in statuses.values()}
        withdrawn = Line.objects.filter(person__in=persons, state="withdrawn")
        acted = {(line.person_id, line.left_reason, line.left_event_on) for line in withdrawn}
        said = _("已据此撤回补助，不能撤销；登记有误的，另报“恢复”")
        return {
            row.number: said
            for row in rows
            if row.target_id in statuses and _key(statuses[row.target_id]) in acted
        }

    def undo(self, rows: list[SheetRow], context: Context) -> None:
        """Delete what these rows brought in, and put back in force what a restoration had lifted."""
        ids = [row.target_id for row in rows if row.verdict == ImportRowStatus.NEW and row.target_id]
        restorations = PersonStatus.objects.filter(pk__in=ids, kind=StatusKind.RESTORED)
        for restored in restorations:
            lifted = PersonStatus.objects.filter(person=restored.person_id, event_on__lte=restored.event_on)
            lifted.update(is_lifted=False)
        PersonStatus.objects.filter(pk__in=ids).delete()

    def after_url(self, upload: Import) -> str:
        """Who stands on an open batch."""
        return reverse("status-matches")


def _key(status: PersonStatus) -> tuple[int, str, date]:
    return status.person_id, status.kind, status.event_on


def _index(row: SheetRow) -> str:
    number = row.values.get("id_number")
    return blind_index(number, purpose="id") if number else ""


def _judge_row(
    row: SheetRow, person: Person | None, places: dict[int, dict[str, str]], context: Context
) -> None:
    event_on = row.values.get("event_on")
    if event_on and event_on > context.by.on:
        row.fault("event_on", "E-DATE", _("发生日期晚于业务日期"), _("核对发生日期"))
    if not _index(row):
        return
    if person is None or person.pk not in places:
        row.fault(
            "id_number", "E-NOT-MEMBER", _("不在本区任何一份成员名单中"), _("不影响补助，可以删去这一行")
        )
    elif row.values.get("name") and names_agree(row.values["name"], person.name) not in ("same", "variant"):
        row.fault("name", "E-NAME", _("姓名与这个身份证号登记的不符"), _("请与来源单位核对"))


def _compare(
    row: SheetRow, person: Person, on_file: dict[tuple[int, str, date], int], stand_open: set[int]
) -> None:
    known = on_file.get((person.pk, row.values.get("kind", ""), row.values.get("event_on", date.min)))
    row.target_id = known
    row.verdict = ImportRowStatus.UNCHANGED if known else ImportRowStatus.NEW
    row.before = {} if known else None
    if not known and person.pk in stand_open:
        row.note("id_number", "E-DEAD", _("在还没有到账的补助名单中"), _("写入以后由村里撤回此人"))


def _input(row: SheetRow) -> StatusInput:
    values = row.values
    texts = {name: values.get(name) or "" for name in ("source", "evidence", "remark")}
    return StatusInput(row.extra["person"].pk, values["kind"], values["event_on"], **texts)


register_import_kind(PersonStatusSheet())
