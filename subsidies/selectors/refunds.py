"""Reads of refunds."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.enums import ContributionKind
from contributions.models import Contribution
from core.access import require_role
from core.errors import NotInArea
from core.models import User
from ledger.models import Transfer
from policies.selectors import Rulebook, rulebook
from subsidies.enums import LineState, Payee, RefundState
from subsidies.models import Finding, Line, Refund
from subsidies.rules.payments import counting_kinds, with_sums
from subsidies.rules.refunds import Refundable
from subsidies.services.refund_payees import payee_of_now
from subsidies.services.refunds import refundable
from subsidies.workflow import refunds as steps
from villages.enums import ChangeState
from villages.models import AccountChange

FEN = BigIntegerField()
RELATED = (
    "line__person",
    "line__organisation__region__parent",
    "line__application",
    "asked_by",
    "verified_by",
    "approved_by",
    "paid_by",
)
WAITS_FOR = {
    RefundState.REQUESTED: gettext_lazy("等社保经办核实"),
    RefundState.VERIFIED: gettext_lazy("等另一人复核批准"),
    RefundState.APPROVED: gettext_lazy("等税务或财政登记退款"),
}


def refunds_within(actor: User) -> QuerySet[Refund]:
    """Refunds of the actor's area with person and village."""
    area = require_role(actor, steps.READERS, _("退费")).area
    rows = Refund.objects.within(area) if area else Refund.objects.none()
    return rows.select_related(*RELATED)


def refund(actor: User, pk: int) -> Refund:
    """One of them; raises NotInArea otherwise."""
    found = refunds_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def transfers_of(found: Refund) -> list[Transfer]:
    """What the refund booked back: principal, then interest by year."""
    rows = Transfer.objects.filter(cause_type="subsidies.refund", cause_id=found.pk)
    return list(rows.select_related("debit", "credit").order_by("pk"))


