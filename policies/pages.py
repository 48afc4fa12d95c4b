"""What the pages of the rulebooks show: regions, one region's documents, and its values with their spans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.divisions import NATIONAL_CODE, ancestor_codes
from core.errors import NotInArea
from core.look import Pill
from policies.enums import MARKED, Confidence, KeyKind, Kind
from policies.models import PolicyDocument, PolicyValue, ReasonCode
from policies.parameters import PARAMETERS, Parameter
from policies.selectors import PolicyValueView, reasons, value_view
from policies.values import show_key
from villages.models import Region


@dataclass(frozen=True, slots=True)
class RegionEntry:
    """One region with rulebooks of its own."""

    code: str
    name: str
    documents: list[PolicyDocument]
    values_count: int
    illustrative_count: int
    reading_count: int
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One value on the page; `standing` is empty where it is in force."""

    view: PolicyValueView
    key_label: str
    shown: str
    span: str
    standing: str
    clause_url: str


@dataclass(frozen=True, slots=True)
class ParameterRows:
    """One parameter with its values."""

    parameter: Parameter
    rows: list[ValueRow] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        return not any(row.key_label for row in self.rows)


@dataclass(frozen=True, slots=True)
class RulebookPage:
    """Everything of one region's page."""

    code: str
    name: str
    documents: list[PolicyDocument]
    above: list[RegionEntry]
    pills: list[Pill]
    groups: list[tuple[str, list[ParameterRows]]]


def regions(area_code: str) -> list[RegionEntry]:
    """Regions that have rulebooks, those that hold for the reader's area first, nearest first."""
    documents: dict[str, list[PolicyDocument]] = {}
    for document in PolicyDocument.objects.all():
        documents.setdefault(document.region_code, []).append(document)
    ours = ancestor_codes(area_code) if area_code else (NATIONAL_CODE,)
    counts = _counts()
    # A county whose values all rest on documents from above has none of its own.
    for code in counts:
        documents.setdefault(code, [])
    names = region_names(documents)
    entries = [
        RegionEntry(code, names[code], rows, *counts.get(code, (0, 0, 0)), code in ours)
        for code, rows in documents.items()
    ]
    return sorted(entries, key=lambda entry: (not entry.is_ours, _nearness(entry.code, ours), entry.code))


def rulebook_page(region_code: str, *, on: date, mark: str = "", words: str = "") -> RulebookPage:
    """One region's documents and values; `mark` keeps one degree of foundation, `words` what holds all of them.

    Raises NotInArea (404) for a region without a rulebook of its own.
    """
    documents = list(PolicyDocument.objects.filter(region_code=region_code).prefetch_related("clauses"))
    rows = list(PolicyValue.objects.filter(region_code=region_code).select_related("clause__document"))
    if not documents and not rows:
        raise NotInArea
    wanted = words.split()
    places = place_names((PARAMETERS[row.name], row.key) for row in rows)
    rows = [row for row in rows if all(word in _text(row, places) for word in wanted)]
    shown = [row for row in rows if not mark or row.confidence == mark]
    return RulebookPage(
        code=region_code,
        name=region_names([region_code])[region_code],
        documents=documents,
        above=[entry for entry in regions(region_code) if entry.is_ours and entry.code != region_code],
        pills=_pills(rows, mark, words),
        groups=_groups(shown, on, places),
    )


def _counts() -> dict[str, tuple[int, int, int]]:
    rows = PolicyValue.objects.values("region_code").annotate(
        all=Count("id"),
        illustrative=Count("id", filter=Q(confidence=Confidence.ILLUSTRATIVE)),
        reading=Count("id", filter=Q(confidence=Confidence.READING)),
    )
    return {row["region_code"]: (row["all"], row["illustrative"], row["reading"]) for row in rows}


def region_names(codes: Iterable[str]) -> dict[str, str]:
    """What regions are called, by code."""
    wanted = set(codes)
    names = dict(Region.objects.filter(code__in=wanted).values_list("code", "name"))
    return {code: names.get(code) or (_("全国") if code == NATIONAL_CODE else code) for code in wanted}


def place_names(keys: Iterable[tuple[Parameter, str]]) -> dict[str, str]:
    """What the places are called that values name by their code, in at most one statement."""
    codes = {key for parameter, key in keys if parameter.key_kind == KeyKind.REGION}
    return region_names(codes) if codes else {}


def key_words(parameter: Parameter, key: str, places: Mapping[str, str]) -> str:
    """The second name of a value as a page shows it, a place by its name."""
    return places.get(key) or show_key(parameter, key) if key else ""


def _nearness(code: str, ours: tuple[str, ...]) -> int:
    return ours.index(code) if code in ours else len(ours)


def _text(row: PolicyValue, places: Mapping[str, str]) -> str:
    """What of a value one may search for."""
    parameter = PARAMETERS[row.name]
    key = key_words(parameter, row.key, places)
    clause = f"{row.clause.document} {row.clause.key}"
    return " ".join([parameter.group, parameter.label, key, row.key, row.value, row.note, clause])


def _pills(rows: list[PolicyValue], mark: str, words: str) -> list[Pill]:
    kept = urlencode({"q": words}) if words else ""
    pills = [Pill(_("全部"), len(rows), f"?{kept}", active=not mark)]
    for confidence in Confidence:
        count = sum(row.confidence == confidence for row in rows)
        tone = "waiting" if confidence in MARKED else ""
        url = f"?{urlencode({'mark': confidence, 'q': words})}"
        pills.append(Pill(str(confidence.label), count, url, mark == confidence, tone))
    return pills


def _groups(
    rows: list[PolicyValue], on: date, places: Mapping[str, str]
) -> list[tuple[str, list[ParameterRows]]]:
    by_name: dict[str, ParameterRows] = {}
    words = reasons()
    for row in rows:
        parameter = PARAMETERS[row.name]
        by_name.setdefault(row.name, ParameterRows(parameter)).rows.append(_row(row, on, words, places))
    in_order = [by_name[name] for name in PARAMETERS if name in by_name]
    return [(title, list(found)) for title, found in groupby(in_order, key=lambda one: one.parameter.group)]


def _row(row: PolicyValue, on: date, words: Mapping[str, ReasonCode], places: Mapping[str, str]) -> ValueRow:
    view = value_view(row)
    parameter = view.parameter
    return ValueRow(
        view=view,
        key_label=key_words(parameter, row.key, places),
        shown=words[row.value].worded() if parameter.kind == Kind.REASON_CODE else view.shown,
        span=_span(view),
        standing=_standing(view, on),
        clause_url=f"{reverse('rulebook', args=[row.clause.document.region_code])}#c{row.clause_id}",
    )


def _span(view: PolicyValueView) -> str:
    if view.year_from is not None:
        return _years(view.year_from, view.year_to)
    if view.valid_to is None:
        return _("%(day)s起") % {"day": day_text(view.valid_from)}
    return _("%(first)s至%(last)s") % {"first": day_text(view.valid_from), "last": day_text(view.valid_to)}


def _years(first: int, last: int | None) -> str:
    if last is None:
        return _("%(year)d年度起") % {"year": first}
    if first == last:
        return _("%(year)d年度") % {"year": first}
    return _("%(first)d至%(last)d年度") % {"first": first, "last": last}


def _standing(view: PolicyValueView, on: date) -> str:
    if view.valid_from > on:
        return _("尚未执行")
    if view.valid_to is not None and view.valid_to < on:
        return _("已停止执行")
    return ""
