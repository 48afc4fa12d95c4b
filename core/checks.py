"""System checks: demo switches in production, append-only triggers, keys."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from core.crypto import read_master_key
from core.database import missing_triggers


@register(Tags.security)
def demo_is_not_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The demo shows passwords and lets every role set any date: never in production."""
    if settings.DEMO and settings.PRODUCTION:
        return [Error("DEMO=1 is set in production.", hint="Unset DEMO.", id="core.E001")]
    return []


@register(Tags.security)
def debug_is_not_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Debug pages show settings and data."""
    if settings.DEBUG and settings.PRODUCTION:
        return [Error("DEBUG=1 is set in production.", hint="Unset DEBUG.", id="core.E002")]
    return []


@register(Tags.security)
def data_key_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A key of another length would be found out only at the first identity number."""
    try:
        read_master_key()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="core.E004")]
    return []


@register(Tags.database)
def append_only_triggers_stand(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Ledger and events are append-only in the database itself."""
    if not databases:
        return []
    missing = missing_triggers()
    hint = "Run manage.py migrate."
    return [Error(f"Missing trigger: {name}", hint=hint, id="core.E003") for name in missing]
