"""Navigation entries and waiting work of notices and tax money."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.money import yuan_text
from core.navigation import NavItem, Todo
from subsidies.enums import DifferenceState
from subsidies.models import Difference, PaymentNotice
from subsidies.selectors.notices import UNSETTLED
from subsidies.workflow import notices as steps
from villages.enums import AGENCY, Role

MONEY = AGENCY | {Role.TAX}


def _live(user: User) -> int:
    assert user.access.area is not None
    return PaymentNotice.objects.within(user.access.area).filter(state__in=steps.LIVE).count()


def _open(user: User) -> int:
    assert user.access.area is not None
    return Difference.objects.within(user.access.area).filter(UNSETTLED).count()


NAV = [
    NavItem("缴款通知", "notices", steps.READERS, count=_live),
    NavItem("对账", "reconciliations", steps.READERS - {Role.CLERK}, count=_open),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Notices to pay (village, tax office), proposals to confirm (agency), differences to settle (tax office)."""
    access = user.access
    if access.area is None:
        return
    if access.may(frozenset({Role.CLERK, Role.TAX})):
        yield from _to_pay(user, on)
    if access.may(MONEY):
        yield from _to_settle(user)


def _to_pay(user: User, on: date) -> Iterable[Todo]:
    assert user.access.area is not None
    live = PaymentNotice.objects.within(user.access.area).filter(state__in=steps.LIVE)
    if user.access.may(frozenset({Role.CLERK})):
        yield from (_to_carry(notice) for notice in live.select_related("application").order_by("pk"))
        return
    waiting = live.aggregate(n=Count("pk"), due=Min("due_on"), late=Count("pk", filter=Q(due_on__lt=on)))
    if not waiting["n"]:
        return
    detail = _("%(n)d份通知书还没有缴清") % {"n": waiting["n"]}
    if waiting["late"]:
        detail += _("，其中%(late)d份已逾期") % {"late": waiting["late"]}
    yield Todo(
        _("登记村里的缴款"),
        detail,
        reverse("notices"),
        _("看通知书"),
        due_on=waiting["due"],
        count=waiting["n"],
    )


def _to_carry(notice: PaymentNotice) -> Todo:
    """One notice that the village still has to pay, by name: the clerk prints it and takes it along."""
    words = {
        "year": notice.application.year,
        "batch": notice.application.batch_no,
        "number": notice.number,
        "n": notice.headcount,
        "fen": yuan_text(notice.amount_fen),
    }
    return Todo(
        _("带缴款通知书到税务缴款：%(year)d年度第%(batch)d批") % words,
        _("%(number)s，%(n)d人，%(fen)s元") % words,
        reverse("notice", args=[notice.pk]),
        _("看通知书"),
        due_on=notice.due_on,
    )


def _to_settle(user: User) -> Iterable[Todo]:
    assert user.access.area is not None
    cases = Difference.objects.within(user.access.area)
    waiting = cases.aggregate(
        open=Count("pk", filter=Q(state=DifferenceState.OPEN, asked_on__isnull=True)),
        proposed=Count("pk", filter=Q(state=DifferenceState.PROPOSED) & ~Q(proposed_by=user)),
    )
    if waiting["open"] and user.access.may(steps.PROPOSE.roles):
        detail = _("%(n)d项对不上，要提出处理办法") % {"n": waiting["open"]}
        yield Todo(_("处理对账差异"), detail, reverse("reconciliations"), _("去对账"), count=waiting["open"])
    if waiting["proposed"] and user.access.may(steps.CONFIRM.roles):
        detail = _("%(n)d项处理办法等您确认") % {"n": waiting["proposed"]}
        yield Todo(
            _("确认差异处理"), detail, reverse("reconciliations"), _("去确认"), count=waiting["proposed"]
        )
