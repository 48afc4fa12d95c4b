"""Shapes of places, organisations, members and staff in the API. Amounts are whole fen."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from core.api import ActInput, IdNumberField
from core.models import User
from villages.enums import Role, StatusKind
from villages.models import (
    CollectiveOrganisation,
    Membership,
    OrganisationIncome,
    PersonChange,
    PersonStatus,
    Region,
    StaffArea,
)
from villages.person_kinds import ASK, person_kind_label, person_kind_words

REPORTED_KINDS = [choice for choice in StatusKind.choices if choice[0] != StatusKind.RESTORED]
CHANGE_KINDS = [("identity", "身份更正"), ("move", "转移")]


class RegionOutput(serializers.ModelSerializer):
    """One place of the administrative tree by its 12-digit code."""

    parent = serializers.CharField(source="parent_id", allow_null=True)  # type: ignore[assignment]

    class Meta:
        model = Region
        fields = ("code", "level", "name", "short_name", "parent", "county_code", "town_code", "village_code")


class MeOutput(serializers.Serializer):
    """Whoever holds the token."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    area_code = serializers.CharField(help_text="管辖范围的12位代码")
    area_name = serializers.CharField()
    area_towns = serializers.ListField(
        child=serializers.CharField(), help_text="功能区的账号：它管理的镇街代码，别的都看不到；其他账号为空"
    )
    backdate_days = serializers.IntegerField(
        allow_null=True, help_text="可补录天数，null按政策文件给岗位规定的天数，没有规定的为0天"
    )
    organisation = serializers.IntegerField(allow_null=True, help_text="村文书所在的组织")


class OrganisationOutput(serializers.ModelSerializer):
    """One collective organisation; of the bank account the last four digits only."""

    region = serializers.CharField(source="region_id")
    village_name = serializers.CharField(source="region.short_name")
    town_name = serializers.CharField(source="region.parent.short_name")

    class Meta:
        model = CollectiveOrganisation
        fields = (
            "id", "region", "village_name", "town_name", "name", "uscc", "legal_representative",
            "responsible_person", "phone", "address", "bank_name", "account_name", "bank_account_last4",
            "registered_on", "county_code", "town_code", "village_code",
        )  # fmt: skip


class OrganisationChange(ActInput):
    """Particulars to be changed; what is left out stays."""

    name = serializers.CharField(max_length=100, required=False)
    uscc = serializers.CharField(
        max_length=20, required=False, allow_blank=True, help_text="18位统一社会信用代码"
    )
    legal_representative = serializers.CharField(max_length=40, required=False, allow_blank=True)
    responsible_person = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="党组织负责人"
    )
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    address = serializers.CharField(max_length=120, required=False, allow_blank=True)
    bank_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    account_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    bank_account = serializers.CharField(
        max_length=40, required=False, help_text="只写入，不读出；户名、开户银行、账号另一人复核后才改"
    )
    account_reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="变更收款账户的理由和依据"
    )

    def changes(self) -> dict[str, Any]:
        """The particulars without the date of the act."""
        return {name: value for name, value in self.validated_data.items() if name != "on"}


class OrganisationInput(OrganisationChange):
    """A registration."""

    region = serializers.CharField(max_length=12, help_text="村（社区）的12位代码")
    name = serializers.CharField(max_length=100)
    registered_on = serializers.DateField(required=False, help_text="登记日期，默认业务日期")


class IncomeInput(ActInput):
    """Disposable income of one year."""

    year = serializers.IntegerField(min_value=2000, max_value=2100)
    disposable_fen = serializers.IntegerField(help_text="可支配收益（提取公积公益金以后）")
    operating_income_fen = serializers.IntegerField(required=False, default=0)
    reserve_fen = serializers.IntegerField(required=False, default=0, help_text="公积公益金")


class IncomeOutput(serializers.ModelSerializer):
    """What was declared for a year."""

    class Meta:
        model = OrganisationIncome
        fields = (
            "id",
            "organisation",
            "year",
            "disposable_fen",
            "operating_income_fen",
            "reserve_fen",
            "declared_on",
        )


class MemberOutput(serializers.ModelSerializer):
    """One membership; the identity number's last four only."""

    name = serializers.CharField(source="person.name")
    id_last4 = serializers.CharField(source="person.last4")
    sex = serializers.CharField(source="person.sex")
    birth_year = serializers.IntegerField(source="person.birth_date.year")
    person_kind_label = serializers.CharField()
    organisation_name = serializers.CharField(source="organisation.name")

    class Meta:
        model = Membership
        fields = (
            "id", "person", "name", "id_last4", "sex", "birth_year", "organisation", "organisation_name",
            "group_name", "person_kind", "person_kind_label", "phone", "remark", "joined_on", "left_on", "version",
            "county_code", "town_code", "village_code",
        )  # fmt: skip


