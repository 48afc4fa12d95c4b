"""Plans and scanned papers in the API."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from core.api import act_api
from core.files import PAPER_BYTES
from core.filters import NumberFilter
from core.parsers import JSONBody
from core.workflow import By
from policies.selectors import rulebook
from subsidies.downloads import download_of
from subsidies.enums import PlanKind, PlanState
from subsidies.models import Attachment, Plan
from subsidies.rules.plans import judge_plan
from subsidies.selectors import attachments as attachment_selectors
from subsidies.selectors import plans as selectors
from subsidies.serializers import plans as shapes
from subsidies.services import attachments as attachment_services
from subsidies.services import plans as services
from subsidies.services.attachments import Paper, Parent
from subsidies.services.publishing import publish_result
from villages.zone_lists import UnitFilter

TAGS = ["plans"]


class PlanFilter(django_filters.FilterSet):
    """What a list of plans may be narrowed by."""

    organisation = NumberFilter(field_name="organisation_id", label="村集体经济组织")
    year = NumberFilter(label="补助年度")
    kind = django_filters.ChoiceFilter(choices=PlanKind.choices)
    state = django_filters.ChoiceFilter(choices=PlanState.choices)
    town = django_filters.CharFilter(field_name="town_code", label="镇街代码")
    unit = UnitFilter()
    q = django_filters.CharFilter(method="search", label="村名、文号")

    def search(self, plans: QuerySet[Plan], name: str, text: str) -> QuerySet[Plan]:
        return selectors.search_plans(plans, text)


class PlanViewSet(ReadOnlyModelViewSet):
    """Plans of the caller's area (补助方案)."""

    queryset = Plan.objects.none()
    serializer_class = shapes.PlanSummary
    filterset_class = PlanFilter

    def get_queryset(self) -> QuerySet[Plan]:
        if getattr(self, "swagger_fake_view", False):
            return Plan.objects.none()
        return selectors.plans_within(self.request.user).order_by("-year", "village_code", "-version_no")  # type: ignore[arg-type]

    @extend_schema(responses=shapes.PlanOutput, tags=TAGS)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One plan with sources, standard, decision and what the rules warned of."""
        return self._answer(request, int(kwargs["pk"]))

    @extend_schema(request=shapes.PlanInput, responses={HTTP_201_CREATED: shapes.PlanOutput}, tags=TAGS)
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Draft a plan (拟定补助方案), empty, with content, or from last year's."""
        given = shapes.PlanInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        year, kind, organisation = data["year"], data["kind"], data["organisation"].pk
        if data["copy_last_year"]:
            plan = services.copy_last_year(organisation, by=by, year=year, kind=kind)
        else:
            plan = services.draft_plan(organisation, by=by, year=year, kind=kind, content=given.content())
        return self._answer(request, plan.pk, status=HTTP_201_CREATED)

    @extend_schema(request=shapes.PlanChange, responses=shapes.PlanOutput, tags=TAGS)
    @act_api
    def partial_update(self, request: Request, by: By, pk: str) -> Response:
        """Save parts of a draft; parts left out stay."""
        given = shapes.PlanChange(data=request.data)
        given.is_valid(raise_exception=True)
        version = given.validated_data.get("version")
        services.change_plan(int(pk), by=by, content=given.content(), expected_version=version)
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.DecisionInput, responses=shapes.PlanOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def decision(self, request: Request, by: By, pk: str) -> Response:
        """Record the democratic decision (登记民主决策); the plan is then decided."""
        given = shapes.DecisionInput(data=request.data)
        given.is_valid(raise_exception=True)
        version = given.validated_data.get("version")
        services.record_decision(int(pk), by=by, record=given.record(), expected_version=version)
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ReasonInput, responses=shapes.PlanOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def reopen(self, request: Request, by: By, pk: str) -> Response:
        """Take a decided plan back to draft (退回修改)."""
        services.reopen_plan(int(pk), by=by, reason=_reason(request))
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ActInput, responses=shapes.PlanOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def file(self, request: Request, by: By, pk: str) -> Response:
        """File a decided plan with the offices that the rulebook names (报请备案); see /filings/?plan=."""
        services.file_plan(int(pk), by=by)
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ActInput, responses=shapes.PlanOutput, tags=TAGS)
    @action(detail=True, methods=["post"], url_path="in-force")
    @act_api
    def in_force(self, request: Request, by: By, pk: str) -> Response:
        """Let a decided plan come into force (方案生效); a version it revises is superseded."""
        services.put_in_force(int(pk), by=by)
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ActInput, responses={HTTP_201_CREATED: shapes.PlanOutput}, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def revise(self, request: Request, by: By, pk: str) -> Response:
        """Draft the next version of a plan in force (调整方案)."""
        plan = services.revise_plan(int(pk), by=by)
        return self._answer(request, plan.pk, status=HTTP_201_CREATED)

    @extend_schema(request=shapes.PublishInput, responses=shapes.PlanOutput, tags=TAGS)
    @action(detail=True, methods=["post"], url_path="publish-result")
    @act_api
    def publish_result(self, request: Request, by: By, pk: str) -> Response:
        """Record that the result was made public (实施结果公开); batches that waited for it alone close."""
        given = shapes.PublishInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        publish_result(int(pk), by=by, published_on=data["published_on"], reason=data["reason"])
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ReasonInput, responses=shapes.PlanOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def end(self, request: Request, by: By, pk: str) -> Response:
        """End a plan in force (结束方案)."""
        services.end_plan(int(pk), by=by, reason=_reason(request))
        return self._answer(request, int(pk))

    @extend_schema(request=shapes.ReasonInput, responses={HTTP_200_OK: shapes.PlanSummary}, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def discard(self, request: Request, by: By, pk: str) -> Response:
        """Give up a draft (放弃草稿)."""
        plan = services.discard_plan(int(pk), by=by, reason=_reason(request))
        return Response(shapes.PlanSummary(plan).data)

    @extend_schema(
        parameters=[OpenApiParameter("on", OpenApiTypes.DATE, description="业务日期，默认今天")],
        responses=shapes.EstimateOutput,
        tags=TAGS,
    )
    @action(detail=True, methods=["get"])
    def estimate(self, request: Request, pk: str) -> Response:
        """What the plan would cost on the members on file, and what the rules say of it."""
        plan = selectors.plan(request.user, int(pk))  # type: ignore[arg-type]
        on = _asked_on(request)
        return Response(shapes.EstimateOutput(estimate_of(plan, on)).data)

    @extend_schema(methods=["get"], responses=shapes.AttachmentOutput(many=True), tags=TAGS)
    @extend_schema(
        methods=["post"],
        request={"multipart/form-data": shapes.PaperInput},
        responses={HTTP_201_CREATED: shapes.AttachmentOutput},
        tags=TAGS,
    )
    @action(
        detail=True, methods=["get", "post"], filterset_class=None, filter_backends=[],
        parser_classes=[MultiPartParser, FormParser, JSONBody],
    )  # fmt: skip
    def attachments(self, request: Request, pk: str) -> Response:
        """The plan's scanned papers; POST adds one (multipart)."""
        plan = selectors.plan(request.user, int(pk))  # type: ignore[arg-type]
        if request.method == "POST":
            return attach_from(request, plan)
        return papers_page(self, attachment_selectors.papers_of_plan(request.user, plan))  # type: ignore[arg-type]

    def _answer(self, request: Request, pk: int, *, status: int = HTTP_200_OK) -> Response:
        plan = selectors.plan(request.user, pk)  # type: ignore[arg-type]
        return Response(shapes.PlanOutput(plan).data, status=status)


class AttachmentViewSet(GenericViewSet):
    """Scanned papers of plans, applications and refunds."""

    queryset = Attachment.objects.none()
    serializer_class = shapes.AttachmentOutput

    @extend_schema(
        responses={(HTTP_200_OK, "application/octet-stream"): OpenApiTypes.BINARY}, tags=["attachments"]
    )
    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        """Download one scanned paper."""
        found = attachment_selectors.attachment(request.user, int(pk))  # type: ignore[arg-type]
        return download_of(found.file)

    @extend_schema(request=None, responses={HTTP_200_OK: shapes.AttachmentOutput}, tags=["attachments"])
    @act_api
    def destroy(self, request: Request, by: By, pk: str) -> Response:
        """Take a paper away while its plan, application or refund is still being prepared."""
        found = attachment_selectors.attachment(request.user, int(pk))  # type: ignore[arg-type]
        kept = shapes.AttachmentOutput(found).data
        attachment_services.remove_attachment(found.pk, by=by)
        return Response(kept)


@act_api
def _attach(view: Any, request: Request, by: By, parent: Parent) -> Response:
    given = shapes.PaperInput(data=request.data)
    given.is_valid(raise_exception=True)
    data = given.validated_data
    upload = data["file"]
    content = upload.read(PAPER_BYTES + 1)
    paper = Paper(data["kind"], upload.name or "", content, data["is_sealed"], data["seals"])
    made = attachment_services.attach_paper(parent, by=by, paper=paper)
    return Response(shapes.AttachmentOutput(made).data, status=HTTP_201_CREATED)


def attach_from(request: Request, parent: Parent) -> Response:
    """Keep the paper of a multipart request with its parent; for the actions of every parent."""
    return _attach(None, request, parent)


def papers_page(view: GenericViewSet, papers: QuerySet[Attachment]) -> Response:
    """Scanned papers, page by page like every list."""
    page = view.paginate_queryset(papers)
    return view.get_paginated_response(shapes.AttachmentOutput(page, many=True).data)


def estimate_of(plan: Plan, on: date) -> dict[str, Any]:
    """The estimate of a plan as the API gives it."""
    rules = rulebook(plan.village_code, on=on)
    shown, facts = selectors.plan_estimate(plan, rulebook=rules, on=on)
    names = (
        "count",
        "amount_fen",
        "mean_fen",
        "unmatched_count",
        "unpaid_count",
        "unpaid_fen",
        "most_fen",
        "cap_fen",
    )
    return {
        **{name: getattr(shown.cost, name) for name in names},
        "rows": shown.cost.rows,
        "others_fen": shown.against.others_fen,
        "income_year": shown.income_year,
        "income_fen": shown.against.income_fen,
        "share_ppm": shown.against.share_ppm,
        "over_fen": shown.against.over_fen,
        "change_fen": shown.change_fen,
        "findings": [one.as_dict() for one in judge_plan(facts, rulebook=rules)],
    }


def _reason(request: Request) -> str:
    given = shapes.ReasonInput(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["reason"])


def _asked_on(request: Request) -> date:
    given = shapes.ActInput(data=request.query_params)
    given.is_valid(raise_exception=True)
    return given.validated_data.get("on") or timezone.localdate()
