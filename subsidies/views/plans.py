"""Pages of plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import require_role
from core.acts import act_or_back, act_with_form, by_page
from core.lists import Export, list_page
from core.look import Finding, Pill
from core.sheets.writer import OutColumn
from core.sizes import REMARK_TEXT, UPLOAD_BYTES
from core.workflow import By
from policies.selectors import Rulebook, rulebook
from subsidies.downloads import download_of
from subsidies.enums import PlanKind, PlanPaper, PlanState
from subsidies.forms.editors import (
    DECISION,
    EDITORS,
    PARTS,
    Editor,
    StandardEditor,
    decision_form,
    part_label,
    part_steps,
    parts_of,
)
from subsidies.forms.plans import NewPlanForm, PaperForm
from subsidies.models import Plan
from subsidies.rules.judged import refusals, warnings
from subsidies.rules.pilot import judge_pilot
from subsidies.rules.plans import afford, judge_plan, source_name
from subsidies.selectors import attachments as attachment_selectors
from subsidies.selectors import plans as selectors
from subsidies.selectors.applications import latest_batch, stepper_for
from subsidies.selectors.filings import goes_by_decision
from subsidies.selectors.pilot import pilot_facts
from subsidies.services import attachments as attachment_services
from subsidies.services import plans as services
from subsidies.services.attachments import Paper
from subsidies.services.filings import judge_filed
from subsidies.services.pausing import judge_paused
from subsidies.services.plans.decisions import judge_record, recorded
from subsidies.views.filing_shapes import FilingCard, filing_card, timeline_with_filings
from subsidies.views.plan_shapes import gauge_of, plan_steps, standard_lines, whole_of
from subsidies.workflow import plans as workflow
from villages.selectors.regions import own_organisation
from villages.services.organisations import declare_income
from villages.views import units_shown
from villages.zones import handled_by, unit_of

SORTS = {
    "year": ["year", "version_no"],
    "village": ["village_code"],
    "state": ["state"],
    "in_force_on": ["in_force_on"],
    "amount": ["estimated_fen"],
}
EXPORT = Export(
    "补助方案",
    [
        OutColumn("年度", "count", width=8, is_summed=False),
        OutColumn("镇街", width=14),
        OutColumn("村集体经济组织", width=30),
        OutColumn("种类", width=14),
        OutColumn("版本", "count", width=6, is_summed=False),
        OutColumn("文号", width=22),
        OutColumn("状态", width=12),
        OutColumn("生效日期", "date"),
        OutColumn("预计人数", "count"),
        OutColumn("预计金额（元）", "amount", width=16),
    ],
    lambda plan: (
        plan.year,
        str(plan.organisation.region.parent),
        plan.organisation.name,
        plan.get_kind_display(),
        plan.version_no,
        plan.number,
        plan.get_state_display(),
        plan.in_force_on,
        plan.estimated_count,
        plan.estimated_fen,
    ),
)


def plans(request: HttpRequest) -> HttpResponse:
    """The plans of the area."""
    words = request.GET.get("q", "")
    found = selectors.search_plans(selectors.plans_within(request.user), words)  # type: ignore[arg-type]
    year = request.GET.get("year", "")
    if year.isdecimal():
        found = found.filter(year=int(year))
    units, unit = units_shown(request)
    if unit:
        found = found.filter(handled_by(units, unit))
    rows = found.filter(state=request.GET["state"]) if request.GET.get("state") else found
    if request.GET.get("export") == "xlsx":
        return EXPORT.answer(rows.order_by("-year", "village_code", "-version_no"))
    page = list_page(request, rows, sorts=SORTS, default="-year")
    context = {
        "page_obj": page,
        "rows": [(row, unit_of(units, row)) for row in page],
        "units": sorted({one.name for one in units.values()}),
        "unit": unit,
        "words": words,
        "year": year,
        "pills": _state_pills(request, found),
        "years": selectors.years_of_plans(request.user),  # type: ignore[arg-type]
        "may_draft": _may(request, workflow.CLERK),
    }
    return render(request, "subsidies/plans/list.html", context)


def _state_pills(request: HttpRequest, found: QuerySet[Plan]) -> list[Pill]:
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    asked = request.GET.get("state", "")

    def pill(label: str, state: str, count: int) -> Pill:
        query = request.GET.copy()
        query.pop("page", None)
        query["state"] = state
        return Pill(label, count, f"?{query.urlencode()}", active=asked == state)

    shown = [
        pill(label, str(state), counts[state]) for state, label in PlanState.choices if counts.get(state)
    ]
    return [pill(_("全部"), "", sum(counts.values())), *shown]


def _may(request: HttpRequest, roles: frozenset[str]) -> bool:
    return bool(request.user.access.may(roles))  # type: ignore[union-attr]


def _rules(request: HttpRequest, plan: Plan) -> Rulebook:
    return rulebook(plan.village_code, on=request.working_date)  # type: ignore[attr-defined]


def plan_new(request: HttpRequest) -> HttpResponse:
    """Begin a plan: which year, from what."""
    require_role(request.user, workflow.CLERK, workflow.DRAFT_PLAN.label)
    organisation = own_organisation(request.user)  # type: ignore[arg-type]
    if organisation is None:
        messages.error(request, _("本村还没有登记集体经济组织，请先请管理员登记。"))
        return redirect("plans")
    initial = {"year": request.working_date.year, "kind": PlanKind.REGULAR, "basis": "blank"}  # type: ignore[attr-defined]
    if selectors.last_plan_of(organisation.pk, initial["year"] - 1):
        initial["basis"] = "copy"
    form = NewPlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = services.copy_last_year if data["basis"] == "copy" else services.draft_plan

        def act(by: By) -> str:
            plan = draft(organisation.pk, by=by, year=data["year"], kind=data["kind"])
            return reverse("plan-edit", args=[plan.pk, PARTS[0]])

        if answer := act_with_form(request, form, act):
            return answer
    return render(request, "subsidies/plans/new.html", {"form": form, "organisation": organisation})


def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: what it says, where it stands, what is next."""
    found = selectors.plan(request.user, pk)  # type: ignore[arg-type]
    rules = _rules(request, found)
    context = _panel(request, found, rules)
    if found.state in (PlanState.DRAFT, PlanState.RESOLVED):
        # Told before the village works on: whoever takes no part may neither file nor begin.
        joining = judge_pilot(pilot_facts(found, rulebook=rules), rulebook=rules)
        context["refusals"] += [one.as_finding() for one in refusals(joining)]
    versions = list(selectors.versions_of(found))
    batch = latest_batch(found)
    card = filing_card(found, request.user, on=request.working_date)  # type: ignore[arg-type,attr-defined]
    paused = judge_paused(found, on=request.working_date)  # type: ignore[attr-defined]
    context |= _lines(found, rules, context) | {
        "plan": found,
        "steps": stepper_for(batch, rules) if batch else plan_steps(found, rules),
        "batch": batch,
        "sources": [(source_name(rules, s.source_type), s) for s in found.sources.all()],
        "versions": versions,
        "revision": next((v for v in versions if v.previous_id == found.pk), None),
        "papers": found.attachments.select_related("file").order_by("pk"),
        "paper_names": dict(PlanPaper.choices),
        "paper_form": PaperForm(),
        "timeline": timeline_with_filings(found),
        "card": card,
        "word": _word(found, card),
        "paused": [one.as_finding() for one in paused],
        "knows_pause": rules.flag("suspension_allowed"),
        "may_act": _may(request, workflow.CLERK),
        "first_part": parts_of(found, rules)[0],
        "is_decided": goes_by_decision(found, rules),
    }
    context["warnings"] += _told_with_the_decision(found, {one.sentence for one in context["warnings"]})
    return render(request, "subsidies/plans/plan.html", context)


