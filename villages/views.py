"""Organisations, staff, members and their changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page, form_page
from core.http import PageRequest
from core.identity import last4_of
from core.lists import list_page
from core.workflow import By
from villages import forms, workflow
from villages.change_lists import changes_page
from villages.enums import ChangeState, RegionLevel, StatusKind
from villages.models import PersonChange
from villages.panels import ORGANISATION_CARDS
from villages.selectors import people, regions
from villages.selectors.accounts import accounts_of
from villages.services import organisations as organisation_services
from villages.services import persons as person_services
from villages.services import staff as staff_services
from villages.zones import Units, handled_by, unit_of, units_of

ORGANISATION_SORTS = {"region": ["region__code"], "name": ["name"], "registered_on": ["registered_on"]}


def organisations(request: PageRequest) -> HttpResponse:
    """Collective organisations of the area."""
    words = request.GET.get("q", "").strip()
    rows = regions.organisations_within(request.user).filter(name__contains=words)
    units, unit = units_shown(request)
    if unit:
        rows = rows.filter(handled_by(units, unit))
    page = list_page(request, rows, sorts=ORGANISATION_SORTS, default="region")
    context = {
        "page_obj": page,
        "rows": [(row, unit_of(units, row)) for row in page],
        "units": sorted({one.name for one in units.values()}),
        "unit": unit,
        "words": words,
        "may_keep": request.user.access.may(workflow.KEEP_ORGANISATION.roles),
    }
    return render(request, "villages/organisations.html", context)


def units_shown(request: PageRequest) -> tuple[Units, str]:
    """The functional zones of the reader's place (empty where there are none, or for a village), and the one asked."""
    area = request.user.access.area
    if area is None or area.column() == "village_code":
        return {}, ""
    units = units_of(area.code, on=request.working_date)
    asked = request.GET.get("unit", "")
    return units, asked if asked in {one.name for one in units.values()} else ""


def organisation(request: PageRequest, pk: int) -> HttpResponse:
    """One organisation: particulars, income by year, and what other rooms have to say of it."""
    found = regions.organisation(request.user, pk)
    may_keep = request.user.access.may(workflow.KEEP_ORGANISATION.roles)
    context = {
        "organisation": found,
        "incomes": found.incomes.order_by("-year"),
        "may_keep": may_keep,
        "account_changes": accounts_of(request.user, found),
        "cards": [card(request, found) for card in ORGANISATION_CARDS],
    }
    return render(request, "villages/organisation.html", context)


def organisation_new(request: PageRequest) -> HttpResponse:
    """Register an organisation."""
    require_role(request.user, workflow.KEEP_ORGANISATION.roles, workflow.KEEP_ORGANISATION.label)
    form = forms.NewOrganisationForm(request.POST or None, actor=request.user)

    def act(by: By) -> str:
        data = form.changes()
        code = data.pop("region")
        made = organisation_services.register_organisation(code, by=by, **data)
        return reverse("organisation", args=[made.pk])

    return form_page(request, form, act, "villages/organisation_form.html", done=_("已登记。"))


def organisation_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change particulars of an organisation."""
    require_role(request.user, workflow.KEEP_ORGANISATION.roles, workflow.KEEP_ORGANISATION.label)
    found = regions.organisation(request.user, pk)
    unshown = {"bank_account", "account_reason"}
    names = [name for name in forms.OrganisationForm.base_fields if name not in unshown]
    form = forms.OrganisationForm(request.POST or None, initial={n: getattr(found, n) for n in names})

    def act(by: By) -> str:
        organisation_services.change_organisation(pk, by=by, **form.changes())
        return reverse("organisation", args=[pk])

    def done() -> str:
        if found.account_changes.filter(state=ChangeState.PROPOSED).exists():
            return _("已保存。收款账户等另一人复核以后才改。")
        return _("已保存。")

    return form_page(
        request, form, act, "villages/organisation_form.html", {"organisation": found}, done=done
    )


def staff_list(request: PageRequest) -> HttpResponse:
    """Accounts of the area."""
    rows = people.staff_within(request.user)
    words = request.GET.get("q", "").strip()
    if words:
        rows = rows.filter(user__display_name__contains=words)
    page = list_page(
        request, rows, sorts={"region": ["region_id"], "name": ["user__display_name"]}, default="region"
    )
    may_change = request.user.access.may(workflow.CHANGE_STAFF.roles)
    return render(
        request, "villages/staff_list.html", {"page_obj": page, "words": words, "may_change": may_change}
    )


def staff_new(request: PageRequest) -> HttpResponse:
    """Make an account."""
    require_role(request.user, workflow.CREATE_STAFF.roles, workflow.CREATE_STAFF.label)
    form = forms.NewStaffForm(request.POST or None, actor=request.user)

    def act(by: By) -> str:
        data = dict(form.cleaned_data)
        region = regions.regions_within(request.user).get(code=data.pop("region"))
        staff_services.create_staff(by=by, region=region, **data)
        return reverse("staff-list")

    return form_page(
        request,
        form,
        act,
        "villages/staff_form.html",
        done=lambda: _("已新建账号%(n)s。") % {"n": form.cleaned_data["username"]},
    )


def staff_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change an account's name, roles, back-dating or access."""
    require_role(request.user, workflow.CHANGE_STAFF.roles, workflow.CHANGE_STAFF.label)
    area = people.staff(request.user, pk)
    initial = {
        "display_name": area.user.display_name,
        "roles": [role.role for role in area.user.staff_roles.all()],
        "backdate_days": area.backdate_days,
        "is_active": area.user.is_active,
    }
    form = forms.StaffForm(request.POST or None, initial=initial)

    def act(by: By) -> str:
        staff_services.change_staff(pk, by=by, **form.cleaned_data)
        return reverse("staff-list")

    return form_page(
        request, form, act, "villages/staff_form.html", {"area": area}, done=_("已保存，立即生效。")
    )


