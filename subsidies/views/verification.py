"""The agency's pages of verification: queue, the batch with each line's evidence, return, confirm."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, act_with_form, by_page
from core.errors import InvalidInput
from core.http import PageRequest
from core.lists import PAGE_ROWS
from core.look import Finding, Pill
from core.money import yuan_text
from core.typed import whole_number, whole_numbers
from core.workflow import By
from subsidies.enums import GONE_LINES, LineState, Verdict
from subsidies.enums import ApplicationState as State
from subsidies.forms.applications import ReasonForm, ReturnForm
from subsidies.models import Application
from subsidies.rules.wording import Words
from subsidies.selectors import applications as selectors
from subsidies.selectors import verification as evidence
from subsidies.services import verification as services
from subsidies.workflow import verification as steps

QUEUE_FILTERS = (
    ("", "全部"),
    (State.SUBMITTED, "待核实"),
    (State.VERIFIED, "待复核"),
    (State.RETURNED, "退回补正"),
)
FIELD = re.compile(r"d(\d+)")


def verifications(request: PageRequest) -> HttpResponse:
    """实缴核实: batches that wait, first handed in first."""
    user = request.user
    counts = evidence.queue_counts(user)
    chosen = request.GET.get("show", "")
    rows = evidence.queue(user)
    if chosen:
        rows = rows.filter(state=chosen)
    words = request.GET.get("q", "").strip()
    if words:
        rows = rows.filter(organisation__name__contains=words)
    page = Paginator(selectors.with_counts(rows), PAGE_ROWS).get_page(request.GET.get("page"))
    pills = [_queue_pill(key, label, counts, chosen) for key, label in QUEUE_FILTERS]
    context = {
        "page_obj": page,
        "rows": [(row, selectors.batch_chip(row.state, selectors.counts_of(row))) for row in page],
        "pills": pills,
        "words": words,
    }
    return render(request, "subsidies/verification/queue.html", context)


def _queue_pill(key: str, label: str, counts: dict[str, int], chosen: str) -> Pill:
    count = counts.get(key, 0) if key else sum(counts.values())
    return Pill(_(label), count, f"?show={key}" if key else "?", key == chosen)


def verification(request: PageRequest, pk: int) -> HttpResponse:
    """One batch with its evidence: decide one by one, in bulk, by keyboard."""
    row = _application(request, pk)
    rules = selectors.rules_of(row, request.working_date)
    chosen = selectors.LineFilter(
        request.GET.get("show", ""), request.GET.get("code", ""), request.GET.get("q", "")
    )
    lines = selectors.filtered(selectors.lines_of(row).exclude(state__in=GONE_LINES), chosen)
    page = Paginator(lines, PAGE_ROWS).get_page(request.GET.get("page"))
    sums = evidence.verdict_sums(row)
    context = {
        "page_obj": page,
        "rows": evidence.evidence_of(list(page), application=row, rules=rules, actor=request.user),
        "years": evidence.years_looked_at(row, rules),
        "limit": rules.get("cap_basis"),
        "limit_marks": evidence.limit_marks(row, rules),
        "limit_fen": next((line.cap_limit_fen for line in page), None),
        "pills": _pills(request, row, chosen, sums),
        "words": chosen.search,
        "reasons": evidence.bulk_reasons(),
        **_frame(request, row, sums),
    }
    return render(request, "subsidies/verification/batch.html", context)


def _application(request: PageRequest, pk: int) -> Application:
    user = request.user
    return evidence.batch(user, pk)


def _frame(request: PageRequest, row: Application, sums: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """What head and totals need; also sent along when one row was decided."""
    access = request.user.access
    advice = evidence.advice_counts(row) if row.state == State.SUBMITTED else {}
    decided = sum(n for verdict, (n, _fen) in sums.items() if verdict)
    counts = selectors.Counts(decided=decided)
    return {
        "application": row,
        "chip": selectors.batch_chip(row.state, counts),
        "cells": evidence.verdict_cells(sums),
        "undecided": sums.get(Verdict.NONE, (0, 0))[0],
        "clean_count": advice.get("pass", 0),
        "refused_count": advice.get("refuse", 0),
        "may_decide": row.state == State.SUBMITTED and access.may(steps.OFFICER),
        "may_confirm": row.state == State.VERIFIED and access.may(steps.REVIEWER),
    }


def _pills(
    request: PageRequest, row: Application, chosen: selectors.LineFilter, sums: dict[str, tuple[int, int]]
) -> list[Pill]:
    whole = sum(n for n, _fen in sums.values())
    clean = row.lines.filter(state=LineState.PENDING, advice="pass").count()
    undecided = sums.get(Verdict.NONE, (0, 0))[0]
    is_all = not (chosen.state or chosen.code)
    pills = [
        Pill(_("全部"), whole, "?", is_all),
        Pill(_("没有疑点"), clean, "?show=clean", chosen.state == "clean"),
    ]
    if 0 < undecided < whole:
        pills.append(
            Pill(_("没有结论"), undecided, "?show=undecided", chosen.state == "undecided", "waiting")
        )
    tones = {"refuse": "refused", "warn": "waiting"}
    words = Words()
    for code, severity, n in selectors.finding_counts(row):
        pills.append(Pill(words.short(code), n, f"?code={code}", chosen.code == code, tones[severity]))
    return pills


# Deciding


@require_POST
def verification_decide(request: PageRequest, pk: int) -> HttpResponse:
    """Take the page's verdicts, the bulk buttons, or (with htmx) the verdict on one row."""
    row = _application(request, pk)
    if request.headers.get("HX-Request"):
        return _decide_one(request, row)
    back = reverse("verification", args=[pk])
    here = request.POST.get("here", "")
    back += here if here.startswith("?") else ""

    def act(by: By) -> str:
        services.decide_lines(row.pk, by=by, decisions=_decisions(request, row))
        return back

    return act_or_back(request, by_page(request), act, back=back, done=lambda: _standing(row))


