"""What may be refunded: reason, amount, day of the event, evidence, payee. Each refusal cites its clause (CS-34)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.calendar import day_text
from core.errors import InvalidInput, RuleViolation
from core.money import yuan_text
from policies.selectors import Rulebook, reason_text
from subsidies.enums import Payee

OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What the village asks: reason (a key of the rulebook), the event's day, amount (None: all that is left).

    The payee follows from the reason; name, bank and account are needed where it is the person.
    """

    reason: str
    event_on: date
    amount_fen: int | None = None
    reason_text: str = ""
    payee_name: str = ""
    payee_bank: str = ""
    payee_account: str = ""


@dataclass(frozen=True, slots=True)
class Refundable:
    """The line's figures that a request is judged by: posted, already refunded or asked for, last day of payment."""

    posted_fen: int
    claimed_fen: int
    paid_on: date

    @property
    def rest_fen(self) -> int:
        return self.posted_fen - self.claimed_fen


def reasons(rulebook: Rulebook) -> dict[str, str]:
    """The reasons a refund may have, with their words."""
    return {key: str(view.value) for key, view in rulebook.require_table("refund_reason").items()}


def evidence_of(rulebook: Rulebook, reason: str) -> str:
    """The paper that proves a reason; empty where the rulebook names none."""
    view = rulebook.get("refund_evidence", reason)
    return str(view.value) if view else ""


def payee_of(rulebook: Rulebook, reason: str) -> Payee:
    """Who gets the money back (A-15)."""
    return Payee(rulebook.choice("refund_payee_by_reason", reason))


def clause_of(rulebook: Rulebook, reason: str) -> str:
    """The clause that names the reason."""
    return rulebook.value("refund_reason", reason).clause.cited


def check_request(asked: RefundRequest, line: Refundable, *, rulebook: Rulebook, on: date) -> int:
    """Judge a request and return its amount in fen.

    Raises InvalidInput, RuleViolation E-REFUND-AMOUNT, E-REFUND-EVENT (A-56).
    """
    _check_reason(asked, rulebook, on)
    amount_fen = line.rest_fen if asked.amount_fen is None else asked.amount_fen
    _check_amount(amount_fen, line, clause_of(rulebook, asked.reason))
    _check_event(asked, line, rulebook)
    return amount_fen


def _check_reason(asked: RefundRequest, rulebook: Rulebook, on: date) -> None:
    wrong: dict[str, list[str]] = {}
    if asked.reason not in reasons(rulebook):
        wrong["reason"] = [_("请选择退费原因")]
    if asked.reason == OTHER and not asked.reason_text.strip():
        wrong["reason_text"] = [_("原因选“其他”时，请写明具体情况")]
    if asked.event_on > on:
        wrong["event_on"] = [_("事由发生日期不能晚于业务日期%(on)s") % {"on": day_text(on)}]
    if wrong:
        raise InvalidInput("；".join(text for texts in wrong.values() for text in texts) + "。", fields=wrong)


def _check_amount(amount_fen: int, line: Refundable, clause: str) -> None:
    if amount_fen <= 0 and line.rest_fen > 0:
        message = _("退费金额应大于0元")
        raise InvalidInput(message + "。", fields={"amount": [message]})
    if amount_fen > line.rest_fen or line.rest_fen <= 0:
        sentence = _(
            "退费金额超过可退金额：申请退%(asked)s元，已记账%(posted)s元，已退和正在办的%(claimed)s元，最多可退%(rest)s元。"
        )
        raise RuleViolation(
            sentence
            % {
                "asked": yuan_text(amount_fen),
                "posted": yuan_text(line.posted_fen),
                "claimed": yuan_text(line.claimed_fen),
                "rest": yuan_text(max(line.rest_fen, 0)),
            },
            code="E-REFUND-AMOUNT",
            clause=clause,
            asked_fen=amount_fen,
            rest_fen=max(line.rest_fen, 0),
        )


def _check_event(asked: RefundRequest, line: Refundable, rulebook: Rulebook) -> None:
    view = rulebook.get("refund_event_before_payment", asked.reason)
    if view is None or view.value is not True or asked.event_on <= line.paid_on:
        return
    raise RuleViolation(
        _("%(why)s：事由发生在%(event)s，缴款在%(paid)s。")
        % {
            "why": reason_text("E-REFUND-EVENT").rstrip("。"),
            "event": day_text(asked.event_on),
            "paid": day_text(line.paid_on),
        },
        code="E-REFUND-EVENT",
        clause=view.clause.cited,
        event_on=asked.event_on.isoformat(),
        paid_on=line.paid_on.isoformat(),
    )


def require_evidence(reason: str, *, has_papers: bool, rulebook: Rulebook) -> None:
    """Raise RuleViolation E-DOC-MISSING where the reason asks for a paper and none came."""
    evidence = evidence_of(rulebook, reason)
    if evidence and not has_papers:
        raise RuleViolation(
            reason_text("E-DOC-MISSING", papers=evidence) + _("。请扫描上传后再提交。"),
            code="E-DOC-MISSING",
            clause=rulebook.value("refund_evidence", reason).clause.cited,
            rows=[evidence],
        )
