"""The agency's side of an application: decide lines, return the batch, verify it, confirm it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.calendar import add_working_days
from core.counts import REFUSED_ROWS
from core.errors import InvalidInput, NotInArea, RuleViolation
from core.lengths import REASON_TEXT, REMARK_TEXT
from core.workflow import By, Effect, move_rows, require_another_person, require_text, run_step
from ledger.caps import reserve_caps
from policies.selectors import reasons, rulebook
from subsidies.enums import ApplicationState, LineState, Severity, Verdict
from subsidies.models import Application, Finding, Line
from subsidies.rules.eligibility import MUST_BE_WITHDRAWN, cap_limit
from subsidies.services.applications.judging import advice_counts, plan_that_counts, refuse_blocked, rejudge
from subsidies.services.applications.lines import line_sums
from subsidies.services.notices import issue_notice
from subsidies.services.pools import require_room, reserve_money
from subsidies.workflow import verification as steps

CLEAN, ADVISED_AGAINST = "clean", "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict over lines: `pick` "clean" takes every undecided line without doubts, "refused" those advised against.

    Otherwise `line_ids` says which. A refusal carries a reason code; OTHER a note.
    """

    verdict: str
    line_ids: Sequence[int] = ()
    pick: str = ""
    reason_code: str = ""
    note: str = ""


def decide_lines(application_id: int, *, by: By, decisions: Sequence[Decision]) -> Application:
    """Pass, refuse or leave open lines of a batch, in bulk; all of the decisions or none.

    The lines are judged anew first. Raises RuleViolation with the reason and the rows where a rule forbids to pass,
    InvalidInput for a refusal without reason. Source: CS-29.
    """

    def effect(application: Application) -> Effect:
        counts = {Verdict.PASS: 0, Verdict.REFUSE: 0, Verdict.NONE: 0}
        for decision in decisions:
            counts[Verdict(decision.verdict)] += _decide(application, decision, by)
        figures = {
            "passed": counts[Verdict.PASS],
            "refused": counts[Verdict.REFUSE],
            "opened": counts[Verdict.NONE],
        }
        return Effect(rows_count=sum(counts.values()), figures=figures)

    if not decisions:
        raise InvalidInput(_("没有选中人员。"))
    return run_step(steps.DECIDE, Application.objects.all(), application_id, by=by, effect=effect)


def _decide(application: Application, decision: Decision, by: By) -> int:
    lines = _picked(application, decision)
    if decision.verdict == Verdict.PASS and not decision.pick:
        rejudge(application, plan_that_counts(application), by.on, lines)
        _refuse_passing(lines)
    if decision.verdict == Verdict.REFUSE and not decision.pick:
        _require_refusal_reason(decision)
    fields: dict[str, Any] = {
        "verdict": decision.verdict,
        "verdict_code": decision.reason_code if decision.verdict == Verdict.REFUSE else "",
        "verdict_note": decision.note[:REMARK_TEXT],
        "decided_by": by.actor if decision.verdict else None,
    }
    if decision.verdict == Verdict.REFUSE and not decision.reason_code:
        fields["verdict_code"] = _first_refusal()
    return lines.update(**fields)


def _picked(application: Application, decision: Decision) -> QuerySet[Line]:
    pending = application.lines.filter(state=LineState.PENDING)
    if decision.pick == CLEAN:
        return pending.filter(verdict=Verdict.NONE, advice="pass")
    if decision.pick == ADVISED_AGAINST:
        return pending.filter(verdict=Verdict.NONE, advice="refuse")
    if not decision.line_ids:
        message = _("没有选中人员：请给出 lines，或者 pick。")
        raise InvalidInput(message, fields={"lines": [message]})
    chosen = pending.filter(pk__in=decision.line_ids)
    if chosen.count() != len(set(decision.line_ids)):
        raise NotInArea(_("有人员不在这批名单中，或已经撤回。"))
    return chosen


