"""What members paid for a year as officers and explanations show it: the sum with its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.money import yuan_text
from policies.selectors import Rulebook
from subsidies.rules.payments import kinds_in_parts, with_sums


@dataclass(slots=True)
class Payment:
    """What a person paid for one year; `parts` where it came in several payments: (words, fen, day)."""

    tier_fen: int
    paid_on: date
    is_complete: bool
    kind: str = ""
    note: str = ""
    parts: list[tuple[str, int, date]] = field(default_factory=list)


def payments_of(
    persons: Sequence[int], years: Sequence[int], rules: Rulebook
) -> dict[tuple[int, int], Payment]:
    """(person, year) → what was paid for it, a complete payment before an incomplete one; one statement."""
    rows = Contribution.objects.filter(person__in=persons, year__in=years, reversed_on__isnull=True)
    summed = with_sums(rows, years=years, rulebook=rules)
    best: dict[tuple[int, int], Any] = {}
    parts: dict[tuple[int, int, str], list[Contribution]] = {}
    parted = kinds_in_parts(rules)
    for row in summed.order_by("is_complete", "reached_fen", "tier_fen", "pk"):
        best[row.person_id, row.year] = row
        if row.kind in parted:
            parts.setdefault((row.person_id, row.year, row.county_code), []).append(row)
    return {
        key: _payment(row, parts[*key, row.county_code] if row.kind in parted else [row])
        for key, row in best.items()
    }


def _payment(row: Any, of_year: list[Contribution]) -> Payment:
    if len(of_year) == 1:
        note = _("政府代缴%(yuan)s元") % {"yuan": yuan_text(row.on_behalf_fen)} if row.on_behalf_fen else ""
        kind = "" if row.kind == ContributionKind.REGULAR else row.get_kind_display()
        return Payment(row.reached_fen, row.paid_on, row.is_complete, kind, note)
    parts = [part for one in sorted(of_year, key=lambda one: (one.paid_on, one.pk)) for part in _parts(one)]
    sums = {"n": len(of_year), "yuan": yuan_text(sum(fen for _words, fen, _day in parts))}
    note = _("%(n)d笔合计%(yuan)s元") % sums
    return Payment(row.reached_fen, row.last_paid_on, row.is_complete, "", note, parts)


def _parts(row: Contribution) -> Iterator[tuple[str, int, date]]:
    own = _("本人缴费") if row.kind == ContributionKind.REGULAR else row.get_kind_display()
    if row.personal_fen:
        yield own, row.personal_fen, row.paid_on
    if row.on_behalf_fen:
        yield _("政府代缴"), row.on_behalf_fen, row.paid_on
