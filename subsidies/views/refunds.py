"""Pages of refunds: list, ask, one refund with its next act, the paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.calendar import day_text
from core.counts import FOUND_ROWS
from core.http import PageRequest
from core.lists import PAGE_ROWS, Export, list_page, person_words
from core.look import Cell, Finding, Pill
from core.money import yuan_text
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.typed import whole_number
from core.workflow import By, Step
from ledger.enums import Source
from policies.selectors import Rulebook, rulebook
from subsidies.enums import RefundState
from subsidies.forms.refunds import PaidForm, RefundForm, RefuseForm
from subsidies.models import Refund
from subsidies.rules.refunds import clause_of, reasons
from subsidies.selectors import refunds as selectors
from subsidies.services import refunds as services
from subsidies.services.refund_payees import payee_of_now
from subsidies.workflow import refunds as steps
from subsidies.workflow.posting import READERS as TRACE_READERS
from villages.views import units_shown
from villages.zone_lists import with_units

SORTS = {
    "asked_on": ["asked_on"],
    "amount": ["amount_fen"],
    "village": ["village_code"],
    "name": ["line__person__pinyin"],
}
EXPORT = Export(
    "退费",
    (
        OutColumn("编号", width=18),
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("姓名"),
        OutColumn("身份证后四位", "code"),
        OutColumn("年度", width=8),
        OutColumn("原因", width=14),
        OutColumn("退费金额（元）", "amount", width=14),
        OutColumn("冲减利息（元）", "amount", width=14),
        OutColumn("申请日期", "date"),
        OutColumn("退款日期", "date"),
        OutColumn("凭证号", "code", width=16),
        OutColumn("状态"),
    ),
    lambda row: (
        row.number,
        str(row.line.organisation.region.parent),
        str(row.line.organisation.region),
        row.line.person.name,
        row.line.person.last4,
        str(row.year),
        row.reason,
        row.amount_fen,
        row.interest_fen,
        row.asked_on,
        row.paid_on,
        row.voucher,
        row.get_state_display(),
    ),
)


def _rules(request: PageRequest, code: str) -> Rulebook:
    return rulebook(code, on=request.working_date)


@require_GET
def refunds(request: PageRequest) -> HttpResponse:
    """退费: everything asked for in the area."""
    found = selectors.refunds_within(request.user).filter(
        person_words(request.GET.get("q", ""), "line__person__")
    )
    state = request.GET.get("state", "")
    rows = found.filter(state=state) if state in RefundState.values else found
    if request.GET.get("export") == "xlsx":
        units, _unit = units_shown(request)
        return with_units(EXPORT, units).answer(rows.order_by("-asked_on", "-pk"))
    context = {
        "page_obj": list_page(request, rows, sorts=SORTS, default="-asked_on"),
        "pills": _pills(request, found, state),
        "words": request.GET.get("q", ""),
        "state": state,
        "sums": rows.order_by().aggregate(count=Count("pk"), fen=Sum("amount_fen")),
        "reasons": reasons(_rules(request, request.user.access.area.code)),  # type: ignore[union-attr]
        "may_ask": request.user.access.may(steps.ASK.roles),
        "again": selectors.to_approve_again(request.user),
    }
    return render(request, "subsidies/refunds/list.html", context)


def _pills(request: PageRequest, found: QuerySet[Refund], state: str) -> list[Pill]:
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    words = request.GET.get("q", "")

    def pill(label: str, value: str, count: int) -> Pill:
        return Pill(label, count, f"?state={value}&q={words}", active=state == value)

    shown = [
        pill(str(label), str(value), counts[value]) for value, label in RefundState.choices if value in counts
    ]
    return [pill(_("全部"), "", sum(counts.values())), *shown]


@require_GET
def doubtful(request: PageRequest) -> HttpResponse:
    """Posted persons whose grounds changed since: for the agency to look at (A-71, A-72)."""
    page = Paginator(selectors.doubtful_lines(request.user), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "subsidies/refunds/doubtful.html", {"page_obj": page})


def refund_new(request: PageRequest) -> HttpResponse:
    """Ask for a refund: first whose, then why and how much."""
    require_role(request.user, steps.ASK.roles, steps.ASK.label)
    line = whole_number(request.POST.get("line") or request.GET.get("line"))
    if line is None:
        return _choose_person(request)
    asking = selectors.asking(request.user, line)
    rules = _rules(request, asking.line.village_code)
    initial = {"event_on": request.working_date}
    form = RefundForm(
        request.POST or None,
        request.FILES or None,
        rules=rules,
        is_sponsored=asking.line.source == Source.SPONSOR,
        initial=initial,
    )
    if form.is_bound and form.is_valid():
        done = _("已提出%(who)s的退费申请，等社保经办核实。") % {"who": asking.line.person.name}
        answer = act_with_form(request, form, _asking(asking.line.pk, form), done=done)
        if answer is not None:
            return answer
    return render(
        request, "subsidies/refunds/new.html", {"asking": asking, "line": asking.line, "form": form}
    )


def _asking(line_id: int, form: RefundForm) -> Callable[[By], str]:
    def act(by: By) -> str:
        made = services.ask_refund(line_id, by=by, request=form.request_of(), papers=form.papers())
        return reverse("refund", args=[made.pk])

    return act


def _choose_person(request: PageRequest) -> HttpResponse:
    words = request.GET.get("q", "")
    rows = selectors.posted_lines(request.user).filter(person_words(words, "person__"))
    context = {"words": words, "lines": rows.order_by("-posted_on", "person__pinyin")[:FOUND_ROWS]}
    return render(request, "subsidies/refunds/choose.html", context)


@require_GET
def refund(request: PageRequest, pk: int) -> HttpResponse:
    """One refund: where it stands, what is next, what was booked back."""
    found = selectors.refund(request.user, pk)
    return render(request, "subsidies/refunds/refund.html", _refund_context(request, found))


def _refund_context(request: PageRequest, found: Refund, **forms: Any) -> dict[str, Any]:
    rules = _rules(request, found.village_code)
    payee_now = payee_of_now(found)
    return {
        "refund": found,
        "payee_now": payee_now,
        "line": found.line,
        "reason": reasons(rules).get(found.reason, found.reason),
        "grounds": _grounds(found, rules),
        "cells": _cells(found),
        "papers": found.attachments.select_related("file").order_by("pk"),
        "transfers": selectors.transfers_of(found),
        "timeline": timeline_of(found, waits_for=selectors.waits_for(found)),
        "may_trace": request.user.access.may(TRACE_READERS),
        "may_verify": _may(request, found, steps.VERIFY),
        "may_approve": _may(request, found, steps.APPROVE),
        "may_approve_again": bool(payee_now) and _may(request, found, steps.APPROVE_AGAIN),
        "needs_again": bool(payee_now) and found.state == RefundState.APPROVED,
        "may_refuse": _may(request, found, steps.REFUSE),
        "may_pay": _may(request, found, steps.PAY),
        "refuse_form": forms.get("refuse_form") or RefuseForm(),
        "paid_form": forms.get("paid_form") or PaidForm(initial={"paid_on": request.working_date}),
    }


def _may(request: PageRequest, found: Refund, step: Step) -> bool:
    makers = {getattr(found, name) for name in step.checks}
    is_open = found.state in step.sources and request.user.pk not in makers
    return is_open and request.user.access.may(step.roles)


def _grounds(found: Refund, rules: Rulebook) -> Finding:
    view = rules.get("refund_payee_by_reason", found.reason)
    sentence = _("%(reason)s，%(day)s；退给%(payee)s") % {
        "reason": reasons(rules).get(found.reason, found.reason),
        "day": day_text(found.event_on),
        "payee": found.get_payee_display(),
    }
    return Finding("tell", sentence, clause_of(rules, found.reason), marks=view.marks if view else ())


def _cells(found: Refund) -> list[Cell]:
    assert found.line.posted_on is not None
    posted = _("%(day)s记账") % {"day": day_text(found.line.posted_on)}
    return [
        Cell(_("原补助金额"), found.line.amount_fen, posted),
        Cell(_("退费金额"), found.amount_fen, found.get_payee_display()),
        Cell(_("冲减利息"), found.interest_fen, _("只退本金，利息冲回")),
        Cell(_("从个人账户冲回"), found.amount_fen + found.interest_fen, main=True),
    ]


def _act(name: str, done: str) -> Callable[[PageRequest, int], HttpResponse]:
    @require_POST
    def view(request: PageRequest, pk: int) -> HttpResponse:
        here = reverse("refund", args=[pk])

        def act(by: By) -> str:
            getattr(services, name)(pk, by=by)
            return here

        return act_or_back(request, by_page(request), act, back=here, done=done)

    return view


refund_verify = _act("verify_refund", "已核实，等另一人复核批准。")
refund_approve = _act("approve_refund", "已批准，等税务或财政登记退款。")


@require_POST
def refund_refuse(request: PageRequest, pk: int) -> HttpResponse:
    """Refuse with a reason."""
    form = RefuseForm(request.POST)

    def refuse(by: By) -> object:
        return services.refuse_refund(pk, by=by, reason=form.cleaned_data["reason"])

    return _with_form(request, pk, "refuse_form", form, refuse, done=_("已决定不予退费，村里看得到理由。"))


@require_POST
def refund_paid(request: PageRequest, pk: int) -> HttpResponse:
    """Record the paying back; the account is booked back in the same act."""
    form = PaidForm(request.POST)

    def pay(by: By) -> object:
        data = form.cleaned_data
        return services.record_refund_paid(pk, by=by, voucher=data["voucher"], paid_on=data["paid_on"])

    def done() -> str:
        paid = selectors.refund(request.user, pk)
        back = yuan_text(paid.amount_fen + paid.interest_fen)
        return _("已登记退款%(yuan)s元，从个人账户冲回%(back)s元，这笔退费办结了。") % {
            "yuan": yuan_text(paid.amount_fen),
            "back": back,
        }

    return _with_form(request, pk, "paid_form", form, pay, done=done)


def _with_form(
    request: PageRequest,
    pk: int,
    name: str,
    form: Any,
    act: Callable[[By], object],
    *,
    done: str | Callable[[], str],
) -> HttpResponse:
    found = selectors.refund(request.user, pk)

    def acted(by: By) -> str:
        act(by)
        return reverse("refund", args=[pk])

    answer = act_with_form(request, form, acted, done=done) if form.is_valid() else None
    if answer is not None:
        return answer
    return render(request, "subsidies/refunds/refund.html", _refund_context(request, found, **{name: form}))


@require_GET
def refund_print(request: PageRequest, pk: int) -> HttpResponse:
    """F13 on paper: the request with the offices' opinions."""
    found = selectors.refund(request.user, pk)
    rules = _rules(request, found.village_code)
    context = {
        "refund": found,
        "line": found.line,
        "reasons": [(words, key == found.reason) for key, words in reasons(rules).items()],
        "papers": found.attachments.select_related("file").order_by("pk"),
        "offices": {key: str(view.value) for key, view in rules.table("office_name").items()},
        "scheme": rules.choice("scheme_name"),
    }
    return render(request, "subsidies/refunds/print.html", context)
