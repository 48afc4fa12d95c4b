"""The village's side of an application: draw up, change, pre-check, submit, withdraw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Count, Expression, F, Max, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import require_role
from core.database import insert_select
from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.sizes import REMARK_TEXT, SOME_ROWS
from core.workflow import By, Effect, move_rows, record_event, require_text, run_creation, run_step
from ledger.enums import Source
from policies.enums import Act
from policies.selectors import Rulebook, cite_ground, codes_that_stop, reasons, rulebook
from subsidies.enums import ApplicationState, LineState, PlanState, Severity, Verdict
from subsidies.models import Application, Finding, Line, Plan
from subsidies.rules.candidates import candidates
from subsidies.rules.closing import year_is_closed
from subsidies.rules.eligibility import ASK, PASS, Terms, granted_expression, judge
from subsidies.rules.standards import amount_expression
from subsidies.rules.wording import blocking_sentence, cite_key, short_word
from subsidies.services.attachments import require_application_papers
from subsidies.services.filings import require_filed
from subsidies.services.notices import withdraw_and_replace
from subsidies.services.numbers import paper_number
from subsidies.services.pausing import require_goes_on
from subsidies.services.pools import require_room
from subsidies.services.statuses import keep_reason_of_leaving
from subsidies.workflow import applications as steps
from villages.models import Membership

GONE_LINES = (LineState.WITHDRAWN, LineState.GIVEN_UP, LineState.CANCELLED)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A person to be added to the list; without an amount he gets what the plan gives him.

    `cut`: where that is more than the year's cap leaves, he gets what it leaves (JN-10).
    """

    person_id: int
    amount_fen: int | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class LineChanges:
    """Changes of a list in hand: persons added, lines removed, amounts by line, lines cut to what the cap leaves."""

    add: Sequence[NewLine] = ()
    remove: Sequence[int] = ()
    amounts: Mapping[int, int] | None = None
    cut: Sequence[int] = ()

    @property
    def count(self) -> int:
        return len(self.add) + len(self.remove) + len(self.amounts or {}) + len(self.cut)


def draw_up_application(plan_id: int, *, by: By) -> Application:
    """Draw up the list of a plan in force: every member who qualifies, with what the plan still gives him.

    Who does not qualify is left out; the event counts them by reason. Raises RuleViolation (E-PLAN, E-EMPTY,
    E-YEAR-CLOSED, E-FILING, E-SUSPENDED). Source: CS-11, CS-27, NX-17, NX-18, A-59.
    """
    plan = Plan.objects.select_related("organisation", "pool").filter(pk=plan_id).first()
    if plan is None:
        raise NotInArea

    def create() -> tuple[Application, Effect]:
        # The plan's row is held so that two clicks cannot take the same batch number.
        Plan.objects.select_for_update().get(pk=plan.pk)
        _require_ready(plan, by)
        _require_open_year(plan, by)
        application = _new_application(plan, by)
        left_out = _fill(application, plan, by)
        _renumber(application)
        sums = line_sums(application)
        if not sums["rows_count"]:
            raise RuleViolation(
                _("按方案没有可以列入的成员：%(reasons)s。请先核对成员名单和缴费记录。")
                % {"reasons": _left_out_words(left_out)},
                code="E-EMPTY",
                clause=cite_ground(plan, "beneficiaries", on=by.on),
                left_out=left_out,
            )
        return application, Effect(figures={"left_out": left_out}, **sums)

    return run_creation(steps.DRAW_UP, plan, by=by, create=create, not_before=plan.in_force_on)


def require_plan_in_force(plan: Plan) -> None:
    """Raise RuleViolation (E-PLAN) unless the plan is in force."""
    if plan.state != PlanState.IN_FORCE:
        raise RuleViolation(
            _("这个方案现在是“%(state)s”，不能据以申请。请用已生效的方案。")
            % {"state": plan.get_state_display()},
            code="E-PLAN",
        )


