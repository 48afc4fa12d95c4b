"""Whose account a refund to the village goes to: the one that counts when it is approved, and still when it is paid."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.errors import TransitionNotAllowed
from subsidies.enums import Payee, RefundState
from subsidies.models import Refund
from villages.models import CollectiveOrganisation
from villages.services.accounts import waiting_changes


def payee_columns_of(organisation: CollectiveOrganisation) -> dict[str, str]:
    """The organisation's account that counts, by the names of the refund's columns."""
    return {
        "payee_name": organisation.account_name or organisation.name,
        "payee_bank": organisation.bank_name,
        "payee_account": organisation.bank_account,
    }


def payee_of_now(refund: Refund) -> dict[str, str]:
    """The village's account where it is another than the open refund names; empty where nothing differs."""
    if refund.payee != Payee.ORGANISATION or refund.state in (RefundState.REVERSED, RefundState.REFUSED):
        return {}
    now = payee_columns_of(refund.line.organisation)
    return now if any(getattr(refund, name) != value for name, value in now.items()) else {}


def renew_payee(refund: Refund) -> tuple[str, ...]:
    """Set the refund's columns to the account that counts now; return the names of those that changed."""
    now = payee_of_now(refund)
    changed = tuple(name for name in now if getattr(refund, name) != now[name])
    for name in changed:
        setattr(refund, name, now[name])
    return changed


def require_payee_of_now(refund: Refund) -> None:
    """Raise TransitionNotAllowed where the approved account no longer counts, or another one is proposed."""
    if refund.payee != Payee.ORGANISATION:
        return
    if waiting_changes([refund.line.organisation_id]).exists():
        raise TransitionNotAllowed(_("这个村有一笔收款账户变更等待复核，先办完那一笔，再登记退款。"))
    if payee_of_now(refund):
        raise TransitionNotAllowed(
            _(
                "批准以后村里的收款账户变更了，不能退到原来的账户。请复核人员在这笔退费上重新批准，再登记退款。"
            )
        )
