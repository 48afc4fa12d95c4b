"""The desk's own entries, and what of it waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.navigation import NavItem, Room, Todo
from desk.closing.selectors import waiting_for
from desk.closing.workflow import CLOSING_READERS
from desk.progress import BOARD_READERS
from desk.registers.workflow import REGISTER_READERS
from desk.reports.catalogue import READERS as REPORT_READERS
from villages.enums import EVERYBODY

NAV = [
    NavItem("首页", "home", EVERYBODY),
    NavItem("工作进度", "board", BOARD_READERS),
    NavItem("报表", "reports", REPORT_READERS),
    NavItem("宣传培训", "outreach-list", REGISTER_READERS),
    NavItem("经验总结", "summary-list", REGISTER_READERS),
    NavItem("试点遴选", "selection-list", REGISTER_READERS),
    NavItem("年度关账", "closings", CLOSING_READERS),
]

# The whole menu: rooms in the order of the year's work, at most nine for any role, and the tools below them.
ROOMS = [
    Room(_("首页"), "home", ("home",)),
    Room(_("村和成员"), "members", ("members", "person-changes", "organisations", "account-changes")),
    Room(_("补助方案"), "plan", ("plans", "filings", "pools", "donors")),
    Room(_("补助申请"), "apply", ("applications", "status-matches")),
    Room(_("实缴核实"), "verify", ("verifications", "contributions")),
    Room(_("税务缴款"), "notice", ("notices", "reconciliations")),
    Room(_("记账反馈"), "posting", ("postings", "informing", "accounts", "interest")),
    Room(_("退费"), "refund", ("refunds",)),
    Room(
        _("财政奖励"),
        "reward",
        ("rewards", "reward-approvals", "budgets", "reward-payments", "reward-offsets", "commendations"),
    ),
    Room(
        _("统计报表"),
        "table",
        ("board", "reports", "outreach-list", "summary-list", "selection-list", "closings"),
        is_tool=True,
    ),
    Room(_("政策文件"), "policy", ("policies", "policies-compare", "amendments", "pilots"), is_tool=True),
    Room(_("算清两笔账"), "estimator", ("estimator",), is_tool=True),
    Room(_("导入和任务"), "jobs", ("imports", "jobs"), is_tool=True),
    Room(_("账号"), "users", ("staff-list",), is_tool=True),
]


def todos(user: User, on: date) -> Iterable[Todo]:
    """Proposals to close a year that wait for another officer."""
    for row in waiting_for(user):
        yield Todo(
            _("%(year)d年度关账待复核") % {"year": row.year},
            _("%(who)s已提出，结转%(n)d项") % {"who": row.proposed_by, "n": row.left_count},  # type: ignore[attr-defined]
            reverse("closing", args=[row.pk]),
            _("去复核"),
        )
