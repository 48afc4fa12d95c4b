"""What members actually paid, from the agency's or the tax office's sheet."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from contributions.enums import YEARLY_KINDS, ContributionKind
from contributions.models import Contribution
from contributions.resting import Resting, resting_on, resting_within
from core.bulk import BATCH_ROWS, UPDATED_ROWS
from core.calendar import day_text
from core.crypto import blind_index
from core.enums import ImportRowStatus
from core.errors import TransitionNotAllowed
from core.identity import read_id_number
from core.imports.kinds import Context, ImportKind, SheetRow
from core.models import Import
from core.money import yuan_text
from core.samples import SAMPLE_ID_NUMBER, SAMPLE_PAID_ON, SAMPLE_TIER_FEN, SAMPLE_YEAR
from core.sheets.cleaning import names_agree
from core.sheets.headers import Column
from core.workflow import By
from policies.rules import tiers_fen
from policies.selectors import Rulebook, rulebook
from villages.enums import Role
from villages.models import Membership, Person, Region
from villages.services.persons import person_fields

KIND_WORDS: dict[str, str] = {
    "正常缴费": ContributionKind.REGULAR,
    "正常": ContributionKind.REGULAR,
    "正常应缴": ContributionKind.REGULAR,
    "逐年缴费": ContributionKind.REGULAR,
    "提档补差": ContributionKind.TOPUP,
    "补差": ContributionKind.TOPUP,
    "提档": ContributionKind.TOPUP,
    "补缴": ContributionKind.BACK_PAYMENT,
    "补缴以往年度": ContributionKind.BACK_PAYMENT,
    "一次性补缴": ContributionKind.LUMP_SUM,
}
KEY_FIELDS = ("person_id", "year", "kind", "paid_on", "voucher")
FIGURES = ("tier_fen", "personal_fen", "on_behalf_fen")
# Two payments that agree in these and of which one names no voucher are one and the same money.
MONEY = ("person_id", "year", "kind", "paid_on", "personal_fen", "on_behalf_fen")


class ContributionSheet(ImportKind):
    """个人缴费: one row a payment; persons who are on no list yet are registered by name and number."""

    key = "contributions"
    label = "个人缴费"
    title = "居民基本养老保险个人缴费明细"
    roles = frozenset({Role.OFFICER, Role.TAX})
    counted_as = "笔"
    columns = (
        Column(
            "name",
            "姓名",
            ("名字", "参保人姓名", "缴费人姓名", "缴费人"),
            "name",
            needed=True,
            sample="周明富",
        ),
        Column(
            "id_number",
            "公民身份号码",
            ("身份证号", "身份证号码", "身份证", "证件号码", "身份号码", "缴费人识别号", "证件号"),
            "id",
            needed=True,
            sample=SAMPLE_ID_NUMBER,
            width=22,
        ),
        Column(
            "year",
            "缴费年度",
            ("年度", "费款所属期", "所属年度", "费款所属期起", "所属期"),
            "year",
            needed=True,
            sample=SAMPLE_YEAR,
        ),
        Column(
            "tier_fen",
            "缴费档次（元）",
            ("缴费档次", "个人缴费档次", "个人缴费档次(元)", "档次"),
            "amount",
            sample=SAMPLE_TIER_FEN,
        ),
        Column(
            "personal_fen",
            "个人缴费（元）",
            ("个人缴费", "实缴金额", "缴费金额", "金额", "个人缴费金额", "实缴金额(元)"),
            "amount",
            needed=True,
            may_be_zero=True,
            sample=SAMPLE_TIER_FEN,
        ),
        Column(
            "on_behalf_fen",
            "政府代缴（元）",
            ("政府代缴", "代缴金额", "代缴"),
            "amount",
            may_be_zero=True,
            sample=0,
        ),
        Column(
            "paid_on",
            "缴费日期",
            ("缴款日期", "实缴日期", "入库日期", "到账日期", "个人缴费日期"),
            "date",
            needed=True,
            sample=SAMPLE_PAID_ON,
        ),
        Column(
            "kind",
            "缴费种类",
            ("种类", "缴费类型", "业务类型", "征收品目"),
            "choice",
            choices=KIND_WORDS,
            sample="正常缴费",
        ),
        Column(
            "voucher", "税票号", ("税票号码", "电子税票号", "票号", "流水号", "业务流水号"), "code", sample=""
        ),
    )
    notes = (
        _("缴费档次空着时，按个人缴费加政府代缴的合计认定。"),
        _("缴费种类空着时，按正常缴费。补缴以往年度填“补缴”，一次补缴多年填“一次性补缴”。"),
        _("一年分几笔缴的（本人一笔、政府代缴一笔），每笔一行，档次都填全年的档次，系统合起来认定。"),
        _("年内提高档次的，差额另填一行，种类填“提档补差”，档次填提高以后的档次。"),
    )

    def prepare(self, by: By, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The place is the whole area of whoever brings the sheet in."""
        area = by.actor.access.area
        return Region.objects.get(code=area.seat if area else ""), {}

    def duplicate_key(self, row: SheetRow) -> Hashable | None:
        """The same person, year, kind, day and voucher."""
        values = row.values
        if not values.get("id_number"):
            return None
        names = ("id_number", "year", "kind", "paid_on", "voucher")
        return tuple(values.get(name) or "" for name in names)

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Compare with persons and payments on file; five queries whatever the number of rows."""
        persons = _persons_of(rows)
        standing, gone = _payments_of(persons, rows)
        elsewhere = _handled_elsewhere(persons, context)
        books: dict[tuple[int, bool], tuple[int, ...]] = {}
        for row in rows:
            _complete(row)
            person = persons.get(_index(row))
            row.extra["person"] = person
            _judge_name(row, person)
            if person is not None and person.pk in elsewhere:
                row.fault(
                    "id_number",
                    "E-OTHER-VILLAGE",
                    _("这个人所在的村不归您的单位管理"),
                    _("请交给管理那个村的社保经办机构"),
                )
            _judge_tier(row, books, context)
            known = standing.told_by(row, person)
            _judge_payment(row, known, context)
            _note_known(row, known, gone.told_by(row, person))
        _hold_same_money(rows)
        _note_lowered(rows, context)

    def apply(self, rows: list[SheetRow], context: Context) -> int | None:
        """Write new persons, new payments and changed figures; return the sum of what was written."""
        _register_persons(rows)
        places = _places_of(rows, context)
        new = [_payment(row, places, context) for row in rows if row.verdict == ImportRowStatus.NEW]
        made = Contribution.objects.bulk_create(new, batch_size=BATCH_ROWS)
        fresh = [row for row in rows if row.verdict == ImportRowStatus.NEW]
        for row, payment in zip(fresh, made, strict=True):
            row.target_id = payment.pk
        changed = [
            Contribution(pk=row.target_id, **{name: row.values[name] for name in FIGURES})
            for row in rows
            if row.verdict == ImportRowStatus.CHANGED
        ]
        Contribution.objects.bulk_update(changed, FIGURES, batch_size=UPDATED_ROWS)
        return sum(row.values["personal_fen"] + row.values["on_behalf_fen"] for row in rows)

    def undo_refusals(self, rows: list[SheetRow], context: Context) -> dict[int, str]:
        """A payment on which a line of a subsidy was judged stays, and one that was reversed since."""
        ids = [row.target_id for row in rows if row.target_id]
        reversed_ids = set(
            Contribution.objects.filter(pk__in=ids, reversed_on__isnull=False).values_list("pk", flat=True)
        )
        used = resting_on(ids)
        gone = {
            row.number: _("这笔缴费后来已经冲销，不能撤销") for row in rows if row.target_id in reversed_ids
        }
        held = {
            row.number: _("已有补助申请以这笔缴费为依据，不能撤销") for row in rows if row.target_id in used
        }
        return held | gone

    def undo(self, rows: list[SheetRow], context: Context) -> None:
        """Delete new payments, restore the figures of changed ones.

        Raises TransitionNotAllowed where one was reversed since `undo_refusals` was asked: it stays, marked.
        """
        _hold_standing([row.target_id for row in rows if row.target_id])
        new = [row.target_id for row in rows if row.verdict == ImportRowStatus.NEW]
        Contribution.objects.filter(pk__in=new).delete()
        restored = [
            Contribution(pk=row.target_id, **{name: row.before[name] for name in FIGURES})
            for row in rows
            if row.verdict == ImportRowStatus.CHANGED and row.before
        ]
        Contribution.objects.bulk_update(restored, FIGURES, batch_size=UPDATED_ROWS)

    def after_url(self, upload: Import) -> str:
        """The list of payments."""
        return reverse("contributions")


def _hold_standing(ids: list[int]) -> None:
    """Lock payments, so that none is reversed until they are gone or restored."""
    held = Contribution.objects.select_for_update().filter(pk__among=ids).order_by("pk")
    if any(held.values_list("reversed_on", flat=True)):
        raise TransitionNotAllowed(_("这张表里有缴费刚刚冲销，什么也没有撤销，请再看一遍以后重新撤销。"))


def _index(row: SheetRow) -> str:
    number = row.values.get("id_number")
    return blind_index(number, purpose="id") if number else ""


def _persons_of(rows: list[SheetRow]) -> dict[str, Person]:
    wanted = {_index(row) for row in rows} - {""}
    return {person.id_index: person for person in Person.objects.filter(id_index__in=wanted)}


def _handled_elsewhere(persons: dict[str, Person], context: Context) -> set[int]:
    """Whom a functional zone does not handle: its area is some towns of a county that keeps the others."""
    area = context.by.actor.access.area
    if area is None or not area.towns:
        return set()
    members = Membership.objects.filter(person__in=list(persons.values()), left_on__isnull=True)
    return {member.person_id for member in members if not _is_ours(member, context)}


class _Payments:
    """Payments on file, to be found by what a row tells."""

    def __init__(self, payments: Iterable[Contribution]) -> None:
        self.by_key: dict[tuple[Any, ...], Contribution] = {}
        self.by_money: dict[tuple[Any, ...], list[Contribution]] = {}
        for payment in payments:
            self.by_key[tuple(getattr(payment, name) for name in KEY_FIELDS)] = payment
            money = tuple(getattr(payment, name) for name in MONEY)
            self.by_money.setdefault(money, []).append(payment)

    def told_by(self, row: SheetRow, person: Person | None) -> Contribution | None:
        """The payment that the row tells of, also where one of the two leaves the voucher out.

        Taken for another, it would be added to itself and make a whole contribution of a part (A-60).
        """
        if person is None:
            return None
        known = self.by_key.get((person.pk, *(row.values.get(name) for name in KEY_FIELDS[1:])))
        if known is not None:
            return known
        alike = self.by_money.get((person.pk, *(row.values.get(name) for name in MONEY[1:])), [])
        return next((one for one in alike if not (one.voucher and row.values["voucher"])), None)


def _payments_of(persons: dict[str, Person], rows: list[SheetRow]) -> tuple[_Payments, _Payments]:
    """Payments that stand, and those that were reversed."""
    years = {row.values.get("year") for row in rows} - {None}
    found = Contribution.objects.filter(person__in=list(persons.values()), year__in=years).order_by("pk")
    standing = _Payments(one for one in found if one.reversed_on is None)
    return standing, _Payments(one for one in found if one.reversed_on is not None)


def _complete(row: SheetRow) -> None:
    values = row.values
    values["kind"] = values.get("kind") or ContributionKind.REGULAR
    values["voucher"] = values.get("voucher") or ""
    values["on_behalf_fen"] = values.get("on_behalf_fen") or 0
    if values.get("personal_fen") is not None and values["kind"] != ContributionKind.TOPUP:
        values["tier_fen"] = values.get("tier_fen") or values["personal_fen"] + values["on_behalf_fen"]


def _judge_name(row: SheetRow, person: Person | None) -> None:
    name = row.values.get("name")
    if not name or person is None:
        return
    agreement = names_agree(name, person.name)
    if agreement == "variant":
        row.note("name", "W-NAME-VARIANT", _("姓名用字与登记的不同"), _("请确认是同一个人"))
    elif agreement != "same":
        row.fault(
            "name", "E-NAME", _("姓名与这个身份证号登记的不符"), _("核对姓名和号码；登记有误的先办身份更正")
        )


def _judge_tier(row: SheetRow, books: dict[tuple[int, bool], tuple[int, ...]], context: Context) -> None:
    year, tier = row.values.get("year"), row.values.get("tier_fen")
    if row.values["kind"] == ContributionKind.TOPUP:
        _judge_topup(row, context)
    if not year or not tier or row.values["kind"] not in YEARLY_KINDS:
        return
    asked = year, row.values.get("personal_fen") == 0
    if asked not in books:
        books[asked] = _tiers(rulebook(context.place.code, on=context.by.on), *asked)
    if books[asked] and tier not in books[asked]:
        tiers = "、".join(yuan_text(t).removesuffix(".00") for t in books[asked])
        row.fault(
            _tier_column(context),
            "E-TIER",
            _("%(year)s年度没有%(tier)s元这一档") % {"year": year, "tier": yuan_text(tier)},
            _("改为%(tiers)s中的一档") % {"tiers": tiers},
        )


def _judge_topup(row: SheetRow, context: Context) -> None:
    """A difference alone does not say which tier it leads to: the sheet must."""
    tier, paid = row.values.get("tier_fen"), row.values.get("personal_fen")
    if paid is not None and (tier or 0) <= paid + row.values["on_behalf_fen"]:
        row.fault(
            _tier_column(context),
            "E-TIER",
            _("提档补差没有写提高以后的档次"),
            _("档次填补差以后全年的档次，个人缴费填这次补的差额"),
        )


def _tier_column(context: Context) -> str:
    return "tier_fen" if "tier_fen" in context.columns else "personal_fen"


def _tiers(book: Rulebook, year: int, wholly_on_behalf: bool) -> tuple[int, ...]:
    if not book.table("contribution_tier", year=year):
        return ()
    return tiers_fen(book, year, wholly_on_behalf=wholly_on_behalf)


def _hold_same_money(rows: list[SheetRow]) -> None:
    """Of two rows of the same money one without a voucher: nobody knows whether it was paid once or twice."""
    first: dict[tuple[Any, ...], SheetRow] = {}
    for row in sorted(rows, key=lambda one: not one.values["voucher"]):
        if not _index(row):
            continue
        money = _index(row), *(row.values.get(name) for name in MONEY[1:])
        other = first.setdefault(money, row)
        if other is not row and not row.values["voucher"] and other.values["voucher"]:
            row.fault(
                "paid_on",
                "E-DUP-ROW",
                _("与第%(n)d行是同一天、同样金额，只差凭证号") % {"n": other.number},
                _("是同一笔的删去这一行；确是两笔的，写上各自的凭证号"),
            )


def _judge_payment(row: SheetRow, known: Contribution | None, context: Context) -> None:
    paid_on = row.values.get("paid_on")
    if paid_on and paid_on > context.by.on:
        row.fault("paid_on", "E-DATE", _("缴费日期晚于业务日期"), _("核对缴费日期"))
    year = row.values.get("year")
    if year and year > context.by.on.year + 1:
        row.fault("year", "E-DATE", _("缴费年度在业务日期的下一年以后"), _("核对缴费年度"))
    row.verdict, row.target_id, row.before = ImportRowStatus.NEW, None, None
    if known is None:
        return
    if not _is_ours(known, context):
        row.fault(
            "id_number",
            "E-JURIS",
            _("其他区县已经登记了这个人的同一笔缴费"),
            _("与那里的社保经办机构核对，只在参保的一处登记"),
        )
        return
    row.target_id = known.pk
    row.before = {name: getattr(known, name) for name in FIGURES}
    same = all(row.values.get(name) == row.before[name] for name in FIGURES)
    row.verdict = ImportRowStatus.UNCHANGED if same else ImportRowStatus.CHANGED


def _note_known(row: SheetRow, known: Contribution | None, gone: Contribution | None) -> None:
    """Say where a row is taken for a payment on file, and where an old sheet brings back what was taken back."""
    if known is not None and known.voucher != row.values["voucher"]:
        row.note(
            "paid_on",
            "W-SAME-PAYMENT",
            _("同一天、同样金额的一笔已经登记，只差凭证号，按同一笔处理"),
            _("确是两笔的，两笔都写上各自的凭证号"),
        )
    if known is None and gone is not None and gone.reversed_on is not None:
        row.note(
            "paid_on",
            "W-REVERSED",
            _("这笔缴费已于%(day)s冲销，写入以后作为新的一笔重新计算") % {"day": day_text(gone.reversed_on)},
            _("冲销没有错的，删去这一行"),
        )


def _note_lowered(rows: list[SheetRow], context: Context) -> None:
    """A payment by which somebody was judged comes in lower: say whose and what follows (A-72)."""
    lowered = {
        row.target_id: row
        for row in rows
        if row.verdict == ImportRowStatus.CHANGED and row.is_sound and _is_lower(row)
    }
    area = context.by.actor.access.area
    for pk, resting in resting_within(area, [pk for pk in lowered if pk is not None]).items():
        row = lowered[pk]
        column = "tier_fen" if _fen_of(row.values) == _fen_of(row.before or {}) else "personal_fen"
        for one in resting:
            row.note(column, "W-LOWERED", _resting_sentence(one), _("先核对是不是改错了；") + one.follows)


def _is_lower(row: SheetRow) -> bool:
    before = row.before or {}
    if row.values.get("personal_fen") is None or not row.values.get("tier_fen"):
        return False
    return _fen_of(row.values) < _fen_of(before) or row.values["tier_fen"] < before["tier_fen"]


def _fen_of(values: dict[str, Any]) -> int:
    return values["personal_fen"] + values["on_behalf_fen"]


def _resting_sentence(one: Resting) -> str:
    words = {"name": one.name, "state": one.state}
    if one.posted_on is None:
        return _("这次改低了，%(name)s（%(state)s）以这笔缴费为依据") % words
    words["day"] = day_text(one.posted_on)
    return _("这次改低了，%(name)s以这笔缴费为依据，已于%(day)s记账") % words


def _register_persons(rows: list[SheetRow]) -> None:
    strangers = {_index(row): row for row in rows if row.extra.get("person") is None}
    made = [
        Person(**person_fields(row.values["name"], read_id_number(row.values["id_number"])))
        for row in strangers.values()
    ]
    known = {person.id_index: person for person in Person.objects.bulk_create(made, batch_size=BATCH_ROWS)}
    for row in rows:
        row.extra["person"] = row.extra.get("person") or known[_index(row)]


def _places_of(rows: list[SheetRow], context: Context) -> dict[int, dict[str, str]]:
    """The village of each person who is a member here; who is one elsewhere was insured where he paid (A-45)."""
    ids = [row.extra["person"].pk for row in rows]
    members = Membership.objects.filter(person__in=ids, left_on__isnull=True)
    return {member.person_id: member.area_codes() for member in members if _is_ours(member, context)}


def _is_ours(row: Membership | Contribution, context: Context) -> bool:
    area = context.by.actor.access.area
    return area is not None and area.holds(row)


def _payment(row: SheetRow, places: dict[int, dict[str, str]], context: Context) -> Contribution:
    person, values = row.extra["person"], row.values
    return Contribution(
        person=person,
        year=values["year"],
        kind=values["kind"],
        tier_fen=values["tier_fen"],
        personal_fen=values["personal_fen"],
        on_behalf_fen=values["on_behalf_fen"],
        paid_on=values["paid_on"],
        voucher=values["voucher"],
        **(places.get(person.pk) or context.place.area_codes()),
    )


CONTRIBUTION_SHEET = ContributionSheet()
