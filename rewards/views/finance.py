"""Pages of finance: what waits for its word, the rows decided in place, and the year's budget."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.http import PageRequest
from core.look import Segment
from core.money import yuan_text
from core.workflow import By
from rewards import selectors, services
from rewards import workflow as steps
from rewards.enums import BudgetState, ProposalState, RewardState, Verdict
from rewards.forms import BudgetForm, DecisionsForm, ReasonForm
from rewards.models import Reward, RewardApplication
from rewards.services import RowDecision
from rewards.views import shared


@require_GET
@shared.where_money_is_given
def reward_approvals(request: PageRequest) -> HttpResponse:
    """奖励批复: the agency's applications."""
    rows = selectors.applications_within(request.user).filter(state=ProposalState.CONFIRMED)
    context = {"rows": [(row, selectors.application_word(row)) for row in rows]}
    return render(request, "rewards/approvals.html", context)


def reward_approve(request: PageRequest, pk: int) -> HttpResponse:
    """One application's rows: agree, reduce or return in place; preview with totals; then confirm."""
    require_role(request.user, steps.APPROVE.roles, steps.APPROVE.label)
    found = selectors.application(request.user, pk)
    waiting = selectors.rewards_within(request.user).filter(application=found, state=RewardState.APPLIED)
    rows = list(waiting.order_by("village_code"))
    form = DecisionsForm(request.POST or _typed(request, rows), rows=rows)
    action = request.POST.get("action", "")
    if form.is_bound and form.is_valid() and action in ("preview", "confirm"):
        decisions = form.decisions()
        if action == "confirm" and not request.POST.get("confirmed"):
            form.add_error(None, _("请先核对村数和金额，再打勾确认。"))
        elif action == "confirm" and (answer := _confirm(request, form, found, decisions)):
            return answer
        if decisions and (action == "confirm" or not form.errors):
            return render(request, "rewards/approve_confirm.html", _context(found, form, decisions))
        form.add_error(None, _("还没有给出意见。请逐村选同意、核减或退回。"))
    return render(request, "rewards/approve.html", _context(found, form, _all_agreed(form)))


def _typed(request: PageRequest, rows: list[Reward]) -> dict[str, Any] | None:
    """What was decided before the reader came back from the preview: all agreed but what the address says."""
    if not request.GET:
        return None
    return {f"v{row.pk}": Verdict.APPROVE for row in rows} | request.GET.dict()


def _back_url(found: RewardApplication, form: DecisionsForm) -> str:
    typed = {name: form[name].value() for name in form.fields}
    other = {name: value for name, value in typed.items() if value not in (None, "", Verdict.APPROVE)}
    return f"{reverse('reward-approve', args=[found.pk])}?{urlencode(other)}"


def _all_agreed(form: DecisionsForm) -> list[RowDecision]:
    return [RowDecision(row.pk) for row in form.rows]


def _confirm(
    request: PageRequest, form: DecisionsForm, found: RewardApplication, decisions: list[RowDecision]
) -> HttpResponse | None:
    def act(by: By) -> str:
        services.approve(decisions, by=by)
        return reverse("reward-application", args=[found.pk])

    return act_with_form(request, form, act, done=_approved_sentence(form, decisions))


def _approved_sentence(form: DecisionsForm, decisions: list[RowDecision]) -> str:
    rows = {row.pk: row for row in form.rows}
    granted = [one for one in decisions if one.verdict != Verdict.RETURN]
    total = sum(_granted(rows[one.reward_id], one) for one in granted)
    said = _("已批复%(n)d个村，%(yuan)s元；等款拨到社保经办账户。") % {
        "n": len(granted),
        "yuan": yuan_text(total),
    }
    returned = len(decisions) - len(granted)
    return said + (_("退回%(n)d个村重新核定。") % {"n": returned} if returned else "")


