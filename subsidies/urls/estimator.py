"""Addresses of the two sums."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from subsidies.api.estimator import EstimatorView
from subsidies.views import estimator as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("estimator/", views.estimator, name="estimator"),
    path("estimator/village/", views.estimator_village, name="estimator-village"),
    path("estimator/poster/", views.estimator_poster, name="estimator-poster"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("estimator/", EstimatorView.as_view(), name="api-estimator"),
]
