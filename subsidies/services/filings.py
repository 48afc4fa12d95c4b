"""The acts on filings (备案): the village asks all offices, each office acknowledges or returns its own row.

Source: NX-17, NX-18, A-23, A-69.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import ActorNotPermitted, NotInArea, TransitionNotAllowed
from core.lengths import REASON_TEXT
from core.workflow import By, Effect, require_text, run_step
from policies.selectors import rulebook
from subsidies.enums import FilingState, PlanState, SuspensionState
from subsidies.models import Filing, Plan, Suspension
from subsidies.rules.filings import IN_TURN, PLAN_OFFICES, Standing, missing, to_ask
from subsidies.rules.judged import Judged, judged, require_none_refuses
from subsidies.selectors import filings as selectors
from subsidies.services.numbers import paper_number
from subsidies.workflow import filings as steps


def ask_offices(subject: Plan | Suspension, *, content: str, by: By) -> list[str]:
    """File with every office that has to be asked, side by side; returns which were asked.

    After a return only that office is asked again; an office that filed is asked again where the content changed
    since (each as the rulebook says). Raises TransitionNotAllowed where the rulebook names no office, or nobody is
    left to ask.
    """
    found = selectors.standings_of(subject, on=by.on)
    if not found:
        raise TransitionNotAllowed(_("本地的政策文件没有规定要报谁备案。"))
    rules = rulebook(subject.village_code, on=by.on)
    asked = to_ask(found, content=content, rulebook=rules)
    if not asked:
        names = "、".join(one.name for one in found)
        raise TransitionNotAllowed(_("已经报%(names)s，请等他们办理。") % {"names": names})
    order = rules.get("filing_order")
    in_turn = order is not None and order.value == IN_TURN
    for position, one in enumerate(found, start=1):
        if one in asked:
            received = None if in_turn and one is not found[0] else by.on
            _ask(subject, one, position, content, received, by)
    return [one.office for one in asked]


def _ask(
    subject: Plan | Suspension, one: Standing, position: int, content: str, received: date | None, by: By
) -> None:
    of = {"plan": subject} if isinstance(subject, Plan) else {"suspension": subject}
    asked = {
        "state": FilingState.PENDING,
        "position": position,
        "content": content,
        "received_on": received,
        "answered_on": None,
        "answered_by": None,
        "number": "",
        "reason": "",
        "last_acted_on": by.on,
    }
    Filing.objects.update_or_create(
        **of, office=one.office, defaults=asked, create_defaults=asked | subject.area_codes()
    )


def recall_filings(subject: Plan | Suspension, *, on: date) -> None:
    """Take back from the offices what they have not answered yet; what counts as filed stays so."""
    for one in selectors.standings_of(subject, on=on):
        if one.is_waiting and one.row is not None:
            Filing.objects.filter(pk=one.row.pk).update(state=FilingState.RECALLED, received_on=None)


def acknowledge_filing(filing_id: int, *, by: By, expected_version: int | None = None) -> Filing:
    """The office files what the village handed in, with a number; the last one completes the plan's filing.

    Raises ActorNotPermitted for another office's row, TransitionNotAllowed for one already answered or taken back.
    """

    def effect(row: Filing) -> Effect:
        one = _answerable(row, by)
        row.received_on = one.received_on
        row.answered_on, row.answered_by = by.on, by.actor
        kind, year = ("filing", row.plan.year) if row.plan else ("suspension", by.on.year)
        rules = rulebook(row.village_code, on=by.on)
        row.number = paper_number(kind, row, year=year, rulebook=rules)
        changed = ("received_on", "answered_on", "answered_by", "number")
        return Effect(
            changed=changed, clause=one.view.clause.name, note=one.name, figures={"office": row.office}
        )

    with transaction.atomic():
        subject = _locked_subject(filing_id)
        row = run_step(
            steps.ACKNOWLEDGE,
            _filings(),
            filing_id,
            by=by,
            effect=effect,
            expected_version=expected_version,
        )
        if isinstance(subject, Plan) and not missing(selectors.standings_of(subject, on=by.on)):
            _close(subject, by)
    return row


def _close(plan: Plan, by: By) -> None:
    offices = rulebook(plan.village_code, on=by.on).table(PLAN_OFFICES)
    clause = next(iter(offices.values())).clause.name
    run_step(
        steps.ALL_FILED, Plan.objects.all(), plan.pk, by=by.within(), effect=lambda row: Effect(clause=clause)
    )


def return_filing(filing_id: int, *, by: By, reason: str, expected_version: int | None = None) -> Filing:
    """The office sends back what was filed, with a reason; the village mends it and asks this office again.

    Raises TransitionNotAllowed once its term is over and silence has filed it; otherwise as `acknowledge_filing`.
    """

    def effect(row: Filing) -> Effect:
        one = _answerable(row, by)
        if one.is_silent and one.counts_on:
            words = {"name": one.name, "day": day_text(one.counts_on)}
            view = rulebook(row.village_code, on=row.received_on or by.on).value("filing_silence_days")
            raise TransitionNotAllowed(
                _("%(name)s没有在期限内退回，%(day)s起视同备案，不能再退回。") % words,
                clause=view.clause.cited,
                counts_on=one.counts_on.isoformat(),
            )
        row.reason = require_text(reason, _("请写明退回的原因，村里好改正。"))[:REASON_TEXT]
        row.received_on = one.received_on
        row.answered_on, row.answered_by = by.on, by.actor
        changed = ("reason", "received_on", "answered_on", "answered_by")
        clause = one.view.clause.name
        return Effect(
            changed=changed, clause=clause, note=f"{one.name}：{row.reason}", figures={"office": row.office}
        )

    with transaction.atomic():
        _locked_subject(filing_id)
        return run_step(
            steps.RETURN, _filings(), filing_id, by=by, effect=effect, expected_version=expected_version
        )


def _filings() -> QuerySet[Filing]:
    return Filing.objects.select_related("plan", "suspension")


def _locked_subject(filing_id: int) -> Plan | Suspension | None:
    # The last two offices at once: the second waits, then sees that the first has filed.
    of = Filing.objects.filter(pk=filing_id)
    plan = Plan.objects.select_for_update(of=("self",)).filter(pk__in=of.values("plan")).first()
    if plan is not None:
        return plan
    rows = Suspension.objects.select_for_update(of=("self",))
    return rows.filter(pk__in=of.values("suspension")).first()


def _answerable(row: Filing, by: By) -> Standing:
    """The row's standing; raises unless it is the actor's own office's and its plan or suspension still waits."""
    one = selectors.standing_of(row, on=by.on)
    if one is None:
        raise NotInArea
    if not selectors.may_answer(by.actor, row):
        raise ActorNotPermitted(_("这一件由%(name)s办理，您的岗位不能代办。") % {"name": one.name})
    is_open = (
        row.plan.state == PlanState.RESOLVED
        if row.plan
        else row.suspension is not None and row.suspension.state == SuspensionState.FILING
    )
    if not is_open or one.received_on is None or one.received_on > by.on:
        raise TransitionNotAllowed(_("村里已经收回，或者还没有轮到%(name)s。") % {"name": one.name})
    return one


def require_filed(plan: Plan, *, on: date) -> None:
    """Raise RuleViolation (E-FILING) naming each office that is missing, and since when. Source: NX-17."""
    require_none_refuses(judge_filed(plan, on=on))


def judge_filed(plan: Plan, *, on: date) -> list[Judged]:
    """E-FILING while an office is missing, also for pages that say it beforehand."""
    lacking = selectors.missing_filings(plan, on=on)
    if not lacking:
        return []
    sentence = _("方案尚未完成备案：%(lacking)s") % {"lacking": selectors.sentence_of(lacking)}
    offices = [one.office for one in lacking]
    return [judged("E-FILING", sentence, lacking[0].view, offices=offices)]
