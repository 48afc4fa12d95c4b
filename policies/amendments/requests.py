"""What an administrator asks for, and whether it can be: each fault told beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.status import HTTP_422_UNPROCESSABLE_ENTITY

from core.calendar import day_text
from core.divisions import ancestor_codes
from core.errors import InvalidInput
from core.workflow import require_text
from policies.enums import Confidence, KeyKind, Kind
from policies.files import AMBIGUITY
from policies.models import Clause
from policies.parameters import PARAMETERS, Parameter
from policies.selectors import reasons
from policies.values import read_key, read_value, show_key
from villages.models import Region


class AmendmentRefused(InvalidInput):
    """A later validity that cannot be; nothing of it was kept."""

    status = HTTP_422_UNPROCESSABLE_ENTITY


DOCUMENT_FIELDS = {
    "document_title": "标题",
    "document_issuer": "发文机关",
    "clause_key": "条款位置",
    "clause_text": "条款原文",
}

_NUMBER = gettext_lazy("只写数字，不带单位。")
# What to type instead, where a value of this kind was refused.
HOW_TO_WRITE = {
    Kind.MONEY: _NUMBER,
    Kind.INTEGER: _NUMBER,
    Kind.DAYS: _NUMBER,
    Kind.WORKING_DAYS: _NUMBER,
    Kind.RATE: gettext_lazy("百分之几就写几，不带%，不超过一百。"),
    Kind.FRACTION: gettext_lazy("写成“分子/分母”，不大于一。"),
    Kind.DATE: gettext_lazy("写成“年-月-日”，月和日各写两位。"),
    Kind.MONTH_DAY: gettext_lazy("写成“月-日”，各写两位。"),
}


@dataclass(frozen=True, slots=True)
class AmendmentRequest:
    """A later validity as it is entered: key (tiers in yuan) → text, empty where what was the rule ends.

    It rests on a clause on file, or on the document whose fields stand here.
    """

    name: str
    rows: Mapping[str, str]
    valid_from: date
    reason: str
    confidence: str
    year_from: int | None = None
    year_to: int | None = None
    clause_id: int | None = None
    document_number: str = ""
    document_title: str = ""
    document_issuer: str = ""
    document_issued_on: date | None = None
    clause_key: str = ""
    clause_text: str = ""
    ambiguity: str = ""
    note: str = ""


def refuse(name: str, sentence: str) -> InvalidInput:
    """A fault beside its field."""
    return InvalidInput(sentence, fields={name: [sentence]})


def read_request(region_code: str, request: AmendmentRequest, *, on: date) -> dict[str, str]:
    """The values by stored key (tiers in fen) of a request that can be.

    Raises InvalidInput beside the field, AmendmentRefused (E-AMEND-PAST, E-AMEND-SOURCE).
    """
    parameter = PARAMETERS.get(request.name)
    if parameter is None:
        raise refuse("name", _("没有“%(name)s”这个参数，请从目录里选择。") % {"name": request.name})
    require_text(request.reason, _("请写明为什么调整。"))
    _require_years(parameter, request)
    if request.valid_from < on:
        sentence = _("执行起日%(day)s在今天以前。以前的规定不改，请写%(today)s或以后的日期。") % {
            "day": day_text(request.valid_from),
            "today": day_text(on),
        }
        raise AmendmentRefused(sentence, code="E-AMEND-PAST", fields={"valid_from": [sentence]})
    _require_source(region_code, request, on)
    _require_grounds(request)
    return _read_rows(parameter, region_code, request.rows)


def _require_years(parameter: Parameter, request: AmendmentRequest) -> None:
    if not parameter.by_year:
        if request.year_from is not None or request.year_to is not None:
            raise refuse("year_from", _("“%(label)s”按日期执行，不写年度。") % {"label": parameter.label})
        return
    if request.year_from is None:
        raise refuse("year_from", _("“%(label)s”按年度执行，请写从哪个年度起。") % {"label": parameter.label})
    if request.year_to is not None and request.year_to < request.year_from:
        raise refuse("year_to", _("截止年度早于起始年度。"))


def _require_source(region_code: str, request: AmendmentRequest, on: date) -> None:
    if request.clause_id is not None:
        clause = Clause.objects.select_related("document").filter(pk=request.clause_id).first()
        if clause is None or clause.document.region_code not in ancestor_codes(region_code):
            raise refuse("clause_id", _("没有这个条款，或者它不适用于本地。"))
        return
    given = [name for name in DOCUMENT_FIELDS if getattr(request, name).strip()]
    if not given:
        sentence = _("没有依据。请选择已收录的条款，或者填写新文件的文号、标题、发文机关、日期和条款原文。")
        raise AmendmentRefused(sentence, code="E-AMEND-SOURCE", fields={"clause_id": [sentence]})
    for name, label in DOCUMENT_FIELDS.items():
        if name not in given:
            raise refuse(name, _("请填写新文件的%(label)s。") % {"label": label})
    if request.document_issued_on is None:
        raise refuse("document_issued_on", _("请填写新文件的发文日期。"))
    if request.document_issued_on > on:
        raise refuse("document_issued_on", _("发文日期在今天以后，文件还没有印发。"))


def _require_grounds(request: AmendmentRequest) -> None:
    if request.confidence not in Confidence.values:
        raise refuse("confidence", _("请选择依据程度。"))
    if request.confidence == Confidence.ILLUSTRATIVE and not request.note.strip():
        raise refuse("note", _("示例值须写明为什么没有依据。"))
    if request.ambiguity and not AMBIGUITY.fullmatch(request.ambiguity):
        raise refuse("ambiguity", _("口径编号写成A-01这样。"))


def _read_rows(parameter: Parameter, region_code: str, rows: Mapping[str, str]) -> dict[str, str]:
    if not rows:
        raise refuse("rows", _("没有要调整的值。改动一个值，或者勾选“只补依据”。"))
    found: dict[str, str] = {}
    for given, text in rows.items():
        key = _key(parameter, region_code, given.strip())
        if key in found:
            raise refuse("rows", _("“%(key)s”写了两次。") % {"key": show_key(parameter, key)})
        found[key] = _text(parameter, key, text.strip())
    return found


def _key(parameter: Parameter, region_code: str, given: str) -> str:
    try:
        key = read_key(parameter, given)
    except ValueError as problem:
        known = "、".join(parameter.keys.values()) or str(parameter.key_kind.label)
        raise refuse(
            "rows", _("分项“%(key)s”不对，应为：%(known)s。") % {"key": given, "known": known}
        ) from problem
    if parameter.key_kind == KeyKind.REGION:
        _require_place(region_code, key)
    return key


def _require_place(region_code: str, code: str) -> None:
    if region_code not in ancestor_codes(code):
        raise refuse("rows", _("区划%(code)s不在本地区内。") % {"code": code})
    if not Region.objects.filter(code=code).exists():
        raise refuse("rows", _("区划%(code)s不在区划表中。") % {"code": code})


def _text(parameter: Parameter, key: str, text: str) -> str:
    if not text:
        return ""
    words = {
        "raw": text,
        "label": parameter.label + (f"（{show_key(parameter, key)}）" if key else ""),
        "kind": parameter.kind.label,
        "unit": parameter.unit,
    }
    sentence = _("“%(raw)s”不能作为“%(label)s”的值：应是%(kind)s，单位%(unit)s。") % words
    sentence += HOW_TO_WRITE.get(parameter.kind, "")
    try:
        read_value(parameter, text)
    except ValueError as problem:
        raise refuse("rows", sentence) from problem
    if parameter.kind == Kind.REASON_CODE and text not in reasons():
        raise refuse("rows", sentence)
    return text
