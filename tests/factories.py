"""Rows for tests. States are reached through services; only facts (persons, payments, incomes) are written directly."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace

from django.contrib.auth.hashers import make_password
from stdnum.cn import ric, uscc

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.crypto import blind_index
from core.models import User
from villages.enums import Role, Sex
from villages.models import (
    CollectiveOrganisation,
    Membership,
    OrganisationIncome,
    Person,
    Region,
    StaffArea,
    StaffRole,
)
from villages.services.staff import make_account

PASSWORD = "changshou2024"
COUNTY = "500115000000"
SHIMEN, SHAXI, FOREIGN = "500115002203", "500115002204", "370827100000"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "明芳秀英伟强磊静丽军洋勇艳杰娟涛超霞平刚桂兰玉珍建华"
_sequence = iter(range(1, 10**6))


def id_number(
    birth: date = date(1975, 5, 4), *, male: bool = True, sequence: int | None = None, county: str = "500115"
) -> str:
    """A valid identity number that no other call gave."""
    number = sequence if sequence is not None else next(_sequence)
    order = (number % 499) * 2 + (1 if male else 0)
    born = birth - timedelta(days=number // 499)
    head = f"{county}{born:%Y%m%d}{order:03d}"
    return head + ric.calc_check_digit(head + "0")


def person(*, name: str = "", number: str = "") -> Person:
    """A person of that identity number."""
    one = _person(name, number)
    one.save(force_insert=True)
    return one


def _person(name: str = "", number: str = "") -> Person:
    number = number or id_number()
    rng = random.Random(number)
    return Person(**person_fields(name or rng.choice(SURNAMES) + rng.choice(GIVEN), number))


def person_fields(name: str, number: str) -> dict:
    """The columns that follow from a name and an identity number."""
    return {
        "name": name,
        "pinyin": "",
        "id_cipher": number,
        "id_index": blind_index(number, purpose="id"),
        "last4": number[-4:],
        "last4_index": blind_index(number[-4:], purpose="last4"),
        "birth_date": date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
        "sex": Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
    }


def organisation(code: str = SHIMEN, **fields: object) -> CollectiveOrganisation:
    """The collective organisation of a village."""
    region = Region.objects.get(code=code)
    head = f"N2500115MF{code[-7:]}"
    defaults = {
        "name": f"{region.short_name}股份经济合作联合社",
        "uscc": head + uscc.calc_check_digit(head),
        "legal_representative": "李国富",
        "responsible_person": "张书记",
        "bank_name": "重庆农村商业银行",
        "account_name": f"{region.short_name}股份经济合作联合社",
        "bank_account": "1234567890123456",
        "bank_account_last4": "3456",
        "registered_on": date(2019, 12, 1),
        **region.area_codes(),
    }
    return CollectiveOrganisation.objects.get_or_create(region=region, defaults=defaults | fields)[0]


@dataclass
class Village:
    """An organisation with its members."""

    organisation: CollectiveOrganisation
    members: list[Membership] = field(default_factory=list)

    @property
    def persons(self) -> list[Person]:
        return [member.person for member in self.members]


def member(org: CollectiveOrganisation, who: Person | None = None, **fields: object) -> Membership:
    """An open membership."""
    one = _membership(org, who or person(), **fields)
    one.save(force_insert=True)
    return one


def _membership(org: CollectiveOrganisation, who: Person, **fields: object) -> Membership:
    defaults = {"group_name": "1组", "person_kind": "", "joined_on": date(2019, 12, 1)}
    return Membership(person=who, organisation=org, **(defaults | fields), **org.area_codes())


def paid(
    who: Person,
    year: int,
    yuan: int = 500,
    *,
    kind: ContributionKind = ContributionKind.REGULAR,
    on: date | None = None,
    **fields: object,
) -> Contribution:
    """A payment of the person's own contribution."""
    one = _payment(who, year, yuan, kind=kind, on=on, **fields)
    one.save(force_insert=True)
    return one


def _payment(
    who: Person,
    year: int,
    yuan: int = 500,
    *,
    kind: ContributionKind = ContributionKind.REGULAR,
    on: date | None = None,
    **fields: object,
) -> Contribution:
    return Contribution(
        person=who,
        year=year,
        kind=kind,
        tier_fen=yuan * 100,
        **({"personal_fen": yuan * 100, "county_code": COUNTY} | fields),
        paid_on=on or date(year, 3, 6),
    )


def income(
    org: CollectiveOrganisation, year: int, yuan: int, clerk: User | None = None
) -> OrganisationIncome:
    """Disposable income of a year."""
    clerk = clerk or User.objects.filter(username="clerk").first() or account("clerk", SHIMEN, Role.CLERK)
    return OrganisationIncome.objects.update_or_create(
        organisation=org,
        year=year,
        defaults={
            "disposable_fen": yuan * 100,
            "declared_by": clerk,
            "declared_on": date(year, 12, 31),
            **org.area_codes(),
        },
    )[0]


