"""The year's steps side by side: where each batch of a village stands, or how many batches of a district wait."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import Access, Area
from core.look import Chip, Step, chip_of
from core.money import yuan_text
from desk.progress import PLAN_STEP, REFUND_STEP, WAITING_AT
from policies.rules import WorkflowStep, workflow_steps
from policies.selectors import Rulebook, rulebook
from rewards.enums import RewardState
from rewards.models import Reward
from subsidies.enums import UNPAID_LINES, ApplicationState, PlanKind, PlanState, RefundState
from subsidies.models import Application, Plan, Refund
from subsidies.selectors.applications import batch_chip, counts_of, with_counts
from subsidies.workflow.applications import READERS as BATCH_READERS
from subsidies.workflow.plans import PLAN_READERS
from subsidies.workflow.refunds import READERS as REFUND_READERS
from villages.models import CollectiveOrganisation

REWARD_STEP = 8
YEARS_SHOWN = 3
DONE_AT = {ApplicationState.CLOSED: 6}
OPEN_PLANS = (PlanState.DRAFT, PlanState.RESOLVED, PlanState.FILED)


def open_years(area: Area, *, on: date) -> list[int]:
    """The years to show of an area: this one and earlier ones with something open, at most three, newest first.

    In January the year just past comes first, as long as nothing of the new one has begun.
    """
    sources = [
        Plan.objects.within(area).filter(Q(state__in=OPEN_PLANS) | Q(state=PlanState.IN_FORCE, year=on.year)),
        Application.objects.within(area).filter(state__in=WAITING_AT),
        Refund.objects.within(area).exclude(state__in=[RefundState.REVERSED, RefundState.REFUSED]),
        Reward.objects.within(area).filter(~Q(state=RewardState.PAID), cap_fen__gt=0),
        Application.objects.within(area).filter(year=on.year),
    ]
    years = {year for rows in sources for year in rows.order_by().values_list("year", flat=True).distinct()}
    begun = sorted((year for year in years if year <= on.year), reverse=True)
    return begun[:YEARS_SHOWN] if on.year in begun else [*begun[: YEARS_SHOWN - 1], on.year]


def village_columns(organisation: CollectiveOrganisation, *, year: int, on: date) -> list[dict[str, Any]]:
    """Columns of a village's year: its plan, its batches, refunds and reward under the step where they stand."""
    rules = rulebook(organisation.village_code, on=on)
    items: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for plan in (
        organisation.plans.filter(year=year)
        .exclude(state=PlanState.SUPERSEDED)
        .order_by("kind", "-version_no")
    ):
        items[PLAN_STEP].append(_plan_item(plan))
    for batch in _batches(Application.objects.filter(organisation=organisation, year=year)):
        step = WAITING_AT.get(ApplicationState(batch.state)) or DONE_AT.get(ApplicationState(batch.state))
        if step:
            items[step].append(_batch_item(batch))
    for refund in Refund.objects.filter(line__organisation=organisation, year=year).exclude(
        state=RefundState.REFUSED
    ):
        items[REFUND_STEP].append(
            _item(
                _("退费"),
                chip_of(refund.get_state_display()),
                [f"{yuan_text(refund.amount_fen)}元"],
                "refund",
                refund.pk,
            )
        )
    for reward in Reward.objects.filter(organisation=organisation, year=year):
        lines = [f"{yuan_text(reward.approved_fen or reward.determined_fen or reward.cap_fen)}元"]
        items[REWARD_STEP].append(
            _item(
                _("%(y)d年奖励") % {"y": year},
                chip_of(reward.get_state_display()),
                lines,
                "reward",
                reward.pk,
            )
        )
    return _columns(rules, items)


def _plan_item(plan: Plan) -> dict[str, Any]:
    lines = [f"{plan.estimated_count}人", f"{yuan_text(plan.estimated_fen)}元"] if plan.estimated_fen else []
    titles = {PlanKind.REGULAR: _("第%(n)d版方案"), PlanKind.SUPPLEMENTARY: _("补充方案第%(n)d版")}
    title = titles.get(PlanKind(plan.kind), _("社会资助方案第%(n)d版")) % {"n": plan.version_no}
    return _item(title, chip_of(plan.get_state_display()), lines, "plan", plan.pk)


def _batches(rows: Any) -> Any:
    # Who was refused no longer counts: the figures are those of the notice that the village pays.
    standing = ~Q(lines__state__in=UNPAID_LINES)
    rows = with_counts(rows).annotate(
        standing_count=Count("lines", filter=standing), standing_fen=Sum("lines__amount_fen", filter=standing)
    )
    return rows.order_by("batch_no")


