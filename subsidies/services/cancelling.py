"""What a suspension cancels: every line on its way for which no money came in. Source: NX-18, A-24, A-68."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.lengths import REMARK_TEXT
from core.workflow import By, Effect, move_rows, run_step
from subsidies.enums import LineState
from subsidies.models import Application, NoticeLine
from subsidies.selectors.suspensions import sums_of, unremitted_lines
from subsidies.services.notices import cancel_and_replace
from subsidies.services.pools import release_line_caps
from subsidies.services.progress import advance_application
from subsidies.workflow import filings as steps
from subsidies.workflow.notices import LIVE
from villages.models import CollectiveOrganisation

REASON = "SUSPENDED"


def cancel_unremitted(
    organisation: CollectiveOrganisation, *, by: By, from_on: date, note: str
) -> tuple[int, int]:
    """Cancel the unpaid lines of an organisation, batch by batch; returns how many, and their sum.

    Caps are freed and notices void, or replaced over what is paid in part. Each line keeps the day from which the
    suspension holds: money paid before it still finishes the line.
    """
    sums = sums_of(unremitted_lines(organisation.pk))
    ids = unremitted_lines(organisation.pk).order_by().values("application").distinct()
    batches = Application.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    for batch in list(batches.order_by("pk")):
        lines = list(unremitted_lines(organisation.pk).filter(application=batch).values_list("pk", "state"))
        if batch.state in steps.CANCEL_BATCH.sources:
            _cancel_before_notice(batch, by=by, from_on=from_on, note=note)
        else:
            _cancel_noticed([pk for pk, _state in lines], batch, by=by, from_on=from_on, note=note)
    return sums["count"], sums["fen"]


def _fields(by: By, from_on: date, note: str) -> dict[str, object]:
    return {
        "left_reason": REASON,
        "left_event_on": from_on,
        "left_note": note[:REMARK_TEXT],
        "left_on": by.on,
    }


def _cancel_before_notice(batch: Application, *, by: By, from_on: date, note: str) -> None:
    def effect(row: Application) -> Effect:
        pending = row.lines.filter(state=LineState.PENDING)
        sums = sums_of(pending)
        move_rows(pending, [LineState.PENDING], LineState.CANCELLED, **_fields(by, from_on, note))
        return Effect(note=note, reason_code="E-SUSPENDED", rows_count=sums["count"], amount_fen=sums["fen"])

    run_step(steps.CANCEL_BATCH, Application.objects.all(), batch.pk, by=by.within(), effect=effect)


def _cancel_noticed(line_ids: Iterable[int], batch: Application, *, by: By, from_on: date, note: str) -> None:
    ids = set(line_ids)
    on_notice = set(
        NoticeLine.objects.filter(line_id__in=ids, notice__state__in=LIVE).values_list("line_id", flat=True)
    )
    if on_notice:
        cancel_and_replace(sorted(on_notice), by=by.within(), fields=_fields(by, from_on, note))
    # Lines whose notice was voided wait for a new one that will never come.
    loose = batch.lines.filter(pk__in=ids - on_notice)
    release_line_caps(loose.filter(state=LineState.ELIGIBLE), year=batch.year)
    move_rows(loose, [LineState.ELIGIBLE], LineState.CANCELLED, **_fields(by, from_on, note))
    advance_application(batch.pk, by=by)
