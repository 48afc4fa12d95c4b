"""Addresses of policies."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from core.api import Router
from policies import api, views
from policies.amendments import views as amendments
from policies.amendments.api import AmendmentViewSet

router = Router()
router.register("amendments", AmendmentViewSet, basename="api-amendment")

urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", views.policies, name="policies"),
    path("policies/compare/", views.policies_compare, name="policies-compare"),
    path("policies/compare/print/", views.policies_compare_print, name="policies-compare-print"),
    path("policies/<str:region_code>/", views.rulebook, name="rulebook"),
    path("policies/<str:region_code>/export/", views.rulebook_export, name="rulebook-export"),
    path("policies/<str:region_code>/amend/", amendments.amendment_new, name="amendment-new"),
    path("amendments/", amendments.amendments, name="amendments"),
    path("amendments/<int:pk>/", amendments.amendment, name="amendment"),
    path("amendments/<int:pk>/edit/", amendments.amendment_edit, name="amendment-edit"),
    re_path(
        r"^amendments/(?P<pk>[0-9]+)/(?P<name>approve|return|withdraw)/$",
        amendments.amendment_act,
        name="amendment-act",
    ),
]
api_urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", api.RulebookList.as_view(), name="api-policies"),
    path("policies/documents/", api.DocumentList.as_view(), name="api-policy-documents"),
    path("policies/reasons/", api.ReasonList.as_view(), name="api-policy-reasons"),
    path("policies/compare/", api.RulebookComparison.as_view(), name="api-policies-compare"),
    path("policies/<str:region_code>/", api.RulebookDetail.as_view(), name="api-rulebook"),
    path("policies/<str:region_code>/export/", api.RulebookFile.as_view(), name="api-rulebook-export"),
    *router.urls,
]
