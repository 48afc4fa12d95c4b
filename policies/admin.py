"""The back office of the rulebooks: to read. Values change through rulebook files and their services."""

from __future__ import annotations

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from policies.models import Clause, PolicyDocument, PolicyValue, ReasonCode


@admin.register(PolicyDocument)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ("number", "title", "region_code", "effective_on")
    list_filter = ("region_code",)


@admin.register(Clause)
class ClauseAdmin(ReadOnlyAdmin):
    list_display = ("document", "key", "label")
    list_select_related = ("document",)


@admin.register(PolicyValue)
class ValueAdmin(ReadOnlyAdmin):
    list_display = ("name", "key", "value", "unit", "region_code", "year_from", "valid_from", "confidence")
    list_filter = ("region_code", "confidence")
    search_fields = ("name",)


@admin.register(ReasonCode)
class ReasonAdmin(ReadOnlyAdmin):
    list_display = ("code", "severity", "text")
    list_filter = ("severity",)
