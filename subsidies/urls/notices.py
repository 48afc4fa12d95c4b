"""Addresses of payment notices, tax money and differences."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from core.api import Router
from subsidies.api.notices import DifferenceViewSet, NoticeViewSet
from subsidies.views import differences, reconciliation, repeats, tax_rows
from subsidies.views import notices as views

router = Router()
router.register("notices", NoticeViewSet, basename="api-notice")
router.register("differences", DifferenceViewSet, basename="api-difference")

urlpatterns: list[URLPattern | URLResolver] = [
    path("notices/", views.notices, name="notices"),
    path("notices/<int:pk>/", views.notice, name="notice"),
    path("notices/<int:pk>/print/", views.notice_print, name="notice-print"),
    path("notices/<int:pk>/void/", views.notice_void, name="notice-void"),
    path("notices/<int:pk>/reissue/", views.notice_reissue, name="notice-reissue"),
    path("notices/<int:pk>/give-up/", views.notice_give_up, name="notice-give-up"),
    path("notices/<int:pk>/tax-rows/new/", tax_rows.tax_rows_new, name="tax-rows-new"),
    path("reconciliations/", reconciliation.reconciliations, name="reconciliations"),
    path("reconciliations/<int:pk>/", reconciliation.reconciliation, name="reconciliation"),
    path("reconciliations/<int:pk>/repeats/", repeats.repeats, name="reconciliation-repeats"),
    path(
        "reconciliations/<int:pk>/repeats/confirm/",
        repeats.repeats_confirm,
        name="reconciliation-repeats-confirm",
    ),
    path("reconciliations/differences/<int:pk>/", differences.difference, name="difference"),
    path(
        "reconciliations/differences/<int:pk>/confirm/",
        differences.difference_confirm,
        name="difference-confirm",
    ),
    path(
        "reconciliations/differences/<int:pk>/reject/",
        differences.difference_reject,
        name="difference-reject",
    ),
]
api_urlpatterns: list[URLPattern | URLResolver] = [path("", include(router.urls))]
