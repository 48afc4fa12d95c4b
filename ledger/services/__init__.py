"""Acts on the books: transfers here, interest in its own module."""

from ledger.services.transfers import (
    Movement,
    ensure_accounts,
    ensure_person_accounts,
    ensure_village_accounts,
    insert_transfers,
    office_account,
    office_account_of_row,
    person_account_of_row,
    record_transfer,
    reverse_transfer,
    reverse_transfers,
)

__all__ = [
    "Movement",
    "ensure_accounts",
    "ensure_person_accounts",
    "ensure_village_accounts",
    "insert_transfers",
    "office_account",
    "office_account_of_row",
    "person_account_of_row",
    "record_transfer",
    "reverse_transfer",
    "reverse_transfers",
]
