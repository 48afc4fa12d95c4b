"""Every read of payment notices, of tax rows and of what does not match."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.utils.translation import gettext as _

from core.access import require_role
from core.errors import NotInArea
from core.models import User
from subsidies.enums import GONE_LINES, DifferenceState, LineState, Match, NoticeState, Settlement
from subsidies.models import Difference, NoticeLine, PaymentNotice, TaxRow
from subsidies.services.notices.standing import ARRIVED_LINES, open_lines
from subsidies.workflow import notices as steps

LEFT, WAITING = "left", "waiting"
# A shortage that later money settled by itself is no case of its own: its line is 一致.
BY_ITSELF = Q(state=DifferenceState.SETTLED, settlement__in=["", Settlement.ASK])
UNSETTLED = Q(state__in=steps.UNSETTLED)
KINDS = (Match.SAME, Match.MISSING, Match.EXTRA, Match.AMOUNT, Match.REPEAT)


def notices_within(actor: User) -> QuerySet[PaymentNotice]:
    """Notices of the actor's area with village, money that stands, open differences and the last feedback."""
    access = require_role(actor, steps.READERS)
    assert access.area is not None
    standing = TaxRow.objects.standing().filter(notice=OuterRef("pk")).order_by().values("notice")
    cases = Difference.objects.filter(UNSETTLED, notice=OuterRef("pk")).order_by().values("notice")
    return (
        PaymentNotice.objects.within(access.area)
        .select_related("application__organisation__region__parent", "replaces", "replaced_by")
        .annotate(
            received_fen=Coalesce(
                Subquery(standing.annotate(n=Sum("net_fen")).values("n"), output_field=BigIntegerField()),
                Value(0),
            ),
            last_fed_back_on=Subquery(standing.annotate(n=Max("recorded_on")).values("n")),
            open_count=Coalesce(Subquery(cases.annotate(n=Count("pk")).values("n")), Value(0)),
        )
    )


def notice(actor: User, pk: int) -> PaymentNotice:
    """One notice of the actor's area; raises NotInArea."""
    found = notices_within(actor).select_related("application__plan", "issued_by").filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def search_notices(rows: QuerySet[PaymentNotice], words: str) -> QuerySet[PaymentNotice]:
    """Notices by part of their number, of the batch's number or of the village's name."""
    words = words.strip()
    if not words:
        return rows
    return rows.filter(
        Q(number__contains=words)
        | Q(application__number__contains=words)
        | Q(application__organisation__name__contains=words)
    )


def overdue(on: date) -> Q:
    """Notices that wait for money after their deadline."""
    return Q(state__in=steps.LIVE, due_on__lt=on)


def list_counts(rows: QuerySet[PaymentNotice], *, on: date) -> dict[str, int]:
    """How many notices stand behind each pill of the list; one statement."""
    counted = {state: Count("pk", filter=Q(state=state)) for state in NoticeState.values}
    more = {"overdue": Count("pk", filter=overdue(on)), "differs": Count("pk", filter=Q(open_count__gt=0))}
    return rows.order_by().aggregate(all=Count("pk"), **counted, **more)


def days_late(notice: Any, *, on: date) -> int:
    """Days after the deadline: until today while money is missing, else until the day the tax office fed it back.

    Source: CS-17c (24,000 due on 25 June, fed back on 28 June: 3 days late).
    """
    if notice.state in steps.LIVE:
        return max((on - notice.due_on).days, 0)
    fed_back = getattr(notice, "last_fed_back_on", None)
    return max((fed_back - notice.due_on).days, 0) if notice.state == NoticeState.PAID and fed_back else 0


def notice_lines(notice: PaymentNotice) -> QuerySet[NoticeLine]:
    """The lines on a notice with their persons, in order."""
    lines = NoticeLine.objects.filter(notice=notice).select_related("line__person", "line__membership")
    return lines.order_by("line__position")


def standards_on(notice: PaymentNotice) -> list[dict[str, Any]]:
    """What the notice is made of: amount a head, persons, sum; largest group first."""
    grouped: Any = NoticeLine.objects.filter(notice=notice).order_by().values("amount_fen")
    return list(
        grouped.annotate(count=Count("pk"), total_fen=Sum("amount_fen")).order_by("-count", "amount_fen")
    )


# Reconciliation: sums first, then each kind, then the cases.


@dataclass(slots=True)
class Bucket:
    """One row of the table of match kinds: what the notice says, what the tax office says, the gap."""

    kind: str
    label: str
    meaning: str
    line_count: int = 0
    line_fen: int = 0
    row_count: int = 0
    row_fen: int = 0

    @property
    def gap_fen(self) -> int:
        return self.row_fen - self.line_fen


@dataclass(slots=True)
class Reconciliation:
    """A notice against its tax rows: the buckets add up to the totals."""

    buckets: list[Bucket]
    returned_fen: int = 0
    to_post_count: int = 0
    to_post_fen: int = 0
    open_count: int = 0
    settled_count: int = 0
    total: Bucket = field(default_factory=lambda: Bucket("", "", ""))

    @property
    def wrong_count(self) -> int:
        return self.open_count + self.settled_count


def reconciliation(notice: PaymentNotice) -> Reconciliation:
    """Sums of a notice by kind of match, in four statements whatever its size."""
    buckets = {kind: Bucket(kind, label, meaning) for kind, label, meaning in _kinds()}
    lines = NoticeLine.objects.filter(notice=notice).annotate(bucket=_bucket_of_line())
    for row in lines.order_by().values("bucket").annotate(n=Count("pk"), fen=Sum("amount_fen")):
        buckets[row["bucket"]].line_count, buckets[row["bucket"]].line_fen = row["n"], row["fen"]
    signed = Case(
        When(is_reversal=True, then=-F("amount_fen")), default=F("amount_fen"), output_field=BigIntegerField()
    )
    rows = TaxRow.objects.filter(notice=notice, is_corrected=False).annotate(bucket=_bucket_of_row())
    for row in rows.order_by().values("bucket").annotate(n=Count("pk"), fen=Sum(signed)):
        buckets[row["bucket"]].row_count, buckets[row["bucket"]].row_fen = row["n"], row["fen"]
    shown = [b for b in buckets.values() if b.kind in KINDS or b.line_count or b.row_count]
    return Reconciliation(shown, total=_total(shown), **_rest(notice))