def _standing(row: Application) -> str:
    sums = evidence.verdict_sums(row)
    return _("结论已保存：通过%(pass)d人，不予%(refuse)d人，还差%(none)d人") % {
        "pass": sums.get(Verdict.PASS, (0, 0))[0],
        "refuse": sums.get(Verdict.REFUSE, (0, 0))[0],
        "none": sums.get(Verdict.NONE, (0, 0))[0],
    }


def _decisions(request: PageRequest, row: Application) -> list[services.Decision]:
    act = request.POST.get("act", "page")
    if act == "pass_clean":
        return [services.Decision(Verdict.PASS, pick=services.CLEAN)]
    if act == "refuse_advised":
        return [services.Decision(Verdict.REFUSE, pick=services.ADVISED_AGAINST)]
    if act in ("pass_selected", "refuse_selected"):
        return [_bulk(request, Verdict.PASS if act == "pass_selected" else Verdict.REFUSE)]
    return _page_decisions(request, row)


def _bulk(request: PageRequest, verdict: str) -> services.Decision:
    ids = whole_numbers(request.POST.getlist("pick"))
    return services.Decision(
        verdict, ids, reason_code=request.POST.get("bulk_reason", ""), note=request.POST.get("bulk_note", "")
    )


def _page_decisions(request: PageRequest, row: Application) -> list[services.Decision]:
    """The radios of the page that say something new; those with the same reason go together."""
    typed = {int(found[1]): value for name, value in request.POST.items() if (found := FIELD.fullmatch(name))}
    known = dict(row.lines.filter(pk__in=typed).values_list("pk", "verdict"))
    grouped: dict[tuple[str, str, str], list[int]] = {}
    for pk, verdict in typed.items():
        code = request.POST.get(f"r{pk}", "")
        if known.get(pk) != verdict or code:
            key = (str(verdict), *_reason(request, row, pk, str(verdict)))
            grouped.setdefault(key, []).append(pk)
    return [
        services.Decision(v, ids, reason_code=code, note=note) for (v, code, note), ids in grouped.items()
    ]


def _reason(request: PageRequest, row: Application, pk: int, verdict: str) -> tuple[str, str]:
    if verdict != Verdict.REFUSE:
        return "", ""
    code = request.POST.get(f"r{pk}", "") or evidence.first_refusal(row, pk)
    return code, request.POST.get(f"n{pk}", "")


def _decide_one(request: PageRequest, row: Application) -> HttpResponse:
    """Decide one row and answer with it, the totals and the head; a refusal stands on the row itself."""
    decisions = _page_decisions(request, row)
    pk = (_named(request) or [0])[0]
    form = Form({})
    form.is_valid()
    if decisions:
        act_with_form(request, form, lambda by: _decided(row, by, decisions))
    said = " ".join(map(str, form.non_field_errors()))
    return _one_row(request, row, pk, said, asked=request.POST.get(f"d{pk}", ""))


def _decided(row: Application, by: By, decisions: list[services.Decision]) -> str:
    services.decide_lines(row.pk, by=by, decisions=decisions)
    return reverse("verification", args=[row.pk])


def _named(request: PageRequest) -> list[int]:
    return [int(found[1]) for name in request.POST if (found := FIELD.fullmatch(name))]