def _batch_item(batch: Any) -> dict[str, Any]:
    lines = [f"{batch.standing_count:,}人", f"{yuan_text(batch.standing_fen or 0)}元"]
    chip = batch_chip(batch.state, counts_of(batch))
    item = _item(_("第%(n)d批") % {"n": batch.batch_no}, chip, lines, "application", batch.pk)
    return item | {"is_done": batch.state == ApplicationState.CLOSED}


def _item(title: str, chip: Chip, lines: list[str], url_name: str = "", pk: int = 0) -> dict[str, Any]:
    return {
        "title": title,
        "chip": chip,
        "lines": lines,
        "url": reverse(url_name, args=[pk]) if url_name else "",
    }


def _columns(rules: Rulebook, items: dict[int, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    reached = max((step for step in items if step < REFUND_STEP), default=0)
    return [
        {"step": _step(step, items, reached), "items": items[step.number]} for step in workflow_steps(rules)
    ]


def _step(step: WorkflowStep, items: dict[int, list[dict[str, Any]]], reached: int) -> Step:
    here = items.get(step.number)
    if step.is_optional:
        status, note = ("current" if here else "optional"), _("需要时才办")
    elif here:
        settled = all(item.get("is_done") for item in here)
        status, note = (
            ("done" if settled or (step.number == PLAN_STEP and reached > PLAN_STEP) else "current"),
            "",
        )
    else:
        status, note = (
            ("done" if step.number < reached else "open"),
            (_("年底核定") if step.is_yearly and step.number == REWARD_STEP else "—"),
        )
    return Step(step.number, step.label, note, status)


def county_columns(access: Access, *, year: int, on: date) -> list[dict[str, Any]]:
    """Columns of a district or town: how many batches stand at each step, with persons and money.

    Only what the reader may open is a link: drafts are the village's own business.
    """
    area = access.area
    assert area is not None
    rules = rulebook(area.code, on=on)
    items: dict[int, list[dict[str, Any]]] = defaultdict(list)
    plans = Plan.objects.within(area).filter(year=year, state=PlanState.IN_FORCE).count()
    if plans:
        items[PLAN_STEP].append(
            {
                "title": _("%(n)d个已生效") % {"n": plans},
                "chip": None,
                "lines": [],
                "url": f"{reverse('plans')}?year={year}" if access.may(PLAN_READERS) else "",
            }
        )
    states = Application.objects.within(area).filter(year=year).order_by().values_list("state")
    for state, batches, people, fen in states.annotate(
        n=Count("pk", distinct=True),
        people=Count("lines", filter=~Q(lines__state__in=UNPAID_LINES)),
        fen=Sum("lines__amount_fen", filter=~Q(lines__state__in=UNPAID_LINES)),
    ):
        step = WAITING_AT.get(ApplicationState(state)) or DONE_AT.get(ApplicationState(state))
        if step:
            lines = [_("%(n)d批，%(p)s人") % {"n": batches, "p": f"{people:,}"}, f"{yuan_text(fen or 0)}元"]
            label = ApplicationState(state).label
            may_open = access.may(BATCH_READERS) and state != ApplicationState.DRAFT
            url = f"{reverse('applications')}?show={state}&year={year}" if may_open else ""
            is_done = state == ApplicationState.CLOSED
            items[step].append({"title": label, "chip": None, "lines": lines, "url": url, "is_done": is_done})
    items[REFUND_STEP] += _county_refunds(area, year, may_open=access.may(REFUND_READERS))
    items[REWARD_STEP] += _county_rewards(area, year)
    return _columns(rules, items)


def _county_refunds(area: Area, year: int, *, may_open: bool) -> list[dict[str, Any]]:
    rows = Refund.objects.within(area).filter(year=year).exclude(state=RefundState.REFUSED).order_by()
    return [
        {
            "title": RefundState(state).label,
            "chip": None,
            "lines": [_("%(n)d件") % {"n": n}, f"{yuan_text(fen)}元"],
            "url": f"{reverse('refunds')}?state={state}" if may_open else "",
        }
        for state, n, fen in rows.values_list("state").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    ]


def _county_rewards(area: Area, year: int) -> list[dict[str, Any]]:
    rows = Reward.objects.within(area).filter(year=year, cap_fen__gt=0).order_by()
    amount = Sum(Coalesce("approved_fen", "determined_fen", "cap_fen"))
    return [
        {
            "title": RewardState(state).label,
            "chip": None,
            "lines": [_("%(n)d个村") % {"n": n}, f"{yuan_text(fen)}元"],
            "url": "",
        }
        for state, n, fen in rows.values_list("state").annotate(n=Count("pk"), fen=amount)
    ]
