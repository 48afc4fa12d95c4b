"""Refunds after remittance (依法退费): asked by the village, verified, approved, paid back and booked back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import F, Max, QuerySet, Sum
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import BusinessDateRefused, InvalidInput, NotInArea, TransitionNotAllowed
from core.identity import read_bank_account
from core.lengths import EVIDENCE_TEXT, PAYER_TEXT, REMARK_TEXT, VOUCHER_TEXT
from core.workflow import By, Effect, require_text, run_creation, run_step
from ledger.caps import release_caps
from ledger.enums import AccountKind, Source, TransferKind
from ledger.models import Account, Transfer
from ledger.services import office_account
from ledger.services.taking_back import TakingBack, take_back
from policies.selectors import Rulebook, rulebook
from subsidies import hooks
from subsidies.enums import LineState, Payee, RefundState
from subsidies.models import Line, Refund
from subsidies.rules.pools import payee_of_sponsor_money
from subsidies.rules.refunds import (
    Refundable,
    RefundRequest,
    check_request,
    clause_of,
    payee_of,
    require_evidence,
)
from subsidies.services.attachments import Paper, attach_paper
from subsidies.services.notices.booking import pool_account
from subsidies.services.numbers import paper_number
from subsidies.services.pools import refill
from subsidies.services.refund_payees import (
    payee_columns_of,
    payee_of_now,
    renew_payee,
    require_payee_of_day,
)
from subsidies.services.statuses import keep_reason_of_leaving
from subsidies.workflow import refunds as steps

NOT_CLAIMING = frozenset({RefundState.REFUSED})
COLUMN_LENGTHS = {"reason_text": REMARK_TEXT, "payee_name": PAYER_TEXT, "payee_bank": EVIDENCE_TEXT}


def ask_refund(line_id: int, *, by: By, request: RefundRequest, papers: Iterable[Paper] = ()) -> Refund:
    """Ask for a posted line's money back, with the evidence; one act of the village's clerk.

    Raises NotInArea, TransitionNotAllowed (not posted), InvalidInput, RuleViolation E-REFUND-AMOUNT, E-REFUND-EVENT,
    E-DOC-MISSING. Source: CS-34, A-15, A-56.
    """
    papers = list(papers)
    with transaction.atomic():
        line = _lock_line(line_id, by)
        rules = rulebook(line.village_code, on=by.on)

        def create() -> tuple[Refund, Effect]:
            _require_posted(line)
            amount_fen = check_request(request, refundable(line), rulebook=rules, on=by.on)
            require_evidence(request.reason, has_papers=bool(papers), rulebook=rules)
            refund = _new_refund(line, request, amount_fen, by=by, rules=rules)
            return refund, Effect(rows_count=1, amount_fen=amount_fen, reason_code=request.reason)

        refund = run_creation(steps.ASK, line, by=by, create=create, not_before=line.posted_on)
        for paper in papers:
            attach_paper(refund, by=by.within(), paper=paper)
    return refund


def _lock_line(line_id: int, by: By) -> Line:
    # Two requests for the last yuan of one line wait for each other here.
    related = ("person", "organisation", "pool__organisation", "pool__donor")
    rows = Line.objects.select_for_update(of=("self",)).select_related(*related)
    area = by.actor.access.area
    line = rows.within(area).filter(pk=line_id).first() if area else None
    if line is None:
        raise NotInArea
    return line


def _require_posted(line: Line) -> None:
    if line.state not in (LineState.POSTED, LineState.REFUNDED):
        raise TransitionNotAllowed(
            _("当前状态是“%(state)s”，还没有记入个人账户，不办退费。没有缴款的请办撤回。")
            % {"state": line.get_state_display()},
            found=line.state,
            allowed=[str(LineState.POSTED)],
        )


def refundable(line: Line) -> Refundable:
    """What of a posted line can still be asked back: posted less refunded and asked for, open requests included."""
    claimed = line.refunds.exclude(state__in=NOT_CLAIMING).aggregate(total=Sum("amount_fen"))["total"] or 0
    paid_on = line.tax_rows.standing().aggregate(last=Max("paid_on"))["last"] or line.remitted_on
    assert paid_on is not None
    return Refundable(posted_fen=line.amount_fen, claimed_fen=claimed, paid_on=paid_on)


def _new_refund(line: Line, request: RefundRequest, amount_fen: int, *, by: By, rules: Rulebook) -> Refund:
    is_sponsored = line.source == Source.SPONSOR
    is_rewarded = not is_sponsored or rules.flag("source_in_reward_base", Source.SPONSOR)
    payee = payee_of_sponsor_money(rules) if is_sponsored else payee_of(rules, request.reason)
    return Refund.objects.create(
        line=line,
        year=line.year,
        reason=request.reason,
        reason_text=_short("reason_text", request.reason_text),
        event_on=request.event_on,
        amount_fen=amount_fen,
        reduces_base=is_rewarded and rules.flag("refund_reduces_base", request.reason),
        payee=payee,
        **_payee_columns(line, request, payee),
        asked_by=by.actor,
        asked_on=by.on,
        last_acted_on=by.on,
        **line.area_codes(),
    )


def _payee_columns(line: Line, request: RefundRequest, payee: Payee) -> dict[str, str]:
    if payee == Payee.ORGANISATION:
        return payee_columns_of(line.organisation)
    if line.source == Source.SPONSOR:
        # Whoever keeps the pool has it back; which account, his own paper says.
        name = line.pool.payer_name if line.pool is not None else ""
        return {"payee_name": _short("payee_name", request.payee_name) or name, "payee_bank": ""}
    account = read_bank_account(request.payee_account, personal=True) if request.payee_account.strip() else ""
    return {
        "payee_name": _short("payee_name", request.payee_name) or line.person.name,
        "payee_bank": _short("payee_bank", request.payee_bank),
        "payee_account": account,
    }


def _short(name: str, text: str) -> str:
    text = text.strip()
    if len(text) > COLUMN_LENGTHS[name]:
        message = _("最多%(n)d个字") % {"n": COLUMN_LENGTHS[name]}
        raise InvalidInput(message + "。", fields={name: [message]})
    return text


def verify_refund(refund_id: int, *, by: By) -> Refund:
    """The agency's officer finds evidence and figures right; another officer approves."""

    def effect(refund: Refund) -> Effect:
        rules = rulebook(refund.village_code, on=by.on)
        has_papers = refund.attachments.exists()
        require_evidence(refund.reason, has_papers=has_papers, rulebook=rules)
        refund.verified_by = by.actor
        return _figures(refund, "verified_by")

    return run_step(steps.VERIFY, _refunds(), refund_id, by=by, effect=effect)


