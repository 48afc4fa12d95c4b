"""The money: from finance to the agency's own account, and on to the villages. Both by transfers of the reward book."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from core.bulk import UPDATED_ROWS
from core.errors import NotInArea, RuleViolation, TransitionNotAllowed
from core.lengths import REMARK_TEXT, VOUCHER_TEXT
from core.money import yuan_text
from core.workflow import By, Effect, move_rows, require_not_before, require_text, run_creation, run_step
from ledger.enums import AccountKind, Book, TransferKind
from ledger.services import (
    Movement,
    ensure_village_accounts,
    insert_transfers,
    office_account,
    office_account_of_row,
)
from policies.selectors import ground_name, rulebook
from rewards import workflow as steps
from rewards.enums import RewardState
from rewards.models import Reward, RewardApplication, RewardPayment
from rewards.services.rows import lock_rows
from subsidies.services.numbers import paper_number
from villages.models import Region
from villages.selectors.accounts import account_of, waiting_changes


def receive(application_id: int, *, by: By, amount_fen: int, voucher: str) -> RewardApplication:
    """Record that the money of an application's approved rows is on the agency's account.

    The sum must be what is approved and not there yet, to the fen. Raises RuleViolation E-REWARD-SUM,
    TransitionNotAllowed where nothing is to come. Source: CS-36, A-50.
    """
    voucher = require_text(voucher, _("请填写到账凭证号。"), name="voucher")[:VOUCHER_TEXT]

    def effect(application: RewardApplication) -> Effect:
        rows = lock_rows(application.rewards.filter(state=RewardState.APPROVED))
        if not rows:
            raise TransitionNotAllowed(_("这份申请没有已批复、待到账的村。"))
        require_not_before(by.on, *[row.last_acted_on for row in rows])
        due = sum((row.approved_fen or 0) - row.held_fen for row in rows)
        _require_sum(amount_fen, due)
        _book_receipt(Reward.objects.filter(pk__in=[row.pk for row in rows]), application, by, voucher)
        return Effect(rows_count=len(rows), amount_fen=amount_fen, note=voucher)

    return run_step(steps.RECEIVE, RewardApplication.objects.all(), application_id, by=by, effect=effect)


def _require_sum(given_fen: int, due_fen: int) -> None:
    if given_fen != due_fen:
        raise RuleViolation(
            _("拨付合计与到账金额不符：填写%(given)s元，应为%(due)s元，请核对凭证。")
            % {"given": yuan_text(given_fen), "due": yuan_text(due_fen)},
            code="E-REWARD-SUM",
            given_fen=given_fen,
            due_fen=due_fen,
        )


def _book_receipt(rows: QuerySet[Reward], place: RewardApplication, by: By, voucher: str) -> None:
    rows.update(money_moves=F("money_moves") + 1)
    movement = _movement(
        TransferKind.REWARD_RECEIVED,
        debit=office_account(AccountKind.FINANCE, place=place).pk,
        credit=office_account(AccountKind.AGENCY_TRANSIT, place=place).pk,
        amount_fen=F("approved_fen") - F("held_fen"),
        by=by,
        clause=ground_name(place, "reward", on=by.on),
    )
    insert_transfers(rows.filter(approved_fen__gt=F("held_fen")), movement)
    rows.update(held_fen=F("approved_fen"), received_on=by.on, received_voucher=voucher)
    move_rows(rows, [RewardState.APPROVED], RewardState.RECEIVED, last_acted_on=by.on)


def _movement(
    kind: TransferKind, *, debit: Any, credit: Any, amount_fen: Any, by: By, clause: str
) -> Movement:
    parts = (Value(f"{kind.value}:"), Cast("pk", CharField()), Value(":"), Cast("money_moves", CharField()))
    return Movement(
        kind=kind,
        debit=debit,
        credit=credit,
        amount_fen=amount_fen,
        on=by.on,
        year=F("year"),
        cause_key=Concat(*parts),
        cause_type="rewards.reward",
        cause_id=F("pk"),
        clause=clause,
        book=Book.REWARD,
    )


def propose_payment(reward_ids: Iterable[int], *, by: By) -> RewardPayment:
    """Put villages whose money is on the agency's account on a payment run, for another officer to confirm.

    Each village's account is kept as it counts now. Raises RuleViolation E-REWARD-ACCOUNT for villages without a
    complete bank account, TransitionNotAllowed also while a change of an account waits, NotInArea.
    """
    ids = sorted(set(reward_ids))
    with transaction.atomic():
        rows = lock_rows(Reward.objects.within(by.actor.access.area).filter(pk__in=ids))  # type: ignore[arg-type]
        if not ids:
            raise TransitionNotAllowed(_("没有选村。请先勾选，再拨付。"))
        if len(rows) != len(ids):
            raise NotInArea
        county = Region.objects.get(pk=rows[0].county_code)

        def create() -> tuple[RewardPayment, Effect]:
            _require_payable(rows)
            require_not_before(by.on, *[row.last_acted_on for row in rows])
            payment = RewardPayment.objects.create(
                year=rows[0].year, made_by=by.actor, last_acted_on=by.on, **county.area_codes()
            )
            for row in rows:
                row.payment, row.payment_proposed_by = payment, by.actor
                row.payee = account_of(row.organisation)
            columns = ["payment", "payment_proposed_by", "payee"]
            Reward.objects.bulk_update(rows, columns, batch_size=UPDATED_ROWS)
            return payment, _effect(rows)

        return run_creation(steps.PROPOSE_PAYMENT, county, by=by, create=create)


def _require_payable(rows: list[Reward]) -> None:
    if len({(row.county_code, row.year) for row in rows}) > 1:
        raise TransitionNotAllowed(_("一次只能拨付一个区县一个年度的奖励。"))
    for row in rows:
        if row.state != RewardState.RECEIVED or row.payment_id:
            state = _("已列入待复核的拨付") if row.payment_id else row.get_state_display()
            raise TransitionNotAllowed(
                _("%(village)s现在是“%(state)s”，不能再列入拨付。")
                % {"village": row.organisation.region, "state": state},
                found=row.state,
            )
    _require_accounts(rows)


def has_account(row: Reward) -> bool:
    """Whether the village's bank account is complete enough to pay to."""
    organisation = row.organisation
    return bool(organisation.bank_name and organisation.account_name and organisation.bank_account)


