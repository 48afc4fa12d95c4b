"""Start of the desk: what crosses rooms."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"
    verbose_name = "工作台"

    def ready(self) -> None:
        from core.navigation import register_navigation, register_rooms, register_todos
        from desk.closing.services import why_shut
        from desk.navigation import NAV, ROOMS, todos
        from subsidies.rules.closing import register_year_shut

        import_module("desk.closing.policy_reach")
        register_navigation(*NAV)
        register_rooms(*ROOMS)
        register_todos(todos)
        register_year_shut(why_shut)