def _told_with_the_decision(found: Plan, shown: set[str]) -> list[Finding]:
    """What was told when the decision was recorded, as that it lies before the document (W-EARLY)."""
    if found.state != PlanState.RESOLVED:
        return []
    kept = [one for one in found.warnings if one["message"] not in shown]
    return [Finding("ask", one["message"], one.get("clause", "")) for one in kept]


def _word(found: Plan, card: FilingCard | None) -> str:
    """The plan's state in one word: filed by silence, too, is filed."""
    if found.state == PlanState.RESOLVED and card is not None and card.is_done:
        return str(PlanState.FILED.label)
    return str(found.get_state_display())


def _panel(
    request: HttpRequest, found: Plan, rules: Rulebook, editor: Editor | None = None
) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    if editor is not None:
        typed = {
            "rows": editor.rows(),
            "sources": editor.sources(),
            "typed_income_fen": editor.income_fen(),
        }
    on = request.working_date  # type: ignore[attr-defined]
    shown, facts = selectors.plan_estimate(found, rulebook=rules, on=on, **typed)
    judged = judge_plan(facts, rulebook=rules)
    return {
        "plan": found,
        "shown": shown,
        "gauge": gauge_of(shown.against, rules),
        "plan_facts": facts,
        "refusals": [one.as_finding() for one in refusals(judged)],
        "warnings": [one.as_finding() for one in warnings(judged)],
        "remarks": [one.as_finding() for one in judged if not one.code],
        # While the parts are being filled, what is still missing is no fault.
        "faults": [one.as_finding() for one in judged if one.code != "E-PLAN-PART"],
    }


