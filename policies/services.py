"""Loading rulebook files. Whatever changes a row also changes the token; later validities: `policies.amendments`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from core.divisions import NATIONAL_CODE, ancestor_codes
from policies.agreement import check_agreement
from policies.enums import KeyKind
from policies.files import (
    DocumentEntry,
    RulebookFile,
    ValueEntry,
    check_spans,
    read_reasons,
    read_rulebook,
    span_of,
)
from policies.models import Clause, PolicyDocument, PolicyRevision, PolicyValue, ReasonCode
from policies.parameters import PARAMETERS
from policies.permission import unpermitted_incentive
from policies.selectors import let_policies_go
from policies.values import show_key
from villages.models import Region

# A later load may end a value that was open and may better its grounds; what it said stays.
KEPT_FIELDS = ("value", "unit")
ENDS = ("valid_to", "year_to")


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: rows created, changed in their grounds or end, removed, and left as they were."""

    name: str
    created: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0

    @property
    def touched(self) -> bool:
        return bool(self.created or self.changed or self.removed)

    def __add__(self, other: LoadReport) -> LoadReport:
        return LoadReport(
            self.name,
            self.created + other.created,
            self.changed + other.changed,
            self.removed + other.removed,
            self.unchanged + other.unchanged,
        )


@transaction.atomic
def load_rulebooks(paths: Iterable[Path], *, replace_values: bool = False) -> list[LoadReport]:
    """Load several rulebook files, all of them or none.

    Documents come first, so that one file may cite the clauses of another. `replace_values` allows a correction
    of what a value said; without it the past is not edited and a change must start a later validity. Raises
    RulebookRefused with file, place and cure.
    """
    files = [read_rulebook(path) for path in paths]
    _check_one_file_a_region(files)
    for file in files:
        _check_region(file)
    documents = [_load_documents(file) for file in files]
    values = [_load_values(file, replace_values=replace_values) for file in files]
    reports = [one + other for one, other in zip(documents, values, strict=True)]
    if any(report.touched for report in reports):
        change_token()
        for file in files:
            _check_permitted(file)
    return reports


@transaction.atomic
def load_reasons(path: Path) -> LoadReport:
    """Load the reason codes; what the file no longer names goes."""
    report = LoadReport(path.name)
    found = {row.code: row for row in ReasonCode.objects.all()}
    for position, entry in enumerate(read_reasons(path)):
        fields = {
            "severity": entry.severity,
            "text": entry.text,
            "remedy": entry.remedy,
            "rules": list(entry.rules),
            "short": entry.short,
            "quoted_at": list(entry.quoted_at),
            "stops": list(entry.stops),
            "needs_event_day": entry.needs_event_day,
            "position": position,
        }
        report += _put(ReasonCode, found.pop(entry.code, None), {"code": entry.code}, fields)
    for row in found.values():
        row.delete()
        report += LoadReport("", removed=1)
    if report.touched:
        change_token()
    return report


def change_token() -> None:
    """Tell every process that policy rows changed; part of the transaction that changed them."""
    PolicyRevision.objects.update_or_create(id=1, defaults={"token": uuid.uuid4().hex})
    let_policies_go()


def _check_region(file: RulebookFile) -> None:
    known = file.region_code == NATIONAL_CODE or not Region.objects.exists()
    if not known and not Region.objects.filter(code=file.region_code).exists():
        raise file.place.at("region").refuse(_("区划%(code)s不在区划表中。") % {"code": file.region_code})


def _check_one_file_a_region(files: list[RulebookFile]) -> None:
    """A file is all that its region states: a second one of the region would take away what the first brought."""
    first: dict[str, str] = {}
    for file in files:
        if file.region_code in first:
            raise file.place.at("region").refuse(
                _("%(other)s也是区划%(code)s的文件。一个地区只写一个文件，请合并。")
                % {"other": first[file.region_code], "code": file.region_code}
            )
        first[file.region_code] = file.place.file


def _check_permitted(file: RulebookFile) -> None:
    """What needs the word of a document above has it; looked at when all files are in, whatever their order."""
    found = unpermitted_incentive(file.region_code)
    if found:
        row, sentence = found
        raise file.place.at("parameters").at(row.name).refuse(sentence)


def _check_region_keys(file: RulebookFile) -> None:
    """The places that values name are known, and lie in the region of the rulebook."""
    named = [entry for entry in file.values if PARAMETERS[entry.name].key_kind == KeyKind.REGION]
    codes = {entry.key for entry in named}
    known = set(Region.objects.filter(code__in=codes).values_list("code", flat=True))
    are_loaded = Region.objects.exists()
    for entry in named:
        if are_loaded and entry.key not in known:
            raise entry.place.refuse(_("区划%(code)s不在区划表中。") % {"code": entry.key})
        if file.region_code not in ancestor_codes(entry.key):
            raise entry.place.refuse(
                _("区划%(code)s不在本文件的地区%(region)s内。")
                % {"code": entry.key, "region": file.region_code}
            )


def _load_documents(file: RulebookFile) -> LoadReport:
    report = LoadReport(file.place.file)
    for position, entry in enumerate(file.documents):
        found = PolicyDocument.objects.filter(key=entry.key).first()
        if found and found.region_code != file.region_code:
            raise file.place.at(entry.key).refuse(_("这个简称已用于另一地区的文件。"))
        fields = {**entry.fields, "region_code": file.region_code, "position": position}
        report += _put(PolicyDocument, found, {"key": entry.key}, fields)
        report += _load_clauses(entry)
    return report


