"""Addresses of donors and of pools."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from core.api import Router
from subsidies.api.donations import DonorViewSet, PoolViewSet
from subsidies.views import donations, pool_acts, pools

router = Router()
router.register("donors", DonorViewSet, basename="api-donor")
router.register("pools", PoolViewSet, basename="api-pool")

urlpatterns: list[URLPattern | URLResolver] = [
    path("donors/", donations.donors, name="donors"),
    path("donors/new/", donations.donor_new, name="donor-new"),
    path("donors/<int:pk>/", donations.donor, name="donor"),
    path("donors/<int:pk>/edit/", donations.donor_edit, name="donor-edit"),
    path("pools/", pools.pools, name="pools"),
    path("pools/new/", pool_acts.pool_new, name="pool-new"),
    path("pools/<int:pk>/", pools.pool, name="pool"),
    path("pools/<int:pk>/receive/", pool_acts.pool_receive, name="pool-receive"),
    path("pools/<int:pk>/return/", pool_acts.pool_return, name="pool-return"),
    path("pools/<int:pk>/plan/", pool_acts.pool_plan, name="pool-plan"),
    path("pools/<int:pk>/papers/", pool_acts.pool_paper, name="pool-paper"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
