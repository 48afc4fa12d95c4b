"""Rewards in the API: reckon, determine, apply, approve, receive, pay; budgets, rates, offsets."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import django_filters
from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.api import ActInput, act_api
from core.api_jobs import JobOutput
from core.filters import NumberFilter
from core.models import Job
from core.workflow import By
from rewards import selectors, services
from rewards import serializers as shapes
from rewards.enums import RewardState
from rewards.models import Budget, DecidedRate, Offset, Reward, RewardApplication, RewardPayment

TAGS = ["rewards"]


class RewardFilter(django_filters.FilterSet):
    """What a list of rewards may be narrowed by."""

    organisation = NumberFilter(field_name="organisation_id", label="村集体经济组织")
    year = NumberFilter(label="补助年度")
    state = django_filters.ChoiceFilter(choices=RewardState.choices)
    application = NumberFilter(field_name="application_id", label="奖励申请")
    payment = NumberFilter(field_name="payment_id", label="拨付")
    town = django_filters.CharFilter(field_name="town_code", label="镇街代码")
    q = django_filters.CharFilter(method="search", label="村名、镇街名")

    def search(self, rows: QuerySet[Reward], name: str, text: str) -> QuerySet[Reward]:
        return selectors.search_rewards(rows, text)


class Room(ReadOnlyModelViewSet):
    """Lists and single rows of this room: scoped by a selector, empty while the schema is drawn."""

    model: type[Model]
    filterset_fields: tuple[str, ...] = ("year", "state")

    def rows(self) -> QuerySet:
        """The caller's rows."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        return self.rows()

    def answer(self, pk: int, *, status: int = HTTP_200_OK) -> Response:
        """The row as it stands after an act."""
        found = self.rows().get(pk=pk)
        return Response(self.get_serializer(found).data, status=status)

    def given(self, shape: type[ActInput]) -> Any:
        """The valid input of an act."""
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given

    def county(self, given: serializers.Serializer) -> str:
        """The county asked for, else the caller's own."""
        return shapes.county_of_input(given.validated_data, selectors.own_county(self.request.user))  # type: ignore[arg-type]


