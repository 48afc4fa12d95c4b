"""Rulebooks for programs: read only."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.access import access_of
from core.divisions import CODE
from core.errors import InvalidInput, NotInArea
from policies import pages, selectors
from policies.models import PolicyDocument, ReasonCode
from policies.serializers import DocumentOutput, ReasonOutput, RegionOutput, RulebookOutput

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
    if not text.isdecimal():
        raise InvalidInput(_("年度“%(text)s”写成2024这样。") % {"text": text})
    return int(text)
