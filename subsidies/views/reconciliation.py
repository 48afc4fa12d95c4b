"""Pages of tax money: record it, see what matches, settle what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.identity import mask_id
from core.lists import Export, list_page, person_words
from core.look import Finding, Pill
from core.money import yuan_text
from core.sheets.writer import OutColumn
from core.sizes import HEAD, LIST_ROWS, PICK_ROWS, TAIL, VOUCHERS_NAMED
from core.workflow import By
from policies.selectors import cite_ground, reason, rulebook
from subsidies.enums import DifferenceState, Match, Settlement, TaxRowOrigin
from subsidies.forms.notices import LumpSumForm, PickForm, SettlementForm, TaxRowFormSet
from subsidies.models import Difference, PaymentNotice
from subsidies.rules.matching import CODES
from subsidies.selectors import notices as selectors
from subsidies.selectors.applications import stepper_for
from subsidies.serializers.notices import who
from subsidies.services import notices as services
from subsidies.services.notices.settlements import settlement_preview, terms_of, ways_of
from subsidies.services.notices.standing import open_lines
from subsidies.views.notices import user_of
from subsidies.workflow import notices as steps

SORTS = {
    "number": ["issued_on", "number"],
    "village": ["village_code"],
    "open": ["open_count"],
    "due_on": ["due_on"],
}


def reconciliations(request: HttpRequest) -> HttpResponse:
    """对账: notices that money came in for, those with open differences first."""
    rows = selectors.search_notices(selectors.notices_within(user_of(request)), request.GET.get("q", ""))
    rows = rows.filter(last_fed_back_on__isnull=False)
    chosen = request.GET.get("show", "open")
    counts = {"open": rows.filter(open_count__gt=0).count(), "all": rows.count()}
    shown = rows.filter(open_count__gt=0) if chosen == "open" else rows
    pills = [
        Pill(_("有差异"), counts["open"], "?show=open", active=chosen == "open"),
        Pill(_("全部"), counts["all"], "?show=all", active=chosen != "open"),
    ]
    page = list_page(request, shown, sorts=SORTS, default="-open")
    context = {"page_obj": page, "pills": pills, "words": request.GET.get("q", ""), "chosen": chosen}
    return render(request, "subsidies/notices/reconciliations.html", context)


def reconciliation(request: HttpRequest, pk: int) -> HttpResponse:
    """A notice against the tax office's data: sums, kinds, cases with their ways out."""
    found = selectors.notice(user_of(request), pk)
    cases = selectors.cases_of(found).select_related("line__person", "tax_row", "proposed_by", "settled_by")
    if request.GET.get("export") == "xlsx":
        return _export(found).answer(selectors.with_rows(cases.order_by("kind", "line__position", "pk")))
    sums = selectors.reconciliation(found)
    chosen = request.GET.get("show") or ("open" if sums.open_count or not sums.settled_count else "settled")
    wanted = cases.filter(selectors.UNSETTLED) if chosen == "open" else cases.exclude(selectors.UNSETTLED)
    page = Paginator(wanted.order_by("kind", "line__position", "pk"), LIST_ROWS).get_page(
        request.GET.get("page")
    )
    next_case = (
        cases.filter(selectors.UNSETTLED, asked_on__isnull=True)
        .order_by("kind", "line__position", "pk")
        .first()
    )
    context = {
        "notice": found,
        "sums": sums,
        "page_obj": page,
        "cases": [_case(request, row) for row in selectors.with_rows(page.object_list)],
        "pills": _case_pills(sums, chosen),
        "chosen": chosen,
        "next_case": next_case,
        "shortfall": -sums.total.gap_fen,
        "verdict": _verdict(sums),
        "stepper": stepper_for(found.application, rulebook(found.village_code, on=request.working_date)),  # type: ignore[attr-defined]
        "clause": cite_ground(found, "remittance", on=request.working_date),  # type: ignore[attr-defined]
        "may_record": user_of(request).access.may(steps.RECORD.roles),
        "may_post": user_of(request).access.may(frozenset({"officer"})),
    }
    return render(request, "subsidies/notices/reconciliation.html", context)


def _case_pills(sums: selectors.Reconciliation, chosen: str) -> list[Pill]:
    return [
        Pill(_("待处理"), sums.open_count, "?show=open", active=chosen == "open"),
        Pill(_("已处理"), sums.settled_count, "?show=settled", active=chosen != "open"),
    ]


def _verdict(sums: selectors.Reconciliation) -> str:
    if not sums.total.row_count:
        return _("税务还没有回传缴款。")
    if not sums.open_count:
        return _("差异都办结了。") if sums.settled_count else _("逐人逐分都对上了。")
    gap = sums.total.gap_fen
    words = {"yuan": yuan_text(abs(gap)), "n": sums.open_count}
    if not gap:
        return _("合计相等，但有%(n)d项对不上。") % words
    return _("合计差%(yuan)s元，其中%(n)d项对不上。") % words


