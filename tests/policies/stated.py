"""What a rulebook states for one rule, in sentences an official can check against the document."""

from __future__ import annotations

from policies.enums import Kind
from policies.models import PolicyValue
from policies.parameters import PARAMETERS
from policies.selectors import value_view
from policies.values import show_key


def statements(region_code: str) -> dict[str, list[str]]:
    """Rule → its values in the order of the file: what, how much, when, how well founded, and the clause."""
    found: dict[str, list[str]] = {}
    for row in PolicyValue.objects.filter(region_code=region_code).select_related("clause__document"):
        for rule in row.rules:
            found.setdefault(rule, []).append(_statement(row))
    return dict(sorted(found.items()))


def _statement(row: PolicyValue) -> str:
    view = value_view(row)
    key = f"（{show_key(PARAMETERS[row.name], row.key)}）" if row.key else ""
    shown = row.value if PARAMETERS[row.name].kind == Kind.REASON_CODE else view.shown
    mark = "、".join(part for part in (view.mark, row.ambiguity) if part)
    grounds = f"{row.clause.key}，{mark}" if mark else row.clause.key
    return f"{view.label}{key}：{shown}{_span(row)}〔{grounds}〕"


def _span(row: PolicyValue) -> str:
    parts = []
    if row.year_from:
        named = {None: f"{row.year_from}年度起", row.year_from: f"{row.year_from}年度"}
        parts.append(named.get(row.year_to, f"{row.year_from}至{row.year_to}年度"))
    if row.valid_from != row.clause.document.effective_on:
        parts.append(f"{row.valid_from}起")
    if row.valid_to:
        parts.append(f"到{row.valid_to}")
    return "".join(f"，{part}" for part in parts)
