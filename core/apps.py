"""Start of core: append-only triggers, checks, signals of the worker."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _install_triggers(**kwargs: Any) -> None:
    from core.database import install_triggers

    install_triggers()


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础"

    def ready(self) -> None:
        from core import bulk, checks, tasks  # noqa: F401  (registers lookups, checks and worker signals)
        from core.database import register_append_only

        register_append_only("core_event", settable=("chain_hash",))
        post_migrate.connect(_install_triggers, dispatch_uid="append-only")
