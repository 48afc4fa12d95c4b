"""From a request to an act: who, as of when, under which key; and the answer kept beside the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.errors import PensionError
from core.http import PageRequest
from core.requests import body_hash, keep_answer
from core.workflow import By

# Fields that differ between two sendings of the same form.
NOT_CONTENT = {"csrfmiddlewaretoken", "request_key"}


def by_page(request: PageRequest) -> By:
    """Who acts on a page: the user, the session's working date, the form's hidden key."""
    fields = [
        f"{k}={v}" for k in sorted(request.POST) if k not in NOT_CONTENT for v in request.POST.getlist(k)
    ]
    files = [_file_digest(f) for name in sorted(request.FILES) for f in request.FILES.getlist(name)]
    return By(
        actor=request.user,
        on=request.working_date,
        key=request.POST.get("request_key", ""),
        body_hash=body_hash(request.path, *fields, *files),
    )


def _file_digest(upload: Any) -> str:
    content = upload.read()
    upload.seek(0)
    return body_hash(upload.name, content)


def act_or_back(
    request: PageRequest, by: By, act: Callable[[By], str], *, back: str, done: str | Callable[[], str]
) -> HttpResponse:
    """Do one act of a page: on success go where `act` says with the message `done`, on refusal back with the sentence.

    For acts without a form to fill (a button); a form keeps its input instead and shows the refusal on itself.
    """
    try:
        with transaction.atomic():
            location = act(by)
            keep_answer(by, status=302, response={"location": location})
    except PensionError as error:
        if error.status in (403, 404):
            raise
        messages.error(request, refusal_text(error))
        return HttpResponseRedirect(back)
    messages.success(request, done() if callable(done) else done)
    return HttpResponseRedirect(location)


def form_page(
    request: PageRequest,
    form: Any,
    act: Callable[[By], str],
    template: str,
    context: dict[str, Any] | None = None,
    *,
    done: str | Callable[[], str],
) -> HttpResponse:
    """A page that is one form for one act: the act where the form is sent and valid, else the form as it stands."""
    if request.method == "POST" and form.is_valid():
        answer = act_with_form(request, form, act, done=done)
        if answer is not None:
            return answer
    return render(request, template, {"form": form, **(context or {})})


def act_with_form(
    request: PageRequest, form: Any, act: Callable[[By], str], *, done: str | Callable[[], str] = ""
) -> HttpResponse | None:
    """Do one act of a valid form and answer with the redirect to where `act` says; on refusal the form keeps its
    input and shows the sentence, beside the field where the refusal names one, and None is returned.
    """
    by = by_page(request)
    try:
        with transaction.atomic():
            location = act(by)
            keep_answer(by, status=302, response={"location": location})
    except PensionError as error:
        if error.status in (403, 404):
            raise
        show_refusal(form, error)
        return None
    if done:
        messages.success(request, done() if callable(done) else done)
    return HttpResponseRedirect(location)


def show_refusal(form: Any, error: PensionError) -> None:
    """Put a refusal's sentence on the form: beside the fields it names, else on top."""
    fields = {name: s for name, s in getattr(error, "fields", {}).items() if name in form.fields}
    for name, sentences in fields.items():
        for sentence in sentences:
            form.add_error(name, sentence)
    if not fields:
        form.add_error(None, refusal_text(error))


def refusal_text(error: PensionError) -> str:
    """What a page says of a refusal: the sentence, and the clause where a rule refuses."""
    return error.message + (_("依据：%(clause)s") % {"clause": error.clause} if error.clause else "")
