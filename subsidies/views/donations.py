"""Pages of donors (资助方)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import access_of, require_role
from core.acts import form_page
from core.http import PageRequest
from core.lists import Export, choice_pills, list_page
from core.look import Pill
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.workflow import By
from policies.parameters import SPONSOR_KINDS
from policies.selectors import rulebook
from subsidies.forms.donations import DonorForm
from subsidies.models import Donor
from subsidies.selectors import donations as selectors
from subsidies.services import donations as services
from subsidies.workflow import donations as steps

SORTS = {
    "name": ["name"],
    "kind": ["kind"],
    "registered_on": ["registered_on"],
    "given": ["given_fen"],
}
EXPORT = Export(
    "资助方",
    (
        OutColumn("名称", width=30),
        OutColumn("种类", width=16),
        OutColumn("统一社会信用代码", "code", width=22),
        OutColumn("联系人", width=12),
        OutColumn("登记日期", "date"),
        OutColumn("专款数", "count"),
        OutColumn("累计资助（元）", "amount", width=16),
    ),
    lambda row: (
        row.name,
        selectors.kind_word(row),
        row.uscc,
        row.contact,
        row.registered_on,
        row.pool_count,
        row.given_fen,
    ),
)


def _rules(request: PageRequest) -> Any:
    area = access_of(request.user).area
    return rulebook(area.code if area else "", on=request.working_date)


@require_GET
def donors(request: PageRequest) -> HttpResponse:
    """资助方: whoever gives, or gave, to villages of the area."""
    words, kind = request.GET.get("q", ""), request.GET.get("kind", "")
    found = selectors.search_donors(selectors.donors_within(request.user), words)
    rows = found.filter(kind=kind) if kind in SPONSOR_KINDS else found
    if request.GET.get("export") == "xlsx":
        return EXPORT.answer(rows.order_by("name", "pk"))
    context = {
        "page_obj": list_page(request, rows, sorts=SORTS, default="name"),
        "pills": _pills(request, found),
        "words": words,
        "kinds": SPONSOR_KINDS,
        "may_keep": request.user.access.may(steps.STEWARDS),
    }
    return render(request, "subsidies/donations/donors.html", context)


def _pills(request: PageRequest, found: QuerySet[Donor]) -> list[Pill]:
    counts = dict(found.order_by().values_list("kind").annotate(n=Count("pk", distinct=True)))
    return choice_pills(request, "kind", counts, SPONSOR_KINDS.items())


def donor_new(request: PageRequest) -> HttpResponse:
    """Enter a donor in the register."""
    require_role(request.user, steps.STEWARDS, steps.REGISTER_DONOR.label)
    form = DonorForm(request.POST or None, rules=_rules(request))

    def act(by: By) -> str:
        made = services.register_donor(services.register_region(by), by=by, content=form.content())
        return reverse("donor", args=[made.pk])

    return form_page(
        request, form, act, "subsidies/donations/donor_form.html", done=_("已登记。下一步：建立专款。")
    )


def donor_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Correct what is known of a donor."""
    require_role(request.user, steps.STEWARDS, steps.CHANGE_DONOR.label)
    found = selectors.donor(request.user, pk)
    known = {name: getattr(found, name) for name in ("kind", "name", "uscc", "contact", "phone")}
    form = DonorForm(request.POST or None, initial=known, rules=_rules(request))

    def act(by: By) -> str:
        services.change_donor(pk, by=by, content=form.content())
        return reverse("donor", args=[pk])

    context = {"donor": found}
    return form_page(request, form, act, "subsidies/donations/donor_form.html", context, done=_("已更改。"))


@require_GET
def donor(request: PageRequest, pk: int) -> HttpResponse:
    """One donor: who it is, and what it gave."""
    found = selectors.donor(request.user, pk)
    pools = selectors.pools_within(request.user).filter(donor=found).order_by("-year", "-pk")
    context = {
        "donor": found,
        "kind": selectors.kind_word(found),
        "pools": pools,
        "sums": selectors.pool_sums(pools),
        "timeline": timeline_of(found),
        "may_keep": request.user.access.may(steps.STEWARDS),
    }
    return render(request, "subsidies/donations/donor.html", context)
