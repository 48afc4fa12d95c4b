"""Who may do what, and where: the runner and every selector ask here.

The roles themselves are kept by a higher room, which registers how a user's access is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.divisions import is_above_county
from core.errors import ActorNotPermitted, NotInArea

if TYPE_CHECKING:
    from core.models import User

COUNTY_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS = 6, 9, 12


@dataclass(frozen=True, slots=True)
class Area:
    """One administrative area by its 12-digit code; an empty code is the whole country.

    A functional zone has no code: its area is the `towns` it handles, within the region `code` whose rules bind it.
    """

    code: str = ""
    towns: frozenset[str] = frozenset()

    def column(self) -> str:
        """The code column that holds this area's level, empty for the whole country or a province."""
        if self.towns:
            return "town_code"
        if not self.code:
            return ""
        if self.code[TOWN_DIGITS:] != "0" * (VILLAGE_DIGITS - TOWN_DIGITS):
            return "village_code"
        if self.code[COUNTY_DIGITS:] != "0" * (VILLAGE_DIGITS - COUNTY_DIGITS):
            return "town_code"
        return "county_code"

    @property
    def is_above_county(self) -> bool:
        """Whether it is a prefecture, a province or the country."""
        return not self.towns and (not self.code or is_above_county(self.code))

    @property
    def own_town(self) -> str:
        """The code of the one town it is; empty for anything wider or smaller."""
        return self.code if self.column() == "town_code" and not self.towns else ""

    @property
    def seat(self) -> str:
        """The code of the place at which a row about the whole area stands; a zone's is the first of its towns."""
        return min(self.towns, default=self.code)

    def filters(self, prefix: str = "") -> dict[str, Any]:
        """Filter arguments for rows that carry the three code columns."""
        if self.towns:
            return {f"{prefix}town_code__in": sorted(self.towns)}
        column = self.column()
        if not column:
            return {}
        if column == "county_code" and self.code[4:6] == "00":
            # A province or a prefecture: codes nest by prefix above the county.
            digits = 2 if self.code[2:4] == "00" else 4
            return {f"{prefix}county_code__startswith": self.code[:digits]}
        return {f"{prefix}{column}": self.code}

    def holds(self, row: Any) -> bool:
        """Whether a row with code columns lies in this area; one about a zone does only with every town of it."""
        zone_towns = getattr(row, "zone_towns", "")
        if zone_towns:
            return self.holds_towns(zone_towns)
        if self.towns:
            return row.town_code in self.towns
        return all(
            str(getattr(row, name.removesuffix("__startswith"))).startswith(value)
            if name.endswith("__startswith")
            else getattr(row, name) == value
            for name, value in self.filters().items()
        )

    def holds_towns(self, codes: str) -> bool:
        """Whether every one of these towns lies in this area; their codes with a comma between."""
        return all(self.holds(_Town(code)) for code in codes.split(","))


class _Town:
    """A town by its code, as a row that stands there."""

    village_code = ""

    def __init__(self, code: str) -> None:
        self.town_code = code
        self.county_code = code[:COUNTY_DIGITS].ljust(VILLAGE_DIGITS, "0")


@dataclass(frozen=True, slots=True)
class Access:
    """What one user holds: roles, one area, and how far back he may date an act (None: as his roles may)."""

    roles: frozenset[str] = field(default_factory=frozenset)
    area: Area | None = None
    backdate_days: int | None = 0
    area_title: str = ""
    area_subtitle: str = ""

    def may(self, roles: frozenset[str]) -> bool:
        """Whether any of these roles is held."""
        return bool(self.roles & roles)


NO_ACCESS = Access()
_provider: Callable[[User], Access] = lambda user: NO_ACCESS  # noqa: E731


def register_access_provider(provider: Callable[[User], Access]) -> None:
    """Tell core how a user's roles and area are found (once, at start)."""
    global _provider
    _provider = provider


def access_of(user: Any) -> Access:
    """The user's access, read once per user object."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NO_ACCESS
    cached = user.__dict__.get("_access")
    if cached is None:
        cached = user.__dict__["_access"] = _provider(user)
    return cached


def require_role(user: Any, roles: frozenset[str], act_label: str = "") -> Access:
    """Raise `ActorNotPermitted` unless the user holds one of the roles."""
    access = access_of(user)
    if not access.may(roles) or access.area is None:
        raise ActorNotPermitted(
            f"您的岗位不能办理“{act_label}”。" if act_label else "您的岗位不能办理这一步。"
        )
    return access


def require_area(user: Any, row: Any) -> None:
    """Raise `NotInArea` unless the row lies in the user's area."""
    access = access_of(user)
    if access.area is None or not access.area.holds(row):
        raise NotInArea