def _one_row(request: PageRequest, row: Application, pk: int, said: str, *, asked: str) -> HttpResponse:
    rules = selectors.rules_of(row, request.working_date)
    lines = list(selectors.lines_of(row).filter(pk=pk))
    shown = evidence.evidence_of(lines, application=row, rules=rules, actor=request.user)
    context = {
        "item": shown[0] if shown else None,
        "said": Finding("refuse", said) if said else None,
        "asks_reason": bool(said) and asked == Verdict.REFUSE,
        # The focus goes to the reasons until one is picked, then back to the row.
        "picks_reason": asked == Verdict.REFUSE and (bool(said) or f"r{pk}" not in request.POST),
        "asked_code": request.POST.get(f"r{pk}", ""),
        "is_swap": True,
        "years": evidence.years_looked_at(row, rules),
        **_frame(request, row, evidence.verdict_sums(row)),
    }
    return render(request, "subsidies/verification/_swapped.html", context)


# The batch as a whole


@require_POST
def verification_verify(request: PageRequest, pk: int) -> HttpResponse:
    """Hand the decided batch to the reviewer."""
    row = _application(request, pk)
    back = reverse("verification", args=[pk])

    def act(by: By) -> str:
        services.verify_application(row.pk, by=by)
        return reverse("verifications")

    done = _("%(village)s第%(batch)d批已提交复核") % {
        "village": row.organisation.region,
        "batch": row.batch_no,
    }
    return act_or_back(request, by_page(request), act, back=back, done=done)


def verification_return(request: PageRequest, pk: int) -> HttpResponse:
    """退回补正: what to mend and until when."""
    row = _application(request, pk)
    form = ReturnForm(
        request.POST or None, initial={"correct_by": evidence.correction_day(row, request.working_date)}
    )

    def act(by: By) -> str:
        given = form.cleaned_data
        services.return_application(row.pk, by=by, reason=given["reason"], correct_by=given["correct_by"])
        return reverse("verifications")

    answer = act_with_form(request, form, act, done=_("已退回村里补正")) if _is_sent(request, form) else None
    texts = {
        "title": _("退回补正"),
        "button": _("退回补正"),
        "warning": _("整批退回村里，改好以后再次提交。"),
    }
    return answer or _reason_page(request, row, form, texts)


def verification_reject(request: PageRequest, pk: int) -> HttpResponse:
    """The reviewer gives the batch back to the officer."""
    row = _application(request, pk)
    form = ReasonForm(request.POST or None)

    def act(by: By) -> str:
        services.reject_verification(row.pk, by=by, reason=form.cleaned_data["reason"])
        return reverse("verifications")

    answer = act_with_form(request, form, act, done=_("已退回经办")) if _is_sent(request, form) else None
    warning = _("已定的结论保留，经办可以修改后再次提交复核。")
    texts = {"title": _("退回经办"), "button": _("退回经办"), "warning": warning}
    return answer or _reason_page(request, row, form, texts)


def _is_sent(request: PageRequest, form: Any) -> bool:
    return request.method == "POST" and form.is_valid()


def _reason_page(request: PageRequest, row: Application, form: Any, texts: dict[str, str]) -> HttpResponse:
    context = {"application": row, "form": form, "back_url": reverse("verification", args=[row.pk]), **texts}
    return render(request, "subsidies/applications/reason.html", context)


def verification_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """复核: last look at sums and reasons, then the notice is issued."""
    row = _application(request, pk)
    back = reverse("verification-confirm", args=[pk])
    if request.method == "POST":
        by = by_page(request)
        done = lambda: _confirmed_words(row)  # noqa: E731
        return act_or_back(request, by, lambda by: _confirm(request, row, by), back=back, done=done)
    sums = evidence.verdict_sums(row)
    context = {
        "outcome": evidence.outcome_of(row),
        "is_maker": evidence.is_maker(row, request.user),
        **_frame(request, row, sums),
    }
    return render(request, "subsidies/verification/confirm.html", context)


def _confirm(request: PageRequest, row: Application, by: By) -> str:
    if not request.POST.get("confirmed"):
        raise InvalidInput(_("请先勾选已核对人数和金额。"))
    version = whole_number(request.POST.get("version"))
    services.confirm_verification(row.pk, by=by, expected_version=version)
    return reverse("application", args=[row.pk])


def _confirmed_words(row: Application) -> str:
    sums = selectors.state_sums(row)
    n, fen = sums.get(LineState.ELIGIBLE, (0, 0))
    refused = sums.get(LineState.INELIGIBLE, (0, 0))[0]
    return _("复核通过%(n)d人，%(yuan)s元，不予补助%(refused)d人，缴款通知书已开具") % {
        "n": n,
        "yuan": yuan_text(fen),
        "refused": refused,
    }
