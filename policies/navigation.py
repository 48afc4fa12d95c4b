"""The entry of the rulebooks."""

from __future__ import annotations

from core.navigation import NavItem
from villages.enums import EVERYBODY

NAV = [NavItem("政策文件", "policy", "policies", EVERYBODY, group="查询", order=930)]
