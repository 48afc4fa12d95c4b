"""Sheets through the API: upload, look, confirm, take back; the same services as the pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from core import serializers_imports as shapes
from core.access import require_role
from core.api import act_api, by_api
from core.enums import ImportRowStatus, ImportState
from core.errors import ImportRefused, InvalidInput
from core.imports import jobs, selectors, services
from core.imports.export import annotated_sheet
from core.imports.kinds import KINDS, ImportKind, kind_of
from core.models import Import
from core.parsers import JSONBody
from core.requests import keep_answer
from core.sheets.writer import download, sheet_file_name, template_workbook
from core.workflow import By

TAGS = ["imports"]
BINARY = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


class ImportViewSet(ReadOnlyModelViewSet):
    """Imports of the caller's kinds and area (导入)."""

    queryset = Import.objects.none()
    serializer_class = shapes.ImportOutput
    filterset_fields = ["kind", "state"]
    parser_classes = [JSONBody, MultiPartParser, FormParser]

    def get_queryset(self) -> QuerySet[Import]:
        if getattr(self, "swagger_fake_view", False):
            return Import.objects.none()
        return selectors.imports_visible_to(self.request.user)  # type: ignore[arg-type]

    @extend_schema(
        request={"multipart/form-data": shapes.ImportInput}, responses={201: shapes.ImportOutput}, tags=TAGS
    )
    def create(self, request: Request) -> Response:
        """Upload a sheet: it is judged and staged, nothing is written. 400 with the sentence where it is refused."""
        given = shapes.ImportInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        _require_kind(data["kind"])
        params = data["params"] | ({"sheet_name": data["sheet_name"]} if data["sheet_name"] else {})
        file = data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            by = _unkeyed(request)
            return _answer(services.refuse_unread(data["kind"], name=file.name, by=by, params=params))
        by = by_api(request)
        store = jobs.bring_in(data["kind"], name=file.name, content=file.read(), by=by, params=params)
        with transaction.atomic():
            answer = _answer(store())
            keep_answer(by, status=answer.status_code, response={"data": answer.data})
        return answer

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "status", enum=list(ImportRowStatus.values), description="只要这一种结果的行，默认没写入的"
            ),
            OpenApiParameter("group", description="只要这一组问题的行，如 id_number、duplicate、note"),
        ],
        responses=shapes.RowOutput(many=True),
        tags=TAGS,
    )
    @action(detail=True, methods=["get"], filterset_fields=[])
    def rows(self, request: Request, pk: str) -> Response:
        """Rows with their faults and changes, page by page."""
        upload = selectors.import_of(request.user, int(pk))  # type: ignore[arg-type]
        status, group = request.query_params.get("status", ""), request.query_params.get("group", "")
        if status not in {"", *ImportRowStatus.values}:
            message = _("status 可填：%(names)s。") % {"names": "、".join(ImportRowStatus.values)}
            raise InvalidInput(message, fields={"status": [message]})
        page = self.paginate_queryset(selectors.rows_of(upload, status=status, group=group))
        shown = selectors.shown_rows(kind_of(upload.kind), list(page or []))
        return self.get_paginated_response(shapes.RowOutput(shown, many=True).data)

    @extend_schema(request=shapes.ConfirmInput, responses=shapes.ImportOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def confirm(self, request: Request, by: By, pk: str) -> Response:
        """Write the new and changed rows (确认导入), all or none."""
        given = _given(shapes.ConfirmInput, request)
        return _answer(jobs.act("confirm", int(pk), by=by, version=given["version"]))

    @extend_schema(request=shapes.ActInput, responses=shapes.ImportOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def discard(self, request: Request, by: By, pk: str) -> Response:
        """Give an import up (放弃)."""
        return _answer(services.discard_import(int(pk), by=by))

    @extend_schema(request=shapes.ActInput, responses=shapes.ImportOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def recheck(self, request: Request, by: By, pk: str) -> Response:
        """Judge the rows again by what stands now (重新核对)."""
        return _answer(jobs.act("recheck", int(pk), by=by))

    @extend_schema(request=shapes.MendInput, responses=shapes.ImportOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def mend(self, request: Request, by: By, pk: str) -> Response:
        """Take the proposed values of these rows, or of all (按建议改正)."""
        given = _given(shapes.MendInput, request)
        return _answer(jobs.act("mend", int(pk), by=by, row_numbers=given["rows"]))

    @extend_schema(request=shapes.PickInput, responses=shapes.ImportOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def pick(self, request: Request, by: By, pk: str) -> Response:
        """Choose which row of each group of duplicates is written (留哪一行)."""
        given = _given(shapes.PickInput, request)
        return _answer(jobs.act("pick", int(pk), by=by, picks=given["picks"]))

    @extend_schema(request=shapes.SheetInput, responses=shapes.ImportOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def sheet(self, request: Request, by: By, pk: str) -> Response:
        """Read another worksheet of the same file (改读工作表)."""
        given = _given(shapes.SheetInput, request)
        return _answer(jobs.act("sheet", int(pk), by=by, sheet_name=given["sheet_name"]))

    @extend_schema(request=shapes.ActInput, responses=shapes.ImportOutput, tags=TAGS)
    @action(detail=True, methods=["post"])
    @act_api
    def undo(self, request: Request, by: By, pk: str) -> Response:
        """Take a written import back (撤销), row by row where the row allows it."""
        return _answer(jobs.act("undo", int(pk), by=by))

    @extend_schema(responses=shapes.UndoOutput, tags=TAGS)
    @action(detail=True, methods=["get"], url_path="undo-preview")
    def undo_preview(self, request: Request, pk: str) -> Response:
        """What `undo` would do now."""
        upload = selectors.import_of(request.user, int(pk))  # type: ignore[arg-type]
        by = _unkeyed(request)
        return Response(shapes.UndoOutput(services.preview_undo(upload, by=by)).data)

    @extend_schema(
        parameters=[OpenApiParameter("rows", enum=["faulty"], description="只要有问题的行")],
        responses=BINARY,
        tags=TAGS,
    )
    @action(detail=True, methods=["get"])
    def annotated(self, request: Request, pk: str) -> HttpResponseBase:
        """The uploaded sheet with each fault beside its cell (xlsx)."""
        upload = selectors.import_of(request.user, int(pk))  # type: ignore[arg-type]
        content, name = annotated_sheet(upload, only_faulty=request.query_params.get("rows") == "faulty")
        return download(content, name)

    @extend_schema(parameters=[OpenApiParameter("kind", required=True)], responses=BINARY, tags=TAGS)
    @action(detail=False, methods=["get"])
    def template(self, request: Request) -> HttpResponseBase:
        """The empty sheet of one kind (xlsx)."""
        kind = _require_kind(request.query_params.get("kind", ""))
        require_role(request.user, kind.roles, kind.steps.upload.label)
        content = template_workbook(kind.title, kind.template_columns or kind.columns, notes=kind.notes)
        return download(content, sheet_file_name(f"{kind.title}（模板）", timezone.localdate()))


def _require_kind(key: str) -> ImportKind:
    if key not in KINDS:
        message = _("kind 可填：%(names)s。") % {"names": "、".join(sorted(KINDS))}
        raise InvalidInput(message, fields={"kind": [message]})
    return KINDS[key]


def _unkeyed(request: Request) -> By:
    return By(actor=request.user, on=timezone.localdate())  # type: ignore[arg-type]


def _given(shape: type[Serializer], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return given.validated_data


def _answer(upload: Import) -> Response:
    if upload.state == ImportState.REFUSED:
        # The attempt stays on record, so this is an answer and not an exception.
        refusal = ImportRefused(upload.refusal, rows=upload.first_rows or [])
        refusal.figures["import"] = upload.pk
        return Response(refusal.as_dict(), status=refusal.status)
    if upload.is_at_work:
        # The body is kept with the request key and the address stands in it: a replay gives it as well.
        data = shapes.ImportOutput(upload).data
        return Response(data, status=202, headers={"Location": data["job"]})
    created = upload.state == ImportState.PENDING and upload.version == 0
    return Response(shapes.ImportOutput(upload).data, status=201 if created else 200)
