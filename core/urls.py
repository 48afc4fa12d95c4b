"""Addresses of what any office software needs: bringing sheets in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from core import views_imports, views_jobs
from core.api import Router
from core.api_imports import ImportViewSet
from core.api_jobs import JobViewSet

router = Router()
router.register("imports", ImportViewSet, basename="import-api")
router.register("jobs", JobViewSet, basename="job-api")

urlpatterns: list[URLPattern | URLResolver] = [
    path("imports/", views_imports.imports, name="imports"),
    path("imports/new/<slug:kind_key>/", views_imports.import_new, name="import-new"),
    path("imports/template/<slug:kind_key>/", views_imports.import_template, name="import-template"),
    path("imports/<int:pk>/", views_imports.import_detail, name="import"),
    path("imports/<int:pk>/annotated/", views_imports.import_annotated, name="import-annotated"),
    path("imports/<int:pk>/confirm/", views_imports.import_confirm, name="import-confirm"),
    path("imports/<int:pk>/discard/", views_imports.import_discard, name="import-discard"),
    path("imports/<int:pk>/recheck/", views_imports.import_recheck, name="import-recheck"),
    path("imports/<int:pk>/mend/", views_imports.import_mend, name="import-mend"),
    path("imports/<int:pk>/pick/", views_imports.import_pick, name="import-pick"),
    path("imports/<int:pk>/sheet/", views_imports.import_sheet, name="import-sheet"),
    path("imports/<int:pk>/undo/", views_imports.import_undo, name="import-undo"),
    path("jobs/", views_jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", views_jobs.job, name="job"),
    path("jobs/<int:pk>/progress/", views_jobs.job_progress, name="job-progress"),
    path("jobs/<int:pk>/retry/", views_jobs.job_retry, name="job-retry"),
    path("jobs/<int:pk>/file/", views_jobs.job_file, name="job-file"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
