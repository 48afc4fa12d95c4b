"""Pages of the money: what is to come, what is to be paid on, the payment runs; offsets owed by villages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.http import PageRequest
from core.lists import PAGE_ROWS, Export, list_page
from core.look import Cell
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.typed import whole_number, whole_numbers
from core.workflow import By
from ledger.enums import AccountKind
from ledger.models import Account
from ledger.selectors import with_balances
from rewards import selectors, services
from rewards import workflow as steps
from rewards.enums import OffsetState, ProposalState, RewardState
from rewards.forms import DocumentForm, ReasonForm, VoucherForm
from rewards.services.paying import has_account
from rewards.views import shared

OFFSET_SORTS = {"opened": ["opened_on"], "village": ["village_code"], "amount": ["amount_fen"]}
OFFSETS = Export(
    "奖励冲抵",
    (
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("村集体经济组织", width=30),
        OutColumn("奖励年度", "count", width=8, is_summed=False),
        OutColumn("发生日期", "date"),
        OutColumn("应冲抵（元）", "amount", width=14),
        OutColumn("已冲抵（元）", "amount", width=14),
        OutColumn("余额（元）", "amount", width=14),
        OutColumn("状态"),
        OutColumn("凭证或文件", width=24),
    ),
    lambda row: (
        str(row.organisation.region.parent),
        str(row.organisation.region),
        row.organisation.name,
        row.reward.year,
        row.opened_on,
        row.amount_fen,
        row.settled_fen,
        row.rest_fen,
        row.get_state_display(),
        row.document,
    ),
)


@require_GET
@shared.where_money_is_given
def payments(request: PageRequest) -> HttpResponse:
    """资金拨付: applications whose money is to come, villages to pay, runs done; the agency's account."""
    county = shared.county_asked(request)
    waiting = list(
        selectors.rewards_within(request.user)
        .filter(county_code=county, state=RewardState.RECEIVED, payment__isnull=True)
        .order_by("year", "village_code")
    )
    to_come = [row for row in _applications(request, county) if row.approved_count]
    runs = list(selectors.payments_within(request.user).filter(county_code=county)[:PAGE_ROWS])
    proposed: list[Any] = [row for row in runs if row.state == ProposalState.PROPOSED]
    context = {
        "to_come": to_come,
        "waiting": [(row, has_account(row)) for row in waiting],
        "years": sorted({row.year for row in waiting}),
        "wait_fen": sum(row.approved_fen or 0 for row in waiting),
        "payments": runs,
        "cells": [
            Cell(_("待到账"), sum(row.due_fen for row in to_come), _("已批复、财政还没拨到")),
            Cell(
                _("待拨付"),
                sum(row.approved_fen or 0 for row in waiting),
                _("%(n)d个村") % {"n": len(waiting)},
            ),
            Cell(_("拨付待复核"), sum(row.amount_fen for row in proposed), _("已列入拨付、另一人还没复核")),
            *_held(request, county),
        ],
        "may_pay": selectors.may_for_county(request.user, steps.PROPOSE_PAYMENT.roles),
    }
    return render(request, "rewards/payments.html", context)


def _held(request: PageRequest, county: str) -> list[Cell]:
    # The account is the whole county's: beside the rows of a zone or a town it would answer to none of them.
    if not selectors.may_for_county(request.user, steps.READERS):
        return []
    accounts = Account.objects.filter(kind=AccountKind.AGENCY_TRANSIT, county_code=county)
    held = sum(with_balances(accounts).values_list("balance_fen", flat=True))
    return [Cell(_("经办账户余额"), held, _("全部拨付后为0.00"), main=True)]


def _applications(request: PageRequest, county: str) -> Any:
    rows = selectors.applications_within(request.user).filter(county_code=county)
    return rows.filter(state=ProposalState.CONFIRMED)


