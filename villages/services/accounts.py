"""Where an organisation's money is paid to: one person proposes an account, another confirms it from the papers."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from core.errors import InvalidInput, TransitionNotAllowed, beside
from core.identity import read_bank_account
from core.lengths import REMARK_TEXT
from core.workflow import By, Effect, require_text, run_creation, run_step
from villages import workflow
from villages.models import AccountChange, CollectiveOrganisation
from villages.selectors.accounts import ACCOUNT_FIELDS, account_of, waiting_changes


def propose_account(
    organisation: CollectiveOrganisation, *, by: By, account: Mapping[str, str], reason: str
) -> AccountChange | None:
    """Propose another account; nothing is paid to it before another person confirms. None where nothing differs.

    What `account` leaves out stays. Raises InvalidInput beside `bank_account` or `account_reason`,
    TransitionNotAllowed while an earlier proposal waits.
    """
    before = account_of(organisation)
    after = before | {name: account[name].strip() for name in ACCOUNT_FIELDS if name in account}
    if after == before:
        return None
    said = require_text(reason, _("变更收款账户要写明理由和依据。"), name="account_reason")

    def create() -> tuple[AccountChange, Effect]:
        CollectiveOrganisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
        if waiting_changes([organisation.pk]).exists():
            raise TransitionNotAllowed(_("这个村已有一笔收款账户变更等待复核，先办完那一笔。"))
        change = AccountChange.objects.create(
            organisation=organisation,
            before=before,
            after=after,
            reason=said[:REMARK_TEXT],
            proposed_by=by.actor,
            proposed_on=by.on,
            last_acted_on=by.on,
            **organisation.area_codes(),
        )
        figures = {
            "organisation": organisation.pk,
            "fields": [n for n in ACCOUNT_FIELDS if before[n] != after[n]],
        }
        return change, Effect(figures=figures)

    return run_creation(workflow.PROPOSE_ACCOUNT, organisation, by=by, create=create)


def confirm_account(change_id: int, *, by: By, bank_account: str) -> AccountChange:
    """Let a proposed account count; the number is typed once more, from the paper and not from the screen.

    Raises SeparationOfDuties for who proposed it, InvalidInput where the numbers differ, TransitionNotAllowed
    where the account is no longer the one that the proposal started from.
    """

    def effect(change: AccountChange) -> Effect:
        _require_same_number(change, bank_account)
        organisation = CollectiveOrganisation.objects.select_for_update(of=("self",)).get(
            pk=change.organisation_id
        )
        if account_of(organisation) != change.before:
            raise TransitionNotAllowed(_("提出以后，收款账户又有变更。请“不予变更”，核对后重新提出。"))
        for name in ACCOUNT_FIELDS:
            setattr(organisation, name, change.after[name])
        organisation.bank_account_last4 = change.after_last4
        organisation.save(update_fields=[*ACCOUNT_FIELDS, "bank_account_last4"])
        change.decided_by, change.decided_on = by.actor, by.on
        return Effect(changed=("decided_by", "decided_on"), figures={"organisation": organisation.pk})

    return run_step(workflow.CONFIRM_ACCOUNT, AccountChange.objects.all(), change_id, by=by, effect=effect)


def _require_same_number(change: AccountChange, typed: str) -> None:
    with beside("bank_account"):
        number = read_bank_account(typed) if typed.strip() else ""
    if number != change.after["bank_account"]:
        message = _(
            "输入的账号和提出的不一样。请对照账户证明再输一遍；证明上的确不同的，请“不予变更”，重新提出。"
        )
        raise InvalidInput(message, fields={"bank_account": [message]})


def refuse_account(change_id: int, *, by: By, reason: str) -> AccountChange:
    """Refuse a proposed account with the reason; the account stays as it was."""

    def effect(change: AccountChange) -> Effect:
        said = require_text(reason, _("请写明不予变更的理由。"))[:REMARK_TEXT]
        change.decided_by, change.decided_on, change.refused_reason = by.actor, by.on, said
        return Effect(changed=("decided_by", "decided_on", "refused_reason"), note=said)

    return run_step(workflow.REFUSE_ACCOUNT, AccountChange.objects.all(), change_id, by=by, effect=effect)
