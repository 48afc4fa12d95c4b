"""What each room puts into the left navigation and into 等我办的事; core knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import access_of
from core.models import User


@dataclass(frozen=True, slots=True)
class NavItem:
    """One list: `count` gives what waits for this user there; `covers` are addresses that belong to it as well.

    `shown` leaves it out where the user's place knows no such thing.
    """

    label: str
    url_name: str
    roles: frozenset[str]
    count: Callable[[User], int] | None = None
    covers: tuple[str, ...] = ()
    shown: Callable[[User], bool] | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """One entry of the menu: the lists (url names) of one part of the work, side by side as tabs on their pages."""

    label: str
    icon: str
    lists: tuple[str, ...]
    is_tool: bool = False


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
ROOMS: list[Room] = []
TODO_PROVIDERS: list[Callable[[User, date], Iterable[Todo]]] = []


def register_navigation(*items: NavItem) -> None:
    """Add lists to the navigation (at start of an app)."""
    ITEMS.extend(items)


def register_rooms(*rooms: Room) -> None:
    """Add rooms to the menu, in their order."""
    ROOMS.extend(rooms)


def register_todos(provider: Callable[[User, date], Iterable[Todo]]) -> None:
    """Add a source of waiting work."""
    TODO_PROVIDERS.append(provider)


def todos_for(user: User, *, on: date) -> list[Todo]:
    """Everything that waits for the user, most urgent first."""
    found = [todo for provider in TODO_PROVIDERS for todo in provider(user, on)]
    return sorted(found, key=lambda todo: (todo.due_on or date.max, todo.title))


def navigation_for(request: Any) -> list[dict[str, Any]]:
    """Rooms that the user may enter, then tools: groups of title and items (label, icon, url, count, active, tabs).

    A room opens on the first of its lists that this user may see; where that is the only one, it goes by its name.
    """
    open_to = _open_to(request.user)
    current = _current(request.path, open_to)
    rooms: list[dict[str, Any]] = []
    tools: list[dict[str, Any]] = []
    for room in ROOMS:
        lists = [open_to[name] for name in room.lists if name in open_to]
        if lists:
            (tools if room.is_tool else rooms).append(_entry(room, lists, current, request.user))
    groups = {"": rooms, _("查询和工具"): tools}
    return [{"title": title, "items": items} for title, items in groups.items() if items]


def tabs_for(path: str, navigation: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lists beside the one at this address, itself among them; none on other pages or where it is alone."""
    for group in navigation:
        for entry in group["items"]:
            if len(entry["tabs"]) > 1 and path in {tab["url"] for tab in entry["tabs"]}:
                return list(entry["tabs"])
    return []


def _open_to(user: User) -> dict[str, NavItem]:
    """The lists that this user may open, by url name; of two words for one list the first that is his."""
    access = access_of(user)
    found: dict[str, NavItem] = {}
    for item in ITEMS:
        if access.may(item.roles) and (item.shown is None or item.shown(user)):
            found.setdefault(item.url_name, item)
    return found


def _entry(room: Room, lists: list[NavItem], current: str, user: User) -> dict[str, Any]:
    tabs = [
        {
            "label": item.label,
            "url": reverse(item.url_name),
            "count": item.count(user) if item.count else 0,
            "active": item.url_name == current,
        }
        for item in lists
    ]
    return {
        "label": room.label if len(tabs) > 1 else tabs[0]["label"],
        "icon": room.icon,
        "url": tabs[0]["url"],
        "count": sum(tab["count"] for tab in tabs),
        "active": any(tab["active"] for tab in tabs),
        "tabs": tabs,
    }


def _current(path: str, open_to: dict[str, NavItem]) -> str:
    """The list whose address, or one that it covers, the path begins with: the longest; 首页 is only itself."""
    reached = [
        (len(address), name)
        for name, item in open_to.items()
        for address in (reverse(name), *item.covers)
        if path == address or (address != "/" and path.startswith(address))
    ]
    return max(reached, default=(0, ""))[1]