def approve_refund(refund_id: int, *, by: By) -> Refund:
    """Another officer approves, to the village's account as it counts now; the paper gets its number.

    A refund whose account changed after its approval is approved once more and keeps its number.
    """
    approved = _refunds().filter(pk=refund_id, state=RefundState.APPROVED).first()
    if approved is not None and payee_of_now(approved):
        return _approve_again(refund_id, by)

    def effect(refund: Refund) -> Effect:
        rules = rulebook(refund.village_code, on=by.on)
        refund.approved_by = by.actor
        keep_reason_of_leaving([refund.line], by=by, reason=refund.reason, event_on=refund.event_on)
        refund.number = paper_number("refund", refund, year=by.on.year, rulebook=rules)
        return _renewed(refund, "approved_by", "number")

    return run_step(steps.APPROVE, _refunds(), refund_id, by=by, effect=effect)


def _approve_again(refund_id: int, by: By) -> Refund:
    def effect(refund: Refund) -> Effect:
        refund.approved_by = by.actor
        return _renewed(refund, "approved_by")

    return run_step(steps.APPROVE_AGAIN, _refunds(), refund_id, by=by, effect=effect)


def _renewed(refund: Refund, *changed: str) -> Effect:
    renewed = renew_payee(refund)
    done = _figures(refund, *changed, *renewed)
    if renewed:
        done.figures["payee_changed"] = list(renewed)
    return done


