"""Accounts and transfers, for one and for many; none of them opens a transaction or writes an event: acts do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Now
from django.utils.translation import gettext as _

from core.database import insert_select
from core.errors import LedgerRefused
from core.models.area import AreaModel
from ledger.enums import AccountKind, Book, Source, TransferKind
from ledger.models import Account, Transfer

ONCE = "(cause_key) DO NOTHING"
# Whose account: one a village, or one a county.
OF_VILLAGE = frozenset(
    {AccountKind.VILLAGE_FUND, AccountKind.SPONSOR_FUND, AccountKind.PAYEE, AccountKind.VILLAGE_REWARD}
)
OF_REWARD_BOOK = frozenset({AccountKind.FINANCE, AccountKind.AGENCY_TRANSIT, AccountKind.VILLAGE_REWARD})
AREA_COLUMNS = ("county_code", "town_code", "village_code")


@dataclass(frozen=True, slots=True)
class Movement:
    """One transfer, or how each row of a queryset becomes one.

    For `record_transfer` every field is a plain value (`debit` and `credit` account ids); for `insert_transfers`
    a field may be an expression over the row. `on` is the day of booking; `counts_on`, the day interest counts
    from, is the same unless given. `cause_key` must be unique for what caused it.
    """

    kind: TransferKind
    debit: Any
    credit: Any
    amount_fen: Any
    on: Any
    year: Any
    cause_key: Any
    cause_type: str = ""
    cause_id: Any = None
    person: Any = None
    source: Any = ""
    counts_on: Any = None
    clause: str = ""
    book: Book = Book.FUND


def book_of(kind: AccountKind) -> Book:
    """The book an office account belongs to."""
    return Book.REWARD if kind in OF_REWARD_BOOK else Book.FUND


def office_account(kind: AccountKind, *, place: AreaModel, source: str = "") -> Account:
    """The village's or the county's account of this kind, made at its first use.

    `place` is anything with code columns. Village funds, payees and village rewards are one a village, the rest
    one a county. `source` keeps several apart ("organisation", "person" for payees, the id of a donor's pool).
    """
    codes = place.area_codes()
    code = codes["village_code"] if kind in OF_VILLAGE else codes["county_code"]
    if kind not in OF_VILLAGE:
        codes = {"county_code": code, "town_code": "", "village_code": ""}
    key = ":".join(part for part in (kind.value, code, source) if part)
    return Account.objects.get_or_create(key=key, defaults={"book": book_of(kind), "kind": kind, **codes})[0]


def office_account_of_row(kind: AccountKind) -> Subquery:
    """The account id of a row's own village or county, as an expression over rows with code columns."""
    column = "village_code" if kind in OF_VILLAGE else "county_code"
    return Subquery(
        Account.objects.filter(key=Concat(Value(f"{kind.value}:"), OuterRef(column))).values("pk")[:1]
    )


def person_account_of_row(source: Source, person: str = "person_id") -> Subquery:
    """The account id of a row's person for this source, as an expression."""
    return Subquery(Account.objects.filter(person=OuterRef(person), source=source).values("pk")[:1])


def ensure_person_accounts(rows: QuerySet, *, source: Source, person: str = "person_id") -> int:
    """Open the sub-balance of this source for every person of the rows who has none; return how many.

    Rows carry a person (`person` names the column) and code columns, which become the account's area.
    """
    key = Concat(Value("person:"), Cast(person, CharField()), Value(f":{source}"), output_field=CharField())
    made = rows.order_by().annotate(
        account_key=key,
        account_book=Value(Book.FUND.value),
        account_kind=Value(AccountKind.PERSON.value),
        account_source=Value(str(source)),
        account_person=F(person),
    )
    return insert_select(
        Account,
        ("key", "book", "kind", "source", "person", *AREA_COLUMNS),
        made.values_list(
            "account_key", "account_book", "account_kind", "account_source", "account_person", *AREA_COLUMNS
        ),
        on_conflict="DO NOTHING",
    )


def ensure_village_accounts(rows: QuerySet, *, kind: AccountKind) -> int:
    """Open the village account of this kind for every village of the rows that has none; return how many."""
    made = rows.order_by().annotate(
        account_key=Concat(Value(f"{kind.value}:"), F("village_code"), output_field=CharField()),
        account_book=Value(book_of(kind).value),
        account_kind=Value(kind.value),
        account_source=Value(""),
    )
    return insert_select(
        Account,
        ("key", "book", "kind", "source", *AREA_COLUMNS),
        made.values_list(
            "account_key", "account_book", "account_kind", "account_source", *AREA_COLUMNS
        ).distinct(),
        on_conflict="DO NOTHING",
    )


def ensure_accounts(rows: QuerySet, *, source: Source) -> int:
    """The contract's short name of `ensure_person_accounts`."""
    return ensure_person_accounts(rows, source=source)


def insert_transfers(rows: QuerySet, movement: Movement, *, reverses: Any = None) -> int:
    """Book one transfer for each row (with code columns), in one statement; return how many are new.

    A row whose cause was booked before is passed over. Accounts must exist (`ensure_…`, `office_account`).
    `reverses` is the transfer that each takes back, an expression over the row.
    """
    wanted = _columns(movement) | ({} if reverses is None else {"reverses": reverses})
    made = rows.order_by().annotate(**{f"t_{name}": _expression(value) for name, value in wanted.items()})
    return insert_select(
        Transfer,
        (*wanted, *AREA_COLUMNS, "recorded_at"),
        made.annotate(t_recorded_at=Now()).values_list(
            *(f"t_{name}" for name in wanted), *AREA_COLUMNS, "t_recorded_at"
        ),
        on_conflict=ONCE,
    )


def _columns(movement: Movement) -> dict[str, Any]:
    return {
        "book": movement.book.value,
        "debit": movement.debit,
        "credit": movement.credit,
        "amount_fen": movement.amount_fen,
        "kind": movement.kind.value,
        "source": movement.source,
        "on": movement.on,
        "counts_on": movement.counts_on or movement.on,
        "year": movement.year,
        "cause_key": movement.cause_key,
        "cause_type": movement.cause_type,
        "cause_id": movement.cause_id,
        "person": movement.person,
        "clause": movement.clause,
    }


def _expression(value: Any) -> Any:
    if value is None:
        # An untyped NULL in a sub-select would be text on PostgreSQL; all columns that may be empty are whole numbers.
        return Cast(Value(None), BigIntegerField())
    if isinstance(value, Combinable | Subquery):
        return value
    return Value(str(value) if isinstance(value, str) else value)


def record_transfer(movement: Movement, *, place: AreaModel, reverses: Transfer | None = None) -> Transfer:
    """Book one transfer in the area of `place`, once for its cause, and return it.

    Raises LedgerRefused where the cause was booked before with other content.
    """
    found = Transfer.objects.filter(cause_key=movement.cause_key).first()
    if found is None:
        return _insert(movement, place, reverses)
    same = (found.debit_id, found.credit_id, found.amount_fen) == (
        movement.debit,
        movement.credit,
        movement.amount_fen,
    )
    if not same:
        raise LedgerRefused(_("这笔账已经记过，金额或账户不同，不能再记。"), cause_key=movement.cause_key)
    return found


def _insert(movement: Movement, place: AreaModel, reverses: Transfer | None) -> Transfer:
    values = _columns(movement)
    for name in ("debit", "credit", "person"):
        values[f"{name}_id"] = values.pop(name)
    return Transfer.objects.create(**values, **place.area_codes(), reverses=reverses)


def reverse_transfer(transfer: Transfer, *, on: date, clause: str = "") -> Transfer:
    """Book the same amount back between the same accounts, counting from the same day; once for each transfer."""
    movement = Movement(
        kind=TransferKind.REVERSAL,
        debit=transfer.credit_id,
        credit=transfer.debit_id,
        amount_fen=transfer.amount_fen,
        on=on,
        counts_on=transfer.counts_on,
        year=transfer.year,
        cause_key=f"reversal:{transfer.pk}",
        cause_type="ledger.transfer",
        cause_id=transfer.pk,
        person=transfer.person_id,
        source=transfer.source,
        clause=clause,
        book=Book(transfer.book),
    )
    return record_transfer(movement, place=transfer, reverses=transfer)


def reverse_transfers(transfers: QuerySet[Transfer], *, on: date, clause: str = "") -> int:
    """`reverse_transfer` for each of these transfers of the fund book, in one statement; return how many are new."""
    movement = Movement(
        kind=TransferKind.REVERSAL,
        debit=F("credit"),
        credit=F("debit"),
        amount_fen=F("amount_fen"),
        on=Value(on),
        counts_on=F("counts_on"),
        year=F("year"),
        cause_key=Concat(Value("reversal:"), Cast("pk", CharField()), output_field=CharField()),
        cause_type="ledger.transfer",
        cause_id=F("pk"),
        person=F("person"),
        source=F("source"),
        clause=clause,
    )
    return insert_transfers(transfers.filter(book=Book.FUND), movement, reverses=F("pk"))
