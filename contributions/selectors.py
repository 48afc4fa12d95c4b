"""Members with what they paid, and payments, within the actor's area."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from contributions.enums import YEARLY_KINDS
from contributions.models import Contribution
from core.access import require_role
from core.errors import NotInArea
from core.models import User
from villages.enums import CASE_READERS, Role
from villages.models import Membership, PersonStatus
from villages.selectors.people import known_here, members_within

CONTRIBUTION_READERS = CASE_READERS | {Role.TAX}


def members_with_payments(actor: User, *, year: int) -> QuerySet[Membership]:
    """Open memberships with `paid_fen` (this year's tier) and `paid_before_fen` (last year's)."""
    return members_within(actor).annotate(paid_fen=_tier_of(year), paid_before_fen=_tier_of(year - 1))


def _tier_of(year: int) -> Subquery:
    payments = Contribution.objects.filter(
        person=OuterRef("person"), year=year, kind__in=YEARLY_KINDS, reversed_on__isnull=True
    )
    return Subquery(payments.order_by("-tier_fen").values("tier_fen")[:1])


def member_counts(rows: QuerySet[Membership]) -> dict[str, int]:
    """How many members stand in each filter of the list; one query."""
    return rows.aggregate(
        all=Count("pk"),
        paid=Count("pk", filter=Q(paid_fen__isnull=False)),
        unpaid=Count("pk", filter=Q(paid_fen__isnull=True)),
        status=Count("pk", filter=Q(has_status=True)),
    )


def payments_of(actor: User, member: Membership) -> QuerySet[Contribution]:
    """All payments of a member, newest year first; of one who left, those of the actor's area only."""
    rows = Contribution.objects.filter(person_id=member.person_id)
    return known_here(rows, actor, member).order_by("-year", "-paid_on")


def contributions_within(actor: User) -> QuerySet[Contribution]:
    """Payments recorded in the area, with their person."""
    area = require_role(actor, CONTRIBUTION_READERS, "个人缴费").area
    rows = Contribution.objects.within(area) if area else Contribution.objects.none()
    return rows.select_related("person")


def contribution(actor: User, pk: int) -> Contribution:
    """One of them; raises NotInArea otherwise."""
    found = contributions_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def contribution_totals(rows: QuerySet[Contribution]) -> dict[str, Any]:
    """Count of persons and sums of a list, those left out that were taken back."""
    return rows.filter(reversed_on__isnull=True).aggregate(
        persons=Count("person", distinct=True), personal=Sum("personal_fen"), on_behalf=Sum("on_behalf_fen")
    )


def statuses_of(actor: User, member: Membership) -> QuerySet[PersonStatus]:
    """What was reported of a member, newest first; of one who left, what was reported in the actor's area only."""
    rows = PersonStatus.objects.filter(person_id=member.person_id).select_related("reported_by")
    return known_here(rows, actor, member).order_by("-event_on", "-pk")
