"""The member list with payments, and the payments themselves."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from contributions import selectors
from contributions.enums import ContributionKind
from contributions.forms import ReverseForm
from contributions.resting import resting_within
from contributions.services import reverse_contribution
from contributions.workflow import REVERSE_CONTRIBUTION
from core.access import require_role
from core.acts import form_page
from core.http import PageRequest
from core.lists import Export, list_page, person_words, query_with
from core.look import Pill
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.workflow import By
from core.years import year_in
from villages.models import Membership
from villages.selectors.regions import own_organisation
from villages.workflow import ADD_MEMBER

MEMBER_SORTS = {
    "name": ["person__pinyin", "person__name"],
    "group": ["group_name"],
    "paid": ["paid_fen"],
    "village": ["village_code"],
}
CONTRIBUTION_SORTS = {
    "paid_on": ["paid_on"],
    "name": ["person__pinyin"],
    "tier": ["tier_fen"],
    "year": ["year"],
}
MEMBER_FILTERS = {
    "": ("全部", "all", {}),
    "paid": ("已缴费", "paid", {"paid_fen__isnull": False}),
    "unpaid": ("没有查到缴费", "unpaid", {"paid_fen__isnull": True}),
    "status": ("有状态变更", "status", {"has_status": True}),
}


def members(request: PageRequest) -> HttpResponse:
    """成员名单: who is on the list and who has paid this year and last."""
    year = _year(request)
    rows = selectors.members_with_payments(request.user, year=year)
    rows = rows.filter(person_words(request.GET.get("q", ""), "person__"))
    counts = selectors.member_counts(rows)
    chosen = request.GET.get("show", "")
    rows = rows.filter(**MEMBER_FILTERS.get(chosen, MEMBER_FILTERS[""])[2])
    if request.GET.get("export") == "xlsx":
        return _member_export(year).answer(rows.order_by("village_code", "group_name", "person__pinyin"))
    context = {
        "page_obj": list_page(request, rows, sorts=MEMBER_SORTS, default="group"),
        "pills": _pills(request, counts, chosen),
        "year": year,
        "words": request.GET.get("q", ""),
        "organisation": own_organisation(request.user),
        "may_change": request.user.access.may(ADD_MEMBER.roles),
        "is_filtered": bool(chosen or request.GET.get("q")),
    }
    return render(request, "contributions/members.html", context)


def _year(request: PageRequest) -> int:
    asked = request.GET.get("year", "")
    return year_in(asked) or request.working_date.year


def _pills(request: PageRequest, counts: dict[str, int], chosen: str) -> list[Pill]:
    return [
        Pill(label, counts[count], query_with(request, show=key), active=key == chosen)
        for key, (label, count, _filter) in MEMBER_FILTERS.items()
    ]


def _member_export(year: int) -> Export:
    columns = [
        OutColumn(_("镇街"), width=14),
        OutColumn(_("村（社区）"), width=14),
        OutColumn(_("组")),
        OutColumn(_("姓名")),
        OutColumn(_("身份证后四位"), "code"),
        OutColumn(_("人员类别")),
        OutColumn(_("%(y)d年缴费档次") % {"y": year}, "amount", width=16, is_summed=False),
        OutColumn(_("%(y)d年缴费档次") % {"y": year - 1}, "amount", width=16, is_summed=False),
    ]

    def cells(row: Membership) -> list[object]:
        place = row.organisation.region
        return [
            str(place.parent),
            str(place),
            row.group_name,
            row.person.name,
            row.person.last4,
            row.person_kind_label,
            row.paid_fen,  # type: ignore[attr-defined]
            row.paid_before_fen,  # type: ignore[attr-defined]
        ]

    return Export(_("成员名单"), columns, cells)


def contributions(request: PageRequest) -> HttpResponse:
    """个人缴费: what was reported as paid."""
    rows: QuerySet = selectors.contributions_within(request.user)
    rows = rows.filter(person_words(request.GET.get("q", ""), "person__"))
    kind, year = request.GET.get("kind", ""), year_in(request.GET.get("year", ""))
    if kind in ContributionKind.values:
        rows = rows.filter(kind=kind)
    if year:
        rows = rows.filter(year=year)
    context = {
        "page_obj": list_page(request, rows, sorts=CONTRIBUTION_SORTS, default="-paid_on"),
        "totals": selectors.contribution_totals(rows),
        "words": request.GET.get("q", ""),
        "kinds": ContributionKind.choices,
        "kind": kind,
        "year": year,
        "may_import": request.user.access.roles & {"officer", "tax"},
        "may_reverse": request.user.access.may(REVERSE_CONTRIBUTION.roles),
    }
    return render(request, "contributions/contributions.html", context)


def contribution_reverse(request: PageRequest, pk: int) -> HttpResponse:
    """冲销: what rests on the payment, the day and the reason; once it is done, who did it and why."""
    access = require_role(request.user, REVERSE_CONTRIBUTION.roles, REVERSE_CONTRIBUTION.label)
    found = selectors.contribution(request.user, pk)
    resting = resting_within(access.area, [pk]).get(pk, [])
    form = ReverseForm(request.POST or None, initial={"reversed_on": request.working_date})

    def act(by: By) -> str:
        data = form.cleaned_data
        reverse_contribution(pk, by=by, reversed_on=data["reversed_on"], reason=data["reason"])
        return reverse("contribution-reverse", args=[pk])

    context = {"payment": found, "resting": resting, "timeline": timeline_of(found)}
    done = _("已冲销%(who)s的这笔缴费。") % {"who": found.person.name}
    return form_page(request, form, act, "contributions/reverse.html", context, done=done)
