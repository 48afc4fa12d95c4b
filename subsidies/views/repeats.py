"""Money reported twice for many persons of one notice: what it comes to, one way out for all, the other's word."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, by_page, form_page
from core.http import PageRequest
from core.typed import whole_number
from core.workflow import By
from subsidies.forms.notices import REPEAT_WAYS, RepeatsForm
from subsidies.selectors import notices as selectors
from subsidies.selectors.repeats import RepeatsOfNotice, repeats_of
from subsidies.services import notices as services
from subsidies.workflow import notices as steps


def repeats(request: PageRequest, pk: int) -> HttpResponse:
    """All repeats of a notice: totals and rows, a form that proposes, a tick that confirms."""
    found = selectors.notice(request.user, pk)
    unsettled = repeats_of(found)
    left = unsettled.open
    form = RepeatsForm(request.POST or None, initial={"count": left.count})

    def act(by: By) -> str:
        services.propose_repeats(pk, by=by, **form.cleaned_data)
        return reverse("reconciliation", args=[pk])

    context = {
        "notice": found,
        "left": left,
        "may_propose": left.count and request.user.access.may(steps.PROPOSE_REPEATS.roles),
        "proposals": _proposals(request, unsettled),
    }
    done = _("已一并提出，等社保另一人确认。")
    return form_page(request, form, act, "subsidies/notices/repeats.html", context, done=done)


def _proposals(request: PageRequest, unsettled: RepeatsOfNotice) -> list[dict[str, object]]:
    """What was proposed for how many, each way by itself; the proposer himself does not confirm."""
    may_confirm = request.user.access.may(steps.CONFIRM_REPEATS.roles)
    found = [(way, words, unsettled.proposed[way]) for way, words in REPEAT_WAYS]
    return [
        {
            "way": way,
            "words": words,
            "repeats": rows,
            "by": sorted({str(row.proposed_by) for row in rows.rows}),
            "may_confirm": may_confirm and request.user.pk not in {row.proposed_by_id for row in rows.rows},
        }
        for way, words, rows in found
        if rows.count
    ]


@require_POST
def repeats_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """Confirm what was proposed for all of them; the tick and the number that was seen are needed."""
    found = selectors.notice(request.user, pk)
    back = reverse("reconciliation-repeats", args=[found.pk])
    if request.POST.get("confirmed") != "1":
        messages.error(request, _("请先核对金额，再打勾确认。"))
        return redirect(back)
    settlement = request.POST.get("settlement", "")
    count, sum_fen = (whole_number(request.POST.get(name)) for name in ("count", "sum_fen"))
    if count is None or sum_fen is None:
        messages.error(request, _("没有读到您核对的项数和金额，请刷新核对以后再确认。"))
        return redirect(back)

    def act(by: By) -> str:
        services.confirm_repeats(pk, by=by, settlement=settlement, count=count, sum_fen=sum_fen)
        return reverse("reconciliation", args=[pk])

    return act_or_back(request, by_page(request), act, back=back, done=_("重复的缴款已一并办结。"))
