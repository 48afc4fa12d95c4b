"""Settle what does not match: the tax office proposes, another person in the agency confirms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.identity import read_id_number
from core.lengths import NAME_TEXT, REMARK_TEXT
from core.workflow import By, Effect, Step, require_role, require_text, run_step
from ledger.enums import AccountKind
from policies.selectors import cite_ground
from subsidies.enums import LineState, Match, NoticeState, RefundState, Settlement, TaxRowOrigin
from subsidies.models import Difference, PaymentNotice, Refund, TaxRow
from subsidies.rules.matching import ways_out
from subsidies.services.notices.booking import return_money, take_back
from subsidies.services.notices.identities import Found
from subsidies.services.notices.leaving import (
    let_go,
    require_after_deadline,
    require_withdrawal_reason,
    withdraw_and_replace,
)
from subsidies.services.notices.remittance import settle_lines, write_rows
from subsidies.services.notices.standing import locked_batch, refresh_notice
from subsidies.services.progress import advance_application
from subsidies.workflow import notices as steps

SURPLUS = frozenset({Match.EXTRA, Match.REPEAT})
OVER = frozenset({LineState.POSTED, LineState.REFUNDED})


@dataclass(frozen=True, slots=True)
class Terms:
    """What a way out needs beside its name.

    correct: the row as the tax office says it should be, or `is_void` where there was no such payment.
    withdraw: `left_reason` (a withdrawal reason of the rulebook) and `event_on`.
    return, refund: day and voucher of the paying back, where the tax office has them.
    """

    id_number: str = ""
    name: str = ""
    amount_fen: int = 0
    paid_on: date | None = None
    voucher: str = ""
    is_void: bool = False
    left_reason: str = ""
    event_on: date | None = None


def ways_of(difference: Difference) -> tuple[Settlement, ...]:
    """The ways out of one difference (its line loaded)."""
    is_posted = (
        difference.line is not None and difference.line.state in OVER and difference.kind == Match.AMOUNT
    )
    return ways_out(
        difference.kind,
        expected_fen=difference.expected_fen,
        found_fen=difference.found_fen,
        is_posted=is_posted,
    )


def propose_settlement(
    difference_id: int, *, by: By, settlement: Settlement | str, reason: str = "", terms: Terms | None = None
) -> Difference:
    """Propose how a difference is settled; asking the village to pay takes effect at once and leaves it open.

    Raises InvalidInput where the way does not fit the difference or its terms are missing, RuleViolation for giving
    up before the deadline, TransitionNotAllowed for a refund that nobody asked for. Nothing moves
    before another person confirms.
    """
    step = steps.ASK if settlement == Settlement.ASK else steps.PROPOSE
    given = terms or Terms()

    def effect(row: Difference) -> Effect:
        _require_way(row, settlement)
        _CHECKS.get(str(settlement), _no_check)(row, given, by)
        row.settlement = str(settlement)
        row.reason = reason.strip()[:REMARK_TEXT] or row.reason
        if settlement == Settlement.ASK:
            row.asked_on = by.on
            return Effect(
                changed=("settlement", "reason", "asked_on"), amount_fen=abs(_gap(row)), note=reason.strip()
            )
        row.terms = stored_terms(given)
        row.proposed_by, row.proposed_on = by.actor, by.on
        changed = ("settlement", "reason", "terms", "proposed_by", "proposed_on")
        return Effect(changed=changed, amount_fen=abs(_gap(row)), note=reason.strip(), figures=_figures(row))

    return _run(step, difference_id, by=by, effect=effect)


def confirm_settlement(difference_id: int, *, by: By) -> Difference:
    """Confirm what another person proposed; money, lines and notice follow at once.

    Afterwards in transit = remitted − posted − returned. Raises SeparationOfDuties for the proposer himself.
    """
    after: list[Callable[[], object]] = []

    def effect(row: Difference) -> Effect:
        _SETTLERS[row.settlement](row, by, after)
        row.settled_by, row.settled_on = by.actor, by.on
        changed = ("settled_by", "settled_on", "moved_fen", "reason")
        return Effect(changed=changed, amount_fen=row.moved_fen, note=row.reason, figures=_figures(row))

    return _run(steps.CONFIRM, difference_id, by=by, effect=effect, after=after)


def reject_settlement(difference_id: int, *, by: By, reason: str) -> Difference:
    """Disagree with a proposal: the difference is open again, the reason stands with it."""
    text = require_text(reason, _("请写明不同意的理由。"))

    def effect(row: Difference) -> Effect:
        row.settlement, row.terms, row.proposed_by, row.proposed_on = "", None, None, None
        row.reason = text[:REMARK_TEXT]
        return Effect(changed=("settlement", "terms", "proposed_by", "proposed_on", "reason"), note=text)

    return _run(steps.REJECT, difference_id, by=by, effect=effect)


def _run(
    step: Step,
    difference_id: int,
    *,
    by: By,
    effect: Callable[[Difference], Effect],
    after: list[Callable[[], object]] | None = None,
) -> Difference:
    require_role(by.actor, step.roles, step.label)
    with transaction.atomic():
        notice_id = Difference.objects.filter(pk=difference_id).values_list("notice_id", flat=True).first()
        if notice_id is None:
            raise NotInArea
        # Batch, then notice, then difference: the order of every act on tax money.
        application = locked_batch(notice_id)
        PaymentNotice.objects.select_for_update(of=("self",)).get(pk=notice_id)
        rows = Difference.objects.select_related(
            "notice__application", "line", "tax_row__notice__application"
        )
        difference = run_step(step, rows, difference_id, by=by, effect=effect)
        for act in after or ():
            act()
        assert application is not None
        advance_application(application.pk, by=by)
    return difference


def _gap(row: Difference) -> int:
    return row.found_fen - row.expected_fen


def _figures(row: Difference) -> dict[str, Any]:
    return {"kind": row.kind, "settlement": row.settlement, "line": row.line_id, "tax_row": row.tax_row_id}


def stored_terms(terms: Terms) -> dict[str, Any]:
    """What a proposal keeps of its terms."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(terms).items()
        if value
    }


