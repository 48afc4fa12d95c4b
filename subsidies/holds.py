"""What rests on payments and memberships here: registered in the lower rooms, which know nothing of lines."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from contributions.imports import RESTS_ON_PAYMENT
from subsidies.enums import LineState
from subsidies.models import Line
from subsidies.workflow.applications import LEAVABLE_LINES, OPEN
from villages.models import Membership
from villages.services.persons import RESTS_ON_MEMBERSHIP

DROPPED = (LineState.WITHDRAWN, LineState.GIVEN_UP, LineState.CANCELLED, LineState.INELIGIBLE)


def payments_behind_lines(ids: Iterable[int]) -> list[int]:
    """Those of the payments on which a line that is handed in was judged."""
    lines = Line.objects.filter(contribution__in=list(ids)).exclude(state__in=DROPPED)
    return list(lines.exclude(application__state="draft").values_list("contribution", flat=True))


RESTS_ON_PAYMENT.append(payments_behind_lines)


def line_of_member(member: Membership) -> str:
    """Why a member cannot leave or move yet: he stands on a batch whose money has not come in."""
    lines = Line.objects.filter(membership=member, state__in=LEAVABLE_LINES, application__state__in=OPEN)
    if lines.exists():
        return _("这名成员还在办理中的补助申请里，先撤回此人再办。")
    return ""


RESTS_ON_MEMBERSHIP.append(line_of_member)
