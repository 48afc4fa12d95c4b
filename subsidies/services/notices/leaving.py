"""Lines that leave a notice before they are paid: withdrawn (the rest gets a new notice), given up, or lapsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import InvalidInput, NotInArea, RuleViolation, TransitionNotAllowed
from core.lengths import REMARK_TEXT
from core.workflow import By, Effect, Step, move_rows, require_role, require_text, run_step
from policies.selectors import rulebook
from subsidies.enums import LineState, NoticeState, Settlement
from subsidies.models import Line, NoticeLine, PaymentNotice
from subsidies.services.notices.issuing import make_notice
from subsidies.services.notices.remittance import close_shortages
from subsidies.services.notices.standing import locked_batch, open_lines, state_of
from subsidies.services.pools import release_line_caps
from subsidies.services.progress import advance_application
from subsidies.services.statuses import keep_reason_of_leaving
from subsidies.workflow import notices as steps


def withdraw_and_replace(
    line_ids: Sequence[int], *, by: By, reason: str, event_on: date
) -> list[PaymentNotice]:
    """Withdraw unpaid lines after their notice was issued; each notice is replaced by one over the unpaid rest.

    Releases the caps; paid lines stay; both notices name the other; without a rest the notice is void. `reason` is
    a withdrawal reason of the rulebook (DEATH, …). Returns the new notices. Raises TransitionNotAllowed with `rows`
    for lines that are already paid. Source: A-13, A-66, CS-28.
    """

    def prepare(notice: PaymentNotice, lines: QuerySet[Line]) -> None:
        keep_reason_of_leaving(lines, by=by, reason=reason, event_on=event_on)

    def judge(notice: PaymentNotice) -> None:
        require_withdrawal_reason(notice, reason, event_on, on=by.on)

    fields = {"left_reason": reason, "left_event_on": event_on, "left_on": by.on}
    return _leave_notices(
        Leaving(steps.REPLACE, LineState.WITHDRAWN, fields, judge, prepare), line_ids, by=by
    )


def cancel_and_replace(line_ids: Sequence[int], *, by: By, fields: Mapping[str, Any]) -> list[PaymentNotice]:
    """Cancel unpaid lines because the programme is suspended; as `withdraw_and_replace` otherwise. Source: NX-18."""
    return _leave_notices(Leaving(steps.CANCEL, LineState.CANCELLED, fields), line_ids, by=by)


@dataclass(frozen=True, slots=True)
class Leaving:
    """How lines leave their notice: by which act, into which state, with which fields.

    `judge` may refuse before they are looked up, `prepare` sees them before they go.
    """

    step: Step
    target: LineState
    fields: Mapping[str, Any]
    judge: Callable[[PaymentNotice], None] = lambda notice: None
    prepare: Callable[[PaymentNotice, QuerySet[Line]], None] = lambda notice, lines: None

    @property
    def void_reason(self) -> str:
        """Why a notice is void on which nobody is left."""
        if self.target == LineState.CANCELLED:
            return _("集体补助暂停，未缴款的人已全部取消")
        return _("未缴款的人已全部撤回")


def _leave_notices(leaving: Leaving, line_ids: Sequence[int], *, by: By) -> list[PaymentNotice]:
    require_role(by.actor, leaving.step.roles, leaving.step.label)
    made = []
    inner = by
    with transaction.atomic():
        for notice_id, lines in _by_notice(line_ids).items():
            locked_batch(notice_id)
            new = _replace(leaving, notice_id, lines, by=inner)
            made += [new] if new else []
            inner = by.within()
    return made


def _by_notice(line_ids: Sequence[int]) -> dict[int, list[int]]:
    rows = NoticeLine.objects.filter(line_id__in=line_ids, notice__state__in=steps.LIVE)
    grouped: dict[int, list[int]] = {}
    for notice, line in rows.order_by("notice_id", "line_id").values_list("notice_id", "line_id"):
        grouped.setdefault(notice, []).append(line)
    found = {line for lines in grouped.values() for line in lines}
    if not line_ids or found != set(line_ids):
        missing = sorted(set(line_ids) - found)
        raise TransitionNotAllowed(_("其中有人不在待缴款的通知书上，不能撤回。"), rows=missing)
    return grouped


def _replace(leaving: Leaving, notice_id: int, line_ids: list[int], *, by: By) -> PaymentNotice | None:
    old = PaymentNotice.objects.select_related("application")

    def effect(notice: PaymentNotice) -> Effect:
        leaving.judge(notice)
        lines = _leaving_lines(notice, line_ids)
        leaving.prepare(notice, lines)
        settlement = Settlement.WITHDRAW
        done = _leave(notice, lines, leaving.target, by=by, settlement=settlement, **leaving.fields)
        has_rest = open_lines(notice).filter(open_fen__gt=0).exists()
        notice.void_reason = _("换开") if has_rest else leaving.void_reason
        return Effect(
            changed=("void_reason",),
            target=NoticeState.REPLACED if has_rest else state_of(notice),
            reason_code=leaving.fields["left_reason"],
            **done,
        )

    notice = run_step(leaving.step, old, notice_id, by=by, effect=effect)
    new = None
    if notice.state == NoticeState.REPLACED:
        new = _issue_rest(notice, by=by.within())
    advance_application(notice.application_id, by=by)
    return new


def require_withdrawal_reason(notice: PaymentNotice, reason: str, event_on: date, *, on: date) -> None:
    """Raise InvalidInput for a reason that the rulebook lacks or a date after the act's."""
    allowed = rulebook(notice.village_code, on=on).table("withdrawal_reason")
    if reason not in allowed:
        names = "、".join(value.text for value in allowed.values())
        message = _("撤回的事由须是：%(names)s。") % {"names": names}
        raise InvalidInput(message, fields={"reason": [message]})
    if event_on > on:
        message = _("事由发生日期不能晚于业务日期%(on)s。") % {"on": day_text(on)}
        raise InvalidInput(message, fields={"event_on": [message]})


