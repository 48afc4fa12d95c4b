"""Addresses of verification."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from subsidies.views import verification as views

_one = "verifications/<int:pk>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("verifications/", views.verifications, name="verifications"),
    path(_one, views.verification, name="verification"),
    path(f"{_one}decide/", views.verification_decide, name="verification-decide"),
    path(f"{_one}verify/", views.verification_verify, name="verification-verify"),
    path(f"{_one}return/", views.verification_return, name="verification-return"),
    path(f"{_one}reject/", views.verification_reject, name="verification-reject"),
    path(f"{_one}confirm/", views.verification_confirm, name="verification-confirm"),
]
api_urlpatterns: list[URLPattern | URLResolver] = []