def _first_refusal() -> Subquery:
    found = Finding.objects.filter(line=OuterRef("pk"), severity=Severity.REFUSE)
    return Subquery(found.order_by("pk").values("code")[:1])


def _require_refusal_reason(decision: Decision) -> None:
    if decision.reason_code != "OTHER" and decision.reason_code not in reasons():
        message = _("不予补助须选理由：填原因代码，如E-UNPAID、E-NAME、E-NOT-MEMBER，或OTHER并写明。")
        raise InvalidInput(message, fields={"reason_code": [message]})
    if decision.reason_code == "OTHER":
        require_text(decision.note, _("理由选“其他”时须写明。"), name="note")


def _refuse_passing(lines: QuerySet[Line]) -> None:
    codes = (
        Finding.objects.filter(line__in=lines, severity=Severity.REFUSE)
        .order_by()
        .values_list("code")
        .distinct()
    )
    refuse_blocked(lines, [code for (code,) in codes])


def recheck_application(application_id: int, *, by: By) -> Application:
    """Judge a batch anew by what is known today; a pass that a rule now forbids is opened again."""

    def effect(application: Application) -> Effect:
        rejudge(application, plan_that_counts(application), by.on)
        opened = application.lines.filter(verdict=Verdict.PASS, advice="refuse", state=LineState.PENDING)
        count = opened.update(verdict=Verdict.NONE, verdict_code="", verdict_note="", decided_by=None)
        return Effect(figures={**advice_counts(application), "opened": count}, **line_sums(application))

    return run_step(steps.RECHECK, Application.objects.all(), application_id, by=by, effect=effect)


def return_application(
    application_id: int, *, by: By, reason: str, correct_by: date | None = None
) -> Application:
    """Send the batch back to the village with what to mend and until when (working days of the rulebook)."""

    def effect(application: Application) -> Effect:
        rules = rulebook(application.village_code, on=by.on)
        days = rules.amount("application_correction_days")
        application.returned_reason = require_text(reason, _("请写明要补正什么。"))[:REASON_TEXT]
        application.correct_by = correct_by or add_working_days(by.on, days)
        if application.correct_by < by.on:
            message = _("补正期限不能早于业务日期。")
            raise InvalidInput(message, fields={"correct_by": [message]})
        figures = {"correct_by": application.correct_by.isoformat()}
        return Effect(
            changed=("returned_reason", "correct_by"), note=application.returned_reason, figures=figures
        )

    return run_step(steps.RETURN, Application.objects.all(), application_id, by=by, effect=effect)


def verify_application(application_id: int, *, by: By) -> Application:
    """Close the officer's work on a batch whose lines are all decided, and pass it to the reviewer.

    Payment, status and cap are read anew. Raises RuleViolation (E-UNDECIDED) while a line is open, or with the
    reason where a passed line may not pass any more. Source: CS-12, CS-29.
    """

    def effect(application: Application) -> Effect:
        pending = application.lines.filter(state=LineState.PENDING)
        _require_all_decided(pending)
        rejudge(application, plan_that_counts(application), by.on, pending.filter(verdict=Verdict.PASS))
        _refuse_passing(pending.filter(verdict=Verdict.PASS))
        passed = line_sums(application, verdict=Verdict.PASS, state=LineState.PENDING)
        require_room(plan_that_counts(application), passed["amount_fen"], by=by)
        application.verified_by, application.verified_on = by.actor, by.on
        return Effect(
            changed=("verified_by", "verified_on"),
            figures={"refused": pending.filter(verdict=Verdict.REFUSE).count()},
            **passed,
        )

    return run_step(steps.VERIFY, Application.objects.all(), application_id, by=by, effect=effect)


def _require_all_decided(pending: QuerySet[Line]) -> None:
    undecided = pending.filter(verdict=Verdict.NONE)
    count = undecided.count()
    if count:
        raise RuleViolation(
            _("还有%(n)d人没有结论，定完才能提交复核。") % {"n": count},
            code="E-UNDECIDED",
            rows=list(undecided.values_list("pk", flat=True)[:REFUSED_ROWS]),
        )


