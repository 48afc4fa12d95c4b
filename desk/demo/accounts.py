"""The demo's accounts: one a role, two where a second officer is required; and who acts for a place."""

from __future__ import annotations

import random
from typing import Any, TypedDict

from django.contrib.auth.hashers import make_password
from django.db import transaction

from core.access import Area
from core.models import User
from desk.demo.districts import District, districts, shared
from desk.demo.people import a_name
from villages.enums import Role
from villages.models import CollectiveOrganisation, Region
from villages.services.staff import make_account

# Over what somebody works of whom the demo has no account of its own.
OWN_PLACE = {Role.CLERK: "village_code", Role.TOWNSHIP: "town_code"}


class DemoAccount(TypedDict):
    """One row of the table that start, login page and `demo_accounts` show."""

    district: str
    about: str
    role: str
    role_label: str
    username: str
    password: str
    area: str
    area_code: str
    name: str
    doing: str


def demo_password() -> str:
    """The password of every demo account."""
    return shared()["password"]


def _rows() -> list[tuple[District, dict[str, Any]]]:
    return [(district, row) for district in districts() for row in district["accounts"]]


def demo_accounts() -> list[DemoAccount]:
    """The accounts district by district, in the order of the work."""
    codes = {row["region"] for _district, row in _rows()}
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "short_name"))
    return [
        {
            "district": district["name"],
            "about": district["about"],
            "role": row["role"],
            "role_label": Role(row["role"]).label,
            "username": row["username"],
            "password": demo_password(),
            "area": names.get(row["region"], row["region"]),
            "area_code": row["region"],
            "name": row["name"],
            "doing": row["doing"],
        }
        for district, row in _rows()
    ]


def is_demo_or_empty() -> bool:
    """Whether the demo may be seeded here: nobody works in this database yet, or the demo's own accounts do.

    A demo that grew by accounts and organisations of its visitors stays a demo.
    """
    names = {(row["username"], row["name"]) for _district, row in _rows()}
    if names & set(User.objects.values_list("username", "display_name")):
        return True
    return not User.objects.exists() and not CollectiveOrganisation.objects.exists()


@transaction.atomic
def seed_accounts() -> dict[str, User]:
    """Make the accounts that are missing; return all by username."""
    rows = [row for _district, row in _rows()]
    existing = User.objects.in_bulk([row["username"] for row in rows], field_name="username")
    missing = [row for row in rows if row["username"] not in existing]
    regions = Region.objects.in_bulk({row["region"] for row in missing})
    for row in missing:
        existing[row["username"]] = make_account(
            username=row["username"],
            display_name=row["name"],
            password=None,
            region=regions[row["region"]],
            roles=[Role(row["role"])],
        )
    if missing:
        # One password that everybody may read: hashing it for each would cost the start several seconds.
        made = User.objects.filter(username__in=[row["username"] for row in missing])
        made.update(password=make_password(demo_password()))
    return existing


class Staff:
    """Who acts for a place: the demo's own accounts, else one that nobody can log in to."""

    def __init__(self, accounts: dict[str, User]) -> None:
        self._accounts = accounts
        self._unnamed: dict[str, User] = {}

    def of(self, role: Role, place: CollectiveOrganisation | Region) -> User:
        """Whoever holds the role in the narrowest area around the place."""
        fitting = [
            row for _district, row in _rows() if row["role"] == role and Area(row["region"]).holds(place)
        ]
        if fitting:
            # A code with fewer trailing zeros is a smaller place.
            row = max(fitting, key=lambda row: len(row["region"].rstrip("0")))
            return self._accounts[row["username"]]
        code = getattr(place, OWN_PLACE.get(role, "county_code"))
        username = f"{role}-{code}"
        if username not in self._unnamed:
            self._unnamed[username] = _unnamed(username, role, Region.objects.get(code=code))
        return self._unnamed[username]


def _unnamed(username: str, role: Role, region: Region) -> User:
    found = User.objects.filter(username=username).first()
    name = a_name(random.Random(username), male=role not in (Role.CLERK, Role.TAX))
    return found or make_account(
        username=username, display_name=name, password=None, region=region, roles=[role]
    )