def refuse_refund(refund_id: int, *, by: By, reason: str) -> Refund:
    """Refuse a request that is not approved yet, with the reason that the village reads."""
    reason = require_text(reason, _("请写明不予退费的理由。"))

    def effect(refund: Refund) -> Effect:
        refund.refused_reason = reason[:REMARK_TEXT]
        return Effect(changed=("refused_reason",), amount_fen=refund.amount_fen, note=reason)

    return run_step(steps.REFUSE, _refunds(), refund_id, by=by, effect=effect)


def record_refund_paid(refund_id: int, *, by: By, voucher: str, paid_on: date | None = None) -> Refund:
    """Record the paying back by the tax or finance side: the ledger is reversed, the cap freed, the reward told.

    `paid_on` is the business date unless given. Interest that the principal alone had earned in settled years goes
    back too. Raises InvalidInput without a voucher, BusinessDateRefused, TransitionNotAllowed where the village's
    account of that day is not the one approved. Source: CS-34, A-16, A-17.
    """
    voucher = require_text(voucher, _("请填写退款凭证号。"), name="voucher")[:VOUCHER_TEXT]
    paid_on = paid_on or by.on

    def effect(refund: Refund) -> Effect:
        _require_day(refund, paid_on, by)
        require_payee_of_day(refund, paid_on)
        refund.paid_by, refund.paid_on, refund.voucher = by.actor, paid_on, voucher
        line = Line.objects.select_for_update().get(pk=refund.line_id)
        refund.interest_fen = _book_back(refund, paid_on)
        _release_cap(refund)
        _close_line(line, refund)
        refill(refund, by=by)
        done = _figures(refund, "paid_by", "paid_on", "voucher", "interest_fen")
        done.figures["interest_fen"] = refund.interest_fen
        return done

    with transaction.atomic():
        refund = run_step(steps.PAY, _refunds(), refund_id, by=by, effect=effect)
        for hook in hooks.on_refund_reversed:
            hook(refund, by.within())
    return refund


def _require_day(refund: Refund, paid_on: date, by: By) -> None:
    last = refund.last_acted_on
    if paid_on > by.on or (last is not None and paid_on < last):
        raise BusinessDateRefused(
            _("退款日期%(day)s应在批准日%(last)s以后、业务日期%(on)s以前。")
            % {"day": day_text(paid_on), "last": day_text(last or by.on), "on": day_text(by.on)}
        )


def _book_back(refund: Refund, paid_on: date) -> int:
    rules = rulebook(refund.village_code, on=paid_on)
    posted = Transfer.objects.select_related("credit").get(
        kind=TransferKind.POSTED, cause_type="subsidies.line", cause_id=refund.line_id
    )
    taking = TakingBack(
        amount_fen=refund.amount_fen,
        payee_account_id=_payee_account(refund).pk,
        on=paid_on,
        cause_id=refund.pk,
        keeps_interest=rules.choice("refund_interest") == "keep",
        clause=clause_of(rules, refund.reason)[:REMARK_TEXT],
    )
    return take_back(posted, taking)


def _payee_account(refund: Refund) -> Account:
    if refund.payee == Payee.POOL and refund.line.pool is not None:
        return pool_account(refund.line.pool)
    return office_account(AccountKind.PAYEE, place=refund, source=refund.payee)


def _release_cap(refund: Refund) -> None:
    if not refund.line.counts_in_cap:
        return
    claims = Refund.objects.filter(pk=refund.pk).annotate(person_id=F("line__person_id"))
    release_caps(claims.values("person_id", "amount_fen"), year=refund.year)


def _close_line(line: Line, refund: Refund) -> None:
    before = line.refunds.filter(state=RefundState.REVERSED).aggregate(total=Sum("amount_fen"))["total"] or 0
    if before + refund.amount_fen == line.amount_fen:
        Line.objects.filter(pk=line.pk).update(state=LineState.REFUNDED, refunded_on=refund.paid_on)


def _refunds() -> QuerySet[Refund]:
    return Refund.objects.select_related("line__person", "line__organisation", "line__pool")


def _figures(refund: Refund, *changed: str) -> Effect:
    return Effect(changed=changed, rows_count=1, amount_fen=refund.amount_fen, reason_code=refund.reason)
