"""Changes of bank accounts through the API: the same acts as the pages."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.access import require_role
from core.api import ActInput, act_api, given_by
from core.filters import NumberFilter
from core.workflow import By, Step
from villages import workflow
from villages.enums import ChangeState
from villages.models import AccountChange
from villages.selectors import accounts as selectors
from villages.serializers import ReasonInput
from villages.services import accounts as services


class AccountChangeOutput(serializers.ModelSerializer):
    """One change of an account; of both numbers the last four digits only."""

    before_bank = serializers.CharField(source="before.bank_name", default="")
    before_name = serializers.CharField(source="before.account_name", default="")
    after_bank = serializers.CharField(source="after.bank_name", default="")
    after_name = serializers.CharField(source="after.account_name", default="")
    proposed_by = serializers.CharField(source="proposed_by.username")
    decided_by = serializers.CharField(source="decided_by.username", allow_null=True, default=None)

    class Meta:
        model = AccountChange
        fields = (
            "id", "organisation", "state", "before_bank", "before_name", "before_last4", "after_bank", "after_name",
            "after_last4", "reason", "refused_reason", "proposed_by", "proposed_on", "decided_by", "decided_on",
            "version", "county_code", "town_code", "village_code",
        )  # fmt: skip


class ConfirmInput(ActInput):
    """The number once more, from the paper."""

    bank_account = serializers.CharField(max_length=40, allow_blank=True, help_text="对照账户证明再输一遍")


class AccountChangeFilter(django_filters.FilterSet):
    """By state and organisation."""

    state = django_filters.ChoiceFilter(choices=ChangeState.choices, label="状态")
    organisation = NumberFilter(field_name="organisation_id", label="村集体经济组织")


@extend_schema_view(
    list=extend_schema(summary="收款账户变更"), retrieve=extend_schema(summary="一项收款账户变更")
)
class AccountChangeViewSet(ReadOnlyModelViewSet):
    """Accounts that were proposed when an organisation was registered or changed; another person decides."""

    queryset = AccountChange.objects.none()
    serializer_class = AccountChangeOutput
    filterset_class = AccountChangeFilter

    def get_queryset(self) -> QuerySet[AccountChange]:
        if getattr(self, "swagger_fake_view", False):
            return AccountChange.objects.none()
        return selectors.account_changes_within(self.request.user)  # type: ignore[arg-type]

    def _answer(self, pk: int) -> Response:
        return Response(AccountChangeOutput(self.get_queryset().get(pk=pk)).data)

    def _found(self, by: By, step: Step, pk: str) -> int:
        """Who may and where come before what was sent: a foreign row is not there, whatever the input."""
        require_role(by.actor, step.roles, step.label)
        return selectors.account_change(by.actor, int(pk)).pk

    @extend_schema(request=ConfirmInput, responses=AccountChangeOutput, summary="复核收款账户")
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Let the account count (reviewer or admin, another person than the proposer)."""
        found = self._found(by, workflow.CONFIRM_ACCOUNT, pk)
        return self._answer(services.confirm_account(found, by=by, **given_by(ConfirmInput, request)).pk)

    @extend_schema(request=ReasonInput, responses=AccountChangeOutput, summary="不予变更收款账户")
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """Send the proposal back with a reason (reviewer or admin, another person than the proposer)."""
        found = self._found(by, workflow.REFUSE_ACCOUNT, pk)
        return self._answer(services.refuse_account(found, by=by, **given_by(ReasonInput, request)).pk)
