"""The member list as a kind of import: who is new, who has changed, who stands on another village's list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.bulk import update_rows
from core.crypto import blind_index
from core.enums import ImportRowStatus
from core.errors import InvalidInput, TransitionNotAllowed
from core.identity import known_id
from core.imports.kinds import Context, ImportKind, SheetRow
from core.imports.staging import check_against_id
from core.models import Import
from core.sheets.cleaning import clean_text, names_agree
from core.workflow import By
from villages.enums import Role, StatusKind
from villages.models import CollectiveOrganisation, Membership, Person, PersonStatus
from villages.person_kinds import ASK, person_kind_label, person_kind_words
from villages.selectors.regions import own_organisation
from villages.services.persons import person_fields
from villages.spreadsheets import (
    KEPT,
    MEMBER_COLUMNS,
    TEMPLATE_COLUMNS,
    TEMPLATE_NOTES,
    is_this_village,
    remark_of,
)

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Known:
    """What the tables say about one identity number."""

    person_id: int
    name: str
    membership: Membership | None
    is_dead: bool


class MemberList(ImportKind):
    """成员名单 of one village, brought in by its clerk."""

    key = "members"
    label = "成员名单"
    roles = frozenset({Role.CLERK})
    columns = MEMBER_COLUMNS
    template_columns = TEMPLATE_COLUMNS
    title = "集体经济组织成员名单"
    notes = TEMPLATE_NOTES
    counted_as = "人"

    def prepare(self, by: By, params: dict[str, Any]) -> tuple[CollectiveOrganisation, dict[str, Any]]:
        """The clerk's own organisation. Raises InvalidInput where the village has none registered."""
        organisation = own_organisation(by.actor)
        if organisation is None:
            raise InvalidInput(_("本村还没有登记集体经济组织，请联系管理员登记以后再导入。"))
        return organisation, {"organisation": organisation.pk}

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Compare every row with persons and memberships; five queries whatever the number of rows."""
        stated = person_kind_words(context.place.village_code, context.by.on)
        # A cell's brackets and blanks are made plain when it is read; the rulebook's words stand as printed.
        words = {clean_text(word): kind for word, kind in stated.items()}
        known = _known_people(rows)
        for row in rows:
            check_against_id(row)
            self._check_place(row, context)
            _read_person_kind(row, words)
            found = known.get(row.extra.get("id_index", ""))
            _judge(row, found, context.place)

    def _check_place(self, row: SheetRow, context: Context) -> None:
        written = row.values.get("village")
        region = context.place.region
        if written and not is_this_village(written, str(region), str(region.parent)):
            what = _("写的是“%(village)s”，不是本村") % {"village": str(written)[:20]}
            row.fault("village", "E-OTHER-VILLAGE", what, _("只导入本村的成员，其他村的行请删去"))

    def apply(self, rows: list[SheetRow], context: Context) -> None:
        """Make persons and memberships of the new rows, change those of the others."""
        new = [row for row in rows if row.verdict == ImportRowStatus.NEW]
        changed = [row for row in rows if row.verdict == ImportRowStatus.CHANGED]
        _lock_unchanged_since(changed)
        update_rows(
            Membership,
            KEPT,
            [(row.target_id, *_kept_after(row).values()) for row in changed],
            raise_version="version",
        )
        persons = _make_persons(new)
        _make_memberships(new, persons, context)

    def undo_refusals(self, rows: list[SheetRow], context: Context) -> dict[int, str]:
        """Rows whose membership has changed, ended or gone since, or that something rests on."""
        ids = [row.target_id for row in rows if row.target_id]
        found = {m.pk: m for m in Membership.objects.filter(pk__among=ids)}
        new = [row.target_id for row in rows if row.verdict == ImportRowStatus.NEW and row.target_id in found]
        held = _resting_on([pk for pk in new if pk is not None])
        refused = {row.number: _why_not_undone(row, found.get(row.target_id or 0), held) for row in rows}
        return {number: why for number, why in refused.items() if why}

    def undo(self, rows: list[SheetRow], context: Context) -> None:
        """Delete what was new, with persons that nothing else knows; put back what was changed."""
        changed = [row for row in rows if row.verdict == ImportRowStatus.CHANGED]
        update_rows(
            Membership,
            KEPT,
            [(row.target_id, *((row.before or {})[name] for name in KEPT)) for row in changed],
            raise_version="version",
        )
        new = [row.target_id for row in rows if row.verdict == ImportRowStatus.NEW]
        memberships = Membership.objects.filter(pk__among=new)
        person_ids = list(memberships.values_list("person_id", flat=True))
        # Nothing points to these rows: asked in undo_refusals and held by foreign keys. Django's own delete would
        # load them all and look again, a hundred at a time.
        memberships._raw_delete(memberships.db)
        persons = _unreferenced(Person.objects.filter(pk__among=person_ids))
        persons._raw_delete(persons.db)

    def value_text(self, name: str, value: Any) -> str:
        """The name of a kind of person."""
        return person_kind_label(value) if name == "person_kind" else ""

    def after_url(self, upload: Import) -> str:
        """The member list, which a room above shows with its payments."""
        return reverse("members")


def _known_people(rows: Iterable[SheetRow]) -> dict[str, Known]:
    """Blind index → what the tables say; rows get theirs in `extra`."""
    for row in rows:
        number = row.values.get("id_number")
        if number:
            row.extra["id_index"] = blind_index(number, purpose="id")
    wanted = {row.extra["id_index"] for row in rows if "id_index" in row.extra}
    persons = Person.objects.filter(id_index__among=list(wanted))
    ids = dict(persons.values_list("pk", "id_index"))
    memberships = {
        m.person_id: m for m in Membership.objects.filter(person_id__among=list(ids), left_on__isnull=True)
    }
    dead = set(
        PersonStatus.objects.filter(
            person_id__among=list(ids), kind=StatusKind.DEATH, is_lifted=False
        ).values_list("person_id", flat=True)
    )
    return {
        ids[pk]: Known(pk, name, memberships.get(pk), pk in dead)
        for pk, name in persons.values_list("pk", "name")
    }


def _read_person_kind(row: SheetRow, words: Any) -> None:
    word = row.values.get("person_kind")
    if not word or not words:
        return
    # Judged again, a row holds the kind already.
    kind = word if word in words.values() else words.get(word)
    if kind is None:
        listed = "、".join(list(words)[:8])
        what = _("不认识人员类别“%(word)s”") % {"word": word[:20]}
        row.fault("person_kind", "E-KIND", what, _("改为%(words)s等") % {"words": listed})
    elif kind == ASK:
        what = _("“%(word)s”本身不是享受代缴的类别，没有写入") % {"word": word[:20]}
        row.note("person_kind", "W-KIND", what, _("问清是特困、低保、返贫致贫还是重残，再填写"))
        row.values["person_kind"] = ""
    else:
        row.values["person_kind"] = kind


def _judge(row: SheetRow, found: Known | None, organisation: CollectiveOrganisation) -> None:
    row.target_id, row.before, row.verdict = None, None, ImportRowStatus.NEW
    if found is None:
        return
    member = found.membership
    if member is not None and member.organisation_id != organisation.pk:
        row.fault("id_number", "E-OTHER-VILLAGE", _("已在其他村的成员名单上"), _("请联系社保经办机构核实"))
        return
    row.extra["person_id"] = found.person_id
    _compare_name(row, found)
    if found.is_dead and member is None:
        row.fault("id_number", "E-DEAD", _("系统登记此人已死亡"), _("请核实；登记有误的联系社保经办机构恢复"))
    if member is not None:
        _compare(row, member)


def _compare_name(row: SheetRow, found: Known) -> None:
    agreement = names_agree(row.values.get("name") or found.name, found.name)
    if agreement == "different":
        row.fault(
            "name",
            "E-NAME",
            _("姓名与这个身份证号登记的姓名不符"),
            _("对照身份证核对；登记有误的，请社保经办机构更正身份信息"),
        )
    elif agreement == "variant":
        row.note("name", "W-NAME-VARIANT", _("姓名用字与登记的不同，以登记的为准"))


def _compare(row: SheetRow, member: Membership) -> None:
    row.target_id = member.pk
    row.before = {name: getattr(member, name) for name in KEPT} | {"version": member.version}
    changed = _kept_after(row) != {name: getattr(member, name) for name in KEPT}
    row.verdict = ImportRowStatus.CHANGED if changed else ImportRowStatus.UNCHANGED
    if not changed:
        row.before = None


def _kept_after(row: SheetRow) -> dict[str, Any]:
    """What the membership will hold; an empty cell leaves what stands."""
    before = row.before or {}
    given = {name: row.values.get(name) for name in KEPT} | {"remark": remark_of(row)}
    return {name: given[name] or before.get(name, "") for name in KEPT}


def _lock_unchanged_since(rows: Sequence[SheetRow]) -> None:
    """Lock the memberships that will change; refuse where one moved since it was judged a moment ago."""
    locked = dict(
        Membership.objects.select_for_update()
        .filter(pk__among=[row.target_id for row in rows], left_on__isnull=True)
        .order_by("pk")
        .values_list("pk", "version")
    )
    if any(locked.get(row.target_id or 0) != (row.before or {})["version"] for row in rows):
        raise _overtaken()


def _overtaken() -> TransitionNotAllowed:
    return TransitionNotAllowed(_("刚才有人改了名单里的成员，请点“重新核对”再确认。"))


def _make_persons(rows: Sequence[SheetRow]) -> dict[str, int]:
    """Blind index → person, made where the number is new."""
    missing = [row for row in rows if "person_id" not in row.extra]
    Person.objects.bulk_create(
        [Person(**person_fields(row.values["name"], known_id(row.values["id_number"]))) for row in missing],
        batch_size=BATCH,
        # Another village may bring the same new person in at this moment; then his row is used.
        ignore_conflicts=True,
    )
    wanted = [row.extra["id_index"] for row in rows]
    return dict(Person.objects.filter(id_index__among=wanted).values_list("id_index", "pk"))


def _make_memberships(rows: Sequence[SheetRow], persons: dict[str, int], context: Context) -> None:
    organisation = context.place
    Membership.objects.bulk_create(
        [
            Membership(
                person_id=persons[row.extra["id_index"]],
                organisation=organisation,
                joined_on=context.by.on,
                **_kept_after(row),
                **organisation.area_codes(),
            )
            for row in rows
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    mine = Membership.objects.filter(
        person_id__among=list(persons.values()), organisation=organisation, left_on__isnull=True
    )
    made = dict(mine.values_list("person_id", "pk"))
    for row in rows:
        row.target_id = made.get(persons[row.extra["id_index"]])
        if row.target_id is None:
            raise _overtaken()


def _why_not_undone(row: SheetRow, member: Membership | None, held: dict[int, str]) -> str:
    if member is None:
        return _("这名成员已经不在名单上")
    if member.left_on is not None:
        return _("这名成员已经退出")
    written = (row.before or {"version": 0})["version"] + 1
    if member.version != written:
        return _("导入以后又改过")
    return held.get(member.pk, "")


def _resting_on(membership_ids: Sequence[int]) -> dict[int, str]:
    """Membership id → the rows of any room that point to it, in a sentence; one query for each relation."""
    found: dict[int, str] = {}
    for relation in Membership._meta.related_objects:
        column = relation.field.attname
        rows = relation.related_model._base_manager.filter(**{f"{column}__among": list(membership_ids)})
        sentence = _("已用在“%(what)s”里") % {"what": relation.related_model._meta.verbose_name}
        for membership_id in rows.values_list(column, flat=True).distinct():
            found.setdefault(membership_id, sentence)
    return found


def _unreferenced(persons: QuerySet[Person]) -> QuerySet[Person]:
    """Persons that no row of any room points to, found through the model's own relations."""
    for relation in Person._meta.related_objects:
        column = relation.field.name
        rows = relation.related_model._base_manager.filter(**{column: OuterRef("pk")})
        persons = persons.exclude(Exists(rows))
    return persons
