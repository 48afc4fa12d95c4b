"""What rests on payments and memberships here: registered in the lower rooms, which know nothing of lines."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from contributions.enums import YEARLY_KINDS
from contributions.imports import RESTS_ON_PAYMENT
from contributions.models import Contribution
from subsidies.enums import UNPAID_LINES, ApplicationState
from subsidies.models import Line
from subsidies.workflow.applications import LEAVABLE_LINES, OPEN
from villages.models import Membership
from villages.services.persons import RESTS_ON_MEMBERSHIP


def payments_behind_lines(ids: Iterable[int]) -> list[int]:
    """Those of the payments on which a line that is handed in was judged, alone or as parts of a year's."""
    lines = Line.objects.exclude(state__in=UNPAID_LINES).exclude(application__state=ApplicationState.DRAFT)
    payments = Contribution.objects.filter(pk__in=list(ids))
    alone = Exists(lines.filter(contribution=OuterRef("pk")))
    part = Exists(
        lines.filter(
            person=OuterRef("person"),
            qualifying_year=OuterRef("year"),
            contribution__county_code=OuterRef("county_code"),
            contribution__kind__in=YEARLY_KINDS,
            # Where one payment reaches the tier by itself, no other is needed.
            tier_fen__gt=F("contribution__personal_fen") + F("contribution__on_behalf_fen"),
        )
    )
    return list(payments.filter(alone | Q(part, kind__in=YEARLY_KINDS)).values_list("pk", flat=True))


RESTS_ON_PAYMENT.append(payments_behind_lines)


def line_of_member(member: Membership) -> str:
    """Why a member cannot leave or move yet: he stands on a batch whose money has not come in."""
    lines = Line.objects.filter(membership=member, state__in=LEAVABLE_LINES, application__state__in=OPEN)
    if lines.exists():
        return _("这名成员还在办理中的补助申请里，先撤回此人再办。")
    return ""


RESTS_ON_MEMBERSHIP.append(line_of_member)
