"""The yearly cap: summed per person, reserved under locks in person order, released again."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from core.models import Import
from ledger import caps
from ledger.models import CapUse
from subsidies.models import PriorGrant
from tests import factories

pytestmark = pytest.mark.django_db
LIMIT = 300_000


def grants(cast, *amounts, persons=None):
    """Rows with person and amount: any such queryset may claim."""
    upload = Import.objects.create(
        kind="prior",
        file_name="x.xlsx",
        sha256="0",
        on=date(2024, 6, 1),
        uploaded_by=cast.officer,
        refusal="",
    )
    persons = persons or [factories.person() for _ in amounts]
    rows = [
        PriorGrant.objects.create(
            person=person, year=2024, source="sponsor", giver=f"g{upload.pk}-{n}", amount_fen=fen,
            granted_on=date(2024, 5, 1), imported_by=upload,
        )
        for n, (person, fen) in enumerate(zip(persons, amounts, strict=True))
    ]  # fmt: skip
    return PriorGrant.objects.filter(pk__in=[row.pk for row in rows]), persons


def used(person) -> int:
    return CapUse.objects.get(person=person, year=2024).reserved_fen


@pytest.mark.rule("CS-09")
def test_what_exceeds_the_cap_is_named_and_nothing_is_reserved_for_it(cast):
    first, persons = grants(cast, 260_000, 20_000)
    second, _ = grants(cast, 50_000, 50_000, persons=persons)
    caps.reserve_caps(first, year=2024, limit_fen=LIMIT)

    over = caps.reserve_caps(second, year=2024, limit_fen=LIMIT)

    assert over == {persons[0].pk}
    assert [used(person) for person in persons] == [260_000, 70_000]


@pytest.mark.rule("CS-09")
def test_several_claims_of_one_person_count_together(cast):
    claims, persons = grants(cast, 200_000, 100_001, persons=[factories.person()] * 2)

    assert caps.reserve_caps(claims, year=2024, limit_fen=LIMIT) == {persons[0].pk}
    assert used(persons[0]) == 0


def test_exactly_the_limit_is_within_it(cast):
    claims, persons = grants(cast, LIMIT)

    assert caps.reserve_caps(claims, year=2024, limit_fen=LIMIT) == set()
    assert used(persons[0]) == LIMIT


def test_what_is_released_is_free_again(cast):
    claims, persons = grants(cast, LIMIT)
    caps.reserve_caps(claims, year=2024, limit_fen=LIMIT)

    caps.release_caps(claims, year=2024)

    assert used(persons[0]) == 0
    assert caps.reserve_caps(claims, year=2024, limit_fen=LIMIT) == set()


def test_reserving_takes_as_many_statements_for_many_as_for_one(cast, django_assert_num_queries):
    one, _ = grants(cast, 100)
    many, _ = grants(cast, *[100] * 50)

    with django_assert_num_queries(5):
        caps.reserve_caps(one, year=2024, limit_fen=LIMIT)
    with django_assert_num_queries(5):
        caps.reserve_caps(many, year=2024, limit_fen=LIMIT)


@pytest.mark.pg
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_lock", [True, False], ids=["locked", "control without the lock"])
def test_two_batches_racing_for_one_person_one_is_told_that_he_is_over_the_cap(cast, monkeypatch, has_lock):
    """The control takes the row lock away: both look before either writes, and both are told that all is well."""
    persons = [factories.person()]
    claims = [grants(cast, 200_000, persons=persons)[0] for _ in range(2)]
    # The row stands: two that insert it at once would wait for each other even without the lock.
    with transaction.atomic():
        caps.reserve_caps(grants(cast, 1, persons=persons)[0], year=2024, limit_fen=LIMIT)
    if not has_lock:
        _take_the_lock_away(monkeypatch)

    outcomes = _race(
        [lambda rows=rows: caps.reserve_caps(rows, year=2024, limit_fen=LIMIT) for rows in claims]
    )

    assert used(persons[0]) == 200_001
    assert sorted(map(len, outcomes)) == ([0, 1] if has_lock else [0, 0])


def _take_the_lock_away(monkeypatch):
    both_looked = threading.Barrier(2, timeout=10)
    look = caps._over

    def look_together(uses, total):
        found = look(uses, total)
        both_looked.wait()
        return found

    def unlocked(rows, *, year):
        return CapUse.objects.filter(year=year, person_id__in=rows.values("person_id"))

    monkeypatch.setattr(caps, "lock_uses", unlocked)
    monkeypatch.setattr(caps, "_over", look_together)


def _race(acts):
    outcomes = []

    def run(act):
        try:
            with transaction.atomic():
                outcomes.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return outcomes
