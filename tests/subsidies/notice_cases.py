"""A confirmed batch with its notice, and the tax office's rows for it: where the tests of notices begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace

from django.db import transaction
from django.db.models import Sum

from core.workflow import By
from ledger.caps import reserve_caps
from ledger.enums import AccountKind, TransferKind
from ledger.models import Transfer
from subsidies.enums import ApplicationState, LineState, PlanState
from subsidies.models import Application, Line, PaymentNotice, Plan, TaxRow
from subsidies.services import notices
from tests import factories
from villages.models import CollectiveOrganisation, Person

CONFIRMED_ON = date(2024, 6, 18)
PAID_ON = date(2024, 6, 27)
CAP_FEN = 300_000


@dataclass
class Batch:
    """A batch whose lines are confirmed, with its notice."""

    application: Application
    notice: PaymentNotice
    lines: list[Line]

    def row(
        self, index: int, *, yuan: int = 200, voucher: str = "V1", **fields: object
    ) -> notices.TaxRowInput:
        """The tax office's row for the line at this place."""
        person = self.lines[index].person
        made = notices.TaxRowInput(
            id_number=person.id_cipher,
            name=person.name,
            amount_fen=yuan * 100,
            paid_on=PAID_ON,
            voucher=voucher,
        )
        return replace(made, **fields)

    def rows(self, indexes: Iterable[int] | None = None, **fields: object) -> list[notices.TaxRowInput]:
        """Rows for these lines, or for all."""
        places = range(len(self.lines)) if indexes is None else indexes
        return [self.row(index, **fields) for index in places]

    def states(self) -> list[str]:
        """State of each line, in order."""
        return list(
            Line.objects.filter(application=self.application)
            .order_by("position")
            .values_list("state", flat=True)
        )

    def fresh(self) -> Batch:
        """The same batch as the database has it now."""
        self.application.refresh_from_db()
        self.notice.refresh_from_db()
        return self


def make_batch(
    cast: SimpleNamespace,
    *,
    size: int = 5,
    yuan: int = 200,
    organisation: CollectiveOrganisation | None = None,
    persons: list[Person] | None = None,
    batch_no: int = 1,
) -> Batch:
    """A batch of `size` persons at the same amount, confirmed on 18 June 2024, with its notice (due 3 July)."""
    org = organisation or factories.organisation()
    plan, _ = Plan.objects.get_or_create(
        organisation=org,
        year=2024,
        defaults={
            "state": PlanState.IN_FORCE,
            "in_force_on": date(2024, 6, 1),
            "drafted_by": cast.clerk,
            **org.area_codes(),
        },
    )
    application = Application.objects.create(
        plan=plan,
        organisation=org,
        year=2024,
        batch_no=batch_no,
        number=f"晏石门申〔2024〕{batch_no}号",
        state=ApplicationState.NOTIFIED,
        drafted_by=cast.clerk,
        submitted_by=cast.clerk,
        submitted_on=date(2024, 6, 10),
        verified_by=cast.officer,
        confirmed_by=cast.reviewer,
        confirmed_on=CONFIRMED_ON,
        **org.area_codes(),
    )
    people = persons or [factories.person() for _ in range(size)]
    for position, person in enumerate(people, start=1):
        Line.objects.create(
            application=application,
            position=position,
            person=person,
            plan=plan,
            organisation=org,
            year=2024,
            state=LineState.ELIGIBLE,
            amount_fen=yuan * 100,
            cap_limit_fen=CAP_FEN,
            **org.area_codes(),
        )
    lines = list(application.lines.select_related("person").order_by("position"))
    with transaction.atomic():
        reserve_caps(Line.objects.filter(application=application), year=2024, limit_fen=CAP_FEN)
        notice = notices.issue_notice(application, by=By(actor=cast.reviewer, on=CONFIRMED_ON))
    return Batch(application, notice, lines)


def in_transit_fen() -> int:
    """Balance of the fund in transit, from the transfers alone."""
    into = (
        Transfer.objects.filter(credit__kind=AccountKind.IN_TRANSIT).aggregate(fen=Sum("amount_fen"))["fen"]
        or 0
    )
    out = (
        Transfer.objects.filter(debit__kind=AccountKind.IN_TRANSIT).aggregate(fen=Sum("amount_fen"))["fen"]
        or 0
    )
    return into - out


def assert_books_agree() -> None:
    """In transit = remitted − returned (nothing is posted in these tests), from the rows as well as from the books."""
    sums = {
        kind: Transfer.objects.filter(kind=kind).aggregate(fen=Sum("amount_fen"))["fen"] or 0
        for kind in (TransferKind.REMITTED, TransferKind.RETURNED, TransferKind.REVERSAL)
    }
    remitted = sums[TransferKind.REMITTED] - sums[TransferKind.REVERSAL]
    assert in_transit_fen() == remitted - sums[TransferKind.RETURNED]
    assert in_transit_fen() == (TaxRow.objects.standing().aggregate(fen=Sum("net_fen"))["fen"] or 0)
