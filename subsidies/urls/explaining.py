"""Addresses of explanations."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from subsidies.api.explaining import ExplanationView
from subsidies.views import explaining as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("explanations/<int:person_id>/<int:year>/", views.explanation, name="explanation"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("explanations/<int:person_id>/<int:year>/", ExplanationView.as_view(), name="api-explanation"),
]
