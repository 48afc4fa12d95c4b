"""What the pages of rewards share: the year asked for, the rulebook, the export."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from core.access import Area, require_role
from core.divisions import CODE, NATIONAL_CODE, ancestor_codes
from core.errors import NotInArea
from core.http import PageRequest
from core.lists import Export
from core.look import Finding
from core.rates import percent_text
from core.sheets.writer import OutColumn
from core.years import year_in
from policies.rules import reward_ceiling, reward_first_day
from policies.selectors import Rulebook, reasons, rulebook
from rewards import selectors
from rewards import workflow as steps
from rewards.models import Reward
from rewards.rules import blocked_sentence
from villages.models import Region

EXPORT = Export(
    "财政奖励",
    (
        OutColumn("年度", "count", width=8, is_summed=False),
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("村集体经济组织", width=30),
        OutColumn("统一社会信用代码", "code", width=22),
        OutColumn("补助人数", "count"),
        OutColumn("年度补助金额（元）", "amount", width=16),
        OutColumn("退费金额（元）", "amount", width=14),
        OutColumn("核定基数（元）", "amount", width=16),
        OutColumn("奖励比例", width=10),
        OutColumn("核定上限（元）", "amount", width=16),
        OutColumn("核定金额（元）", "amount", width=16),
        OutColumn("冲抵以前年度（元）", "amount", width=16),
        OutColumn("应拨金额（元）", "amount", width=16),
        OutColumn("状态", width=14),
        OutColumn("财政意见", width=24),
        OutColumn("拨付日期", "date"),
        OutColumn("凭证号", "code", width=16),
    ),
    lambda row: (
        row.year,
        str(row.organisation.region.parent),
        str(row.organisation.region),
        row.organisation.name,
        row.organisation.uscc,
        row.headcount,
        row.posted_fen,
        row.refunded_fen,
        row.base_fen,
        percent_text(row.rate_ppm),
        row.cap_fen,
        row.determined_fen,
        row.offset_fen,
        row.payable_fen,
        row.get_state_display(),
        row.finance_reason,
        row.paid_on,
        row.voucher,
    ),
)


def own_code(request: PageRequest) -> str:
    """The code of the reader's place, for its rulebook."""
    area = request.user.access.area
    return (area.code if area else "") or NATIONAL_CODE


def county_name(code: str) -> str:
    """What a county is called."""
    return Region.objects.filter(pk=code).values_list("name", flat=True).first() or ""


def where_money_is_given(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of reward money: a region without it is told what it has instead, a reader above the county chooses one.

    Acts go on to their service, which refuses (E-NO-REWARD). Source: JN-13.
    """

    @wraps(view)
    def page(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user
        if request.method != "GET":
            return view(request, *args, **kwargs)
        require_role(user, steps.READERS | steps.VILLAGE)
        if not selectors.knows_money(user, on=request.working_date):
            return _no_money(request)
        is_above = not selectors.own_county(user) and not request.GET.get("county")
        return _counties(request) if is_above else view(request, *args, **kwargs)

    return page


def _no_money(request: PageRequest) -> HttpResponse:
    rules = rules_of(request, own_code(request))
    county = selectors.own_county(request.user)
    context = {
        "form": rules.get("reward_form"),
        "name": rules.get("commendation_name"),
        "occasion": rules.get("commendation_occasion"),
        "county_may": rules.get("county_incentive_allowed"),
        "county": county_name(county) if county else "",
        "may_read_register": request.user.access.may(steps.COMMENDATION_READERS),
    }
    return render(request, "rewards/no_money.html", context)


def _counties(request: PageRequest) -> HttpResponse:
    counties = selectors.counties_with_rewards(request.user)
    return render(request, "rewards/counties.html", {"counties": counties})


def county_asked(request: PageRequest) -> str:
    """The county the page is about. Raises NotInArea above the county, where there is none to choose yet."""
    asked = request.GET.get("county", "")
    area = request.user.access.area
    county = selectors.own_county(request.user) or asked
    if not CODE.fullmatch(county) or (area and area.code and not _touches(area, county)):
        raise NotInArea
    return county


def _touches(area: Area, county: str) -> bool:
    return area.code in ancestor_codes(county) or county in ancestor_codes(area.code)


def year_asked(request: PageRequest) -> int:
    """The plan year in the address, else the newest that has rows, else the year before the working date's."""
    asked = request.GET.get("year", "") or request.POST.get("year", "")
    if year := year_in(asked):
        return year
    years = selectors.years_of_rewards(request.user)
    return years[0] if years else request.working_date.year - 1


def years_shown(request: PageRequest, year: int) -> list[int]:
    """The years of the selector: those with rows, the asked one, and the last."""
    last = request.working_date.year - 1
    return sorted({*selectors.years_of_rewards(request.user), year, last}, reverse=True)


def rules_of(request: PageRequest, code: str) -> Rulebook:
    """The rulebook of a place on the working date."""
    return rulebook(code, on=request.working_date)


def year_terms(rules: Rulebook, year: int) -> dict[str, Any]:
    """The year's ceiling with its clause and the first day, for the head of a page."""
    if rules.get("reward_from_offset") is None:
        return {"ceiling": None, "first_day": None}
    return {"ceiling": reward_ceiling(rules, year), "first_day": reward_first_day(rules, year)}


def blocked_finding(row: Reward) -> Finding | None:
    """Why a row cannot be determined, with clause and cure; None where nothing stands against it."""
    if not row.blocked_code:
        return None
    found = reasons().get(row.blocked_code)
    severity = "refuse" if row.blocked_code.startswith("E-") else "ask"
    sentence = blocked_sentence(row.blocked_code, row.blocked_figures)
    return Finding(severity, sentence, row.clause, found.remedy if found else "")
