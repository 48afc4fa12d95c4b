"""核对名单: whom a status list reports, on open batches and among those already paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_area
from core.acts import act_or_back, by_page
from core.http import PageRequest
from core.lists import PAGE_ROWS, page_of
from core.workflow import By
from subsidies.models import Line
from subsidies.selectors import applications as selectors
from subsidies.services import applications as services
from villages.enums import Role


def status_matches(request: PageRequest) -> HttpResponse:
    """核对名单: persons whom a status list reports and who stand on an open batch, or were paid after the event."""
    matches: Callable[[Any], QuerySet[Line]] = selectors.status_matches
    lines = matches(request.user)
    page = page_of(request, lines)
    refunds = list(selectors.refund_matches(request.user)[:PAGE_ROWS])
    people = [line.person_id for line in [*page, *refunds]]
    context = {
        "page_obj": page,
        "refunds": refunds,
        "statuses": selectors.statuses_of(people),
        "may_act": request.user.access.may(frozenset({Role.CLERK})),
        "may_record": request.user.access.may(frozenset({Role.OFFICER})),
    }
    return render(request, "subsidies/applications/status_matches.html", context)


@require_POST
def status_match_withdraw(request: PageRequest, pk: int) -> HttpResponse:
    """Take a reported person back in one act, with the reason and date of the status list."""
    line = selectors.status_matches(request.user).filter(pk=pk).first()
    back = reverse("status-matches")
    if line is None:
        require_area(request.user, get_object_or_404(Line, pk=pk))
        messages.warning(request, _("这个人已经撤回，或状态变更已经恢复。"))
        return redirect(back)
    status = selectors.statuses_of([line.person_id])[line.person_id]

    def act(by: By) -> str:
        services.withdraw_lines(
            line.application_id, by=by, line_ids=[line.pk], reason=status.kind, event_on=status.event_on
        )
        return back

    done = _("已撤回%(name)s（%(why)s）") % {"name": line.person.name, "why": status.get_kind_display()}
    return act_or_back(request, by_page(request), act, back=back, done=done)
