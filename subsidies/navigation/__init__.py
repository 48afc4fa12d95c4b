"""Navigation entries and waiting work, a module a step: each has `NAV` and, where work may wait, `todos`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from core.navigation import register_navigation, register_todos


def register() -> None:
    """Add what every step's module declares."""
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        register_navigation(*module.NAV)
        if hasattr(module, "todos"):
            register_todos(module.todos)
