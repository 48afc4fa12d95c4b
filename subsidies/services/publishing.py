"""Making the result public (实施结果公开), the sixth part of 四议两公开, which lets batches close. Source: NX-15."""

from __future__ import annotations

from datetime import date

from django.db.models import Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import BusinessDateRefused, RuleViolation, TransitionNotAllowed
from core.lengths import REASON_TEXT
from core.workflow import By, Effect, run_step
from policies.selectors import rulebook
from subsidies.enums import ApplicationState, LineState
from subsidies.models import Application, DecisionRecord, Plan
from subsidies.rules.judged import Judged
from subsidies.rules.publishing import judge_closing
from subsidies.selectors.filings import goes_by_decision
from subsidies.workflow import informing as steps

POSTED = (LineState.POSTED, LineState.REFUNDED)


def closing_finding(application: Application, *, on: date) -> Judged | None:
    """What still keeps a batch from closing when everybody is told; None where nothing does (NX-15).

    A donor's plan that goes by its agreement was decided by nobody: there is no decision whose result is due.
    """
    rules = rulebook(application.village_code, on=on)
    if not goes_by_decision(application.plan, rules):
        return None
    posted = application.lines.filter(state__in=POSTED).aggregate(last=Max("posted_on"))["last"]
    record = DecisionRecord.objects.filter(plan=application.plan_id).first()
    return judge_closing(record.result_published_on if record else None, posted, rulebook=rules)


def publish_result(plan_id: int, *, by: By, published_on: date, reason: str = "") -> Plan:
    """Record the day on which the result was made public; batches that waited for it alone close.

    Recorded anew once what was posted after the day that stands is public too, whatever was posted since; any other
    day is a correction and needs a reason, which the event keeps.

    Raises TransitionNotAllowed before anything is posted or without a decision, BusinessDateRefused for a day before
    the first posting or after the act's own, RuleViolation E-PUBLISHED for a second record without a reason, or one
    that would leave a batch closed before its result was public.
    """

    def effect(plan: Plan) -> Effect:
        record = DecisionRecord.objects.filter(plan=plan).first()
        batches = Application.objects.filter(plan=plan)
        posted = batches.filter(lines__state__in=POSTED)
        covered = Q(lines__posted_on__lte=published_on)
        days = posted.aggregate(
            first=Min("lines__posted_on"), last_covered=Max("lines__posted_on", filter=covered)
        )
        if record is None or days["first"] is None:
            raise TransitionNotAllowed(_("还没有记账，没有实施结果可以公开。"), found=plan.state)
        _require_day(published_on, first=days["first"], by=by)
        former = record.result_published_on
        if former is not None and former >= days["last_covered"]:
            _require_correction(former, published_on, reason=reason, closed=posted)
        record.result_published_on = published_on
        record.save(update_fields=["result_published_on"])
        closed = [_close(batch, by) for batch in batches.filter(state=ApplicationState.INFORMED)]
        figures = {
            "published_on": published_on.isoformat(),
            "former": former.isoformat() if former else "",
            "closed": [pk for pk in closed if pk],
        }
        return Effect(figures=figures, note=reason.strip()[:REASON_TEXT])

    return run_step(steps.PUBLISH_RESULT, Plan.objects.all(), plan_id, by=by, effect=effect)


def _require_day(published_on: date, *, first: date, by: By) -> None:
    if published_on < first:
        message = _("%(day)s还没有记账，%(first)s才第一次记账；实施结果在记账以后公开。")
        raise BusinessDateRefused(message % {"day": day_text(published_on), "first": day_text(first)})
    if published_on > by.on:
        message = _("公开日期%(day)s在业务日期%(on)s以后，请在公开以后再登记。")
        raise BusinessDateRefused(message % {"day": day_text(published_on), "on": day_text(by.on)})


def _require_correction(
    former: date, published_on: date, *, reason: str, closed: QuerySet[Application]
) -> None:
    if not reason.strip():
        raise RuleViolation(
            _(
                "实施结果公开已经登记为%(day)s，到%(new)s为止的记账那次都已公开。日期登记错了的，写明更正的理由。"
            )
            % {"day": day_text(former), "new": day_text(published_on)},
            code="E-PUBLISHED",
            published_on=former.isoformat(),
        )
    uncovered = closed.filter(state=ApplicationState.CLOSED, lines__posted_on__gt=published_on).order_by(
        "batch_no"
    )
    batch = uncovered.filter(lines__posted_on__lte=former).first()
    if batch is not None:
        raise RuleViolation(
            _("第%(n)d批是按%(day)s公开办结的，%(new)s还没有记账，公开日期不能更正到它以前。")
            % {"n": batch.batch_no, "day": day_text(former), "new": day_text(published_on)},
            code="E-PUBLISHED",
            published_on=former.isoformat(),
        )


def _close(batch: Application, by: By) -> int | None:
    told = not batch.lines.filter(state=LineState.POSTED, informed_on__isnull=True).exists()
    if not told or closing_finding(batch, on=by.on):
        return None
    run_step(
        steps.CLOSE_BATCH, Application.objects.all(), batch.pk, by=by.within(), effect=lambda row: Effect()
    )
    return batch.pk
