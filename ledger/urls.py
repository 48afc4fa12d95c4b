"""Addresses of the ledger."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from ledger import views
from ledger.api import AccountViewSet, InterestRateViewSet

router = SimpleRouter()
router.register("accounts", AccountViewSet, basename="api-account")
router.register("interest-rates", InterestRateViewSet, basename="api-interest-rate")

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/<int:pk>/", views.account, name="account"),
    path("interest/", views.interest, name="interest"),
    path("interest/<int:pk>/confirm/", views.rate_confirm, name="rate-confirm"),
    path("interest/<int:pk>/settle/", views.interest_settle, name="interest-settle"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
