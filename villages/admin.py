"""Regions, organisations and staff, to be looked at only; their pages keep them."""

from __future__ import annotations

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from villages.models import CollectiveOrganisation, Region, StaffArea


@admin.register(Region)
class RegionAdmin(ReadOnlyAdmin):
    list_display = ("code", "level", "name", "parent")
    list_filter = ("level",)
    search_fields = ("code", "name")


@admin.register(CollectiveOrganisation)
class OrganisationAdmin(ReadOnlyAdmin):
    list_display = ("name", "uscc", "legal_representative", "registered_on")
    search_fields = ("name", "uscc")
    exclude = ("bank_account",)


@admin.register(StaffArea)
class StaffAreaAdmin(ReadOnlyAdmin):
    list_display = ("user", "region", "backdate_days")
