"""Addresses of applications."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from core.api import Router
from subsidies.api.applications import ApplicationViewSet
from subsidies.api.statuses import PersonStatusViewSet
from subsidies.views.applications import (
    batch,
    drawing_up,
    editing,
    listing,
    prints,
    status_matches,
    submitting,
    withdrawing,
)

router = Router()
router.register("applications", ApplicationViewSet, basename="api-application")
router.register("person-statuses", PersonStatusViewSet, basename="api-person-status")

_one = "applications/<int:pk>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("applications/", listing.applications, name="applications"),
    path("applications/new/", drawing_up.application_new, name="application-new"),
    path(_one, batch.application, name="application"),
    path(f"{_one}edit/", editing.application_edit, name="application-edit"),
    path(f"{_one}precheck/", editing.application_precheck, name="application-precheck"),
    path(f"{_one}submit/", submitting.application_submit, name="application-submit"),
    path(f"{_one}withdraw/", withdrawing.application_withdraw, name="application-withdraw"),
    path(f"{_one}withdraw-lines/", withdrawing.application_withdraw_lines, name="application-withdraw-lines"),
    path(f"{_one}lapse/", withdrawing.application_lapse, name="application-lapse"),
    path(f"{_one}papers/", submitting.application_paper, name="application-paper"),
    path(f"{_one}print/", prints.application_print, name="application-print"),
    path(f"{_one}roster/print/", prints.roster_print, name="application-roster-print"),
    path(f"{_one}public/print/", prints.public_print, name="application-public-print"),
    path(f"{_one}result/print/", prints.result_print, name="application-result-print"),
    path(f"{_one}lines/<int:line_id>/print/", prints.withdrawal_print, name="application-withdrawal-print"),
    path("status-matches/", status_matches.status_matches, name="status-matches"),
    path(
        "status-matches/<int:pk>/withdraw/",
        status_matches.status_match_withdraw,
        name="status-match-withdraw",
    ),
]
api_urlpatterns: list[URLPattern | URLResolver] = [path("", include(router.urls))]
