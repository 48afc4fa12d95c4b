"""A rulebook written back to the file format it is loaded from."""

from __future__ import annotations

from typing import Any

import yaml

from core.errors import NotInArea
from policies.files import ROW_FIELDS
from policies.models import PolicyDocument, PolicyValue
from policies.parameters import PARAMETERS
from policies.values import write_key

# What every row of a parameter may share is written once, above its rows.
SHARED = ("unit", "clause", "confidence", "ambiguity", "note", "rules", "quoted_at")


def rulebook_text(region_code: str) -> str:
    """One region's rulebook as YAML, as `policies.files.read_rulebook` reads it: loading it changes nothing.

    Raises NotInArea for a region without values and documents of its own.
    """
    values = PolicyValue.objects.filter(region_code=region_code).select_related("clause__document")
    documents = PolicyDocument.objects.filter(region_code=region_code).prefetch_related("clauses")
    content = {
        "region": region_code,
        "documents": [_document(document) for document in documents],
        "parameters": _parameters(list(values)),
    }
    if not content["documents"] and not content["parameters"]:
        raise NotInArea
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=float("inf"))
    return text


def _document(document: PolicyDocument) -> dict[str, Any]:
    fields = {
        "key": document.key,
        "number": document.number,
        "title": document.title,
        "aliases": document.aliases,
        "issuer": document.issuer,
        "issued_on": document.issued_on,
        "effective_on": document.effective_on,
        "date_is_assumed": document.date_is_assumed,
        "basis": document.basis,
    }
    found = {name: value for name, value in fields.items() if value}
    clauses = [
        {"key": clause.key, "label": clause.label}
        | ({"text": clause.text} if clause.is_quoted else {"quoted": False})
        for clause in document.clauses.all()
    ]
    return found | {"public": document.is_public, "clauses": clauses}


def _parameters(values: list[PolicyValue]) -> dict[str, Any]:
    by_name: dict[str, list[PolicyValue]] = {}
    for value in values:
        by_name.setdefault(value.name, []).append(value)
    return {name: _parameter(rows) for name, rows in by_name.items()}


def _parameter(values: list[PolicyValue]) -> dict[str, Any]:
    rows = [_row(value) for value in values]
    shared = {name: rows[0][name] for name in SHARED if _is_shared(name, rows)}
    own = [{name: part for name, part in row.items() if name not in shared} for row in rows]
    return shared | {"rows": own}


def _is_shared(name: str, rows: list[dict[str, Any]]) -> bool:
    return all(name in row and row[name] == rows[0].get(name) for row in rows)


def _row(value: PolicyValue) -> dict[str, Any]:
    parameter = PARAMETERS[value.name]
    document = value.clause.document
    fields: dict[str, Any] = {
        "key": write_key(parameter, value.key) if value.key else "",
        "value": value.value,
        "year": value.year_from if value.year_from == value.year_to else None,
        "years": _years(value),
        "from": value.valid_from if value.valid_from != document.effective_on else None,
        "to": value.valid_to,
        "unit": value.unit,
        "clause": f"{document.key} {value.clause.key}",
        "confidence": value.confidence,
        "ambiguity": value.ambiguity,
        "note": value.note,
        "rules": value.rules,
        "quoted_at": value.quoted_at,
    }
    assert set(fields) == ROW_FIELDS
    return {name: part for name, part in fields.items() if part}


def _years(value: PolicyValue) -> str:
    if value.year_from is None or value.year_from == value.year_to:
        return ""
    return f"{value.year_from}-{value.year_to or ''}"
