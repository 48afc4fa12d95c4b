"""The demo's accounts: one a role, two where a second officer is required."""

from __future__ import annotations

from functools import cache
from typing import Any, TypedDict

import yaml
from django.conf import settings
from django.db import transaction

from core.models import User
from villages.enums import Role
from villages.models import CollectiveOrganisation, Region
from villages.services.staff import make_account

ACCOUNTS_FILE = settings.BASE_DIR / "fixtures" / "demo" / "accounts.yaml"


class DemoAccount(TypedDict):
    """One row of the table that start, login page and `demo_accounts` show."""

    role: str
    role_label: str
    username: str
    password: str
    area: str
    area_code: str
    name: str
    doing: str


@cache
def _file() -> dict[str, Any]:
    return yaml.safe_load(ACCOUNTS_FILE.read_text(encoding="utf-8"))


def demo_password() -> str:
    """The password of every demo account."""
    return _file()["password"]


def demo_accounts() -> list[DemoAccount]:
    """The accounts in the order of the work."""
    rows = _file()["accounts"]
    names = dict(
        Region.objects.filter(code__in=[row["region"] for row in rows]).values_list("code", "short_name")
    )
    return [
        {
            "role": row["role"],
            "role_label": Role(row["role"]).label,
            "username": row["username"],
            "password": demo_password(),
            "area": names.get(row["region"], row["region"]),
            "area_code": row["region"],
            "name": row["name"],
            "doing": row["doing"],
        }
        for row in rows
    ]


def is_demo_or_empty() -> bool:
    """Whether the demo may be seeded here: nobody works in this database yet, or the demo's own accounts do.

    A demo that grew by accounts and organisations of its visitors stays a demo.
    """
    names = {(row["username"], row["name"]) for row in _file()["accounts"]}
    if names & set(User.objects.values_list("username", "display_name")):
        return True
    return not User.objects.exists() and not CollectiveOrganisation.objects.exists()


@transaction.atomic
def seed_accounts() -> dict[str, User]:
    """Make the accounts that are missing; return all by username."""
    existing = User.objects.in_bulk([row["username"] for row in _file()["accounts"]], field_name="username")
    for row in _file()["accounts"]:
        if row["username"] not in existing:
            existing[row["username"]] = make_account(
                username=row["username"],
                display_name=row["name"],
                password=demo_password(),
                region=Region.objects.get(code=row["region"]),
                roles=[Role(row["role"])],
            )
    return existing
