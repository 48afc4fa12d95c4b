"""One member across rooms: list, payments, subsidies, account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from contributions import selectors as contributions
from core.access import access_of
from core.http import PageRequest
from desk import selectors
from villages import workflow
from villages.selectors import people


def member(request: PageRequest, pk: int) -> HttpResponse:
    """Who the member is, what he paid, what he was granted, what happened."""
    found = people.member(request.user, pk)
    access = access_of(request.user)
    context = {
        "member": found,
        "payments": contributions.payments_of(request.user, found),
        "statuses": contributions.statuses_of(request.user, found),
        "lines": selectors.lines_of(request.user, found.person_id),
        "may": {
            "edit": access.may(workflow.CHANGE_MEMBER.roles) and found.left_on is None,
            "status": access.may(workflow.REPORT_STATUS.roles),
            "propose": access.may(workflow.PROPOSE_CHANGE.roles) and found.left_on is None,
            "reveal": access.may(workflow.REVEAL_ID.roles),
        },
    }
    return render(request, "desk/member.html", context)
