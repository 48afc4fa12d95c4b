"""Pages of the agency: reckon, determine, apply, rates; and one village's reward, which its clerk sees as well."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.forms import ConfirmedForm
from core.http import PageRequest
from core.lists import list_page, query_with
from core.look import Cell, Pill
from core.money import share_down
from core.timeline import timeline_of
from core.typed import whole_number, whole_numbers
from core.workflow import By
from core.years import year_in
from policies.rules import gives_reward_money, reward_ceiling
from rewards import selectors, services
from rewards import workflow as steps
from rewards.enums import ProposalState, RewardState
from rewards.forms import DetermineForm, RateForm, ReasonForm, ReceiveForm
from rewards.models import Reward
from rewards.rules import reward_terms
from rewards.views import shared

SORTS = {
    "village": ["village_code"],
    "base": ["base_fen"],
    "cap": ["cap_fen"],
    "determined": ["determined_fen"],
    "state": ["state"],
}


@require_GET
@shared.where_money_is_given
def rewards(request: PageRequest) -> HttpResponse:
    """奖励核定: the year's rows; for a clerk his village's reward."""
    if request.user.access.may(steps.VILLAGE):
        return _village(request)
    county, year = shared.county_asked(request), shared.year_asked(request)
    found = selectors.search_rewards(
        selectors.rewards_within(request.user).filter(county_code=county, year=year),
        request.GET.get("q", ""),
    )
    rows = _shown(found, request.GET.get("show", ""))
    if request.GET.get("export") == "xlsx":
        return shared.EXPORT.answer(rows.order_by("village_code"))
    page = list_page(request, rows, sorts=SORTS, default="village")
    context = _year_context(request, county, year) | {
        "page_obj": page,
        "rows": [(row, shared.blocked_finding(row)) for row in page],
        "pills": _pills(request, found),
        "sums": selectors.sums_of(rows),
        "words": request.GET.get("q", ""),
        "show": request.GET.get("show", ""),
        "free": _free(found),
        "determined": _determined(found),
    }
    return render(request, "rewards/year.html", context)


SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "": ("全部", {}),
    "free": ("可以核定", {"state": RewardState.COMPUTED, "blocked_code": ""}),
    "blocked": ("还不能核定", {"state": RewardState.COMPUTED}),
    "determined": ("已核定", {"state": RewardState.DETERMINED}),
    "applied": ("待批复", {"state": RewardState.APPLIED}),
    "returned": ("退回", {"state": RewardState.RETURNED}),
    "approved": ("已批复", {"state__in": [RewardState.APPROVED, RewardState.RECEIVED]}),
    "paid": ("已拨付", {"state": RewardState.PAID}),
}


def _shown(found: QuerySet[Reward], show: str) -> QuerySet[Reward]:
    rows = found.filter(**SHOWN.get(show, SHOWN[""])[1])
    return rows.exclude(blocked_code="") if show == "blocked" else rows


def _pills(request: PageRequest, found: QuerySet[Reward]) -> list[Pill]:
    asked = request.GET.get("show", "")
    counts = {key: _shown(found, key).order_by().aggregate(n=Count("pk"))["n"] for key in SHOWN}
    return [
        Pill(label, counts[key], query_with(request, show=key), active=key == asked)
        for key, (label, _filters) in SHOWN.items()
        if counts[key] or not key
    ]


def _free(found: QuerySet[Reward]) -> dict[str, Any]:
    return selectors.sums_of(_shown(found, "free").filter(cap_fen__gt=0))


def _determined(found: QuerySet[Reward]) -> dict[str, Any]:
    return selectors.sums_of(found.filter(state=RewardState.DETERMINED, application__isnull=True))


def _year_context(request: PageRequest, county: str, year: int) -> dict[str, Any]:
    rules = shared.rules_of(request, county)
    decided = selectors.rates_within(request.user).filter(
        county_code=county, year=year, state=ProposalState.CONFIRMED
    )
    return shared.year_terms(rules, year) | {
        "year": year,
        "years": shared.years_shown(request, year),
        "decided": decided.first(),
        "applications": [
            (row, selectors.application_word(row))
            for row in selectors.applications_within(request.user).filter(county_code=county, year=year)
        ],
        "may_compute": selectors.may_for_county(request.user, steps.START.roles),
        "may_determine": selectors.may_for_county(request.user, steps.DETERMINE.roles),
    }


def _village(request: PageRequest) -> HttpResponse:
    rows = list(selectors.rewards_within(request.user).order_by("-year"))
    offsets = selectors.offsets_within(request.user)
    context = {"rows": [(row, shared.blocked_finding(row)) for row in rows], "offsets": list(offsets)}
    return render(request, "rewards/village.html", context)


@require_POST
def reward_compute(request: PageRequest) -> HttpResponse:
    """Start the year's reckoning as a job."""
    county, year = shared.county_asked(request), shared.year_asked(request)

    def act(by: By) -> str:
        return reverse("job", args=[services.start_rewards(county, year, by=by).pk])

    back = f"{reverse('rewards')}?year={year}"
    done = _("已开始测算%(year)d年度奖励") % {"year": year}
    return act_or_back(request, by_page(request), act, back=back, done=done)


