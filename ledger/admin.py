"""The back office of the books: to read. What is booked is mended by a row, never by hand."""

from __future__ import annotations

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from ledger.models import Account, InterestRate, Transfer


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("key", "book", "kind", "source", "county_code")
    list_filter = ("book", "kind")
    search_fields = ("key",)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("id", "on", "kind", "source", "amount_fen", "year", "cause_key")
    list_filter = ("book", "kind", "year")
    search_fields = ("cause_key",)


@admin.register(InterestRate)
class InterestRateAdmin(ReadOnlyAdmin):
    list_display = ("county_code", "year", "rate_ppm", "state", "settled_on")
