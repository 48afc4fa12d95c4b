"""Rulebooks for programs: to read, to compare, to take away. Later validities: `policies.amendments.api`."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import access_of, require_role
from core.divisions import CODE
from core.errors import InvalidInput, NotInArea
from core.typed import whole_number
from policies import comparing, pages, selectors, workflow
from policies.export import rulebook_text
from policies.models import PolicyDocument, ReasonCode
from policies.serializers import (
    DocumentOutput,
    PointOutput,
    ReasonOutput,
    RegionOutput,
    RulebookFileOutput,
    RulebookOutput,
)

ON = OpenApiParameter("on", date, description="哪一天的政策，默认今天")
NAME = OpenApiParameter("name", str, description="只要这个参数")
YEAR = OpenApiParameter("year", int, description="只要适用于这个补助年度的值（按日期的参数仍在内）")


class RulebookList(APIView):
    """Regions that have rulebooks of their own."""

    @extend_schema(responses=RegionOutput(many=True), tags=["policies"])
    def get(self, request: Request) -> Response:
        """Regions with rulebooks, those of the user's place first."""
        area = access_of(request.user).area
        return Response(RegionOutput(pages.regions(area.code if area else ""), many=True).data)


class RulebookDetail(APIView):
    """Every value in force in a place, from all regions above it."""

    @extend_schema(parameters=[ON, NAME, YEAR], responses=RulebookOutput, tags=["policies"])
    def get(self, request: Request, region_code: str) -> Response:
        """Values in force for a place (any 12-digit code) on a day, each with its clause."""
        if not CODE.fullmatch(region_code):
            raise NotInArea
        query = request.query_params
        book = selectors.rulebook(region_code, on=_day(query.get("on")))
        values = selectors.values_in_force(book, name=query.get("name", ""), year=_year(query.get("year")))
        shown = {"region_code": region_code, "on": book.on, "version": book.version, "values": values}
        return Response(RulebookOutput(shown).data)


SIDES = [
    OpenApiParameter("left", str, description="甲地区划代码", required=True),
    OpenApiParameter("right", str, description="乙地区划代码", required=True),
    *(
        OpenApiParameter(f"{one}_{name}", kind, description=f"{word}{what}")
        for one, word in (("left", "甲地"), ("right", "乙地"))
        for name, kind, what in (
            ("on", date, "按哪一天，默认今天"),
            ("year", int, "补助年度，默认那一天的年度"),
        )
    ),
    OpenApiParameter(
        "show", str, enum=comparing.Verdict.values, description="只要不同的、只一方有的或相同的"
    ),
    OpenApiParameter("q", str, description="只要含有这些词的"),
]


class RulebookComparison(APIView):
    """What is in force in two places, or in one on two days, side by side."""

    @extend_schema(parameters=SIDES, responses=PointOutput(many=True), tags=["policies"])
    def get(self, request: Request) -> Response:
        """Every point that one of the two states, each side with its clause."""
        query = request.query_params
        points = comparing.compare(_side(query, "left"), _side(query, "right"))
        found = comparing.search(points, query.get("q", ""), query.get("show", ""))
        return Response(PointOutput(found, many=True).data)


class RulebookFile(APIView):
    """A region's rulebook as the file it can be loaded from."""

    @extend_schema(responses=RulebookFileOutput, tags=["policies"])
    def get(self, request: Request, region_code: str) -> Response:
        """The YAML text of one region's own documents and values (管理员、审计)."""
        require_role(request.user, workflow.EXPORTERS, _("导出政策数据"))
        return Response({"region_code": region_code, "text": rulebook_text(region_code)})


def _side(query: Any, name: str) -> comparing.Side:
    code = query.get(name, "")
    if not CODE.fullmatch(code):
        raise InvalidInput(_("%(name)s须写十二位区划代码。") % {"name": name}, fields={name: []})
    on = _day(query.get(f"{name}_on"))
    return comparing.side(code, on, _year(query.get(f"{name}_year")) or on.year)


@extend_schema(tags=["policies"])
class DocumentList(generics.ListAPIView):
    """Policy documents with the words of their clauses."""

    serializer_class = DocumentOutput
    filterset_fields = ("region_code", "key")

    def get_queryset(self) -> QuerySet[PolicyDocument]:
        return PolicyDocument.objects.prefetch_related("clauses")


@extend_schema(tags=["policies"])
class ReasonList(generics.ListAPIView):
    """Reason codes with their wording and remedy."""

    serializer_class = ReasonOutput
    filterset_fields = ("severity",)
    queryset = ReasonCode.objects.all()


def _day(text: str | None) -> date:
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise InvalidInput(_("日期“%(text)s”写成2024-06-17这样。") % {"text": text}) from problem


def _year(text: str | None) -> int | None:
    if not text:
        return None
    year = whole_number(text)
    if year is None:
        raise InvalidInput(_("年度“%(text)s”写成2024这样。") % {"text": text})
    return year
