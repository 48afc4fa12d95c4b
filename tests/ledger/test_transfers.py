"""The books: once for each cause, balanced by construction, mended by rows."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat

from core.errors import LedgerRefused
from ledger.enums import AccountKind, Book, Source, TransferKind
from ledger.models import Account, Transfer
from ledger.selectors import balance_fen, person_balances, statement, trial_sums
from ledger.services import (
    Movement,
    ensure_person_accounts,
    ensure_village_accounts,
    insert_transfers,
    office_account,
    office_account_of_row,
    person_account_of_row,
    record_transfer,
    reverse_transfer,
)
from tests import factories
from villages.models import Membership

JUNE = date(2024, 6, 28)


@pytest.fixture
def org(base_data):
    return factories.make_village(members=3).organisation


def remit_and_post(rows, *, fen=20000):
    """Village fund → transit → persons for each membership row."""
    place = rows[0]
    transit = office_account(AccountKind.IN_TRANSIT, place=place)
    ensure_village_accounts(rows, kind=AccountKind.VILLAGE_FUND)
    ensure_person_accounts(rows, source=Source.COLLECTIVE)
    shared = {
        "amount_fen": fen,
        "on": JUNE,
        "year": 2024,
        "person": F("person_id"),
        "source": Source.COLLECTIVE,
    }
    key = Cast("pk", CharField())
    remitted = insert_transfers(
        rows,
        Movement(
            kind=TransferKind.REMITTED,
            debit=office_account_of_row(AccountKind.VILLAGE_FUND),
            credit=transit.pk,
            cause_key=Concat(Value("tax_row:"), key),
            **shared,
        ),
    )
    posted = insert_transfers(
        rows,
        Movement(
            kind=TransferKind.POSTED,
            debit=transit.pk,
            credit=person_account_of_row(Source.COLLECTIVE),
            cause_key=Concat(Value("post:"), key),
            cause_type="subsidies.line",
            cause_id=F("pk"),
            **shared,
        ),
    )
    return remitted, posted, transit


def test_a_set_is_booked_in_one_statement_and_never_twice(org):
    rows = Membership.objects.filter(organisation=org)
    remitted, posted, transit = remit_and_post(rows)
    assert (remitted, posted) == (3, 3)
    assert remit_and_post(rows)[:2] == (0, 0)
    assert Transfer.objects.count() == 6
    assert balance_fen(transit) == 0
    assert [person_balances(row.person_id) for row in rows] == [{"collective": 20000}] * 3
    assert Account.objects.get(kind=AccountKind.VILLAGE_FUND).village_code == org.village_code


def test_each_book_adds_up_to_zero(org, cast):
    remit_and_post(Membership.objects.filter(organisation=org))
    sums = trial_sums(cast.officer.access.area, book=Book.FUND)
    assert sums == {"village_fund": -60000, "in_transit": 0, "person": 60000}
    assert sum(sums.values()) == 0


def test_the_same_cause_with_another_amount_is_refused(org):
    one = Movement(
        kind=TransferKind.RETURNED,
        debit=office_account(AccountKind.IN_TRANSIT, place=org).pk,
        credit=office_account(AccountKind.VILLAGE_FUND, place=org).pk,
        amount_fen=100,
        on=JUNE,
        year=2024,
        cause_key="return:1:1",
    )
    first = record_transfer(one, place=org)
    assert record_transfer(one, place=org) == first
    with pytest.raises(LedgerRefused):
        record_transfer(
            Movement(**{f: getattr(one, f) for f in one.__slots__} | {"amount_fen": 101}), place=org
        )


def test_a_reversal_is_a_row_and_happens_once(org):
    rows = Membership.objects.filter(organisation=org)
    remit_and_post(rows)
    posted = Transfer.objects.filter(kind=TransferKind.POSTED).first()
    back = reverse_transfer(posted, on=date(2024, 7, 1))
    assert reverse_transfer(posted, on=date(2024, 7, 2)) == back
    assert back.reverses == posted and back.counts_on == posted.counts_on
    assert person_balances(posted.person_id) == {"collective": 0}


def test_a_statement_runs_per_source(org):
    rows = Membership.objects.filter(organisation=org)
    remit_and_post(rows)
    person_id = rows[0].person_id
    assert [(t.kind, t.signed_fen, t.balance_fen) for t in statement(person_id)] == [("posted", 20000, 20000)]


@pytest.mark.rule("LAW-04")
def test_the_database_refuses_to_change_or_delete_a_transfer(org):
    remit_and_post(Membership.objects.filter(organisation=org))
    for statement_ in ("UPDATE ledger_transfer SET amount_fen = 1", "DELETE FROM ledger_transfer"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement_)
