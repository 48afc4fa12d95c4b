"""What every address of the API has in common, told once to the schema: request key, refusals, names of shapes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.serializers import Serializer

from core.requests import KEY_HEADER

ACTS = {"post", "put", "patch", "delete"}
FRAMES = {"api", "serializers"}
READING = {
    "400": "筛选项有误：没有这个选项，或者格式不对",
    "401": "没有登录，或登录已失效",
    "403": "岗位不能看",
    "404": "没有这条记录，或不在管辖范围",
}
ACTING = {
    "400": "内容有误：缺项、格式不对、缺少 Idempotency-Key；fields 说明每一项",
    "401": "没有登录，或登录已失效",
    "403": "岗位不能办理这一步",
    "404": "没有这条记录，或不在管辖范围",
    "409": "当前状态不能办理，或别人已先办理，或同一编号的请求正在办理",
    "422": "规则不允许，clause 是依据；或同一个 Idempotency-Key 用于另一内容",
}
REFUSAL = {
    "type": "object",
    "description": "各种拒绝的统一格式",
    "required": ["code", "message", "clause", "rows", "figures"],
    "properties": {
        "code": {"type": "string", "description": "稳定的原因代码，如 E-STATE；见 /api/policies/reasons/"},
        "message": {"type": "string", "description": "给人看的一句话：什么、在哪里、怎么办"},
        "clause": {"type": "string", "description": "依据的文件和条款，没有则为空"},
        "rows": {"type": "array", "items": {}, "description": "涉及的行：编号，或逐行的说明（row 从1数起）"},
        "figures": {"type": "object", "additionalProperties": {}, "description": "有关数字"},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "字段 → 说明，只在内容有误时有；列表里的写成 rows.0.year（从0数起）",
        },
        "number": {"type": "string", "description": "查日志用的请求编号"},
    },
}


class Schema(AutoSchema):
    """Declares the request key of every act, and gives shapes of one name in two modules two names."""

    def get_override_parameters(self) -> list[Any]:
        """The header that makes an act repeatable without doubling it."""
        if self.method.lower() not in ACTS or AllowAny in self.view.permission_classes:
            return []
        return [
            OpenApiParameter(
                KEY_HEADER,
                location=OpenApiParameter.HEADER,
                required=True,
                description="请求编号，每次办理取一个新的（如UUID），最长255字符。同编号同内容重发，得到第一次的答复；"
                "同编号不同内容，422；缺少，400。",
            )
        ]

    def get_serializer_name(self, serializer: Serializer, direction: str) -> str:
        """The class name; where another class has it already, with its module before it."""
        names = self.registry.__dict__.setdefault("taken_names", {})
        kind = type(serializer)
        if names.setdefault(kind.__name__, kind) is kind:
            return kind.__name__
        path = kind.__module__.split(".")
        return (path[0] if path[-1] in FRAMES else path[-1]).title() + kind.__name__


def document_refusals(result: dict[str, Any], generator: Any, **more: Any) -> dict[str, Any]:
    """Add to every operation how it refuses, in the one shape of all refusals."""
    result["components"]["schemas"]["Refusal"] = REFUSAL
    for methods in result["paths"].values():
        for method, operation in methods.items():
            if "responses" not in operation:
                continue
            # Whoever may come in without a token is only told what is wrong with his input.
            is_open = not any(operation.get("security", [{}]))
            for status, why in _refusals(method, is_open=is_open).items():
                operation["responses"].setdefault(status, _refused(why))
    return result


def _refusals(method: str, *, is_open: bool) -> dict[str, str]:
    if is_open:
        return {"400": ACTING["400"], "401": "账号或密码不对，或账号已锁定"} if method in ACTS else {}
    return ACTING if method in ACTS else READING


def _refused(why: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Refusal"}
    return {"description": why, "content": {"application/json": {"schema": schema}}}
