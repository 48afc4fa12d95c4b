"""What no field of the house can mean, refused before a view reads it: NUL, half a character, a number without end."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.api_errors import API_PREFIX, plain_error
from core.errors import InvalidInput

# PostgreSQL keeps no NUL, and no database half of a surrogate pair.
UNFIT = re.compile("[\x00\ud800-\udfff]")
UNFIT_SENTENCE = gettext_lazy("内容里有看不见的、不能保存的字符，请删去后再试。")
# Python reads no number beyond this many digits, and raises where a view expects one.
MOST_DIGITS_READ = sys.int_info.default_max_str_digits


def is_fit(value: Any) -> bool:
    """Whether every text and key in a JSON value can be kept, however deep it is nested."""
    parts = [value]
    while parts:
        part = parts.pop()
        if isinstance(part, str) and UNFIT.search(part):
            return False
        if isinstance(part, dict):
            parts += [*part.keys(), *part.values()]
        elif isinstance(part, list):
            parts += part
    return True


class PlainCookiesMiddleware:
    """Takes away cookies that cannot be kept; stands before whatever looks a session up by its cookie.

    A value in quotes may write NUL as \\000. Nobody but the caller himself put it there: as if he had sent none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: text for name, text in request.COOKIES.items() if not UNFIT.search(text)}
        return self.get_response(request)


class PlainTextMiddleware:
    """Answers 400 to an address, a query or a form that holds what cannot be kept.

    What a form field or the body of an API call holds beside that, its own validators judge.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse the request before its view runs; None lets it go on."""
        is_api = request.path.startswith(API_PREFIX)
        for name, text in _given(request, with_form=not is_api):
            if UNFIT.search(name) or UNFIT.search(text):
                return _refuse(request, str(UNFIT_SENTENCE), is_api=is_api)
            if len(text) > MOST_DIGITS_READ and text.strip().isdecimal():
                return _refuse(request, _("有数字超出了范围，请核对编号、年度和金额。"), is_api=is_api)
        return None


def _given(request: HttpRequest, *, with_form: bool) -> Iterator[tuple[str, str]]:
    yield "", request.path
    for query in (request.GET, request.POST) if with_form else (request.GET,):
        for name, texts in query.lists():
            for text in texts:
                yield name, str(text)


def _refuse(request: HttpRequest, sentence: str, *, is_api: bool) -> HttpResponse:
    error = InvalidInput(sentence)
    if not is_api:
        return render(request, "refused.html", {"error": error}, status=error.status)
    told = plain_error(error.code, sentence) | {"fields": {}}
    return JsonResponse(told, status=error.status, json_dumps_params={"ensure_ascii": False})