def staff_password(request: PageRequest, pk: int) -> HttpResponse:
    """A new password for somebody who forgot his."""
    require_role(request.user, workflow.RESET_PASSWORD.roles, workflow.RESET_PASSWORD.label)
    area = people.staff(request.user, pk)
    form = forms.ResetPasswordForm(request.POST or None)

    def act(by: By) -> str:
        staff_services.reset_password(pk, by=by, **form.cleaned_data)
        return reverse("staff-edit", args=[pk])

    done = _("密码已重置，原来的登录已失效。请当面告诉本人。")
    return form_page(request, form, act, "villages/staff_password.html", {"area": area}, done=done)


def own_password(request: PageRequest) -> HttpResponse:
    """Everybody's own password."""
    form = forms.OwnPasswordForm(request.POST or None)

    def act(by: By) -> str:
        data = form.cleaned_data
        user = staff_services.change_own_password(
            by=by, old_password=data["old_password"], new_password=data["new_password"]
        )
        update_session_auth_hash(request, user)
        return reverse("home")

    done = _("密码已修改，别处的登录已失效。")
    return form_page(request, form, act, "villages/own_password.html", done=done)


def staff_hand_over(request: PageRequest, pk: int) -> HttpResponse:
    """换届: close the leaving account and open the successor's."""
    require_role(request.user, workflow.HAND_OVER.roles, workflow.HAND_OVER.label)
    area = people.staff(request.user, pk)
    form = forms.HandOverForm(request.POST or None)
    if area.region.level != RegionLevel.VILLAGE:
        # Only a village's collective has a legal representative to change with its clerk.
        del form.fields["legal_representative"]

    def act(by: By) -> str:
        data = dict(form.cleaned_data)
        legal = data.pop("legal_representative", "")
        staff_services.hand_over(pk, by=by, legal=legal, **data)
        return reverse("staff-list")

    return form_page(
        request, form, act, "villages/hand_over.html", {"area": area}, done=_("已交接，原账号已停用。")
    )


def member_new(request: PageRequest) -> HttpResponse:
    """One member typed by hand."""
    require_role(request.user, workflow.ADD_MEMBER.roles, workflow.ADD_MEMBER.label)
    own = regions.own_organisation(request.user)
    form = forms.NewMemberForm(request.POST or None)
    if own is not None and request.method == "POST" and form.is_valid():

        def act(by: By) -> str:
            made = person_services.add_member(own.pk, by=by, **form.cleaned_data)
            return reverse("member", args=[made.pk])

        if answer := act_with_form(request, form, act, done=_("已列入成员名单。")):
            return answer
    return render(request, "villages/member_form.html", {"form": form, "organisation": own})


