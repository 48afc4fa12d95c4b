"""The desk's own entries, and what of it waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import User
from core.navigation import NavItem, Todo
from desk.closing.selectors import waiting_for
from desk.closing.workflow import CLOSING_READERS
from desk.progress import BOARD_READERS
from desk.registers.workflow import REGISTER_READERS
from desk.reports.catalogue import READERS as REPORT_READERS
from villages.enums import EVERYBODY

NAV = [
    NavItem("首页", "home", "home", EVERYBODY, order=0),
    NavItem("工作进度", "chart", "board", BOARD_READERS, group="查询", order=900),
    NavItem("报表", "table", "reports", REPORT_READERS, group="查询", order=910),
    NavItem(
        "宣传和总结",
        "inform",
        "outreach-list",
        REGISTER_READERS,
        group="查询",
        order=915,
        covers=("/summaries/", "/selections/"),
    ),
    NavItem("年度关账", "lock", "closings", CLOSING_READERS, group="查询", order=920),
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
