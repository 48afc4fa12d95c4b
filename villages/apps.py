"""Start of villages: tells core how access is found."""

from __future__ import annotations

from django.apps import AppConfig


class VillagesConfig(AppConfig):
    name = "villages"
    verbose_name = "村与成员"

    def ready(self) -> None:
        from core.access import register_access_provider
        from core.imports.kinds import register_import_kind
        from core.navigation import register_navigation, register_todos
        from villages.access import access_of_staff
        from villages.imports import MemberList
        from villages.navigation import NAV, todos

        register_access_provider(access_of_staff)
        register_import_kind(MemberList())
        register_navigation(*NAV)
        register_todos(todos)