def _case(request: HttpRequest, row: Difference) -> dict[str, Any]:
    name, last4 = who(row)
    may_propose = user_of(request).access.may(steps.PROPOSE.roles)
    may_confirm = user_of(request).access.may(steps.CONFIRM.roles) and row.proposed_by_id != request.user.pk
    return {
        "row": row,
        "name": name,
        "last4": last4,
        "gap_fen": row.found_fen - row.expected_fen,
        "line_fen": row.line and row.line.amount_fen,
        "ways": ways_of(row) if may_propose and row.state == DifferenceState.OPEN else (),
        "may_confirm": may_confirm and row.state == DifferenceState.PROPOSED,
        "vouchers": "、".join(_tail(r.voucher) for r in row.rows[:VOUCHERS_NAMED]),  # type: ignore[attr-defined]
        "row_fen": sum(-r.amount_fen if r.is_reversal else r.amount_fen for r in row.rows),  # type: ignore[attr-defined]
    }


def _tail(voucher: str) -> str:
    return f"…{voucher[-TAIL:]}" if len(voucher) > HEAD else voucher


def _export(found: PaymentNotice) -> Export:
    columns = [
        OutColumn(_("核对结果")),
        OutColumn(_("代码"), "code", width=16),
        OutColumn(_("姓名")),
        OutColumn(_("身份证后四位"), "code"),
        OutColumn(_("通知书序号"), "code"),
        OutColumn(_("通知书（元）"), "amount", width=14),
        OutColumn(_("税务（元）"), "amount", width=14),
        OutColumn(_("差额（元）"), "amount", width=14),
        OutColumn(_("税票号"), "code", width=30),
        OutColumn(_("状态")),
        OutColumn(_("处理"), width=18),
        OutColumn(_("说明"), width=30),
    ]

    def cells(row: Any) -> list[object]:
        name, last4 = who(row)
        return [
            row.get_kind_display(),
            CODES[row.kind],
            name,
            last4,
            str(row.line.position) if row.line else "",
            row.expected_fen,
            row.found_fen,
            row.found_fen - row.expected_fen,
            "、".join(tax_row.voucher for tax_row in row.rows),
            row.get_state_display(),
            row.get_settlement_display() if row.settlement else "",
            row.reason,
        ]

    return Export(_("%(number)s差异清单") % {"number": found.number}, columns, cells)


# Recording: by ticking persons, by typing rows, by one sum; a file goes through the import pages.


def tax_rows_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what the tax office received for a notice, in one of three ways on one page."""
    found = selectors.notice(user_of(request), pk)
    require_role(request.user, steps.RECORD.roles, steps.RECORD.label)
    way = request.POST.get("way", "")
    waiting = (
        open_lines(found).filter(open_fen__gt=0).select_related("line__person").order_by("line__position")
    )
    words = request.GET.get("q", "")
    offered = list(waiting.filter(person_words(words, "line__person__"))[:PICK_ROWS])
    initial = {"paid_on": request.working_date}  # type: ignore[attr-defined]
    asked = [int(v) for v in request.POST.getlist("lines") if v.isdecimal()]
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


def _record(request: HttpRequest, found: PaymentNotice, form: Any) -> HttpResponse | None:
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


def _tell(request: HttpRequest, done: services.Recording) -> None:
    words = {"n": done.rows_count, "yuan": yuan_text(done.amount_fen)}
    messages.success(request, _("已登记%(n)d行，%(yuan)s元") % words)


# One difference: look, propose, confirm.


def difference(request: HttpRequest, pk: int) -> HttpResponse:
    """One difference: what does not match, the ways out, and the last look before money moves."""
    found = selectors.difference(user_of(request), pk)
    way = request.POST.get("settlement") or request.GET.get("way") or found.settlement
    ways = ways_of(found)
    if found.state == DifferenceState.OPEN and way not in ways:
        way = str(ways[0])
    form = _settlement_form(request, found, way)
    if request.method == "POST" and form.is_valid() and (answer := _propose(request, found, form, way)):
        return answer
    [case] = [_case(request, row) for row in selectors.with_rows([found])]
    access = user_of(request).access
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
            f"{terms.name} {mask_id(terms.id_number[-TAIL:])}".strip() if terms.id_number else "",
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


def _settlement_form(request: HttpRequest, found: Difference, way: str) -> SettlementForm:
    rules = rulebook(found.village_code, on=request.working_date)  # type: ignore[attr-defined]
    data = request.POST if request.method == "POST" else None
    return SettlementForm(data, difference=found, settlement=way, rules=rules, initial=_initial(found, way))


def _initial(found: Difference, way: str) -> dict[str, Any]:
    row = found.tax_row
    if row is None or way != Settlement.CORRECT:
        return {}
    fen = found.line.amount_fen if found.line else row.amount_fen
    return {"amount_fen": fen, "paid_on": row.paid_on, "voucher": row.voucher}


def _propose(request: HttpRequest, found: Difference, form: SettlementForm, way: str) -> HttpResponse | None:
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
def difference_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a proposal; the tick of the preview is needed."""
    found = selectors.difference(user_of(request), pk)
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
def difference_reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Disagree with a proposal, with a reason."""
    found = selectors.difference(user_of(request), pk)

    def act(by: By) -> str:
        services.reject_settlement(pk, by=by, reason=request.POST.get("reason", ""))
        return reverse("reconciliation", args=[found.notice_id])

    back = reverse("difference", args=[pk])
    return act_or_back(request, by_page(request), act, back=back, done=_("已退回重新处理。"))
