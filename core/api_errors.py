"""How the API refuses: one shape for every refusal, whoever raised it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import InvalidInput, NotInArea, PensionError
from core.logs import request_number
from core.requests import Replayed
from core.typed import whole_number

API_PREFIX = "/api/"
FRAME_CODES = {
    exceptions.NotAuthenticated: "E-LOGIN",
    exceptions.AuthenticationFailed: "E-LOGIN",
    exceptions.ParseError: "E-INPUT",
    exceptions.MethodNotAllowed: "E-METHOD",
    exceptions.UnsupportedMediaType: "E-MEDIA",
    exceptions.NotFound: "E-NOT-FOUND",
}
Path = tuple[str | int, ...]


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The DRF handler: refusals with code, sentence, clause and rows; replays with the first answer."""
    if isinstance(error, Replayed):
        kept = error.request_key
        answer = Response((kept.response or {}).get("data"), status=kept.status or status.HTTP_200_OK)
        answer["Idempotent-Replay"] = "true"
        return answer
    if isinstance(error, PensionError):
        return Response(error.as_dict(), status=error.status)
    if isinstance(error, OverflowError | DataError):
        # A whole number that no column holds: an id, a year or an amount with too many digits.
        refusal = InvalidInput(_("有数字超出了范围，请核对编号、年度和金额。"))
        return Response(refusal.as_dict(), status=refusal.status)
    if isinstance(error, Http404):
        return Response(NotInArea().as_dict(), status=status.HTTP_404_NOT_FOUND)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        told = plain_error("E-ROLE", _("您的岗位不能办理这一步。"))
        return Response(told, status=status.HTTP_403_FORBIDDEN)
    if isinstance(error, exceptions.ValidationError):
        return _malformed(error)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = plain_error(FRAME_CODES.get(type(error), "E-REFUSED"), _sentence(error))
    return response


def plain_error(code: str, message: str) -> dict[str, Any]:
    """A refusal without rows or figures, in the shape of all."""
    return {
        "code": code,
        "message": message,
        "clause": "",
        "rows": [],
        "figures": {},
        "number": request_number.get(),
    }


def instead_of_page(request: HttpRequest, status_code: int) -> JsonResponse | None:
    """What an address of the API answers where the site would show its page for 404 or 500."""
    if not request.path.startswith(API_PREFIX):
        return None
    if status_code == status.HTTP_404_NOT_FOUND:
        told = plain_error("E-NOT-FOUND", _("没有这个地址，请核对；地址都以“/”结尾，编号是数字。"))
    else:
        message = _("系统出错了，这一步没有办成。请稍后再试；仍不行时把编号%(number)s告诉管理员。")
        told = plain_error("E-FAILURE", message % {"number": request_number.get()})
    return JsonResponse(told, status=status_code, json_dumps_params={"ensure_ascii": False})


def _sentence(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return _("没有登录，或令牌无效：请在请求头带上“Authorization: Token …”，令牌由 /api/token/ 取得。")
    if isinstance(error, exceptions.ParseError):
        if str(error.detail).startswith("JSON"):
            return _("请求内容不是正确的JSON，请检查括号、引号和编码（UTF-8）。")
        return _("请求内容读不出来，请检查格式和编码（UTF-8）。")
    if isinstance(error, exceptions.NotFound):
        return _("没有这一页，请核对页码。")
    return str(error.detail)


def _malformed(error: exceptions.ValidationError) -> Response:
    faults = list(_faults(error.detail))
    if faults and all(getattr(sentence, "code", "") == "does_not_exist" for _path, sentence in faults):
        # A row that is not there must read like one of a foreign area.
        return Response(NotInArea().as_dict(), status=status.HTTP_404_NOT_FOUND)
    fields: dict[str, list[str]] = {}
    rows = []
    for path, sentence in faults:
        fields.setdefault(".".join(map(str, path)), []).append(str(sentence))
        places = [part for part in path if isinstance(part, int)]
        if places:
            name = path[-1] if isinstance(path[-1], str) else ""
            rows.append({"row": places[0] + 1, "field": name, "code": "E-INPUT", "message": str(sentence)})
    message = _("提交的内容有误，请按每一项的说明改正。")
    if faults:
        more = (
            _("；另有%(count)d处，见每一项的说明。") % {"count": len(faults) - 1} if len(faults) > 1 else ""
        )
        first = _("提交的内容有误：%(first)s") % {"first": _first(*faults[0])}
        message = first.rstrip("。") + more if more else first
    told = plain_error("E-INPUT", message) | {"rows": rows, "fields": fields}
    return Response(told, status=status.HTTP_400_BAD_REQUEST)


def _first(path: Path, sentence: Any) -> str:
    if not path:
        return str(sentence)
    places = [part for part in path if isinstance(part, int)]
    where = _("第%(row)d行") % {"row": places[0] + 1} if places else ""
    name = str(path[-1]) if isinstance(path[-1], str) else ""
    return f"{where}{name} {sentence}" if name else f"{where}：{sentence}"


def _faults(detail: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each sentence with its way down: names of fields, and places in a list counted from 0."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            place = whole_number(str(name))
            step: Path = () if name == "non_field_errors" else (name if place is None else place,)
            yield from _faults(inner, path + step)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            yield from _faults(inner, path if isinstance(inner, str) else (*path, place))
    else:
        yield path, detail
