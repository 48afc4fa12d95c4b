"""Hand a batch in: its papers, the last look, the declaration."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, by_page
from core.http import PageRequest
from core.money import yuan_text
from core.workflow import By
from subsidies.enums import LineState
from subsidies.forms import applications as forms
from subsidies.models import Application
from subsidies.rules.wording import Words
from subsidies.selectors import applications as selectors
from subsidies.services import applications as services
from subsidies.services.applications.lines import line_sums
from subsidies.services.attachments import Paper, attach_paper
from subsidies.views.applications.shapes import chip_of, papers_of
from subsidies.workflow import applications as steps


def application_submit(request: PageRequest, pk: int) -> HttpResponse:
    """Last look before the batch is handed in: sums, pre-check, papers, declaration."""
    row = selectors.application(request.user, pk)
    back = reverse("application-submit", args=[pk])
    if request.method == "POST":
        by = by_page(request)
        done = lambda: _submitted_words(row)  # noqa: E731
        return act_or_back(request, by, lambda by: _submit(request, row, by), back=back, done=done)
    rules = selectors.rules_of(row, request.working_date)
    sums = selectors.state_sums(row)
    heads, fen = sums.get(LineState.PENDING, (0, 0))
    words = Words()
    papers = papers_of(row, rules)
    context = {
        "application": row,
        "chip": chip_of(row, sums),
        "headcount": heads,
        "sum_fen": fen,
        "plan_sums": selectors.amount_groups(row),
        "findings": [
            (words.short(code), severity, count) for code, severity, count in selectors.finding_counts(row)
        ],
        "papers": papers,
        "missing_count": sum(1 for paper in papers if not paper["files"]),
        "unsealed_count": sum(1 for paper in papers if paper["files"] and not paper["is_sealed"]),
        "seal_clause": next((paper["clause"] for paper in papers if not paper["is_sealed"]), ""),
        "declaration": rules.get("application_declaration"),
        "is_open": row.state in steps.IN_HAND and request.user.access.may(steps.CLERK),
    }
    return render(request, "subsidies/applications/submit.html", context)


def _submit(request: PageRequest, row: Application, by: By) -> str:
    services.submit_application(row.pk, by=by, declared_true=bool(request.POST.get("confirmed")))
    return reverse("application", args=[row.pk])


def _submitted_words(row: Application) -> str:
    sums = line_sums(row)
    return _("已提交第%(batch)d批申请，%(n)d人，%(yuan)s元") % {
        "batch": row.batch_no,
        "n": sums["rows_count"],
        "yuan": yuan_text(sums["amount_fen"]),
    }


@require_POST
def application_paper(request: PageRequest, pk: int) -> HttpResponse:
    """Keep a scanned paper with the batch."""
    row = selectors.application(request.user, pk)
    rules = selectors.rules_of(row, request.working_date)
    form = forms.PaperForm(request.POST, request.FILES, rules=rules)
    back = reverse("application", args=[pk])
    if not form.is_valid():
        messages.error(request, _("请选择材料种类和文件。"))
        return redirect(back)
    given = form.cleaned_data
    paper = Paper(given["kind"], given["paper"].name, given["paper"].read(), seals=given.get("seals", ()))

    def act(by: By) -> str:
        attach_paper(row, by=by, paper=paper)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("材料已上传"))
