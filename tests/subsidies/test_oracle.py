"""The judgement in sets and a plain-Python oracle agree, person by person, over thousands of people of each region.

`ORACLE_CASES=20000` asks for so many people a region; the seed of a failure stands in its name.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pprint import pformat

import pytest

from core.workflow import By
from policies.selectors import rulebook
from subsidies.models import Finding
from subsidies.services.verification import recheck_application
from tests import factories
from tests.subsidies import oracle
from tests.subsidies.oracle import Case, Judgement, Office
from tests.subsidies.oracle_cases import STANDARDS, Laid, Layer, random_case
from villages.enums import Role
from villages.models import Region

pytestmark = pytest.mark.django_db
CASES_A_REGION = int(os.environ.get("ORACLE_CASES", "1500"))
SHOWN = 5


@dataclass(frozen=True)
class Place:
    """A county, its villages, a further one whose lists come in between, and the days on which batches are judged."""

    county: str
    other: str
    villages: tuple[str, ...]
    days: tuple[tuple[int, date], ...]


PLACES = {
    "changshou": Place(
        "500115000000",
        "500115003203",
        tuple(f"5001150022{n:02}" for n in (3, 4, 5, 7, 8, 9, 11)),
        (
            (2024, date(2024, 6, 24)),
            (2024, date(2024, 12, 31)),
            (2025, date(2025, 2, 28)),
            (2026, date(2026, 3, 1)),
        ),
    ),
    "jining": Place(
        "370827000000",
        "370827001218",
        tuple(f"3708270012{n:02}" for n in range(7, 14)),
        ((2024, date(2024, 5, 6)), (2024, date(2024, 12, 31)), (2025, date(2025, 2, 28))),
    ),
    "ningxia": Place(
        "640181000000",
        "640121104205",
        tuple(f"6401811052{n:02}" for n in range(7)),
        ((2024, date(2024, 9, 20)), (2024, date(2024, 12, 31)), (2025, date(2025, 2, 28))),
    ),
}


def facts_of(laid: Laid) -> dict[int, Judgement]:
    """What the product wrote on each line, by person, in the oracle's words."""
    codes = defaultdict(set)
    for person, code in Finding.objects.filter(line__application=laid.application).values_list(
        "line__person", "code"
    ):
        codes[person].add(code)
    return {
        line.person_id: Judgement(
            frozenset(codes[line.person_id]),
            line.qualifying_year,
            line.tier_fen,
            line.age,
            line.standard_fen,
            line.granted_fen,
            (line.cap_limit_fen or 0) - line.cap_reserved_fen,
        )
        for line in laid.application.lines.all()
    }


def told(case: Case, office: Office, found: Judgement, expected: Judgement) -> str:
    """A disagreement as one reads it: the person, what each said, what only one of them said."""
    return (
        f"\nplan year {office.year}, judged on {office.on}, standard {pformat(office.standard)}\n{pformat(case)}\n"
        f"only the product: {sorted(found.codes - expected.codes)}\n"
        f"only the oracle:  {sorted(expected.codes - found.codes)}\nproduct {found}\noracle  {expected}\n"
    )


def disagreements(place: Place, seed: int, count: int) -> tuple[list[str], set[str]]:
    """Judge so many random people of the place's villages; what differs, and every code that was met."""
    rng = random.Random(seed)
    officer = factories.account(f"officer_{place.county}", place.county, Role.OFFICER)
    other = factories.organisation(place.other)
    wrong: list[str] = []
    met: set[str] = set()
    number = seed * 10**6
    for at, code in enumerate(place.villages):
        year, on = place.days[at % len(place.days)]
        # The last village spends a donor's money.
        plan = "donor" if code == place.villages[-1] else "regular"
        office = Office(rulebook(code, on=on), year, on, STANDARDS[at % len(STANDARDS)], plan)
        tiers = [int(str(v.value)) for v in office.rulebook.table("contribution_tier", year=year).values()]
        cases = [random_case(rng, office, tiers) for _ in range(count // len(place.villages))]
        laid = Layer(factories.organisation(code), other, office, officer).lay(cases, first_number=number)
        number += len(cases)
        recheck_application(laid.application.pk, by=By(officer, on))
        found = facts_of(laid)
        for case, person in zip(cases, laid.persons, strict=True):
            expected = oracle.judge(case, office)
            met |= expected.codes
            if found[person.pk] != expected:
                wrong.append(told(case, office, found[person.pk], expected))
    return wrong, met


EVERYWHERE = {
    "E-DEAD", "E-NATION", "E-PENSION", "E-DRAWING", "E-NOT-MEMBER", "E-AGE", "E-UNPAID", "E-JURIS", "W-ONBEHALF",
    "E-AMOUNT", "W-AMOUNT-LOW", "W-CENTS", "E-CAP", "E-DUP", "W-REPEAT",
}  # fmt: skip
OF_REGION = {
    "changshou": {"W-PREV-YEAR", "W-LUMP", "W-REUSE"},
    "jining": {"E-LUMP"},
    "ningxia": {"E-LUMP", "E-BACKPAY", "E-POOL"},
}


@pytest.mark.parametrize("region", PLACES)
@pytest.mark.rule("CS-11")
@pytest.mark.rule("JN-05")
@pytest.mark.rule("NX-05")
def test_the_sets_and_the_oracle_judge_every_person_alike(region, base_data):
    assert Region.objects.filter(code__in=PLACES[region].villages).count() == len(PLACES[region].villages)

    wrong, met = disagreements(PLACES[region], seed=1 + list(PLACES).index(region), count=CASES_A_REGION)

    assert not wrong, f"{len(wrong)} people are judged differently, for example:" + "".join(wrong[:SHOWN])
    assert met == EVERYWHERE | OF_REGION[region], "a random run that misses a reason proves nothing of it"
