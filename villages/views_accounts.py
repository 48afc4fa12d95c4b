"""Changes of bank accounts: the list, one change with its old and new account, and the second person's decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import form_page
from core.http import PageRequest
from core.lengths import REMARK_TEXT
from core.workflow import By
from villages import workflow
from villages.change_lists import changes_page
from villages.enums import ChangeState
from villages.models import AccountChange
from villages.selectors import accounts as selectors
from villages.services import accounts as services


class ConfirmAccountForm(forms.Form):
    """The number once more, typed from the paper."""

    bank_account = forms.CharField(
        label=gettext_lazy("再输一遍银行账号"),
        max_length=40,
        help_text=gettext_lazy("对照村里交来的账户证明输入，不要照着别人念的输"),
        error_messages={"required": gettext_lazy("请对照账户证明输入账号")},
    )

    def __init__(self, *args: Any, change: AccountChange) -> None:
        super().__init__(*args)
        # Where only the bank's name changes of an account without a number, there is none to type.
        self.fields["bank_account"].required = bool(change.after_last4)


class RefuseAccountForm(forms.Form):
    """Why the account stays as it is."""

    reason = forms.CharField(label=gettext_lazy("不予变更的理由"), max_length=REMARK_TEXT)


def account_changes(request: PageRequest) -> HttpResponse:
    """Changes of accounts, the newest first."""
    return changes_page(
        request, selectors.account_changes_within(request.user), "villages/account_changes.html"
    )


def account_change(request: PageRequest, pk: int) -> HttpResponse:
    """One change: the account of before beside the one proposed, and what is to be done."""
    found = selectors.account_change(request.user, pk)
    return render(request, "villages/account_change.html", _context(request, found))


def _context(request: PageRequest, found: AccountChange, **more: Any) -> dict[str, Any]:
    is_open = found.state == ChangeState.PROPOSED
    is_own = found.proposed_by_id == request.user.pk
    return {
        "change": found,
        "waits": is_open,
        "may_decide": is_open and not is_own and request.user.access.may(workflow.CONFIRM_ACCOUNT.roles),
        "form": ConfirmAccountForm(change=found),
        "refuse_form": RefuseAccountForm(),
        **more,
    }


@require_POST
def account_change_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """Let the proposed account count."""
    found = selectors.account_change(request.user, pk)
    require_role(request.user, workflow.CONFIRM_ACCOUNT.roles, workflow.CONFIRM_ACCOUNT.label)
    form = ConfirmAccountForm(request.POST, change=found)

    def act(by: By) -> str:
        services.confirm_account(pk, by=by, bank_account=form.cleaned_data["bank_account"])
        return reverse("account-change", args=[pk])

    context = _context(request, found, form=form)
    return form_page(
        request, form, act, "villages/account_change.html", context, done=_("已复核，以后的钱付到新账户。")
    )


@require_POST
def account_change_refuse(request: PageRequest, pk: int) -> HttpResponse:
    """Refuse the proposal."""
    found = selectors.account_change(request.user, pk)
    require_role(request.user, workflow.REFUSE_ACCOUNT.roles, workflow.REFUSE_ACCOUNT.label)
    form = RefuseAccountForm(request.POST)

    def act(by: By) -> str:
        services.refuse_account(pk, by=by, reason=form.cleaned_data["reason"])
        return reverse("account-change", args=[pk])

    context = _context(request, found, refuse_form=form)
    return form_page(
        request, form, act, "villages/account_change.html", context, done=_("不予变更，账户没有变。")
    )
