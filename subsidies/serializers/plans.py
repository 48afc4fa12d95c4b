"""Shapes of plans in the API. Amounts are whole fen, rates whole parts per million."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import ActInput
from core.bounds import LARGEST_COUNT, OLDEST_AGE
from core.lengths import REASON_TEXT
from core.years import FIRST_YEAR, LAST_YEAR
from subsidies.enums import Method, PlanKind
from subsidies.models import Attachment, DecisionRecord, Plan, PlanSource, PlanStandard
from subsidies.rules.papers import BODIES
from subsidies.rules.plans import DecisionFacts, Source
from subsidies.rules.standards import StandardRow
from subsidies.services.plans import PlanContent
from villages.models import CollectiveOrganisation
from villages.person_kinds import person_kind_choices


class SourceInput(serializers.Serializer):
    """One pot the plan is paid from."""

    source_type = serializers.CharField(
        max_length=30,
        help_text="资金来源：distributable_income 可支配收益、welfare_fund 公益金、own_funds 自有资金",
    )
    amount_fen = serializers.IntegerField(min_value=1)
    note = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class StandardInput(serializers.Serializer):
    """One row of the standard; an empty condition holds for everybody."""

    is_addition = serializers.BooleanField(default=False, help_text="另加：与基本的一行相加")
    tier_from_fen = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    tier_to_fen = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    age_from = serializers.IntegerField(
        min_value=0, max_value=OLDEST_AGE, required=False, allow_null=True, default=None
    )
    age_to = serializers.IntegerField(
        min_value=0, max_value=OLDEST_AGE, required=False, allow_null=True, default=None
    )
    person_kind = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    method = serializers.ChoiceField(Method.choices, default=Method.FLAT)
    amount_fen = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    rate_ppm = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_COUNT,
        required=False,
        allow_null=True,
        default=None,
        help_text="百万分之几，10%写100000",
    )

    def validate_person_kind(self, value: str) -> str:
        """The key of a kind, given as such or by its name; a kind nobody knows would fit nobody."""
        kinds = dict(person_kind_choices())
        named = {label: key for key, label in kinds.items() if key}
        if value and value not in kinds and value not in named:
            names = "、".join(f"{key}（{label}）" for key, label in kinds.items() if key)
            raise serializers.ValidationError(f"不认识这个人员类别，可填：{names}。")
        return named.get(value, value)


class ContentInput(ActInput):
    """What a plan says; a part left out stays as it is."""

    beneficiaries = serializers.CharField(required=False, allow_blank=True)
    procedure = serializers.CharField(required=False, allow_blank=True)
    sources = SourceInput(many=True, required=False)
    standards = StandardInput(many=True, required=False)

    def content(self) -> PlanContent:
        """The content as the services take it."""
        data: dict[str, Any] = self.validated_data
        return PlanContent(
            beneficiaries=data.get("beneficiaries"),
            procedure=data.get("procedure"),
            sources=[Source(**row) for row in data["sources"]] if "sources" in data else None,
            standards=[StandardRow(**row) for row in data["standards"]] if "standards" in data else None,
        )


class PlanInput(ContentInput):
    """A new draft."""

    organisation = serializers.PrimaryKeyRelatedField(queryset=CollectiveOrganisation.objects.all())
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    kind = serializers.ChoiceField(PlanKind.choices, default=PlanKind.REGULAR)
    copy_last_year = serializers.BooleanField(default=False, help_text="以上年度方案为底稿，忽略其他内容")


class PlanChange(ContentInput):
    """Parts of a draft to be saved."""

    version = serializers.IntegerField(required=False, help_text="读到的version；已被别人改过时不生效")


class DecisionInput(ActInput):
    """The record of the democratic decision (四议两公开)."""

    body = serializers.CharField(
        max_length=40,
        help_text="决策会议：members_assembly 成员大会、member_representatives 成员代表大会、"
        "villagers_meeting 村民会议、villager_representatives 村民代表会议",
    )
    met_on = serializers.DateField()
    called_count = serializers.IntegerField(min_value=1, help_text="应到人数（全体成员或全体代表）")
    attended_count = serializers.IntegerField(min_value=0)
    agreed_count = serializers.IntegerField(min_value=0)
    against_count = serializers.IntegerField(min_value=0, default=0)
    abstained_count = serializers.IntegerField(min_value=0, default=0)
    resolution = serializers.CharField(allow_blank=True)
    households_count = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)
    proposed_on = serializers.DateField(required=False, allow_null=True, default=None)
    discussed_on = serializers.DateField(required=False, allow_null=True, default=None)
    reviewed_on = serializers.DateField(required=False, allow_null=True, default=None)
    notified_on = serializers.DateField(required=False, allow_null=True, default=None)
    posted_on = serializers.DateField(required=False, allow_null=True, default=None, help_text="会前公示日期")
    published_from = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="决议公开起"
    )
    published_to = serializers.DateField(required=False, allow_null=True, default=None)
    result_published_on = serializers.DateField(required=False, allow_null=True, default=None)
    place = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    chair = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    recorder = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(required=False, help_text="读到的version；已被别人改过时不生效")

    def record(self) -> DecisionFacts:
        """The record as the services take it."""
        data = dict(self.validated_data)
        data.pop("on", None)
        data.pop("version", None)
        return DecisionFacts(**data)


class ReasonInput(ActInput):
    """An act with an optional reason."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PublishInput(ActInput):
    """When the result was made public; a recorded day is corrected with a reason only."""

    published_on = serializers.DateField()
    reason = serializers.CharField(
        max_length=REASON_TEXT, required=False, allow_blank=True, default="", help_text="更正已登记日期的理由"
    )


