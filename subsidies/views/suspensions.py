"""Pages of a programme's suspension and resumption (暂停、恢复), and its card on the organisation's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page, form_page
from core.http import PageRequest
from core.lengths import REASON_TEXT
from core.workflow import By
from policies.selectors import rulebook
from subsidies.enums import SuspensionState
from subsidies.forms.filings import GrantForm, ReasonForm, RefuseForm, SuspensionForm
from subsidies.models import Suspension
from subsidies.rules.suspensions import CANCEL
from subsidies.selectors import suspensions as selectors
from subsidies.services import suspensions as services
from subsidies.views.filing_shapes import filing_card, timeline_with_filings
from subsidies.views.filings import not_open
from subsidies.workflow import filings as steps
from villages.models import CollectiveOrganisation
from villages.selectors.regions import own_organisation


def _found(request: PageRequest, pk: int) -> Suspension:
    return selectors.suspension(request.user, pk)


def _url(pk: int) -> str:
    return reverse("suspension", args=[pk])


def programme_card(request: PageRequest, organisation: CollectiveOrganisation) -> str:
    """The card 暂停、恢复 of the organisation's page; nothing where the rulebook knows no suspension."""
    on = request.working_date
    rules = rulebook(organisation.village_code, on=on)
    if not rules.flag("suspension_allowed") or not request.user.access.may(steps.READERS):
        return ""
    rows = list(selectors.suspensions_of(organisation.pk))
    current = next((row for row in rows if row.state in selectors.OPEN), None)
    context = {
        "organisation": organisation,
        "rows": rows,
        "current": current,
        "word": _programme_word(organisation, current, on),
        "clause": rules.value("suspension_allowed").clause.reference,
        "may_ask": current is None and request.user.access.may(steps.ASK_SUSPENSION.roles),
    }
    return render_to_string("subsidies/filings/_programme.html", context, request)


def _programme_word(organisation: CollectiveOrganisation, current: Suspension | None, on: date) -> str:
    if current is not None and current.state == SuspensionState.RESUME_APPLIED:
        return str(SuspensionState.RESUME_APPLIED.label)
    if selectors.is_suspended(organisation.pk, on=on):
        return str(SuspensionState.SUSPENDED.label)
    return _("正常")


def suspension_new(request: PageRequest) -> HttpResponse:
    """Ask to suspend the own village's programme."""
    require_role(request.user, steps.ASK_SUSPENSION.roles, steps.ASK_SUSPENSION.label)
    organisation = own_organisation(request.user)
    if organisation is None:
        messages.error(request, _("本村还没有登记集体经济组织，请先请管理员登记。"))
        return redirect("plans")
    rules = rulebook(organisation.village_code, on=request.working_date)
    if not rules.flag("suspension_allowed"):
        messages.info(request, _("本地的政策文件没有规定可以暂停补助。"))
        return redirect("organisation", pk=organisation.pk)
    form = SuspensionForm(request.POST or None, rulebook=rules)

    def act(by: By) -> str:
        return _url(services.ask_suspension(organisation.pk, by=by, request=form.request()).pk)

    offices = rules.table("suspension_filing_office")
    context = {
        "organisation": organisation,
        "offices": "、".join(str(view.value) for view in offices.values()),
        "clause": rules.value("suspension_allowed").clause.reference,
        "count": selectors.sums_of(selectors.unremitted_lines(organisation.pk)),
    }
    return form_page(
        request, form, act, "subsidies/filings/suspension_new.html", context, done=_("已报出，等备案。")
    )


def suspension(request: PageRequest, pk: int) -> HttpResponse:
    """One suspension: why, from when, where it stands, what is next."""
    row = _found(request, pk)
    on = request.working_date
    rules = rulebook(row.village_code, on=on)
    cause = rules.get("suspension_cause", row.cause)
    begins_on = selectors.begins_on(row, on=on)
    context = {
        "row": row,
        "cause": str(cause.value) if cause else row.cause,
        "begins_on": begins_on,
        "has_begun": begins_on is not None and begins_on <= on,
        "card": filing_card(row, request.user, on=on),
        "decision": getattr(row, "decision", None),
        "timeline": timeline_with_filings(row),
        "may_ask": request.user.access.may(steps.CLERK),
        "may_suspend": request.user.access.may(steps.SUSPEND.roles),
        "may_grant": request.user.access.may(steps.GRANT_RESUMPTION.roles),
        "unremitted": selectors.sums_of(selectors.unremitted_lines(row.organisation_id)),
    }
    return render(request, "subsidies/filings/suspension.html", context)


