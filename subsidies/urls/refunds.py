"""Addresses of refunds."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from core.api import Router
from subsidies.api.refunds import RefundViewSet
from subsidies.views import refunds as views

router = Router()
router.register("refunds", RefundViewSet, basename="api-refund")

urlpatterns: list[URLPattern | URLResolver] = [
    path("refunds/", views.refunds, name="refunds"),
    path("refunds/doubtful/", views.doubtful, name="doubtful-lines"),
    path("refunds/new/", views.refund_new, name="refund-new"),
    path("refunds/<int:pk>/", views.refund, name="refund"),
    path("refunds/<int:pk>/verify/", views.refund_verify, name="refund-verify"),
    path("refunds/<int:pk>/approve/", views.refund_approve, name="refund-approve"),
    path("refunds/<int:pk>/refuse/", views.refund_refuse, name="refund-refuse"),
    path("refunds/<int:pk>/paid/", views.refund_paid, name="refund-paid"),
    path("refunds/<int:pk>/print/", views.refund_print, name="refund-print"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
