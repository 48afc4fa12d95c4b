"""Recording payments one by one or many at once, judged as the sheet's rows are; taking one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from contributions.enums import ContributionKind
from contributions.imports import CONTRIBUTION_SHEET
from contributions.models import Contribution
from contributions.resting import resting_on
from contributions.workflow import RECORD_CONTRIBUTIONS, REVERSE_CONTRIBUTION
from core.access import require_role
from core.calendar import day_text
from core.enums import ImportRowStatus
from core.errors import InvalidInput, RuleViolation, TransitionNotAllowed
from core.identity import NumberError, read_id_number
from core.imports.kinds import Context, Fault, SheetRow
from core.lengths import REASON_TEXT
from core.workflow import By, Effect, require_text, run_creation, run_step

COLUMNS = frozenset(column.name for column in CONTRIBUTION_SHEET.columns)
TO_WRITE = {ImportRowStatus.NEW, ImportRowStatus.CHANGED}


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """One payment as it is reported; amounts in fen. Without a tier, what was paid is the tier (not of a topup)."""

    name: str
    id_number: str
    year: int
    personal_fen: int
    paid_on: date
    tier_fen: int | None = None
    on_behalf_fen: int = 0
    kind: ContributionKind = ContributionKind.REGULAR
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one payment: new, changed or unchanged; and what a sheet's preview would have noted of it."""

    row: int
    status: str
    contribution: Contribution
    notes: list[Fault]


def record_contributions(payments: Sequence[PaymentInput], *, by: By) -> list[Recorded]:
    """Record payments, all or none; one on file already (person, year, kind, day, voucher) is changed or stays.

    Raises InvalidInput (E-ROWS) for numbers and amounts that cannot stand, RuleViolation (E-ROWS) where the same rules
    as for the sheet stop a row; both name every such row. A constant number of queries whatever the number of rows.
    """
    require_role(by.actor, RECORD_CONTRIBUTIONS.roles, RECORD_CONTRIBUTIONS.label)
    done: list[Recorded] = []
    place, _params = CONTRIBUTION_SHEET.prepare(by, {})

    def create() -> tuple[Contribution, Effect]:
        rows = _sheet_rows(payments)
        context = Context(by, place, {}, COLUMNS)
        CONTRIBUTION_SHEET.judge(rows, context)
        _hold_duplicates(rows)
        _require_sound(rows, RuleViolation)
        writing = [row for row in rows if row.verdict in TO_WRITE]
        amount_fen = CONTRIBUTION_SHEET.apply(writing, context) if writing else 0
        done.extend(_recorded(rows))
        counts = {status: sum(one.status == status for one in done) for status in (*TO_WRITE, "unchanged")}
        return done[0].contribution, Effect(rows_count=len(writing), amount_fen=amount_fen, figures=counts)

    run_creation(RECORD_CONTRIBUTIONS, place, by=by, create=create)
    return done


def _sheet_rows(payments: Sequence[PaymentInput]) -> list[SheetRow]:
    if not payments:
        raise InvalidInput(_("没有要登记的缴费。"), fields={"rows": [_("至少一笔。")]})
    rows = [SheetRow(number, {}, values=asdict(one)) for number, one in enumerate(payments, 1)]
    for row in rows:
        _clean(row)
    _require_sound(rows, InvalidInput)
    return rows


def _clean(row: SheetRow) -> None:
    values = row.values
    try:
        values["id_number"] = read_id_number(values["id_number"]).number
    except NumberError as error:
        row.fault("id_number", error.code, error.message, error.how)
    if not values["name"].strip():
        row.fault("name", "E-EMPTY", _("没有填姓名"))
    if min(values["personal_fen"], values["on_behalf_fen"]) < 0:
        row.fault("personal_fen", "E-AMOUNT", _("金额不能是负数"))
    elif values["personal_fen"] + values["on_behalf_fen"] == 0 or (values["tier_fen"] or 1) < 0:
        row.fault("personal_fen", "E-AMOUNT", _("金额和档次须大于零"))


def _hold_duplicates(rows: Sequence[SheetRow]) -> None:
    first: dict[Any, SheetRow] = {}
    for row in rows:
        other = first.setdefault(CONTRIBUTION_SHEET.duplicate_key(row), row)
        if other is not row:
            row.fault("id_number", "E-DUP", _("与第%(n)d笔重复") % {"n": other.number}, _("只留一笔"))


def _require_sound(rows: Sequence[SheetRow], refusal: type[InvalidInput | RuleViolation]) -> None:
    faults = [
        {
            "row": row.number,
            "field": fault.column,
            "code": fault.code,
            "message": fault.what,
            "how": fault.how,
        }
        for row in rows
        for fault in row.faults
        if fault.is_error
    ]
    if faults:
        stopped = len({fault["row"] for fault in faults})
        message = _("%(n)d笔缴费有问题，一笔也没有登记。第%(row)s笔：%(what)s。") % {
            "n": stopped,
            "row": faults[0]["row"],
            "what": faults[0]["message"],
        }
        raise refusal(message, code="E-ROWS", rows=faults)


def _recorded(rows: Sequence[SheetRow]) -> list[Recorded]:
    ids = [row.target_id for row in rows]
    found = Contribution.objects.select_related("person").in_bulk(ids)
    return [Recorded(row.number, str(row.verdict), found[row.target_id], list(row.faults)) for row in rows]


def reverse_contribution(contribution_id: int, *, by: By, reversed_on: date, reason: str) -> Contribution:
    """Take back a payment that was refunded or recorded by mistake; it stays, marked, and never counts again.

    `reversed_on` is the day of the refund. Lines not yet confirmed are judged again by themselves, posted ones become
    a to-do of the agency. Raises ActorNotPermitted, NotInArea, TransitionNotAllowed (reversed before), InvalidInput
    (day, reason), BusinessDateRefused. Source: A-72.
    """

    def effect(payment: Contribution) -> Effect:
        if payment.reversed_on is not None:
            told = _("这笔缴费已于%(day)s冲销，不用再办。") % {"day": day_text(payment.reversed_on)}
            raise TransitionNotAllowed(told)
        _require_day(payment, reversed_on, by)
        note = require_text(reason, _("请写明冲销的原因。"))[:REASON_TEXT]
        payment.reversed_on = reversed_on
        resting = resting_on([payment.pk]).get(payment.pk, [])
        figures = {
            "person": payment.person_id,
            "reversed_on": reversed_on.isoformat(),
            "resting": len(resting),
        }
        amount_fen = payment.personal_fen + payment.on_behalf_fen
        return Effect(
            changed=("reversed_on",), rows_count=1, amount_fen=amount_fen, note=note, figures=figures
        )

    rows = Contribution.objects.all()
    return run_step(REVERSE_CONTRIBUTION, rows, contribution_id, by=by, effect=effect)


def _require_day(payment: Contribution, day: date, by: By) -> None:
    sentence = ""
    if day < payment.paid_on:
        sentence = _("冲销日期不能早于缴费日期%(day)s。") % {"day": day_text(payment.paid_on)}
    elif day > by.on:
        sentence = _("冲销日期不能晚于业务日期%(day)s。") % {"day": day_text(by.on)}
    if sentence:
        raise InvalidInput(sentence, fields={"reversed_on": [sentence]})
