"""Reading a rulebook file: its form, its units, its spans. Nothing here touches the database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from core.divisions import CODE
from core.errors import InvalidInput
from policies.enums import Act, Confidence, Severity
from policies.parameters import PARAMETERS, Parameter
from policies.values import read_key, read_value

# libyaml reads the rulebooks eight times as fast; an installation built without it has the loader in Python.
YAML_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

YEARS = re.compile(r"(?P<first>[0-9]{4})-(?P<last>[0-9]{4})?")
AMBIGUITY = re.compile(r"A-[0-9]{2}")
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
REASON_FIELDS = {"severity", "text", "remedy", "rules", "short", "quoted_at", "stops", "needs_event_day"}
ROW_FIELDS = {
    "key",
    "value",
    "unit",
    "year",
    "years",
    "from",
    "to",
    "clause",
    "confidence",
    "ambiguity",
    "note",
    "rules",
    "quoted_at",
}


class RulebookRefused(InvalidInput):
    """A rulebook file that cannot be loaded; nothing of it was kept."""

    code = "E-RULEBOOK"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands, for the message that refuses it."""

    file: str
    path: str = ""

    def at(self, step: object) -> Place:
        return Place(self.file, f"{self.path} › {step}" if self.path else str(step))

    def refuse(self, sentence: str) -> RulebookRefused:
        return RulebookRefused(
            _("%(file)s（%(path)s）：%(sentence)s")
            % {
                "file": self.file,
                "path": self.path or _("文件开头"),
                "sentence": sentence,
            }
        )


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document of a rulebook file; `clauses` in the file's order as (key, label, text, is_quoted)."""

    key: str
    fields: dict[str, Any]
    clauses: tuple[tuple[str, str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """One value of a rulebook file. `valid_from` None: from the day its document takes effect."""

    place: Place
    name: str
    key: str
    value: str
    unit: str
    document: str
    clause: str
    confidence: str
    year_from: int | None = None
    year_to: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    ambiguity: str = ""
    note: str = ""
    rules: tuple[str, ...] = ()
    quoted_at: str = ""


@dataclass(frozen=True, slots=True)
class RulebookFile:
    """A rulebook file that keeps its form."""

    place: Place
    region_code: str
    documents: tuple[DocumentEntry, ...]
    values: tuple[ValueEntry, ...]


@dataclass(frozen=True, slots=True)
class ReasonEntry:
    """A reason code of fixtures/reasons.yaml."""

    code: str
    severity: str
    text: str
    remedy: str
    rules: tuple[str, ...] = field(default=())
    short: str = ""
    quoted_at: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    needs_event_day: bool = False


def read_rulebook(path: Path) -> RulebookFile:
    """Read a rulebook file. Raises RulebookRefused with file, place and cure."""
    place = Place(path.name)
    content = _mapping(_read_yaml(path, place), place)
    region_code = str(content.get("region", ""))
    if not CODE.fullmatch(region_code):
        raise place.at("region").refuse(_("须写十二位区划代码，并加引号。"))
    documents = tuple(_documents(content.get("documents") or [], place.at("documents")))
    values = tuple(_values(content.get("parameters") or {}, place.at("parameters")))
    return RulebookFile(place, region_code, documents, values)


def read_reasons(path: Path) -> list[ReasonEntry]:
    """Read the reason codes. Raises RulebookRefused."""
    place = Place(path.name)
    return [
        _reason(str(code), _mapping(entry, place.at(code)), place.at(code))
        for code, entry in _mapping(_read_yaml(path, place), place).items()
    ]


def check_spans(values: list[tuple[Place, Span]]) -> None:
    """Refuse two values of one parameter and key whose days and years both meet."""
    groups: dict[tuple[str, str], list[tuple[Place, Span]]] = {}
    for place, span in values:
        groups.setdefault((span.name, span.key), []).append((place, span))
    for rows in groups.values():
        for number, (place, span) in enumerate(rows):
            earlier = next((one for _place, one in rows[:number] if one.meets(span)), None)
            if earlier is not None:
                raise place.refuse(
                    _("与另一行的适用期间重叠：%(one)s；%(other)s。请先给前一行写截止日期或年度。")
                    % {"one": earlier.shown, "other": span.shown}
                )


@dataclass(frozen=True, slots=True)
class Span:
    """On which days and for which plan years one value holds; open ends are the outermost day or year."""

    name: str
    key: str
    first_day: date
    last_day: date
    first_year: int
    last_year: int

    def meets(self, other: Span) -> bool:
        return (
            self.first_day <= other.last_day
            and other.first_day <= self.last_day
            and self.first_year <= other.last_year
            and other.first_year <= self.last_year
        )

    @property
    def shown(self) -> str:
        until = self.last_day.isoformat() if self.last_day < date.max else _("以后")
        text = f"{self.first_day.isoformat()}—{until}"
        if self.first_year == date.min.year and self.last_year == date.max.year:
            return text
        last = str(self.last_year) if self.last_year < date.max.year else _("以后")
        return f"{text}（{self.first_year}—{last}）"


def span_of(value: Any) -> Span:
    """The span of a stored value or of a read one whose first day is known."""
    assert value.valid_from is not None
    return Span(
        value.name,
        value.key,
        value.valid_from,
        value.valid_to or date.max,
        value.year_from or date.min.year,
        value.year_to or date.max.year,
    )


def _read_yaml(path: Path, place: Place) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=YAML_LOADER)
    except (OSError, UnicodeDecodeError) as problem:
        raise place.refuse(_("读不出文件：%(problem)s。") % {"problem": problem}) from problem
    except yaml.YAMLError as problem:
        raise place.refuse(_("不是正确的YAML：%(problem)s。") % {"problem": problem}) from problem


def _mapping(content: Any, place: Place) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise place.refuse(_("须写成“名称: 内容”。"))
    return content


def _documents(entries: list[Any], place: Place) -> Iterator[DocumentEntry]:
    seen: set[str] = set()
    for number, raw in enumerate(entries, start=1):
        here = place.at(number)
        entry = _mapping(raw, here)
        for name in ("key", "title", "effective_on"):
            if not entry.get(name):
                raise here.refuse(_("缺少%(name)s。") % {"name": name})
        if entry["key"] in seen:
            raise here.refuse(_("简称“%(key)s”重复。") % {"key": entry["key"]})
        seen.add(entry["key"])
        fields = {
            "number": str(entry.get("number", "")),
            "title": str(entry["title"]),
            "aliases": list(entry.get("aliases", [])),
            "issuer": str(entry.get("issuer", "")),
            "issued_on": entry.get("issued_on"),
            "effective_on": entry["effective_on"],
            "date_is_assumed": bool(entry.get("date_is_assumed", False)),
            "is_public": bool(entry.get("public", True)),
            "basis": list(entry.get("basis", [])),
        }
        yield DocumentEntry(str(entry["key"]), fields, tuple(_clauses(entry.get("clauses") or [], here)))


def _clauses(entries: list[Any], place: Place) -> Iterator[tuple[str, str, str, bool]]:
    seen: set[str] = set()
    for number, raw in enumerate(entries, start=1):
        here = place.at("clauses").at(number)
        entry = _mapping(raw, here)
        key, text, quoted = str(entry.get("key", "")), str(entry.get("text", "")), entry.get("quoted", True)
        if not key or not entry.get("label") or key in seen:
            raise here.refuse(_("每个条款须有不重复的key和label。"))
        if bool(text) != bool(quoted):
            raise here.refuse(_("条款“%(key)s”须写原文；没有取得原文的写quoted: false。") % {"key": key})
        seen.add(key)
        yield key, str(entry["label"]), text, bool(quoted)


def _values(groups: Mapping[str, Any], place: Place) -> Iterator[ValueEntry]:
    for name, raw in _mapping(groups, place).items():
        here = place.at(name)
        parameter = PARAMETERS.get(name)
        if parameter is None:
            raise here.refuse(_("没有这个参数。参数名称见policies/parameters.py。"))
        shared = dict(_mapping(raw, here))
        rows = shared.pop("rows", None)
        if not isinstance(rows, list) or not rows:
            raise here.refuse(_("缺少rows，或者一行也没有。"))
        for number, row in enumerate(rows, start=1):
            place_of_row = here.at(number)
            yield _value(parameter, {**shared, **_mapping(row, place_of_row)}, place_of_row)


def _value(parameter: Parameter, row: dict[str, Any], place: Place) -> ValueEntry:
    unknown = sorted(set(row) - ROW_FIELDS)
    if unknown:
        raise place.refuse(_("没有这一项：%(names)s。") % {"names": "、".join(unknown)})
    _check_unit(parameter, row, place)
    document, clause = _clause_reference(row, place)
    first_year, last_year = _years(parameter, row, place)
    return ValueEntry(
        place=place,
        name=parameter.name,
        key=_key(parameter, row, place),
        value=_text(parameter, row, place),
        unit=parameter.unit,
        document=document,
        clause=clause,
        year_from=first_year,
        year_to=last_year,
        valid_from=_day(row, "from", place),
        valid_to=_day(row, "to", place),
        rules=tuple(row.get("rules", ())),
        quoted_at=str(row.get("quoted_at") or ""),
        **_grounds(row, place),
    )


def _check_unit(parameter: Parameter, row: Mapping[str, Any], place: Place) -> None:
    unit = row.get("unit")
    if not unit:
        raise place.refuse(_("缺少单位，应为“%(unit)s”。") % {"unit": parameter.unit})
    if unit != parameter.unit:
        raise place.refuse(_("单位是“%(found)s”，应为“%(unit)s”。") % {"found": unit, "unit": parameter.unit})


def _clause_reference(row: Mapping[str, Any], place: Place) -> tuple[str, str]:
    document, _space, clause = str(row.get("clause") or "").partition(" ")
    if not document or not clause:
        raise place.refuse(_("缺少条款，写成“文件简称 条款”，如“CS 三（一）”。"))
    return document, clause


def _key(parameter: Parameter, row: Mapping[str, Any], place: Place) -> str:
    raw = row.get("key", "")
    try:
        return read_key(parameter, raw if isinstance(raw, str) else "")
    except ValueError as problem:
        known = "、".join(parameter.keys) or parameter.key_kind.label
        raise place.refuse(
            _("key“%(key)s”不对，应为：%(known)s（加引号）。") % {"key": raw, "known": known}
        ) from problem


def _text(parameter: Parameter, row: Mapping[str, Any], place: Place) -> str:
    raw = row.get("value")
    if not isinstance(raw, str):
        raise place.refuse(_("值须加引号。"))
    try:
        read_value(parameter, raw)
    except ValueError as problem:
        if parameter.is_built_in:
            only = "".join(parameter.choices.values())
            raise place.refuse(
                _("“%(label)s”系统只能按“%(only)s”办理，不能写“%(raw)s”。")
                % {"label": parameter.label, "only": only, "raw": raw}
            ) from problem
        raise place.refuse(
            _("“%(raw)s”不能作为“%(label)s”的值（%(kind)s，单位%(unit)s）。")
            % {"raw": raw, "label": parameter.label, "kind": parameter.kind.label, "unit": parameter.unit}
        ) from problem
    return raw


def _years(parameter: Parameter, row: Mapping[str, Any], place: Place) -> tuple[int | None, int | None]:
    year, years = row.get("year"), row.get("years")
    if not parameter.by_year:
        if year is not None or years is not None:
            raise place.refuse(_("这个参数按日期，不写年度；用from和to。"))
        return None, None
    if isinstance(year, int) and years is None:
        return year, year
    match = YEARS.fullmatch(str(years or ""))
    if not match or year is not None:
        raise place.refuse(_('这个参数按年度，写year: 2024，或者years: "2024-2026"、"2024-"。'))
    last = int(match["last"]) if match["last"] else None
    if last is not None and last < int(match["first"]):
        raise place.refuse(_("截止年度早于起始年度。"))
    return int(match["first"]), last


def _day(row: Mapping[str, Any], name: str, place: Place) -> date | None:
    day = row.get(name)
    if day is not None and not isinstance(day, date):
        raise place.refuse(_("%(name)s须写成2024-06-17这样的日期。") % {"name": name})
    return day


def _grounds(row: Mapping[str, Any], place: Place) -> dict[str, str]:
    confidence, ambiguity = str(row.get("confidence") or ""), str(row.get("ambiguity") or "")
    note = str(row.get("note") or "")
    if confidence not in Confidence.values:
        raise place.refuse(_("缺少依据程度confidence：%(known)s。") % {"known": "、".join(Confidence.values)})
    if ambiguity and not AMBIGUITY.fullmatch(ambiguity):
        raise place.refuse(_("口径编号写成A-01这样。"))
    if confidence == Confidence.ILLUSTRATIVE and not note:
        raise place.refuse(_("示例值须在note里写明为什么没有依据。"))
    return {"confidence": confidence, "ambiguity": ambiguity, "note": note}


def _reason(code: str, entry: Mapping[str, Any], place: Place) -> ReasonEntry:
    severity, text = str(entry.get("severity") or ""), str(entry.get("text") or "")
    if severity not in Severity.values or not text:
        raise place.refuse(_("须有severity（%(known)s）和text。") % {"known": "、".join(Severity.values)})
    if severity != Severity.REASON and not entry.get("remedy"):
        raise place.refuse(_("缺少remedy（怎么办）。"))
    if "{" in PLACEHOLDER.sub("", text):
        raise place.refuse(_("text里的占位写成{name}。"))
    unknown = sorted(set(entry) - REASON_FIELDS)
    if unknown:
        raise place.refuse(_("没有这一项：%(names)s。") % {"names": "、".join(unknown)})
    stops = tuple(entry.get("stops", ()))
    if set(stops) - set(Act.values):
        raise place.refuse(_("stops写%(known)s。") % {"known": "、".join(Act.values)})
    return ReasonEntry(
        code,
        severity,
        text,
        str(entry.get("remedy") or ""),
        tuple(entry.get("rules", ())),
        str(entry.get("short") or ""),
        tuple(entry.get("quoted_at", ())),
        stops,
        bool(entry.get("needs_event_day", False)),
    )