@shared.where_money_is_given
def reward_determine(request: PageRequest) -> HttpResponse:
    """核定奖励: the last look with a sum for each village, then all at once."""
    require_role(request.user, steps.DETERMINE.roles, steps.DETERMINE.label)
    county, year = shared.county_asked(request), shared.year_asked(request)
    asked = whole_numbers((request.POST or request.GET).getlist("reward"))
    found = selectors.rewards_within(request.user).filter(
        county_code=county, year=year, state__in=steps.FREE, blocked_code="", cap_fen__gt=0
    )
    found = found.filter(pk__in=asked) if asked else found.filter(state=RewardState.COMPUTED)
    rows = list(found.order_by("village_code"))
    form = DetermineForm(request.POST or None, rows=rows)
    if form.is_bound and form.is_valid():

        def act(by: By) -> str:
            services.determine(county, year, by=by, amounts=form.amounts())
            return f"{reverse('rewards')}?year={year}"

        answer = act_with_form(request, form, act, done=_("已核定%(n)d个村的奖励") % {"n": len(rows)})
        if answer is not None:
            return answer
    context = {
        "form": form,
        "boxes": [(row, form[f"amount{row.pk}"]) for row in rows],
        "sums": selectors.sums_of(found),
        "year": year,
    } | shared.year_terms(shared.rules_of(request, county), year)
    return render(request, "rewards/determine.html", context)


class ApplyForm(ConfirmedForm):
    """The last look before applying to finance."""

    unticked = gettext_lazy("请先核对村数和金额，再打勾确认。")


@shared.where_money_is_given
def reward_apply(request: PageRequest) -> HttpResponse:
    """申请奖励资金: what goes to finance, with its sum; another officer confirms."""
    require_role(request.user, steps.APPLY.roles, steps.APPLY.label)
    county, year = shared.county_asked(request), shared.year_asked(request)
    found = selectors.rewards_within(request.user).filter(
        county_code=county, year=year, state=RewardState.DETERMINED, application__isnull=True
    )
    form = ApplyForm(request.POST or None)
    if form.is_bound and form.is_valid():

        def act(by: By) -> str:
            made = services.apply_to_finance(county, year, by=by)
            return reverse("reward-application", args=[made.pk])

        answer = act_with_form(request, form, act, done=_("已提交复核"))
        if answer is not None:
            return answer
    context = {
        "form": form,
        "rows": list(found.order_by("village_code")),
        "sums": selectors.sums_of(found),
        "year": year,
    }
    return render(request, "rewards/apply.html", context)


@require_GET
def reward_application(request: PageRequest, pk: int) -> HttpResponse:
    """One application: its rows, where it stands, and the next act of whoever looks."""
    return _application_page(request, pk)


