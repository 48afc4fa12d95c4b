"""Invented people of the demo: valid identity numbers, plausible names, mixed tiers; the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from stdnum.cn import ric, uscc

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.identity import read_id_number
from core.models import User
from villages.models import CollectiveOrganisation, Membership, OrganisationIncome, Person, Region
from villages.services.persons import person_fields

DISTRICT_FILE = settings.BASE_DIR / "fixtures" / "demo" / "district.yaml"
FIRST_BIRTH, LAST_BIRTH = date(1966, 12, 1), date(2006, 1, 1)
PREFIXES = ("500115", "500115", "500115", "510221", "512301")
GROUPS = 8
JOINED = date(2019, 12, 1)
YUAN = 100


@cache
def district() -> dict[str, Any]:
    """The description of the demo district."""
    return yaml.safe_load(DISTRICT_FILE.read_text(encoding="utf-8"))


def make_organisations() -> None:
    """One registered organisation in every village committee of the county (a stand-in for the register)."""
    rng = random.Random(district()["seed"])
    committees = Region.objects.filter(county_code=district()["county"], level="village").select_related(
        "parent"
    )
    taken = set(CollectiveOrganisation.objects.values_list("region_id", flat=True))
    rows = [
        _organisation(region, rng)
        for region in committees
        if region.code[9] in "23" and region.code not in taken
    ]
    CollectiveOrganisation.objects.bulk_create(rows)


def _organisation(region: Region, rng: random.Random) -> CollectiveOrganisation:
    name = f"重庆市长寿区{region.parent}{region.short_name}{district()['organisation_suffix']}"
    head = f"N2500115MF{region.code[5:12]}"
    account = "".join(str(rng.randrange(10)) for _ in range(16))
    return CollectiveOrganisation(
        region=region,
        name=name,
        uscc=head + uscc.calc_check_digit(head),
        legal_representative=a_name(rng, male=True),
        responsible_person=a_name(rng, male=rng.random() < 0.8),
        phone=f"023-40{rng.randrange(10**6):06d}",
        address=f"长寿区{region.parent}{region.short_name}",
        bank_name="重庆农村商业银行长寿支行",
        account_name=name,
        bank_account=account,
        bank_account_last4=account[-4:],
        registered_on=JOINED,
        **region.area_codes(),
    )


def a_name(rng: random.Random, *, male: bool) -> str:
    """A surname and one or two given characters."""
    book = district()
    letters = book["given_male"] if male else book["given_female"]
    return rng.choice(book["surnames"]) + "".join(rng.choice(letters) for _ in range(rng.choice((1, 2, 2))))


def an_id_number(rng: random.Random, *, male: bool, prefixes: Sequence[str] = PREFIXES) -> str:
    """A valid number with a birth date of somebody who contributes; other prefixes never meet these people."""
    born = FIRST_BIRTH + timedelta(days=rng.randrange((LAST_BIRTH - FIRST_BIRTH).days))
    sequence = rng.randrange(1, 499) * 2 + (1 if male else 0)
    head = f"{rng.choice(prefixes)}{born:%Y%m%d}{sequence:03d}"
    # The library takes a whole number and reads all but its last character.
    return head + ric.calc_check_digit(head + "0")


def make_members(organisation: CollectiveOrganisation, count: int) -> None:
    """Persons and their memberships; in bulk, the same for the same village every time."""
    rng = random.Random(f"{district()['seed']}:{organisation.village_code}")
    numbers: dict[str, bool] = {}
    while len(numbers) < count:
        male = rng.random() < 0.5
        numbers.setdefault(an_id_number(rng, male=male), male)
    people = [
        Person(**person_fields(a_name(rng, male=male), read_id_number(number)))
        for number, male in numbers.items()
    ]
    kinds, weights = zip(*district()["kinds"].items(), strict=True)
    Membership.objects.bulk_create(
        Membership(
            person=person,
            organisation=organisation,
            group_name=f"{rng.randrange(1, GROUPS + 1)}组",
            person_kind=rng.choices(kinds, weights)[0],
            phone=f"1{rng.choice((3, 5, 7, 8))}{rng.randrange(10**9):09d}",
            joined_on=JOINED,
            **organisation.area_codes(),
        )
        for person in Person.objects.bulk_create(people)
    )


def make_payments(organisation: CollectiveOrganisation, years: Iterable[int]) -> None:
    """What the members paid: most of them, each near his usual tier, a few as a lump sum."""
    rng = random.Random(f"{district()['seed']}:pay:{organisation.village_code}")
    tiers, weights = zip(*district()["tiers"].items(), strict=True)
    rows: list[Contribution] = []
    for member in organisation.memberships.filter(left_on__isnull=True).order_by("pk"):
        usual = rng.choices(tiers, weights)[0]
        rows += [_payment(member, year, usual, rng) for year in years if _paid(year, rng)]
    Contribution.objects.bulk_create(rows)


def _paid(year: int, rng: random.Random) -> bool:
    return rng.randrange(100) < district()["paid_percent"].get(year, 85)


def _payment(member: Membership, year: int, usual: int, rng: random.Random) -> Contribution:
    is_lump = rng.randrange(100) < district()["lump_percent"]
    return Contribution(
        person_id=member.person_id,
        year=year,
        kind=ContributionKind.LUMP_SUM if is_lump else ContributionKind.REGULAR,
        tier_fen=usual * YUAN,
        personal_fen=usual * YUAN * (6 if is_lump else 1),
        paid_on=date(year, 1, 5) + timedelta(days=rng.randrange(150)),
        voucher=f"35001{year % 100}{rng.randrange(10**8):08d}",
        **member.area_codes(),
    )


def declare_incomes(organisation: CollectiveOrganisation, *, yuan: int, clerk: User) -> None:
    """Disposable income of 2023 to 2025, growing a little."""
    for step, year in enumerate((2023, 2024, 2025)):
        OrganisationIncome.objects.get_or_create(
            organisation=organisation,
            year=year,
            defaults={
                "disposable_fen": yuan * YUAN * (100 + 4 * step) // 100,
                "declared_by": clerk,
                "declared_on": date(year, 12, 28),
                **organisation.area_codes(),
            },
        )