def _context(found: RewardApplication, form: DecisionsForm, decisions: list[RowDecision]) -> dict[str, Any]:
    by_row = {one.reward_id: one for one in decisions}
    decided = [(row, by_row[row.pk], _granted(row, by_row[row.pk])) for row in form.rows if row.pk in by_row]
    total = sum(fen for _row, _one, fen in decided)
    use = selectors.budget_use(found.county_code, found.year)
    return {
        "application": found,
        "form": form,
        "back_url": _back_url(found, form),
        "boxes": form.boxes(),
        "decided": decided,
        "counts": {
            verdict: sum(one.verdict == verdict for _row, one, _fen in decided) for verdict in Verdict.values
        },
        "asked_fen": sum(row.payable_fen or 0 for row, _one, _fen in decided),
        "reduced_fen": sum(
            fen - (row.payable_fen or 0) for row, one, fen in decided if one.verdict == Verdict.REDUCE
        ),
        "returned_fen": sum(
            -(row.payable_fen or 0) for row, one, _fen in decided if one.verdict == Verdict.RETURN
        ),
        "total_fen": total,
        "use": use,
        "after_fen": use.rest_fen - total,
        "segments": _segments(use, total),
        "clause": form.rows[0].clause if form.rows else "",
        "sums": _sums(form),
    }


def _sums(form: DecisionsForm) -> dict[str, int]:
    names = ("posted_fen", "refunded_fen", "base_fen", "cap_fen", "payable_fen")
    return {name: sum(getattr(row, name) or 0 for row in form.rows) for name in names}


def _granted(row: Any, decision: RowDecision) -> int:
    if decision.verdict == Verdict.RETURN:
        return 0
    return decision.amount_fen if decision.verdict == Verdict.REDUCE else row.payable_fen  # type: ignore[return-value]


def _segments(use: selectors.BudgetUse, total: int) -> list[Segment]:
    done = _("已批复%(n)d个村") % {"n": use.approved_count}
    return [
        Segment(done, use.approved_fen, "done"),
        Segment(_("本次批复"), total, "mine"),
        Segment(_("批复后剩余"), max(use.rest_fen - total, 0), "rest"),
    ]


@shared.where_money_is_given
def budgets(request: PageRequest) -> HttpResponse:
    """年度预算: each year's total and what became of it; a new entry; the second officer's word."""
    found = list(selectors.budgets_within(request.user))
    form = BudgetForm(request.POST or None, initial={"year": shared.year_asked(request)})
    may_enter = selectors.may_for_county(request.user, steps.ENTER_BUDGET.roles)
    if form.is_bound and form.is_valid():

        def act(by: By) -> str:
            data = dict(form.cleaned_data)
            services.enter_budget(shared.county_asked(request), data.pop("year"), by=by, **data)
            return reverse("budgets")

        answer = act_with_form(request, form, act, done=_("已提交复核，请另一人同意"))
        if answer is not None:
            return answer
    uses = selectors.budget_uses(selectors.budgets_within(request.user))
    context = {
        "form": form,
        "waiting": [row for row in found if row.state == BudgetState.PROPOSED],
        "in_force": [
            (row, use, _parts(use))
            for row in found
            if row.state == BudgetState.AGREED and (use := uses[row.county_code, row.year])
        ],
        "earlier": [row for row in found if row.state in (BudgetState.REPLACED, BudgetState.REFUSED)],
        "may_enter": may_enter,
        "reason_form": ReasonForm(),
    }
    return render(request, "rewards/budgets.html", context)


def _parts(use: selectors.BudgetUse) -> list[Segment]:
    return [
        Segment(_("已拨付"), use.paid_fen, "done"),
        Segment(_("已批复未拨付"), use.reserved_fen, "mine"),
        Segment(_("剩余"), use.rest_fen, "rest"),
    ]


@require_POST
def budget_act(request: PageRequest, pk: int, name: str) -> HttpResponse:
    """Agree to a proposed budget or not."""

    def act(by: By) -> str:
        reason = request.POST.get("reason", "")
        services.decide_budget(pk, by=by, agrees=name == "agree", reason=reason)
        return reverse("budgets")

    done = _("已同意，预算生效") if name == "agree" else _("已记为不同意")
    return act_or_back(request, by_page(request), act, back=reverse("budgets"), done=done)
