"""Record tax money on a page: by ticking persons, by typing rows, by one sum; a file is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import require_role
from core.acts import act_with_form
from core.counts import TICKED_ROWS
from core.http import PageRequest
from core.lists import person_words
from core.money import yuan_text
from core.typed import whole_numbers
from core.workflow import By
from subsidies.enums import TaxRowOrigin
from subsidies.forms.notices import LumpSumForm, PickForm, TaxRowFormSet
from subsidies.models import PaymentNotice
from subsidies.selectors import notices as selectors
from subsidies.services import notices as services
from subsidies.services.notices.standing import open_lines
from subsidies.workflow import notices as steps


def tax_rows_new(request: PageRequest, pk: int) -> HttpResponse:
    """Record what the tax office received for a notice, in one of three ways on one page."""
    found = selectors.notice(request.user, pk)
    require_role(request.user, steps.RECORD.roles, steps.RECORD.label)
    way = request.POST.get("way", "")
    waiting = (
        open_lines(found).filter(open_fen__gt=0).select_related("line__person").order_by("line__position")
    )
    words = request.GET.get("q", "")
    offered = list(waiting.filter(person_words(words, "line__person__"))[:TICKED_ROWS])
    initial = {"paid_on": request.working_date}
    asked = whole_numbers(request.POST.getlist("lines"))
    offers = {row.line_id: (row.line.person_id, row.open_fen) for row in waiting.filter(line_id__in=asked)}  # type: ignore[attr-defined]
    pick = PickForm(request.POST if way == "pick" else None, offered=offers, initial=initial)
    rows = TaxRowFormSet(request.POST if way == "rows" else None, prefix="row")
    lump = LumpSumForm(request.POST if way == "lump" else None, prefix="lump", initial=initial)
    if way and (answer := _record(request, found, {"pick": pick, "rows": rows, "lump": lump}[way])):
        return answer
    context = {
        "notice": found,
        "open": selectors.open_parts(found),
        "offered": offered,
        "chosen": set(asked),
        "words": words,
        "pick": pick,
        "rows": rows,
        "lump": lump,
        "way": way or request.GET.get("way", "pick"),
    }
    return render(request, "subsidies/notices/tax_rows_new.html", context)


def _record(request: PageRequest, found: PaymentNotice, form: Any) -> HttpResponse | None:
    if not form.is_valid():
        return None
    done: list[services.Recording] = []

    def act(by: By) -> str:
        done.append(_service_of(form)(found.pk, by))
        return reverse("reconciliation", args=[found.pk])

    shown = form.forms[0] if isinstance(form, BaseFormSet) else form
    answer = act_with_form(request, shown, act)
    if answer:
        _tell(request, done[0])
    return answer


def _service_of(form: Any) -> Callable[[int, By], services.Recording]:
    if isinstance(form, LumpSumForm):
        data = form.cleaned_data
        return lambda pk, by: services.record_lump_sum(
            pk, by=by, amount_fen=data["amount"], paid_on=data["paid_on"], voucher=data["voucher"]
        )
    rows = form.rows() if isinstance(form, PickForm) else [f.row() for f in form.forms if f.has_changed()]
    return lambda pk, by: services.record_tax_rows(pk, rows, by=by, origin=TaxRowOrigin.PAGE)


def _tell(request: PageRequest, done: services.Recording) -> None:
    words = {"n": done.rows_count, "yuan": yuan_text(done.amount_fen)}
    messages.success(request, _("已登记%(n)d行，%(yuan)s元") % words)
