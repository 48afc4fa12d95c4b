"""Places within the actor's area."""

from __future__ import annotations

from django.db.models import QuerySet

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from villages.enums import EVERYBODY
from villages.models import CollectiveOrganisation, Region


def regions_within(actor: User) -> QuerySet[Region]:
    """Counties, towns and villages of the actor's area, the area itself among them."""
    area = require_role(actor, EVERYBODY).area
    return Region.objects.filter(**area.filters()) if area else Region.objects.none()


def organisations_within(actor: User) -> QuerySet[CollectiveOrganisation]:
    """Collective organisations of the actor's area."""
    area = require_role(actor, EVERYBODY).area
    if area is None:
        return CollectiveOrganisation.objects.none()
    return CollectiveOrganisation.objects.within(area).select_related("region__parent__parent")


def organisation(actor: User, pk: int) -> CollectiveOrganisation:
    """One organisation of the actor's area; raises NotInArea otherwise."""
    found = organisations_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def own_organisation(actor: User) -> CollectiveOrganisation | None:
    """The organisation of a village clerk; None for staff of a wider area."""
    area = actor.access.area
    if area is None or area.column() != "village_code":
        return None
    return organisations_within(actor).filter(village_code=area.code).first()
