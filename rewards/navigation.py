"""What rewards put into the navigation and into 等我办的事."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import User
from core.money import yuan_text
from core.navigation import NavItem, Todo
from rewards import selectors
from rewards import workflow as steps
from rewards.enums import BudgetState, OffsetState, ProposalState, RewardState
from rewards.models import (
    Budget,
    CommendationNotice,
    DecidedRate,
    Offset,
    Reward,
    RewardApplication,
    RewardPayment,
)
from villages.enums import AGENCY, FINANCE

AGENCY_SIDE = AGENCY | steps.OVERSEERS


def _rows(user: User) -> Q:
    return Q(**user.access.area.filters()) if user.access.area else Q(pk__in=[])


def free(user: User) -> int:
    """Villages that the agency's officer may determine now."""
    if not selectors.may_for_county(user, steps.DETERMINE.roles):
        return 0
    rows = Reward.objects.filter(_rows(user), cap_fen__gt=0, blocked_code="")
    return rows.filter(state__in=steps.FREE).count()


def to_approve(user: User) -> int:
    """Villages that wait for finance's word."""
    if not selectors.may_for_county(user, steps.APPROVE.roles):
        return 0
    return Reward.objects.filter(_rows(user), state=RewardState.APPLIED).count()


def to_agree(user: User) -> int:
    """Budgets that another officer entered."""
    if not user.access.may(steps.AGREE_BUDGET.roles):
        return 0
    rows = Budget.objects.filter(_rows(user), state=BudgetState.PROPOSED)
    return rows.exclude(entered_by=user).count()


def to_pay(user: User) -> int:
    """Villages to pay (officer), runs to confirm (reviewer)."""
    count = 0
    if selectors.may_for_county(user, steps.PROPOSE_PAYMENT.roles):
        rows = Reward.objects.filter(_rows(user), state=RewardState.RECEIVED, payment__isnull=True)
        count += rows.count()
    if user.access.may(steps.CONFIRM_PAYMENT.roles):
        runs = RewardPayment.objects.filter(_rows(user), state=ProposalState.PROPOSED)
        count += runs.exclude(made_by=user).count()
    return count


def knows_money(user: User) -> bool:
    """Whether the user's place rewards with money, or did before."""
    return selectors.knows_money(user, on=timezone.localdate())


def knows_commendation(user: User) -> bool:
    """Whether the user's place commends its organisations."""
    return selectors.knows_commendation(user, on=timezone.localdate())


def to_commend(user: User) -> int:
    """Notices that another officer proposed."""
    if not user.access.may(steps.CONFIRM_COMMENDATION.roles):
        return 0
    rows = CommendationNotice.objects.filter(_rows(user), state=ProposalState.PROPOSED)
    return rows.exclude(made_by=user).count()