def terms_of(row: Difference) -> Terms:
    """The terms that were proposed."""
    kept = dict(row.terms or {})
    for name in ("paid_on", "event_on"):
        if name in kept:
            kept[name] = date.fromisoformat(kept[name])
    return Terms(**kept)


# What a proposal must hold.


def _require_way(row: Difference, settlement: Settlement | str) -> None:
    ways = ways_of(row)
    if settlement not in ways:
        names = "、".join(str(way.label) for way in ways)
        message = _("这项差异可以这样处理：%(names)s。") % {"names": names}
        raise InvalidInput(message, fields={"settlement": [message]})


def _no_check(row: Difference, terms: Terms, by: By) -> None:
    return None


def _check_correction(row: Difference, terms: Terms, by: By) -> None:
    if row.tax_row is None or row.tax_row.returned_fen:
        raise RuleViolation(_("这笔款已退回一部分，不能再更正；余下的请办退回多缴。"), code="E-TAX-AMOUNT")
    if terms.is_void:
        return
    read_id_number(terms.id_number)
    if terms.amount_fen <= 0 or not terms.voucher.strip() or terms.paid_on is None:
        message = _("更正后的金额、缴款日期和税票号都要填。")
        raise InvalidInput(message, fields={"amount_fen": [message]})
    if terms.paid_on > by.on:
        message = _("缴款日期不能晚于业务日期%(on)s。") % {"on": day_text(by.on)}
        raise InvalidInput(message, fields={"paid_on": [message]})


def _check_withdrawal(row: Difference, terms: Terms, by: By) -> None:
    if terms.event_on is None:
        message = _("请填事由发生的日期。")
        raise InvalidInput(message, fields={"event_on": [message]})
    require_withdrawal_reason(row.notice, terms.left_reason, terms.event_on, on=by.on)
    _require_live(row)


