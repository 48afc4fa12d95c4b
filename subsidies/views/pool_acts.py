"""What is done on an earmarked pool (专款): opened, money in, money back, its plan, its papers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, by_page, form_page
from core.http import PageRequest
from core.lists import list_page
from core.typed import whole_number
from core.workflow import By
from policies.selectors import rulebook
from subsidies.forms.donations import MoneyForm, PaperForm, PoolForm, ReturnForm
from subsidies.models import Pool
from subsidies.rules.pools import CHARITY
from subsidies.selectors import donations as selectors
from subsidies.services import donations as services
from subsidies.services import plans as plan_services
from subsidies.workflow import donations as steps
from villages.models import CollectiveOrganisation
from villages.selectors.regions import organisations_within, own_organisation


def pool_new(request: PageRequest) -> HttpResponse:
    """Open the pool of one gift: for the own village, or for one that the agency chooses."""
    require_role(request.user, steps.STEWARDS, steps.OPEN_POOL.label)
    organisation = _organisation(request)
    if organisation is None:
        return _choose_village(request)
    rules = rulebook(organisation.village_code, on=request.working_date)
    initial = {"year": request.working_date.year, "donor": request.GET.get("donor", "")}
    form = PoolForm(
        request.POST or None,
        request.FILES or None,
        rules=rules,
        organisation=organisation,
        actor=request.user,
        initial=initial,
    )

    def act(by: By) -> str:
        paper = form.paper()
        made = services.open_pool(by=by, content=form.content())
        if paper is not None:
            services.attach_agreement(made.pk, by=by.within(), paper=paper)
        return _url(made.pk)

    allowed = rules.table("sponsor_custody_allowed")
    custody = next(iter(allowed.values()), None)
    context = {
        "organisation": organisation,
        "may_be_charity": CHARITY in dict(form.fields["custody"].choices),  # type: ignore[attr-defined]
        "has_donors": len(form.fields["donor"].choices) > 1,  # type: ignore[attr-defined]
        "clause": custody.clause.reference if custody else "",
        "marks": custody.marks if custody else (),
    }
    done = _("专款已建立。收到钱以后登记“收到资助款”。")
    return form_page(request, form, act, "subsidies/donations/pool_new.html", context, done=done)


def _organisation(request: PageRequest) -> CollectiveOrganisation | None:
    own = own_organisation(request.user)
    if own is not None:
        return own
    asked = whole_number(request.POST.get("organisation") or request.GET.get("organisation"))
    return organisations_within(request.user).filter(pk=asked).first()


def _choose_village(request: PageRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    rows = organisations_within(request.user).order_by("village_code")
    if words:
        rows = rows.filter(region__short_name__icontains=words) | rows.filter(name__icontains=words)
    context = {"page_obj": list_page(request, rows, sorts={"village": ["village_code"]}, default="village")}
    return render(request, "subsidies/donations/choose_village.html", context | {"words": words})


def pool_receive(request: PageRequest, pk: int) -> HttpResponse:
    """收到资助款: money of the donor came in."""
    require_role(request.user, steps.STEWARDS, steps.RECEIVE_MONEY.label)
    found = selectors.pool(request.user, pk)
    if not found.is_sponsored:
        return _no_gift(request, found)
    form = MoneyForm(request.POST or None, request.FILES or None, initial={"moved_on": request.working_date})

    def act(by: By) -> str:
        services.receive_money(pk, by=by, money=form.money(), paper=form.paper())
        return _url(pk)

    context = {"pool": found}
    return form_page(
        request, form, act, "subsidies/donations/receive.html", context, done=_("已登记收到资助款。")
    )


def pool_return(request: PageRequest, pk: int) -> HttpResponse:
    """退还资助人: money goes back to the donor on his written claim."""
    require_role(request.user, steps.STEWARDS, steps.RETURN_MONEY.label)
    found = selectors.pool(request.user, pk)
    if not found.is_sponsored:
        return _no_gift(request, found)
    initial = {"moved_on": request.working_date, "amount_fen": found.balance_fen or None}
    form = ReturnForm(request.POST or None, request.FILES or None, initial=initial)

    def act(by: By) -> str:
        services.return_money(pk, by=by, money=form.money(), paper=form.paper())
        return _url(pk)

    context = {"pool": found}
    return form_page(
        request, form, act, "subsidies/donations/return.html", context, done=_("已登记退还资助人。")
    )


def _no_gift(request: PageRequest, found: Pool) -> HttpResponse:
    messages.info(request, _("这是村集体自己的专款，收入随方案的资金来源增减，不用在这里登记。"))
    return redirect("pool", pk=found.pk)


@require_POST
def pool_plan(request: PageRequest, pk: int) -> HttpResponse:
    """Draft the plan that spends a pool."""

    def act(by: By) -> str:
        made = plan_services.draft_sponsored_plan(pk, by=by)
        return reverse("plan-edit", args=[made.pk, "beneficiaries"])

    done = _("已拟定资助方案的草稿，请写补助对象、标准和流程。")
    return act_or_back(request, by_page(request), act, back=_url(pk), done=done)


@require_POST
def pool_paper(request: PageRequest, pk: int) -> HttpResponse:
    """Keep a scan with a pool."""
    require_role(request.user, steps.ATTACH.roles, steps.ATTACH.label)
    selectors.pool(request.user, pk)
    form = PaperForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("请选择材料种类和要上传的扫描件。"))
        return redirect(_url(pk))

    def act(by: By) -> str:
        services.attach_agreement(pk, by=by, paper=form.paper())
        return _url(pk)

    return act_or_back(request, by_page(request), act, back=_url(pk), done=_("已上传。"))


def _url(pk: int) -> str:
    return reverse("pool", args=[pk])
