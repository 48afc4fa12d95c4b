"""Tax money in the fund book: village or donor's pool → in transit, and back where it is returned or never was."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from core.errors import RuleViolation
from core.workflow import By
from ledger.enums import AccountKind, TransferKind
from ledger.models import Account, Transfer
from ledger.services import (
    Movement,
    insert_transfers,
    office_account,
    record_transfer,
    reverse_transfer,
    reverse_transfers,
)
from policies.selectors import ground_name
from subsidies.enums import Payee
from subsidies.models import PaymentNotice, Pool, TaxRow

CAUSE = "subsidies.taxrow"


def cause_key(row: TaxRow) -> str:
    """What the transfer of a tax row is known by in the ledger."""
    return f"tax_row:{row.pk}"


def book_rows(rows: QuerySet[TaxRow], notice: PaymentNotice, *, by: By) -> int:
    """Book each row once: whoever pays → in transit, or back for a reversal; return how many are new."""
    village, transit = _accounts(notice)
    common: dict[str, Any] = {
        "amount_fen": F("amount_fen"),
        "on": Value(by.on),
        "counts_on": F("paid_on"),
        "year": Value(notice.application.year),
        "cause_key": Concat(Value("tax_row:"), Cast("pk", CharField()), output_field=CharField()),
        "cause_type": CAUSE,
        "cause_id": F("pk"),
        "source": str(notice.application.plan.source),
        "clause": ground_name(notice, "remittance", on=by.on),
    }
    money_in = Movement(kind=TransferKind.REMITTED, debit=Value(village), credit=Value(transit), **common)
    money_back = Movement(kind=TransferKind.RETURNED, debit=Value(transit), credit=Value(village), **common)
    booked = insert_transfers(rows.filter(is_reversal=False), money_in)
    has_reversals = rows.filter(is_reversal=True).exists()
    return booked + (insert_transfers(rows.filter(is_reversal=True), money_back) if has_reversals else 0)


def _accounts(notice: PaymentNotice, side: AccountKind = AccountKind.VILLAGE_FUND) -> tuple[int, int]:
    pool = notice.application.plan.pool
    transit = office_account(AccountKind.IN_TRANSIT, place=notice)
    if pool is not None:
        # Donors' money comes from its own pool and goes back there, whoever keeps it.
        return pool_account(pool).pk, transit.pk
    # Money on its way back to the village as a refund waits where every refund to an organisation waits.
    source = Payee.ORGANISATION.value if side == AccountKind.PAYEE else ""
    return office_account(side, place=notice, source=source).pk, transit.pk


def pool_account(pool: Pool) -> Account:
    """The account of a donor's pool in the fund book: what it paid in, less what came back."""
    return office_account(AccountKind.SPONSOR_FUND, place=pool, source=str(pool.pk))


def return_money(row: TaxRow, amount_fen: int, *, by: By, to: AccountKind = AccountKind.VILLAGE_FUND) -> None:
    """Return money of a row to the village before it was posted (退回多缴), or to the payee of a refund (转退费)."""
    village, transit = _accounts(row.notice, to)
    returned = Transfer.objects.filter(cause_key__startswith=f"return:{row.pk}:").count()
    record_transfer(
        Movement(
            kind=TransferKind.RETURNED,
            debit=transit,
            credit=village,
            amount_fen=amount_fen,
            on=by.on,
            year=row.notice.application.year,
            cause_key=f"return:{row.pk}:{returned + 1}",
            cause_type=CAUSE,
            cause_id=row.pk,
            source=str(row.notice.application.plan.source),
            clause=ground_name(row, "refund", on=by.on),
        ),
        place=row.notice,
    )
    row.returned_fen += amount_fen
    row.save(update_fields=["returned_fen"])


def return_rows(rows: QuerySet[TaxRow], notice: PaymentNotice, *, by: By) -> int:
    """Return the whole money of rows of a notice to the village, none of which went back before; return how many."""
    village, transit = _accounts(notice)
    cause = Concat(Value("return:"), Cast("pk", CharField()), Value(":1"), output_field=CharField())
    booked = insert_transfers(
        rows,
        Movement(
            kind=TransferKind.RETURNED,
            debit=Value(transit),
            credit=Value(village),
            amount_fen=F("amount_fen"),
            on=Value(by.on),
            year=Value(notice.application.year),
            cause_key=cause,
            cause_type=CAUSE,
            cause_id=F("pk"),
            source=str(notice.application.plan.source),
            clause=ground_name(notice, "refund", on=by.on),
        ),
    )
    rows.update(returned_fen=F("amount_fen"))
    return booked


def take_back_rows(rows: QuerySet[TaxRow], notice: PaymentNotice, *, by: By) -> int:
    """Undo the booking of rows of a notice of which the tax office knows nothing; return how many."""
    keys = [f"tax_row:{pk}" for pk in rows.values_list("pk", flat=True)]
    clause = ground_name(notice, "remittance", on=by.on)
    booked = reverse_transfers(Transfer.objects.filter(cause_key__among=keys), on=by.on, clause=clause)
    rows.update(is_corrected=True)
    return booked


def take_back(row: TaxRow, *, by: By) -> None:
    """Undo the booking of a row that the tax office corrected (税务更正).

    Raises RuleViolation where part of its money was returned before.
    """
    if row.returned_fen:
        raise RuleViolation(
            _("这一行已退回过款项，不能再整行更正；余下的请办退回多缴。"), code="E-TAX-AMOUNT", row=row.pk
        )
    clause = ground_name(row, "remittance", on=by.on)
    reverse_transfer(Transfer.objects.get(cause_key=cause_key(row)), on=by.on, clause=clause)
    row.is_corrected = True
    row.save(update_fields=["is_corrected"])
