"""Pages of later validities: enter one, see what it changes, approve it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import access_of, require_area, require_role
from core.acts import act_or_back, act_with_form, by_page, form_page
from core.http import PageRequest
from core.lists import Export, list_page
from core.look import Pill
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.typed import whole_number
from core.workflow import By
from policies import workflow as steps
from policies.amendments import selectors, services
from policies.amendments.forms import AmendmentForm, ParameterForm, ReasonForm
from policies.enums import AmendmentState
from policies.models import Amendment
from policies.pages import region_names
from policies.parameters import PARAMETERS, Parameter
from policies.selectors import rulebook

SORTS = {"made_on": ["made_on"], "valid_from": ["valid_from"], "region": ["region_code", "name"]}


def amendments(request: PageRequest) -> HttpResponse:
    """政策调整: what was proposed and approved, of the area and above it."""
    user: Any = request.user
    words, asked = request.GET.get("q", "").strip(), request.GET.get("show", "")
    found = _search(selectors.amendments_within(user), words)
    rows = found.filter(state=asked) if asked in AmendmentState.values else found
    if "export" in request.GET:
        return _export().answer(rows.prefetch_related("rows").order_by("-pk"))
    page = list_page(request, rows.prefetch_related("rows"), sorts=SORTS, default="-made_on")
    names = region_names({row.region_code for row in page})
    context = {
        "page_obj": page,
        "rows": [(row, names[row.region_code], _summary(row), selectors.span_words(row)) for row in page],
        "pills": _pills(found, asked, words),
        "words": words,
        "asked": asked,
        "own_region": selectors.own_region(user),
    }
    return render(request, "policies/amendments/list.html", context)


def _search(rows: QuerySet[Amendment], words: str) -> QuerySet[Amendment]:
    if not words:
        return rows
    labelled = [one.name for one in PARAMETERS.values() if words in one.label or words in one.group]
    return rows.filter(name__in=labelled) | rows.filter(document_number__contains=words)


def _pills(found: QuerySet[Amendment], asked: str, words: str) -> list[Pill]:
    counted = [("", _("全部"), found.count())]
    counted += [(str(one), str(one.label), found.filter(state=one).count()) for one in AmendmentState]
    return [Pill(label, n, f"?show={key}&q={words}", active=key == asked) for key, label, n in counted]


def _summary(row: Amendment) -> str:
    changes = selectors.changes_of(row)
    first = changes[0]
    if len(changes) > 1:
        return _("%(n)d项") % {"n": len(changes)}
    return first.new if first.is_kept else f"{first.old} → {first.new}"


def _export() -> Export:
    columns = [
        OutColumn(_("地区代码"), "code", width=16),
        OutColumn(_("事项"), width=28),
        OutColumn(_("分项"), width=24),
        OutColumn(_("原来"), width=30),
        OutColumn(_("调整为"), width=30),
        OutColumn(_("适用"), width=34),
        OutColumn(_("依据"), width=36),
        OutColumn(_("状态")),
        OutColumn(_("提出人")),
        OutColumn(_("提出日期"), "date"),
        OutColumn(_("批准或退回人")),
        OutColumn(_("批准或退回日期"), "date"),
    ]

    def cells(row: Amendment) -> list[object]:
        changes = selectors.changes_of(row)
        said = ["；".join(getattr(change, name) for change in changes) for name in ("label", "old", "new")]
        words = [selectors.span_words(row), selectors.source_words(row), row.get_state_display()]
        people: list[object] = [str(row.made_by), row.made_on, str(row.decided_by or ""), row.decided_on]
        return [row.region_code, row.label, *said, *words, *people]

    return Export(_("政策调整"), columns, cells)


def amendment_new(request: PageRequest, region_code: str) -> HttpResponse:
    """Enter a later validity: first which parameter, then what is to hold."""
    _require_own(request, region_code)
    place = {"region_code": region_code, "place": selectors.place_name(region_code)}
    picked = ParameterForm(request.GET if "name" in request.GET else None)
    if not picked.is_valid():
        return render(request, "policies/amendments/choose.html", {"form": picked, **place})
    parameter = PARAMETERS[picked.cleaned_data["name"]]
    year = picked.cleaned_data["year"] if parameter.by_year else None
    form = _form(request, region_code, parameter, year)

    def act(by: By) -> str:
        row = services.propose_amendment(region_code, by=by, request=form.request())
        return reverse("amendment", args=[row.pk])

    context = _form_context(form, region_code, year) | place
    done = _("已提出，请另一位管理员核对后批准。批准以前，规定没有变化。")
    return form_page(request, form, act, "policies/amendments/form.html", context, done=done)


def amendment_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Enter it again, after a return or before an answer."""
    row = _found(request, pk)
    _require_own(request, row.region_code)
    if row.state not in steps.PROPOSE_AGAIN.sources:
        messages.warning(request, _("这项调整%(state)s，不能再改。") % {"state": row.get_state_display()})
        return redirect("amendment", pk=pk)
    form = _form(request, row.region_code, PARAMETERS[row.name], row.year_from, row)

    def act(by: By) -> str:
        services.propose_again(pk, by=by, request=form.request())
        return reverse("amendment", args=[pk])

    context = _form_context(form, row.region_code, row.year_from) | {
        "row": row,
        "region_code": row.region_code,
        "place": selectors.place_name(row.region_code),
    }
    return form_page(
        request,
        form,
        act,
        "policies/amendments/form.html",
        context,
        done=_("已重新提出，等另一位管理员批准。"),
    )