def _check_giving_up(row: Difference, terms: Terms, by: By) -> None:
    require_after_deadline(row.notice, on=by.on)
    _require_live(row)


def _require_live(row: Difference) -> None:
    if row.notice.state not in steps.LIVE:
        raise TransitionNotAllowed(_("这份通知书已经办结，不能再撤回或放弃。"), found=row.notice.state)


def _check_refund(row: Difference, terms: Terms, by: By) -> None:
    if row.tax_row is None or not row.tax_row.is_reversal:
        return
    asked = Refund.objects.filter(line_id=row.line_id).exclude(state=RefundState.REFUSED)
    if not asked.exists():
        raise TransitionNotAllowed(
            _("这笔款已经记入个人账户，请村里先提出退费申请，再把这项差异转退费。"),
            clause=cite_ground(row, "refund", on=by.on),
        )


_CHECKS: dict[str, Callable[[Difference, Terms, By], None]] = {
    Settlement.CORRECT: _check_correction,
    Settlement.WITHDRAW: _check_withdrawal,
    Settlement.GIVE_UP: _check_giving_up,
    Settlement.REFUND: _check_refund,
}


# What a confirmation does. Each sets `moved_fen`; acts on the notice's other rows run after the difference's own step.

After = list[Callable[[], object]]


def _settle_withdrawal(row: Difference, by: By, after: After) -> None:
    terms = terms_of(row)
    assert row.line_id is not None and terms.event_on is not None
    line_id, event_on = row.line_id, terms.event_on
    row.moved_fen = row.expected_fen
    _return_line_money(row, by)
    after.append(
        lambda: withdraw_and_replace([line_id], by=by.within(), reason=terms.left_reason, event_on=event_on)
    )


def _settle_giving_up(row: Difference, by: By, after: After) -> None:
    assert row.line_id is not None
    require_after_deadline(row.notice, on=by.on)
    line_id, reason = row.line_id, row.reason
    row.moved_fen = row.expected_fen
    _return_line_money(row, by)
    after.append(lambda: let_go(row.notice, [line_id], by=by, reason=reason))
    after.append(lambda: follow_notice(row.notice_id, by))


def _settle_return(row: Difference, by: By, after: After) -> None:
    _return_surplus(row, by, to=AccountKind.VILLAGE_FUND)
    after.append(lambda: follow_notice(row.notice_id, by))


def _settle_refund(row: Difference, by: By, after: After) -> None:
    assert row.tax_row is not None or row.line_id is not None
    if row.tax_row is not None and row.tax_row.is_reversal:
        row.moved_fen = row.tax_row.amount_fen
        return
    _return_surplus(row, by, to=AccountKind.PAYEE)
    after.append(lambda: follow_notice(row.notice_id, by))


def _settle_correction(row: Difference, by: By, after: After) -> None:
    wrong, terms = row.tax_row, terms_of(row)
    assert wrong is not None
    take_back(wrong, by=by)
    row.moved_fen = wrong.amount_fen
    if not terms.is_void:
        after.append(lambda: _write_corrected(wrong, terms, by))
    after.append(lambda: follow_notice(row.notice_id, by))


_SETTLERS: dict[str, Callable[[Difference, By, After], None]] = {
    Settlement.WITHDRAW: _settle_withdrawal,
    Settlement.GIVE_UP: _settle_giving_up,
    Settlement.RETURN: _settle_return,
    Settlement.REFUND: _settle_refund,
    Settlement.CORRECT: _settle_correction,
}


def _standing_rows(row: Difference) -> QuerySet[TaxRow]:
    """Rows whose money the difference is about, the latest first."""
    rows = (
        TaxRow.objects.standing().select_related("notice__application").filter(net_fen__gt=0).order_by("-pk")
    )
    if row.kind in SURPLUS:
        return rows.filter(pk=row.tax_row_id)
    return rows.filter(notice=row.notice, line=row.line).exclude(match__in=SURPLUS)