ACTS: dict[str, tuple[Callable[..., Suspension], str]] = {
    "file-again": (services.file_suspension_again, "已重新报出，等备案。"),
    "withdraw": (services.withdraw_suspension, "已撤回，补助照常。"),
}


@require_POST
def suspension_act(request: PageRequest, pk: int, name: str) -> HttpResponse:
    """A button of the page: file again, withdraw."""
    service, done = ACTS[name]

    def act(by: By) -> str:
        service(pk, by=by, reason=request.POST.get("reason", "")[:REASON_TEXT])
        return _url(pk)

    return act_or_back(request, by_page(request), act, back=_url(pk), done=_(done))


def suspend(request: PageRequest, pk: int) -> HttpResponse:
    """The last look before a suspension cancels what is unpaid: counts, sums, tick."""
    require_role(request.user, steps.SUSPEND.roles, steps.SUSPEND.label)
    row = _found(request, pk)
    if row.state not in steps.SUSPEND.sources:
        return not_open(request, row.get_state_display(), _url(pk))
    if request.method == "POST":
        if request.POST.get("confirmed") != "1":
            messages.error(request, _("请先勾选“我已核对”，再办理暂停。"))
            return redirect(request.path)

        def act(by: By) -> str:
            services.suspend_programme(pk, by=by)
            return _url(pk)

        return act_or_back(request, by_page(request), act, back=_url(pk), done=_("已暂停。"))
    on = request.working_date
    begins_on = selectors.begins_on(row, on=on)
    lines = selectors.unremitted_lines(row.organisation_id)
    rules = rulebook(row.village_code, on=on)
    context = {
        "row": row,
        "begins_on": begins_on,
        "is_open": begins_on is not None and begins_on <= on,
        "cancels": rules.choice("suspension_unremitted_line") == CANCEL,
        "unremitted": selectors.sums_of(lines),
        "kept": selectors.sums_of(selectors.kept_lines(row.organisation_id)),
        "clause": rules.value("suspension_unremitted_line").clause.reference,
        "marks": rules.value("suspension_unremitted_line").marks,
        "back_url": _url(pk),
    }
    return render(request, "subsidies/filings/suspend.html", context)


def resume(request: PageRequest, pk: int) -> HttpResponse:
    """The village applies to resume."""
    require_role(request.user, steps.APPLY_TO_RESUME.roles, steps.APPLY_TO_RESUME.label)
    row = _found(request, pk)
    if row.state not in steps.APPLY_TO_RESUME.sources:
        return not_open(request, row.get_state_display(), _url(pk))
    form = ReasonForm(request.POST or None)

    def act(by: By) -> str:
        services.apply_to_resume(pk, by=by, reason=form.cleaned_data["reason"])
        return _url(pk)

    done = _("已申请恢复，等社保经办机构办理。")
    return form_page(request, form, act, "subsidies/filings/resume.html", {"row": row}, done=done)


def grant(request: PageRequest, pk: int) -> HttpResponse:
    """The agency decides on an application to resume: from when, or why not."""
    require_role(request.user, steps.GRANT_RESUMPTION.roles, steps.GRANT_RESUMPTION.label)
    row = _found(request, pk)
    if row.state != SuspensionState.RESUME_APPLIED:
        return not_open(request, row.get_state_display(), _url(pk))
    is_refused = request.POST.get("answer") == "refuse"
    given = request.POST if request.method == "POST" else None
    form = GrantForm(None if is_refused else given, initial={"active_on": request.working_date})
    refusal = RefuseForm(given if is_refused else None)
    if given is not None:
        answer = _refuse(request, row, refusal) if is_refused else _grant(request, row, form)
        if answer is not None:
            return answer
    return render(request, "subsidies/filings/grant.html", {"row": row, "form": form, "refusal": refusal})


def _grant(request: PageRequest, row: Suspension, form: GrantForm) -> HttpResponse | None:
    def act(by: By) -> str:
        services.grant_resumption(row.pk, by=by, active_on=form.cleaned_data["active_on"])
        return _url(row.pk)

    return act_with_form(request, form, act, done=_("已同意恢复。")) if form.is_valid() else None


def _refuse(request: PageRequest, row: Suspension, form: RefuseForm) -> HttpResponse | None:
    def act(by: By) -> str:
        services.refuse_resumption(row.pk, by=by, reason=form.cleaned_data["reason"])
        return _url(row.pk)

    return act_with_form(request, form, act, done=_("已答复不同意恢复。")) if form.is_valid() else None