class RewardViewSet(Room):
    """Villages' yearly rewards (财政奖励) of the caller's area."""

    model = Reward
    queryset = Reward.objects.none()
    serializer_class = shapes.RewardOutput
    filterset_fields = ()
    filterset_class = RewardFilter

    def rows(self) -> QuerySet[Reward]:
        return selectors.rewards_within(self.request.user).order_by("-year", "village_code")  # type: ignore[arg-type]

    def _answers(self, rows: list[Reward]) -> Response:
        found = self.rows().filter(pk__in=[row.pk for row in rows])
        return Response(shapes.RewardOutput(found, many=True).data)

    @extend_schema(request=shapes.YearInput, responses={HTTP_201_CREATED: JobOutput}, tags=TAGS)
    @action(detail=False, methods=["post"])
    @act_api
    def compute(self, request: Request, by: By) -> Response:
        """Reckon every village's reward of a plan year; the answer is the job to look at."""
        given = self.given(shapes.YearInput)
        job = services.start_rewards(self.county(given), given.validated_data["year"], by=by)
        return Response(JobOutput(Job.objects.get(pk=job.pk)).data, status=HTTP_201_CREATED)

    @extend_schema(
        request=shapes.DetermineInput, responses=shapes.RewardOutput(many=True), filters=False, tags=TAGS
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    @act_api
    def determine(self, request: Request, by: By) -> Response:
        """Determine (核定) the year's rewards, all or the rows given; facts are read anew first."""
        given = self.given(shapes.DetermineInput)
        year = given.validated_data["year"]
        return self._answers(services.determine(self.county(given), year, by=by, amounts=given.amounts()))

    @extend_schema(request=ActInput, responses=shapes.RewardOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def undo(self, request: Request, by: By, pk: str) -> Response:
        """Take a determination back that is on no application yet (撤回核定)."""
        services.undo_determination(int(pk), by=by)
        return self.answer(int(pk))

    @extend_schema(
        request=shapes.ApproveInput, responses=shapes.RewardOutput(many=True), filters=False, tags=TAGS
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    @act_api
    def approve(self, request: Request, by: By) -> Response:
        """Finance agrees to, reduces or returns rows, within the year's budget; all or none."""
        return self._answers(services.approve(self.given(shapes.ApproveInput).decisions(), by=by))


class RewardApplicationViewSet(Room):
    """The agency's applications to finance (奖励资金申请)."""

    model = RewardApplication
    queryset = RewardApplication.objects.none()
    serializer_class = shapes.ApplicationOutput

    def rows(self) -> QuerySet[RewardApplication]:
        return selectors.applications_within(self.request.user)  # type: ignore[arg-type]

    @extend_schema(
        request=shapes.ApplyInput, responses={HTTP_201_CREATED: shapes.ApplicationOutput}, tags=TAGS
    )
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Apply to finance for determined rows, to be confirmed by another officer."""
        given = self.given(shapes.ApplyInput)
        data = given.validated_data
        made = services.apply_to_finance(
            self.county(given), data["year"], by=by, reward_ids=data.get("rewards")
        )
        return self.answer(made.pk, status=HTTP_201_CREATED)

    @extend_schema(request=ActInput, responses=shapes.ApplicationOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Another officer confirms; the application is numbered and goes to finance."""
        services.confirm_application(int(pk), by=by)
        return self.answer(int(pk))

    @extend_schema(request=shapes.RewardReasonInput, responses=shapes.ApplicationOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """The checker sends it back."""
        reason = self.given(shapes.RewardReasonInput).validated_data["reason"]
        services.refuse_application(int(pk), by=by, reason=reason)
        return self.answer(int(pk))

    @extend_schema(request=shapes.ReceiveInput, responses=shapes.ApplicationOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def receive(self, request: Request, by: By, pk: str) -> Response:
        """Record that the approved sum is on the agency's account."""
        data = self.given(shapes.ReceiveInput).validated_data
        services.receive(int(pk), by=by, amount_fen=data["amount_fen"], voucher=data["voucher"])
        return self.answer(int(pk))


class RewardPaymentViewSet(Room):
    """Payment runs to the villages (奖励拨付)."""

    model = RewardPayment
    queryset = RewardPayment.objects.none()
    serializer_class = shapes.PaymentOutput

    def rows(self) -> QuerySet[RewardPayment]:
        return selectors.payments_within(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=shapes.PayInput, responses={HTTP_201_CREATED: shapes.PaymentOutput}, tags=TAGS)
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Propose to pay villages whose money is on the agency's account."""
        given = self.given(shapes.PayInput).validated_data
        made = services.propose_payment(given["rewards"], by=by)
        return self.answer(made.pk, status=HTTP_201_CREATED)

    @extend_schema(request=shapes.ConfirmPaymentInput, responses=shapes.PaymentOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Another officer confirms: the money goes to the villages."""
        data = self.given(shapes.ConfirmPaymentInput).validated_data
        services.confirm_payment(int(pk), by=by, voucher=data["voucher"], amount_fen=data.get("amount_fen"))
        return self.answer(int(pk))

    @extend_schema(request=shapes.RewardReasonInput, responses=shapes.PaymentOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """The checker sends it back."""
        reason = self.given(shapes.RewardReasonInput).validated_data["reason"]
        services.refuse_payment(int(pk), by=by, reason=reason)
        return self.answer(int(pk))


class RewardBudgetViewSet(Room):
    """Yearly reward budgets (年度预算)."""

    model = Budget
    queryset = Budget.objects.none()
    serializer_class = shapes.BudgetOutput

    def rows(self) -> QuerySet[Budget]:
        return selectors.budgets_within(self.request.user)  # type: ignore[arg-type]

    def get_serializer_context(self) -> dict[str, Any]:
        """With what became of each year's budget, read once."""
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context
        uses = selectors.budget_uses(self.rows())
        return context | {"uses": defaultdict(lambda: selectors.NO_USE, uses)}

    @extend_schema(request=shapes.BudgetInput, responses={HTTP_201_CREATED: shapes.BudgetOutput}, tags=TAGS)
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Enter a year's budget or a new total for it, to be agreed by another finance officer."""
        given = self.given(shapes.BudgetInput)
        data = given.validated_data
        made = services.enter_budget(
            self.county(given), data["year"], by=by, total_fen=data["total_fen"], document=data["document"]
        )
        return self.answer(made.pk, status=HTTP_201_CREATED)

    @extend_schema(request=ActInput, responses=shapes.BudgetOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def agree(self, request: Request, by: By, pk: str) -> Response:
        """Another finance officer agrees; the total is in force."""
        services.agree_budget(int(pk), by=by)
        return self.answer(int(pk))

    @extend_schema(request=shapes.RewardReasonInput, responses=shapes.BudgetOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """Not agreed, or taken back."""
        reason = self.given(shapes.RewardReasonInput).validated_data["reason"]
        services.refuse_budget(int(pk), by=by, reason=reason)
        return self.answer(int(pk))


class RewardRateViewSet(Room):
    """Rates decided at or below a year's ceiling (奖励比例)."""

    model = DecidedRate
    queryset = DecidedRate.objects.none()
    serializer_class = shapes.RateOutput

    def rows(self) -> QuerySet[DecidedRate]:
        return selectors.rates_within(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=shapes.RateInput, responses={HTTP_201_CREATED: shapes.RateOutput}, tags=TAGS)
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Enter a decided rate, to be confirmed by another officer."""
        given = self.given(shapes.RateInput)
        data = given.validated_data
        made = services.propose_rate(
            self.county(given), data["year"], by=by, rate_ppm=data["rate_ppm"], document=data["document"]
        )
        return self.answer(made.pk, status=HTTP_201_CREATED)

    @extend_schema(request=ActInput, responses=shapes.RateOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Another officer confirms; the next reckoning goes by it."""
        services.confirm_rate(int(pk), by=by)
        return self.answer(int(pk))

    @extend_schema(request=shapes.RewardReasonInput, responses=shapes.RateOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """The checker sends it back."""
        reason = self.given(shapes.RewardReasonInput).validated_data["reason"]
        services.refuse_rate(int(pk), by=by, reason=reason)
        return self.answer(int(pk))


class RewardOffsetViewSet(Room):
    """What villages owe of earlier rewards (冲抵)."""

    model = Offset
    queryset = Offset.objects.none()
    serializer_class = shapes.OffsetOutput
    filterset_fields = ("state", "organisation", "reward")

    def rows(self) -> QuerySet[Offset]:
        return selectors.offsets_within(self.request.user)  # type: ignore[arg-type]

    @extend_schema(request=shapes.DocumentInput, responses=shapes.OffsetOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def repay(self, request: Request, by: By, pk: str) -> Response:
        """Record that the village paid the rest back to finance."""
        document = self.given(shapes.DocumentInput).validated_data["document"]
        services.repay_offset(int(pk), by=by, document=document)
        return self.answer(int(pk))

    @extend_schema(request=shapes.DocumentInput, responses=shapes.OffsetOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def waive(self, request: Request, by: By, pk: str) -> Response:
        """Write the rest off on a document."""
        document = self.given(shapes.DocumentInput).validated_data["document"]
        services.waive_offset(int(pk), by=by, document=document)
        return self.answer(int(pk))
