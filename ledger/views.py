"""Pages of the ledger: individual accounts, statements, rates and the yearly settlement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.counts import YEARS_OFFERED
from core.errors import NotInArea
from core.http import PageRequest
from core.lists import list_page, person_words
from core.look import Cell
from core.models import Job
from core.workflow import By
from ledger import selectors
from ledger import workflow as steps
from ledger.enums import Book, RateState, Source
from ledger.forms import RateForm, SettleForm
from ledger.models import InterestRate
from ledger.services import interest as services
from policies.selectors import rulebook

SORTS = {"name": ["pinyin", "name"]}
# What a transfer was caused by → the page that follows it back.
CAUSE_PAGES = {"subsidies.line": "posting-trace", "subsidies.refund": "refund"}


@require_GET
def accounts(request: PageRequest) -> HttpResponse:
    """个人账户: persons with an account, what lies there by source."""
    rows = selectors.account_holders(request.user).filter(person_words(request.GET.get("q", "")))
    page = list_page(request, rows, sorts=SORTS, default="name")
    balances = selectors.balances_of_persons([person.pk for person in page])
    context = {
        "page_obj": page,
        "rows": [_account_row(person, balances.get(person.pk, {})) for person in page],
        "sources": Source.choices,
        "words": request.GET.get("q", ""),
        "may_import": request.user.access.may(steps.MAKERS),
        "sums": selectors.trial_sums(request.user.access.area, book=Book.FUND),  # type: ignore[arg-type]
    }
    return render(request, "ledger/accounts.html", context)


def _account_row(person: Any, balances: dict[str, int]) -> dict[str, Any]:
    return {
        "person": person,
        "cells": [(label, balances.get(value)) for value, label in Source.choices],
        "total_fen": sum(balances.values()),
    }


@require_GET
def account(request: PageRequest, pk: int) -> HttpResponse:
    """One person's statement: balances by source, every movement, each followed to its cause."""
    found = selectors.account_statement(request.user, pk)
    sources = dict(Source.choices)
    rows = [
        {"transfer": row, "source": sources.get(row.source, row.source), "url": _cause_url(row)}
        for row in reversed(found.transfers)
    ]
    cells = [Cell(str(sources[source]), fen) for source, fen in found.balances.items()]
    cells.append(Cell(_("账户合计"), found.total_fen, main=True))
    return render(request, "ledger/account.html", {"person": found.person, "cells": cells, "rows": rows})


def _cause_url(row: Any) -> str:
    name = CAUSE_PAGES.get(row.cause_type)
    return reverse(name, args=[row.cause_id]) if name and row.cause_id else ""


def interest(request: PageRequest) -> HttpResponse:
    """计息: the rates by year, entering one, and which years are settled."""
    rates = list(selectors.interest_rates(request.user))
    jobs = {job.cause_key: job for job in Job.objects.filter(kind=services.JOB_KIND)}
    may = request.user.access.may
    area = request.user.access.area
    next_year = services.first_unsettled_year(area.code) if area and area.column() == "county_code" else None
    form = _rate_form(request, next_year) if may(steps.ENTER_RATE.roles) else None
    if form is not None and form.is_bound and form.is_valid():
        answer = act_with_form(request, form, _entering(request, form), done=_("已录入，等另一人复核。"))
        if answer is not None:
            return answer
    context = {
        "rows": [_rate_row(request, rate, jobs, next_year) for rate in rates],
        "next_year": next_year,
        "form": form,
        "known": _known_rates(request),
    }
    return render(request, "ledger/interest.html", context)


def _rate_form(request: PageRequest, next_year: int | None) -> RateForm:
    initial: dict[str, Any] = {"year": next_year or request.working_date.year - 1}
    return RateForm(request.POST or None, initial=initial)


def _entering(request: PageRequest, form: RateForm) -> Callable[[By], str]:
    county = selectors.county_of(request.user)

    def act(by: By) -> str:
        services.enter_interest_rate(county, by=by, **form.cleaned_data)
        return reverse("interest")

    return act


def _rate_row(
    request: PageRequest, rate: InterestRate, jobs: dict[str, Job], next_year: int | None
) -> dict[str, Any]:
    may = request.user.access.may
    is_maker = rate.entered_by_id == request.user.pk
    comes_later = rate.state == RateState.CONFIRMED and next_year is not None and next_year < rate.year
    return {
        "rate": rate,
        "job": jobs.get(f"interest:{rate.county_code}:{rate.year}"),
        "may_confirm": rate.state == RateState.PROPOSED and may(steps.CONFIRM_RATE.roles) and not is_maker,
        "may_settle": rate.state == RateState.CONFIRMED
        and may(steps.START_INTEREST.roles)
        and not comes_later,
        "comes_later": comes_later,
    }


def _known_rates(request: PageRequest) -> list[tuple[int, Any, bool]]:
    """What the rulebook says of rates, and whether each is published: for comparison, never credited (A-63)."""
    on = request.working_date
    rules = rulebook(request.user.access.area.code, on=on)  # type: ignore[union-attr]
    found = [
        (year, rules.get("interest_rate", year=year), rules.flag("interest_rate_published", year=year))
        for year in range(on.year - YEARS_OFFERED + 1, on.year + 1)
    ]
    return [(year, view, is_published) for year, view, is_published in found if view is not None]


@require_POST
def rate_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """Confirm a rate that another officer entered."""
    here = reverse("interest")

    def act(by: By) -> str:
        services.confirm_interest_rate(pk, by=by)
        return here

    return act_or_back(request, by_page(request), act, back=here, done=_("已复核，可以结息了。"))


def interest_settle(request: PageRequest, pk: int) -> HttpResponse:
    """The last look before a year is settled: accounts, sum, rate; then the job."""
    require_role(request.user, steps.START_INTEREST.roles, steps.START_INTEREST.label)
    rate = selectors.interest_rates(request.user).filter(pk=pk).first()
    if rate is None:
        raise NotInArea
    form = SettleForm(request.POST or None)
    if form.is_bound and form.is_valid():
        answer = act_with_form(
            request, form, lambda by: reverse("job", args=[services.start_interest(pk, by=by).pk])
        )
        if answer is not None:
            return answer
    on = request.working_date
    strategy = rulebook(rate.county_code, on=on).get("interest_strategy")
    context = {
        "rate": rate,
        "form": form,
        "preview": services.preview_interest(rate, on=on),
        "strategy": strategy,
    }
    return render(request, "ledger/settle.html", context)
