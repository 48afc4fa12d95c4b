"""Start of contributions."""

from __future__ import annotations

from django.apps import AppConfig


class ContributionsConfig(AppConfig):
    name = "contributions"
    verbose_name = "个人缴费"

    def ready(self) -> None:
        from contributions.imports import CONTRIBUTION_SHEET
        from contributions.navigation import NAV
        from core.imports.kinds import register_import_kind
        from core.navigation import register_navigation

        register_import_kind(CONTRIBUTION_SHEET)
        register_navigation(*NAV)
