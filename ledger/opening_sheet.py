"""期初余额: what lay on the accounts before this system was in use; brought in by one officer, confirmed by another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.bulk import BATCH_ROWS
from core.crypto import blind_index
from core.enums import ImportRowStatus
from core.imports.kinds import Context, ImportKind, SheetRow, register_import_kind
from core.models import Import
from core.samples import SAMPLE_BALANCE_FEN, SAMPLE_ID_NUMBER, SAMPLE_OPENED_ON
from core.sheets.cleaning import names_agree
from core.sheets.headers import Column
from core.workflow import By
from ledger.enums import AccountKind, Book, RateState, Source, TransferKind
from ledger.models import Account, InterestRate, Transfer
from ledger.services import ensure_person_accounts, office_account
from villages.enums import Role
from villages.models import Membership, Region

MAKERS, CHECKERS = frozenset({Role.OFFICER}), frozenset({Role.REVIEWER})
AMOUNTS = {
    "personal_fen": Source.PERSONAL,
    "government_fen": Source.GOVERNMENT,
    "on_behalf_fen": Source.ON_BEHALF,
    "collective_fen": Source.COLLECTIVE,
    "sponsor_fen": Source.SPONSOR,
}
NAME = Column("name", "姓名", ("名字", "参保人姓名"), "name", needed=True, sample="周明富")
ID_NUMBER = Column(
    "id_number",
    "公民身份号码",
    ("身份证号", "身份证号码", "身份证", "证件号码", "证件号"),
    "id",
    needed=True,
    sample=SAMPLE_ID_NUMBER,
    width=22,
)


def _balance(name: str, source: Source, sample: int) -> Column:
    label = str(source.label)
    return Column(
        name, f"{label}余额（元）", (f"{label}余额", label), "amount", may_be_zero=True, sample=sample
    )


class OpeningSheet(ImportKind):
    """One row a person: a balance of each source on a day. A person's source is opened once."""

    key = "opening_balances"
    label = "期初余额"
    title = "个人账户期初余额"
    roles, checker_roles = MAKERS, CHECKERS
    counted_as = "人"
    can_undo = False
    columns = (
        NAME,
        ID_NUMBER,
        Column(
            "as_of",
            "余额日期",
            ("截止日期", "日期"),
            "date",
            needed=True,
            fill_down=True,
            sample=SAMPLE_OPENED_ON,
        ),
        *(
            _balance(name, source, SAMPLE_BALANCE_FEN if n == 0 else 0)
            for n, (name, source) in enumerate(AMOUNTS.items())
        ),
    )
    notes = (
        "只导入启用本系统以前的余额；启用以前的集体补助、社会资助另用“期初补助”导入，不要重复填在这里。",
        "上传以后由另一人复核，复核通过才记账。记账以后不能改，有错请办冲正。",
    )

    def prepare(self, by: By, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The place is the officer's county."""
        area = by.actor.access.area
        return Region.objects.get(code=area.code if area else ""), {}

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Whose account, since when, not opened before; a constant number of queries."""
        members = members_of(rows, context)
        opened = _opened([member.person_id for member in members.values()])
        settled = settled_years(context.place.code)
        for row in rows:
            member = judge_person(row, members)
            row.verdict = ImportRowStatus.NEW
            judge_day(row, "as_of", context, settled)
            _judge_amounts(row, member, opened)

    def apply(self, rows: list[SheetRow], context: Context) -> int | None:
        """Open the accounts and book each balance; return their sum in fen."""
        members = {row.number: row.extra["member"] for row in rows}
        persons = Membership.objects.filter(pk__in=[member.pk for member in members.values()])
        for source in AMOUNTS.values():
            ensure_person_accounts(persons, source=source)
        transfers = [transfer for row in rows for transfer in _transfers(row)]
        book_openings(transfers, place=context.place)
        for row in rows:
            row.target_id = members[row.number].person_id
        return sum(transfer.amount_fen for transfer in transfers)

    def after_url(self, upload: Import) -> str:
        """The accounts."""
        return reverse("accounts")


def members_of(rows: Iterable[SheetRow], context: Context) -> dict[str, Membership]:
    """The membership of each row's person by the digest of the number, the open one before ended ones.

    A member of another county is none here: his account is that county's to open.
    """
    wanted = {
        blind_index(row.values["id_number"], purpose="id") for row in rows if row.values.get("id_number")
    }
    found = Membership.objects.filter(person__id_index__in=wanted).select_related("person")
    members: dict[str, Membership] = {}
    for member in found.order_by("left_on", "-pk"):
        known = members.get(member.person.id_index)
        if known is None or (known.left_on is not None and member.left_on is None):
            members[member.person.id_index] = member
    area = context.by.actor.access.area
    return {index: one for index, one in members.items() if area is not None and area.holds(one)}


def judge_person(row: SheetRow, members: dict[str, Membership]) -> Membership | None:
    """The row's member, kept for `apply`; faults for an unknown number and for another name."""
    number = row.values.get("id_number")
    if not number:
        return None
    member = members.get(blind_index(number, purpose="id"))
    if member is None:
        row.fault(
            "id_number", "E-NOT-MEMBER", _("没有在成员名单里查到这个人"), _("先导入成员名单，再导入期初数据")
        )
        return None
    row.extra["member"] = member
    if row.values.get("name") and names_agree(row.values["name"], member.person.name) == "different":
        row.fault("name", "E-NAME", _("姓名与这个身份证号登记的不符"), _("核对姓名和号码"))
    return member


def judge_day(row: SheetRow, column: str, context: Context, settled: set[int]) -> None:
    """A day after the business date, or in a year that was settled, stops the row."""
    day = row.values.get(column)
    if day and day > context.by.on:
        row.fault(column, "E-ON-DATE", _("日期晚于业务日期"), _("核对日期"))
    elif day and day.year in settled:
        row.fault(
            column, "E-ON-DATE", _("%(year)s年度已经结息，不能再记") % {"year": day.year}, _("改为以后的日期")
        )


def settled_years(county_code: str) -> set[int]:
    """Years of the county into which nothing is booked any more."""
    rates = InterestRate.objects.filter(county_code=county_code, state=RateState.SETTLED)
    return set(rates.values_list("year", flat=True))


def _opened(person_ids: list[int]) -> set[tuple[int, str]]:
    rows = Transfer.objects.filter(kind=TransferKind.OPENING, person__in=person_ids, cause_type="opening")
    return set(rows.values_list("person_id", "source"))


def _judge_amounts(row: SheetRow, member: Membership | None, opened: set[tuple[int, str]]) -> None:
    given = {name: row.values.get(name) for name in AMOUNTS}
    if not any(given.values()):
        row.fault("personal_fen", "E-AMOUNT", _("各项余额都是空的"), _("至少填一项余额"))
    for name, source in AMOUNTS.items():
        if member is not None and given[name] and (member.person_id, str(source)) in opened:
            row.fault(
                name, "E-LEDGER", _("已经记过%(source)s期初余额") % {"source": source.label}, _("这一项留空")
            )


def _transfers(row: SheetRow) -> list[Transfer]:
    member = row.extra["member"]
    prefix, as_of = f"opening:{member.person_id}", row.values["as_of"]
    return [
        opening_transfer(member, source, row.values[name], on=as_of, key=f"{prefix}:{source}")
        for name, source in AMOUNTS.items()
        if row.values.get(name)
    ]


def opening_transfer(
    member: Membership, source: Source, fen: int, *, on: date, key: str, **more: Any
) -> Transfer:
    """A transfer that brings an opening amount onto a member's sub-balance; accounts are set when it is booked."""
    return Transfer(
        book=Book.FUND,
        kind=TransferKind.OPENING,
        amount_fen=fen,
        source=source,
        on=on,
        counts_on=on,
        cause_key=key,
        person_id=member.person_id,
        **({"year": on.year, "cause_type": "opening", "cause_id": None} | more),
        **member.area_codes(),
    )


def book_openings(transfers: list[Transfer], *, place: Any) -> None:
    """Book these transfers, all from the county's payer account; the unique cause lets none come twice."""
    payer = office_account(AccountKind.PAYER, place=place)
    persons = {transfer.person_id for transfer in transfers}
    accounts = Account.objects.filter(person__in=persons).values_list("person_id", "source", "pk")
    ids = {(person_id, source): pk for person_id, source, pk in accounts}
    for transfer in transfers:
        assert transfer.person_id is not None
        transfer.debit_id, transfer.credit_id = payer.pk, ids[transfer.person_id, transfer.source]
    Transfer.objects.bulk_create(transfers, batch_size=BATCH_ROWS)


register_import_kind(OpeningSheet())
