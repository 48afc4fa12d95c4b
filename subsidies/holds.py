"""What rests on payments and memberships here: registered in the lower rooms, which know nothing of lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import F, FilteredRelation, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contributions.enums import YEARLY_KINDS
from contributions.resting import RESTS_ON_PAYMENT, Resting
from subsidies.enums import UNPAID_LINES, ApplicationState, LineState
from subsidies.models import Line
from subsidies.workflow.applications import LEAVABLE_LINES, OPEN
from villages.models import Membership
from villages.services.persons import RESTS_ON_MEMBERSHIP


def lines_resting_on(ids: Collection[int]) -> Iterator[Resting]:
    """Lines handed in that stand on one of the payments, alone or as a part of a year's; one statement.

    A line keeps the payment that it was judged by. Once that one is reversed, it stands on what is registered anew.
    """
    alone = Q(paid__pk=F("contribution"))
    of_year = Q(paid__year=F("qualifying_year"), paid__county_code=F("contribution__county_code"))
    together = Q(paid__kind__in=YEARLY_KINDS, contribution__kind__in=YEARLY_KINDS)
    # Where one payment reaches the tier by itself, no other is needed.
    is_part = Q(tier_fen__gt=F("contribution__personal_fen") + F("contribution__on_behalf_fen"))
    is_reversed = Q(contribution__reversed_on__isnull=False)
    part = of_year & together & (is_part | is_reversed)
    anew = of_year & is_reversed & Q(paid__kind=F("contribution__kind"))
    lines = (
        Line.objects.exclude(state__in=UNPAID_LINES)
        .exclude(application__state=ApplicationState.DRAFT)
        .annotate(paid=FilteredRelation("person__contributions", condition=Q(person__contributions__in=ids)))
        .filter(alone | part | anew)
        .annotate(payment=F("paid__pk"))
        .select_related("application", "organisation__region")
        .order_by("pk")
    )
    for line in lines:
        yield Resting(
            payment=line.payment,
            name=_line_name(line),
            state=str(line.get_state_display()),
            follows=str(FOLLOWS[LineState(line.state)]),
            **line.area_codes(),
            posted_on=line.posted_on if line.state == LineState.POSTED else None,
        )


def _line_name(line: Line) -> str:
    return _("%(village)s%(year)d年度第%(batch)d批第%(position)d号") % {
        "village": line.organisation.region,
        "year": line.year,
        "batch": line.application.batch_no,
        "position": line.position,
    }


# What becomes of a line whose payment is no longer whole.
_LATER = gettext_lazy("复核已经通过，照常办；记账以后列入社保经办的待办，研究是否退费")
FOLLOWS = {
    LineState.PENDING: gettext_lazy("还没有复核，按余下的缴费重新认定"),
    LineState.ELIGIBLE: _LATER,
    LineState.REMITTED: _LATER,
    LineState.POSTED: gettext_lazy("已经记账，不到认定档次的列入社保经办的待办，研究是否退费"),
    LineState.REFUNDED: gettext_lazy("已经退费，不用再办"),
}
RESTS_ON_PAYMENT.append(lines_resting_on)


def line_of_member(member: Membership) -> str:
    """Why a member cannot leave or move yet: he stands on a batch whose money has not come in."""
    lines = Line.objects.filter(membership=member, state__in=LEAVABLE_LINES, application__state__in=OPEN)
    if lines.exists():
        return _("这名成员还在办理中的补助申请里，先撤回此人再办。")
    return ""


RESTS_ON_MEMBERSHIP.append(line_of_member)
