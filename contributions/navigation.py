"""Entries of this room."""

from __future__ import annotations

from contributions.selectors import CONTRIBUTION_READERS
from core.navigation import NavItem
from villages.enums import CASE_READERS

NAV = [
    NavItem("成员名单", "members", CASE_READERS),
    NavItem("个人缴费", "contributions", CONTRIBUTION_READERS),
]
