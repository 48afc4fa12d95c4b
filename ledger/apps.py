"""Start of ledger: transfers are append-only."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "个人账户与账目"

    def ready(self) -> None:
        from core.database import register_append_only
        from core.navigation import register_navigation, register_todos
        from ledger.navigation import NAV, todos

        register_append_only("ledger_transfer")
        for module in ("interest_job", "checks", "opening_sheet"):
            import_module(f"ledger.{module}")
        register_navigation(*NAV)
        register_todos(todos)
