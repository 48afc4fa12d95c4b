"""Applications through the API: the same services as the pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from core.api import ActInput, IdNumberField, act_api
from core.errors import InvalidInput, NotInArea
from core.filters import NumberFilter
from core.identity import read_id_number
from core.models import User
from core.parsers import JSONBody
from core.workflow import By
from subsidies.api.plans import attach_from, papers_page
from subsidies.enums import ApplicationState, PlanKind, Verdict
from subsidies.models import Application, Finding, Line, Plan
from subsidies.rules.wording import Words
from subsidies.selectors import applications as selectors
from subsidies.serializers.plans import AttachmentOutput, PaperInput
from subsidies.services import applications as services
from subsidies.services import verification
from villages.models import Person
from villages.selectors import regions


class FindingOutput(serializers.ModelSerializer):
    """One thing a rule said of a line."""

    sentence = serializers.SerializerMethodField()
    clause = serializers.SerializerMethodField()

    class Meta:
        model = Finding
        fields = ("code", "severity", "sentence", "clause", "figures")

    def get_sentence(self, finding: Finding) -> str:
        return self._words.sentence(finding)

    def get_clause(self, finding: Finding) -> str:
        return self._words.cited_at(finding.code, finding.clause)

    @property
    def _words(self) -> Words:
        """One for the whole answer: the serializer of nested rows is made once."""
        known = self.__dict__.get("words")
        if known is None:
            known = self.__dict__["words"] = Words()
        return known


class LineOutput(serializers.ModelSerializer):
    """One person's line with the facts it was judged by; the identity number's last four only."""

    name = serializers.CharField(source="person.name")
    id_last4 = serializers.CharField(source="person.last4")
    findings = FindingOutput(many=True, source="found")

    class Meta:
        model = Line
        fields = (
            "id", "position", "person", "name", "id_last4", "state", "source", "pool", "amount_fen", "standard_fen",
            "granted_fen",
            "qualifying_year", "tier_fen", "paid_on", "person_kind", "age", "cap_limit_fen", "cap_reserved_fen",
            "cap_sponsor_fen", "cap_in_progress_fen", "advice", "verdict", "verdict_code", "verdict_note",
            "left_reason", "left_event_on", "remitted_on", "posted_on", "refunded_on", "findings",
        )  # fmt: skip


class ApplicationOutput(serializers.ModelSerializer):
    """One batch with its counts and sums."""

    organisation_name = serializers.CharField(source="organisation.name")
    headcount = serializers.IntegerField()
    amount_fen = serializers.IntegerField(source="sum_fen")
    undecided_count = serializers.IntegerField()
    shown_state = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = (
            "id", "state", "shown_state", "number", "year", "batch_no", "plan", "organisation", "organisation_name",
            "village_code", "town_code", "county_code", "headcount", "amount_fen", "undecided_count",
            "submitted_on", "returned_reason", "correct_by", "verified_on", "confirmed_on", "version",
        )  # fmt: skip

    def get_shown_state(self, row: Any) -> str:
        return selectors.batch_word(row.state, selectors.counts_of(row))


class DrawUpInput(ActInput):
    """The plan in force to draw up from: by its id, or by organisation and year."""

    plan = serializers.IntegerField(required=False)
    organisation = serializers.IntegerField(required=False)
    year = serializers.IntegerField(required=False)
    kind = serializers.ChoiceField(PlanKind.choices, default=PlanKind.REGULAR)


class NewLineInput(serializers.Serializer):
    """A person by `person` or `id_number`; without an amount he gets what the plan gives."""

    person = serializers.IntegerField(required=False)
    id_number = IdNumberField(required=False, max_length=24)
    amount_fen = serializers.IntegerField(required=False, allow_null=True)
    cut = serializers.BooleanField(default=False, help_text="超过年度上限的，按剩余额度核减")


class AmountInput(serializers.Serializer):
    line = serializers.IntegerField()
    amount_fen = serializers.IntegerField()


class ChangeLinesInput(ActInput):
    """Changes of a list in hand: all of them or none."""

    add = NewLineInput(many=True, required=False)
    remove = serializers.ListField(child=serializers.IntegerField(), required=False)
    amounts = AmountInput(many=True, required=False)
    cut = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="超过年度上限的行，按剩余额度核减"
    )
    version = serializers.IntegerField(required=False, help_text="看到的版本；已变动则不生效")


class SubmitInput(ActInput):
    declared_true = serializers.BooleanField(default=False, help_text="对材料真实性、完整性负责")
    version = serializers.IntegerField(required=False)


class ReasonInput(ActInput):
    reason = serializers.CharField(required=False, allow_blank=True, default="")


class WithdrawLinesInput(ActInput):
    """Lines by id, or persons by `persons`; reason of the rulebook, date of the event."""

    lines = serializers.ListField(child=serializers.IntegerField(), required=False)
    persons = serializers.ListField(child=serializers.IntegerField(), required=False)
    reason = serializers.CharField()
    event_on = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True, default="")


class ReturnInput(ActInput):
    reason = serializers.CharField(allow_blank=True)
    correct_by = serializers.DateField(required=False, allow_null=True)


class DecisionInput(serializers.Serializer):
    """`lines`, or `pick` = clean (every undecided line without doubts) or refused (those advised against)."""

    lines = serializers.ListField(child=serializers.IntegerField(), required=False, default=list)
    pick = serializers.ChoiceField(["", "clean", "refused"], required=False, default="")
    verdict = serializers.ChoiceField([*Verdict.choices], allow_blank=True)
    reason_code = serializers.CharField(required=False, allow_blank=True, default="")
    note = serializers.CharField(required=False, allow_blank=True, default="")


class DecideInput(ActInput):
    decisions = DecisionInput(many=True)


class VersionInput(ActInput):
    version = serializers.IntegerField(required=False)


class ApplicationFilter(django_filters.FilterSet):
    """By state, year, organisation, plan, number; `q` is a part of the organisation's, village's or town's name."""

    q = django_filters.CharFilter(method="search", label="村名、镇街名、文号")

    class Meta:
        model = Application
        fields = ("state", "year", "organisation", "number", "plan")

    def search(self, rows: QuerySet[Application], name: str, text: str) -> QuerySet[Application]:
        return selectors.search_applications(rows, text)


