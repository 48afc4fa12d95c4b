"""What each room puts into the left navigation and into 等我办的事; core knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from core.access import access_of
from core.models import User


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry: `count` gives what waits for this user there; `covers` are addresses that belong to it as well.

    `shown` leaves it out where the user's place knows no such thing.
    """

    label: str
    icon: str
    url_name: str
    roles: frozenset[str]
    group: str = ""
    order: int = 100
    count: Callable[[User], int] | None = None
    covers: tuple[str, ...] = ()
    shown: Callable[[User], bool] | None = None


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for a user: what, where, until when, how many."""

    title: str
    detail: str
    url: str
    button: str
    due_on: date | None = None
    count: int = 1


ITEMS: list[NavItem] = []
TODO_PROVIDERS: list[Callable[[User, date], Iterable[Todo]]] = []


def register_navigation(*items: NavItem) -> None:
    """Add entries to the navigation (at start of a room)."""
    ITEMS.extend(items)


def register_todos(provider: Callable[[User, date], Iterable[Todo]]) -> None:
    """Add a source of waiting work."""
    TODO_PROVIDERS.append(provider)


def todos_for(user: User, *, on: date) -> list[Todo]:
    """Everything that waits for the user, most urgent first."""
    found = [todo for provider in TODO_PROVIDERS for todo in provider(user, on)]
    return sorted(found, key=lambda todo: (todo.due_on or date.max, todo.title))


def navigation_for(request: Any) -> list[dict[str, Any]]:
    """Groups of entries that the user's roles may open: title, items (label, icon, url, count, active)."""
    access = access_of(request.user)
    groups: dict[str, list[dict[str, Any]]] = {}
    open_to = [item for item in ITEMS if access.may(item.roles) and _is_shown(item, request.user)]
    shown = sorted(open_to, key=lambda item: item.order)
    urls = [reverse(item.url_name) for item in shown]
    current = _current(request.path, shown, urls)
    for item, url in zip(shown, urls, strict=True):
        groups.setdefault(item.group, []).append(
            {
                "label": item.label,
                "icon": item.icon,
                "url": url,
                "count": item.count(request.user) if item.count else 0,
                "active": url == current,
            }
        )
    return [{"title": title, "items": items} for title, items in groups.items()]


def _is_shown(item: NavItem, user: User) -> bool:
    return item.shown is None or item.shown(user)


def _current(path: str, items: list[NavItem], urls: list[str]) -> str:
    """The entry whose address, or one that it covers, the path begins with: the longest; 首页 is only itself."""
    reached = [
        (len(address), url)
        for item, url in zip(items, urls, strict=True)
        for address in (url, *item.covers)
        if path == address or (address != "/" and path.startswith(address))
    ]
    return max(reached, default=(0, ""))[1]
