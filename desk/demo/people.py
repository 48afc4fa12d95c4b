"""Invented people of the demo: valid identity numbers, plausible names, mixed tiers; the same every time."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate

from stdnum.cn import ric, uscc

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.identity import last4_of, read_id_number
from core.models import User
from desk.demo.districts import District, county_of, district_of, shared
from villages.models import CollectiveOrganisation, Membership, OrganisationIncome, Person, Region
from villages.services.persons import person_fields

FIRST_BIRTH, LAST_BIRTH = date(1966, 12, 1), date(2006, 1, 1)
GROUPS = 8
JOINED = date(2019, 12, 1)
YUAN = 100
# Digits of a village's code that tell it apart from every other one of its county.
VILLAGE_PART = slice(5, 12)
EVERY_VILLAGE_COMMITTEE = "every_village_committee"
INCOME_YEARS = (2023, 2024, 2025)


def make_organisations(district: District) -> None:
    """The registered organisations of a district: those it lists, or one in every village committee."""
    rng = random.Random(district["seed"])
    listed = district["organisations"]
    villages = Region.objects.filter(level="village").select_related("parent")
    if listed == EVERY_VILLAGE_COMMITTEE:
        within = villages.filter(county_code__in=district["counties"])
        regions = [region for region in within if region.code[9] in "23"]
    else:
        regions = list(villages.filter(code__in=listed))
    taken = set(CollectiveOrganisation.objects.values_list("region_id", flat=True))
    CollectiveOrganisation.objects.bulk_create(
        _organisation(region, district, rng) for region in regions if region.code not in taken
    )


def _organisation(region: Region, district: District, rng: random.Random) -> CollectiveOrganisation:
    county = district["counties"][region.county_code]
    place = f"{county['called']}{region.parent}{region.short_name}"
    name = f"{place}{district['organisation_suffix']}"
    head = f"N2{region.code[:6]}MF{region.code[VILLAGE_PART]}"
    account = "".join(str(rng.randrange(10)) for _ in range(16))
    return CollectiveOrganisation(
        region=region,
        name=name,
        uscc=head + uscc.calc_check_digit(head),
        legal_representative=a_name(rng, male=True),
        responsible_person=a_name(rng, male=rng.random() < 0.8),
        phone=f"{county['phone']}{rng.randrange(10**6):06d}",
        address=place,
        bank_name=county["bank"],
        account_name=name,
        bank_account=account,
        bank_account_last4=last4_of(account),
        registered_on=JOINED,
        **region.area_codes(),
    )


def a_name(rng: random.Random, *, male: bool) -> str:
    """A surname and one or two given characters."""
    book = shared()
    letters = book["given_male"] if male else book["given_female"]
    return rng.choice(book["surnames"]) + "".join(rng.choice(letters) for _ in range(rng.choice((1, 2, 2))))


def an_id_number(rng: random.Random, *, male: bool, prefixes: Sequence[str]) -> str:
    """A valid number with a birth date of somebody who contributes; people of other prefixes never meet these."""
    born = FIRST_BIRTH + timedelta(days=rng.randrange((LAST_BIRTH - FIRST_BIRTH).days))
    sequence = rng.randrange(1, 499) * 2 + (1 if male else 0)
    head = f"{rng.choice(prefixes)}{born:%Y%m%d}{sequence:03d}"
    # The library takes a whole number and reads all but its last character.
    return head + ric.calc_check_digit(head + "0")


def make_members(organisation: CollectiveOrganisation, count: int) -> None:
    """Persons and their memberships; in bulk, the same for the same village every time."""
    district = district_of(organisation.village_code)
    prefixes = district["counties"][county_of(organisation.village_code)]["id_prefixes"]
    rng = random.Random(f"{district['seed']}:{organisation.village_code}")
    numbers: dict[str, bool] = {}
    while len(numbers) < count:
        male = rng.random() < 0.5
        numbers.setdefault(an_id_number(rng, male=male, prefixes=prefixes), male)
    people = [
        Person(**person_fields(a_name(rng, male=male), read_id_number(number)))
        for number, male in numbers.items()
    ]
    kinds, weights = zip(*district["kinds"].items(), strict=True)
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
    district = district_of(organisation.village_code)
    rng = random.Random(f"{district['seed']}:pay:{organisation.village_code}")
    tables = {year: table["weights"] for table in district["tiers"] for year in table["years"]}
    rows: list[Contribution] = []
    for member in organisation.memberships.filter(left_on__isnull=True).order_by("pk"):
        rank = rng.random()
        for year in years:
            if rng.randrange(100) < district["paid_percent"][year]:
                is_lump = rng.randrange(100) < district["lump_percent"]
                rows.append(_payment(member, year, _tier_at(rank, tables[year]), is_lump, rng))
    Contribution.objects.bulk_create(rows)


def _tier_at(rank: float, weights: Mapping[int, int]) -> int:
    """The tier in yuan of somebody who stands at this share of the table, whatever its tiers are called this year."""
    bounds = list(accumulate(weights.values()))
    return list(weights)[bisect(bounds, rank * bounds[-1])]


def _payment(member: Membership, year: int, yuan: int, is_lump: bool, rng: random.Random) -> Contribution:
    return Contribution(
        person_id=member.person_id,
        year=year,
        kind=ContributionKind.LUMP_SUM if is_lump else ContributionKind.REGULAR,
        tier_fen=yuan * YUAN,
        personal_fen=yuan * YUAN * (6 if is_lump else 1),
        paid_on=date(year, 1, 5) + timedelta(days=rng.randrange(150)),
        voucher=f"3{member.county_code[2:6]}{year % 100}{rng.randrange(10**8):08d}",
        **member.area_codes(),
    )


def declare_incomes(organisation: CollectiveOrganisation, *, yuan: int, clerk: User) -> None:
    """Disposable income of 2023 to 2025, growing a little."""
    for step, year in enumerate(INCOME_YEARS):
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
