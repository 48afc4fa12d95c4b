"""Addresses of filings and of suspensions."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from core.api import Router
from subsidies.api.filings import FilingViewSet
from subsidies.api.suspensions import SuspensionViewSet
from subsidies.views import filing_prints as prints
from subsidies.views import filings as views
from subsidies.views import suspensions as pauses

router = Router()
router.register("filings", FilingViewSet, basename="api-filing")
router.register("suspensions", SuspensionViewSet, basename="api-suspension")

_one = "suspensions/<int:pk>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("filings/", views.filings, name="filings"),
    path("filings/<int:pk>/", views.filing, name="filing"),
    path("plans/<int:pk>/file/", views.plan_file, name="plan-file"),
    path("plans/<int:pk>/filing/print/", prints.plan_filing_print, name="plan-filing-print"),
    path("suspensions/<int:pk>/print/", prints.suspension_print, name="suspension-print"),
    path("suspensions/new/", pauses.suspension_new, name="suspension-new"),
    path(_one, pauses.suspension, name="suspension"),
    re_path(
        rf"^suspensions/(?P<pk>[0-9]+)/(?P<name>{'|'.join(pauses.ACTS)})/$",
        pauses.suspension_act,
        name="suspension-act",
    ),
    path(f"{_one}suspend/", pauses.suspend, name="suspend"),
    path(f"{_one}resume/", pauses.resume, name="resume"),
    path(f"{_one}grant/", pauses.grant, name="grant-resumption"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
