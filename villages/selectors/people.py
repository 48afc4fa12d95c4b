"""Members, changes and staff within the actor's area."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from core.models.area import AreaQuerySet
from villages.enums import AGENCY, CASE_READERS, Role
from villages.models import Membership, PersonChange, PersonStatus, StaffArea

STAFF_READERS = frozenset({Role.ADMIN, Role.AUDITOR})
CHANGE_READERS = AGENCY | {Role.AUDITOR, Role.DISTRICT}


def members_within(actor: User) -> QuerySet[Membership]:
    """Open memberships of the area with person and organisation; `is_dead` from the status lists."""
    area = require_role(actor, CASE_READERS, "成员名单").area
    rows = Membership.objects.filter(left_on__isnull=True)
    rows = rows.within(area) if area else rows.none()
    has_status = PersonStatus.objects.filter(person=OuterRef("person"), is_lifted=False)
    return rows.annotate(has_status=Exists(has_status)).select_related(
        "person", "organisation__region__parent"
    )


def member(actor: User, pk: int) -> Membership:
    """One membership, open or ended, of the area; raises NotInArea otherwise."""
    area = require_role(actor, CASE_READERS, "成员名单").area
    rows = Membership.objects.within(area) if area else Membership.objects.none()
    found = rows.select_related("person", "organisation__region__parent").filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def known_here(rows: AreaQuerySet, actor: User, member: Membership) -> AreaQuerySet:
    """What is known of a member (whom the caller found): everything, until he left; then what took place here."""
    if member.left_on is None:
        return rows
    area = actor.access.area
    return rows.within(area) if area else rows.none()


def changes_within(actor: User) -> QuerySet[PersonChange]:
    """Corrections and moves of the area."""
    area = require_role(actor, CHANGE_READERS, "人员变更").area
    rows = PersonChange.objects.within(area) if area else PersonChange.objects.none()
    return rows.select_related("person", "to_organisation", "proposed_by", "confirmed_by")


def change(actor: User, pk: int) -> PersonChange:
    """One change of the area."""
    found = changes_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def staff_within(actor: User) -> QuerySet[StaffArea]:
    """Accounts whose area lies in the actor's."""
    area = require_role(actor, STAFF_READERS, "账号").area
    rows = StaffArea.objects.within(area) if area else StaffArea.objects.none()
    return rows.select_related("user", "region__parent").prefetch_related("user__staff_roles")


def staff(actor: User, pk: int) -> StaffArea:
    """One account of the area, by the user's id."""
    found = staff_within(actor).filter(user_id=pk).first()
    if found is None:
        raise NotInArea
    return found
