"""Matching the tax office's rows with the lines of a notice, to the fen and to the person.

One pass over the rows in the order they came; sets and dictionaries, no query. Sources: CS-30, CS-31, D48, D49, D50.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from subsidies.enums import Match, Settlement

# The code of rules and API for each kind of mismatch.
CODES: dict[str, str] = {
    Match.MISSING: "E-TAX-MISSING",
    Match.EXTRA: "E-TAX-EXTRA",
    Match.AMOUNT: "E-TAX-AMOUNT",
    Match.REPEAT: "E-TAX-REPEAT",
}
SHORTAGES = frozenset({Match.MISSING, Match.AMOUNT})
SURPLUS_WAYS = (Settlement.RETURN, Settlement.CORRECT)
SHORT_WAYS = (Settlement.ASK, Settlement.WITHDRAW, Settlement.GIVE_UP)


@dataclass(frozen=True, slots=True)
class Expected:
    """A line on the notice: what it owes there, what came for it so far, whether money may still cover it.

    One given up, or cancelled by a suspension from a day on, is brought back only by money that completes it.
    """

    line_id: int
    person_id: int
    expected_fen: int
    received_fen: int = 0
    is_open: bool = True
    is_given_up: bool = False
    cancelled_from: date | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A row of the tax office: whose (keyed digest of the identity number), how much, under which voucher."""

    id_index: str
    amount_fen: int
    voucher: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What a row was found to be; `occurrence` counts the person's rows under the voucher."""

    match: Match
    occurrence: int
    line_id: int | None = None
    person_id: int | None = None


def match_rows(
    expected: Mapping[str, Expected], reported: Iterable[Reported], seen: Mapping[tuple[str, str], int]
) -> list[Judged]:
    """Judge each row against the notice: same, amount, extra or repeat; what no row names is missing (D48).

    expected: lines by the person's digest; seen: rows recorded before, by voucher and digest. Several vouchers may
    add up to a line (D49): the row that completes it is `same`. A person paid twice, by whatever voucher, is a repeat.
    """
    received = {id_index: line.received_fen for id_index, line in expected.items()}
    covered = {id_index for id_index, line in expected.items() if not line.is_open and not line.is_given_up}
    count = dict(seen)
    return [_judge(row, expected.get(row.id_index), received, covered, count) for row in reported]


def _judge(
    row: Reported,
    line: Expected | None,
    received: dict[str, int],
    covered: set[str],
    count: dict[tuple[str, str], int],
) -> Judged:
    key = (row.voucher, row.id_index)
    count[key] = occurrence = count.get(key, 0) + 1
    found = _kind(row, line, received, covered, occurrence)
    if line is None:
        return Judged(found, occurrence)
    return Judged(found, occurrence, line.line_id, line.person_id)


def _kind(
    row: Reported, line: Expected | None, received: dict[str, int], covered: set[str], occurrence: int
) -> Match:
    if occurrence > 1:
        return Match.REPEAT
    if line is None:
        return Match.EXTRA
    if row.id_index in covered:
        return Match.REPEAT
    received[row.id_index] += row.amount_fen
    if line.is_given_up and received[row.id_index] != line.expected_fen:
        return Match.EXTRA
    if received[row.id_index] < line.expected_fen:
        return Match.AMOUNT
    covered.add(row.id_index)
    return Match.SAME if received[row.id_index] == line.expected_fen else Match.AMOUNT


def ways_out(
    kind: str, *, expected_fen: int, found_fen: int, is_posted: bool = False
) -> tuple[Settlement, ...]:
    """The ways in which a difference may be settled, the usual one first.

    A person not on the notice, or paid twice, is corrected or returned; too little is asked for, corrected or let go;
    money that the tax office took back after posting becomes a refund.
    """
    if kind == Match.MISSING:
        return SHORT_WAYS
    if kind == Match.EXTRA:
        return (Settlement.CORRECT, Settlement.RETURN)
    if kind == Match.REPEAT:
        return (*SURPLUS_WAYS, Settlement.REFUND)
    if is_posted:
        return (Settlement.REFUND,)
    if found_fen > expected_fen:
        return (*SURPLUS_WAYS, Settlement.REFUND)
    return (Settlement.ASK, Settlement.CORRECT, Settlement.WITHDRAW, Settlement.GIVE_UP)