def posted_lines(actor: User) -> QuerySet[Line]:
    """Posted lines of the area of which a refund may be asked."""
    area = require_role(actor, steps.ASK.roles, steps.ASK.label).area
    rows = Line.objects.within(area) if area else Line.objects.none()
    return rows.filter(state=LineState.POSTED).select_related(
        "person", "organisation__region__parent", "application"
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """A posted line with what can still be asked back."""

    line: Line
    figures: Refundable


def asking(actor: User, line_id: int) -> Asking:
    """The line that a refund is asked for; raises NotInArea for any other."""
    line = posted_lines(actor).filter(pk=line_id).first()
    if line is None:
        raise NotInArea
    return Asking(line, refundable(line))


def open_for(actor: User) -> QuerySet[Refund]:
    """Refunds whose next step is this actor's, those left out that he made himself; see `to_approve_again`."""
    access = actor.access
    mine = [step for step in (steps.VERIFY, steps.APPROVE, steps.PAY) if access.may(step.roles)]
    rows = Refund.objects.within(access.area) if access.area else Refund.objects.none()
    states = {state for step in mine for state in step.sources}
    return rows.filter(state__in=states).exclude(verified_by=actor, state=RefundState.VERIFIED)


def to_approve_again(actor: User) -> list[int]:
    """Approved refunds whose village's account changed before the money went, which this actor may approve anew.

    Account numbers are encrypted and compared here, of those refunds alone whose village's account ever changed.
    """
    access = actor.access
    if access.area is None or not access.may(steps.APPROVE_AGAIN.roles):
        return []
    holder = Coalesce(NullIf("line__organisation__account_name", Value("")), "line__organisation__name")
    # Whatever its date: a change may be confirmed with an earlier one than the approval it came after.
    changed = AccountChange.objects.filter(
        organisation=OuterRef("line__organisation"), state=ChangeState.CONFIRMED
    )
    rows = (
        Refund.objects.within(access.area)
        .filter(state=RefundState.APPROVED, payee=Payee.ORGANISATION)
        .filter(Exists(changed) | ~Q(payee_name=holder) | ~Q(payee_bank=F("line__organisation__bank_name")))
        .exclude(Q(asked_by=actor) | Q(verified_by=actor))
    )
    return [row.pk for row in rows.select_related("line__organisation") if payee_of_now(row)]


def waits_for(found: Refund) -> str:
    """Who is next, in words; empty where the refund is over."""
    if found.state == RefundState.APPROVED and payee_of_now(found):
        return _("等复核人员重新批准，或登记变更以前的退款")
    return str(WAITS_FOR.get(RefundState(found.state), ""))


def doubtful_lines(actor: User) -> QuerySet[Line]:
    """Posted lines whose grounds changed since, for the agency to look at; nothing happens by itself.

    Annotated `is_short`: the qualifying payment, or a part of it, was taken back or recorded lower, and what stands
    of it, `standing_fen`, does not come to the tier (A-72); `reversed_on` is the last day on which anything of it was
    taken back, empty where it is only lower. `is_lump`: a lump-sum payment of the plan year showed that the judgement
    did not know (A-71, W-LUMP).
    """
    area = require_role(actor, steps.VERIFY.roles, _("退费")).area
    rows = Line.objects.within(area) if area else Line.objects.none()
    lump = Contribution.objects.filter(
        person=OuterRef("person"),
        kind=ContributionKind.LUMP_SUM,
        paid_on__year=OuterRef("year"),
        reversed_on__isnull=True,
    )
    known = Finding.objects.filter(line=OuterRef("pk"), code="W-LUMP")
    posted = rows.filter(state=LineState.POSTED)
    return (
        posted.annotate(
            standing_fen=_standing(posted),
            reversed_on=_last_reversal(),
            is_short=ExpressionWrapper(Q(tier_fen__gt=F("standing_fen")), BooleanField()),
            is_lump=ExpressionWrapper(Q(Exists(lump)) & ~Q(Exists(known)), BooleanField()),
        )
        .filter(Q(is_short=True) | Q(is_lump=True))
        .exclude(refunds__state__in=steps.OPEN)
        .select_related("person", "organisation__region__parent", "application", "contribution")
        .order_by("village_code", "application_id", "position")
    )


def _payments_behind(**more: object) -> QuerySet[Contribution]:
    """Payments of the outer line's person, for the year and in the county of the one he was judged by."""
    return Contribution.objects.filter(
        person=OuterRef("person"),
        year=OuterRef("qualifying_year"),
        county_code=OuterRef("contribution__county_code"),
        **more,
    ).order_by()


# The payment that the line was judged by stands, and the person's own money in it makes its tier whole by itself.
STANDS_ALONE = Q(
    contribution__reversed_on__isnull=True,
    contribution__tier_fen__gte=F("tier_fen"),
    contribution__personal_fen__gte=F("contribution__tier_fen"),
)


def _standing(rows: QuerySet[Line]) -> Case:
    """The highest tier, in fen, that what stands of a line's payments still makes whole; 0 where it makes none.

    Counted by `rules.payments.with_sums` under the rules that the line was judged by. Few lines need it: what stands
    alone is seen without. It is empty for a line that was judged by no payment.
    """
    whens = [
        When(county_code=county, policy_version=version, then=Coalesce(_whole_tier(years, rules), 0))
        for (county, version), (years, rules) in _judged_by(rows).items()
    ]
    return Case(
        When(STANDS_ALONE, then=F("contribution__tier_fen")),
        When(contribution__isnull=True, then=None),
        *whens,
        output_field=FEN,
    )


def _judged_by(rows: QuerySet[Line]) -> dict[tuple[str, str], tuple[set[int], Rulebook]]:
    """County and version of the rules → years of contribution that lines stand on, and the rules; one statement."""
    found: dict[tuple[str, str], tuple[set[int], Rulebook]] = {}
    judged = (
        rows.filter(contribution__isnull=False, qualifying_year__isnull=False)
        .exclude(STANDS_ALONE)
        .order_by()
    )
    groups = judged.values_list("county_code", "policy_version", "qualifying_year")
    for county, version, year, day in groups.annotate(day=Max(Coalesce("judged_on", "posted_on"))):
        years, _rules = found.setdefault((county, version), (set(), rulebook(county, on=day)))
        years.add(year)
    return found


def _whole_tier(years: set[int], rules: Rulebook) -> Subquery:
    standing = _payments_behind(reversed_on__isnull=True, kind__in=counting_kinds(rules))
    summed = with_sums(standing, years=years, rulebook=rules)
    whole = Case(When(is_complete=True, then=F("reached_fen")), default=0, output_field=FEN)
    return Subquery(summed.annotate(whole_fen=whole).order_by("-whole_fen").values("whole_fen")[:1])


def _last_reversal() -> Subquery:
    gone = _payments_behind(reversed_on__isnull=False).values("person")
    return Subquery(gone.annotate(day=Max("reversed_on")).values("day"))


def doubtful_counts(actor: User) -> list[tuple[int, str, str]]:
    """How many of each kind, with the words of the to-do."""
    sums = doubtful_lines(actor).aggregate(
        short=Count("pk", filter=Q(is_short=True)), lump=Count("pk", filter=Q(is_lump=True))
    )
    return [
        (
            sums["short"],
            _("%(n)d人所依据的缴费冲销或改低"),
            _("余下的缴费不到认定的档次，是否退费请研究决定"),
        ),
        (sums["lump"], _("%(n)d人有一次性补缴"), _("记账以后才查到一次性补缴，请确认")),
    ]
