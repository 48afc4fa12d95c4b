"""The address book: every room's pages, the API, health."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

from core.health import healthz

ROOMS = ("core", "villages", "policies", "ledger", "contributions", "subsidies", "rewards", "desk")
_urls = [import_module(f"{room}.urls") for room in ROOMS if find_spec(f"{room}.urls")]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    *(pattern for module in _urls for pattern in module.urlpatterns),
    path(
        "api/", include([pattern for module in _urls for pattern in getattr(module, "api_urlpatterns", [])])
    ),
]