def _require_ready(plan: Plan, by: By) -> None:
    """The programme goes on, every office filed the plan, and it is in force: what is named is what is missing."""
    require_goes_on(plan, year=plan.year, on=by.on)
    if plan.state != PlanState.DRAFT:
        require_filed(plan, on=by.on)
    require_plan_in_force(plan)


def _require_open_year(of_year: Plan | Application, by: By) -> None:
    if _is_rewarded(of_year, by) and year_is_closed(of_year.organisation_id, of_year.year):
        raise RuleViolation(
            _("%(year)d年度的财政奖励已经核定，不再受理这个年度的申请。") % {"year": of_year.year},
            code="E-YEAR-CLOSED",
            clause=cite_ground(of_year, "reward", on=by.on),
        )


def _is_rewarded(of_year: Plan | Application, by: By) -> bool:
    """Whether the batch's money counts in the reward that closes the year; donors' money commonly does not (A-07)."""
    plan = of_year if isinstance(of_year, Plan) else of_year.plan
    rules = rulebook(of_year.village_code, on=by.on)
    return plan.source != Source.SPONSOR or rules.flag("source_in_reward_base", Source.SPONSOR)


def _new_application(plan: Plan, by: By) -> Application:
    batches = Application.objects.filter(organisation=plan.organisation_id, year=plan.year)
    return Application.objects.create(
        plan=plan,
        organisation=plan.organisation,
        year=plan.year,
        batch_no=(batches.aggregate(last=Max("batch_no"))["last"] or 0) + 1,
        drafted_by=by.actor,
        last_acted_on=by.on,
        **plan.area_codes(),
    )


def _fill(application: Application, plan: Plan, by: By) -> dict[str, int]:
    """Write a line for everybody the plan gives something, judge them, take out the refused; count those left out."""
    rules = rulebook(plan.village_code, on=by.on)
    terms = Terms(rules, plan, application, by.on)
    everybody = Membership.objects.filter(organisation=plan.organisation_id, left_on__isnull=True)
    given = _with_amounts(everybody, terms).filter(amount_fen__gt=0)
    written = _insert_lines(application, given, amount=F("amount_fen"))
    judge(application.lines.all(), application=application, plan=plan, rulebook=rules, on=by.on)
    refused = Finding.objects.filter(line__application=application, severity=Severity.REFUSE)
    left_out = dict(refused.order_by().values_list("code").annotate(n=Count("pk")))
    application.lines.filter(pk__in=refused.order_by().values("line")).delete()
    without = everybody.count() - written
    return left_out | ({"NO-AMOUNT": without} if without else {})


def _with_amounts(memberships: QuerySet[Membership], terms: Terms) -> QuerySet[Membership]:
    """Members with `standard_fen` and what is still open of it (`amount_fen`)."""
    rows = candidates(memberships, plan_year=terms.year, rulebook=terms.rulebook, on=terms.on)
    rows = rows.annotate(standard_fen=amount_expression(terms.plan))
    return rows.annotate(amount_fen=F("standard_fen") - granted_expression(terms))


def _insert_lines(
    application: Application, memberships: QuerySet[Membership], *, amount: Expression | F
) -> int:
    """INSERT … SELECT one line for each of the members; facts are written by `judge` afterwards."""
    texts = (
        "person_kind", "policy_version", "advice", "verdict", "verdict_code", "verdict_note",
        "left_reason", "left_note", "inform_method",
    )  # fmt: skip
    numbers = ("position", "cap_reserved_fen", "cap_sponsor_fen", "cap_in_progress_fen", "granted_fen")
    plan = application.plan
    columns: dict[str, Any] = {
        "application": Value(application.pk),
        "person": F("person_id"),
        "membership": F("pk"),
        "plan": Value(application.plan_id),
        "organisation": Value(application.organisation_id),
        "year": Value(application.year),
        "source": Value(str(plan.source)),
        "state": Value(LineState.PENDING.value),
        "amount_fen": amount,
        "counts_in_cap": Value(True),
        **{name: Value("") for name in texts},
        **{name: Value(0) for name in numbers},
        **{name: Value(code) for name, code in application.area_codes().items()},
        **({"pool": Value(plan.pool_id)} if plan.pool_id else {}),
    }
    rows = memberships.order_by().values_list(*columns.values())
    return insert_select(Line, list(columns), rows)


