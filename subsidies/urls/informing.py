"""Addresses of informing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from core.api import Router
from subsidies.api.informing import InformingViewSet
from subsidies.views import informing as views

router = Router()
router.register("informing", InformingViewSet, basename="api-informing")

urlpatterns: list[URLPattern | URLResolver] = [
    path("plans/<int:pk>/result/", views.result_publish, name="result-publish"),
    path("informing/", views.informing, name="informing"),
    path("informing/<int:pk>/", views.inform_batch, name="inform-batch"),
    path("informing/<int:pk>/feed-back/", views.feed_back, name="feed-back"),
    path("informing/<int:pk>/sheet/", views.feedback_sheet, name="feedback-sheet"),
    path("informing/<int:pk>/print/", views.feedback_print, name="feedback-print"),
    path("informing/<int:pk>/slips/", views.slips_print, name="slips-print"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
