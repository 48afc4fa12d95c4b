"""A page that only reads asks once which state of the rules is in force."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from policies.selectors import held_policies

READING = ("GET", "HEAD")


class HeldPoliciesMiddleware:
    """Holds the rules while a page is drawn; acts look them up anew each time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in READING:
            return self.get_response(request)
        with held_policies():
            return self.get_response(request)