def _renumber(application: Application) -> None:
    """Number the list by group and name; one statement that both engines understand."""
    order = "LENGTH(COALESCE(m.group_name, '')), COALESCE(m.group_name, ''), p.pinyin, l.person_id"
    sql = f"""
        UPDATE subsidies_line SET position = r.n FROM (
            SELECT l.id AS line_id, ROW_NUMBER() OVER (ORDER BY {order}) AS n
            FROM subsidies_line l JOIN villages_person p ON p.id = l.person_id
            LEFT JOIN villages_membership m ON m.id = l.membership_id
            WHERE l.application_id = %s
        ) AS r WHERE subsidies_line.id = r.line_id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [application.pk])


def line_sums(application: Application, **filters: Any) -> dict[str, Any]:
    """Count and sum of the lines that stand on the list (withdrawn ones do not)."""
    rows = application.lines.filter(**filters).exclude(state__in=GONE_LINES)
    found = rows.aggregate(rows_count=Count("pk"), amount_fen=Coalesce(Sum("amount_fen"), 0))
    return {"rows_count": found["rows_count"], "amount_fen": found["amount_fen"]}


def _left_out_words(left_out: Mapping[str, int]) -> str:
    words = [_("%(reason)s%(n)d人") % {"reason": short_word(code), "n": n} for code, n in left_out.items()]
    return "、".join(words) or _("成员名单是空的")


# Changes in hand


def change_lines(
    application_id: int, *, by: By, changes: LineChanges, expected_version: int | None = None
) -> Application:
    """Add persons, remove lines or change amounts of a list in hand, within the rules; all of it or nothing.

    Raises RuleViolation (E-AMOUNT, E-CAP, E-NOT-MEMBER, E-DUP-ROW) naming limit and clause, NotInArea for a line
    of another batch. Source: CS-07, CS-09, CS-11.
    """

    def effect(application: Application) -> Effect:
        plan = follow_plan(application)
        touched = _change_amounts(application, changes.amounts or {})
        touched |= _cut_to_headroom(application, plan, changes.cut, by)
        _remove(application, changes.remove)
        touched |= _add(application, plan, changes.add, by)
        if touched:
            _judge_touched(application, plan, touched, by)
        _renumber(application)
        counts = {
            "added": len(changes.add),
            "removed": len(changes.remove),
            "changed": len(changes.amounts or {}) + len(changes.cut),
        }
        return Effect(changed=("plan",), figures=counts, **line_sums(application))

    if not changes.count:
        raise InvalidInput(_("没有要修改的内容。"))
    return run_step(
        steps.CHANGE_LINES,
        Application.objects.all(),
        application_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def _judge_touched(application: Application, plan: Plan, touched: set[int], by: By) -> None:
    lines = application.lines.filter(pk__in=touched)
    rejudge(application, plan, by.on, lines)
    refuse_blocked(lines, codes_that_stop(Act.CHANGE))
    lines.update(verdict=Verdict.NONE, verdict_code="", verdict_note="", decided_by=None)


def follow_plan(application: Application) -> Plan:
    """Put a list in hand under the version in force; where there is none its own version stays."""
    plan = plan_that_counts(application)
    if plan.pk != application.plan_id:
        application.plan = plan
        application.lines.filter(state=LineState.PENDING).update(plan=plan)
    return plan


def plan_that_counts(application: Application) -> Plan:
    """The version whose standard binds: that in force of the same plan, or the batch's own (A-59)."""
    own = application.plan
    in_force = Plan.objects.filter(**own.same_plan(), state=PlanState.IN_FORCE)
    return in_force.first() or own


