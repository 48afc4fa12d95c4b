"""Addresses of the collective subsidy, a module a step."""

from __future__ import annotations

from subsidies.urls import (
    applications,
    county_pilots,
    donations,
    estimator,
    explaining,
    filings,
    informing,
    notices,
    plans,
    posting,
    refunds,
    verification,
)

_modules = (
    county_pilots,
    donations,
    plans,
    filings,
    applications,
    verification,
    notices,
    posting,
    informing,
    refunds,
    explaining,
    estimator,
)
urlpatterns = [pattern for module in _modules for pattern in module.urlpatterns]
api_urlpatterns = [pattern for module in _modules for pattern in module.api_urlpatterns]
