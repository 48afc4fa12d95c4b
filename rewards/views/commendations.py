"""通报表扬: the register, a proposal from the year's figures, one notice with its next act, its print."""

from __future__ import annotations

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.counts import FOUND_ROWS, YEARS_OFFERED
from core.http import PageRequest
from core.lists import Export, list_page
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.workflow import By
from core.years import year_in
from rewards import selectors, services
from rewards import workflow as steps
from rewards.enums import ProposalState
from rewards.forms import CommendForm, ReasonForm
from rewards.models import Commendation
from rewards.views import shared

SORTS = {
    "village": ["village_code"],
    "heads": ["headcount"],
    "amount": ["amount_fen"],
    "commended_on": ["notice__commended_on"],
}
EXPORT = Export(
    "通报表扬登记册",
    (
        OutColumn("年度", "count", width=8, is_summed=False),
        OutColumn("镇街", width=14),
        OutColumn("村", width=14),
        OutColumn("村集体经济组织", width=30),
        OutColumn("补助人数", "count"),
        OutColumn("补助金额（元）", "amount", width=16),
        OutColumn("表扬形式", width=14),
        OutColumn("场合", width=18),
        OutColumn("文号", width=24),
        OutColumn("通报日期", "date"),
    ),
    lambda row: (
        row.year,
        str(row.organisation.region.parent),
        str(row.organisation.region),
        row.organisation.name,
        row.headcount,
        row.amount_fen,
        row.notice.name,
        row.notice.occasion,
        row.notice.number,
        row.notice.commended_on,
    ),
)


@require_GET
def commendations(request: PageRequest) -> HttpResponse:
    """The register of who was commended; above it, for offices, the notices that are not confirmed yet."""
    user, words = request.user, request.GET.get("q", "")
    found = selectors.search_commendations(selectors.commendations_within(user), words)
    asked = request.GET.get("year", "")
    rows = found.filter(year=year) if (year := year_in(asked)) else found
    if request.GET.get("export") == "xlsx":
        return EXPORT.answer(rows.order_by("-year", "village_code"))
    rules = shared.rules_of(request, shared.own_code(request))
    is_office = user.access.may(steps.READERS)
    notices = selectors.notices_within(user) if is_office else None
    context = {
        "page_obj": list_page(request, rows, sorts=SORTS, default="-commended_on"),
        "sums": rows.order_by().aggregate(n=Count("pk"), heads=Sum("headcount"), fen=Sum("amount_fen")),
        "years": found.order_by("-year").values_list("year", flat=True).distinct(),
        "year": asked,
        "words": words,
        "may_open": is_office,
        "open_notices": notices.exclude(state=ProposalState.CONFIRMED)[:FOUND_ROWS]
        if notices is not None
        else (),
        "name": rules.get("commendation_name"),
        "occasion": rules.get("commendation_occasion"),
        "may_propose": selectors.may_for_county(user, steps.PROPOSE_COMMENDATION.roles)
        and bool(selectors.own_county(user)),
    }
    return render(request, "rewards/commendations.html", context)


def commendation_new(request: PageRequest) -> HttpResponse:
    """拟定通报表扬: who subsidised in the year, persons and sums; what is ticked goes to the reviewer."""
    step = steps.PROPOSE_COMMENDATION
    require_role(request.user, step.roles, step.label)
    county, year = shared.county_asked(request), shared.year_asked(request)
    candidates = selectors.commendation_candidates(request.user, county, year)
    form = CommendForm(request.POST or None, candidates=candidates)
    if form.is_bound and form.is_valid():

        def act(by: By) -> str:
            made = services.propose_commendation(
                county, year, form.chosen, by=by, remark=form.cleaned_data["remark"]
            )
            return reverse("commendation", args=[made.pk])

        answer = act_with_form(request, form, act, done=_("已提交复核"))
        if answer is not None:
            return answer
    rules = shared.rules_of(request, county)
    last = request.working_date.year
    context = {
        "form": form,
        "candidates": candidates,
        "ticked": set(form.chosen) if form.is_bound else {one.organisation.pk for one in candidates},
        "year": year,
        "years": range(last, last - YEARS_OFFERED, -1),
        "name": rules.get("commendation_name"),
        "occasion": rules.get("commendation_occasion"),
        "heads": sum(one.headcount for one in candidates),
        "fen": sum(one.amount_fen for one in candidates),
    }
    return render(request, "rewards/commendation_new.html", context)


def commendation(request: PageRequest, pk: int) -> HttpResponse:
    """One notice: who is on it; another officer confirms or sends it back."""
    found = selectors.notice(request.user, pk)
    form = ReasonForm(request.POST or None)
    if form.is_bound:
        require_role(request.user, steps.REFUSE_COMMENDATION.roles, steps.REFUSE_COMMENDATION.label)
        if form.is_valid():

            def act(by: By) -> str:
                services.refuse_commendation(pk, by=by, reason=form.cleaned_data["reason"])
                return reverse("commendation", args=[pk])

            answer = act_with_form(request, form, act, done=_("已退回经办"))
            if answer is not None:
                return answer
    context = {
        "notice": found,
        "rows": _rows(pk),
        "form": form,
        "timeline": timeline_of(found),
        "may_confirm": found.state == ProposalState.PROPOSED
        and request.user.access.may(steps.CONFIRM_COMMENDATION.roles)
        and found.made_by_id != request.user.pk,
    }
    return render(request, "rewards/commendation.html", context)


def _rows(notice_id: int) -> list[Commendation]:
    rows = Commendation.objects.filter(notice=notice_id).order_by("village_code")
    return list(rows.select_related("organisation__region__parent"))


@require_POST
def commendation_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """Confirm a notice: numbered, dated, in the register."""
    selectors.notice(request.user, pk)
    here = reverse("commendation", args=[pk])

    def act(by: By) -> str:
        services.confirm_commendation(pk, by=by)
        return here

    done = _("已复核，已编文号、列入登记册，可以打印通报")
    return act_or_back(request, by_page(request), act, back=here, done=done)


@require_GET
def commendation_print(request: PageRequest, pk: int) -> HttpResponse:
    """The notice on paper, for seal and circulation."""
    found = selectors.notice(request.user, pk)
    rules = shared.rules_of(request, found.county_code)
    context = {
        "notice": found,
        "rows": _rows(pk),
        "scheme": rules.choice("scheme_name"),
        "county": shared.county_name(found.county_code),
        "agency": rules.get("office_name", "agency"),
        "name": rules.get("commendation_name"),
        "back_url": reverse("commendation", args=[pk]),
    }
    return render(request, "rewards/commendation_print.html", context)
