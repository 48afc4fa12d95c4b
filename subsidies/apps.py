"""Start of subsidies."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class SubsidiesConfig(AppConfig):
    name = "subsidies"
    verbose_name = "集体补助"

    def ready(self) -> None:
        from core.database import register_append_only

        register_append_only("subsidies_poolentry")
        for module in (
            "posting_job",
            "books",
            "books_pools",
            "prior_sheet",
            "tax_sheet",
            "status_sheet",
            "holds",
            "policy_reach",
        ):
            import_module(f"subsidies.{module}")
        import_module("subsidies.navigation").register()
        import_module("subsidies.cards")