def _return_surplus(row: Difference, by: By, *, to: AccountKind) -> None:
    rows = _standing_rows(row)
    held = rows.aggregate(total=Sum("net_fen"))["total"] or 0
    keep = 0 if row.kind in SURPLUS else row.expected_fen
    if held <= keep:
        raise TransitionNotAllowed(_("这笔款已经不在账上，没有可退回的金额。"), found=row.state)
    row.moved_fen = held - keep
    _return_from(rows, row.moved_fen, by, to=to)


def _return_line_money(row: Difference, by: By) -> None:
    """Whatever came in for a line that leaves goes back to the village."""
    rows = _standing_rows(row)
    held = rows.aggregate(total=Sum("net_fen"))["total"] or 0
    _return_from(rows, held, by, to=AccountKind.VILLAGE_FUND)


def _return_from(rows: QuerySet[TaxRow], amount_fen: int, by: By, *, to: AccountKind) -> None:
    left = amount_fen
    for tax_row in rows:
        part = min(left, tax_row.amount_fen - tax_row.returned_fen)
        if part > 0:
            return_money(tax_row, part, by=by, to=to)
        left -= part
    assert left == 0


def _write_corrected(wrong: TaxRow, terms: Terms, by: By) -> None:
    """The row as it should have been, matched anew on the notice that now stands."""
    notice = wrong.notice
    while hasattr(notice, "replaced_by"):
        notice = notice.replaced_by
    number = read_id_number(terms.id_number)
    assert terms.paid_on is not None
    row = Found(
        name=terms.name.strip()[:NAME_TEXT], id_number=number.number, last4=number.last4
    ).with_payment(amount_fen=terms.amount_fen, paid_on=terms.paid_on, voucher=terms.voucher.strip())
    new = write_rows(notice, [row], by=by, origin=TaxRowOrigin.PAGE)[0]
    wrong.corrected_by_row = new
    wrong.save(update_fields=["corrected_by_row"])
    if notice.pk != wrong.notice_id:
        follow_notice(notice.pk, by)


def follow_notice(notice_id: int, by: By) -> None:
    """Lines, shortages and state of the notice after its money moved."""
    notice = (
        PaymentNotice.objects.select_related("application").select_for_update(of=("self",)).get(pk=notice_id)
    )
    if notice.state != NoticeState.REPLACED:
        settle_lines(notice, by=by)
    state = refresh_notice(notice)
    if state and state != notice.state:
        run_step(
            steps.FOLLOW[state],
            PaymentNotice.objects.all(),
            notice_id,
            by=by.within(),
            effect=lambda row: Effect(),
        )


@dataclass(frozen=True, slots=True)
class SettlementPreview:
    """What a confirmation would move: the sum, from where to where, and what follows."""

    amount_fen: int
    way: str
    follows: str


def settlement_preview(row: Difference, settlement: str) -> SettlementPreview:
    """What settling the difference this way would do, before anybody does it."""
    held = _standing_rows(row).aggregate(total=Sum("net_fen"))["total"] or 0
    keep = 0 if row.kind in SURPLUS else row.expected_fen
    shown: dict[str, tuple[int, str, str]] = {
        Settlement.ASK: (
            max(row.expected_fen - row.found_fen, 0),
            _("村集体 → 税务"),
            _("请村里补缴；款到以后自动办结。"),
        ),
        Settlement.RETURN: (
            max(held - keep, 0),
            _("基金在途 → 村集体"),
            _("多出的款退回村集体，其余照常记账。"),
        ),
        Settlement.REFUND: (max(held - keep, 0), _("基金在途 → 退费收款人"), _("这笔款不记账，转入退费。")),
        Settlement.CORRECT: (held, _("冲回原来的登记"), _("按税务更正后的内容重新核对。")),
        Settlement.WITHDRAW: (
            row.expected_fen,
            _("不再缴"),
            _("撤回此人、退还上限，其余未缴的人换开新通知书。"),
        ),
        Settlement.GIVE_UP: (row.expected_fen, _("不再缴"), _("放弃缴款、退还上限；以后款到了再恢复。")),
    }
    return SettlementPreview(*shown[settlement])
