"""The record of a plan's democratic decision: what is possible, and what the rules of that day say of it."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import InvalidInput, RuleViolation
from core.workflow import By
from policies.selectors import rulebook
from subsidies.models import DecisionRecord, Plan
from subsidies.rules.judged import Judged
from subsidies.rules.plans import DecisionFacts, judge_decision
from subsidies.services.plans.judging import rulebook_of


def require_possible(record: DecisionFacts, by: By) -> None:
    """Raise InvalidInput for counts that exceed one another and for dates out of order."""
    faults: dict[str, list[str]] = {}
    if record.attended_count > record.called_count:
        faults["attended_count"] = [_("实到人数不能多于应到人数%(n)d人") % {"n": record.called_count}]
    if record.agreed_count + record.against_count + record.abstained_count > record.attended_count:
        faults["agreed_count"] = [
            _("同意、反对、弃权合计不能多于实到人数%(n)d人") % {"n": record.attended_count}
        ]
    if record.met_on > by.on:
        faults["met_on"] = [
            _("会议日期%(met)s在业务日期%(on)s以后") % {"met": day_text(record.met_on), "on": day_text(by.on)}
        ]
    if record.result_published_on and record.result_published_on > by.on:
        faults["result_published_on"] = [_("实施结果在记账以后公开，公开以后再登记")]
    faults |= _faults_of_order(record)
    if faults:
        raise InvalidInput("；".join(line for lines in faults.values() for line in lines), fields=faults)


def _faults_of_order(record: DecisionFacts) -> dict[str, list[str]]:
    steps = ("proposed_on", "discussed_on", "reviewed_on", "met_on", "published_from", "result_published_on")
    known = [(name, getattr(record, name)) for name in steps if getattr(record, name)]
    known_before = [(n, getattr(record, n)) for n in ("notified_on", "posted_on") if getattr(record, n)]
    labels = {field.name: field.verbose_name for field in DecisionRecord._meta.fields}
    faults = {}
    for (_name, earlier), (name, later) in pairwise(known):
        if later < earlier:
            faults[name] = [
                _("%(label)s%(day)s早于前一环节%(before)s") % _order(labels[name], later, earlier)
            ]
    for name, given_on in known_before:
        if given_on > record.met_on:
            faults[name] = [
                _("%(label)s%(day)s晚于会议日期%(before)s") % _order(labels[name], given_on, record.met_on)
            ]
    if record.published_from and record.published_to and record.published_to < record.published_from:
        faults["published_to"] = [_("决议公开的止日早于起日")]
    return faults


def _order(label: Any, day: Any, before: Any) -> dict[str, Any]:
    return {"label": label, "day": day_text(day), "before": day_text(before)}


def judge_record(plan: Plan, record: DecisionFacts, by: By) -> list[Judged]:
    """What the rules in force on the day of the meeting say of a decision on this plan."""
    on_the_day = rulebook(plan.village_code, on=record.met_on)
    if not on_the_day.table("decision_procedure"):
        # A meeting before any rule: judged by today's, which says so (W-EARLY).
        on_the_day = rulebook_of(plan, by)
    before = DecisionRecord.objects.filter(plan=plan.previous_id).first() if plan.previous_id else None
    return judge_decision(record, rulebook=on_the_day, changed_on=before.met_on if before else None)


def recorded(plan: Plan) -> DecisionFacts:
    """The decision record of a plan as rules read it; raises RuleViolation (E-DECISION) without one."""
    record = DecisionRecord.objects.filter(plan=plan).first()
    if record is None:
        raise RuleViolation(_("还没有登记民主决策记录。"), code="E-DECISION")
    return DecisionFacts(**{field.name: getattr(record, field.name) for field in fields(DecisionFacts)})
