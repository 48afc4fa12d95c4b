"""What rests on a membership: asked before one is taken back. Rows of any room that point to it, and what rooms say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from villages.models import Membership

# Each gets membership ids and returns the sentence for those that something rests on, in one query or two.
Hold = Callable[[Sequence[int]], dict[int, str]]
HOLDS: list[Hold] = []


def register_membership_hold(hold: Hold) -> None:
    """Tell villages what stands against taking memberships back (at start of a room)."""
    HOLDS.append(hold)


def holds_on(membership_ids: Sequence[int]) -> dict[int, str]:
    """Membership id → what rests on it, in a sentence; one or two queries for each room that asked."""
    found = _pointed_to(membership_ids)
    for hold in HOLDS:
        for membership_id, sentence in hold(membership_ids).items():
            found.setdefault(membership_id, sentence)
    return found


def _pointed_to(membership_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for relation in Membership._meta.related_objects:
        column = relation.field.attname
        rows = relation.related_model._base_manager.filter(**{f"{column}__among": list(membership_ids)})
        sentence = _("已用在“%(what)s”里") % {"what": relation.related_model._meta.verbose_name}
        for membership_id in rows.values_list(column, flat=True).distinct():
            found.setdefault(membership_id, sentence)
    return found


def persons_of(membership_ids: Sequence[int]) -> dict[int, int]:
    """Person id → membership id, for holds that know persons only."""
    return dict(Membership.objects.filter(pk__among=list(membership_ids)).values_list("person_id", "pk"))
