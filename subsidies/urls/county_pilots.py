"""Addresses of the pilot."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from core.api import Router
from subsidies.api.county_pilots import CountyPilotViewSet, PilotVillageViewSet
from subsidies.views import county_pilots as views

router = Router()
router.register("county-pilots", CountyPilotViewSet, basename="api-county-pilot")
router.register("pilot-villages", PilotVillageViewSet, basename="api-pilot-village")

urlpatterns: list[URLPattern | URLResolver] = [
    path("pilots/", views.pilots, name="pilots"),
    path("pilots/apply/", views.pilot_apply, name="pilot-apply"),
    path("pilots/<int:pk>/", views.county_pilot, name="county-pilot"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