def _load_clauses(entry: DocumentEntry) -> LoadReport:
    report = LoadReport(entry.key)
    document = PolicyDocument.objects.get(key=entry.key)
    found = {row.key: row for row in document.clauses.all()}
    for position, (key, label, text, is_quoted) in enumerate(entry.clauses):
        fields = {"label": label, "text": text, "is_quoted": is_quoted, "position": position}
        report += _put(Clause, found.get(key), {"document": document, "key": key}, fields)
    return report


def _load_values(file: RulebookFile, *, replace_values: bool) -> LoadReport:
    clauses = {(row.document.key, row.key): row for row in Clause.objects.select_related("document")}
    entries = [_with_first_day(entry, clauses) for entry in file.values]
    check_spans([(entry.place, span_of(entry)) for entry in entries])
    _check_region_keys(file)
    check_agreement(entries)
    stored = {_identity(row): row for row in PolicyValue.objects.filter(region_code=file.region_code)}
    report = LoadReport(file.place.file)
    for position, entry in enumerate(entries):
        found = stored.pop(_identity(entry), None)
        if found and not replace_values:
            _refuse_rewriting(found, entry)
        fields = _fields(entry, clauses[entry.document, entry.clause], position)
        if found and found.ended_by_id:
            # An approved amendment ended it: a file that does not know of that leaves it so.
            fields = {name: value for name, value in fields.items() if name not in ENDS}
        report += _put(PolicyValue, found, _names(entry, file.region_code), fields)
    amended = [row for row in stored.values() if row.amendment_id]
    if amended:
        _check_beside_amendments(file)
    gone = [row for row in stored.values() if not row.amendment_id]
    return report + _remove(file, gone, replace_values=replace_values)


def _check_beside_amendments(file: RulebookFile) -> None:
    """What was approved since stands; a file may not say something else for the same days."""
    rows = PolicyValue.objects.filter(region_code=file.region_code)
    check_spans([(file.place.at(row.name), span_of(row)) for row in rows])


def _remove(file: RulebookFile, rows: list[PolicyValue], *, replace_values: bool) -> LoadReport:
    if rows and not replace_values:
        raise file.place.at("parameters").refuse(
            _(
                "系统里已有的值在文件中没有了：%(row)s。已执行的值不删除，请写截止日期；确属文件写错的，加--replace。"
            )
            % {"row": _shown(rows[0])}
        )
    for row in rows:
        row.delete()
    return LoadReport("", removed=len(rows))


def _with_first_day(entry: ValueEntry, clauses: dict[tuple[str, str], Clause]) -> ValueEntry:
    clause = clauses.get((entry.document, entry.clause))
    if clause is None:
        raise entry.place.refuse(
            _("没有“%(document)s”的条款“%(clause)s”。") % {"document": entry.document, "clause": entry.clause}
        )
    longest = PolicyValue._meta.get_field("quoted_at").max_length
    if longest and len(entry.quoted_at) > longest:
        raise entry.place.refuse(
            _("quoted_at最多%(n)d个字，这里有%(found)d个字，请只引最要紧的一句。")
            % {"n": longest, "found": len(entry.quoted_at)}
        )
    if entry.quoted_at not in clause.text:
        raise entry.place.refuse(
            _("quoted_at“%(words)s”不在条款“%(clause)s”的原文里。")
            % {"words": entry.quoted_at, "clause": entry.clause}
        )
    first = entry.valid_from or clause.document.effective_on
    if entry.valid_to and entry.valid_to < first:
        raise entry.place.refuse(_("截止日期早于起始日期%(first)s。") % {"first": first})
    return replace(entry, valid_from=first)


def _identity(value: ValueEntry | PolicyValue) -> tuple[str, str, int | None, date | None]:
    return value.name, value.key, value.year_from, value.valid_from


def _names(entry: ValueEntry, region_code: str) -> dict[str, Any]:
    name, key, year_from, valid_from = _identity(entry)
    return {
        "region_code": region_code,
        "name": name,
        "key": key,
        "year_from": year_from,
        "valid_from": valid_from,
    }


def _fields(entry: ValueEntry, clause: Clause, position: int) -> dict[str, Any]:
    return {
        "value": entry.value,
        "unit": entry.unit,
        "year_to": entry.year_to,
        "valid_to": entry.valid_to,
        "clause": clause,
        "confidence": entry.confidence,
        "ambiguity": entry.ambiguity,
        "note": entry.note,
        "rules": list(entry.rules),
        "quoted_at": entry.quoted_at,
        "position": position,
    }


def _refuse_rewriting(found: PolicyValue, entry: ValueEntry) -> None:
    said = any(getattr(found, name) != getattr(entry, name) for name in KEPT_FIELDS)
    reopened = not found.ended_by_id and any(
        getattr(found, name) is not None and getattr(found, name) != getattr(entry, name) for name in ENDS
    )
    if said or reopened:
        raise entry.place.refuse(
            _(
                "系统里是%(row)s，与文件不同。已执行的值不改写，请给它写截止日期，另起一行；确属文件写错的，加--replace。"
            )
            % {"row": _shown(found)}
        )


def _shown(row: PolicyValue) -> str:
    parameter = PARAMETERS.get(row.name)
    key = f"（{show_key(parameter, row.key)}）" if parameter and row.key else ""
    return f"{parameter.label if parameter else row.name}{key}：{row.value}{row.unit}"


def _put(model: type[models.Model], found: Any, names: dict[str, Any], fields: dict[str, Any]) -> LoadReport:
    if found is None:
        model._default_manager.create(**names, **fields)
        return LoadReport("", created=1)
    changed = [name for name, wanted in fields.items() if getattr(found, name) != wanted]
    if not changed:
        return LoadReport("", unchanged=1)
    for name in changed:
        setattr(found, name, fields[name])
    found.save(update_fields=changed)
    return LoadReport("", changed=1)
