"""Reads of the pilot: counties that applied, counties that are in, and the year's list of villages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from core.access import COUNTY_DIGITS, access_of, require_role
from core.divisions import NATIONAL_CODE, PREFECTURE_DIGITS, ancestor_codes, is_province
from core.errors import NotInArea
from core.models import User
from policies.selectors import PolicyValueView, Rulebook, rulebook
from subsidies.enums import PilotState
from subsidies.models import CountyPilot
from subsidies.workflow.county_pilots import READERS
from villages.models import Region


def pilots_within(actor: User) -> QuerySet[CountyPilot]:
    """Counties' applications of the area; villages and towns are told only where their county stands (`waits`)."""
    area = require_role(actor, READERS).area
    assert area is not None
    return CountyPilot.objects.within(area).select_related("applied_by", "decided_by")


def pilot(actor: User, pk: int) -> CountyPilot:
    """One county's application. Raises NotInArea."""
    found = pilots_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def county_of(actor: User) -> str:
    """The county an actor belongs to; empty above the county."""
    area = access_of(actor).area
    if area is None or area.is_above_county:
        return ""
    return area.code[:COUNTY_DIGITS].ljust(len(NATIONAL_CODE), "0")


def rules_of(actor: User, *, on: date) -> Rulebook:
    """The rulebook of the actor's own place."""
    area = access_of(actor).area
    return rulebook((area.code if area else "") or NATIONAL_CODE, on=on)


def has_pilot(actor: User, *, on: date) -> bool:
    """Whether the actor's place says at all who may take part."""
    return rules_of(actor, on=on).get("pilot_scope") is not None


def selected_names(county_code: str, *, on: date) -> dict[str, str]:
    """Counties of the same city that are in on a day, by code: those of the rulebook and those selected by then."""
    listed = rulebook(county_code, on=on).table("pilot_county")
    found = {code: str(view.value) for code, view in listed.items()}
    rows = CountyPilot.objects.filter(
        county_code__startswith=county_code[:PREFECTURE_DIGITS], state=PilotState.SELECTED, decided_on__lte=on
    )
    codes = list(rows.order_by("decided_on", "county_code").values_list("county_code", flat=True))
    names = dict(Region.objects.filter(pk__in=codes).values_list("pk", "name"))
    return found | {code: names[code] for code in codes if code not in found}


def waits(county_code: str) -> bool:
    """Whether a county's application waits for the city."""
    return CountyPilot.objects.filter(county_code=county_code, state=PilotState.APPLIED).exists()


def is_selected(county_code: str, *, on: date) -> bool:
    """Whether a county is in on a day."""
    return county_code in selected_names(county_code, on=on)


@dataclass(frozen=True, slots=True)
class ListedVillage:
    """A village of the year's list, with the names above it."""

    code: str
    name: str
    town: str
    county: str
    view: PolicyValueView


@dataclass(frozen=True, slots=True)
class VillageList:
    """The year's list of pilot villages (NX-02, NX-03): `expected` counts what the document says, None if nothing."""

    villages: list[ListedVillage]
    expected: PolicyValueView | None
    counties: list[tuple[str, int, int | None]]

    @property
    def count(self) -> int:
        return len(self.villages)

    @property
    def fits(self) -> bool:
        """Whether the document's numbers and the list agree (E-PILOT-COUNT)."""
        whole = self.expected is None or self.expected.value == self.count
        return whole and all(said is None or said == found for _name, found, said in self.counties)


def village_list(rules: Rulebook, year: int) -> VillageList:
    """The whole list of a year in the order of the document, with the numbers it must reach."""
    listed = rules.table("pilot_village", year=year)
    counts = rules.table("pilot_village_count", year=year)
    names = _names(listed)
    villages = [_listed(code, view, names) for code, view in listed.items()]
    return VillageList(
        villages=villages,
        expected=next((v for code, v in counts.items() if is_province(code)), None),
        counties=_by_county(villages, counts),
    )


def _names(codes: Mapping[str, PolicyValueView]) -> dict[str, str]:
    wanted = {above for code in codes for above in ancestor_codes(code)}
    return dict(Region.objects.filter(pk__in=wanted).values_list("pk", "short_name"))


def _listed(code: str, view: PolicyValueView, names: Mapping[str, str]) -> ListedVillage:
    _own, town, county, *_above = ancestor_codes(code)
    return ListedVillage(code, str(view.value), names.get(town, ""), names.get(county, ""), view)


def _by_county(
    villages: list[ListedVillage], counts: Mapping[str, PolicyValueView]
) -> list[tuple[str, int, int | None]]:
    found: dict[str, tuple[str, int]] = {}
    for one in villages:
        county = ancestor_codes(one.code)[2]
        name, count = found.get(county, (one.county, 0))
        found[county] = (name, count + 1)
    said = {code: int(str(view.value)) for code, view in counts.items()}
    return [(name, count, said.get(code)) for code, (name, count) in found.items()]
