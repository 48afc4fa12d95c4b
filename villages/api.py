"""Places, organisations, members, changes and staff through the API: the same services as the pages."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import require_role
from core.api import ActInput, act_api, given_by
from core.errors import InvalidInput
from core.filters import NumberFilter
from core.lists import person_words
from core.models import User
from core.workflow import By
from villages import serializers as shapes
from villages import workflow
from villages.enums import ChangeState, RegionLevel, Role, StatusKind
from villages.models import CollectiveOrganisation, Membership, PersonChange, PersonStatus, Region, StaffArea
from villages.selectors import people, regions
from villages.services import organisations as organisation_services
from villages.services import persons as person_services
from villages.services import staff as staff_services
from villages.zone_lists import UnitFilter


def _user(request: Any) -> User:
    return request.user


def _is_schema(view: Any) -> bool:
    return bool(getattr(view, "swagger_fake_view", False))


class MeView(APIView):
    """Who am I."""

    @extend_schema(responses=shapes.MeOutput, tags=["me"], summary="当前账号：岗位、管辖范围")
    def get(self, request: Request) -> Response:
        """Name, roles, area and, for a clerk, the organisation of whoever holds the token."""
        user = _user(request)
        own = regions.own_organisation(user) if user.access.roles else None
        return Response(shapes.MeOutput(shapes.me(user, own)).data)


class OwnPasswordView(APIView):
    """My password."""

    @extend_schema(
        request=shapes.OwnPasswordInput, responses=shapes.MeOutput, tags=["me"], summary="修改自己的密码"
    )
    @act_api
    def post(self, request: Request, by: By) -> Response:
        """Change one's own password; the token it is called with ends as well."""
        user = staff_services.change_own_password(by=by, **given_by(shapes.OwnPasswordInput, request))
        own = regions.own_organisation(user) if user.access.roles else None
        return Response(shapes.MeOutput(shapes.me(user, own)).data)


class RegionFilter(django_filters.FilterSet):
    """By level, parent, part of the name."""

    level = django_filters.ChoiceFilter(choices=RegionLevel.choices, label="级别")
    parent = django_filters.CharFilter(field_name="parent_id", label="上级代码")
    q = django_filters.CharFilter(field_name="name", lookup_expr="contains", label="名称的一部分")


@extend_schema_view(list=extend_schema(summary="行政区划"), retrieve=extend_schema(summary="一个行政区划"))
class RegionViewSet(viewsets.ReadOnlyModelViewSet):
    """Places of the caller's area."""

    queryset = Region.objects.none()
    serializer_class = shapes.RegionOutput
    filterset_class = RegionFilter

    def get_queryset(self) -> QuerySet[Region]:
        if _is_schema(self):
            return Region.objects.none()
        return regions.regions_within(_user(self.request)).order_by("code")


class OrganisationFilter(django_filters.FilterSet):
    """By place or part of the name."""

    region = django_filters.CharFilter(field_name="region_id", label="村代码")
    town = django_filters.CharFilter(field_name="town_code", label="镇街代码")
    village = django_filters.CharFilter(field_name="village_code", label="村代码")
    unit = UnitFilter()
    q = django_filters.CharFilter(field_name="name", lookup_expr="contains", label="名称的一部分")


