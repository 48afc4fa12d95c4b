"""Addresses of applications."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from core.api import Router
from subsidies.api.applications import ApplicationViewSet
from subsidies.api.statuses import PersonStatusViewSet
from subsidies.views import application_prints as prints
from subsidies.views import applications as views

router = Router()
router.register("applications", ApplicationViewSet, basename="api-application")
router.register("person-statuses", PersonStatusViewSet, basename="api-person-status")

_one = "applications/<int:pk>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("applications/", views.applications, name="applications"),
    path("applications/new/", views.application_new, name="application-new"),
    path(_one, views.application, name="application"),
    path(f"{_one}edit/", views.application_edit, name="application-edit"),
    path(f"{_one}precheck/", views.application_precheck, name="application-precheck"),
    path(f"{_one}submit/", views.application_submit, name="application-submit"),
    path(f"{_one}withdraw/", views.application_withdraw, name="application-withdraw"),
    path(f"{_one}withdraw-lines/", views.application_withdraw_lines, name="application-withdraw-lines"),
    path(f"{_one}lapse/", views.application_lapse, name="application-lapse"),
    path(f"{_one}papers/", views.application_paper, name="application-paper"),
    path(f"{_one}print/", prints.application_print, name="application-print"),
    path(f"{_one}roster/print/", prints.roster_print, name="application-roster-print"),
    path(f"{_one}public/print/", prints.public_print, name="application-public-print"),
    path(f"{_one}result/print/", prints.result_print, name="application-result-print"),
    path(f"{_one}lines/<int:line_id>/print/", prints.withdrawal_print, name="application-withdrawal-print"),
    path("status-matches/", views.status_matches, name="status-matches"),
    path("status-matches/<int:pk>/withdraw/", views.status_match_withdraw, name="status-match-withdraw"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [path("", include(router.urls))]
