"""The acts on a later validity: propose it, propose it again, approve it, return it, withdraw it.

Source: the rulebook is data that one administrator enters and another approves; the past is never edited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from core.calendar import day_text
from core.divisions import NATIONAL_CODE
from core.errors import NotInArea
from core.lengths import REASON_TEXT
from core.workflow import By, Effect, require_text, run_creation, run_step
from policies import workflow as steps
from policies.amendments.applying import try_out, write
from policies.amendments.requests import AmendmentRefused, AmendmentRequest, read_request
from policies.hooks import CLOSED_YEARS, SETTLED_YEARS, Reach
from policies.models import Amendment, AmendmentRow
from policies.selectors import rulebook
from villages.enums import RegionLevel
from villages.models import Region

# Rulebooks belong to these; towns and villages go by their county's.
LEVELS = (RegionLevel.PROVINCE, RegionLevel.PREFECTURE, RegionLevel.COUNTY)


@dataclass(frozen=True, slots=True)
class RulebookPlace:
    """The region of a rulebook, as areas ask for it: every level from the county up stands in the county column."""

    county_code: str
    town_code: str = ""
    village_code: str = ""

    def area_codes(self) -> dict[str, str]:
        """The three columns."""
        return {"county_code": self.county_code, "town_code": "", "village_code": ""}


def place_of(region_code: str) -> RulebookPlace:
    """The place of a region's rulebook. Raises NotInArea for what is no country, province, prefecture or county."""
    if region_code == NATIONAL_CODE:
        return RulebookPlace("")
    if not Region.objects.filter(code=region_code, level__in=LEVELS).exists():
        raise NotInArea
    return RulebookPlace(region_code)


def propose_amendment(region_code: str, *, by: By, request: AmendmentRequest) -> Amendment:
    """Enter a later validity of one parameter; nothing of the rulebook changes before another approves it.

    Raises InvalidInput beside the field (unknown parameter, value out of its unit, contradiction with other values),
    AmendmentRefused: E-AMEND-PAST (begins before today or before a later validity), E-AMEND-SOURCE (no clause),
    E-AMEND-SAME (nothing changes), E-AMEND-CLOSED (a year that was closed, or whose reward is determined).
    """
    place = place_of(region_code)

    def create() -> tuple[Amendment, Effect]:
        values = read_request(region_code, request, on=by.on)
        row = Amendment(
            region_code=region_code,
            made_by=by.actor,
            made_on=by.on,
            last_acted_on=by.on,
            **_given(request),
            **place.area_codes(),
        )
        row.save()
        _keep(row, values)
        return row, _told(row, values, note=row.reason)

    return run_creation(steps.PROPOSE, place, by=by, create=create)


def propose_again(amendment_id: int, *, by: By, request: AmendmentRequest) -> Amendment:
    """Enter it anew, after a return or before an answer; who enters it is then its maker. Raises as `propose`."""

    def effect(row: Amendment) -> Effect:
        values = read_request(row.region_code, request, on=by.on)
        given = _given(request) | {"made_by": by.actor, "made_on": by.on, "return_reason": ""}
        given |= {"decided_by": None, "decided_on": None}
        for name, value in given.items():
            setattr(row, name, value)
        row.save(update_fields=[name.removesuffix("_id") for name in given])
        row.rows.all().delete()
        _keep(row, values)
        return _told(row, values, note=row.reason)

    return run_step(steps.PROPOSE_AGAIN, Amendment.objects.all(), amendment_id, by=by, effect=effect)


def approve_amendment(amendment_id: int, *, by: By, expected_version: int | None = None) -> Amendment:
    """Let a later validity into the rulebook: the old ends the day before. Everything is judged anew.

    Raises as `propose_amendment` does, SeparationOfDuties for who entered it.
    """

    def effect(row: Amendment) -> Effect:
        values = {one.key: one.value for one in row.rows.all()}
        if row.valid_from < by.on:
            raise AmendmentRefused(
                _("执行起日%(day)s已经过了，不能再批准。请退回，另定执行起日。")
                % {"day": day_text(row.valid_from)},
                code="E-AMEND-PAST",
            )
        _require_open_years(row, values)
        write(row, values)
        row.decided_by, row.decided_on = by.actor, by.on
        return _told(row, values, changed=("decided_by", "decided_on"))

    return run_step(
        steps.APPROVE,
        Amendment.objects.all(),
        amendment_id,
        by=by,
        effect=effect,
        expected_version=expected_version,
    )