@extend_schema_view(
    list=extend_schema(summary="村集体经济组织"), retrieve=extend_schema(summary="一个村集体经济组织")
)
class OrganisationViewSet(viewsets.ReadOnlyModelViewSet):
    """Collective organisations of the caller's area."""

    queryset = CollectiveOrganisation.objects.none()
    serializer_class = shapes.OrganisationOutput
    filterset_class = OrganisationFilter

    def get_queryset(self) -> QuerySet[CollectiveOrganisation]:
        if _is_schema(self):
            return CollectiveOrganisation.objects.none()
        return regions.organisations_within(_user(self.request)).order_by("region_id")

    def _answer(self, request: Request, pk: int, status: int = 200) -> Response:
        row = regions.organisation(_user(request), pk)
        return Response(shapes.OrganisationOutput(row).data, status=status)

    @extend_schema(
        request=shapes.OrganisationInput, responses={201: shapes.OrganisationOutput}, summary="登记组织"
    )
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Register the organisation of a village (officer, admin)."""
        given = shapes.OrganisationInput(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.changes()
        made = organisation_services.register_organisation(fields.pop("region"), by=by, **fields)
        return self._answer(request, made.pk, 201)

    @extend_schema(
        request=shapes.OrganisationChange, responses=shapes.OrganisationOutput, summary="修改组织信息"
    )
    @act_api
    def partial_update(self, request: Request, by: By, pk: str) -> Response:
        """Change particulars (officer, admin); what is left out stays."""
        given = shapes.OrganisationChange(data=request.data)
        given.is_valid(raise_exception=True)
        organisation_services.change_organisation(int(pk), by=by, **given.changes())
        return self._answer(request, int(pk))

    @extend_schema(
        methods=["get"],
        responses=shapes.IncomeOutput(many=True),
        filters=False,
        summary="各年度可支配收益",
        operation_id="organisations_incomes_list",
    )
    @extend_schema(
        methods=["post"],
        request=shapes.IncomeInput,
        responses={201: shapes.IncomeOutput},
        summary="申报可支配收益",
        operation_id="organisations_incomes_declare",
    )
    @action(detail=True, methods=["get", "post"], filterset_class=None)
    def incomes(self, request: Request, pk: str) -> Response:
        """Declared incomes; POST declares one year, again corrects it (clerk)."""
        if request.method == "POST":
            return self._declare(request, pk)
        rows = regions.organisation(_user(request), int(pk)).incomes.order_by("-year")
        return self.get_paginated_response(shapes.IncomeOutput(self.paginate_queryset(rows), many=True).data)

    @act_api
    def _declare(self, request: Request, by: By, pk: str) -> Response:
        given = given_by(shapes.IncomeInput, request)
        row = organisation_services.declare_income(int(pk), by=by, **given)
        return Response(shapes.IncomeOutput(row).data, status=201)


class MemberFilter(django_filters.FilterSet):
    """By organisation, place, kind of person; `q` is a part of the name, pinyin, or the last four digits."""

    organisation = NumberFilter(field_name="organisation_id", label="村集体经济组织")
    village = django_filters.CharFilter(field_name="village_code", label="村代码")
    town = django_filters.CharFilter(field_name="town_code", label="镇街代码")
    person = NumberFilter(field_name="person_id", label="人员")
    person_kind = django_filters.CharFilter(label="人员类别")
    group_name = django_filters.CharFilter(label="组")
    q = django_filters.CharFilter(method="search", label="姓名、拼音或身份证后四位")

    def search(self, rows: QuerySet[Membership], name: str, text: str) -> QuerySet[Membership]:
        return rows.filter(person_words(text, "person__"))


@extend_schema_view(list=extend_schema(summary="成员名单"), retrieve=extend_schema(summary="一名成员"))
class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Open memberships of the caller's area."""

    queryset = Membership.objects.none()
    serializer_class = shapes.MemberOutput
    filterset_class = MemberFilter

    def get_queryset(self) -> QuerySet[Membership]:
        if _is_schema(self):
            return Membership.objects.none()
        return people.members_within(_user(self.request)).order_by("village_code", "pk")

    def get_object(self) -> Membership:
        """One membership, open or ended."""
        return people.member(_user(self.request), int(self.kwargs["pk"]))

    def _answer(self, request: Request, pk: int, status: int = 200) -> Response:
        return Response(shapes.MemberOutput(people.member(_user(request), pk)).data, status=status)

    @extend_schema(request=shapes.MemberInput, responses={201: shapes.MemberOutput}, summary="新增成员")
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Put one person on the member list (clerk)."""
        given = shapes.MemberInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        place = _organisation_for(by, data.get("organisation"))
        details = given.details(place.village_code)
        made = person_services.add_member(
            place.pk, by=by, name=data["name"], id_number=data["id_number"], **details
        )
        return self._answer(request, made.pk, 201)

    @extend_schema(request=shapes.MemberChange, responses=shapes.MemberOutput, summary="修改成员信息")
    @act_api
    def partial_update(self, request: Request, by: By, pk: str) -> Response:
        """Change group, kind of person, telephone or remark (clerk)."""
        given = shapes.MemberChange(data=request.data)
        given.is_valid(raise_exception=True)
        found = people.member(_user(request), int(pk))
        person_services.change_member(found.pk, by=by, **given.details(found.village_code))
        return self._answer(request, found.pk)

    @extend_schema(request=shapes.ReasonInput, responses=shapes.MemberOutput, summary="成员退出")
    @action(detail=True, methods=["post"])
    @act_api
    def leave(self, request: Request, by: By, pk: str) -> Response:
        """Take a person off the list (clerk); refused while something rests on the membership."""
        given = given_by(shapes.ReasonInput, request)
        person_services.end_membership(self.get_object().pk, by=by, reason=given["reason"])
        return self._answer(request, int(pk))

    @extend_schema(
        methods=["get"],
        responses=shapes.StatusOutput(many=True),
        filters=False,
        summary="登记过的状态",
        operation_id="members_status_list",
    )
    @extend_schema(
        methods=["post"],
        request=shapes.StatusInput,
        responses={201: shapes.StatusOutput},
        summary="登记死亡等状态",
        operation_id="members_status_report",
    )
    @action(detail=True, methods=["get", "post"], filterset_class=None)
    def status(self, request: Request, pk: str) -> Response:
        """What was reported of the person; POST reports (clerk, officer)."""
        if request.method == "POST":
            return self._report(request, pk)
        member = self.get_object()
        rows = people.known_here(
            PersonStatus.objects.filter(person_id=member.person_id), _user(request), member
        ).order_by("-event_on", "-pk")
        return self.get_paginated_response(shapes.StatusOutput(self.paginate_queryset(rows), many=True).data)

    @act_api
    def _report(self, request: Request, by: By, pk: str) -> Response:
        given = given_by(shapes.StatusInput, request)
        given["kind"] = StatusKind(given["kind"])
        row = person_services.report_status(self.get_object().pk, by=by, **given)
        return Response(shapes.StatusOutput(row).data, status=201)

    @extend_schema(request=shapes.ReasonInput, responses=shapes.RevealOutput, summary="查看完整身份证号")
    @action(detail=True, methods=["post"])
    @act_api
    def reveal(self, request: Request, by: By, pk: str) -> Response:
        """The whole identity number; each look is recorded with its reason (clerk, officer, reviewer)."""
        given = given_by(shapes.ReasonInput, request)
        number = person_services.reveal_id_number(self.get_object().pk, by=by, reason=given["reason"])
        answer = Response(shapes.RevealOutput({"id_number": number}).data)
        answer["Cache-Control"] = "no-store"
        return answer


def _organisation_for(by: By, pk: int | None) -> CollectiveOrganisation:
    require_role(by.actor, workflow.ADD_MEMBER.roles, workflow.ADD_MEMBER.label)
    if pk is not None:
        return regions.organisation(by.actor, pk)
    own = regions.own_organisation(by.actor)
    if own is None:
        message = _("本村还没有登记集体经济组织，请联系管理员登记。")
        raise InvalidInput(message, fields={"organisation": [message]})
    return own


class StatusViewSet(viewsets.GenericViewSet):
    """Reported statuses by their own id."""

    queryset = PersonStatus.objects.none()
    serializer_class = shapes.StatusOutput

    @extend_schema(request=shapes.ReasonInput, responses=shapes.StatusOutput, summary="恢复人员状态")
    @action(detail=True, methods=["post"])
    @act_api
    def lift(self, request: Request, by: By, pk: str) -> Response:
        """Take back a status that was reported by mistake (officer)."""
        given = given_by(shapes.ReasonInput, request)
        return Response(
            shapes.StatusOutput(person_services.lift_status(int(pk), by=by, reason=given["reason"])).data
        )


class ChangeFilter(django_filters.FilterSet):
    """By state, kind, person, village."""

    state = django_filters.ChoiceFilter(choices=ChangeState.choices, label="状态")
    kind = django_filters.ChoiceFilter(choices=shapes.CHANGE_KINDS, label="变更")
    person = NumberFilter(field_name="person_id", label="人员")
    village = django_filters.CharFilter(field_name="village_code", label="村代码")


@extend_schema_view(list=extend_schema(summary="人员变更"), retrieve=extend_schema(summary="一项人员变更"))
class PersonChangeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Corrections of identity and moves: proposed by one officer, decided by another."""

    queryset = PersonChange.objects.none()
    serializer_class = shapes.ChangeOutput
    filterset_class = ChangeFilter

    def get_queryset(self) -> QuerySet[PersonChange]:
        if _is_schema(self):
            return PersonChange.objects.none()
        return people.changes_within(_user(self.request)).order_by("-pk")

    def _answer(self, pk: int, status: int = 200) -> Response:
        return Response(shapes.ChangeOutput(self.get_queryset().get(pk=pk)).data, status=status)

    @extend_schema(request=shapes.ChangeInput, responses={201: shapes.ChangeOutput}, summary="提出人员变更")
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Propose a correction or a move (officer); nothing changes until another officer confirms."""
        require_role(by.actor, workflow.PROPOSE_CHANGE.roles, workflow.PROPOSE_CHANGE.label)
        given = given_by(shapes.ChangeInput, request)
        member = people.member(_user(request), given["member"])
        if given["kind"] == "identity":
            fields = {name: given[name] for name in ("name", "id_number", "reason")}
            made = person_services.propose_identity(member.pk, by=by, **fields)
        else:
            target = regions.organisation(_user(request), given["organisation"])
            made = person_services.propose_move(
                member.pk, by=by, organisation_id=target.pk, reason=given["reason"]
            )
        return self._answer(made.pk, 201)

    @extend_schema(request=ActInput, responses=shapes.ChangeOutput, summary="复核人员变更")
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Carry the change out (reviewer, another person than the proposer)."""
        return self._answer(person_services.confirm_change(int(pk), by=by).pk)

    @extend_schema(request=shapes.ReasonInput, responses=shapes.ChangeOutput, summary="不予变更人员信息")
    @action(detail=True, methods=["post"])
    @act_api
    def refuse(self, request: Request, by: By, pk: str) -> Response:
        """Refuse the change with a reason (reviewer)."""
        given = given_by(shapes.ReasonInput, request)
        return self._answer(person_services.refuse_change(int(pk), by=by, reason=given["reason"]).pk)


