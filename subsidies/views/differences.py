"""One difference between a notice and the tax office: look, propose a way out, confirm or disagree."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.acts import act_or_back, act_with_form, by_page
from core.counts import NAMED_VOUCHERS
from core.http import PageRequest
from core.identity import last4_of, mask_id
from core.lengths import SHORT_VOUCHER
from core.look import Finding
from core.money import yuan_text
from core.workflow import By
from policies.selectors import cite_ground, reason, rulebook
from subsidies.enums import DifferenceState, Match, Settlement
from subsidies.forms.notices import SettlementForm
from subsidies.models import Difference
from subsidies.rules.matching import CODES
from subsidies.selectors import notices as selectors
from subsidies.serializers.notices import who
from subsidies.services import notices as services
from subsidies.services.notices.settlements import settlement_preview, terms_of, ways_of
from subsidies.workflow import notices as steps


def difference(request: PageRequest, pk: int) -> HttpResponse:
    """One difference: what does not match, the ways out, and the last look before money moves."""
    found = selectors.difference(request.user, pk)
    way = request.POST.get("settlement") or request.GET.get("way") or found.settlement
    ways = ways_of(found)
    if found.state == DifferenceState.OPEN and way not in ways:
        way = str(ways[0])
    form = _settlement_form(request, found, way)
    if request.method == "POST" and form.is_valid() and (answer := _propose(request, found, form, way)):
        return answer
    [case] = [case_of(request, row) for row in selectors.with_rows([found])]
    access = request.user.access
    context = {
        "difference": found,
        "case": case,
        "notice": found.notice,
        "form": form,
        "way": Settlement(way) if way else "",
        "ways": [(w, f"?way={w.value}") for w in ways],
        "preview": settlement_preview(found, way) if way else None,
        "may_propose": access.may(steps.PROPOSE.roles) and found.state == DifferenceState.OPEN,
        "may_reject": access.may(steps.REJECT.roles) and found.state == DifferenceState.PROPOSED,
        "finding": _finding(found),
        "terms_shown": _terms_shown(found),
    }
    return render(request, "subsidies/notices/difference.html", context)


def case_of(request: PageRequest, row: Difference) -> dict[str, Any]:
    name, last4 = who(row)
    may_propose = request.user.access.may(steps.PROPOSE.roles)
    may_confirm = request.user.access.may(steps.CONFIRM.roles) and row.proposed_by_id != request.user.pk
    return {
        "row": row,
        "name": name,
        "last4": last4,
        "gap_fen": row.found_fen - row.expected_fen,
        "line_fen": row.line and row.line.amount_fen,
        "ways": ways_of(row) if may_propose and row.state == DifferenceState.OPEN else (),
        "may_confirm": may_confirm and row.state == DifferenceState.PROPOSED,
        "vouchers": "、".join(_tail(r.voucher) for r in row.rows[:NAMED_VOUCHERS]),  # type: ignore[attr-defined]
        "row_fen": sum(-r.amount_fen if r.is_reversal else r.amount_fen for r in row.rows),  # type: ignore[attr-defined]
    }


def _tail(voucher: str) -> str:
    return f"…{last4_of(voucher)}" if len(voucher) > SHORT_VOUCHER else voucher


def _finding(found: Difference) -> Finding:
    code = CODES[found.kind]
    why = reason(code)
    tone = "tell" if found.state == DifferenceState.SETTLED else "refuse"
    paid_again = found.kind == Match.REPEAT and found.tax_row is not None and found.tax_row.occurrence == 1
    sentence = _("此人已经缴清，又用另一张税票缴了一笔") if paid_again else why.text
    clause = cite_ground(found, "remittance", on=found.notice.issued_on)
    return Finding(tone, sentence, clause, "" if tone == "tell" else why.remedy)


def _terms_shown(found: Difference) -> list[tuple[str, str]]:
    """What was proposed beyond the way itself, numbers of persons masked."""
    terms = terms_of(found)
    reasons = (
        rulebook(found.village_code, on=found.proposed_on).table("withdrawal_reason")
        if found.proposed_on
        else {}
    )
    back = found.settlement in (Settlement.RETURN, Settlement.REFUND)
    shown = [
        (_("税务确认"), _("没有这笔款，只作废这一行") if terms.is_void else ""),
        (
            _("应是谁的款"),
            f"{terms.name} {mask_id(last4_of(terms.id_number))}".strip() if terms.id_number else "",
        ),
        (
            _("更正后的金额"),
            _("%(yuan)s元") % {"yuan": yuan_text(terms.amount_fen)} if terms.amount_fen else "",
        ),
        (_("退款日期") if back else _("缴款日期"), terms.paid_on.isoformat() if terms.paid_on else ""),
        (_("退款凭证号") if back else _("税票号"), terms.voucher),
        (_("撤回事由"), reasons[terms.left_reason].text if terms.left_reason in reasons else ""),
        (_("事由发生日期"), terms.event_on.isoformat() if terms.event_on else ""),
    ]
    return [(label, text) for label, text in shown if text]


def _settlement_form(request: PageRequest, found: Difference, way: str) -> SettlementForm:
    rules = rulebook(found.village_code, on=request.working_date)
    data = request.POST if request.method == "POST" else None
    return SettlementForm(data, difference=found, settlement=way, rules=rules, initial=_initial(found, way))


def _initial(found: Difference, way: str) -> dict[str, Any]:
    row = found.tax_row
    if row is None or way != Settlement.CORRECT:
        return {}
    fen = found.line.amount_fen if found.line else row.amount_fen
    return {"amount_fen": fen, "paid_on": row.paid_on, "voucher": row.voucher}


def _propose(request: PageRequest, found: Difference, form: SettlementForm, way: str) -> HttpResponse | None:
    label = Settlement(way).label

    def act(by: By) -> str:
        services.propose_settlement(
            found.pk, by=by, settlement=way, reason=form.cleaned_data["reason"], terms=form.terms()
        )
        return reverse("reconciliation", args=[found.notice_id])

    asked = _("已请村里补缴，款到后自动办结。")
    done = asked if way == Settlement.ASK else _("已提出“%(way)s”，等社保确认。") % {"way": label}
    return act_with_form(request, form, act, done=done)


@require_POST
def difference_confirm(request: PageRequest, pk: int) -> HttpResponse:
    """Confirm a proposal; the tick of the preview is needed."""
    found = selectors.difference(request.user, pk)
    back = reverse("difference", args=[pk])
    if request.POST.get("confirmed") != "1":
        messages.error(request, _("请先核对金额，再打勾确认。"))
        return redirect(back)

    def act(by: By) -> str:
        services.confirm_settlement(pk, by=by)
        return reverse("reconciliation", args=[found.notice_id])

    way = found.get_settlement_display()
    return act_or_back(request, by_page(request), act, back=back, done=_("已办结：%(way)s") % {"way": way})


@require_POST
def difference_reject(request: PageRequest, pk: int) -> HttpResponse:
    """Disagree with a proposal, with a reason."""
    found = selectors.difference(request.user, pk)

    def act(by: By) -> str:
        services.reject_settlement(pk, by=by, reason=request.POST.get("reason", ""))
        return reverse("reconciliation", args=[found.notice_id])

    back = reverse("difference", args=[pk])
    return act_or_back(request, by_page(request), act, back=back, done=_("已退回重新处理。"))
