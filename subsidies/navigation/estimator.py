"""The two sums in the navigation."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.navigation import NavItem
from villages.enums import EVERYBODY

NAV: list[NavItem] = [NavItem(_("算清两笔账"), "estimator", EVERYBODY)]
