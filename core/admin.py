"""The back office looks and does not touch: every change goes through a service, which writes its event."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from import_export.admin import ExportMixin

from core.models import Event, Job, User


class ReadOnlyAdmin(ExportMixin, admin.ModelAdmin):
    """Lists, details and exports of a table; nothing can be added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("username", "display_name", "title", "is_active", "last_login")
    search_fields = ("username", "display_name")
    exclude = ("password",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "on", "act", "object_type", "object_id", "actor", "rows_count", "amount_fen")
    list_filter = ("act",)
    date_hierarchy = "at"


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("kind", "state", "done_count", "total_count", "attempt", "requested_by", "created_at")
    list_filter = ("kind", "state")
