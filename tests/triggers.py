"""The triggers that keep rows append-only, taken away where a test must empty or spoil such rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from core.database import APPEND_ONLY, install_triggers, trigger_names


@contextmanager
def triggers_lifted() -> Iterator[None]:
    """Take the triggers away and put them back at the end."""
    with connection.cursor() as cursor:
        for table, settable in APPEND_ONLY.items():
            for name in trigger_names(table, settable):
                on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}', None)
    try:
        yield
    finally:
        install_triggers()
