"""Pages of closing a year: the list of years, what of one is open, and a closing with its confirmation."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.access import access_of, require_role
from core.acts import act_with_form
from core.errors import NotInArea
from core.http import PageRequest
from core.lists import Export, list_page
from core.look import Pill
from core.sheets.writer import OutColumn
from core.timeline import timeline_of
from core.workflow import By
from core.years import YEARS, year_in
from desk.closing import selectors, services
from desk.closing import workflow as steps
from desk.closing.forms import ConfirmForm, ProposeForm, RefuseForm
from desk.closing.items import OpenItem, county_name
from desk.enums import ClosingState
from desk.models import YearClosing
from desk.reports.ledger import REPORT as LEDGER
from desk.reports.scope import Ask
from desk.reports.selectors import made, reports_for
from villages.enums import AGENCY

SORTS = {"year": ["year"], "closed_on": ["closed_on"]}
EXPORT = Export(
    "年度关账",
    (
        OutColumn("补助年度", width=10),
        OutColumn("区县代码", "code", 14),
        OutColumn("状态"),
        OutColumn("提出人"),
        OutColumn("提出日期", "date"),
        OutColumn("关账人"),
        OutColumn("关账日期", "date"),
        OutColumn("结转（项）", "count"),
        OutColumn("说明", width=30),
    ),
    lambda row: (
        str(row.year),
        row.county_code,
        row.get_state_display(),
        str(row.proposed_by),
        row.proposed_on,
        str(row.closed_by or ""),
        row.closed_on,
        row.left_count,
        row.remark,
    ),
)


@require_GET
def closings(request: PageRequest) -> HttpResponse:
    """年度关账: closed years and proposals; for the agency the years that are still open."""
    user = request.user
    words = request.GET.get("q", "").strip()
    found = selectors.closings_within(user).filter(_words(words))
    state = request.GET.get("show", "")
    rows = found.filter(state=state) if state in ClosingState.values else found
    if request.GET.get("export") == "xlsx":
        return EXPORT.answer(rows)
    context = {
        "page_obj": list_page(request, rows, sorts=SORTS, default="-year"),
        "pills": _pills(found, state, words),
        "words": words,
        "open_years": _open_years(request),
        "may_propose": access_of(user).may(steps.PROPOSE.roles),
    }
    return render(request, "desk/closing/list.html", context)


def _words(words: str) -> Q:
    if not words:
        return Q()
    found = Q(remark__contains=words)
    return found | Q(year=year) if (year := year_in(words)) else found


def _pills(found: Any, state: str, words: str) -> list[Pill]:
    counts = {value: found.filter(state=value).count() for value in ClosingState.values}
    pills = [Pill(_("全部"), sum(counts.values()), f"?q={words}", active=not state)]
    shown = [(value, label) for value, label in ClosingState.choices if counts[value]]
    return pills + [
        Pill(str(label), counts[value], f"?show={value}&q={words}", active=state == value)
        for value, label in shown
    ]


def _open_years(request: PageRequest) -> list[selectors.OpenYear]:
    try:
        county = selectors.own_county(request.user)
    except NotInArea:
        return []
    return selectors.open_years(county, on=request.working_date)


def closing_new(request: PageRequest, year: int) -> HttpResponse:
    """What of a year is still open, each with its page; the officer proposes to close it, the rest left over."""
    county = selectors.own_county(request.user)
    if year not in YEARS:
        raise NotInArea
    # What must be ended first stands first, right under its total.
    kinds = sorted(
        selectors.by_kind(county, year, on=request.working_date), key=lambda pair: pair[0].may_leave
    )
    items = [item for _kind, found in kinds for item in found]
    form = ProposeForm(request.POST or None, items=items)
    may_propose = request.user.access.may(steps.PROPOSE.roles)
    if request.method == "POST":
        answer = _proposed(request, form, county, year)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "year": year,
        "county": county_name(county),
        "kinds": [(kind, [_with_field(item, form) for item in found]) for kind, found in kinds],
        "count": len(items),
        "must_end": [item for item in items if not item.kind.may_leave],
        "last_day": services.last_day_of_year(county, year, on=request.working_date),
        "is_over": request.working_date > services.last_day_of_year(county, year, on=request.working_date),
        "may_propose": may_propose,
        # Where things are ended is the agency's business; others read what is open.
        "may_open": request.user.access.may(AGENCY),
        "tops": _tops(request, year),
    }
    return render(request, "desk/closing/new.html", context)


def _tops(request: PageRequest, year: int) -> Any:
    """The year's money as the ledger has it, for whoever may read the ledger."""
    if not request.user.access.may(LEDGER.roles):
        return []
    found = made(request.user, LEDGER.code, Ask(year=year), on=request.working_date)
    return LEDGER.tops(found.scope, found.table) if LEDGER.tops else []