def return_amendment(amendment_id: int, *, by: By, reason: str) -> Amendment:
    """Send it back with a reason."""
    said = require_text(reason, _("请写明退回的原因。"))

    def effect(row: Amendment) -> Effect:
        row.return_reason, row.decided_by, row.decided_on = said[:REASON_TEXT], by.actor, by.on
        return Effect(changed=("return_reason", "decided_by", "decided_on"), note=said)

    return run_step(steps.RETURN, Amendment.objects.all(), amendment_id, by=by, effect=effect)


def withdraw_amendment(amendment_id: int, *, by: By, reason: str = "") -> Amendment:
    """Give it up before it is approved."""
    return run_step(
        steps.WITHDRAW,
        Amendment.objects.all(),
        amendment_id,
        by=by,
        effect=lambda row: Effect(note=reason.strip()),
    )


def reach_of(row: Amendment) -> Reach:
    """How far it goes, for what higher rooms know of it."""
    return Reach(row.region_code, row.name, row.year_from, row.year_to, row.valid_from)


def _given(request: AmendmentRequest) -> dict[str, object]:
    given = {f.name: getattr(request, f.name) for f in fields(AmendmentRequest) if f.name != "rows"}
    if request.clause_id is not None:
        given |= {
            name: "" for name in given if name.startswith(("document_", "clause_")) and name != "clause_id"
        }
        given["document_issued_on"] = None
    return {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}


def _keep(row: Amendment, values: Mapping[str, str]) -> None:
    """Judge it as if it were approved today, and keep its values beside what they found."""
    _require_open_years(row, values)
    try_out(row, values)
    table = rulebook(row.region_code, on=row.valid_from).table(row.name, year=row.year_from)
    AmendmentRow.objects.bulk_create(
        AmendmentRow(
            amendment=row,
            key=key,
            value=text,
            old_value=table[key].text if key in table else "",
            position=position,
        )
        for position, (key, text) in enumerate(values.items())
    )


def _require_open_years(row: Amendment, values: Mapping[str, str]) -> None:
    """No rule of a year that was closed, or whose reward is determined, may change.

    Of a year whose reward is determined what was silent may still be said, of a closed one nothing.
    """
    reach = reach_of(row)
    for year in _years(CLOSED_YEARS, reach):
        if _changes(row, values, year, of_silence=True):
            raise AmendmentRefused(
                _("%(year)d年度已经关账，这一年度的规定不能再改。请从以后的年度起调整。") % {"year": year},
                code="E-AMEND-CLOSED",
            )
    for year in _years(SETTLED_YEARS, reach):
        if _changes(row, values, year, of_silence=False):
            raise AmendmentRefused(
                _("%(year)d年度的奖励已经核定，这一年度的规定不能再改。请从以后的年度起调整。")
                % {"year": year},
                code="E-AMEND-CLOSED",
            )


def _years(known: Iterable[Callable[[Reach], Iterable[int]]], reach: Reach) -> list[int]:
    return sorted({year for years in known for year in years(reach)})


def _changes(row: Amendment, values: Mapping[str, str], year: int, *, of_silence: bool) -> bool:
    table = rulebook(row.region_code, on=row.valid_from).table(row.name, year=year)
    said = {key: table[key].text if key in table else "" for key in values}
    return bool(table or of_silence) and any(said[key] != text for key, text in values.items())


def _told(
    row: Amendment, values: Mapping[str, str], *, changed: tuple[str, ...] = (), note: str = ""
) -> Effect:
    figures = {
        "parameter": row.name,
        "valid_from": row.valid_from.isoformat(),
        "years": [row.year_from, row.year_to],
        "values": dict(values),
    }
    return Effect(changed=changed, rows_count=len(values), figures=figures, note=note)