def make_village(
    code: str = SHIMEN, *, members: int = 30, yuan: int = 500, years: tuple[int, ...] = (2024,)
) -> Village:
    """A village whose members all paid the same tier for the years; income of 300,000.00 in each year before."""
    village = Village(organisation(code))
    # One statement for each kind of row: nearly every test begins with a village.
    persons = Person.objects.bulk_create(_person() for _ in range(members))
    village.members = Membership.objects.bulk_create(
        _membership(village.organisation, one) for one in persons
    )
    Contribution.objects.bulk_create(_payment(one, year, yuan) for one in persons for year in years)
    for year in (2023, 2024, 2025):
        income(village.organisation, year, 300_000)
    return village


# The stories of the tests are told in 2024: their accounts may enter what lies years back.
CENTURY = 36_500


def account(username: str, code: str, *roles: Role) -> User:
    """An account; made once a test."""
    found = User.objects.filter(username=username).first()
    return found or make_account(
        username=username,
        display_name=username,
        password=PASSWORD,
        region=Region.objects.get(code=code),
        roles=roles,
        backdate_days=CENTURY,
    )


CAST = {
    "clerk": (SHIMEN, Role.CLERK),
    "stranger": (SHAXI, Role.CLERK),
    "township": ("500115002000", Role.TOWNSHIP),
    "officer": (COUNTY, Role.OFFICER),
    "reviewer": (COUNTY, Role.REVIEWER),
    "tax": (COUNTY, Role.TAX),
    "finance": (COUNTY, Role.FINANCE),
    "finance_reviewer": (COUNTY, Role.FINANCE_REVIEWER),
    "agriculture": (COUNTY, Role.AGRICULTURE),
    "civil_affairs": (COUNTY, Role.CIVIL_AFFAIRS),
    "district": (COUNTY, Role.DISTRICT),
    "auditor": (COUNTY, Role.AUDITOR),
    "admin": (COUNTY, Role.ADMIN),
    "foreign_officer": ("370827000000", Role.OFFICER),
    "foreign_reviewer": ("370827000000", Role.REVIEWER),
    "foreign_tax": ("370827000000", Role.TAX),
    "foreign_finance": ("370827000000", Role.FINANCE),
}


def make_cast() -> SimpleNamespace:
    """Every account of CAST by its name."""
    return SimpleNamespace(**_accounts(CAST))


def _accounts(table: dict[str, tuple[str, Role]], prefix: str = "") -> dict[str, User]:
    """The accounts of a table by its names, written at once as `make_account` writes one; made once a test."""
    found = {
        user.username: user for user in User.objects.filter(username__in=[prefix + key for key in table])
    }
    regions = Region.objects.in_bulk({code for code, _ in table.values()})
    password = make_password(PASSWORD)
    fresh = {
        name: User(username=prefix + name, display_name=prefix + name, password=password, title=role.label)
        for name, (_, role) in table.items()
        if prefix + name not in found
    }
    User.objects.bulk_create(fresh.values())
    areas, roles = [], []
    for name, user in fresh.items():
        code, role = table[name]
        areas.append(
            StaffArea(user=user, region=regions[code], backdate_days=CENTURY, **regions[code].area_codes())
        )
        roles.append(StaffRole(user=user, role=role))
    StaffArea.objects.bulk_create(areas)
    StaffRole.objects.bulk_create(roles)
    return {name: fresh.get(name) or found[prefix + name] for name in table}


# 闽宁镇原隆村, a pilot village of Ningxia, whose plans three offices file.
NX_COUNTY, NX_TOWN, YUANLONG = "640121000000", "640121104000", "640121104205"
NX_CAST = {
    "clerk": (YUANLONG, Role.CLERK),
    "township": (NX_TOWN, Role.TOWNSHIP),
    "officer": (NX_COUNTY, Role.OFFICER),
    "reviewer": (NX_COUNTY, Role.REVIEWER),
    "agriculture": (NX_COUNTY, Role.AGRICULTURE),
    "civil_affairs": (NX_COUNTY, Role.CIVIL_AFFAIRS),
    "tax": (NX_COUNTY, Role.TAX),
    "finance": (NX_COUNTY, Role.FINANCE),
    "other_township": ("640121102000", Role.TOWNSHIP),
    "other_agriculture": ("640181000000", Role.AGRICULTURE),
}


def make_ningxia_cast() -> SimpleNamespace:
    """Accounts of 永宁县 by role, and two neighbours' offices."""
    return SimpleNamespace(**_accounts(NX_CAST, prefix="nx_"))


def make_ningxia_village(*, members: int = 3, years: tuple[int, ...] = (2024,)) -> Village:
    """原隆村 with members who paid in its own county for the years."""
    village = Village(organisation(YUANLONG))
    for _ in range(members):
        someone = member(village.organisation)
        village.members.append(someone)
        for year in years:
            paid(someone.person, year, on=date(year, 1, 10), county_code=NX_COUNTY)
    clerk = account("nx_clerk", YUANLONG, Role.CLERK)
    for year in (2023, 2024, 2025):
        income(village.organisation, year, 300_000, clerk)
    return village