def _change_amounts(application: Application, amounts: Mapping[int, int]) -> set[int]:
    ids_by_amount: dict[int, list[int]] = {}
    for line_id, amount_fen in amounts.items():
        _require_positive(amount_fen)
        ids_by_amount.setdefault(amount_fen, []).append(line_id)
    changed = 0
    for amount_fen, ids in ids_by_amount.items():
        lines = application.lines.filter(pk__in=ids, state=LineState.PENDING)
        changed += lines.update(amount_fen=amount_fen)
    if changed != len(amounts):
        raise NotInArea(_("有人员不在这批名单中，或已经撤回。"))
    return set(amounts)


def _cut_to_headroom(application: Application, plan: Plan, ids: Sequence[int], by: By) -> set[int]:
    """Cut these lines to what the year's cap leaves for their persons, as asked (JN-10); who fits stays as he is."""
    if not ids:
        return set()
    lines = application.lines.filter(pk__in=ids, state=LineState.PENDING)
    if lines.count() != len(set(ids)):
        raise NotInArea(_("有人员不在这批名单中，或已经撤回。"))
    rejudge(application, plan, by.on, lines)
    over = lines.filter(counts_in_cap=True, amount_fen__gt=F("cap_limit_fen") - F("cap_reserved_fen"))
    used_up = over.filter(cap_limit_fen__lte=F("cap_reserved_fen"))
    if used_up.exists():
        refuse_blocked(used_up, ["E-CAP"])
    over.update(amount_fen=F("cap_limit_fen") - F("cap_reserved_fen"))
    return set(ids)


def _require_positive(amount_fen: int) -> None:
    if amount_fen <= 0:
        message = _("补助金额须大于0元。")
        raise InvalidInput(message, code="E-AMOUNT", fields={"amount_fen": [message]})


def _remove(application: Application, ids: Sequence[int]) -> None:
    lines = application.lines.filter(pk__in=ids, state=LineState.PENDING)
    if lines.count() != len(set(ids)):
        raise NotInArea(_("有人员不在这批名单中，或已经撤回。"))
    lines.delete()


def _add(application: Application, plan: Plan, new: Sequence[NewLine], by: By) -> set[int]:
    if not new:
        return set()
    persons = {row.person_id for row in new}
    _refuse_repeated(application, new, persons)
    standard = _open_amounts(application, plan, persons, by)
    strangers = persons - standard.keys()
    _refuse_strangers(new, strangers, clause=cite_ground(application, "beneficiaries", on=by.on))
    clause = cite_ground(application, "standard", on=by.on)
    amounts = {row.person_id: _amount_of(row, standard[row.person_id], clause=clause) for row in new}
    members = Membership.objects.filter(
        organisation=application.organisation_id, left_on__isnull=True, person__in=persons
    )
    # The amount is set a moment later, a statement for each different amount.
    _insert_lines(application, members, amount=Value(1, output_field=BigIntegerField()))
    ids = dict(application.lines.filter(person__in=persons).values_list("person_id", "pk"))
    touched = _change_amounts(application, {ids[person]: amount for person, amount in amounts.items()})
    return touched | _cut_to_headroom(application, plan, [ids[row.person_id] for row in new if row.cut], by)


def _refuse_repeated(application: Application, new: Sequence[NewLine], persons: set[int]) -> None:
    listed = application.lines.filter(person__in=persons)
    if len(persons) < len(new) or listed.exists():
        raise RuleViolation(
            _("要加的人已经在这批名单中，一批名单里一个人只列一次。"),
            code="E-DUP-ROW",
            rows=list(listed.values_list("pk", flat=True)),
        )


def _refuse_strangers(new: Sequence[NewLine], persons: set[int], *, clause: str) -> None:
    if persons:
        rows = [place for place, row in enumerate(new, start=1) if row.person_id in persons]
        message = _("要加的第%(rows)s个人不是本集体经济组织成员，不能列入名单。请先核对成员名单。")
        raise RuleViolation(
            message % {"rows": "、".join(map(str, rows[:SOME_ROWS]))},
            code="E-NOT-MEMBER",
            clause=clause,
            rows=[{"row": place} for place in rows],
        )


