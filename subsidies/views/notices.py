"""Pages of payment notices: list, one notice, its print, void and issue anew, give up."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.calendar import day_text
from core.http import PageRequest
from core.lists import Export, list_page, person_words, query_with
from core.look import Cell, Finding, Pill
from core.money import yuan_capital, yuan_text
from core.sheets.writer import OutColumn
from core.typed import whole_numbers
from core.workflow import By
from policies.selectors import PolicyValueView, reason_text, rulebook
from subsidies.enums import NoticeState
from subsidies.forms.notices import ReasonForm
from subsidies.models import NoticeLine, PaymentNotice
from subsidies.selectors import notices as selectors
from subsidies.selectors.applications import stepper_for, timeline_of
from subsidies.selectors.donations import custody_word
from subsidies.selectors.prints import agency_words
from subsidies.services import notices as services
from subsidies.services.notices.standing import with_received
from subsidies.workflow import notices as steps
from subsidies.workflow.applications import READERS as BATCH_READERS
from villages.models import Region
from villages.views import units_shown
from villages.zone_lists import with_units

SORTS = {
    "number": ["issued_on", "number"],
    "village": ["village_code"],
    "amount": ["amount_fen"],
    "due_on": ["due_on"],
    "received": ["received_fen"],
}
FILTERS = {
    "": (_("全部"), "all"),
    "live": (_("待缴款"), NoticeState.ISSUED),
    "part": (_("部分缴款"), NoticeState.PART_PAID),
    "overdue": (_("已逾期"), "overdue"),
    "differs": (_("有差异"), "differs"),
    "paid": (_("已缴清"), NoticeState.PAID),
    "void": (_("已作废"), NoticeState.VOID),
    "replaced": (_("已换开"), NoticeState.REPLACED),
}
LINE_SORTS = {"position": ["line__position"], "name": ["line__person__pinyin"], "amount": ["amount_fen"]}


def notices(request: PageRequest) -> HttpResponse:
    """缴款通知: every notice of the area, what came in for it, and what is late."""
    on = request.working_date
    rows = selectors.search_notices(selectors.notices_within(request.user), request.GET.get("q", ""))
    counts = selectors.list_counts(rows, on=on)
    chosen = request.GET.get("show", "")
    rows = _shown(rows, chosen, on)
    if request.GET.get("export") == "xlsx":
        units, _unit = units_shown(request)
        return with_units(_export(on), units).answer(rows.order_by("village_code", "-issued_on", "number"))
    page = list_page(request, rows, sorts=SORTS, default="-number")
    for row in page:
        row.late = selectors.days_late(row, on=on)
    context = {
        "page_obj": page,
        "pills": _pills(request, counts, chosen),
        "words": request.GET.get("q", ""),
        "is_village": request.user.access.area.column() == "village_code",  # type: ignore[union-attr]
        "may_record": request.user.access.may(steps.RECORD.roles),
        "is_filtered": bool(chosen or request.GET.get("q")),
    }
    return render(request, "subsidies/notices/list.html", context)


def _shown(rows: Any, chosen: str, on: Any) -> Any:
    if chosen == "overdue":
        return rows.filter(selectors.overdue(on))
    if chosen == "differs":
        return rows.filter(open_count__gt=0)
    state = FILTERS.get(chosen, FILTERS[""])[1]
    return rows.filter(state=state) if state in NoticeState.values else rows


def _pills(request: PageRequest, counts: dict[str, int], chosen: str) -> list[Pill]:
    pills = []
    for key, (label, count) in FILTERS.items():
        if counts[count] or key in ("", chosen):
            tone = "refused" if key == "overdue" else ""
            address = query_with(request, show=key)
            pills.append(Pill(label, counts[count], address, active=key == chosen, tone=tone))
    return pills


def _export(on: Any) -> Export:
    columns = [
        OutColumn(_("编号"), width=24),
        OutColumn(_("镇街"), width=14),
        OutColumn(_("村集体经济组织"), width=30),
        OutColumn(_("补助年度"), "code"),
        OutColumn(_("批次"), "code"),
        OutColumn(_("人数"), "count"),
        OutColumn(_("应缴金额（元）"), "amount", width=16),
        OutColumn(_("已到账（元）"), "amount", width=16),
        OutColumn(_("开具日期"), "date"),
        OutColumn(_("缴款期限"), "date"),
        OutColumn(_("逾期天数"), "count", is_summed=False),
        OutColumn(_("状态")),
    ]

    def cells(row: PaymentNotice) -> list[object]:
        batch = row.application
        return [
            row.number,
            str(batch.organisation.region.parent),
            batch.organisation.name,
            str(batch.year),
            str(batch.batch_no),
            row.headcount,
            row.amount_fen,
            row.received_fen,  # type: ignore[attr-defined]
            row.issued_on,
            row.due_on,
            selectors.days_late(row, on=on),
            row.get_state_display(),
        ]

    return Export(_("缴款通知书清单"), columns, cells)


def notice(request: PageRequest, pk: int) -> HttpResponse:
    """One notice: sums, the persons on it, what is late, which paper replaced which."""
    found = selectors.notice(request.user, pk)
    on = request.working_date
    lines = with_received(selectors.notice_lines(found)).filter(
        person_words(request.GET.get("q", ""), "line__person__")
    )
    access = request.user.access
    context = {
        "notice": found,
        "totals": _totals(found),
        "findings": _findings(found, on),
        "page_obj": list_page(request, lines, sorts=LINE_SORTS, default="position"),
        "words": request.GET.get("q", ""),
        "stepper": stepper_for(found.application, rulebook(found.village_code, on=on)),
        "timeline": timeline_of(found.application),
        "may_see_batch": access.may(BATCH_READERS),
        "may_record": access.may(steps.RECORD.roles) and found.state != NoticeState.REPLACED,
        "may_void": access.may(steps.VOID.roles) and found.state == NoticeState.ISSUED,
        "may_reissue": access.may(steps.ISSUE.roles) and _can_be_issued_anew(found),
        "may_give_up": access.may(steps.GIVE_UP.roles | steps.LAPSE.roles) and _is_late(found, on),
    }
    return render(request, "subsidies/notices/notice.html", context)


def _can_be_issued_anew(found: PaymentNotice) -> bool:
    return (
        found.state == NoticeState.VOID
        and not hasattr(found, "replaced_by")
        and found.application.state == "notified"
    )


def _is_late(found: PaymentNotice, on: Any) -> bool:
    return found.state in steps.LIVE and on > found.due_on


def _totals(found: PaymentNotice) -> list[Cell]:
    parts, left = selectors.open_parts(found), selectors.left_parts(found)
    people = _("%(n)d人")
    arrived = found.amount_fen - parts["fen"] - left["fen"]
    over = found.received_fen - arrived  # type: ignore[attr-defined]
    note = _("另有多缴%(yuan)s元待处理") % {"yuan": yuan_text(over)} if over > 0 else ""
    rest = _("转入新通知书") if found.state == NoticeState.REPLACED else _("还没有缴")
    cells = [
        Cell(_("应缴"), found.amount_fen, people % {"n": found.headcount}),
        Cell(_("已到账"), arrived, note),
        Cell(_("已撤回或放弃"), left["fen"], people % {"n": left["count"]}),
        Cell(rest, parts["fen"], people % {"n": parts["count"]}, main=True),
    ]
    return cells if left["count"] else [cells[0], cells[1], cells[3]]


def _findings(found: PaymentNotice, on: Any) -> list[Finding]:
    late = selectors.days_late(found, on=on)
    if not late:
        return []
    sentence = _("缴款期限%(due)s，%(late)s。") % {
        "due": day_text(found.due_on),
        "late": reason_text("W-LATE", days=late),
    }
    is_open = found.state in steps.LIVE
    cure = _("请尽快到税务缴款；不再缴的，可以放弃缴款，或者撤回人员换开通知书。") if is_open else ""
    duty = rulebook(found.village_code, on=on).get("office_name", "tax")
    return [Finding("refuse" if is_open else "ask", sentence, _duty_words(duty) if duty else "", cure)]


def _duty_words(duty: PolicyValueView) -> str:
    """The clause with its sentence about the tax office, of which it says whose duty is what."""
    sentences = re.split(r"[；。]", duty.clause.text)
    about = next((s for s in sentences if _("税务") in s), "")
    return f"{duty.clause.reference}“{about}”" if about else duty.clause.reference


def notice_print(request: PageRequest, pk: int) -> HttpResponse:
    """F09 缴款通知书: the paper with capitals, seal, receipt slip, and the list of persons."""
    found = selectors.notice(request.user, pk)
    batch = found.application
    pool = batch.plan.pool
    rules = rulebook(found.village_code, on=found.issued_on)
    pattern, due, item = (
        rules.value(*key) for key in (("number_pattern", "notice"), ("notice_payment_days",), ("tax_item",))
    )
    unsettled = ((_("编号格式"), pattern), (_("缴款期限"), due), (_("征收项目名称"), item))
    context = {
        "notice": found,
        "batch": batch,
        "organisation": batch.organisation,
        "pool": pool,
        "pool_custody": custody_word(pool) if pool else "",
        "payer_uscc": pool.payer_uscc if pool else batch.organisation.uscc,
        "marked": [label for label, view in unsettled if view.marks],
        "county": _county_name(found.county_code),
        "scheme": rules.value("scheme_name"),
        "agency": agency_words(batch, rules),
        "tax_office": rules.value("office_name", "tax"),
        "tax_item": item,
        "due": due,
        "pattern": pattern,
        "standards": selectors.standards_on(found),
        "lines": list(selectors.notice_lines(found)),
        "capital": yuan_capital(found.amount_fen),
        "back_url": reverse("notice", args=[pk]),
    }
    return render(request, "subsidies/notices/print.html", context)


def _county_name(code: str) -> str:
    """The county with the city above it: 重庆市长寿区, 济宁市鱼台县."""
    county = Region.objects.select_related("parent__parent").get(code=code)
    above = county.parent
    # A municipality keeps its districts under a level that is none but in the statistical list.
    if above is not None and above.name in ("市辖区", "县"):
        above = above.parent
    return f"{above.name if above else ''}{county.name}"


def notice_void(request: PageRequest, pk: int) -> HttpResponse:
    """Void a notice nothing was paid on: the reason, then the act."""
    found = selectors.notice(request.user, pk)
    require_role(request.user, steps.VOID.roles, steps.VOID.label)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def act(by: By) -> str:
            services.void_notice(pk, by=by, reason=form.cleaned_data["reason"])
            return reverse("notice", args=[pk])

        done = _("已作废%(number)s。可以重新开具。") % {"number": found.number}
        if answer := act_with_form(request, form, act, done=done):
            return answer
    return render(request, "subsidies/notices/void.html", {"notice": found, "form": form})


@require_POST
def notice_reissue(request: PageRequest, pk: int) -> HttpResponse:
    """Issue a new notice in the place of a void one."""
    selectors.notice(request.user, pk)
    made: list[PaymentNotice] = []

    def act(by: By) -> str:
        made.append(services.reissue_notice(pk, by=by))
        return reverse("notice", args=[made[0].pk])

    back = reverse("notice", args=[pk])
    return act_or_back(request, by_page(request), act, back=back, done=lambda: _issued(made[0]))


def _issued(made: PaymentNotice) -> str:
    return _("已开具%(number)s，%(n)d人，%(yuan)s元") % {
        "number": made.number,
        "n": made.headcount,
        "yuan": yuan_text(made.amount_fen),
    }


def notice_give_up(request: PageRequest, pk: int) -> HttpResponse:
    """Give up unpaid persons after the deadline: tick, reason, sums, confirm."""
    found = selectors.notice(request.user, pk)
    step = steps.GIVE_UP if request.user.access.may(steps.GIVE_UP.roles) else steps.LAPSE
    require_role(request.user, step.roles, step.label)
    unpaid = with_received(selectors.notice_lines(found)).filter(line__state="eligible", received_fen=0)
    form = ReasonForm(request.POST or None)
    chosen = set(whole_numbers(request.POST.getlist("lines")))
    is_given = request.method == "POST" and form.is_valid()
    if is_given and (answer := _give_up(request, found, form, _chosen(unpaid, chosen, form))):
        return answer
    context = {"notice": found, "form": form, "lines": unpaid, "chosen": chosen, "step": step}
    return render(request, "subsidies/notices/give_up.html", context)


def _chosen(unpaid: Any, chosen: set[int], form: ReasonForm) -> list[NoticeLine]:
    picked = list(unpaid.filter(line_id__in=chosen))
    if not picked:
        form.add_error(None, _("请勾选放弃缴款的人。"))
    return picked


def _give_up(
    request: PageRequest, found: PaymentNotice, form: ReasonForm, picked: list[NoticeLine]
) -> HttpResponse | None:
    if not picked:
        return None
    if request.POST.get("confirmed") != "1":
        form.add_error(None, _("请先核对人数和金额，再打勾确认。"))
        return None
    is_clerk = request.user.access.may(steps.GIVE_UP.roles)
    service = services.give_up_lines if is_clerk else services.lapse_lines

    def act(by: By) -> str:
        service([row.line_id for row in picked], by=by, reason=form.cleaned_data["reason"])
        return reverse("notice", args=[found.pk])

    amount = yuan_text(sum(row.amount_fen for row in picked))
    done = _("已放弃缴款%(n)d人，%(yuan)s元") % {"n": len(picked), "yuan": amount}
    return act_with_form(request, form, act, done=done)