def _kinds() -> list[tuple[str, str, str]]:
    meanings = {
        Match.SAME: _("可以记账"),
        Match.MISSING: _("通知书有，税务没有"),
        Match.EXTRA: _("税务有，通知书没有"),
        Match.AMOUNT: _("同一人，金额对不上"),
        Match.REPEAT: _("同一人缴了两次"),
    }
    kinds = [(str(kind), str(kind.label), meanings[kind]) for kind in KINDS]
    return [
        *kinds,
        (WAITING, _("待缴款"), _("还没有缴款记录")),
        (LEFT, _("已撤回"), _("已撤回或放弃，不用缴")),
    ]


def _bucket_of_line() -> Case:
    cases = Difference.objects.filter(notice=OuterRef("notice"), line=OuterRef("line")).exclude(BY_ITSELF)
    kind = Subquery(cases.order_by("state", "-pk").values("kind")[:1])
    return Case(
        When(_has(kind), then=kind),
        When(line__state__in=ARRIVED_LINES, then=Value(str(Match.SAME))),
        When(line__state__in=GONE_LINES, then=Value(LEFT)),
        default=Value(WAITING),
        output_field=CharField(),
    )


def _has(kind: Subquery) -> Q:
    return Q(IsNull(kind, False))


def _bucket_of_row() -> Case:
    cases = Difference.objects.filter(notice=OuterRef("notice"), line=OuterRef("line")).exclude(BY_ITSELF)
    kind = Subquery(cases.order_by("state", "-pk").values("kind")[:1])
    return Case(
        When(match=Match.EXTRA, then=Value(str(Match.EXTRA))),
        When(_has(kind), then=kind),
        When(line__state__in=GONE_LINES, then=Value(LEFT)),
        default=F("match"),
        output_field=CharField(),
    )


def _total(buckets: Iterable[Bucket]) -> Bucket:
    total = Bucket("", _("合计"), "")
    for bucket in buckets:
        total.line_count += bucket.line_count
        total.line_fen += bucket.line_fen
        total.row_count += bucket.row_count
        total.row_fen += bucket.row_fen
    return total


def _rest(notice: PaymentNotice) -> dict[str, int]:
    to_post = NoticeLine.objects.filter(notice=notice, line__state=LineState.REMITTED)
    posting = to_post.aggregate(n=Count("pk"), fen=Sum("line__amount_fen"))
    returned = TaxRow.objects.standing().filter(notice=notice).aggregate(fen=Sum("returned_fen"))
    cases = cases_of(notice).aggregate(open=Count("pk", filter=UNSETTLED), all=Count("pk"))
    return {
        "returned_fen": returned["fen"] or 0,
        "to_post_count": posting["n"],
        "to_post_fen": posting["fen"] or 0,
        "open_count": cases["open"],
        "settled_count": cases["all"] - cases["open"],
    }


def cases_of(notice: PaymentNotice) -> QuerySet[Difference]:
    """The differences of a notice that are or were somebody's work."""
    return Difference.objects.filter(notice=notice).exclude(BY_ITSELF)


def with_rows(differences: Iterable[Difference]) -> list[Difference]:
    """Differences with `rows`: the tax rows each is about, in one statement for all."""
    cases = list(differences)
    lines = {case.line_id for case in cases if case.line_id}
    own = {case.tax_row_id for case in cases if case.tax_row_id}
    rows = list(TaxRow.objects.filter(Q(line__in=lines) | Q(pk__in=own), is_corrected=False).order_by("pk"))
    for case in cases:
        case.rows = [r for r in rows if _is_about(case, r)]  # type: ignore[attr-defined]
    return cases


def _is_about(case: Difference, row: TaxRow) -> bool:
    if row.notice_id != case.notice_id or row.is_reversal:
        return row.pk == case.tax_row_id
    return row.pk == case.tax_row_id or (case.line_id is not None and row.line_id == case.line_id)


def open_parts(notice: PaymentNotice) -> dict[str, int]:
    """What is still open on a notice: persons and fen."""
    sums = open_lines(notice).filter(open_fen__gt=0).aggregate(count=Count("pk"), fen=Sum("open_fen"))
    return {"count": sums["count"], "fen": sums["fen"] or 0}


def left_parts(notice: PaymentNotice) -> dict[str, int]:
    """Who left a notice before paying, withdrawn or given up: persons and fen."""
    gone = NoticeLine.objects.filter(notice=notice, line__state__in=GONE_LINES)
    sums = gone.aggregate(count=Count("pk"), fen=Sum("amount_fen"))
    return {"count": sums["count"], "fen": sums["fen"] or 0}


# Differences across notices.


def differences_within(actor: User) -> QuerySet[Difference]:
    """Differences of the actor's area with person, notice and village."""
    access = require_role(actor, steps.READERS)
    assert access.area is not None
    related = (
        "notice__application__organisation__region__parent",
        "line__person",
        "tax_row",
        "proposed_by",
        "settled_by",
    )
    return Difference.objects.within(access.area).select_related(*related)


def difference(actor: User, pk: int) -> Difference:
    """One difference of the actor's area; raises NotInArea."""
    found = differences_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found