class LineFilter(django_filters.FilterSet):
    """By state, verdict, advice, or the code of a finding."""

    code = django_filters.CharFilter(field_name="findings__code", label="发现的代码")
    person = NumberFilter(field_name="person_id")

    class Meta:
        model = Line
        fields = ("state", "verdict", "advice")


LINE_FILTERS = {
    "state": "人员状态", "verdict": "核实结论", "advice": "系统建议", "code": "发现的代码", "person": "人员",
}  # fmt: skip


@extend_schema_view(
    list=extend_schema(summary="补助申请列表"), retrieve=extend_schema(summary="一批补助申请")
)
class ApplicationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """补助申请：生成名单、修改、预检、提交、撤回、核实、复核。"""

    serializer_class = ApplicationOutput
    filterset_class = ApplicationFilter
    queryset = Application.objects.none()
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Application]:
        if getattr(self, "swagger_fake_view", False):
            return Application.objects.none()
        return selectors.with_counts(selectors.applications(_user(self.request)))

    def _answer(self, application: Application, code: int = status.HTTP_200_OK) -> Response:
        row = self.get_queryset().get(pk=application.pk)
        return Response(ApplicationOutput(row).data, status=code)

    def _mine(self, pk: str) -> int:
        return selectors.application(_user(self.request), int(pk)).pk

    @extend_schema(
        request=DrawUpInput, responses={HTTP_201_CREATED: ApplicationOutput}, summary="按生效方案生成补助名单"
    )
    @act_api
    def create(self, request: Request, by: By) -> Response:
        given = _valid(DrawUpInput, request)
        application = services.draw_up_application(_plan_id(by, given), by=by)
        return self._answer(application, status.HTTP_201_CREATED)

    @extend_schema(
        methods=["GET"],
        responses=LineOutput(many=True),
        parameters=[OpenApiParameter(name, description=text) for name, text in LINE_FILTERS.items()],
        filters=False,
        summary="名单",
        operation_id="applications_lines_list",
    )
    @extend_schema(
        methods=["POST"],
        request=ChangeLinesInput,
        responses=ApplicationOutput,
        summary="增加、移出人员，修改金额",
        operation_id="applications_lines_change",
    )
    @action(detail=True, methods=["get", "post"], filterset_class=None)
    def lines(self, request: Request, pk: str) -> Response:
        if request.method == "POST":
            return self._change_lines(request, pk)
        application = selectors.application(_user(request), int(pk))
        rows = LineFilter(request.query_params, selectors.lines_of(application)).qs.distinct()
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(LineOutput(page, many=True).data)

    @act_api
    def _change_lines(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(ChangeLinesInput, request)
        changes = services.LineChanges(
            add=_new_lines(given.get("add", ())),
            remove=given.get("remove", ()),
            amounts={row["line"]: row["amount_fen"] for row in given.get("amounts", ())},
            cut=given.get("cut", ()),
        )
        version = given.get("version")
        return self._answer(
            services.change_lines(self._mine(pk), by=by, changes=changes, expected_version=version)
        )

    @extend_schema(request=ActInput, responses=ApplicationOutput, summary="预检")
    @action(detail=True, methods=["post"])
    @act_api
    def precheck(self, request: Request, by: By, pk: str) -> Response:
        return self._answer(services.precheck_application(self._mine(pk), by=by))

    @extend_schema(request=SubmitInput, responses=ApplicationOutput, summary="提交申请（补正后再次提交）")
    @action(detail=True, methods=["post"])
    @act_api
    def submit(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(SubmitInput, request)
        return self._answer(
            services.submit_application(
                self._mine(pk),
                by=by,
                declared_true=given["declared_true"],
                expected_version=given.get("version"),
            )
        )

    @extend_schema(request=ReasonInput, responses=ApplicationOutput, summary="撤回整批申请")
    @action(detail=True, methods=["post"])
    @act_api
    def withdraw(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(ReasonInput, request)
        return self._answer(services.withdraw_application(self._mine(pk), by=by, reason=given["reason"]))

    @extend_schema(request=WithdrawLinesInput, responses=ApplicationOutput, summary="撤回人员（到账以前）")
    @action(detail=True, methods=["post"], url_path="withdraw-lines")
    @act_api
    def withdraw_lines(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(WithdrawLinesInput, request)
        application_id = self._mine(pk)
        ids = list(given.get("lines") or [])
        persons = given.get("persons") or []
        ids += Line.objects.filter(application=application_id, person__in=persons).values_list(
            "pk", flat=True
        )
        application = services.withdraw_lines(
            application_id,
            by=by,
            line_ids=ids,
            reason=given["reason"],
            event_on=given.get("event_on"),
            note=given["note"],
        )
        return self._answer(application)

    @extend_schema(request=ActInput, responses=ApplicationOutput, summary="逾期未补正，终止申请")
    @action(detail=True, methods=["post"])
    @act_api
    def lapse(self, request: Request, by: By, pk: str) -> Response:
        return self._answer(services.lapse_application(self._mine(pk), by=by))

    @extend_schema(request=ReturnInput, responses=ApplicationOutput, summary="退回补正")
    @action(detail=True, methods=["post"], url_path="return")
    @act_api
    def return_(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(ReturnInput, request)
        application = verification.return_application(
            self._mine(pk), by=by, reason=given["reason"], correct_by=given.get("correct_by")
        )
        return self._answer(application)

    @extend_schema(request=ActInput, responses=ApplicationOutput, summary="重新核对")
    @action(detail=True, methods=["post"])
    @act_api
    def recheck(self, request: Request, by: By, pk: str) -> Response:
        return self._answer(verification.recheck_application(self._mine(pk), by=by))

    @extend_schema(request=DecideInput, responses=ApplicationOutput, summary="逐人或成批给出核实结论")
    @action(detail=True, methods=["post"])
    @act_api
    def decide(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(DecideInput, request)
        decisions = [
            verification.Decision(
                verdict=row["verdict"],
                line_ids=row["lines"],
                pick=row["pick"],
                reason_code=row["reason_code"],
                note=row["note"],
            )
            for row in given["decisions"]
        ]
        return self._answer(verification.decide_lines(self._mine(pk), by=by, decisions=decisions))

    @extend_schema(request=ActInput, responses=ApplicationOutput, summary="提交复核")
    @action(detail=True, methods=["post"])
    @act_api
    def verify(self, request: Request, by: By, pk: str) -> Response:
        return self._answer(verification.verify_application(self._mine(pk), by=by))

    @extend_schema(request=VersionInput, responses=ApplicationOutput, summary="复核，开具缴款通知书")
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(VersionInput, request)
        application = verification.confirm_verification(
            self._mine(pk), by=by, expected_version=given.get("version")
        )
        return self._answer(application)

    @extend_schema(request=ReasonInput, responses=ApplicationOutput, summary="复核不同意，退回经办")
    @action(detail=True, methods=["post"])
    @act_api
    def reject(self, request: Request, by: By, pk: str) -> Response:
        given = _valid(ReasonInput, request)
        return self._answer(verification.reject_verification(self._mine(pk), by=by, reason=given["reason"]))

    @extend_schema(
        methods=["GET"],
        responses=AttachmentOutput(many=True),
        filters=False,
        summary="附件",
        operation_id="applications_attachments_list",
    )
    @extend_schema(
        methods=["POST"],
        request={"multipart/form-data": PaperInput},
        responses={HTTP_201_CREATED: AttachmentOutput},
        summary="上传附件",
        operation_id="applications_attachments_add",
    )
    @action(
        detail=True, methods=["get", "post"], filterset_class=None, filter_backends=[],
        parser_classes=[MultiPartParser, FormParser, JSONBody],
    )  # fmt: skip
    def attachments(self, request: Request, pk: str) -> Response:
        """Scanned papers: plan, application, roster, …; POST adds one (multipart)."""
        application = selectors.application(_user(request), int(pk))
        if request.method == "POST":
            return attach_from(request, application)
        return papers_page(self, application.attachments.select_related("file").order_by("pk"))


def _user(request: Any) -> User:
    return request.user


def _valid(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return given.validated_data


def _plan_id(by: By, given: dict[str, Any]) -> int:
    if given.get("plan"):
        return given["plan"]
    if not (given.get("organisation") and given.get("year")) or given["kind"] == PlanKind.SPONSORED:
        message = _("请给出方案 plan，或组织 organisation 和年度 year；社会资助方案须给出 plan。")
        raise InvalidInput(message, fields={"plan": [message]})
    # Whether a foreign village has a plan is not told.
    own = regions.organisation(by.actor, given["organisation"])
    found = Plan.objects.filter(
        organisation=own, year=given["year"], kind=given["kind"], state="in_force"
    ).first()
    if found is None:
        raise NotInArea(_("这个组织在这个年度没有已生效的方案。"))
    return found.pk


def _new_lines(rows: Any) -> list[services.NewLine]:
    made = []
    for place, row in enumerate(rows, start=1):
        person_id = row.get("person")
        if row.get("id_number"):
            number = read_id_number(row["id_number"]).number
            person = Person.objects.by_id_number(number).first()
            # Nobody has an id below zero: each stranger is told by his own place.
            person_id = person.pk if person else -place
        if person_id is None:
            message = _("每个要增加的人须给出 person 或 id_number。")
            raise InvalidInput(message, fields={"add": [message]})
        made.append(services.NewLine(person_id, row.get("amount_fen"), row["cut"]))
    return made


__all__ = ["ApplicationState", "ApplicationViewSet"]
