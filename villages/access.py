"""Roles and area of a user, as core asks for them."""

from __future__ import annotations

from core.access import Access, Area
from core.models import User
from villages.models import StaffArea, StaffRole

# Prefectures of a municipality that exist in the code list only.
PLACEHOLDERS = ("市辖区", "县")


def access_of_staff(user: User) -> Access:
    """Two small queries a request: roles and area. Somebody without an area may do nothing."""
    staff = StaffArea.objects.filter(user=user).select_related("region__parent__parent").first()
    if staff is None:
        return Access()
    roles = frozenset(StaffRole.objects.filter(user=user).values_list("role", flat=True))
    parent = staff.region.parent
    if parent is not None and parent.name in PLACEHOLDERS:
        parent = parent.parent
    return Access(
        roles=roles,
        area=Area(staff.region_id),
        backdate_days=staff.backdate_days,
        area_title=str(staff.region),
        area_subtitle=str(parent) if parent else "",
    )
