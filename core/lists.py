"""The frame of every list: words, sorting, pages, export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.crypto import blind_index
from core.look import Pill
from core.sheets.writer import OutColumn, download, sheet_file_name, table_workbook

PAGE_ROWS = 50
LAST4_LENGTH = 4


def list_page(
    request: HttpRequest, rows: QuerySet, *, sorts: Mapping[str, Sequence[str]], default: str
) -> Page:
    """One page of a list in the order that `?sort=` asks for ("-" before the name: descending).

    sorts: name in the address → order_by fields; a tie is broken by the key.
    """
    asked = request.GET.get("sort", default)
    name = asked.removeprefix("-")
    fields = sorts.get(name) or sorts[default.removeprefix("-")]
    descending = asked.startswith("-") if name in sorts else default.startswith("-")
    order = [f"-{f}" if descending else f for f in fields]
    return page_of(request, rows.order_by(*order, "pk"))


def page_of(request: HttpRequest, rows: QuerySet) -> Page:
    """The page of rows that is asked for, in the order they have."""
    return Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))


def query_with(request: HttpRequest, **changes: str) -> str:
    """The address's own query with these changes, from its first page; an empty value drops the name."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        query[name] = value
        if not value:
            query.pop(name)
    return f"?{query.urlencode()}"


def choice_pills(
    request: HttpRequest, name: str, counts: Mapping[str, int], labels: Iterable[tuple[str, str]]
) -> list[Pill]:
    """全部, and each value of `?name=` that has rows. counts: rows by value; labels: (value, word) in their order."""
    asked = request.GET.get(name, "")
    every = Pill(_("全部"), sum(counts.values()), query_with(request, **{name: ""}), active=not asked)
    return [every] + [
        Pill(label, counts[value], query_with(request, **{name: value}), active=asked == value)
        for value, label in labels
        if counts.get(value)
    ]


def person_words(words: str, prefix: str = "") -> Q:
    """Persons by part of the name, beginning of the pinyin, or the last four of the identity number."""
    words = words.strip()
    if not words:
        return Q()
    found = Q(**{f"{prefix}name__contains": words}) | Q(**{f"{prefix}pinyin__startswith": words.lower()})
    if len(words) == LAST4_LENGTH and words[:-1].isdecimal():
        found |= Q(**{f"{prefix}last4_index": blind_index(words.upper(), purpose="last4")})
    return found


@dataclass(frozen=True, slots=True)
class Export:
    """How a list leaves as a workbook: title, columns, and how a row becomes cells."""

    title: str
    columns: Sequence[OutColumn]
    cells: Callable[[Any], Sequence[Any]]

    def answer(self, rows: Iterable[Any]) -> HttpResponse:
        """The workbook as a download."""
        content = table_workbook(self.title, self.columns, (self.cells(row) for row in rows))
        return download(content, sheet_file_name(self.title, timezone.localdate()))
