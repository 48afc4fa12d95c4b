"""Every read of applications: lists, one batch with its lines, sums, way and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core import timeline
from core.access import require_role
from core.counts import FOUND_ROWS, GROUPS
from core.errors import NotInArea
from core.lists import person_words
from core.look import Cell, Chip, Step, TimelineItem, chip_of
from core.models import Event, User
from core.money import yuan_capital
from policies.selectors import Rulebook, rulebook
from subsidies.enums import GONE_LINES, DifferenceState, LineState, NoticeState, PlanState, Station, Verdict
from subsidies.enums import ApplicationState as State
from subsidies.models import Application, Difference, Finding, Line, PaymentNotice, Plan
from subsidies.workflow.applications import LEAVABLE_LINES, OPEN, READERS
from villages.models import Membership, PersonStatus

ARRIVED = (LineState.REMITTED, LineState.POSTED, LineState.REFUNDED)
# A batch at rest: nothing more is to be done with it.
ENDED = (State.INFORMED, State.CLOSED, State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Counts:
    """Lines of a batch by what they are, with their sums in fen; several groups may overlap in `decided`."""

    lines: int = 0
    fen: int = 0
    pending: int = 0
    decided: int = 0
    eligible: int = 0
    arrived: int = 0
    posted: int = 0
    open_differences: int = 0
    cancelled: int = 0


def applications(actor: User) -> QuerySet[Application]:
    """Applications of the actor's area with their village, newest first; drafts are the village's own business."""
    access = require_role(actor, READERS)
    assert access.area is not None
    rows = Application.objects.within(access.area).select_related("organisation__region__parent", "plan")
    if access.area.column() != "village_code":
        rows = rows.exclude(state=State.DRAFT).exclude(number="", state=State.WITHDRAWN)
    return rows.order_by("-year", "-pk")


def application(actor: User, pk: int) -> Application:
    """One application of the actor's area; raises NotInArea."""
    found = applications(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def search_applications(rows: QuerySet[Application], text: str) -> QuerySet[Application]:
    """Applications whose organisation, village, town or number holds the text."""
    text = text.strip()
    if not text:
        return rows
    named = Q(organisation__name__icontains=text) | Q(organisation__region__short_name__icontains=text)
    return rows.filter(
        named | Q(organisation__region__parent__short_name__icontains=text) | Q(number__icontains=text)
    )


def with_counts(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Applications annotated with what `batch_chip` and lists ask for, in one statement."""
    pending = Q(lines__state=LineState.PENDING)
    differences = Difference.objects.filter(
        notice__application=OuterRef("pk"), state__in=[DifferenceState.OPEN, DifferenceState.PROPOSED]
    )
    return rows.annotate(
        headcount=Count("lines", filter=~Q(lines__state__in=GONE_LINES)),
        sum_fen=Coalesce(Sum("lines__amount_fen", filter=~Q(lines__state__in=GONE_LINES)), 0),
        pending_count=Count("lines", filter=pending),
        decided_count=Count("lines", filter=pending & ~Q(lines__verdict=Verdict.NONE)),
        undecided_count=Count("lines", filter=pending & Q(lines__verdict=Verdict.NONE)),
        eligible_count=Count("lines", filter=Q(lines__state=LineState.ELIGIBLE)),
        arrived_count=Count("lines", filter=Q(lines__state__in=ARRIVED)),
        posted_count=Count("lines", filter=Q(lines__state=LineState.POSTED)),
        cancelled_count=Count("lines", filter=Q(lines__state=LineState.CANCELLED)),
        has_difference=Exists(differences),
    )


def counts_of(row: Any) -> Counts:
    """The counts of an application that came through `with_counts`."""
    return Counts(
        lines=row.headcount,
        fen=row.sum_fen,
        pending=row.pending_count,
        decided=row.decided_count,
        eligible=row.eligible_count,
        arrived=row.arrived_count,
        posted=row.posted_count,
        open_differences=int(row.has_difference),
        cancelled=row.cancelled_count,
    )


def batch_word(state: str, counts: Counts) -> str:
    """How pages name a batch: finer than it is stored, derived from its lines."""
    if state == State.SUBMITTED and counts.decided:
        return _("核实中")
    if state == State.NOTIFIED and counts.open_differences:
        return _("有差异")
    if state == State.NOTIFIED and counts.arrived:
        return _("部分到账")
    if state == State.REMITTED and counts.posted:
        return _("正在记账")
    if state == State.WITHDRAWN and counts.cancelled:
        return str(LineState.CANCELLED.label)
    return str(State(state).label)


def batch_chip(state: str, counts: Counts) -> Chip:
    """The chip of a batch."""
    return chip_of(batch_word(state, counts))


# One batch


def state_sums(application: Application) -> dict[str, tuple[int, int]]:
    """Line state → (count, sum in fen), in one statement."""
    rows = application.lines.order_by().values_list("state").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    return {state: (n, fen) for state, n, fen in rows}


def _added(sums: Mapping[str, tuple[int, int]], states: Iterable[str]) -> tuple[int, int]:
    found = [sums.get(state, (0, 0)) for state in states]
    return sum(n for n, _fen in found), sum(fen for _n, fen in found)


def counts_from_sums(
    sums: Mapping[str, tuple[int, int]], *, decided: int = 0, open_differences: int = 0
) -> Counts:
    """`Counts` of one batch whose sums by state are known."""
    standing = [state for state in LineState.values if state not in GONE_LINES]
    lines, fen = _added(sums, standing)
    return Counts(
        lines=lines,
        fen=fen,
        pending=_added(sums, [LineState.PENDING])[0],
        decided=decided,
        eligible=_added(sums, [LineState.ELIGIBLE])[0],
        arrived=_added(sums, ARRIVED)[0],
        posted=_added(sums, [LineState.POSTED])[0],
        open_differences=open_differences,
        cancelled=_added(sums, [LineState.CANCELLED])[0],
    )


def totals_of(application: Application, sums: Mapping[str, tuple[int, int]]) -> list[Cell]:
    """The totals bar: what was applied for is the sum of the cells that follow; the last matters most."""
    people = _("%(n)d人")
    asked = _added(sums, LineState.values)
    parts: list[tuple[str, tuple[int, int], str]] = [
        (_("撤回、放弃"), _added(sums, GONE_LINES), ""),
        (_("不予补助"), _added(sums, [LineState.INELIGIBLE]), ""),
    ]
    if application.state in (State.DRAFT, State.SUBMITTED, State.RETURNED, State.VERIFIED, State.WITHDRAWN):
        last = (_("待核实"), _added(sums, [LineState.PENDING]), "main")
    elif application.state == State.NOTIFIED:
        parts.append((_("已缴款"), _added(sums, ARRIVED), ""))
        last = (_("应缴款"), _added(sums, [LineState.ELIGIBLE]), "main")
    else:
        parts.append((_("已退费"), _added(sums, [LineState.REFUNDED]), ""))
        waiting = _added(sums, [LineState.REMITTED, LineState.ELIGIBLE])
        if waiting[0]:
            parts.append((_("待记账"), waiting, ""))
        last = (_("已记账"), _added(sums, [LineState.POSTED]), "main")
    cells = [Cell(_("申请"), asked[1], people % {"n": asked[0]})]
    cells += [Cell(label, fen, people % {"n": n}) for label, (n, fen), _main in parts]
    label, (n, fen), _main = last
    capital = f"，{yuan_capital(fen)}" if fen else ""
    return [*cells, Cell(label, fen, (people % {"n": n}) + capital, main=True)]


def lines_of(application: Application) -> QuerySet[Line]:
    """The lines of a batch with person, membership, contribution and findings (three statements a page)."""
    findings = Prefetch("findings", Finding.objects.order_by("severity", "pk"), to_attr="found")
    return (
        application.lines.select_related("person", "membership", "contribution", "organisation__region")
        .prefetch_related(findings)
        .order_by("position", "pk")
    )


def finding_counts(application: Application) -> list[tuple[str, str, int]]:
    """(code, severity, lines) of the findings of pending and refused lines, refusals first."""
    rows = Finding.objects.filter(line__application=application).exclude(line__state__in=GONE_LINES)
    return list(rows.order_by("severity", "code").values_list("code", "severity").annotate(n=Count("pk")))


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines a list shows: line state, code of a finding, "clean", "undecided", words of a search."""

    state: str = ""
    code: str = ""
    search: str = ""


def filtered(lines: QuerySet[Line], chosen: LineFilter) -> QuerySet[Line]:
    """Lines by state, finding or words (name, pinyin, last four)."""
    if chosen.state == "clean":
        lines = lines.filter(advice="pass", state=LineState.PENDING)
    elif chosen.state == "undecided":
        lines = lines.filter(verdict=Verdict.NONE, state=LineState.PENDING)
    elif chosen.state:
        lines = lines.filter(state=chosen.state)
    if chosen.code:
        lines = lines.filter(Exists(Finding.objects.filter(line=OuterRef("pk"), code=chosen.code)))
    words = chosen.search.strip()
    if words:
        by_name = Q(person__name__icontains=words) | Q(person__pinyin__istartswith=words)
        lines = lines.filter(by_name | Q(person__last4=words.upper()))
    return lines


# The way and the history


_STEP_OF_STATE = {
    State.DRAFT: Station.APPLICATION,
    State.RETURNED: Station.APPLICATION,
    State.WITHDRAWN: Station.APPLICATION,
    State.SUBMITTED: Station.VERIFICATION,
    State.VERIFIED: Station.VERIFICATION,
    State.NOTIFIED: Station.REMITTANCE,
    State.REMITTED: Station.POSTING,
    State.POSTED: Station.INFORMING,
    State.INFORMED: Station.OVER,
    State.CLOSED: Station.OVER,
}


def stepper_for(application: Application, rules: Rulebook) -> list[Step]:
    """The region's steps (eight in Changshou) with dates of what is done and the deadline of the current one."""
    at = _STEP_OF_STATE[State(application.state)]
    notes = _step_notes(application)
    return [
        _one_step(int(key), str(view.value), at, notes, rules)
        for key, view in rules.table("workflow_step").items()
    ]


def _one_step(number: int, label: str, at: int, notes: Mapping[int, str], rules: Rulebook) -> Step:
    if rules.flag("workflow_step_optional", str(number)):
        return Step(number, label, _("需要时才办"), "optional")
    if rules.flag("workflow_step_yearly", str(number)):
        return Step(number, label, _("按年核定"), "open")
    status = "done" if number < at else "current" if number == at else "open"
    return Step(number, label, notes.get(number, "—"), status)


def _step_notes(application: Application) -> dict[int, str]:
    plan = application.plan
    latest = application.lines.aggregate(
        remitted=Max("remitted_on"), posted=Max("posted_on"), informed=Max("informed_on")
    )
    notes: dict[int, tuple[date | None, str]] = {
        Station.PLAN: (plan.in_force_on, _("%(day)s 生效")),
        Station.APPLICATION: (application.submitted_on, _("%(day)s 提交")),
        Station.VERIFICATION: (application.confirmed_on, _("%(day)s 已复核")),
        Station.REMITTANCE: (latest["remitted"], _("%(day)s 到账")),
        Station.POSTING: (latest["posted"], _("%(day)s 记账")),
        Station.INFORMING: (latest["informed"], _("%(day)s 告知")),
    }
    words = {number: text % {"day": _day(day)} for number, (day, text) in notes.items() if day}
    if application.state == State.RETURNED:
        words[Station.APPLICATION] = _("%(day)s前补正") % {"day": _day(application.correct_by)}
    if application.state == State.NOTIFIED:
        words[Station.REMITTANCE] = _("%(day)s前") % {"day": _day(_due_on(application))}
    return words


def _due_on(application: Application) -> date | None:
    live = application.notices.filter(state__in=[NoticeState.ISSUED, NoticeState.PART_PAID])
    return live.aggregate(due=Max("due_on"))["due"]


def _day(day: date | None) -> str:
    return _("%(month)d月%(day)d日") % {"month": day.month, "day": day.day} if day else "—"


def timeline_of(
    application: Application, *, waits_for: str = "", until: date | None = None
) -> list[TimelineItem]:
    """办理经过 of a batch and its notices."""
    notices = PaymentNotice.objects.filter(application=application).values("pk")
    own = Q(object_type="subsidies.application", object_id=application.pk)
    of_notices = Q(object_type="subsidies.paymentnotice", object_id__in=notices)
    events = Event.objects.filter(own | of_notices).select_related("actor", "note").order_by("-pk")
    return timeline.timeline_of(application, events=events, waits_for=waits_for, until=until)


def live_notice(application: Application) -> PaymentNotice | None:
    """The payment notice that the village pays on."""
    live = application.notices.filter(state__in=[NoticeState.ISSUED, NoticeState.PART_PAID, NoticeState.PAID])
    return live.order_by("-pk").first()


def deadline_of(application: Application) -> date | None:
    """The day by which somebody must do the next thing: correct a return, pay a notice."""
    if application.state == State.RETURNED:
        return application.correct_by
    return _due_on(application) if application.state == State.NOTIFIED else None


def left_out_of(application: Application) -> dict[str, int]:
    """Why members were not taken onto the list when it was drawn up: code → how many."""
    drawn = Event.objects.filter(
        object_type="subsidies.application", object_id=application.pk, act="subsidies.draw_up_application"
    ).first()
    return dict(drawn.figures.get("left_out", {})) if drawn else {}


# Plans to apply from, members to add, persons to withdraw


def plans_to_apply_from(actor: User) -> QuerySet[Plan]:
    """Plans in force of the clerk's village, each with `batch_count`: how many batches of it stand."""
    access = require_role(actor, READERS)
    assert access.area is not None
    same_gift = Q(plan__pool=OuterRef("pool")) | Q(plan__pool__isnull=True)
    standing = Application.objects.filter(
        same_gift, organisation=OuterRef("organisation"), year=OuterRef("year"), plan__kind=OuterRef("kind")
    ).exclude(state=State.WITHDRAWN)
    counted = standing.order_by().values("organisation").annotate(n=Count("pk")).values("n")
    rows = Plan.objects.within(access.area).filter(state=PlanState.IN_FORCE)
    counted_rows = rows.annotate(batch_count=Coalesce(Subquery(counted), 0))
    return counted_rows.select_related("pool__donor").order_by("-year", "kind", "pk")


def plans_decided(actor: User) -> QuerySet[Plan]:
    """Decided plans of the clerk's village that are not in force yet, newest year first."""
    area = require_role(actor, READERS).area
    assert area is not None
    decided = Plan.objects.within(area).filter(state__in=[PlanState.RESOLVED, PlanState.FILED])
    return decided.order_by("-year", "pk")


def lines_over_cap(application: Application) -> list[int]:
    """Lines of a list in hand that are over the year's cap and could be cut to what it leaves (JN-10)."""
    pending = application.lines.filter(state=LineState.PENDING, findings__code="E-CAP")
    return list(pending.filter(cap_limit_fen__gt=F("cap_reserved_fen")).values_list("pk", flat=True))


def latest_batch(plan: Plan) -> Application | None:
    """The last batch of a plan, of whatever version, that was not withdrawn."""
    rows = Application.objects.filter(**plan.same_plan("plan__")).exclude(state=State.WITHDRAWN)
    return rows.select_related("plan").order_by("-batch_no").first()


def plans_without_application(actor: User) -> QuerySet[Plan]:
    """Plans in force for whose year and kind no batch stands yet, oldest first."""
    return plans_to_apply_from(actor).filter(batch_count=0).order_by("year", "kind")


def status_matches(actor: User) -> QuerySet[Line]:
    """Open lines of the actor's area whose person a status list reports: the village must withdraw them (CS-28)."""
    return _reported(
        actor, Q(state__in=LEAVABLE_LINES, application__state__in=[*OPEN, State.NOTIFIED, State.REMITTED])
    )


def refund_matches(actor: User) -> QuerySet[Line]:
    """Lines whose money had come in after the event that a status list reports: to be refunded (CS-34)."""
    lines = _reported(actor, Q(state__in=[LineState.REMITTED, LineState.POSTED]))
    reported = PersonStatus.objects.filter(
        person=OuterRef("person_id"),
        is_lifted=False,
        kind__in=STATUS_KINDS,
        event_on__lte=OuterRef("remitted_on"),
    )
    return lines.filter(Exists(reported)).exclude(
        refunds__state__in=["requested", "verified", "approved", "reversed"]
    )


STATUS_KINDS = ("DEATH", "NATIONALITY_LOST", "OTHER_PENSION")


def _reported(actor: User, lines: Q) -> QuerySet[Line]:
    access = require_role(actor, READERS)
    assert access.area is not None
    reported = PersonStatus.objects.filter(
        person=OuterRef("person_id"), is_lifted=False, kind__in=STATUS_KINDS
    )
    return (
        Line.objects.within(access.area)
        .filter(lines, Exists(reported))
        .select_related("person", "application", "organisation__region")
        .order_by("application_id", "position")
    )


def statuses_of(person_ids: Sequence[int]) -> dict[int, PersonStatus]:
    """The latest reported status of each of these persons that the rulebook refuses for."""
    rows = PersonStatus.objects.filter(person__in=person_ids, is_lifted=False, kind__in=STATUS_KINDS)
    return {status.person_id: status for status in rows.order_by("event_on", "pk")}


def rules_of(application: Application, on: date) -> Rulebook:
    """The rulebook of the village on a day."""
    return rulebook(application.village_code, on=on)


def open_differences(application: Application) -> int:
    """Differences on the batch's notices that nobody has settled."""
    unsettled = [DifferenceState.OPEN, DifferenceState.PROPOSED]
    return Difference.objects.filter(notice__application=application, state__in=unsettled).count()


def members_to_add(application: Application, words: str) -> list[Membership]:
    """Members of the organisation, not on the list yet, whose name, pinyin or last four fit; at most 20."""
    if not words.strip():
        return []
    rows = Membership.objects.filter(
        person_words(words, "person__"), organisation=application.organisation_id, left_on__isnull=True
    )
    listed = application.lines.values("person_id")
    return list(
        rows.exclude(person__in=listed).select_related("person").order_by("person__pinyin")[:FOUND_ROWS]
    )


def amount_groups(application: Application) -> list[tuple[int, int, int]]:
    """(amount a head, persons, sum in fen) of a list in hand, largest group first; at most 12."""
    lines = application.lines.filter(state=LineState.PENDING).order_by()
    rows = lines.values_list("amount_fen").annotate(n=Count("pk"), fen=Sum("amount_fen")).order_by("-n")
    return list(rows[:GROUPS])