def _application_page(
    request: PageRequest, pk: int, *, form: Any = None, receive: Any = None
) -> HttpResponse:
    found = selectors.application(request.user, pk)
    rows = selectors.rewards_within(request.user).filter(application=found).order_by("village_code")
    waits = found.state == ProposalState.PROPOSED
    context = {
        "application": found,
        "word": selectors.application_word(found),
        "page_obj": list_page(request, rows, sorts=SORTS, default="village"),
        "sums": selectors.sums_of(rows),
        "cells": _application_cells(found),
        "timeline": timeline_of(found),
        "reason_form": form or ReasonForm(),
        "receive_form": receive or ReceiveForm(initial={"amount_fen": found.due_fen}),  # type: ignore[attr-defined]
        "may_confirm": waits
        and request.user.access.may(steps.CONFIRM_APPLICATION.roles)
        and found.made_by_id != request.user.pk,
        "may_approve": found.waiting_count and request.user.access.may(steps.APPROVE.roles),  # type: ignore[attr-defined]
        "may_receive": found.approved_count and request.user.access.may(steps.RECEIVE.roles),  # type: ignore[attr-defined]
    }
    return render(request, "rewards/application.html", context)


def _application_cells(found: Any) -> list[Cell]:
    return [
        Cell(_("申请"), found.amount_fen, _("%(n)d个村") % {"n": found.rows_count}),
        Cell(_("待批复"), f"{found.waiting_count}", _("财政还没有批"), unit=_("个村")),
        Cell(_("退回"), f"{found.returned_count}", _("请核对后再核定"), unit=_("个村")),
        Cell(_("待到账"), found.due_fen, _("已批复、还没到经办账户")),
        Cell(_("已拨付"), f"{found.paid_count}", _("已到村集体账户"), unit=_("个村"), main=True),
    ]


@require_POST
def reward_application_act(request: PageRequest, pk: int, name: str) -> HttpResponse:
    """Confirm, send back, or record the money of an application."""
    form = {"refuse": ReasonForm, "receive": ReceiveForm}.get(name, ApplyForm)(
        request.POST if name != "confirm" else {"confirmed": "1"}
    )
    here = reverse("reward-application", args=[pk])
    selectors.application(request.user, pk)

    def act(by: By) -> str:
        if name == "confirm":
            services.confirm_application(pk, by=by)
        elif name == "refuse":
            services.refuse_application(pk, by=by, reason=form.cleaned_data["reason"])
        else:
            services.receive(pk, by=by, **form.cleaned_data)
        return here

    if name == "confirm":
        return act_or_back(request, by_page(request), act, back=here, done=_("已复核，申请已送财政"))
    if form.is_valid():
        answer = act_with_form(request, form, act, done=DONE[name])
        if answer is not None:
            return answer
    shown = {"receive": form} if name == "receive" else {"form": form}
    return _application_page(request, pk, **shown)


DONE = {"refuse": "已退回经办", "receive": "已登记到账，请到“资金拨付”把款拨到各村"}


@require_GET
def reward_application_print(request: PageRequest, pk: int) -> HttpResponse:
    """F14: 集体补助奖励资金核定表, with the account numbers in full for the seal."""
    found = selectors.application(request.user, pk)
    rows = selectors.rewards_within(request.user).filter(application=found).order_by("village_code")
    rules = shared.rules_of(request, found.county_code)
    context = {
        "application": found,
        "rows": list(rows),
        "sums": selectors.sums_of(rows),
        "offices": {key: str(view.value) for key, view in rules.table("office_name").items()},
    }
    return render(request, "rewards/application_print.html", context)


