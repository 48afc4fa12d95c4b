"""The yearly cap: reserved when a batch is confirmed, released by withdrawal, lapse and refund."""

from __future__ import annotations

from django.db import models
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Value

from core.database import insert_select
from ledger.models import CapUse


def reserve_caps(claims: QuerySet, *, year: int, limit_fen: int) -> set[int]:
    """Reserve what each person claims of the year's cap; return the persons over it, for whom nothing is reserved.

    claims: rows with `person_id` and `amount_fen`, several a person are added up. Must run in a transaction. Rows
    are made first and locked in person order, so two batches with the same persons wait and never deadlock; the
    later one is judged by what the earlier left. Source: CS-09, A-03.
    """
    claims = claims.order_by()
    _make_rows(claims, year, limit_fen)
    uses = lock_uses(claims, year=year)
    uses.filter(reserved_fen__lte=limit_fen).exclude(limit_fen=limit_fen).update(limit_fen=limit_fen)
    total = _total(claims)
    refused = _over(uses, total)
    within = uses.alias(claimed=total).filter(reserved_fen__lte=F("limit_fen") - F("claimed"))
    within.update(reserved_fen=F("reserved_fen") + total)
    return refused


def release_caps(claims: QuerySet, *, year: int) -> None:
    """Give back what these rows (`person_id`, `amount_fen`) had reserved of the year's cap."""
    claims = claims.order_by()
    lock_uses(claims, year=year).update(reserved_fen=F("reserved_fen") - _total(claims))


def _over(uses: QuerySet[CapUse], total: Subquery) -> set[int]:
    over = uses.alias(claimed=total).filter(reserved_fen__gt=F("limit_fen") - F("claimed"))
    return set(over.values_list("person_id", flat=True))


def lock_uses(claims: QuerySet, *, year: int) -> QuerySet[CapUse]:
    """Lock the cap rows of these persons, always in person order; return them as a queryset."""
    uses = CapUse.objects.filter(year=year, person_id__in=claims.order_by().values("person_id"))
    # Evaluated for its locks alone: the statements that follow see what the winner before us wrote.
    list(uses.select_for_update().order_by("person_id").values_list("pk", flat=True))
    return uses


def _make_rows(claims: QuerySet, year: int, limit_fen: int) -> None:
    rows = (
        claims.values("person_id")
        .distinct()
        .order_by("person_id")
        .values_list("person_id", Value(year), Value(limit_fen), Value(0))
    )
    insert_select(
        CapUse,
        ["person", "year", "limit_fen", "reserved_fen"],
        rows,
        on_conflict="(person_id, year) DO NOTHING",
    )


def _total(claims: QuerySet) -> Subquery:
    of_person = claims.filter(person_id=OuterRef("person_id")).values("person_id")
    return Subquery(
        of_person.annotate(total=Sum("amount_fen")).values("total"), output_field=models.BigIntegerField()
    )