def _amount_of(row: NewLine, open_fen: int, *, clause: str) -> int:
    if row.amount_fen is None and open_fen <= 0:
        raise RuleViolation(
            _("按方案没有可以补助的金额：没有查到缴费，或标准已经全部补助。请先核对。"),
            code="E-AMOUNT",
            clause=clause,
        )
    return open_fen if row.amount_fen is None else row.amount_fen


def _open_amounts(application: Application, plan: Plan, persons: set[int], by: By) -> dict[int, int]:
    terms = Terms(rulebook(application.village_code, on=by.on), plan, application, by.on)
    members = Membership.objects.filter(
        organisation=application.organisation_id, left_on__isnull=True, person__in=persons
    )
    return dict(_with_amounts(members, terms).values_list("person_id", "amount_fen"))


def refuse_blocked(lines: QuerySet[Line], codes: Iterable[str]) -> None:
    """Raise RuleViolation with the first of these findings and all rows it concerns."""
    found = list(
        Finding.objects.filter(line__in=lines, code__in=codes)
        .select_related("line")
        .order_by("line__position")[:REMARK_TEXT]
    )
    if found:
        first = found[0]
        rows = [finding.line_id for finding in found if finding.code == first.code]
        raise RuleViolation(
            blocking_sentence(first, position=first.line.position, count=len(rows)),
            code=first.code,
            clause=cite_key(first.clause),
            rows=rows,
            **first.figures,
        )


# Pre-check and submit


def precheck_application(application_id: int, *, by: By) -> Application:
    """Judge a list in hand by the agency's own rules, so that the village sees what would be refused."""

    def effect(application: Application) -> Effect:
        plan = follow_plan(application)
        rejudge(application, plan, by.on)
        return Effect(changed=("plan",), figures=advice_counts(application), **line_sums(application))

    return run_step(steps.PRECHECK, Application.objects.all(), application_id, by=by, effect=effect)


def rejudge(application: Application, plan: Plan, on: date, lines: QuerySet[Line] | None = None) -> Rulebook:
    """Judge the pending lines (or these of them) anew and return the rulebook used."""
    rules = rulebook(application.village_code, on=on)
    chosen = application.lines.all() if lines is None else lines
    judge(chosen.filter(state=LineState.PENDING), application=application, plan=plan, rulebook=rules, on=on)
    return rules


def advice_counts(application: Application) -> dict[str, int]:
    """How many pending lines may pass, need a look, or should be refused."""
    rows = application.lines.filter(state=LineState.PENDING).order_by().values_list("advice")
    return dict(rows.annotate(n=Count("pk")))


