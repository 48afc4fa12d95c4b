"""Addresses of plans and of scanned papers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from core.api import Router
from subsidies.api.plans import AttachmentViewSet, PlanViewSet
from subsidies.forms.editors import EDITORS
from subsidies.views.plans import editing, in_force, listing, papers, plan, prints

router = Router()
router.register("plans", PlanViewSet, basename="api-plan")
router.register("attachments", AttachmentViewSet, basename="api-attachment")
PART = "|".join(EDITORS)

urlpatterns: list[URLPattern | URLResolver] = [
    path("plans/", listing.plans, name="plans"),
    path("plans/new/", editing.plan_new, name="plan-new"),
    path("plans/<int:pk>/", plan.plan, name="plan"),
    re_path(rf"^plans/(?P<pk>[0-9]+)/parts/(?P<part>{PART})/$", editing.plan_edit, name="plan-edit"),
    re_path(
        rf"^plans/(?P<pk>[0-9]+)/parts/(?P<part>{PART})/estimate/$",
        editing.plan_estimate,
        name="plan-estimate",
    ),
    path("plans/<int:pk>/decision/", editing.plan_decision, name="plan-decision"),
    path("plans/<int:pk>/in-force/", in_force.plan_in_force, name="plan-in-force"),
    re_path(rf"^plans/(?P<pk>[0-9]+)/(?P<name>{'|'.join(plan.ACTS)})/$", plan.plan_act, name="plan-act"),
    path("plans/<int:pk>/revise/", plan.plan_revise, name="plan-revise"),
    path("plans/<int:pk>/unpaid/", plan.plan_unpaid, name="plan-unpaid"),
    path("plans/<int:pk>/print/", prints.plan_print, name="plan-print"),
    path("plans/<int:pk>/decision/print/", prints.plan_decision_print, name="plan-decision-print"),
    path("plans/<int:pk>/papers/", papers.plan_paper_new, name="plan-paper-new"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/remove/", papers.paper_remove, name="paper-remove"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [path("", include(router.urls))]
