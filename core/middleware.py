"""Request number, caching, working date of the session, and pages for refusals and failures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.api_errors import instead_of_page
from core.errors import NotInArea, PensionError
from core.logs import new_request_number, request_number
from core.requests import Replayed

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
NOT_FOUND, SERVER_ERROR = 404, 500


class RequestNumberMiddleware:
    """Gives every request a number; it stands in each of its log lines and in the answer's header."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = new_request_number()
        token = request_number.set(number)
        request.request_number = number  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
            response["X-Request-Number"] = number
            return response
        finally:
            request_number.reset(token)


class NoStoreMiddleware:
    """Keeps answers out of every cache: on a shared computer the way back shows nobody's data after logout."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class WorkingDateMiddleware:
    """Puts the session's working date on the request; today where none was chosen."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.session.get("working_date")
        request.working_date = date.fromisoformat(chosen) if chosen else timezone.localdate()  # type: ignore[attr-defined]
        return self.get_response(request)


class ErrorPageMiddleware:
    """Turns refusals into a page with the sentence, replays into the first answer; failures keep their number."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and response.status_code in {NOT_FOUND, SERVER_ERROR}:
            return instead_of_page(request, response.status_code) or response
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a view raised; None lets Django's own 500 page (with the number) appear."""
        if isinstance(error, Replayed):
            location = (error.request_key.response or {}).get("location", "/")
            messages.info(request, _("这一步刚才已经办好了，没有重复办理。"))
            return HttpResponseRedirect(location)
        if isinstance(error, NotInArea):
            return render(request, "404.html", status=404)
        if isinstance(error, PensionError):
            template = "403.html" if error.status == 403 else "refused.html"
            return render(request, template, {"error": error}, status=error.status)
        logger.exception("unexpected failure on %s", request.path)
        return None
