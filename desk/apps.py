"""Start of the desk: what crosses rooms."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"
    verbose_name = "工作台"

    def ready(self) -> None:
        from core.navigation import register_navigation
        from desk.navigation import NAV

        register_navigation(*NAV)