def confirm_verification(application_id: int, *, by: By, expected_version: int | None = None) -> Application:
    """Confirm a verified batch as another officer, reserve the caps and issue the payment notice.

    The passed lines are judged once more under the locks of their caps: whoever has become ineligible, or is over
    the cap by now, is refused with the reason. Raises SeparationOfDuties, RuleViolation (E-DEAD, E-NATION,
    E-PENSION) while a person stands on it whom the village must withdraw, or E-POOL where the earmarked money does
    not suffice. Source: CS-09, CS-28, CS-29, CS-30, JN-08, NX-09.
    """

    def effect(application: Application) -> Effect:
        lines = application.lines.filter(state=LineState.PENDING)
        _require_nobody_confirms_himself(lines, by)
        _refuse_changed(application, lines, by)
        _reserve(application, lines, by)
        _settle(lines, Verdict.REFUSE, LineState.INELIGIBLE, by)
        _settle(lines, Verdict.PASS, LineState.ELIGIBLE, by)
        reserve_money(application, plan_that_counts(application), by=by)
        application.confirmed_by, application.confirmed_on = by.actor, by.on
        sums = line_sums(application, state=LineState.ELIGIBLE)
        target = ApplicationState.NOTIFIED if sums["rows_count"] else ApplicationState.CLOSED
        refused = application.lines.filter(state=LineState.INELIGIBLE).count()
        return Effect(
            changed=("confirmed_by", "confirmed_on"), target=target, figures={"refused": refused}, **sums
        )

    with transaction.atomic():
        application = run_step(
            steps.CONFIRM,
            Application.objects.all(),
            application_id,
            by=by,
            effect=effect,
            expected_version=expected_version,
        )
        if application.state == ApplicationState.NOTIFIED:
            issue_notice(application, by=by.within())
    return application


def _settle(lines: QuerySet[Line], verdict: str, state: str, by: By) -> None:
    move_rows(lines.filter(verdict=verdict), [LineState.PENDING], state, confirmed_by=by.actor)


def _require_nobody_confirms_himself(lines: QuerySet[Line], by: By) -> None:
    makers = lines.order_by().values_list("decided_by", flat=True).distinct()
    require_another_person(by.actor, makers)


def _refuse_changed(application: Application, lines: QuerySet[Line], by: By) -> None:
    """Judge the passed lines anew; refuse those that a rule forbids now, stop where the village must withdraw."""
    passed = lines.filter(verdict=Verdict.PASS)
    rejudge(application, plan_that_counts(application), by.on, passed)
    refuse_blocked(passed, MUST_BE_WITHDRAWN)
    _refuse(passed.filter(advice="refuse"))


def _reserve(application: Application, lines: QuerySet[Line], by: By) -> None:
    """Reserve the caps of the passed lines; whoever lost the race for his cap is judged by what is left of it."""
    passed = lines.filter(verdict=Verdict.PASS, counts_in_cap=True)
    limit = cap_limit(rulebook(application.village_code, on=by.on), application.year)
    over = reserve_caps(passed, year=application.year, limit_fen=limit)
    if over:
        lost = passed.filter(person_id__in=over)
        rejudge(application, plan_that_counts(application), by.on, lost)
        _refuse(lost)


def _refuse(lines: QuerySet[Line]) -> None:
    lines.update(verdict=Verdict.REFUSE, verdict_code=_first_refusal(), verdict_note=_("复核时不符合"))


def reject_verification(application_id: int, *, by: By, reason: str) -> Application:
    """Give a verified batch back to the officer, with the reason; the verdicts stay to be changed."""

    def effect(application: Application) -> Effect:
        note = require_text(reason, _("请写明退回经办的理由。"))
        application.verified_by = application.verified_on = None
        return Effect(changed=("verified_by", "verified_on"), note=note)

    return run_step(steps.REJECT, Application.objects.all(), application_id, by=by, effect=effect)
