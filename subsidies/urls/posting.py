"""Addresses of posting."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from core.api import Router
from subsidies.api.posting import PostedLineViewSet, PostingViewSet
from subsidies.views import posting as views

router = Router()
router.register("postings", PostingViewSet, basename="api-posting")
router.register("posted-lines", PostedLineViewSet, basename="api-posted-line")

urlpatterns: list[URLPattern | URLResolver] = [
    path("postings/", views.postings, name="postings"),
    path("postings/confirm/", views.posting_confirm, name="posting-confirm"),
    path("postings/lines/", views.posted_lines, name="posted-lines"),
    path("postings/lines/<int:pk>/", views.posting_trace, name="posting-trace"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
