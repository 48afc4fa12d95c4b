"""The next number of a document, without gaps."""

from __future__ import annotations

from core.models import DocumentCounter


def next_number(*, body: str, kind: str, year: int) -> int:
    """Take the next number for body, kind and year inside the caller's transaction.

    The row lock makes two callers wait for each other; a rolled-back act gives its number back.
    """
    DocumentCounter.objects.get_or_create(body=body, kind=kind, year=year)
    counter = DocumentCounter.objects.select_for_update().get(body=body, kind=kind, year=year)
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    return counter.last_number