def _require_own(request: PageRequest, region_code: str) -> None:
    require_role(request.user, steps.PROPOSE.roles, steps.PROPOSE.label)
    require_area(request.user, services.place_of(region_code))


def _form(
    request: PageRequest,
    region_code: str,
    parameter: Parameter,
    year: int | None,
    row: Amendment | None = None,
) -> AmendmentForm:
    on = request.working_date
    book = rulebook(region_code, on=on)
    return AmendmentForm(
        request.POST if request.method == "POST" else None,
        parameter=parameter,
        year=year,
        choices=selectors.choices_of(book, parameter, year),
        clauses=list(selectors.clauses_for(region_code)),
        instance=row,
        **({} if row else {"initial": {"valid_from": on}}),
    )


def _form_context(form: AmendmentForm, region_code: str, year: int | None) -> dict[str, Any]:
    return {
        "parameter": form.parameter,
        "year": year,
        "lines": form.lines(),
        "by_place": form.parameter.key_kind == "region",
    }


def amendment(request: PageRequest, pk: int) -> HttpResponse:
    """One later validity: old and new, what will read it, and the answer of another administrator."""
    return _page(request, _found(request, pk))


def _page(request: PageRequest, row: Amendment, refusal: ReasonForm | None = None) -> HttpResponse:
    user: Any = request.user
    is_own = access_of(user).may(steps.ADMIN) and selectors.may_amend(user, row.region_code)
    is_maker = is_own and row.made_by_id == user.pk
    context = {
        "row": row,
        "place": selectors.place_name(row.region_code),
        "span": selectors.span_words(row),
        "source": selectors.source_words(row),
        "changes": selectors.changes_of(row),
        "taken_over": selectors.taken_over(row),
        "rules": selectors.rules_read(row),
        "touched": selectors.touched_by(row) if row.state != AmendmentState.APPROVED else [],
        "may_decide": is_own and not is_maker and row.state in steps.APPROVE.sources,
        "is_maker": is_maker and row.state in steps.APPROVE.sources,
        "may_edit": is_maker and row.state in steps.PROPOSE_AGAIN.sources,
        "is_late": row.valid_from < request.working_date,
        "refusal": refusal or ReasonForm(),
        "timeline": timeline_of(row),
    }
    return render(request, "policies/amendments/amendment.html", context)


@require_POST
def amendment_act(request: PageRequest, pk: int, name: str) -> HttpResponse:
    """Approve (after a last look), return with a reason, or withdraw."""
    row = _found(request, pk)
    back = reverse("amendment", args=[pk])
    if name == "return":
        return _return(request, row, back)
    if name == "approve" and request.POST.get("confirmed") != "1":
        messages.error(request, _("请先勾选“我已核对”，再批准。"))
        return redirect(back)

    version = whole_number(request.POST.get("version"))

    def act(by: By) -> str:
        if name == "approve":
            services.approve_amendment(pk, by=by, expected_version=version)
        else:
            services.withdraw_amendment(pk, by=by)
        return back

    done = {"approve": _("已批准，到执行起日起按新的规定办。"), "withdraw": _("已撤回，规定没有变化。")}[name]
    return act_or_back(request, by_page(request), act, back=back, done=done)


def _return(request: PageRequest, row: Amendment, back: str) -> HttpResponse:
    require_role(request.user, steps.RETURN.roles, steps.RETURN.label)
    form = ReasonForm(request.POST)

    def act(by: By) -> str:
        services.return_amendment(row.pk, by=by, reason=form.cleaned_data["reason"])
        return back

    answer = act_with_form(request, form, act, done=_("已退回。")) if form.is_valid() else None
    return answer or _page(request, row, form)


def _found(request: PageRequest, pk: int) -> Amendment:
    return selectors.amendment(request.user, int(pk))
