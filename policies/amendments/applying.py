"""Writing a later validity into the rulebook: the old ends the day before, the new begins, the past stays.

Where the region states nothing of a parameter itself, what it goes by from above is taken over with its grounds, so
that one county's own figure leaves no gap beside it (a table is taken whole from the nearest region that states it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core.calendar import day_text
from core.divisions import ancestor_codes
from core.errors import InvalidInput
from policies.agreement import check_agreement
from policies.amendments.requests import AmendmentRefused
from policies.amendments.spans import ONE_DAY, Cut
from policies.enums import KeyKind
from policies.files import Place, RulebookRefused, ValueEntry, check_spans, span_of
from policies.models import Amendment, Clause, PolicyDocument, PolicyRevision, PolicyValue
from policies.parameters import PARAMETERS
from policies.permission import unpermitted_incentive
from policies.services import change_token
from policies.values import show_key

COPIED = ("value", "unit", "clause_id", "confidence", "ambiguity", "note", "rules", "quoted_at")
CONTENT = ("value", "clause_id", "confidence", "ambiguity", "note")


class _Undone(Exception):
    """Takes a trial back."""


def try_out(row: Amendment, values: Mapping[str, str]) -> None:
    """Write a later validity, judge the rulebook as it would be, and take everything back.

    Raises what `write` raises.
    """
    try:
        with transaction.atomic():
            write(row, values)
            raise _Undone
    except _Undone:
        return


def write(row: Amendment, values: Mapping[str, str]) -> None:
    """Write a later validity. `values`: stored key → text, empty where what was the rule ends.

    Raises AmendmentRefused (E-AMEND-PAST where a later validity stands already, E-AMEND-SAME where nothing changes),
    InvalidInput where the rulebook would contradict itself. One writer at a time.
    """
    PolicyRevision.objects.select_for_update().first()
    cut = Cut(row.valid_from, row.year_from, row.year_to)
    own = [v for v in PolicyValue.objects.filter(region_code=row.region_code, name=row.name) if cut.meets(v)]
    _refuse_what_follows(row, [v for v in own if v.key in values and v.valid_from >= row.valid_from])
    if not own:
        own = _take_over(row, cut, leave_out=values)
    clause = row.clause or _put_on_file(row)
    rules = _rules(row)
    changed = 0
    for key, text in values.items():
        found = [v for v in own if v.key == key]
        changed += _put(row, cut, key, text, found, clause, rules)
    if not changed:
        raise AmendmentRefused(_("和现行规定一样，依据也没有变化，不用调整。"), code="E-AMEND-SAME")
    change_token()
    _judge(row)


def _refuse_what_follows(row: Amendment, later: list[PolicyValue]) -> None:
    if not later:
        return
    first = min(later, key=lambda value: value.valid_from)
    key = f"（{show_key(PARAMETERS[row.name], first.key)}）" if first.key else ""
    sentence = _("%(label)s%(key)s已有从%(day)s起的规定，新的规定要在它以后开始。") % {
        "label": row.label,
        "key": key,
        "day": day_text(first.valid_from),
    }
    raise AmendmentRefused(sentence, code="E-AMEND-PAST", fields={"valid_from": [sentence]})


def _take_over(row: Amendment, cut: Cut, *, leave_out: Mapping[str, str]) -> list[PolicyValue]:
    """Copy what the region goes by from above into its own rulebook, but for the values that change."""
    above = PolicyValue.objects.filter(region_code__in=ancestor_codes(row.region_code)[1:], name=row.name)
    met = [value for value in above if cut.meets(value) and value.valid_from <= row.valid_from]
    order = ancestor_codes(row.region_code)
    nearest = min((value.region_code for value in met), key=order.index, default="")
    copies = [
        PolicyValue(
            region_code=row.region_code,
            name=row.name,
            key=value.key,
            valid_from=row.valid_from,
            valid_to=value.valid_to,
            position=value.position,
            amendment=row,
            **cut.years_taken(value),
            **{name: getattr(value, name) for name in COPIED},
        )
        for value in met
        if value.region_code == nearest and value.key not in leave_out and _is_within(row, value.key)
    ]
    PolicyValue.objects.bulk_create(copies)
    return copies


def _is_within(row: Amendment, key: str) -> bool:
    by_place = PARAMETERS[row.name].key_kind == KeyKind.REGION
    return not by_place or row.region_code in ancestor_codes(key)


def _put_on_file(row: Amendment) -> Clause:
    """The clause of the new document; a document of this number already on file gets the clause beside its others."""
    same = {"region_code": row.region_code, "title": row.document_title}
    if row.document_number:
        same = {"region_code": row.region_code, "number": row.document_number}
    document = PolicyDocument.objects.filter(**same).first()
    if document is None:
        document = PolicyDocument.objects.create(
            key=f"D{row.pk}",
            region_code=row.region_code,
            number=row.document_number,
            title=row.document_title,
            issuer=row.document_issuer,
            issued_on=row.document_issued_on,
            effective_on=row.document_issued_on,
            position=_next(PolicyDocument.objects.filter(region_code=row.region_code)),
        )
    clause, is_new = Clause.objects.get_or_create(
        document=document,
        key=row.clause_key,
        defaults={
            "label": row.label,
            "text": row.clause_text,
            "position": _next(Clause.objects.filter(document=document)),
        },
    )
    if not is_new and clause.text != row.clause_text:
        sentence = _("《%(title)s》的%(key)s已经收录，原文与这里写的不同，请核对。") % {
            "title": document.title,
            "key": clause.key,
        }
        raise InvalidInput(sentence, fields={"clause_text": [sentence]})
    return clause


def _next(rows: Any) -> int:
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _rules(row: Amendment) -> list[str]:
    """The numbered rules that the parameter's values rest on, here or above."""
    known = PolicyValue.objects.filter(region_code__in=ancestor_codes(row.region_code), name=row.name)
    return list(dict.fromkeys(rule for value in known for rule in value.rules))