class PaperInput(ActInput):
    """A scanned paper, sent as multipart/form-data."""

    file = serializers.FileField(help_text="PDF、JPG或PNG，不超过10 MB")
    kind = serializers.CharField(max_length=40, help_text="材料种类，如plan、application、roster、minutes")
    is_sealed = serializers.BooleanField(default=False, help_text="已盖章（出具材料的单位）")
    seals = serializers.ListField(
        child=serializers.ChoiceField([(str(body), body.label) for body in BODIES]),
        default=list,
        help_text="盖了哪些单位的印章；申请材料须盖的印章见政策文件",
    )


class AttachmentOutput(serializers.ModelSerializer):
    """A scanned paper on file."""

    name = serializers.CharField(source="file.name")
    size_bytes = serializers.IntegerField(source="file.size_bytes")

    class Meta:
        model = Attachment
        fields = (
            "id",
            "plan",
            "application",
            "refund",
            "pool",
            "kind",
            "is_sealed",
            "seals",
            "name",
            "size_bytes",
            "uploaded_on",
        )


class SourceOutput(serializers.ModelSerializer):
    class Meta:
        model = PlanSource
        fields = ("source_type", "amount_fen", "note")


class StandardOutput(serializers.ModelSerializer):
    class Meta:
        model = PlanStandard
        exclude = ("id", "plan")


class DecisionOutput(serializers.ModelSerializer):
    class Meta:
        model = DecisionRecord
        exclude = ("id", "plan")


class JudgedOutput(serializers.Serializer):
    """What a rule said."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(["refuse", "warn", "tell"])
    message = serializers.CharField()
    clause = serializers.CharField()
    figures = serializers.DictField()


class PlanSummary(serializers.ModelSerializer):
    """A plan in a list."""

    organisation_name = serializers.CharField(source="organisation.name")
    state_label = serializers.CharField(source="get_state_display")

    class Meta:
        model = Plan
        fields: tuple[str, ...] = (
            "id",
            "organisation",
            "organisation_name",
            "village_code",
            "year",
            "kind",
            "pool",
            "version_no",
            "number",
            "state",
            "state_label",
            "in_force_on",
            "estimated_count",
            "estimated_fen",
            "version",
        )


class PlanOutput(PlanSummary):
    """A plan with everything it says."""

    sources = SourceOutput(many=True)
    standards = StandardOutput(many=True)
    decision = DecisionOutput(allow_null=True)
    warnings = JudgedOutput(many=True)

    class Meta(PlanSummary.Meta):
        fields = (
            *PlanSummary.Meta.fields,
            "previous",
            "beneficiaries",
            "procedure",
            "sources",
            "standards",
            "decision",
            "warnings",
            "policy_version",
        )

    def to_representation(self, instance: Plan) -> dict[str, Any]:
        if not hasattr(instance, "decision"):
            instance.decision = None
        return super().to_representation(instance)


class RowCostOutput(serializers.Serializer):
    count = serializers.IntegerField()
    amount_fen = serializers.IntegerField()


class EstimateOutput(serializers.Serializer):
    """What a plan would cost on the members on file, and what the rules say of it."""

    count = serializers.IntegerField(help_text="按方案能得到补助的人数")
    amount_fen = serializers.IntegerField()
    mean_fen = serializers.IntegerField()
    rows = RowCostOutput(many=True)
    unmatched_count = serializers.IntegerField(help_text="已缴费但没有一行适用的人数")
    unpaid_count = serializers.IntegerField(help_text="没有查到规定年度缴费的人数")
    unpaid_fen = serializers.IntegerField(help_text="他们缴费以后最多还要的金额")
    most_fen = serializers.IntegerField(help_text="一个人最多补")
    cap_fen = serializers.IntegerField(help_text="当年最高缴费档次")
    others_fen = serializers.IntegerField(help_text="本年度其他方案已占用的可支配收益")
    income_year = serializers.IntegerField()
    income_fen = serializers.IntegerField(allow_null=True)
    share_ppm = serializers.IntegerField(allow_null=True)
    over_fen = serializers.IntegerField()
    change_fen = serializers.IntegerField(allow_null=True, help_text="比上年度方案多（少）")
    findings = JudgedOutput(many=True)
