"""Roles and area of a user, as core asks for them."""

from __future__ import annotations

from django.utils import timezone

from core.access import Access, Area
from core.models import User
from villages.models import StaffArea, StaffRole
from villages.zones import zones_with_towns

# Prefectures of a municipality that exist in the code list only.
PLACEHOLDERS = ("市辖区", "县")


def access_of_staff(user: User) -> Access:
    """Two small queries a request, roles and area; for a zone also the towns that its rulebook names.

    Somebody without an area may do nothing, and no more may somebody of a zone that handles no town any longer.
    """
    staff = StaffArea.objects.filter(user=user).select_related("region__parent__parent").first()
    if staff is None:
        return Access()
    towns = _towns_of(staff)
    if staff.zone and not towns:
        return Access()
    roles = frozenset(StaffRole.objects.filter(user=user).values_list("role", flat=True))
    return Access(
        roles=roles,
        area=Area(staff.region_id, towns),
        backdate_days=staff.backdate_days,
        area_title=staff.place_name,
        area_subtitle=_subtitle(staff),
    )


def _towns_of(staff: StaffArea) -> frozenset[str]:
    if not staff.zone:
        return frozenset()
    return zones_with_towns(staff.region_id, on=timezone.localdate()).get(staff.zone, frozenset())


def _subtitle(staff: StaffArea) -> str:
    if staff.zone:
        return str(staff.region)
    parent = staff.region.parent
    if parent is not None and parent.name in PLACEHOLDERS:
        parent = parent.parent
    return str(parent) if parent else ""
