"""The desk's own entries."""

from __future__ import annotations

from core.navigation import NavItem
from desk.progress import BOARD_READERS
from desk.reports.catalogue import READERS as REPORT_READERS
from villages.enums import EVERYBODY

NAV = [
    NavItem("首页", "home", "home", EVERYBODY, order=0),
    NavItem("工作进度", "chart", "board", BOARD_READERS, group="查询", order=900),
    NavItem("报表", "table", "reports", REPORT_READERS, group="查询", order=910),
]