def submit_application(
    application_id: int, *, by: By, declared_true: bool, expected_version: int | None = None
) -> Application:
    """Hand the batch in: papers complete and sealed, declaration made, within the period; number taken once.

    Raises RuleViolation (E-PLAN, E-WINDOW, E-YEAR-CLOSED, E-DOC-MISSING, E-DOC-SEAL, E-AMOUNT, E-NOT-MEMBER) or
    InvalidInput without the declaration. Source: CS-27, A-67, A-73.
    """

    def effect(application: Application) -> Effect:
        rules = rulebook(application.village_code, on=by.on)
        plan = follow_plan(application)
        _require_ready(plan, by)
        _require_open_year(application, by)
        if application.state == ApplicationState.DRAFT:
            _require_window(application, rules, by.on)
        _require_declaration(declared_true, rules)
        require_application_papers(application, rulebook=rules)
        rejudge(application, plan, by.on)
        sums = line_sums(application, state=LineState.PENDING)
        if not sums["rows_count"]:
            raise RuleViolation(_("名单里没有人，不能提交。"), code="E-EMPTY")
        # Whom the rules refuse anyway will cost nothing.
        likely = line_sums(application, state=LineState.PENDING, advice__in=(PASS, ASK))
        require_room(plan, likely["amount_fen"], by=by)
        refuse_blocked(application.lines.filter(state=LineState.PENDING), codes_that_stop(Act.SUBMISSION))
        _forget_outdated_verdicts(application)
        _hand_in(application, rules, by)
        changed = (
            "plan",
            "number",
            "submitted_by",
            "submitted_on",
            "accepted_at",
            "declared_true",
            "policy_version",
        )
        return Effect(changed=changed, figures=advice_counts(application), **sums)

    return run_step(
        steps.SUBMIT,
        Application.objects.select_related("plan"),
        application_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def _require_window(application: Application, rules: Rulebook, on: date) -> None:
    first, last = application_window(rules, application.year)
    if not first <= on <= last:
        raise RuleViolation(
            _("%(year)d年度的申请在%(first)s至%(last)s受理，%(on)s不在受理期内。")
            % {"year": application.year, "first": first, "last": last, "on": on},
            code="E-WINDOW",
            clause=rules.value("application_last_day", year=application.year).clause.cited,
            first=first.isoformat(),
            last=last.isoformat(),
        )


def application_window(rules: Rulebook, year: int) -> tuple[date, date]:
    """First and last day on which applications of a plan year are taken (A-73)."""
    first: Any = rules.plain("application_first_day", year=year)
    last: Any = rules.plain("application_last_day", year=year)
    return date(year, *first), date(year, *last)


def _require_declaration(declared_true: bool, rules: Rulebook) -> None:
    if not declared_true:
        text = rules.value("application_declaration")
        message = _("请先勾选承诺：%(text)s") % {"text": text.value}
        raise InvalidInput(
            message, code="E-DECLARATION", clause=text.clause.reference, fields={"declared_true": [message]}
        )


def _forget_outdated_verdicts(application: Application) -> None:
    """A verdict of before the return does not outlive what now speaks against it."""
    passed = application.lines.filter(verdict=Verdict.PASS, advice="refuse")
    passed.update(verdict=Verdict.NONE, verdict_code="", verdict_note="", decided_by=None)


def _hand_in(application: Application, rules: Rulebook, by: By) -> None:
    application.number = application.number or paper_number(
        "application", application, year=application.year, rulebook=rules
    )
    application.submitted_by, application.submitted_on = by.actor, by.on
    application.accepted_at = application.accepted_at or timezone.now()
    application.declared_true = True
    application.policy_version = rules.version


# Withdrawal


def withdraw_application(application_id: int, *, by: By, reason: str = "") -> Application:
    """Take the whole batch back before it is verified; a draft needs no reason."""

    def effect(application: Application) -> Effect:
        note = reason.strip()
        if application.state != ApplicationState.DRAFT:
            note = require_text(reason, _("请写明撤回整批申请的原因。"))
        sums = line_sums(application, state=LineState.PENDING)
        _leave(
            application.lines.filter(state=LineState.PENDING), by, reason="OTHER", event_on=None, note=note
        )
        return Effect(note=note, reason_code="OTHER", **sums)

    return run_step(steps.WITHDRAW, Application.objects.all(), application_id, by=by, effect=effect)


def lapse_application(application_id: int, *, by: By) -> Application:
    """Let a returned batch lapse whose deadline for corrections has passed. Source: A-67, A-73."""

    def effect(application: Application) -> Effect:
        if application.correct_by is None or by.on <= application.correct_by:
            raise RuleViolation(
                _("补正期限到%(day)s，还没有过，不能终止。") % {"day": application.correct_by},
                code="E-NOT-DUE",
            )
        sums = line_sums(application, state=LineState.PENDING)
        note = _("逾期未补正")
        _leave(
            application.lines.filter(state=LineState.PENDING), by, reason="OTHER", event_on=None, note=note
        )
        return Effect(note=note, reason_code="W-LATE", **sums)

    return run_step(steps.LAPSE, Application.objects.all(), application_id, by=by, effect=effect)


def withdraw_lines(
    application_id: int,
    *,
    by: By,
    line_ids: Sequence[int],
    reason: str,
    event_on: date | None = None,
    note: str = "",
) -> Application:
    """Take persons back before their money is remitted; after the notice it is replaced by a new one.

    `reason` is a withdrawal reason of the rulebook (DEATH, NATIONALITY_LOST, OTHER_PENSION, OTHER). Raises
    InvalidInput without its date or words, TransitionNotAllowed for lines already remitted. Source: CS-28, A-13.
    """

    noticed: list[int] = []

    def effect(application: Application) -> Effect:
        _require_reason(application, by, reason, event_on, note)
        lines = application.lines.filter(pk__in=line_ids)
        _require_leavable(lines, line_ids)
        sums = line_sums(application, pk__in=line_ids)
        noticed.extend(lines.filter(state=LineState.ELIGIBLE).values_list("pk", flat=True))
        keep_reason_of_leaving(lines, by=by, reason=reason, event_on=event_on)
        _leave(lines, by, reason=reason, event_on=event_on, note=note)
        nobody_left = not application.lines.exclude(state=LineState.WITHDRAWN).exists()
        target = ApplicationState.WITHDRAWN if nobody_left else ""
        figures = {"event_on": event_on.isoformat() if event_on else ""}
        return Effect(target=target, reason_code=reason, note=note, figures=figures, **sums)

    with transaction.atomic():
        application = run_step(
            steps.WITHDRAW_LINES, Application.objects.all(), application_id, by=by, effect=effect
        )
        if noticed:
            withdraw_and_replace(noticed, by=by.within(), reason=reason, event_on=event_on or by.on)
            application.lines.filter(pk__in=noticed).update(left_note=note[:REMARK_TEXT])
            application.refresh_from_db()
    return application


def _require_reason(application: Application, by: By, reason: str, event_on: date | None, note: str) -> None:
    known = rulebook(application.village_code, on=by.on).require_table("withdrawal_reason")
    if reason not in known:
        message = _("请选择撤回原因。")
        raise InvalidInput(message, fields={"reason": [message]})
    found = reasons().get(reason)
    if found and found.needs_event_day and event_on is None:
        message = _("请填写事由发生的日期。")
        raise InvalidInput(message, fields={"event_on": [message]})
    if event_on is not None and event_on > by.on:
        message = _("事由发生日期%(event)s晚于业务日期%(on)s。") % {"event": event_on, "on": by.on}
        raise InvalidInput(message, fields={"event_on": [message]})
    if reason == "OTHER":
        require_text(note, _("请写明撤回的具体情形。"), name="note")


def _require_leavable(lines: QuerySet[Line], line_ids: Sequence[int]) -> None:
    states = list(lines.values_list("state", flat=True))
    if not line_ids or len(states) != len(set(line_ids)):
        raise NotInArea(_("有人员不在这批名单中。"))
    gone = [state for state in states if state not in steps.LEAVABLE_LINES]
    if gone:
        raise TransitionNotAllowed(
            _("有%(n)d人已是“%(state)s”，不能撤回；款已划入专户的，请办退费。")
            % {"n": len(gone), "state": LineState(gone[0]).label},
            found=gone[0],
            allowed=sorted(steps.LEAVABLE_LINES),
        )


def _leave(lines: QuerySet[Line], by: By, *, reason: str, event_on: date | None, note: str) -> None:
    move_rows(
        lines,
        [LineState.PENDING],
        LineState.WITHDRAWN,
        left_reason=reason,
        left_event_on=event_on,
        left_note=note[:REMARK_TEXT],
        left_on=by.on,
    )


def record_print(application: Application, *, by: By, form: str, rows_count: int) -> None:
    """Leave an event where a form or list with whole identity numbers went out."""
    require_role(by.actor, steps.PRINT.roles, steps.PRINT.label)
    record_event(steps.PRINT, application, Effect(rows_count=rows_count, figures={"form": form}), by)
