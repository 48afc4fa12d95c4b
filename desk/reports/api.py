"""Reports through the API: the same figures as on the pages, amounts in fen, rates in parts per million."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import OnField
from core.errors import InvalidInput
from core.years import YEARS
from desk.reports import selectors
from desk.reports.scope import Ask
from desk.reports.shapes import Report

FOLDS = ("village", "town", "unit", "key", "case")


class ReportAsk(serializers.Serializer):
    """What a report is asked for."""

    year = serializers.RegexField(r"^[0-9]{4}$", required=False)
    town = serializers.CharField(required=False, default="")
    village = serializers.CharField(required=False, default="")
    unit = serializers.CharField(required=False, default="")
    by = serializers.ChoiceField(FOLDS, required=False)
    q = serializers.CharField(required=False, default="")
    live = serializers.BooleanField(required=False, default=False)
    on = OnField()


class ReportOutput(serializers.Serializer):
    """One report that the reader may ask for."""

    code = serializers.CharField()
    title = serializers.CharField()
    answers = serializers.CharField()
    used_by = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    folds = serializers.ListField(child=serializers.CharField())


class ReportColumnOutput(serializers.Serializer):
    """A column: its key in the cells, what it counts, the clause it rests on."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField()
    meaning = serializers.CharField()
    clause = serializers.CharField()
    has_rows = serializers.BooleanField(help_text="有明细的，取 /api/reports/{code}/rows/?of=本栏的key")


class ReportRowOutput(serializers.Serializer):
    """A row: its names, its place and key (for the rows behind it), its cells; `later` since the year's closing."""

    label = serializers.CharField()  # type: ignore[assignment]
    second = serializers.CharField()
    place = serializers.DictField(child=serializers.CharField())
    cells = serializers.DictField()
    later = serializers.DictField()


class ReportRemarkOutput(serializers.Serializer):
    """What a rule says of the figures."""

    sentence = serializers.CharField()
    clause = serializers.CharField()
    severity = serializers.CharField()


class ReportTableOutput(serializers.Serializer):
    """A report of one year: columns, rows, totals; `closed_on` where the year is closed and these are its figures."""

    code = serializers.CharField()
    title = serializers.CharField()
    year = serializers.IntegerField()
    by = serializers.CharField()
    as_of = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True)
    columns = ReportColumnOutput(many=True)
    rows = ReportRowOutput(many=True)
    totals = serializers.DictField()
    later = serializers.DictField()
    remarks = ReportRemarkOutput(many=True)


class FigureRowsOutput(serializers.Serializer):
    """The rows behind a figure: how many, the figure they make, the first of them cell by cell."""

    title = serializers.CharField()
    count = serializers.IntegerField()
    figure = serializers.IntegerField(help_text="这些明细合成的数，和报表上的一样")
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField())


def _parameter(name: str, kind: Any, words: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=words, **more)


ASKED = [
    _parameter("year", int, "补助年度，默认业务日期的年度"),
    _parameter("town", str, "镇街代码（12位）"),
    _parameter("village", str, "村代码（12位）"),
    _parameter("unit", str, "实际管理单位（功能区）的名称"),
    _parameter("q", str, "只要名称里有这些字的行"),
    _parameter("on", OpenApiTypes.DATE, "看哪一天的情况，默认今天"),
]
BY = _parameter("by", str, "怎样汇总", enum=FOLDS)
LIVE = _parameter("live", bool, "已关账的年度也要现在的数")
OF = _parameter("of", str, "哪一栏的明细：columns 的 key")
KEY = _parameter("key", str, "行的 place 里的 key")
ROWS_SHOWN = 500


class ReportListView(APIView):
    """The reports that the reader may open."""

    @extend_schema(responses=ReportOutput(many=True), tags=["reports"])
    def get(self, request: Request) -> Response:
        """List them with what each answers."""
        found = selectors.reports_for(request.user)  # type: ignore[arg-type]
        return Response([_report(report) for report in found])


class ReportView(APIView):
    """One report of one year."""

    @extend_schema(responses=ReportTableOutput, tags=["reports"], parameters=[*ASKED, BY, LIVE])
    def get(self, request: Request, code: str) -> Response:
        """The report's rows and totals; of a closed year as they were, with what changed since (`later`)."""
        ask, on, live = _asked(request)
        made = selectors.made(request.user, code, ask, on=on, live=live)  # type: ignore[arg-type]
        return Response(_table(made))


class ReportRowsView(APIView):
    """The rows behind one figure."""

    @extend_schema(responses=FigureRowsOutput, tags=["reports"], parameters=[*ASKED, OF, KEY])
    def get(self, request: Request, code: str) -> Response:
        """At most 500 rows; `count` and `figure` are of all of them."""
        ask, on, _live = _asked(request)
        of = request.query_params.get("of", "")
        found = selectors.drilled(request.user, code, of, ask, on=on)  # type: ignore[arg-type]
        rows = found.rows.order_by(f"{found.detail.prefix}village_code", "pk")[:ROWS_SHOWN]
        return Response(
            {
                "title": found.detail.title,
                "count": found.count,
                "figure": found.figure,
                "columns": [column.label for column in found.detail.columns],
                "rows": [list(found.detail.cells(row)) for row in rows],
            }
        )


def _asked(request: Request) -> tuple[Ask, date, bool]:
    given = ReportAsk(data=request.query_params)
    given.is_valid(raise_exception=True)
    data = given.validated_data
    on = data.get("on") or timezone.localdate()
    year = int(data.get("year") or on.year)
    if year not in YEARS:
        message = _("年度要在%(first)d到%(last)d之间。") % {"first": YEARS[0], "last": YEARS[-1]}
        raise InvalidInput(message, fields={"year": [message]})
    ask = Ask(
        year=year,
        town=data["town"],
        village=data["village"],
        unit=data["unit"],
        fold=data.get("by", ""),
        words=data["q"],
        key=request.query_params.get("key", ""),
    )
    return ask, on, data["live"]


def _report(report: Report) -> dict[str, Any]:
    names = ("code", "title", "answers", "used_by", "rules", "folds")
    return {name: getattr(report, name) for name in names}


def _table(made: selectors.Made) -> dict[str, Any]:
    table, rules = made.table, made.scope.rules
    grounds = {column.key: rules.ground(column.ground) if column.ground else None for column in table.columns}
    remarks = made.report.remarks(made.scope, table) if made.report.remarks else []
    return {
        "code": made.report.code,
        "title": made.report.title,
        "year": made.scope.year,
        "by": made.fold,
        "as_of": made.scope.on,
        "closed_on": made.closing.closed_on if made.closing and not made.is_live else None,
        "columns": [
            {
                "key": column.key,
                "label": column.label,
                "kind": column.kind,
                "meaning": column.meaning,
                "clause": ground.reference if ground else "",
                "has_rows": bool(column.of),
            }
            for column in table.columns
            for ground in [grounds[column.key]]
        ],
        "rows": [
            {
                "label": row.label,
                "second": row.second,
                "place": row.place,
                "cells": {column.key: row.cells.get(column.key) for column in table.columns},
                "later": row.later,
            }
            for row in table.rows
        ],
        "totals": {column.key: table.totals.get(column.key) for column in table.columns},
        "later": table.later,
        "remarks": [
            {"sentence": one.sentence, "clause": one.clause, "severity": one.severity} for one in remarks
        ],
    }