def member_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Group, kind, telephone and remark of a member."""
    require_role(request.user, workflow.CHANGE_MEMBER.roles, workflow.CHANGE_MEMBER.label)
    found = people.member(request.user, pk)
    names = list(forms.MemberForm.base_fields)
    form = forms.MemberForm(request.POST or None, initial={n: getattr(found, n) for n in names})

    def act(by: By) -> str:
        person_services.change_member(pk, by=by, **form.cleaned_data)
        return reverse("member", args=[pk])

    return form_page(request, form, act, "villages/member_form.html", {"member": found}, done=_("已保存。"))


def member_status(request: PageRequest, pk: int) -> HttpResponse:
    """Record a death or another status."""
    require_role(request.user, workflow.REPORT_STATUS.roles, workflow.REPORT_STATUS.label)
    found = people.member(request.user, pk)
    form = forms.StatusForm(request.POST or None)

    def act(by: By) -> str:
        data = form.cleaned_data | {"kind": StatusKind(form.cleaned_data["kind"])}
        person_services.report_status(pk, by=by, **data)
        return reverse("member", args=[pk])

    return form_page(request, form, act, "villages/member_status.html", {"member": found}, done=_("已登记。"))


def member_leave(request: PageRequest, pk: int) -> HttpResponse:
    """Take a person off the member list."""
    require_role(request.user, workflow.END_MEMBERSHIP.roles, workflow.END_MEMBERSHIP.label)
    found = people.member(request.user, pk)
    form = forms.ReasonForm(request.POST or None)

    def act(by: By) -> str:
        person_services.end_membership(pk, by=by, reason=form.cleaned_data["reason"])
        return reverse("members")

    return form_page(
        request, form, act, "villages/member_leave.html", {"member": found}, done=_("已退出成员名单。")
    )


def member_identity(request: PageRequest, pk: int) -> HttpResponse:
    """Propose a correction of name or number."""
    require_role(request.user, workflow.PROPOSE_CHANGE.roles, workflow.PROPOSE_CHANGE.label)
    found = people.member(request.user, pk)
    form = forms.IdentityForm(request.POST or None, initial={"name": found.person.name})

    def act(by: By) -> str:
        person_services.propose_identity(pk, by=by, **form.cleaned_data)
        return reverse("person-changes")

    return form_page(
        request,
        form,
        act,
        "villages/member_identity.html",
        {"member": found},
        done=_("已提出更正，等另一人复核。"),
    )


def member_move(request: PageRequest, pk: int) -> HttpResponse:
    """Propose a move to another organisation."""
    require_role(request.user, workflow.PROPOSE_CHANGE.roles, workflow.PROPOSE_CHANGE.label)
    found = people.member(request.user, pk)
    form = forms.MoveForm(request.POST or None, actor=request.user)

    def act(by: By) -> str:
        target = form.cleaned_data["organisation"].pk
        person_services.propose_move(pk, by=by, organisation_id=target, reason=form.cleaned_data["reason"])
        return reverse("person-changes")

    return form_page(
        request,
        form,
        act,
        "villages/member_move.html",
        {"member": found},
        done=_("已提出转移，等另一人复核。"),
    )


def member_reveal(request: PageRequest, pk: int) -> HttpResponse:
    """Show the whole identity number, once, with a reason that is kept."""
    require_role(request.user, workflow.REVEAL_ID.roles, workflow.REVEAL_ID.label)
    found = people.member(request.user, pk)
    form = forms.ReasonForm(request.POST or None)
    shown: list[str] = []
    if request.method == "POST" and form.is_valid():

        def act(by: By) -> str:
            shown.append(
                person_services.reveal_id_number(pk, by=by.within(), reason=form.cleaned_data["reason"])
            )
            return reverse("member", args=[pk])

        act_with_form(request, form, act)
    context = {"form": form, "member": found, "shown": shown[0] if shown else ""}
    response = render(request, "villages/member_reveal.html", context)
    response["Cache-Control"] = "no-store"
    return response


def person_changes(request: PageRequest) -> HttpResponse:
    """Corrections and moves, the newest first."""
    return changes_page(request, people.changes_within(request.user), "villages/person_changes.html")


def person_change(request: PageRequest, pk: int) -> HttpResponse:
    """One change before and after, with the second officer's decision."""
    found = people.change(request.user, pk)
    return render(request, "villages/person_change.html", _change_context(request, found))


def _change_context(request: PageRequest, found: PersonChange, **more: Any) -> dict[str, Any]:
    may = request.user.access.may
    is_open = found.state == ChangeState.PROPOSED
    is_own = found.proposed_by_id == request.user.pk
    return {
        "change": found,
        "before_last4": last4_of(found.before.get("id_number", "")),
        "after_last4": last4_of(found.after.get("id_number", "")),
        "may_confirm": is_open and not is_own and may(workflow.CONFIRM_CHANGE.roles),
        "may_reveal": found.kind == "identity" and may(workflow.REVEAL_ID.roles),
        "waits": is_open,
        "reveal_form": forms.ReasonForm(),
        **more,
    }


@require_POST
def person_change_reveal(request: PageRequest, pk: int) -> HttpResponse:
    """Show both whole numbers of a correction, once, with a reason that is kept."""
    found = people.change(request.user, pk)
    require_role(request.user, workflow.REVEAL_ID.roles, workflow.REVEAL_ID.label)
    form = forms.ReasonForm(request.POST)
    shown: list[tuple[str, str]] = []
    if form.is_valid():

        def act(by: By) -> str:
            # Without the request key: a replay would answer with a redirect and show nothing.
            shown.append(
                person_services.reveal_change(pk, by=by.within(), reason=form.cleaned_data["reason"])
            )
            return reverse("person-change", args=[pk])

        act_with_form(request, form, act)
    context = _change_context(request, found, reveal_form=form, shown=shown[0] if shown else None)
    response = render(request, "villages/person_change.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def person_change_decide(request: PageRequest, pk: int) -> HttpResponse:
    """Confirm or refuse a change."""
    here = reverse("person-change", args=[pk])
    people.change(request.user, pk)

    def act(by: By) -> str:
        if "confirm" in request.POST:
            person_services.confirm_change(pk, by=by)
        else:
            person_services.refuse_change(pk, by=by, reason=request.POST.get("reason", ""))
        return here

    if "confirm" not in request.POST and not request.POST.get("reason", "").strip():
        messages.error(request, _("不予变更请写明理由。"))
        return redirect(here)
    done = _("已复核，变更已经生效。") if "confirm" in request.POST else _("不予变更，人员信息没有变。")
    return act_or_back(request, by_page(request), act, back=here, done=done)