@require_GET
def reward(request: PageRequest, pk: int) -> HttpResponse:
    """One village's reward: how it was reckoned, where it stands, what happened."""
    row = selectors.reward(request.user, pk)
    rules = shared.rules_of(request, row.county_code)
    events = timeline_of(row)
    if row.application_id and request.user.access.may(steps.READERS):
        assert row.application is not None
        events += timeline_of(row.application)
    context = {
        "row": row,
        "finding": shared.blocked_finding(row),
        "timeline": events,
        "offsets": list(row.offsets.order_by("pk")),
        "uses": list(row.offset_uses.select_related("offset__reward")),
        "may_undo": row.state == RewardState.DETERMINED
        and not row.application_id
        and request.user.access.may(steps.UNDO.roles),
        "may_see_all": request.user.access.may(steps.READERS),
    } | shared.year_terms(rules, row.year)
    return render(request, "rewards/reward.html", context)


@require_POST
def reward_undo(request: PageRequest, pk: int) -> HttpResponse:
    """Take a determination back."""
    here = reverse("reward", args=[pk])

    def act(by: By) -> str:
        services.undo_determination(pk, by=by)
        return here

    return act_or_back(request, by_page(request), act, back=here, done=_("已撤回核定"))


@shared.where_money_is_given
def reward_rates(request: PageRequest) -> HttpResponse:
    """奖励比例: the ceilings of the document, what the district decided, and a new decision."""
    found = selectors.rates_within(request.user)
    county = shared.county_asked(request)
    may_propose = selectors.may_for_county(request.user, steps.PROPOSE_RATE.roles)
    form = RateForm(request.POST or None, initial={"year": shared.year_asked(request)})
    if form.is_bound and form.is_valid():

        def act(by: By) -> str:
            data = dict(form.cleaned_data)
            services.propose_rate(county, data.pop("year"), by=by, **data)
            return reverse("reward-rates")

        answer = act_with_form(request, form, act, done=_("已提交复核"))
        if answer is not None:
            return answer
    rules = shared.rules_of(request, county)
    years = rules.years("reward_ceiling")
    context = {
        "form": form,
        "rates": list(found.filter(county_code=county)),
        "ceilings": [(year, reward_ceiling(rules, year)) for year in years],
        "clause": reward_terms(rules, years[-1], decided_ppm=None).clause if years else "",
        "may_propose": may_propose,
        "may_confirm": request.user.access.may(steps.CONFIRM_RATE.roles),
        "reason_form": ReasonForm(),
    }
    return render(request, "rewards/rates.html", context)


@require_POST
def reward_rate_act(request: PageRequest, pk: int, name: str) -> HttpResponse:
    """Confirm a decided rate or send it back."""

    def act(by: By) -> str:
        if name == "confirm":
            services.confirm_rate(pk, by=by)
        else:
            services.refuse_rate(pk, by=by, reason=request.POST.get("reason", ""))
        return reverse("reward-rates")

    done = _("已复核，下次测算按这个比例") if name == "confirm" else _("已退回")
    return act_or_back(request, by_page(request), act, back=reverse("reward-rates"), done=done)


@require_GET
def plan_reward_estimate(request: PageRequest) -> HttpResponse:
    """A fragment for the plan page: the most the district would reward for this sum; 区里最多奖励40%."""
    year = year_in(request.GET.get("year", ""))
    amount_fen = whole_number(request.GET.get("amount_fen", ""))
    region = request.GET.get("region", "") or request.user.access.area.code  # type: ignore[union-attr]
    if year is None or amount_fen is None or not region.isdecimal():
        return HttpResponse("")
    rules = shared.rules_of(request, region)
    if not gives_reward_money(rules):
        name, occasion = rules.get("commendation_name"), rules.get("commendation_occasion")
        return render(
            request, "rewards/_estimate.html", {"name": name, "occasion": occasion, "is_none": True}
        )
    terms = reward_terms(rules, year, decided_ppm=None)
    context = {
        "year": year,
        "ceiling": terms.ceiling,
        "rate_ppm": terms.rate_ppm,
        "most_fen": share_down(amount_fen, terms.rate_ppm),
        "clause": terms.clause,
    }
    return render(request, "rewards/_estimate.html", context)
