"""Change a list in hand: persons added, lines removed, amounts set, lines cut to what the cap leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, F, Value
from django.utils.translation import gettext as _

from core.counts import NUMBERED_ROWS
from core.errors import InvalidInput, NotInArea, RuleViolation
from core.workflow import By, Effect, run_step
from policies.enums import Act
from policies.selectors import cite_ground, codes_that_stop, rulebook
from subsidies.enums import LineState, Verdict
from subsidies.models import Application, Plan
from subsidies.rules.eligibility import Terms
from subsidies.services.applications.judging import follow_plan, refuse_blocked, rejudge
from subsidies.services.applications.lines import insert_lines, line_sums, renumber, with_amounts
from subsidies.workflow import applications as steps
from villages.models import Membership


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
        renumber(application)
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


def _require_positive(amount_fen: int) -> None:
    if amount_fen <= 0:
        message = _("补助金额须大于0元。")
        raise InvalidInput(message, code="E-AMOUNT", fields={"amount_fen": [message]})


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
    insert_lines(application, members, amount=Value(1, output_field=BigIntegerField()))
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
            message % {"rows": "、".join(map(str, rows[:NUMBERED_ROWS]))},
            code="E-NOT-MEMBER",
            clause=clause,
            rows=[{"row": place} for place in rows],
        )


def _open_amounts(application: Application, plan: Plan, persons: set[int], by: By) -> dict[int, int]:
    terms = Terms(rulebook(application.village_code, on=by.on), plan, application, by.on)
    members = Membership.objects.filter(
        organisation=application.organisation_id, left_on__isnull=True, person__in=persons
    )
    return dict(with_amounts(members, terms).values_list("person_id", "amount_fen"))


def _amount_of(row: NewLine, open_fen: int, *, clause: str) -> int:
    if row.amount_fen is None and open_fen <= 0:
        raise RuleViolation(
            _("按方案没有可以补助的金额：没有查到缴费，或标准已经全部补助。请先核对。"),
            code="E-AMOUNT",
            clause=clause,
        )
    return open_fen if row.amount_fen is None else row.amount_fen


def _judge_touched(application: Application, plan: Plan, touched: set[int], by: By) -> None:
    lines = application.lines.filter(pk__in=touched)
    rejudge(application, plan, by.on, lines)
    refuse_blocked(lines, codes_that_stop(Act.CHANGE))
    lines.update(verdict=Verdict.NONE, verdict_code="", verdict_note="", decided_by=None)
