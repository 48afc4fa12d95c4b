"""Addresses of members with payments, and of payments."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from contributions import views
from contributions.api import ContributionViewSet
from core.api import Router

router = Router()
router.register("contributions", ContributionViewSet, basename="api-contribution")

urlpatterns: list[URLPattern | URLResolver] = [
    path("members/", views.members, name="members"),
    path("contributions/", views.contributions, name="contributions"),
    path("contributions/<int:pk>/reverse/", views.contribution_reverse, name="contribution-reverse"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