class MemberChange(ActInput):
    """What the village keeps of a member; what is left out stays. `person_kind`: the key or a word of the rulebook."""

    group_name = serializers.CharField(max_length=20, required=False, allow_blank=True)
    person_kind = serializers.CharField(max_length=40, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    remark = serializers.CharField(max_length=120, required=False, allow_blank=True)

    def details(self, village_code: str) -> dict[str, Any]:
        """The fields to keep, the kind of person as its key. Raises ValidationError for a kind nobody knows."""
        names = ("group_name", "person_kind", "phone", "remark")
        found = {name: self.validated_data[name] for name in names if name in self.validated_data}
        if found.get("person_kind"):
            on = self.validated_data.get("on") or timezone.localdate()
            found["person_kind"] = _kind_key(found["person_kind"], person_kind_words(village_code, on))
        return found


def _kind_key(word: str, words: Any) -> str:
    if word in words.values() and word != ASK:
        return word
    key = words.get(word)
    if key is None or key == ASK:
        listed = "、".join(sorted({person_kind_label(k) for k in words.values() if k != ASK}))
        raise serializers.ValidationError({"person_kind": [f"不认识这个人员类别，可填：{listed}。"]})
    return str(key)


class MemberInput(MemberChange):
    """A new member; a clerk leaves `organisation` out."""

    organisation = serializers.IntegerField(required=False)
    name = serializers.CharField(max_length=60)
    id_number = IdNumberField(max_length=24)


class ReasonInput(ActInput):
    """An act that needs its reason in words."""

    reason = serializers.CharField(max_length=200)


class StatusInput(ActInput):
    """A death or another status."""

    kind = serializers.ChoiceField(REPORTED_KINDS)
    event_on = serializers.DateField()
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=60, required=False, allow_blank=True, default=""
    )
    evidence = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class StatusOutput(serializers.ModelSerializer):
    """What was reported of a person."""

    class Meta:
        model = PersonStatus
        fields = ("id", "person", "kind", "event_on", "source", "evidence", "reported_on", "is_lifted")


class RevealOutput(serializers.Serializer):
    """The whole identity number; the look is on record."""

    id_number = serializers.CharField()


class ChangeInput(ActInput):
    """A correction (`identity`: name, id_number) or a move (`move`: organisation) of a member."""

    kind = serializers.ChoiceField(CHANGE_KINDS)
    member = serializers.IntegerField(help_text="成员（members 的 id）")
    reason = serializers.CharField(max_length=200)
    name = serializers.CharField(max_length=60, required=False)
    id_number = IdNumberField(max_length=24, required=False)
    organisation = serializers.IntegerField(required=False, help_text="转到哪个组织")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each kind has its own fields."""
        needed = ("name", "id_number") if attrs["kind"] == "identity" else ("organisation",)
        missing = {name: ["这一项必填。"] for name in needed if not attrs.get(name)}
        if missing:
            raise serializers.ValidationError(missing)
        return attrs


class ChangeOutput(serializers.ModelSerializer):
    """One change of a person's record; the numbers themselves are not shown."""

    name = serializers.CharField(source="person.name")
    id_last4 = serializers.CharField(source="person.last4")
    proposed_by = serializers.CharField(source="proposed_by.username")
    confirmed_by = serializers.CharField(source="confirmed_by.username", allow_null=True, default=None)

    class Meta:
        model = PersonChange
        fields = (
            "id", "kind", "state", "person", "name", "id_last4", "to_organisation", "reason", "proposed_by",
            "confirmed_by", "last_acted_on", "version", "county_code", "town_code", "village_code",
        )  # fmt: skip


class StaffOutput(serializers.ModelSerializer):
    """One account."""

    id = serializers.IntegerField(source="user_id")
    username = serializers.CharField(source="user.username")
    display_name = serializers.CharField(source="user.display_name")
    is_active = serializers.BooleanField(source="user.is_active")
    region_name = serializers.CharField(source="region.short_name")
    roles = serializers.SerializerMethodField()

    class Meta:
        model = StaffArea
        fields = (
            "id",
            "username",
            "display_name",
            "roles",
            "region",
            "region_name",
            "zone",
            "backdate_days",
            "is_active",
        )

    def get_roles(self, area: StaffArea) -> list[str]:
        """Keys of the roles."""
        return sorted(row.role for row in area.user.staff_roles.all())


class StaffInput(ActInput):
    """A new account."""

    username = serializers.CharField(max_length=30)
    display_name = serializers.CharField(max_length=40)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    region = serializers.CharField(max_length=12, help_text="管辖范围的12位代码")
    zone = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="功能区：管辖范围只是该区域内由它管理的镇街，如太白湖新区",
    )
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices), allow_empty=False)


class StaffChange(ActInput):
    """What may be changed of an account; what is left out stays."""

    display_name = serializers.CharField(max_length=40, required=False)
    roles = serializers.ListField(
        child=serializers.ChoiceField(Role.choices), allow_empty=False, required=False
    )
    backdate_days = serializers.IntegerField(min_value=0, max_value=3660, required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)
    reason = serializers.CharField(max_length=200)

    def changes(self, area: StaffArea) -> dict[str, Any]:
        """Everything the service asks for, from what stands and what is given."""
        stands = {
            "display_name": area.user.display_name,
            "roles": [row.role for row in area.user.staff_roles.all()],
            "backdate_days": area.backdate_days,
            "is_active": area.user.is_active,
        }
        given = {name: value for name, value in self.validated_data.items() if name != "on"}
        merged = stands | given
        return merged | {"roles": [Role(role) for role in merged["roles"]]}


class OwnPasswordInput(ActInput):
    """One's own password, the old one and the new one."""

    old_password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    new_password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)


class ResetPasswordInput(ActInput):
    """A new password for somebody who forgot his, and why."""

    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    reason = serializers.CharField(max_length=200)


class HandOverInput(ActInput):
    """换届: who takes over."""

    successor_name = serializers.CharField(max_length=40)
    username = serializers.CharField(max_length=30)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)
    document = serializers.CharField(max_length=120, help_text="换届文件或会议记录")
    legal_representative = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


def me(user: User, organisation: CollectiveOrganisation | None) -> dict[str, Any]:
    """What `MeOutput` shows of a user."""
    access = user.access
    return {
        "id": user.pk,
        "username": user.username,
        "name": str(user),
        "roles": sorted(access.roles),
        "area_code": access.area.code if access.area else "",
        "area_name": access.area_title,
        "area_towns": sorted(access.area.towns) if access.area else [],
        "backdate_days": access.backdate_days,
        "organisation": organisation.pk if organisation else None,
    }
