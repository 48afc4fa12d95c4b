"""Money reported twice for many persons of one notice: the whole of it settled at once, in the same two steps."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.errors import InvalidInput, LedgerRefused, TransitionNotAllowed
from core.lengths import REMARK_TEXT
from core.money import yuan_text
from core.workflow import (
    By,
    Effect,
    Step,
    ground_of,
    move_rows,
    record_events,
    require_another_person,
    require_not_before,
    require_role,
    run_step,
)
from subsidies.enums import Settlement
from subsidies.models import Difference, PaymentNotice, TaxRow
from subsidies.selectors.repeats import VOID, WAYS, Repeats, repeats_of
from subsidies.services.notices.booking import return_rows, take_back_rows
from subsidies.services.notices.settlements import follow_notice
from subsidies.services.notices.standing import locked_batch
from subsidies.services.progress import advance_application
from subsidies.workflow import notices as steps


def propose_repeats(
    notice_id: int, *, by: By, settlement: str, reason: str = "", count: int | None = None
) -> int:
    """Propose one way out for every open repeat of a notice; return how many. Nothing moves yet.

    `count` is how many the proposer saw. Raises InvalidInput for a way that is not for many at once,
    TransitionNotAllowed where there are none, or not as many as he saw.
    """
    text = reason.strip()

    def effect(notice: PaymentNotice) -> Effect:
        _require_way(settlement)
        found = repeats_of(notice).open
        _require_seen(found, count)
        require_not_before(by.on, *(row.last_acted_on for row in found.rows))
        fields = {
            "settlement": str(settlement),
            "reason": text[:REMARK_TEXT],
            "terms": VOID if settlement == Settlement.CORRECT else {},
            "proposed_by": by.actor,
            "proposed_on": by.on,
        }
        _move(found, steps.PROPOSE, notice, by, text, **fields)
        return _effect(found, settlement, text)

    return _run(steps.PROPOSE_REPEATS, notice_id, by=by, effect=effect)


def confirm_repeats(
    notice_id: int, *, by: By, settlement: str, count: int | None = None, sum_fen: int | None = None
) -> int:
    """Confirm every repeat that another person proposed to settle this way; return how many. The money follows.

    `count` and `sum_fen` are how many and how much the confirmer saw: as many rows may be others by now.
    Raises as `propose_repeats` does, SeparationOfDuties where the confirmer proposed one of them himself, and
    LedgerRefused where the money of one moved before.
    """

    def effect(notice: PaymentNotice) -> Effect:
        _require_way(settlement)
        found = repeats_of(notice).proposed[Settlement(settlement)]
        _require_seen(found, count, sum_fen)
        require_another_person(by.actor, [row.proposed_by_id for row in found.rows])
        require_not_before(by.on, *(row.last_acted_on for row in found.rows))
        rows = TaxRow.objects.filter(pk__among=[row.tax_row_id for row in found.rows])
        settle = take_back_rows if settlement == Settlement.CORRECT else return_rows
        _require_moved(settle(rows, notice, by=by), found)
        fields = {"settled_by": by.actor, "settled_on": by.on, "moved_fen": F("found_fen")}
        _move(found, steps.CONFIRM, notice, by, "", **fields)
        return _effect(found, settlement, "")

    return _run(steps.CONFIRM_REPEATS, notice_id, by=by, effect=effect, is_last=True)


def _require_way(settlement: str) -> None:
    if settlement not in WAYS:
        message = _("一并处理重复缴款，办法只能是：%(names)s。") % {
            "names": "、".join(str(way.label) for way in WAYS)
        }
        raise InvalidInput(message, fields={"settlement": [message]})


def _require_seen(found: Repeats, count: int | None, sum_fen: int | None = None) -> None:
    if not found.count:
        raise TransitionNotAllowed(_("没有可以一并处理的重复缴款，可能已经办过，请刷新。"))
    if count is not None and count != found.count:
        raise TransitionNotAllowed(
            _("您看到的是%(seen)d项，现在是%(now)d项，请刷新核对以后再办。")
            % {"seen": count, "now": found.count}
        )
    if sum_fen is not None and sum_fen != found.sum_fen:
        raise TransitionNotAllowed(
            _("您看到的合计是%(seen)s元，现在是%(now)s元，请刷新核对以后再办。")
            % {"seen": yuan_text(sum_fen), "now": yuan_text(found.sum_fen)}
        )


def _require_moved(booked: int, found: Repeats) -> None:
    # The ledger passes over what it booked before: such a row would count as settled though its money stays.
    if booked != found.count:
        raise LedgerRefused(
            _("要办%(all)d项，其中%(old)d项的款项账上以前已经动过，没有办理。请逐项核对。")
            % {"all": found.count, "old": found.count - booked}
        )


def _move(found: Repeats, step: Step, notice: PaymentNotice, by: By, note: str, **fields: object) -> None:
    """Move all of them in one statement, with an event each."""
    rows = Difference.objects.filter(pk__among=[row.pk for row in found.rows])
    moved = move_rows(
        rows, step.sources, step.target, version=F("version") + 1, last_acted_on=by.on, **fields
    )
    assert moved == found.count
    clause = ground_of(step, notice, by).name
    record_events(
        step,
        [
            (row, Effect(amount_fen=row.found_fen, note=note, clause=clause, figures=_figures(row, fields)))
            for row in found.rows
        ],
        by,
    )


def _figures(row: Difference, fields: dict[str, object]) -> dict[str, object]:
    settlement = fields.get("settlement", row.settlement)
    return {"kind": row.kind, "settlement": settlement, "line": row.line_id, "tax_row": row.tax_row_id}


def _effect(found: Repeats, settlement: str, note: str) -> Effect:
    return Effect(
        rows_count=found.count, amount_fen=found.sum_fen, note=note, figures={"settlement": str(settlement)}
    )


def _run(
    step: Step, notice_id: int, *, by: By, effect: Callable[[PaymentNotice], Effect], is_last: bool = False
) -> int:
    require_role(by.actor, step.roles, step.label)
    done: list[int] = []

    def counted(notice: PaymentNotice) -> Effect:
        made = effect(notice)
        done.append(made.rows_count or 0)
        return made

    with transaction.atomic():
        # Batch, then notice, then differences: the order of every act on tax money.
        application = locked_batch(notice_id)
        rows = PaymentNotice.objects.select_related("application__plan__pool")
        run_step(step, rows, notice_id, by=by, effect=counted)
        if is_last and application is not None:
            follow_notice(notice_id, by)
            advance_application(application.pk, by=by)
    return done[0]
