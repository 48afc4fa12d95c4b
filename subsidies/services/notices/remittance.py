"""The tax office's money: record rows, match them with the notice, book them, list what does not match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext as _

from core.bulk import BATCH_ROWS
from core.calendar import day_text
from core.errors import InvalidInput, PensionError, RuleViolation, TransitionNotAllowed
from core.identity import read_id_number
from core.lengths import NAME_TEXT, VOUCHER_TEXT
from core.money import MAX_FEN, yuan_text
from core.workflow import By, Effect, Step, move_rows, require_role, run_step
from subsidies.enums import DifferenceState, LineState, Match, NoticeState, Settlement, TaxRowOrigin
from subsidies.models import Difference, Line, NoticeLine, PaymentNotice, TaxRow
from subsidies.rules.matching import SHORTAGES, Expected, Judged, Reported, match_rows
from subsidies.services.notices.booking import book_rows
from subsidies.services.notices.identities import Found, digests, persons_of
from subsidies.services.notices.late import REVIVABLE_LINES, keep_within_caps
from subsidies.services.notices.standing import locked_batch, open_lines, refresh_notice, with_received
from subsidies.services.progress import advance_application
from subsidies.workflow import notices as steps


@dataclass(frozen=True, slots=True)
class TaxRowInput:
    """One row of the tax office. `amount_fen` below zero takes money back (D50), from `reverses_voucher`.

    The person is named by the 18-character `id_number`, or by `person_id` where he stands on the notice.
    """

    amount_fen: int
    paid_on: date
    voucher: str
    id_number: str = ""
    person_id: int | None = None
    name: str = ""
    reverses_voucher: str = ""


@dataclass(slots=True)
class Recording:
    """What one recording did: rows and sum recorded, rows known before, rows of each kind."""

    notice: PaymentNotice
    rows_count: int = 0
    amount_fen: int = 0
    known_count: int = 0
    counts: dict[str, int] = field(default_factory=dict)


def record_tax_rows(
    notice_id: int,
    rows: Sequence[TaxRowInput],
    *,
    by: By,
    origin: TaxRowOrigin | str,
    skip_known: bool = False,
) -> Recording:
    """Record what the tax office reports of a notice: all rows or none, a few statements whatever their number.

    Each row is booked village → in transit; matched lines become REMITTED, the rest become differences. With
    `skip_known` (files) a row that already stands with the same voucher, person, amount and date is passed over, so
    that a file read twice changes nothing; otherwise it is listed as a repeat. Raises InvalidInput with `rows`.
    Source: CS-30, CS-31.
    """
    recording = Recording(notice=PaymentNotice())

    def effect(notice: PaymentNotice) -> Effect:
        _require_takes_money(notice)
        found = _read_rows(notice, rows, on=by.on)
        if skip_known:
            found, recording.known_count = _without_known(notice, found)
        return _record(notice, found, by=by, origin=origin, recording=recording)

    return _run(steps.RECORD, notice_id, by=by, effect=effect, recording=recording)


def record_lump_sum(notice_id: int, *, by: By, amount_fen: int, paid_on: date, voucher: str) -> Recording:
    """Record one sum for a notice, split over its open lines, only where it equals what is open on it.

    Raises RuleViolation (E-TAX-AMOUNT) with both figures otherwise. Source: CS-30, D49.
    """
    recording = Recording(notice=PaymentNotice())

    def effect(notice: PaymentNotice) -> Effect:
        _require_whole(notice, amount_fen)
        parts = open_lines(notice).filter(open_fen__gt=0).order_by("line__position")
        rows = [
            TaxRowInput(amount_fen=fen, paid_on=paid_on, voucher=voucher, person_id=person)
            for person, fen in parts.values_list("line__person_id", "open_fen")
        ]
        found = _read_rows(notice, rows, on=by.on)
        return _record(notice, found, by=by, origin=TaxRowOrigin.LUMP, recording=recording)

    return _run(steps.RECORD_LUMP, notice_id, by=by, effect=effect, recording=recording)


def _run(step: Step, notice_id: int, *, by: By, effect: Any, recording: Recording) -> Recording:
    require_role(by.actor, step.roles, step.label)
    with transaction.atomic():
        locked_batch(notice_id)
        notices = PaymentNotice.objects.select_related("application", "replaced_by")
        recording.notice = run_step(step, notices, notice_id, by=by, effect=effect)
        advance_application(recording.notice.application_id, by=by)
    return recording


def _require_takes_money(notice: PaymentNotice) -> None:
    if hasattr(notice, "replaced_by"):
        raise TransitionNotAllowed(
            _("通知书%(old)s已由%(new)s代替，请把缴款登记在新通知书上。")
            % {"old": notice.number, "new": notice.replaced_by.number},
            found=notice.state,
        )


def _require_whole(notice: PaymentNotice, amount_fen: int) -> None:
    open_fen = open_lines(notice).aggregate(total=Sum("open_fen"))["total"] or 0
    if amount_fen != open_fen or not open_fen:
        raise RuleViolation(
            _(
                "登记的总额是%(given)s元，通知书上还没有缴的是%(open)s元，两数不等，不能按人分摊。请核对金额，或逐人登记。"
            )
            % {"given": yuan_text(amount_fen), "open": yuan_text(open_fen)},
            code="E-TAX-AMOUNT",
            amount_fen=amount_fen,
            open_fen=open_fen,
        )


# Reading: each row is judged by itself; all faults are told at once.


def _read_rows(notice: PaymentNotice, rows: Sequence[TaxRowInput], *, on: date) -> list[Found]:
    if not rows:
        raise InvalidInput(_("没有要登记的缴款。"), fields={"rows": [_("至少填一行。")]})
    on_notice = persons_of(notice) if any(row.person_id is not None for row in rows) else {}
    found, faults = [], []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(_read_row(row, on_notice, on=on))
        except PensionError as error:
            faults.append({"row": number, "code": error.code, "message": error.message})
    if faults:
        raise InvalidInput(
            _("有%(n)d行不能登记，一行也没有写入。第%(row)d行：%(message)s")
            % {"n": len(faults), "row": faults[0]["row"], "message": faults[0]["message"]},
            rows=faults,
        )
    return found


def _read_row(row: TaxRowInput, on_notice: dict[int, Found], *, on: date) -> Found:
    voucher = row.voucher.strip()
    if not voucher or len(voucher) > VOUCHER_TEXT:
        raise InvalidInput(_("税票号要填，最多40个字。"), code="E-VOUCHER")
    if not row.amount_fen or abs(row.amount_fen) > MAX_FEN:
        raise InvalidInput(_("金额不能是零，也不能超出范围；退库写负数。"), code="E-AMOUNT")
    if row.paid_on > on:
        raise InvalidInput(
            _("缴款日期%(paid)s在业务日期%(on)s以后，请核对。")
            % {"paid": day_text(row.paid_on), "on": day_text(on)},
            code="E-DATE",
        )
    return _person_of(row, on_notice).with_payment(
        amount_fen=row.amount_fen,
        paid_on=row.paid_on,
        voucher=voucher,
        reverses_voucher=row.reverses_voucher.strip(),
    )


def _person_of(row: TaxRowInput, on_notice: dict[int, Found]) -> Found:
    if row.person_id is not None:
        if row.person_id not in on_notice:
            raise InvalidInput(_("通知书上没有这个人，请写他的身份证号和姓名。"), code="E-TAX-EXTRA")
        return on_notice[row.person_id]
    number = read_id_number(row.id_number)
    return Found(name=row.name.strip()[:NAME_TEXT], id_number=number.number, last4=number.last4)


def _without_known(notice: PaymentNotice, found: list[Found]) -> tuple[list[Found], int]:
    """Rows that do not stand yet: of equal rows as many are known as were recorded before."""
    known: dict[tuple[Any, ...], int] = {}
    recorded = TaxRow.objects.filter(notice=notice)
    for key in recorded.values_list("voucher", "id_index", "amount_fen", "paid_on", "is_reversal"):
        known[key] = known.get(key, 0) + 1
    new = []
    for row in found:
        if known.get(row.key, 0):
            known[row.key] -= 1
        else:
            new.append(row)
    return new, len(found) - len(new)


# Recording: rows, money, lines, differences.


def _record(
    notice: PaymentNotice, found: list[Found], *, by: By, origin: TaxRowOrigin | str, recording: Recording
) -> Effect:
    stated = [row for row in found if row.amount_fen > 0]
    taken_back = [row for row in found if row.amount_fen < 0]
    # Nothing new in the file: nothing changes, but the attempt is an event.
    made = write_rows(notice, stated, by=by, origin=origin) if stated else []
    reversals = _write_reversals(notice, taken_back, by=by, origin=origin) if taken_back else []
    recording.rows_count = len(made) + len(reversals)
    recording.amount_fen = sum(row.amount_fen for row in found)
    for row in made:
        recording.counts[str(row.match)] = recording.counts.get(str(row.match), 0) + 1
    if recording.rows_count:
        settle_lines(notice, by=by)
        missing = Difference.objects.filter(notice=notice, kind=Match.MISSING, state__in=steps.UNSETTLED)
        recording.counts[str(Match.MISSING)] = missing.count()
    return Effect(
        target=refresh_notice(notice),
        rows_count=recording.rows_count,
        amount_fen=recording.amount_fen,
        figures={"counts": recording.counts, "known": recording.known_count, "origin": str(origin)},
    )


def write_rows(
    notice: PaymentNotice, found: list[Found], *, by: By, origin: TaxRowOrigin | str
) -> list[TaxRow]:
    """Write and book rows of money, each with what it was found to be, and a difference for each surplus row."""
    found = digests(found)
    expected = expected_on(notice)
    judged = match_rows(
        expected, [Reported(r.id_index, r.amount_fen, r.voucher) for r in found], seen_on(notice)
    )
    judged = keep_within_caps(notice, judged, expected, [row.paid_on for row in found])
    rows = [_tax_row(notice, row, verdict, by, origin) for row, verdict in zip(found, judged, strict=True)]
    made = TaxRow.objects.bulk_create(rows, batch_size=BATCH_ROWS)
    book_rows(TaxRow.objects.filter(notice=notice, pk__gte=made[0].pk), notice, by=by)
    surplus = [_surplus(notice, row, by) for row in made if row.match in (Match.EXTRA, Match.REPEAT)]
    Difference.objects.bulk_create(surplus, batch_size=BATCH_ROWS)
    return made


def expected_on(notice: PaymentNotice) -> dict[str, Expected]:
    """What the notice expects of whom, by the digest of the identity number."""
    if notice.state == NoticeState.VOID:
        lines = NoticeLine.objects.filter(notice=notice, line__state__in=REVIVABLE_LINES)
    else:
        lines = NoticeLine.objects.filter(notice=notice)
    columns = (
        "line__person__id_index",
        "line_id",
        "line__person_id",
        "amount_fen",
        "received_fen",
        "line__state",
        "line__left_event_on",
    )
    return {
        id_index: Expected(
            line_id=line,
            person_id=person,
            expected_fen=expected,
            received_fen=received,
            is_open=state == LineState.ELIGIBLE and received <= expected,
            is_given_up=state in REVIVABLE_LINES,
            cancelled_from=gone_on if state == LineState.CANCELLED else None,
        )
        for id_index, line, person, expected, received, state, gone_on in with_received(lines).values_list(
            *columns
        )
    }


def seen_on(notice: PaymentNotice) -> dict[tuple[str, str], int]:
    """How often each person stands under each voucher of the notice."""
    rows = TaxRow.objects.filter(notice=notice, is_reversal=False).order_by()
    counted = rows.values_list("voucher", "id_index").annotate(last=Max("occurrence"))
    return {(voucher, id_index): last for voucher, id_index, last in counted}


def _tax_row(
    notice: PaymentNotice, row: Found, verdict: Judged, by: By, origin: TaxRowOrigin | str
) -> TaxRow:
    return TaxRow(
        notice=notice,
        line_id=verdict.line_id,
        person_id=verdict.person_id or row.person_id,
        name=row.name,
        id_cipher=row.id_number,
        id_index=row.id_index,
        last4=row.last4,
        amount_fen=row.amount_fen,
        paid_on=row.paid_on,
        voucher=row.voucher,
        occurrence=verdict.occurrence,
        origin=origin,
        match=verdict.match,
        recorded_by=by.actor,
        recorded_on=by.on,
        **notice.area_codes(),
    )


def _surplus(notice: PaymentNotice, row: TaxRow, by: By) -> Difference:
    return Difference(
        notice=notice,
        kind=row.match,
        line_id=row.line_id,
        tax_row=row,
        found_fen=row.amount_fen,
        last_acted_on=by.on,
        **notice.area_codes(),
    )


def settle_lines(notice: PaymentNotice, *, by: By) -> None:
    """Bring the notice's lines and shortages to where its money now stands; repeatable.

    A line whose money is exact becomes REMITTED and its shortage is settled; one whose money is short or too much
    keeps an open difference with both figures; one without money is missing.
    """
    waiting = open_lines(notice)
    if notice.state == NoticeState.VOID:
        # Lines of a void notice wait for a new one; only money that came for a given-up line is looked at.
        waiting = waiting.filter(received_fen__gt=0)
    columns = ("line_id", "amount_fen", "received_fen")
    open_now = list(waiting.order_by("line__position").values_list(*columns))
    exact = [line for line, expected, received in open_now if expected == received]
    _remit(notice, exact, by=by)
    _write_shortages(notice, [row for row in open_now if row[1] != row[2]], by=by)


def _remit(notice: PaymentNotice, lines: list[int], *, by: By) -> None:
    for start in range(0, len(lines), BATCH_ROWS):
        part = lines[start : start + BATCH_ROWS]
        TaxRow.objects.filter(line_id__in=part, match=Match.AMOUNT).update(match=Match.SAME)
        last_paid = (
            TaxRow.objects.standing().filter(line=OuterRef("pk"), match=Match.SAME).order_by("-paid_on")
        )
        move_rows(
            Line.objects.filter(pk__in=part),
            [LineState.ELIGIBLE],
            LineState.REMITTED,
            remitted_on=Subquery(last_paid.values("paid_on")[:1]),
        )
        close_shortages(notice, Q(line_id__in=part), by=by, reason=_("款项已到"))


def close_shortages(
    notice: PaymentNotice, which: Q, *, by: By, reason: str, settlement: Settlement | str = ""
) -> int:
    """Settle open shortages of these lines as a consequence of another act; what was asked stays visible."""
    shortages = Difference.objects.filter(which, notice=notice, kind__in=SHORTAGES, state__in=steps.UNSETTLED)
    fields: dict[str, Any] = {"reason": reason, "settled_on": by.on}
    if settlement:
        fields["settlement"] = settlement
    return move_rows(shortages, steps.UNSETTLED, DifferenceState.SETTLED, **fields)


def _write_shortages(notice: PaymentNotice, rows: list[tuple[int, int, int]], *, by: By) -> None:
    """One open difference a line that is not exact: made where there is none, corrected where its figures moved."""
    known = {
        row.line_id: row
        for row in Difference.objects.filter(notice=notice, kind__in=SHORTAGES, state__in=steps.UNSETTLED)
    }
    partial = [line for line, _expected, received in rows if received]
    latest = dict(
        TaxRow.objects.standing().filter(line_id__in=partial).order_by("pk").values_list("line_id", "pk")
    )
    made: list[Difference] = []
    changed: list[Difference] = []
    for line, expected, received in rows:
        row = known.get(line) or Difference(
            notice=notice, line_id=line, last_acted_on=by.on, **notice.area_codes()
        )
        before = (row.kind, row.expected_fen, row.found_fen)
        row.kind = Match.AMOUNT if received else Match.MISSING
        row.expected_fen, row.found_fen, row.tax_row_id = expected, received, latest.get(line)
        if row.pk is None:
            made.append(row)
        elif before != (row.kind, expected, received):
            changed.append(row)
    Difference.objects.bulk_create(made, batch_size=BATCH_ROWS)
    Difference.objects.bulk_update(
        changed, ["kind", "expected_fen", "found_fen", "tax_row"], batch_size=BATCH_ROWS
    )


# Rows below zero (D50): the tax office took money back.


def _write_reversals(
    notice: PaymentNotice, found: list[Found], *, by: By, origin: TaxRowOrigin | str
) -> list[TaxRow]:
    made: list[TaxRow] = []
    for number, row in enumerate(digests(found), start=1):
        original = _reversed_row(notice, row, number)
        made.append(_reversal(notice, row, original, by, origin))
    return made


def _reversed_row(notice: PaymentNotice, row: Found, number: int) -> TaxRow:
    voucher = row.reverses_voucher or row.voucher
    candidates = TaxRow.objects.standing().select_related("line").filter(notice=notice, id_index=row.id_index)
    original = (
        candidates.filter(voucher=voucher, net_fen__gte=-row.amount_fen).order_by("-occurrence").first()
    )
    if original is None:
        sentence = _(
            "负数行%(amount)s元没有对上原来的缴款（税票%(voucher)s）：请写原税票号，金额不超过原缴款。"
        )
        message = sentence % {"amount": yuan_text(row.amount_fen), "voucher": voucher}
        raise InvalidInput(
            message,
            rows=[{"row": number, "code": "E-TAX-AMOUNT", "message": message}],
            code="E-TAX-AMOUNT",
        )
    return original


def _reversal(
    notice: PaymentNotice, row: Found, original: TaxRow, by: By, origin: TaxRowOrigin | str
) -> TaxRow:
    verdict = Judged(
        Match(original.match), _next_occurrence(notice, row), original.line_id, original.person_id
    )
    made = _tax_row(notice, row, verdict, by, origin)
    made.amount_fen, made.is_reversal, made.reverses_row = -row.amount_fen, True, original
    made.save()
    if original.line is not None and original.line.state in (LineState.POSTED, LineState.REFUNDED):
        # The account was credited: the money goes back by a refund, the row is its evidence and moves nothing here.
        _ask_for_refund(notice, made, by)
        return made
    book_rows(TaxRow.objects.filter(pk=made.pk), notice, by=by)
    original.returned_fen += made.amount_fen
    original.save(update_fields=["returned_fen"])
    _undo_match(notice, original, by=by)
    return made


def _next_occurrence(notice: PaymentNotice, row: Found) -> int:
    rows = TaxRow.objects.filter(notice=notice, voucher=row.voucher, id_index=row.id_index)
    return (rows.aggregate(last=Max("occurrence"))["last"] or 0) + 1


def _ask_for_refund(notice: PaymentNotice, row: TaxRow, by: By) -> None:
    Difference.objects.create(
        notice=notice,
        kind=Match.AMOUNT,
        line_id=row.line_id,
        tax_row=row,
        expected_fen=row.amount_fen,
        last_acted_on=by.on,
        **notice.area_codes(),
    )


def _undo_match(notice: PaymentNotice, original: TaxRow, *, by: By) -> None:
    if original.match in (Match.EXTRA, Match.REPEAT):
        open_rows = Difference.objects.filter(tax_row=original, state__in=steps.UNSETTLED)
        if original.returned_fen == original.amount_fen:
            move_rows(
                open_rows,
                steps.UNSETTLED,
                DifferenceState.SETTLED,
                reason=_("税务已红字冲回"),
                settled_on=by.on,
            )
        return
    lines = Line.objects.filter(pk=original.line_id)
    move_rows(lines, [LineState.REMITTED], LineState.ELIGIBLE, remitted_on=None)
