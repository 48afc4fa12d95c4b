"""Addresses of policies."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from policies import api, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", views.policies, name="policies"),
    path("policies/<str:region_code>/", views.rulebook, name="rulebook"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", api.RulebookList.as_view(), name="api-policies"),
    path("policies/documents/", api.DocumentList.as_view(), name="api-policy-documents"),
    path("policies/reasons/", api.ReasonList.as_view(), name="api-policy-reasons"),
    path("policies/<str:region_code>/", api.RulebookDetail.as_view(), name="api-rulebook"),
]
