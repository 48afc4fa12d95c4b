"""Money for a line given up (A-67) or cancelled (A-68): cap and pool are reserved anew, or the money is a surplus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from core.workflow import move_rows
from ledger.caps import reserve_caps
from policies.selectors import rulebook
from subsidies.enums import LineState, Match
from subsidies.models import Line, PaymentNotice
from subsidies.rules.matching import Expected, Judged
from subsidies.rules.suspensions import FINISH
from subsidies.services.pools import beyond_pools, release_line_caps

# Lines that money may still bring back.
REVIVABLE_LINES = frozenset({LineState.GIVEN_UP, LineState.CANCELLED})


def keep_within_caps(
    notice: PaymentNotice, judged: list[Judged], expected: Mapping[str, Expected], paid_on: Sequence[date]
) -> list[Judged]:
    """Revive gone lines that were paid in full and whose person still has room in the year's cap.

    Of a cancelled line the day of payment counts: it must lie before the suspension. Where cap or pool are used up,
    or the rulebook does not revive lines, the money is a surplus to be returned.
    """
    gone = {line.line_id: line for line in expected.values() if line.is_given_up}
    paid = {
        row.line_id: day
        for row, day in zip(judged, paid_on, strict=True)
        if row.match == Match.SAME and row.line_id in gone
    }
    if not paid:
        return judged
    in_time = [pk for pk, day in paid.items() if pk is not None and _is_in_time(gone[pk], day)]
    refused = paid.keys() - _revive(notice, in_time)
    return [replace(row, match=Match.EXTRA) if row.line_id in refused else row for row in judged]


def _is_in_time(line: Expected, paid_on: date) -> bool:
    return line.cancelled_from is None or paid_on < line.cancelled_from


def _revive(notice: PaymentNotice, line_ids: list[int]) -> set[int]:
    lines = Line.objects.filter(pk__in=line_ids, state__in=_revivable(notice))
    revived = set(lines.filter(counts_in_cap=False).values_list("pk", flat=True))
    capped = lines.filter(counts_in_cap=True)
    for limit in capped.order_by("cap_limit_fen").values_list("cap_limit_fen", flat=True).distinct():
        group = capped.filter(cap_limit_fen=limit)
        over = (
            reserve_caps(group, year=notice.application.year, limit_fen=limit) if limit is not None else set()
        )
        revived |= set(group.exclude(person_id__in=over).values_list("pk", flat=True))
    beyond = beyond_pools(lines.filter(pk__in=revived))
    release_line_caps(lines.filter(pk__in=beyond), year=notice.application.year)
    revived -= beyond
    move_rows(lines.filter(pk__in=revived), REVIVABLE_LINES, LineState.ELIGIBLE, left_on=None, left_reason="")
    return revived


def _revivable(notice: PaymentNotice) -> list[str]:
    rules = rulebook(notice.village_code, on=notice.issued_on)
    finish = rules.get("suspension_remitted_line")
    may = {
        LineState.GIVEN_UP: rules.flag("late_money_revives_line"),
        LineState.CANCELLED: finish is not None and finish.value == FINISH,
    }
    return [str(state) for state, is_allowed in may.items() if is_allowed]
