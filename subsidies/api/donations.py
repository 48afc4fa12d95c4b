"""Donors and pools (社会资助、专款) through the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import ActInput, act_api
from core.filters import NumberFilter
from core.parsers import JSONBody
from core.workflow import By
from ledger.enums import Source
from subsidies.enums import PoolEntryKind, PoolPaper
from subsidies.models import Donor, Pool, PoolEntry
from subsidies.selectors import donations as selectors
from subsidies.serializers import donations as shapes
from subsidies.serializers.plans import PlanSummary
from subsidies.services import donations as services
from subsidies.services import plans as plan_services
from subsidies.services.attachments import Paper


class DonorFilter(django_filters.FilterSet):
    """What a list of donors may be narrowed by."""

    kind = django_filters.CharFilter(label="资助方种类")
    q = django_filters.CharFilter(method="search", label="名称、统一社会信用代码、联系人")

    def search(self, rows: QuerySet[Donor], name: str, text: str) -> QuerySet[Donor]:
        return selectors.search_donors(rows, text)


class DonorViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """资助方: written by the village for its own register, by the agency for the county's."""

    queryset = Donor.objects.none()
    serializer_class = shapes.DonorOutput
    filterset_class = DonorFilter

    def get_queryset(self) -> QuerySet[Donor]:
        """Donors of the area."""
        if getattr(self, "swagger_fake_view", False):
            return Donor.objects.none()
        return selectors.donors_within(self.request.user).order_by("name", "pk")  # type: ignore[arg-type]

    def _answer(self, pk: int | str, *, code: int = status.HTTP_200_OK) -> Response:
        row = selectors.donor(self.request.user, int(pk))  # type: ignore[arg-type]
        return Response(shapes.DonorOutput(row).data, status=code)

    @extend_schema(request=shapes.DonorInput, responses={HTTP_201_CREATED: shapes.DonorOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Enter a donor in the register of the caller's place (登记资助方)."""
        given = shapes.DonorInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.register_donor(services.register_region(by), by=by, content=given.content())
        return self._answer(made.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.DonorInput, responses=shapes.DonorOutput)
    @act_api
    def update(self, request: Request, by: By, pk: str) -> Response:
        """Correct what is known of a donor (更改资助方)."""
        given = shapes.DonorInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.change_donor(int(pk), by=by, content=given.content())
        return self._answer(pk)


class PoolFilter(django_filters.FilterSet):
    """What a list of pools may be narrowed by."""

    organisation = NumberFilter(field_name="organisation_id", label="村集体经济组织")
    donor = NumberFilter(field_name="donor_id", label="资助方")
    year = NumberFilter(label="补助年度")
    source = django_filters.ChoiceFilter(
        choices=[(value, label) for value, label in Source.choices if value in ("collective", "sponsor")]
    )
    custody = django_filters.CharFilter(label="资金由谁管理")
    town = django_filters.CharFilter(field_name="town_code", label="镇街代码")
    q = django_filters.CharFilter(method="search", label="资助方、慈善组织、村名、用途、协议编号")

    def search(self, rows: QuerySet[Pool], name: str, text: str) -> QuerySet[Pool]:
        return selectors.search_pools(rows, text)


class EntryFilter(django_filters.FilterSet):
    """What a pool's movements may be narrowed by."""

    kind = django_filters.ChoiceFilter(choices=PoolEntryKind.choices)


class PoolViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """专款: income, reserved, remitted, refunded, returned; the balance never falls below zero."""

    queryset = Pool.objects.none()
    serializer_class = shapes.PoolOutput
    filterset_class = PoolFilter
    parser_classes = (JSONBody, MultiPartParser, FormParser)

    def get_queryset(self) -> QuerySet[Pool]:
        """Pools of the area."""
        if getattr(self, "swagger_fake_view", False):
            return Pool.objects.none()
        return selectors.pools_within(self.request.user).order_by("-year", "village_code", "pk")  # type: ignore[arg-type]

    def _answer(self, pk: int | str, *, code: int = status.HTTP_200_OK) -> Response:
        row = selectors.pool(self.request.user, int(pk))  # type: ignore[arg-type]
        return Response(shapes.PoolOutput(row).data, status=code)

    @extend_schema(request=shapes.PoolInput, responses={HTTP_201_CREATED: shapes.PoolOutput})
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Open the pool of one gift (建立专款): E-SOURCE, E-CUSTODY where the rulebook does not take it."""
        given = shapes.PoolInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.open_pool(by=by, content=given.content())
        return self._answer(made.pk, code=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.MoneyInput, responses=shapes.PoolOutput)
    @action(detail=True, methods=["post"])
    @act_api
    def receive(self, request: Request, by: By, pk: str) -> Response:
        """Record a payment of the donor (收到资助款), once for each voucher."""
        given = self._money(request)
        paper = _scan(given, PoolPaper.RECEIPT)
        services.receive_money(int(pk), by=by, money=given.money(), paper=paper)
        return self._answer(pk)

    @extend_schema(request=shapes.MoneyInput, responses=shapes.PoolOutput)
    @action(detail=True, methods=["post"], url_path="return")
    @act_api
    def give_back(self, request: Request, by: By, pk: str) -> Response:
        """Give money back to the donor (退还资助人) on his written claim, sent as `scan`; E-POOL beyond the balance."""
        given = self._money(request)
        services.return_money(int(pk), by=by, money=given.money(), paper=_scan(given, PoolPaper.CLAIM))
        return self._answer(pk)

    @extend_schema(request=ActInput, responses={HTTP_201_CREATED: PlanSummary})
    @action(detail=True, methods=["post"])
    @act_api
    def plan(self, request: Request, by: By, pk: str) -> Response:
        """Draft the plan that spends the pool (拟定资助方案); it goes on under plans/."""
        made = plan_services.draft_sponsored_plan(int(pk), by=by)
        return Response(PlanSummary(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=shapes.PoolEntryOutput(many=True))
    @action(detail=True, methods=["get"], filterset_class=EntryFilter)
    def entries(self, request: Request, pk: str) -> Response:
        """The pool's movements, oldest first."""
        found = selectors.pool(request.user, int(pk))  # type: ignore[arg-type]
        rows: QuerySet[PoolEntry] = EntryFilter(request.query_params, selectors.entries_of(found)).qs
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shapes.PoolEntryOutput(page, many=True).data)

    def _money(self, request: Request) -> shapes.MoneyInput:
        given = shapes.MoneyInput(data=request.data)
        given.is_valid(raise_exception=True)
        return given


def _scan(given: shapes.MoneyInput, kind: PoolPaper) -> Paper | None:
    data: dict[str, Any] = given.validated_data
    upload = data["scan"]
    return Paper(str(kind), upload.name or "", upload.read(), is_sealed=True) if upload else None