NAV: list[NavItem] = [
    NavItem(_("财政奖励"), "rewards", steps.VILLAGE, shown=knows_money),
    NavItem(
        _("奖励核定"),
        "rewards",
        AGENCY_SIDE,
        count=free,
        covers=("/reward-rates/",),
        shown=knows_money,
    ),
    NavItem(
        _("奖励批复"),
        "reward-approvals",
        FINANCE,
        count=to_approve,
        covers=("/rewards/", "/reward-rates/"),
        shown=knows_money,
    ),
    NavItem(_("奖励批复"), "reward-approvals", AGENCY_SIDE, shown=knows_money),
    NavItem(_("年度预算"), "budgets", steps.READERS, count=to_agree, shown=knows_money),
    NavItem(_("资金拨付"), "reward-payments", steps.READERS, count=to_pay, shown=knows_money),
    NavItem(_("奖励冲抵"), "reward-offsets", steps.READERS, shown=knows_money),
    NavItem(
        _("通报表扬"),
        "commendations",
        steps.COMMENDATION_READERS,
        count=to_commend,
        shown=knows_commendation,
    ),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """What waits for this user of the year's rewards."""
    if not user.access.may(steps.READERS):
        return
    yield from _officer(user)
    yield from _reviewer(user)
    yield from _finance(user)


def _officer(user: User) -> Iterable[Todo]:
    if not selectors.may_for_county(user, steps.DETERMINE.roles):
        return
    counts = Reward.objects.filter(_rows(user)).aggregate(
        free=Count("pk", filter=Q(state=RewardState.COMPUTED, blocked_code="", cap_fen__gt=0)),
        returned=Count("pk", filter=Q(state=RewardState.RETURNED)),
        determined=Count("pk", filter=Q(state=RewardState.DETERMINED, application__isnull=True)),
        received=Count("pk", filter=Q(state=RewardState.RECEIVED, payment__isnull=True)),
    )
    home = reverse("rewards")
    said = {
        "free": (_("核定奖励%(n)d个村"), _("当年工作已完成，可以核定"), f"{home}?show=free", _("去核定")),
        "returned": (_("重新核定%(n)d个村"), _("财政退回，请看意见"), f"{home}?show=returned", _("去看意见")),
        "determined": (_("为%(n)d个村申请奖励资金"), _("已核定，还没有申请"), home, _("去申请")),
        "received": (_("拨付奖励%(n)d个村"), _("款已到经办账户"), reverse("reward-payments"), _("去拨付")),
    }
    for key, (title, detail, url, button) in said.items():
        if counts[key]:
            yield Todo(title % {"n": counts[key]}, detail, url, button, count=counts[key])


def _reviewer(user: User) -> Iterable[Todo]:
    if not user.access.may(steps.CONFIRM_APPLICATION.roles):
        return
    for application in selectors.applications_within(user).filter(state=ProposalState.PROPOSED):
        if application.made_by_id != user.pk:
            title = _("复核%(year)d年度奖励申请") % {"year": application.year}
            words = {"n": application.rows_count, "fen": yuan_text(application.amount_fen)}  # type: ignore[attr-defined]
            url = reverse("reward-application", args=[application.pk])
            yield Todo(title, _("%(n)d个村，%(fen)s元") % words, url, _("去复核"))
    for run in selectors.payments_within(user).filter(state=ProposalState.PROPOSED):
        if run.made_by_id != user.pk:
            words = {"n": run.rows_count, "fen": yuan_text(run.amount_fen)}  # type: ignore[attr-defined]
            url = reverse("reward-payment", args=[run.pk])
            yield Todo(_("复核奖励拨付"), _("%(n)d个村，%(fen)s元") % words, url, _("去复核"))
    for notice in selectors.notices_within(user).filter(state=ProposalState.PROPOSED):
        if notice.made_by_id != user.pk:
            title = _("复核%(year)d年度%(name)s") % {"year": notice.year, "name": notice.name}
            yield Todo(title, str(notice.made_by), reverse("commendation", args=[notice.pk]), _("去复核"))
    rates = DecidedRate.objects.filter(_rows(user), state=ProposalState.PROPOSED).exclude(decided_by=user)
    for rate in rates:
        title = _("复核%(year)d年度奖励比例") % {"year": rate.year}
        yield Todo(title, rate.document, reverse("reward-rates"), _("去复核"))


def _finance(user: User) -> Iterable[Todo]:
    if not user.access.may(steps.APPROVE.roles):
        return
    waiting = RewardApplication.objects.filter(_rows(user), rewards__state=RewardState.APPLIED)
    for application in waiting.annotate(n=Count("rewards")).order_by("pk"):
        title = _("批复%(year)d年度奖励%(n)d个村") % {"year": application.year, "n": application.n}
        url = reverse("reward-approve", args=[application.pk])
        yield Todo(title, application.number, url, _("去批复"), count=application.n)
    if count := to_agree(user):
        yield Todo(
            _("复核奖励预算%(n)d笔") % {"n": count}, _("另一人已录入"), reverse("budgets"), _("去复核")
        )
    owed = Offset.objects.filter(_rows(user), state=OffsetState.OPEN).count()
    if owed:
        detail = _("拨付后又退费，下次奖励扣除；没有下次的请退回或核销")
        yield Todo(_("待冲抵奖励%(n)d笔") % {"n": owed}, detail, reverse("reward-offsets"), _("去看"))
