"""The list in hand: amounts, persons taken off, members added, checked again."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, by_page
from core.errors import AmountError, InvalidInput
from core.http import PageRequest
from core.lists import page_of
from core.money import fen_from_text
from core.typed import whole_number, whole_numbers
from core.workflow import By
from subsidies.enums import ApplicationState as State
from subsidies.enums import LineState
from subsidies.models import Application
from subsidies.selectors import applications as selectors
from subsidies.selectors import verification as evidence
from subsidies.services import applications as services
from subsidies.services.verification import recheck_application
from subsidies.views.applications.shapes import chip_of, finding_pills
from subsidies.workflow import applications as steps

# How the form names the amount of a line: amount-17.
AMOUNT = "amount-"


def application_edit(request: PageRequest, pk: int) -> HttpResponse:
    """Change amounts, take persons off, add members."""
    row = selectors.application(request.user, pk)
    if request.method == "POST":
        back = request.get_full_path()
        return act_or_back(
            request,
            by_page(request),
            lambda by: _save_list(request, row, by, back),
            back=back,
            done=_("已保存"),
        )
    rules = selectors.rules_of(row, request.working_date)
    chosen = selectors.LineFilter(
        request.GET.get("show", ""), request.GET.get("code", ""), request.GET.get("q", "")
    )
    lines = selectors.lines_of(row).filter(state=LineState.PENDING)
    page = page_of(request, selectors.filtered(lines, chosen))
    sums = selectors.state_sums(row)
    context = {
        "application": row,
        "chip": chip_of(row, sums),
        "cells": selectors.totals_of(row, sums),
        "page_obj": page,
        "rows": evidence.with_findings(page, rules),
        "finding_pills": finding_pills(request, row, chosen.code),
        "words": chosen.search,
        "addable": selectors.members_to_add(row, request.GET.get("add", "")),
        "add_words": request.GET.get("add", ""),
        "is_open": row.state in steps.IN_HAND and request.user.access.may(steps.CLERK),
        "over_cap_count": len(selectors.lines_over_cap(row)),
    }
    return render(request, "subsidies/applications/edit.html", context)


def _save_list(request: PageRequest, row: Application, by: By, back: str) -> str:
    changes = services.LineChanges(
        add=[
            services.NewLine(person, cut="cut_added" in request.POST)
            for person in whole_numbers(request.POST.getlist("add"))
        ],
        remove=whole_numbers(request.POST.getlist("remove")),
        amounts=_typed_amounts(request, row),
        cut=selectors.lines_over_cap(row) if "cut" in request.POST else (),
    )
    version = whole_number(request.POST.get("version"))
    services.change_lines(row.pk, by=by, changes=changes, expected_version=version)
    return back


def _typed_amounts(request: PageRequest, row: Application) -> dict[int, int]:
    """Amounts that differ from what stands there; the lines to be removed are left alone."""
    typed = {
        pk: str(text)
        for name, text in request.POST.items()
        if name.startswith(AMOUNT) and (pk := whole_number(name.removeprefix(AMOUNT))) is not None
    }
    removed = set(whole_numbers(request.POST.getlist("remove")))
    known = dict(row.lines.filter(pk__in=typed).values_list("pk", "amount_fen"))
    amounts = {pk: _fen(text) for pk, text in typed.items() if pk not in removed}
    return {pk: fen for pk, fen in amounts.items() if known.get(pk) != fen}


def _fen(text: str) -> int:
    try:
        return fen_from_text(text)
    except AmountError as error:
        raise InvalidInput(
            _("金额“%(text)s”：%(what)s。") % {"text": text, "what": error.message}, code="E-AMOUNT"
        ) from error


@require_POST
def application_precheck(request: PageRequest, pk: int) -> HttpResponse:
    """Judge the list in hand (village) or the batch anew (agency)."""
    row = selectors.application(request.user, pk)
    back = reverse("application", args=[pk])

    def act(by: By) -> str:
        if row.state == State.SUBMITTED:
            recheck_application(row.pk, by=by)
            return reverse("verification", args=[pk])
        services.precheck_application(row.pk, by=by)
        return back

    return act_or_back(
        request, by_page(request), act, back=back, done=_("已按现在的成员、缴费和状态核对一遍")
    )
