"""Reads of the accounts that organisations are paid to, and of their changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from core.access import access_of, require_role
from core.errors import NotInArea
from core.models import User
from villages import workflow
from villages.enums import AGENCY, ChangeState, Role
from villages.models import AccountChange, CollectiveOrganisation

ACCOUNT_FIELDS = ("bank_name", "account_name", "bank_account")
ACCOUNT_CHANGE_READERS = AGENCY | {Role.ADMIN, Role.AUDITOR, Role.DISTRICT}


def account_of(organisation: CollectiveOrganisation) -> dict[str, str]:
    """The account that counts: bank, holder, number."""
    return {name: getattr(organisation, name) for name in ACCOUNT_FIELDS}


def accounts_on(organisation: CollectiveOrganisation, day: date) -> list[dict[str, str]]:
    """The accounts that counted on a day, the latest first: a new one counts from the day of its confirmation.

    On that day itself the one before it counts too: nobody knows at which hour what was paid that day went.
    """
    accounts = [account_of(organisation)]
    confirmed = AccountChange.objects.filter(organisation=organisation, state=ChangeState.CONFIRMED)
    for change in confirmed.order_by("-pk"):
        if change.decided_on is None or change.decided_on < day:
            break
        if change.decided_on == day:
            accounts.append(change.before)
        else:
            accounts[-1] = change.before
    return accounts


def waiting_changes(organisation_ids: Iterable[int]) -> QuerySet[AccountChange]:
    """Proposed accounts of these organisations that nobody decided on yet."""
    return AccountChange.objects.filter(organisation_id__in=organisation_ids, state=ChangeState.PROPOSED)


def account_changes_within(actor: User) -> QuerySet[AccountChange]:
    """Changes of accounts of the area, newest first."""
    area = require_role(actor, ACCOUNT_CHANGE_READERS, "收款账户变更").area
    rows = AccountChange.objects.within(area) if area else AccountChange.objects.none()
    return rows.select_related("organisation__region__parent", "proposed_by", "decided_by").order_by("-pk")


def account_change(actor: User, pk: int) -> AccountChange:
    """One change of the area; raises NotInArea otherwise."""
    found = account_changes_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def accounts_of(actor: User, organisation: CollectiveOrganisation) -> QuerySet[AccountChange]:
    """The history of an organisation's account, for whoever may read it; none for others."""
    if not access_of(actor).may(ACCOUNT_CHANGE_READERS):
        return AccountChange.objects.none()
    return account_changes_within(actor).filter(organisation=organisation)


def accounts_to_confirm(user: User) -> int:
    """How many proposed accounts wait for this checker."""
    access = access_of(user)
    if access.area is None or not access.may(workflow.CONFIRM_ACCOUNT.roles):
        return 0
    open_ones = AccountChange.objects.within(access.area).filter(state=ChangeState.PROPOSED)
    return open_ones.exclude(proposed_by=user).count()
