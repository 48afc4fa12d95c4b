"""Pages of filings: what was filed with the offices, and one office's answer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.http import PageRequest
from core.lists import list_page
from core.look import Pill
from core.workflow import By
from policies.selectors import rulebook
from subsidies.enums import FilingState
from subsidies.forms.filings import ReturnForm
from subsidies.models import Filing
from subsidies.rules.filings import BY_SILENCE
from subsidies.rules.plans import source_name
from subsidies.selectors import filings as selectors
from subsidies.services import filings as services
from subsidies.services import plans as plan_services
from subsidies.views.filing_shapes import filing_card, timeline_with_filings
from subsidies.views.plans.shapes import given_of, people_of
from subsidies.workflow import filings as steps

SORTS = {"received_on": ["received_on"], "village": ["village_code", "position"]}
MINE, SILENT = "mine", "silent"


def filings(request: PageRequest) -> HttpResponse:
    """备案: everything that was filed in the area; an office's own open ones first in reach."""
    user, on = request.user, request.working_date
    words = request.GET.get("q", "").strip()
    found = _search(selectors.filings_within(user), words)
    by_pill = _by_pill(request, found, on)
    asked = request.GET.get("show", "")
    rows = by_pill[asked][1] if asked in by_pill else found
    page = list_page(request, rows, sorts=SORTS, default="-received_on")
    books: selectors.Books = {}
    context = {
        "page_obj": page,
        "rows": [(row, selectors.standing_of(row, on=on, books=books)) for row in page],
        "pills": _pills(by_pill, asked, words),
        "words": words,
        "is_named": selectors.names_filings(user, on=on),
    }
    return render(request, "subsidies/filings/list.html", context)


def _search(rows: QuerySet[Filing], words: str) -> QuerySet[Filing]:
    if not words:
        return rows
    found = Q(number__icontains=words)
    for subject in ("plan", "suspension"):
        named = f"{subject}__organisation__"
        found |= Q(**{f"{named}name__icontains": words}) | Q(
            **{f"{named}region__short_name__icontains": words}
        )
    return rows.filter(found)


def _by_pill(
    request: PageRequest, found: QuerySet[Filing], on: date
) -> dict[str, tuple[str, QuerySet[Filing]]]:
    silent = selectors.silent(found, on=on)
    user = request.user
    pills: dict[str, tuple[str, QuerySet[Filing]]] = {"": (_("全部"), found)}
    if selectors.own_offices(user):
        mine = found.filter(pk__in=selectors.open_for(user, on=on).values("pk"))
        pills[MINE] = (_("等我备案"), mine)
    pending = found.filter(state=FilingState.PENDING)
    pills[FilingState.PENDING] = (str(FilingState.PENDING.label), pending.exclude(silent))
    pills[FilingState.FILED] = (str(FilingState.FILED.label), found.filter(state=FilingState.FILED))
    pills[SILENT] = (BY_SILENCE, found.filter(silent))
    pills[FilingState.RETURNED] = (str(FilingState.RETURNED.label), found.filter(state=FilingState.RETURNED))
    return pills


def _pills(by_pill: dict[str, tuple[str, QuerySet[Filing]]], asked: str, words: str) -> list[Pill]:
    counted = [(key, label, rows.count()) for key, (label, rows) in by_pill.items()]
    return [
        Pill(label, n, f"?show={key}&q={words}", active=key == asked)
        for key, label, n in counted
        if n or key in ("", MINE)
    ]


def filing(request: PageRequest, pk: int) -> HttpResponse:
    """One office's filing: what is filed, and its answer."""
    row = selectors.filing(request.user, pk)
    is_return = request.POST.get("answer") == "return"
    form = ReturnForm(request.POST if is_return else None)
    if request.method == "POST":
        require_role(request.user, steps.OFFICES, steps.ACKNOWLEDGE.label)
        if not is_return:
            return _acknowledge(request, row)
        if form.is_valid() and (answer := _return(request, row, form)):
            return answer
    return render(request, "subsidies/filings/filing.html", _context(request, row, form))


def _acknowledge(request: PageRequest, row: Filing) -> HttpResponse:
    back = reverse("filing", args=[row.pk])

    def act(by: By) -> str:
        services.acknowledge_filing(row.pk, by=by)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("已备案。"))


def _return(request: PageRequest, row: Filing, form: ReturnForm) -> HttpResponse | None:
    def act(by: By) -> str:
        services.return_filing(row.pk, by=by, reason=form.cleaned_data["reason"])
        return reverse("filing", args=[row.pk])

    return act_with_form(request, form, act, done=_("已退回，村里会看到原因。"))


def _context(request: PageRequest, row: Filing, form: ReturnForm) -> dict[str, Any]:
    on = request.working_date
    subject = selectors.subject_of(row)
    card = filing_card(subject, request.user, on=on)
    rules = rulebook(row.village_code, on=on)
    context: dict[str, Any] = {
        "row": row,
        "subject": subject,
        "standing": selectors.standing_of(row, on=on),
        "card": card,
        "is_own": bool(card and card.own and card.own.pk == row.pk),
        "form": form,
        "timeline": timeline_with_filings(subject),
        "decision": getattr(subject, "decision", None),
    }
    if row.plan:
        context["sources"] = [(source_name(rules, s.source_type), s) for s in row.plan.sources.all()]
        context["standards"] = [(people_of(s, rules), given_of(s)) for s in row.plan.standards.all()]
    elif row.suspension:
        cause = rules.get("suspension_cause", row.suspension.cause)
        context["cause"] = str(cause.value) if cause else row.suspension.cause
    return context


@require_POST
def plan_file(request: PageRequest, pk: int) -> HttpResponse:
    """File a decided plan with the offices that have to be asked."""
    back = reverse("plan", args=[pk])

    def act(by: By) -> str:
        plan_services.file_plan(pk, by=by)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("已报出，等各单位备案。"))


def not_open(request: PageRequest, word: str, url: str) -> HttpResponse:
    """Back to the page with the state that shuts this one."""
    messages.info(request, _("现在是“%(state)s”，不能办理这一步。") % {"state": word})
    return redirect(url)
