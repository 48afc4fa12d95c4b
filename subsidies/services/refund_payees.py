"""Whose account a refund to the village goes to: the one that counts at its approval and on the day it is paid."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import TransitionNotAllowed
from subsidies.enums import Payee, RefundState
from subsidies.models import Refund
from villages.models import CollectiveOrganisation
from villages.selectors.accounts import account_of, accounts_on, waiting_changes


def payee_columns_of(organisation: CollectiveOrganisation) -> dict[str, str]:
    """The organisation's account that counts, by the names of the refund's columns."""
    return _columns(account_of(organisation), organisation)


def _columns(account: dict[str, str], organisation: CollectiveOrganisation) -> dict[str, str]:
    return {
        "payee_name": account["account_name"] or organisation.name,
        "payee_bank": account["bank_name"],
        "payee_account": account["bank_account"],
    }


def payee_of_now(refund: Refund) -> dict[str, str]:
    """The village's account where it is another than the open refund names; empty where nothing differs."""
    if refund.payee != Payee.ORGANISATION or refund.state in (RefundState.REVERSED, RefundState.REFUSED):
        return {}
    now = payee_columns_of(refund.line.organisation)
    return {} if _names(refund, now) else now


def _names(refund: Refund, columns: dict[str, str]) -> bool:
    return all(getattr(refund, name) == value for name, value in columns.items())


def renew_payee(refund: Refund) -> tuple[str, ...]:
    """Set the refund's columns to the account that counts now; return the names of those that changed."""
    now = payee_of_now(refund)
    changed = tuple(name for name in now if getattr(refund, name) != now[name])
    for name in changed:
        setattr(refund, name, now[name])
    return changed


def require_payee_of_day(refund: Refund, paid_on: date) -> None:
    """Raise TransitionNotAllowed where the approved account was not the one that counted on the day it was paid.

    What was paid before a change, or on its day, may still be recorded after it; what is paid while one waits may not.
    """
    if refund.payee != Payee.ORGANISATION:
        return
    organisation = refund.line.organisation
    if waiting_changes([organisation.pk]).filter(proposed_on__lte=paid_on).exists():
        raise TransitionNotAllowed(
            _(
                "这个村有一笔收款账户变更等待复核，先办完那一笔，再登记退款。"
                "提出变更以前已经退到原账户的，退款日期请填实际退款的那天。"
            )
        )
    then = accounts_on(organisation, paid_on)
    if not any(_names(refund, _columns(account, organisation)) for account in then):
        raise TransitionNotAllowed(
            _(
                "%(day)s村里的收款账户不是这笔退费批准的那个，不能登记。还没有退的，请复核人员在这笔退费上重新批准，再退款、登记；"
                "变更以前已经退到原账户的，退款日期请填实际退款的那天。"
            )
            % {"day": day_text(paid_on)}
        )