def _require_accounts(rows: list[Reward]) -> None:
    paying = [row for row in rows if row.payable_fen]
    lacking = [str(row.organisation.region) for row in paying if not has_account(row)]
    if lacking:
        raise RuleViolation(
            _("%(villages)s没有完整的开户行、户名和账号，请先补全再拨付。")
            % {"villages": "、".join(lacking)},
            code="E-REWARD-ACCOUNT",
            rows=lacking,
        )
    found = waiting_changes([row.organisation_id for row in paying])
    waiting = set(found.values_list("organisation", flat=True))
    changing = [str(row.organisation.region) for row in paying if row.organisation_id in waiting]
    if changing:
        raise TransitionNotAllowed(
            _("%(villages)s有收款账户变更等待复核，先办完变更，或者这次不列入，再拨付。")
            % {"villages": "、".join(changing)}
        )


def _require_accounts_proposed(rows: list[Reward]) -> None:
    paying = [row for row in rows if row.payable_fen]
    other = [str(row.organisation.region) for row in paying if row.payee != account_of(row.organisation)]
    if other:
        raise TransitionNotAllowed(
            _("拟定拨付以后，%(villages)s的账户已变更，请退回重提。") % {"villages": "、".join(other)}
        )


def _effect(rows: list[Reward], **more: Any) -> Effect:
    return Effect(rows_count=len(rows), amount_fen=sum(row.approved_fen or 0 for row in rows), **more)


def confirm_payment(payment_id: int, *, by: By, voucher: str, amount_fen: int | None = None) -> RewardPayment:
    """Another officer confirms a payment run: it gets its number, the money goes to each village's account.

    `amount_fen`, where given, must be the run's sum. Raises SeparationOfDuties, RuleViolation E-REWARD-SUM,
    TransitionNotAllowed where an account is another than was proposed, or a change of it waits.
    """
    voucher = require_text(voucher, _("请填写拨付凭证号。"), name="voucher")[:VOUCHER_TEXT]

    def effect(payment: RewardPayment) -> Effect:
        rows = lock_rows(payment.rewards.filter(state=RewardState.RECEIVED))
        if not rows:
            raise TransitionNotAllowed(_("这次拨付里已经没有待拨付的村，请退回。"))
        _require_accounts(rows)
        _require_accounts_proposed(rows)
        require_not_before(by.on, *[row.last_acted_on for row in rows])
        total = sum(row.approved_fen or 0 for row in rows)
        _require_sum(total if amount_fen is None else amount_fen, total)
        _require_sum(sum(row.held_fen for row in rows), total)
        rules = rulebook(payment.county_code, on=by.on)
        payment.number = paper_number("reward_payment", payment, year=by.on.year, rulebook=rules)
        payment.confirmed_by, payment.voucher, payment.paid_on = by.actor, voucher, by.on
        _book_payment(Reward.objects.filter(pk__in=[row.pk for row in rows]), payment, by, voucher)
        return _effect(rows, changed=("number", "confirmed_by", "voucher", "paid_on"), note=voucher)

    return run_step(steps.CONFIRM_PAYMENT, RewardPayment.objects.all(), payment_id, by=by, effect=effect)


def _book_payment(rows: QuerySet[Reward], payment: RewardPayment, by: By, voucher: str) -> None:
    rows.update(money_moves=F("money_moves") + 1)
    ensure_village_accounts(rows, kind=AccountKind.VILLAGE_REWARD)
    movement = _movement(
        TransferKind.REWARD_PAID,
        debit=office_account(AccountKind.AGENCY_TRANSIT, place=payment).pk,
        credit=office_account_of_row(AccountKind.VILLAGE_REWARD),
        amount_fen=F("held_fen"),
        by=by,
        clause=ground_name(payment, "reward", on=by.on),
    )
    insert_transfers(rows.filter(held_fen__gt=0), movement)
    rows.update(held_fen=0, paid_by=by.actor, paid_on=by.on, voucher=voucher)
    move_rows(rows, [RewardState.RECEIVED], RewardState.PAID, last_acted_on=by.on)


def refuse_payment(payment_id: int, *, by: By, reason: str) -> RewardPayment:
    """The checker sends a payment run back; its villages wait again."""
    reason = require_text(reason, _("请写明退回的理由。"))

    def effect(payment: RewardPayment) -> Effect:
        rows = list(payment.rewards.all())
        payment.rewards.update(payment=None, payment_proposed_by=None, payee=None)
        payment.refused_reason = reason[:REMARK_TEXT]
        return _effect(rows, changed=("refused_reason",), note=reason)

    return run_step(steps.REFUSE_PAYMENT, RewardPayment.objects.all(), payment_id, by=by, effect=effect)
