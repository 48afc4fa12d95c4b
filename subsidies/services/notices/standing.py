"""Where a notice stands by its lines and its money, and what else is open on it."""

from __future__ import annotations

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from subsidies.enums import LineState, NoticeState
from subsidies.models import Application, Line, NoticeLine, PaymentNotice, TaxRow

ARRIVED_LINES = frozenset({LineState.REMITTED, LineState.POSTED, LineState.REFUNDED})


def locked_batch(notice_id: int) -> Application | None:
    """Lock the batch of a notice: acts on money, on leaving and on posting all take the batch first."""
    batch = PaymentNotice.objects.filter(pk=notice_id).values("application_id")
    return Application.objects.select_for_update(of=("self",)).filter(pk__in=batch).first()


def with_received(notice_lines: QuerySet[NoticeLine]) -> QuerySet[NoticeLine]:
    """Notice lines with `received_fen`: money that stands for the line under this notice."""
    rows = TaxRow.objects.standing().filter(notice=OuterRef("notice_id"), line=OuterRef("line_id"))
    counted = (
        rows.exclude(match__in=["repeat", "extra"]).order_by().values("line").annotate(total=Sum("net_fen"))
    )
    return notice_lines.annotate(
        received_fen=Coalesce(Subquery(counted.values("total"), output_field=BigIntegerField()), Value(0))
    )


def open_lines(notice: PaymentNotice) -> QuerySet[NoticeLine]:
    """Lines of the notice that wait for money, with `received_fen` and `open_fen` (never below zero)."""
    waiting = with_received(NoticeLine.objects.filter(notice=notice, line__state=LineState.ELIGIBLE))
    return waiting.annotate(
        open_fen=Case(
            When(received_fen__lt=F("amount_fen"), then=F("amount_fen") - F("received_fen")),
            default=Value(0),
            output_field=BigIntegerField(),
        )
    )


def state_of(notice: PaymentNotice) -> NoticeState:
    """The state that lines and money give a live notice."""
    lines = Line.objects.filter(notice_lines__notice=notice).aggregate(
        waiting=Count("pk", filter=Q(state=LineState.ELIGIBLE)),
        arrived=Count("pk", filter=Q(state__in=ARRIVED_LINES)),
    )
    if not lines["waiting"]:
        return NoticeState.PAID if lines["arrived"] else NoticeState.VOID
    has_money = lines["arrived"] or TaxRow.objects.standing().filter(notice=notice, net_fen__gt=0).exists()
    return NoticeState.PART_PAID if has_money else NoticeState.ISSUED


def refresh_notice(notice: PaymentNotice) -> str:
    """Where the notice now stands, as the target of the act that moved its lines; a closed one stays closed."""
    if notice.state == NoticeState.REPLACED:
        return ""
    if notice.state == NoticeState.VOID and state_of(notice) != NoticeState.PAID:
        return ""
    return state_of(notice)