class StaffFilter(django_filters.FilterSet):
    """By role, place, name of the account."""

    role = django_filters.ChoiceFilter(
        field_name="user__staff_roles__role", choices=Role.choices, label="岗位"
    )
    region = django_filters.CharFilter(field_name="region_id", label="管辖范围")
    username = django_filters.CharFilter(field_name="user__username", label="账号")
    is_active = django_filters.BooleanFilter(field_name="user__is_active", label="可以登录")


@extend_schema_view(list=extend_schema(summary="账号"), retrieve=extend_schema(summary="一个账号"))
class StaffViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Accounts whose area lies in the caller's, by the account's id."""

    queryset = StaffArea.objects.none()
    serializer_class = shapes.StaffOutput
    filterset_class = StaffFilter
    lookup_field = "user_id"

    def get_queryset(self) -> QuerySet[StaffArea]:
        if _is_schema(self):
            return StaffArea.objects.none()
        return people.staff_within(_user(self.request)).order_by("user_id")

    def _answer(self, request: Request, pk: int, status: int = 200) -> Response:
        return Response(shapes.StaffOutput(people.staff(_user(request), pk)).data, status=status)

    @extend_schema(request=shapes.StaffInput, responses={201: shapes.StaffOutput}, summary="新建账号")
    @act_api
    def create(self, request: Request, by: By) -> Response:
        """Make an account inside the administrator's own area (admin)."""
        require_role(by.actor, workflow.CREATE_STAFF.roles, workflow.CREATE_STAFF.label)
        given = given_by(shapes.StaffInput, request)
        region = regions.regions_within(by.actor).filter(code=given.pop("region")).first()
        if region is None:
            raise InvalidInput(_("管辖范围不在您的范围内。"), fields={"region": [_("不在您的范围内。")]})
        given["roles"] = [Role(role) for role in given["roles"]]
        return self._answer(request, staff_services.create_staff(by=by, region=region, **given).pk, 201)

    @extend_schema(request=shapes.StaffChange, responses=shapes.StaffOutput, summary="修改账号")
    @act_api
    def partial_update(self, request: Request, by: By, user_id: str) -> Response:
        """Change name, roles, back-dating or access (admin); nobody changes his own."""
        require_role(by.actor, workflow.CHANGE_STAFF.roles, workflow.CHANGE_STAFF.label)
        given = shapes.StaffChange(data=request.data)
        given.is_valid(raise_exception=True)
        area = people.staff(_user(request), int(user_id))
        staff_services.change_staff(area.user_id, by=by, **given.changes(area))
        return self._answer(request, area.user_id)

    @extend_schema(request=shapes.ResetPasswordInput, responses=shapes.StaffOutput, summary="重置密码")
    @action(detail=True, methods=["post"])
    @act_api
    def password(self, request: Request, by: By, user_id: str) -> Response:
        """Give a new password, which ends every session and token of the account (admin)."""
        require_role(by.actor, workflow.RESET_PASSWORD.roles, workflow.RESET_PASSWORD.label)
        given = given_by(shapes.ResetPasswordInput, request)
        area = people.staff(_user(request), int(user_id))
        staff_services.reset_password(area.user_id, by=by, **given)
        return self._answer(request, area.user_id)

    @extend_schema(request=shapes.HandOverInput, responses={201: shapes.StaffOutput}, summary="换届交接")
    @action(detail=True, methods=["post"], url_path="hand-over")
    @act_api
    def hand_over(self, request: Request, by: By, user_id: str) -> Response:
        """Close the leaving account and open the successor's; the answer is the successor (admin)."""
        require_role(by.actor, workflow.HAND_OVER.roles, workflow.HAND_OVER.label)
        given = given_by(shapes.HandOverInput, request)
        area = people.staff(_user(request), int(user_id))
        legal = given.pop("legal_representative")
        return self._answer(
            request, staff_services.hand_over(area.user_id, by=by, legal=legal, **given).pk, 201
        )