def _lines(found: Plan, rules: Rulebook, panel: dict[str, Any]) -> dict[str, Any]:
    cost = panel["shown"].cost
    return {"lines": standard_lines(found, rules, cost.rows), "whole": whole_of(found, cost)}


def plan_edit(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """One of the four parts of a draft."""
    found = _draft(request, pk)
    if found.state != PlanState.DRAFT:
        return _no_draft(request, found)
    rules = _rules(request, found)
    if part not in parts_of(found, rules):
        return redirect("plan", pk=pk)
    editor = EDITORS[part](found, rules, request.POST if request.method == "POST" else None)
    is_kept = request.method == "POST" and editor.is_valid()
    if is_kept and (answer := act_with_form(request, editor.whole, _saving(found, editor))):
        return answer
    context = _panel(request, found, rules, editor)
    context |= _part_context(found, rules, part) | {"editor": editor} | _row_costs(editor, context["shown"])
    return render(request, editor.template, context)


def _saving(found: Plan, editor: Editor) -> Callable[[By], str]:
    def act(by: By) -> str:
        change = editor.income_change() if hasattr(editor, "income_change") else None
        version = editor.data.get("version")
        expected = int(version) if version and version.isdecimal() else None
        services.change_plan(found.pk, by=by, content=editor.content(), expected_version=expected)
        if change:
            declare_income(found.organisation_id, by=by.within(), year=editor.income_year, **change)  # type: ignore[attr-defined]
        return _next_url(found, editor.rulebook, editor.part)

    return act


def _next_url(found: Plan, rules: Rulebook, part: str) -> str:
    parts = parts_of(found, rules)
    following = parts.index(part) + 1
    return _part_url(found, parts[following]) if following < len(parts) else reverse("plan", args=[found.pk])


def _part_url(found: Plan, part: str) -> str:
    if part == DECISION:
        return reverse("plan-decision", args=[found.pk])
    return reverse("plan-edit", args=[found.pk, part])


def _part_context(found: Plan, rules: Rulebook, part: str) -> dict[str, Any]:
    parts = parts_of(found, rules)
    number = parts.index(part)
    return {
        "part": part,
        "part_label": part_label(part),
        "number": number + 1,
        "parts_count": len(parts),
        "parts": part_steps(found, rules, part, lambda one: _part_url(found, one)),
        "back_url": _part_url(found, parts[number - 1]) if number else "",
        "next_label": part_label(parts[number + 1]) if number + 1 < len(parts) else "",
    }


def _row_costs(editor: Editor, shown: selectors.PlanEstimate) -> dict[str, Any]:
    if not isinstance(editor, StandardEditor):
        return {}
    costs = dict(zip(editor.numbers(), shown.cost.rows, strict=True))
    return {
        "form_rows": [
            (form, costs.get(number, selectors.RowCost())) for number, form in enumerate(editor.table.forms)
        ]
    }


def _draft(request: HttpRequest, pk: int) -> Plan:
    require_role(request.user, workflow.CLERK, workflow.CHANGE_PLAN.label)
    return selectors.plan(request.user, pk)  # type: ignore[arg-type]


def _no_draft(request: HttpRequest, found: Plan) -> HttpResponse:
    words = {"state": found.get_state_display()}
    messages.info(request, _("方案现在是“%(state)s”，不能直接修改。") % words)
    return redirect("plan", pk=found.pk)


@require_POST
def plan_estimate(request: HttpRequest, pk: int, part: str) -> HttpResponse:
    """The cost of what is being typed, as a fragment; nothing is kept (POST because a form may be long)."""
    found = _draft(request, pk)
    rules = _rules(request, found)
    editor = EDITORS[part](found, rules, request.POST)
    context = _panel(request, found, rules, editor)
    context |= {"editor": editor, "is_fragment": True} | _row_costs(editor, context["shown"])
    return render(request, "subsidies/plans/_estimate.html", context)


def plan_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """The fifth part: the record of the democratic decision."""
    found = _draft(request, pk)
    if found.state not in workflow.RECORD_DECISION.sources:
        return _no_draft(request, found)
    rules = _rules(request, found)
    if DECISION not in parts_of(found, rules):
        return redirect("plan", pk=pk)
    form = decision_form(found, rules, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():

        def act(by: By) -> str:
            services.record_decision(found.pk, by=by, record=form.record())
            return reverse("plan", args=[found.pk])

        if answer := act_with_form(request, form, act, done=_("已登记民主决策记录。")):
            return answer
    context = _panel(request, found, rules) | _part_context(found, rules, DECISION)
    context |= {"form": form, "decision_rules": _decision_rules(rules)}
    return render(request, "subsidies/plans/part_decision.html", context)


def _decision_rules(rules: Rulebook) -> list[Any]:
    names = (
        "decision_procedure",
        "plan_shown_days",
        "decision_notice_days",
        "decision_attendance_share",
        "decision_agreement_share",
    )
    return [view for name in names if (view := rules.get(name))]


def plan_in_force(request: HttpRequest, pk: int) -> HttpResponse:
    """The last look before a plan comes into force: sums, checks, tick."""
    require_role(request.user, workflow.CLERK, workflow.PUT_IN_FORCE.label)
    found = selectors.plan(request.user, pk)  # type: ignore[arg-type]
    rules = _rules(request, found)
    is_decided = goes_by_decision(found, rules)
    step = workflow.PUT_IN_FORCE if is_decided else workflow.PUT_SPONSORED_IN_FORCE
    if found.state not in step.sources:
        return _no_draft(request, found)
    back = reverse("plan", args=[pk])
    if request.method == "POST":
        if request.POST.get("confirmed") != "1":
            messages.error(request, _("请先勾选“我已核对”，再让方案生效。"))
            return redirect(request.path)

        def act(by: By) -> str:
            services.put_in_force(pk, by=by)
            return back

        words = {"year": found.year}
        return act_or_back(
            request, by_page(request), act, back=back, done=_("%(year)d年度方案已生效。") % words
        )
    context = _panel(request, found, rules) | {"is_decided": is_decided}
    on = request.working_date  # type: ignore[attr-defined]
    decision_found = [
        *judge_paused(found, on=on),
        *judge_filed(found, on=on),
        *judge_pilot(pilot_facts(found, rulebook=rules), rulebook=rules),
    ]
    if is_decided:
        decision_found += judge_record(found, recorded(found), by_page(request))
    context["refusals"] += [one.as_finding() for one in refusals(decision_found)]
    context["warnings"] += [one.as_finding() for one in warnings(decision_found)]
    context |= _lines(found, rules, context) | {"back_url": back}
    context["card"] = filing_card(found, request.user, on=on)  # type: ignore[arg-type]
    context["has_minutes"] = found.attachments.filter(kind=PlanPaper.MINUTES).exists()
    return render(request, "subsidies/plans/in_force.html", context)


ACTS: dict[str, tuple[Callable[..., Plan], str]] = {
    "reopen": (services.reopen_plan, "已退回草稿，可以修改。"),
    "end": (services.end_plan, "方案已结束。"),
    "discard": (services.discard_plan, "草稿已放弃。"),
}


@require_POST
def plan_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """A button of the plan's page: take back, end, give up."""
    service, done = ACTS[name]
    target = reverse("plans") if name == "discard" else reverse("plan", args=[pk])

    def act(by: By) -> str:
        service(pk, by=by, reason=request.POST.get("reason", "")[:REMARK_TEXT])
        return target

    return act_or_back(request, by_page(request), act, back=reverse("plan", args=[pk]), done=_(done))


@require_POST
def plan_revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft the next version of a plan in force."""

    def act(by: By) -> str:
        return reverse("plan-edit", args=[services.revise_plan(pk, by=by).pk, "standard"])

    done = _("已按现行方案拟出新一版草稿，改好后重新决策。")
    return act_or_back(request, by_page(request), act, back=reverse("plan", args=[pk]), done=done)


def plan_unpaid(request: HttpRequest, pk: int) -> HttpResponse:
    """The members without a contribution that qualifies them."""
    found = selectors.plan(request.user, pk)  # type: ignore[arg-type]
    on = request.working_date  # type: ignore[attr-defined]
    rows = selectors.unpaid_members(found, rulebook=_rules(request, found), on=on)
    page = list_page(request, rows, sorts={"group": ["group_name", "person_id"]}, default="group")
    return render(request, "subsidies/plans/unpaid.html", {"plan": found, "page_obj": page})


def plan_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan for printing and sealing (F01)."""
    found = selectors.plan(request.user, pk)  # type: ignore[arg-type]
    rules = _rules(request, found)
    context = _panel(request, found, rules)
    context |= _lines(found, rules, context)
    # What was printed for a plan in force must not change with the member list.
    facts = replace(context["plan_facts"], estimate_fen=context["whole"].amount_fen)
    context |= {
        "gauge": gauge_of(afford(facts, rules), rules),
        "sources": [(source_name(rules, s.source_type), s) for s in found.sources.all()],
        "scheme": rules.choice("scheme_name"),
        "body": _body_name(found, rules),
        "back_url": reverse("plan", args=[pk]),
    }
    return render(request, "subsidies/plans/print.html", context)


def plan_decision_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The record of the decision for printing (F02); empty lines where nothing is recorded yet."""
    found = selectors.plan(request.user, pk)  # type: ignore[arg-type]
    rules = _rules(request, found)
    context = {
        "plan": found,
        "decision": getattr(found, "decision", None),
        "body": _body_name(found, rules),
        "scheme": rules.choice("scheme_name"),
        "back_url": reverse("plan", args=[pk]),
    }
    return render(request, "subsidies/plans/decision_print.html", context)


def _body_name(found: Plan, rules: Rulebook) -> str:
    record = getattr(found, "decision", None)
    if record is None:
        return ""
    on_the_day = rulebook(found.village_code, on=record.met_on)
    view = on_the_day.get("decision_body", record.body) or rules.get("decision_body", record.body)
    return str(view.value) if view else record.body


@require_POST
def plan_paper_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a scanned paper to a plan."""
    found = selectors.plan(request.user, pk)  # type: ignore[arg-type]
    form = PaperForm(request.POST, request.FILES)
    back = reverse("plan", args=[pk]) + "#papers"
    if not form.is_valid():
        messages.error(request, "；".join(s for sentences in form.errors.values() for s in sentences))
        return redirect(back)
    data = form.cleaned_data

    def act(by: By) -> str:
        content = data["file"].read(UPLOAD_BYTES + 1)
        paper = Paper(data["kind"], data["file"].name, content, seals=data["seals"])
        attachment_services.attach_paper(found, by=by, paper=paper)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("材料已上传。"))


def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Download a scanned paper."""
    return download_of(attachment_selectors.attachment(request.user, pk).file)  # type: ignore[arg-type]


@require_POST
def paper_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a scanned paper away."""
    found = attachment_selectors.attachment(request.user, pk)  # type: ignore[arg-type]
    parent = attachment_services.parent_of(found)
    back = reverse(str(parent._meta.model_name), args=[parent.pk])

    def act(by: By) -> str:
        attachment_services.remove_attachment(pk, by=by)
        return back

    return act_or_back(request, by_page(request), act, back=back, done=_("材料已删除。"))