def _put(
    row: Amendment,
    cut: Cut,
    key: str,
    text: str,
    found: list[PolicyValue],
    clause: Clause,
    rules: list[str],
) -> bool:
    """End what was the rule for one key and write what follows; whether anything changed."""
    new = PolicyValue(
        region_code=row.region_code,
        name=row.name,
        key=key,
        value=text,
        unit=PARAMETERS[row.name].unit,
        year_from=row.year_from,
        year_to=row.year_to,
        valid_from=row.valid_from,
        clause=clause,
        confidence=row.confidence,
        ambiguity=row.ambiguity,
        note=row.note,
        rules=next((list(old.rules) for old in found if old.rules), rules),
        quoted_at=next((old.quoted_at for old in found if old.clause_id == clause.pk), ""),
        position=next((old.position for old in found), _position(row)),
        amendment=row,
    )
    if len(found) == 1 and not cut.years_left(found[0]) and _says_the_same(found[0], new):
        return False
    for old in found:
        _end(row, cut, old)
    if text:
        new.save()
    return bool(text or found)


def _says_the_same(old: PolicyValue, new: PolicyValue) -> bool:
    return all(getattr(old, name) == getattr(new, name) for name in (*CONTENT, "year_from", "year_to"))


def _position(row: Amendment) -> int:
    here = PolicyValue.objects.filter(region_code=row.region_code)
    same = here.filter(name=row.name).aggregate(last=Max("position"))["last"]
    return same if same is not None else _next(here)


def _end(row: Amendment, cut: Cut, old: PolicyValue) -> None:
    """The old value ends the day before; the years that the new one does not name go on as they were."""
    for first, last in cut.years_left(old):
        PolicyValue.objects.create(
            region_code=old.region_code,
            name=old.name,
            key=old.key,
            year_from=first,
            year_to=last,
            valid_from=row.valid_from,
            valid_to=old.valid_to,
            position=old.position,
            amendment=row,
            **{name: getattr(old, name) for name in COPIED},
        )
    old.valid_to, old.ended_by = row.valid_from - ONE_DAY, row
    old.save(update_fields=["valid_to", "ended_by"])


def _judge(row: Amendment) -> None:
    """The region's values as a whole, as a file is judged before it is loaded. Raises InvalidInput."""
    stored = PolicyValue.objects.filter(region_code=row.region_code).select_related("clause__document")
    entries = [_entry(value) for value in stored]
    try:
        check_spans([(entry.place, span_of(entry)) for entry in entries])
        check_agreement(entries)
    except RulebookRefused as refusal:
        refusal.fields = {"rows": [refusal.message]}
        raise
    unpermitted = unpermitted_incentive(row.region_code)
    if unpermitted:
        raise InvalidInput(unpermitted[1], code="E-RULEBOOK", fields={"rows": [unpermitted[1]]})


def _entry(value: PolicyValue) -> ValueEntry:
    return ValueEntry(
        place=Place(_("调整以后"), value.label),
        name=value.name,
        key=value.key,
        value=value.value,
        unit=value.unit,
        document=value.clause.document.key,
        clause=value.clause.key,
        confidence=value.confidence,
        year_from=value.year_from,
        year_to=value.year_to,
        valid_from=value.valid_from,
        valid_to=value.valid_to,
    )
