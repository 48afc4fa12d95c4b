"""Offsets (冲抵): opened by refunds after payment, taken from the next reward, else repaid or waived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Sum
from django.utils.translation import gettext as _

from core.lengths import DOCUMENT_TEXT
from core.money import share_down
from core.workflow import By, Effect, record_event, require_text, run_step
from ledger.enums import AccountKind, Book, TransferKind
from ledger.services import Movement, office_account, record_transfer
from policies.selectors import ground_name, rulebook
from rewards import workflow as steps
from rewards.enums import OffsetState, RewardState
from rewards.models import Offset, OffsetUse, Reward
from rewards.rules import counted_money, offset_due
from rewards.services.computing import lock_county, refresh
from rewards.services.taking_apart import release_offsets
from subsidies.models import Refund
from subsidies.selectors.posting import year_sums

__all__ = ["follow_refund", "release_offsets", "repay_offset", "take_offsets", "waive_offset"]


def take_offsets(rows: Sequence[Reward]) -> None:
    """Deduct open offsets of earlier rewards, oldest first, from rows just determined; any rest stays open.

    Sets `offset_fen` of the rows; the caller writes them. Source: A-06, CS-36.
    """
    open_ones = defaultdict(list)
    found = Offset.objects.select_for_update().filter(
        state=OffsetState.OPEN, organisation__in=[row.organisation_id for row in rows]
    )
    for offset in found.order_by("opened_on", "pk"):
        open_ones[offset.organisation_id].append(offset)
    uses, touched = [], []
    for row in rows:
        row.offset_fen = 0
        for offset in open_ones[row.organisation_id]:
            part = min(offset.amount_fen - offset.settled_fen, (row.determined_fen or 0) - row.offset_fen)
            if part <= 0:
                break
            row.offset_fen += part
            offset.settled_fen += part
            uses.append(OffsetUse(offset=offset, reward=row, amount_fen=part))
            touched.append(offset)
    _settle(touched)
    OffsetUse.objects.bulk_create(uses)


def _settle(offsets: Iterable[Offset]) -> None:
    for offset in offsets:
        offset.state = OffsetState.SETTLED if offset.settled_fen == offset.amount_fen else OffsetState.OPEN
    Offset.objects.bulk_update(list(offsets), ["state", "settled_fen"])


def follow_refund(refund: Refund, by: By) -> None:
    """What a refund does to its plan year's reward: reckoned anew before payment, an offset after. Source: A-06."""
    organisation_id = refund.line.organisation_id
    found = Reward.objects.filter(organisation=organisation_id, year=refund.year)
    if not refund.reduces_base or not found.exists():
        return
    lock_county(refund.county_code)
    reward = found.select_for_update(of=("self",)).get()
    if reward.state == RewardState.PAID:
        _open_offset(reward, refund, by)
    else:
        refresh(refund.county_code, refund.year, by=by, organisation_id=organisation_id)


def _open_offset(reward: Reward, refund: Refund, by: By) -> None:
    """Money posted after the determination was never rewarded: its refund takes nothing back (A-52)."""
    posted_on = refund.line.posted_on
    if posted_on and reward.determined_on and posted_on > reward.determined_on:
        return
    counted = counted_money(rulebook(reward.county_code, on=by.on))
    facts = year_sums(
        reward.county_code, reward.year, organisation_id=reward.organisation_id, counted=counted
    )
    refunded = facts[reward.organisation_id].refunded_fen
    ceiling = share_down(max(reward.posted_fen - refunded, 0), reward.rate_ppm)
    opened = reward.offsets.aggregate(total=Sum("amount_fen"))["total"] or 0
    granted = (reward.approved_fen or 0) + reward.offset_fen
    amount = offset_due(granted_fen=granted, ceiling_fen=ceiling, opened_fen=opened)
    if not amount:
        return
    offset = Offset.objects.create(
        organisation_id=reward.organisation_id,
        reward=reward,
        amount_fen=amount,
        cause_key=f"refund:{refund.pk}",
        opened_on=by.on,
        last_acted_on=by.on,
        **reward.area_codes(),
    )
    figures = {"reward": reward.pk, "year": reward.year, "refund": refund.pk, "ceiling_fen": ceiling}
    record_event(steps.OPEN_OFFSET, offset, Effect(amount_fen=amount, figures=figures), by)


def repay_offset(offset_id: int, *, by: By, document: str) -> Offset:
    """Record that the village paid an open offset's rest back to finance, with the voucher or document."""
    document = require_text(document, _("请填写退款凭证或文件。"), name="document")[:DOCUMENT_TEXT]

    def effect(offset: Offset) -> Effect:
        rest = offset.amount_fen - offset.settled_fen
        record_transfer(_repayment(offset, rest, by), place=offset)
        return _close(offset, rest, document, by)

    return run_step(steps.REPAY_OFFSET, Offset.objects.all(), offset_id, by=by, effect=effect)


def _repayment(offset: Offset, rest: int, by: By) -> Movement:
    return Movement(
        kind=TransferKind.REWARD_RETURNED,
        debit=office_account(AccountKind.VILLAGE_REWARD, place=offset).pk,
        credit=office_account(AccountKind.FINANCE, place=offset).pk,
        amount_fen=rest,
        on=by.on,
        year=offset.reward.year,
        cause_key=f"offset_repaid:{offset.pk}",
        cause_type="rewards.offset",
        cause_id=offset.pk,
        clause=ground_name(offset, "reward", on=by.on),
        book=Book.REWARD,
    )


def waive_offset(offset_id: int, *, by: By, document: str) -> Offset:
    """Write an open offset's rest off, on a document."""
    document = require_text(document, _("请填写核销依据的文件。"), name="document")[:DOCUMENT_TEXT]

    def effect(offset: Offset) -> Effect:
        return _close(offset, offset.amount_fen - offset.settled_fen, document, by)

    return run_step(steps.WAIVE_OFFSET, Offset.objects.all(), offset_id, by=by, effect=effect)


def _close(offset: Offset, rest: int, document: str, by: By) -> Effect:
    offset.document, offset.closed_on = document, by.on
    return Effect(changed=("document", "closed_on"), amount_fen=rest, note=document)
