"""Reads of the registers, within the reader's area."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from desk.models import Entry, Outreach, Selection, Summary
from desk.registers import workflow as steps
from villages.models import CollectiveOrganisation, Region
from villages.selectors.regions import organisations_within, regions_within

MODELS: dict[str, type[Entry]] = {"outreach": Outreach, "summary": Summary, "selection": Selection}
RELATED = {
    "outreach": ("region__parent", "recorded_by"),
    "summary": ("region__parent", "recorded_by"),
    "selection": ("organisation__region__parent", "recorded_by"),
}


def entries(actor: User, kind: str) -> QuerySet[Entry]:
    """Entries of one register (outreach, summary, selection) of the actor's area, struck ones among them."""
    area = require_role(actor, steps.REGISTER_READERS).area
    assert area is not None
    return MODELS[kind]._default_manager.within(area).select_related(*RELATED[kind])


def entry(actor: User, kind: str, pk: int) -> Entry:
    """One entry; raises NotInArea."""
    found = entries(actor, kind).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def words_in(kind: str, words: str) -> Q:
    """Entries by words of their title or of their place."""
    words = words.strip()
    if not words:
        return Q()
    if kind == "selection":
        return Q(organisation__name__contains=words) | Q(organisation__region__short_name__contains=words)
    return (
        Q(title__contains=words)
        | Q(region__short_name__contains=words)
        | Q(region__parent__short_name__contains=words)
    )


def places_for(actor: User) -> QuerySet[Region]:
    """Where the actor may record something: his own village, or his town or county with what lies in it."""
    return regions_within(actor).filter(level__in=["county", "township", "village"]).order_by("code")


def places_of_notes(actor: User, levels: list[str]) -> QuerySet[Region]:
    """Villages and towns of the area that may hand in a note."""
    return regions_within(actor).filter(level__in=levels).order_by("code")


def organisations_for(actor: User) -> QuerySet[CollectiveOrganisation]:
    """Organisations that the actor may check."""
    return organisations_within(actor).order_by("village_code")
