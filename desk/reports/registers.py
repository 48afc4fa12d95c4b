"""The registers as reports count them: events held, notes written."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from desk.enums import EntryState
from desk.models import Outreach, Selection, Summary
from desk.reports.scope import Scope

NOTES = Count("pk")
OUTREACH = Count("pk")


def held(scope: Scope) -> QuerySet[Outreach]:
    """Events of the year, by the day asked."""
    rows = Outreach.objects.filter(year=scope.year, state=EntryState.RECORDED, held_on__lte=scope.on)
    return scope.within(rows)


def written(scope: Scope) -> QuerySet[Summary]:
    """Experience notes and town summaries of the year."""
    rows = Summary.objects.filter(year=scope.year, state=EntryState.RECORDED, written_on__lte=scope.on)
    return scope.within(rows)


def chosen(scope: Scope) -> QuerySet[Selection]:
    """Organisations checked against the criteria of the first batch."""
    return scope.within(Selection.objects.filter(year=scope.year, state=EntryState.RECORDED))
