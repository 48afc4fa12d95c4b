"""Shapes of donors and pools in the API. Amounts are whole fen."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import ActInput
from core.years import FIRST_YEAR, LAST_YEAR
from policies.parameters import CUSTODIANS, SPONSOR_KINDS
from subsidies.models import Donor, Pool, PoolEntry
from subsidies.services.donations import DonorContent, MoneyMoved, PoolContent

KINDS = "、".join(f"{key} {label}" for key, label in SPONSOR_KINDS.items())
CUSTODIES = "、".join(f"{key} {label}" for key, label in CUSTODIANS.items())


class DonorOutput(serializers.ModelSerializer):
    """A donor with what it gave in all; the telephone number is not given out."""

    pool_count = serializers.IntegerField(read_only=True)
    given_fen = serializers.IntegerField(read_only=True)

    class Meta:
        model = Donor
        fields = (
            "id", "kind", "name", "uscc", "contact", "county_code", "village_code", "registered_on", "pool_count",
            "given_fen",
        )  # fmt: skip


class DonorInput(ActInput):
    """Who gives: a body with its code, a person by name."""

    kind = serializers.CharField(max_length=25, help_text=KINDS)
    name = serializers.CharField(max_length=100)
    uscc = serializers.CharField(max_length=24, required=False, allow_blank=True, default="")
    contact = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")

    def content(self) -> DonorContent:
        """The donor as the services take it."""
        data = dict(self.validated_data)
        data.pop("on", None)
        return DonorContent(**data)


class PoolOutput(serializers.ModelSerializer):
    """A pool with its figures; `balance_fen` = income + refunded − reserved − remitted − returned."""

    donor_name = serializers.CharField(source="donor.name", default="", read_only=True)
    organisation_name = serializers.CharField(source="organisation.name", read_only=True)
    balance_fen = serializers.IntegerField(read_only=True)
    payer_name = serializers.CharField(read_only=True, help_text="缴款通知书上的缴款单位")

    class Meta:
        model = Pool
        fields = (
            "id", "source", "organisation", "organisation_name", "village_code", "year", "donor", "donor_name",
            "custody", "charity_name", "charity_uscc", "payer_name", "purpose", "agreement_number", "agreed_on",
            "opened_on", "income_fen", "reserved_fen", "remitted_fen", "refunded_fen", "returned_fen",
            "balance_fen",
        )  # fmt: skip


class PoolInput(ActInput):
    """One gift."""

    donor = serializers.IntegerField()
    organisation = serializers.IntegerField()
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    custody = serializers.CharField(max_length=15, help_text=CUSTODIES)
    charity_name = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    charity_uscc = serializers.CharField(max_length=24, required=False, allow_blank=True, default="")
    purpose = serializers.CharField(max_length=200, allow_blank=True)
    agreement_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    agreed_on = serializers.DateField(required=False, allow_null=True, default=None)

    def content(self) -> PoolContent:
        """The gift as the services take it."""
        data = dict(self.validated_data)
        data.pop("on", None)
        return PoolContent(**data)


class MoneyInput(ActInput):
    """A payment; `moved_on` is its own day, `on` the business date. Send a scan as multipart in `scan`."""

    amount_fen = serializers.IntegerField()
    moved_on = serializers.DateField()
    voucher = serializers.CharField(max_length=40, allow_blank=True)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    scan = serializers.FileField(required=False, allow_null=True, default=None, help_text="PDF、JPG或PNG")

    def money(self) -> MoneyMoved:
        """The payment as the services take it."""
        data: dict[str, Any] = self.validated_data
        return MoneyMoved(data["amount_fen"], data["moved_on"], data["voucher"], data["note"])


class PoolEntryOutput(serializers.ModelSerializer):
    """One movement of a pool with what caused it."""

    kind_label = serializers.CharField(source="get_kind_display", read_only=True)

    class Meta:
        model = PoolEntry
        fields = (
            "id", "kind", "kind_label", "amount_fen", "rows_count", "on", "application", "refund", "plan",
            "voucher", "note",
        )  # fmt: skip