def _issue_rest(old: PaymentNotice, *, by: By) -> PaymentNotice:
    """The new notice over what is still open on the old one, line by line less what came in for it."""
    rest = open_lines(old).filter(open_fen__gt=0)
    part = Subquery(rest.filter(line=OuterRef("pk")).values("open_fen")[:1], output_field=BigIntegerField())
    lines = Line.objects.filter(pk__in=rest.values("line_id")).annotate(to_pay=part)
    new = make_notice(steps.ISSUE_REST, old.application, lines, by=by, replaces=old)
    reason = _("余款转入%(number)s") % {"number": new.number}
    close_shortages(old, Q(), by=by, reason=reason, settlement=Settlement.ASK)
    return new


def give_up_lines(line_ids: Sequence[int], *, by: By, reason: str) -> int:
    """The village gives up unpaid lines after the deadline, with a reason; returns how many. Source: A-67."""
    return _give_up(steps.GIVE_UP, line_ids, by=by, reason=reason)


def lapse_lines(line_ids: Sequence[int], *, by: By, reason: str) -> int:
    """The agency lets unpaid lines lapse after the deadline; returns how many. Source: A-67."""
    return _give_up(steps.LAPSE, line_ids, by=by, reason=reason)


def _give_up(step: Step, line_ids: Sequence[int], *, by: By, reason: str) -> int:
    text = require_text(reason, _("请写明放弃缴款的原因。"))
    require_role(by.actor, step.roles, step.label)
    inner, count = by, 0
    with transaction.atomic():
        for notice_id, lines in _by_notice(line_ids).items():
            locked_batch(notice_id)
            count += _give_up_on(step, notice_id, lines, by=inner, reason=text)
            inner = by.within()
    return count


def _give_up_on(step: Step, notice_id: int, line_ids: list[int], *, by: By, reason: str) -> int:
    def effect(notice: PaymentNotice) -> Effect:
        require_after_deadline(notice, on=by.on)
        done = let_go(notice, line_ids, by=by, reason=reason)
        return Effect(target=state_of(notice), note=reason, **done)

    notices = PaymentNotice.objects.select_related("application")
    notice = run_step(step, notices, notice_id, by=by, effect=effect)
    advance_application(notice.application_id, by=by)
    return len(line_ids)


def require_after_deadline(notice: PaymentNotice, *, on: date) -> None:
    """Raise RuleViolation before the notice's deadline, TransitionNotAllowed where the rulebook lets nobody give up."""
    allowed = rulebook(notice.village_code, on=on).get("give_up_after_deadline")
    clause = allowed.clause.reference if allowed else ""
    if allowed is None or allowed.value is not True:
        raise TransitionNotAllowed(_("政策文件没有规定可以放弃缴款，请撤回人员。"), clause=clause)
    if on <= notice.due_on:
        raise RuleViolation(
            _("通知书%(number)s的缴款期限是%(due)s，过了期限才能放弃缴款；在这以前请撤回人员。")
            % {"number": notice.number, "due": day_text(notice.due_on)},
            code="E-NOT-DUE",
            clause=clause,
            due_on=notice.due_on.isoformat(),
        )


def let_go(notice: PaymentNotice, line_ids: Iterable[int], *, by: By, reason: str) -> dict[str, Any]:
    """Give up lines of a locked notice: state, cap, shortages; returns rows_count and amount_fen of the event."""
    lines = _leaving_lines(notice, list(line_ids))
    fields = {"left_reason": "GIVEN_UP", "left_note": reason[:REMARK_TEXT], "left_on": by.on}
    return _leave(notice, lines, LineState.GIVEN_UP, by=by, settlement=Settlement.GIVE_UP, **fields)


def _leaving_lines(notice: PaymentNotice, line_ids: list[int]) -> QuerySet[Line]:
    """The lines as a set; raises TransitionNotAllowed with the rows that are paid, in part or in whole."""
    unpaid = open_lines(notice).filter(line_id__in=line_ids, received_fen=0)
    fit = set(unpaid.values_list("line_id", flat=True))
    if not line_ids:
        raise NotInArea
    if fit != set(line_ids):
        raise TransitionNotAllowed(
            _("其中有人已经缴款，不能撤回或放弃：已到账的请办退费，只到一部分的先在对账里处理。"),
            rows=sorted(set(line_ids) - fit),
        )
    return Line.objects.filter(pk__in=line_ids)


def _leave(
    notice: PaymentNotice,
    lines: QuerySet[Line],
    target: LineState,
    *,
    by: By,
    settlement: Settlement,
    **fields: object,
) -> dict[str, Any]:
    line_ids = list(lines.values_list("pk", flat=True))
    amount_fen = lines.aggregate(total=Sum(F("amount_fen")))["total"]
    release_line_caps(lines, year=notice.application.year)
    move_rows(lines, [LineState.ELIGIBLE], target, **fields)
    reason = _("已放弃缴款") if target == LineState.GIVEN_UP else str(target.label)
    close_shortages(notice, Q(line_id__in=line_ids), by=by, reason=reason, settlement=settlement)
    return {"rows_count": len(line_ids), "amount_fen": amount_fen}
