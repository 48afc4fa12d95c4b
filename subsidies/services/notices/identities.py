"""Whom a tax row names: by identity number, or as a person who stands on the notice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core.bulk import BATCH_ROWS
from core.crypto import blind_index
from subsidies.models import NoticeLine, PaymentNotice
from villages.models import Person


@dataclass(frozen=True, slots=True)
class Found:
    """A row of the tax office as read: the person and the payment."""

    name: str = ""
    id_number: str = ""
    last4: str = ""
    id_index: str = ""
    person_id: int | None = None
    amount_fen: int = 0
    paid_on: date = date.min
    voucher: str = ""
    reverses_voucher: str = ""

    def with_payment(self, **fields: Any) -> Found:
        """The same person with amount, date and vouchers; the digest is made where it is missing."""
        index = self.id_index or blind_index(self.id_number, purpose="id")
        return replace(self, id_index=index, **fields)

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two rows equal: voucher, person, amount, date, and whether money came or went."""
        return (self.voucher, self.id_index, abs(self.amount_fen), self.paid_on, self.amount_fen < 0)


def persons_of(notice: PaymentNotice) -> dict[int, Found]:
    """Everybody on the notice, by person id."""
    lines = NoticeLine.objects.filter(notice=notice).select_related("line__person")
    persons = (line.line.person for line in lines)
    return {
        person.pk: Found(
            name=person.name,
            id_number=person.id_cipher,
            last4=person.last4,
            id_index=person.id_index,
            person_id=person.pk,
        )
        for person in persons
    }


def digests(found: list[Found]) -> list[Found]:
    """The rows with the person of each digest that the register knows, in one query a thousand rows."""
    unknown = sorted({row.id_index for row in found if row.person_id is None})
    known: dict[str, tuple[int, str]] = {}
    for start in range(0, len(unknown), BATCH_ROWS):
        part = Person.objects.filter(id_index__in=unknown[start : start + BATCH_ROWS])
        known |= {index: (pk, name) for index, pk, name in part.values_list("id_index", "pk", "name")}
    return [_named(row, known.get(row.id_index)) for row in found]


def _named(row: Found, person: tuple[int, str] | None) -> Found:
    return replace(row, person_id=person[0], name=row.name or person[1]) if person else row
