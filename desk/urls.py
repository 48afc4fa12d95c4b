"""Pages that cross rooms, login, API schema and token."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from core.api import Router
from core.health import healthz
from core.views_gallery import gallery
from desk import api, api_events, views, views_member
from desk.closing import api as api_closing
from desk.closing import views as views_closing
from desk.registers import api as api_registers
from desk.registers import views as views_registers
from desk.reports import api as api_reports
from desk.reports import views as views_reports

router = Router()
router.register("closings", api_closing.ClosingViewSet, basename="api-closing")
router.register("outreach", api_registers.OutreachViewSet, basename="api-outreach")
router.register("summaries", api_registers.SummaryViewSet, basename="api-summary")
router.register("selections", api_registers.SelectionViewSet, basename="api-selection")
router.register("events", api_events.EventViewSet, basename="api-event")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("board/", views.board, name="board"),
    path("reports/", views_reports.reports, name="reports"),
    path("reports/<slug:code>/", views_reports.report, name="report"),
    path("reports/<slug:code>/rows/", views_reports.rows, name="report-rows"),
    path("closings/", views_closing.closings, name="closings"),
    path("closings/new/<int:year>/", views_closing.closing_new, name="closing-new"),
    path("closings/<int:pk>/", views_closing.closing, name="closing"),
    path("outreach/", views_registers.outreach_list, name="outreach-list"),
    path("outreach/new/", views_registers.outreach_new, name="outreach-new"),
    path("outreach/<int:pk>/", views_registers.outreach, name="outreach"),
    path("summaries/", views_registers.summary_list, name="summary-list"),
    path("summaries/new/", views_registers.summary_new, name="summary-new"),
    path("summaries/<int:pk>/", views_registers.summary, name="summary"),
    path("selections/", views_registers.selection_list, name="selection-list"),
    path("selections/new/", views_registers.selection_new, name="selection-new"),
    path("selections/<int:pk>/", views_registers.selection, name="selection"),
    path("search/", views.search, name="search"),
    path("members/<int:pk>/", views_member.member, name="member"),
    path("activity/", views.activity, name="activity"),
    path("working-date/", views.working_date, name="working-date"),
    path("large-type/", views.large_type, name="large-type"),
    path("help/", views.help_page, name="help"),
    path("help/keys/", views.help_keys, name="help-keys"),
    path("help/<slug:slug>/", views.help_page, name="help-chapter"),
    path("healthz", healthz, name="healthz"),
]
if settings.DEMO:
    urlpatterns.append(path("gallery/", gallery, name="gallery"))

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("token/", api.TokenView.as_view(), name="api-token"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("reports/", api_reports.ReportListView.as_view(), name="api-reports"),
    path("reports/<slug:code>/", api_reports.ReportView.as_view(), name="api-report"),
    path("reports/<slug:code>/rows/", api_reports.ReportRowsView.as_view(), name="api-report-rows"),
    *router.urls,
]
