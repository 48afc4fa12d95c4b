"""What the frame of every page shows: navigation, business date, large type, notices, who and where."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

LARGE_TYPE_COOKIE = "large_type"


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Supply `base.html`; nothing here asks the database before a template shows it."""
    working_date = getattr(request, "working_date", None) or timezone.localdate()
    navigation = SimpleLazyObject(lambda: _navigation(request))
    return {
        "navigation": navigation,
        "room_tabs": SimpleLazyObject(lambda: _tabs(request, navigation)),
        "notices_count": SimpleLazyObject(lambda: _waiting(navigation)),
        "area_title": SimpleLazyObject(lambda: _place(request, "area_title")),
        "area_subtitle": SimpleLazyObject(lambda: _place(request, "area_subtitle")),
        "working_date": working_date,
        "is_today": working_date == timezone.localdate(),
        "large_type": wants_large_type(request),
        "demo": settings.DEMO,
    }


def wants_large_type(request: HttpRequest) -> bool:
    """Whether this reader asked for large type: kept with the user, before login in a cookie."""
    user = _user(request)
    if user:
        return bool(user.large_type)
    return request.COOKIES.get(LARGE_TYPE_COOKIE) == "1"


def _user(request: HttpRequest) -> Any:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    from core.navigation import navigation_for

    return navigation_for(request) if _user(request) else []


def _tabs(request: HttpRequest, navigation: Any) -> list[dict[str, Any]]:
    from core.navigation import tabs_for

    return tabs_for(request.path, navigation)


def _waiting(navigation: Any) -> int:
    # The bell leads to the home page, so it tells the count of that entry.
    home = reverse("home")
    return next(
        (entry["count"] for group in navigation for entry in group["items"] if entry["url"] == home), 0
    )


def _place(request: HttpRequest, name: str) -> str:
    user = _user(request)
    return getattr(user.access, name, "") if user else ""
