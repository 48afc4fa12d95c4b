"""Money that comes for a line already given up (A-67): the cap is reserved anew, or the money is a surplus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.workflow import move_rows
from ledger.caps import reserve_caps
from policies.selectors import rulebook
from subsidies.enums import LineState, Match
from subsidies.models import Line, PaymentNotice
from subsidies.rules.matching import Expected, Judged


def keep_within_caps(
    notice: PaymentNotice, judged: list[Judged], expected: Mapping[str, Expected]
) -> list[Judged]:
    """Revive given-up lines that were paid in full and whose person still has room in the year's cap.

    Where the cap is used by then, or the rulebook does not revive lines, the money is a surplus to be returned.
    """
    given_up = {line.line_id for line in expected.values() if line.is_given_up}
    paid = [row.line_id for row in judged if row.match == Match.SAME and row.line_id in given_up]
    if not paid:
        return judged
    refused = set(paid) - _revive(notice, [pk for pk in paid if pk is not None])
    return [replace(row, match=Match.EXTRA) if row.line_id in refused else row for row in judged]


def _revive(notice: PaymentNotice, line_ids: list[int]) -> set[int]:
    if not rulebook(notice.village_code, on=notice.issued_on).flag("late_money_revives_line"):
        return set()
    lines = Line.objects.filter(pk__in=line_ids, state=LineState.GIVEN_UP)
    revived: set[int] = set()
    for limit in lines.order_by("cap_limit_fen").values_list("cap_limit_fen", flat=True).distinct():
        group = lines.filter(cap_limit_fen=limit)
        over = (
            reserve_caps(group, year=notice.application.year, limit_fen=limit) if limit is not None else set()
        )
        revived |= set(group.exclude(person_id__in=over).values_list("pk", flat=True))
    move_rows(
        lines.filter(pk__in=revived), [LineState.GIVEN_UP], LineState.ELIGIBLE, left_on=None, left_reason=""
    )
    return revived
