"""What refunds put into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.navigation import NavItem, Todo
from subsidies.enums import RefundState
from subsidies.selectors import refunds as selectors
from subsidies.workflow import refunds as steps

ACTS = {
    RefundState.REQUESTED: (_("核实退费%(n)d件"), _("村里已申请，请核对证明和金额"), _("去核实")),
    RefundState.VERIFIED: (_("批准退费%(n)d件"), _("经办已核实，须另一人批准"), _("去批准")),
    RefundState.APPROVED: (_("登记退款%(n)d件"), _("已批准，退款后请登记凭证"), _("去登记")),
}


def waiting(user: User) -> int:
    """Refunds that wait for this user; one that is to be approved anew and to be paid waits once."""
    again = selectors.to_approve_again(user)
    return selectors.open_for(user).exclude(pk__in=again).count() + len(again)


NAV: list[NavItem] = [NavItem(_("退费"), "refunds", steps.READERS, count=waiting)]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Refunds to approve anew, then by their next step; payments taken back or lowered (A-72), for the agency."""
    if not user.access.may(steps.READERS):
        return
    yield from _again(user)
    counts: dict[str, int] = {}
    for state in selectors.open_for(user).values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    for state, (title, detail, button) in ACTS.items():
        if count := counts.get(state):
            url = f"{reverse('refunds')}?state={state.value}"
            yield Todo(title % {"n": count}, detail, url, button, count=count)
    yield from _doubtful(user)


def _again(user: User) -> Iterable[Todo]:
    if count := len(selectors.to_approve_again(user)):
        yield Todo(
            _("重新批准退费%(n)d件") % {"n": count},
            _("批准以后村里的收款账户变更了，重新批准才能退到新账户"),
            f"{reverse('refunds')}?state={RefundState.APPROVED.value}",
            _("去批准"),
            count=count,
        )


def _doubtful(user: User) -> Iterable[Todo]:
    if not user.access.may(steps.VERIFY.roles):
        return
    for count, title, detail in selectors.doubtful_counts(user):
        if count:
            yield Todo(title % {"n": count}, detail, reverse("doubtful-lines"), _("去看"), count=count)
