"""Matching as a pure function, against a plain oracle and against a day's file with faults put into it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.workflow import By
from subsidies.enums import Match, Settlement
from subsidies.models import Difference
from subsidies.rules.matching import Expected, Reported, match_rows, ways_out
from subsidies.services import notices
from tests.subsidies.notice_cases import PAID_ON, assert_books_agree, make_batch

PEOPLE = "abcdef"


def expected(fen: int = 200, *, people: str = PEOPLE, **fields: object) -> dict[str, Expected]:
    return {who: Expected(line_id=i, person_id=i, expected_fen=fen, **fields) for i, who in enumerate(people)}


def kinds(rows: list[Reported], **seen: int) -> list[Match]:
    return [found.match for found in match_rows(expected(), rows, {})]


def test_equal_rows_are_same_in_any_order() -> None:
    rows = [Reported(who, 200, "V") for who in PEOPLE]
    random.Random(1).shuffle(rows)
    assert set(kinds(rows)) == {Match.SAME}


def test_a_row_under_a_voucher_where_the_person_stood_before_is_a_repeat() -> None:
    found = match_rows(expected(), [Reported("a", 200, "V")], {("V", "a"): 1})
    assert [(f.match, f.occurrence) for f in found] == [(Match.REPEAT, 2)]


def test_parts_of_two_vouchers_add_up_and_what_comes_after_is_a_repeat() -> None:
    rows = [Reported("a", 150, "V"), Reported("a", 50, "W"), Reported("a", 1, "X")]
    assert kinds(rows) == [Match.AMOUNT, Match.SAME, Match.REPEAT]


def test_too_much_is_an_amount_and_nobody_on_the_notice_is_extra() -> None:
    assert kinds([Reported("a", 201, "V"), Reported("z", 200, "V")]) == [Match.AMOUNT, Match.EXTRA]


def test_money_for_a_covered_line_is_a_repeat_and_for_a_given_up_one_only_if_exact() -> None:
    covered = match_rows(expected(is_open=False, received_fen=200), [Reported("a", 200, "V")], {})
    given_up = expected(is_open=False, is_given_up=True)
    exact = match_rows(given_up, [Reported("a", 200, "V")], {})
    short = match_rows(given_up, [Reported("a", 199, "V")], {})
    assert [covered[0].match, exact[0].match, short[0].match] == [Match.REPEAT, Match.SAME, Match.EXTRA]


rows_of_tax = st.lists(
    st.builds(Reported, st.sampled_from(PEOPLE + "xyz"), st.integers(1, 400), st.sampled_from("VWX")),
    max_size=30,
)


@given(rows_of_tax)
def test_every_row_is_judged_once_and_no_line_is_covered_twice(rows: list[Reported]) -> None:
    found = match_rows(expected(), rows, {})
    assert len(found) == len(rows)
    covering = Counter(f.line_id for f in found if f.match == Match.SAME)
    assert all(count == 1 for count in covering.values())
    for who, line in expected().items():
        counted = [
            r.amount_fen
            for r, f in zip(rows, found, strict=True)
            if r.id_index == who and f.match in (Match.SAME, Match.AMOUNT)
        ]
        assert (covering[line.line_id] == 1) == (sum(counted) == line.expected_fen)
    assert all((r.id_index in "xyz") == (f.line_id is None) for r, f in zip(rows, found, strict=True))


@pytest.mark.parametrize(
    ("kind", "expected_fen", "found_fen", "first"),
    [
        (Match.MISSING, 200, 0, Settlement.ASK),
        (Match.EXTRA, 0, 200, Settlement.CORRECT),
        (Match.AMOUNT, 200, 199, Settlement.ASK),
        (Match.AMOUNT, 200, 201, Settlement.RETURN),
        (Match.REPEAT, 0, 200, Settlement.RETURN),
    ],
)
def test_the_usual_way_out_stands_first(
    kind: Match, expected_fen: int, found_fen: int, first: Settlement
) -> None:
    assert ways_out(kind, expected_fen=expected_fen, found_fen=found_fen)[0] == first


def test_money_taken_back_after_posting_leaves_only_a_refund() -> None:
    assert ways_out(Match.AMOUNT, expected_fen=200, found_fen=0, is_posted=True) == (Settlement.REFUND,)


@pytest.mark.rule("CS-30")
def test_every_fault_put_into_a_days_file_is_listed_and_there_is_no_false_alarm(
    cast: SimpleNamespace, by: Callable[..., By]
) -> None:
    batch, rng = make_batch(cast, size=200), random.Random(20240627)
    places = list(range(200))
    rng.shuffle(places)
    dropped, doubled, altered = set(places[:2]), places[2:4], places[4]
    rows = [batch.row(i, yuan=199 if i == altered else 200) for i in range(200) if i not in dropped]
    rows += [batch.row(i) for i in doubled]
    rng.shuffle(rows)
    notices.record_tax_rows(batch.notice.pk, rows, by=by(cast.tax, PAID_ON), origin="file", skip_known=True)
    listed = {(d.kind, d.line_id) for d in Difference.objects.all()}
    wanted = {(Match.MISSING, batch.lines[i].pk) for i in dropped}
    wanted |= {(Match.REPEAT, batch.lines[i].pk) for i in doubled}
    wanted |= {(Match.AMOUNT, batch.lines[altered].pk)}
    assert listed == wanted
    assert_books_agree()
    rng.shuffle(rows)
    again = notices.record_tax_rows(
        batch.notice.pk, rows, by=by(cast.tax, PAID_ON), origin="file", skip_known=True
    )
    assert (again.rows_count, again.known_count) == (0, len(rows))
    assert {(d.kind, d.line_id) for d in Difference.objects.all()} == wanted
