"""The two sums in the API."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import ActInput
from core.errors import InvalidInput
from subsidies.forms.estimator import Estimate


class StreamOutput(serializers.Serializer):
    """What one source put in until pension age, and what it earned."""

    put_in_fen = serializers.IntegerField()
    interest_fen = serializers.IntegerField()
    total_fen = serializers.IntegerField()


class BalanceOutput(serializers.Serializer):
    """What lies on the account at an age; `own_fen` holds what lies there today as well."""

    age = serializers.IntegerField()
    own_fen = serializers.IntegerField()
    government_fen = serializers.IntegerField()
    collective_fen = serializers.IntegerField()
    total_fen = serializers.IntegerField()


class GainOutput(serializers.Serializer):
    """The account at pension age by source, and the monthly pension with and without the subsidy."""

    years = serializers.IntegerField()
    opening = StreamOutput()
    own = StreamOutput()
    government = StreamOutput()
    collective = StreamOutput()
    total = StreamOutput()
    balances = BalanceOutput(many=True)
    monthly_fen = serializers.IntegerField()
    monthly_without_fen = serializers.IntegerField()
    gain_fen = serializers.IntegerField()


def _parameter(name: str, kind: type, words: str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=words)


class EstimatorView(APIView):
    """What a yearly subsidy comes to; an estimate, nothing is stored."""

    @extend_schema(
        responses=GainOutput,
        tags=["estimator"],
        parameters=[
            _parameter("age", int, "现在多大"),
            _parameter("own", int, "每年自己缴（分），须是当年的档次"),
            _parameter("subsidy", str, "村集体每年补助（元）"),
            _parameter("balance", str, "个人账户现有（元）"),
            _parameter("paid_years", int, "已经缴了几年"),
            _parameter("rate", str, "记账利率（%）"),
            _parameter("basic", str, "基础养老金（元/月）"),
            _parameter("on", str, "业务日期"),
        ],
    )
    def get(self, request: Request) -> Response:
        """Reckon one person's two sums (算清两笔账); what is not given is what is in force."""
        act = ActInput(data=request.query_params)
        act.is_valid(raise_exception=True)
        given = {name: value for name, value in request.query_params.items() if name != "on"}
        on = act.validated_data.get("on") or timezone.localdate()
        asked = Estimate(request.user, given, on=on)  # type: ignore[arg-type]
        if not asked.is_valid:
            fields = {name: [str(one) for one in errors] for name, errors in asked.form.errors.items()}
            raise InvalidInput("；".join(one for errors in fields.values() for one in errors), fields=fields)
        return Response(GainOutput(asked.gain()).data)
