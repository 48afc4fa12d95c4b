"""The API's frame: paging, request keys and the business date `on`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import routers, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import InvalidInput
from core.requests import KEY_HEADER, body_hash, keep_answer
from core.workflow import By


class Pages(PageNumberPagination):
    """Pages of 50 rows, up to 500 on request."""

    page_size_query_param = "page_size"
    max_page_size = 500

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The limit of a page belongs into the schema."""
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": 50}
        return parameters


class OnField(serializers.DateField):
    """The business date of an act; today unless given."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", "业务日期，默认今天")
        super().__init__(**kwargs)


class IdNumberField(serializers.CharField):
    """An identity number: text only, for a number may have lost digits on its way (E-ID-NUMERIC in a sheet)."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError(_("身份证号须是文本，写在引号里；数值会丢失后几位。"))
        return super().to_internal_value(data)


class ActInput(serializers.Serializer):
    """Base of every act's input: the business date."""

    on = OnField()


class Router(routers.SimpleRouter):
    """Routes whose row ids are numbers: anything else reads like a page that does not exist."""

    def get_lookup_regex(self, viewset: Any, lookup_prefix: str = "") -> str:
        if getattr(viewset, "lookup_value_regex", None) is None:
            lookup = lookup_prefix + (viewset.lookup_url_kwarg or viewset.lookup_field)
            return f"(?P<{lookup}>[0-9]{{1,18}})"
        return super().get_lookup_regex(viewset, lookup_prefix)


def given_by(shape: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The valid input of an act, without its date, which `By` carries. Raises ValidationError."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return {name: value for name, value in given.validated_data.items() if name != "on"}


def by_api(request: Request) -> By:
    """Who acts through the API: the token's user, `on`, and the request key, which is required.

    Raises InvalidInput (E-KEY-MISSING) without a key, InvalidInput for a date that cannot be read.
    """
    key = request.headers.get(KEY_HEADER, "").strip()
    if not key:
        raise InvalidInput(
            _("缺少请求头 Idempotency-Key：新建或办理一步须带请求编号。"), code="E-KEY-MISSING"
        )
    return By(
        actor=request.user,  # type: ignore[arg-type]
        on=_business_date(request.data.get("on") if hasattr(request.data, "get") else None),
        key=key,
        body_hash=body_hash(request.method or "", request.get_full_path(), _content(request)),
    )


def _business_date(given: Any) -> date:
    if not given:
        return timezone.localdate()
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", str(given)):
            raise ValueError
        return date.fromisoformat(str(given))
    except ValueError as error:
        message = _("业务日期 on 须写成 2024-06-28 的样子。")
        raise InvalidInput(message, fields={"on": [message]}) from error


def _content(request: Request) -> str:
    if request.FILES:
        parts = [f"{n}={f.name}:{f.size}" for n, f in sorted(request.FILES.items())]
        for upload in request.FILES.values():
            parts.append(body_hash(upload.read()))
            upload.seek(0)
        fields = [f"{k}={v}" for k, v in sorted(request.POST.items())]
        return "&".join(fields + parts)
    return repr(sorted(request.data.items())) if hasattr(request.data, "items") else repr(request.data)


def act_api(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Run a handler as one act: `handler(self, request, by, …)` in one transaction, its answer kept with the key."""

    @wraps(handler)
    def wrapped(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        by = by_api(request)
        with transaction.atomic():
            response = handler(self, request, by, *args, **kwargs)
            keep_answer(by, status=response.status_code, response={"data": _plain(response.data)})
        return response

    return wrapped


def _plain(data: Any) -> Any:
    import json

    from rest_framework.utils.encoders import JSONEncoder

    return json.loads(json.dumps(data, cls=JSONEncoder))