def _with_field(item: OpenItem, form: ProposeForm) -> tuple[OpenItem, Any]:
    return item, form[item.key] if item.kind.may_leave else None


def _proposed(request: PageRequest, form: ProposeForm, county: str, year: int) -> HttpResponse | None:
    require_role(request.user, steps.PROPOSE.roles, steps.PROPOSE.label)
    if not form.is_valid() or not _is_confirmed(request, form):
        return None

    def act(by: By) -> str:
        made = services.propose_closing(
            county, year, by=by, leaving=form.leaving(), remark=form.cleaned_data["remark"]
        )
        return reverse("closing", args=[made.pk])

    return act_with_form(request, form, act, done=_("已提出关账，请另一人复核。"))


def _is_confirmed(request: PageRequest, form: Any) -> bool:
    if not request.POST.get("confirmed"):
        form.add_error(None, _("请先核对没有办完的事项，再打勾确认。"))
        return False
    return True


def closing(request: PageRequest, pk: int) -> HttpResponse:
    """One closing: what was left over, its reports; the reviewer closes the year or sends the proposal back."""
    found = selectors.closing(request.user, pk)
    is_refusal = request.POST.get("action") == "refuse"
    form = RefuseForm(request.POST if is_refusal else None)
    confirm = ConfirmForm(request.POST if request.method == "POST" and not is_refusal else None)
    if request.method == "POST":
        answer = _refused(request, form, found) if form.is_bound else _confirmed(request, confirm, found)
        if answer is not None:
            return answer
    left = selectors.left_over(request.user, found)
    context = {
        "closing": found,
        "county": county_name(found.county_code),
        "left": [(selectors.kind_title(row.kind), row) for row in left],
        "form": form,
        "confirm": confirm,
        "may_confirm": selectors.may_confirm(request.user, found),
        "reports": reports_for(request.user) if found.state == ClosingState.CLOSED else [],
        "timeline": timeline_of(found),
        "tops": _tops(request, found.year),
    }
    return render(request, "desk/closing/closing.html", context)


def _confirmed(request: PageRequest, form: Any, found: YearClosing) -> HttpResponse | None:
    require_role(request.user, steps.CONFIRM.roles, steps.CONFIRM.label)
    if not form.is_valid() or not _is_confirmed(request, form):
        return None

    def act(by: By) -> str:
        services.confirm_closing(found.pk, by=by)
        return reverse("closing", args=[found.pk])

    done = _("%(year)d年度已关账，报表已留存。") % {"year": found.year}
    return act_with_form(request, form, act, done=done)


def _refused(request: PageRequest, form: RefuseForm, found: YearClosing) -> HttpResponse | None:
    require_role(request.user, steps.REFUSE.roles, steps.REFUSE.label)
    if not form.is_valid():
        return None

    def act(by: By) -> str:
        services.refuse_closing(found.pk, by=by, reason=form.cleaned_data["reason"])
        return reverse("closing", args=[found.pk])

    return act_with_form(request, form, act, done=_("已退回，经办可以重新提出。"))