@require_POST
def payment_new(request: PageRequest) -> HttpResponse:
    """Put the chosen villages on a payment run."""
    ids = whole_numbers(request.POST.getlist("reward"))

    def act(by: By) -> str:
        return reverse("reward-payment", args=[services.propose_payment(ids, by=by).pk])

    done = _("已提交复核，请另一人核对账户和金额")
    return act_or_back(request, by_page(request), act, back=reverse("reward-payments"), done=done)


def payment(request: PageRequest, pk: int) -> HttpResponse:
    """One payment run: the last look at accounts and sums, the second officer's confirmation."""
    found = selectors.payment(request.user, pk)
    waits = found.state == ProposalState.PROPOSED
    form = VoucherForm(request.POST or None)
    if form.is_bound:
        require_role(request.user, steps.CONFIRM_PAYMENT.roles, steps.CONFIRM_PAYMENT.label)
        if form.is_valid():

            def act(by: By) -> str:
                amount = whole_number(request.POST.get("amount_fen"))
                voucher = form.cleaned_data["voucher"]
                services.confirm_payment(pk, by=by, voucher=voucher, amount_fen=amount)
                return reverse("reward-payment", args=[pk])

            answer = act_with_form(request, form, act, done=_("已拨付，各村可以看到"))
            if answer is not None:
                return answer
    rows = selectors.rewards_within(request.user).filter(payment=found).order_by("village_code")
    may = request.user.access.may
    context = {
        "payment": found,
        "rows": list(rows),
        "form": form,
        "reason_form": ReasonForm(),
        "timeline": timeline_of(found),
        "may_confirm": waits and may(steps.CONFIRM_PAYMENT.roles) and found.made_by_id != request.user.pk,
    }
    return render(request, "rewards/payment.html", context)


@require_POST
def payment_refuse(request: PageRequest, pk: int) -> HttpResponse:
    """Send a payment run back."""
    selectors.payment(request.user, pk)

    def act(by: By) -> str:
        services.refuse_payment(pk, by=by, reason=request.POST.get("reason", ""))
        return reverse("reward-payments")

    here = reverse("reward-payment", args=[pk])
    return act_or_back(request, by_page(request), act, back=here, done=_("已退回经办"))


@require_GET
@shared.where_money_is_given
def offsets(request: PageRequest) -> HttpResponse:
    """冲抵: what villages owe of earlier rewards, and how it was settled."""
    rows = selectors.offsets_within(request.user)
    if request.GET.get("export") == "xlsx":
        return OFFSETS.answer(rows)
    context = {
        "page_obj": list_page(request, rows, sorts=OFFSET_SORTS, default="-opened"),
        "open": selectors.open_offsets(request.user),
        "may_close": request.user.access.may(steps.WAIVE_OFFSET.roles),
    }
    return render(request, "rewards/offsets.html", context)


def offset(request: PageRequest, pk: int) -> HttpResponse:
    """One offset: where it came from, what settled it; repaid or waived on a document."""
    found = selectors.offset(request.user, pk)
    form = DocumentForm(request.POST or None)
    may_close = found.state == OffsetState.OPEN and request.user.access.may(steps.WAIVE_OFFSET.roles)
    if form.is_bound:
        require_role(request.user, steps.WAIVE_OFFSET.roles, steps.WAIVE_OFFSET.label)
        if form.is_valid():

            def act(by: By) -> str:
                is_repaid = form.cleaned_data["way"] == "repay"
                close = services.repay_offset if is_repaid else services.waive_offset
                close(pk, by=by, document=form.cleaned_data["document"])
                return reverse("reward-offset", args=[pk])

            answer = act_with_form(request, form, act, done=_("已登记"))
            if answer is not None:
                return answer
    context = {
        "offset": found,
        "uses": list(found.uses.select_related("reward")),
        "form": form,
        "may_close": may_close,
        "timeline": timeline_of(found),
    }
    return render(request, "rewards/offset.html", context)
