"""Numbers of the office's papers (晏石门申〔2024〕1号), by the pattern that the rulebook gives for each kind."""

from __future__ import annotations

from core.models.area import AreaModel
from core.numbers import next_number
from policies.selectors import Rulebook
from villages.models import Region

# What a village's name ends with where it is only said what kind of place it is.
ENDINGS = ("村民委员会", "居民委员会", "村委会", "居委会", "社区", "村")
VILLAGE_PAPERS = frozenset({"plan", "application"})


def paper_number(kind: str, place: AreaModel, *, year: int, rulebook: Rulebook) -> str:
    """Take the next number of a paper for its body and year, without gaps.

    A village counts its own plans and applications; all other papers are counted by the county's office. Runs in
    the act's own transaction, so a refused act gives its number back.
    """
    body = place.village_code if kind in VILLAGE_PAPERS else place.county_code
    n = next_number(body=body, kind=kind, year=year)
    pattern = rulebook.choice("number_pattern", kind)
    return pattern.format(year=year, n=n, **_place_words(place))


def _place_words(place: AreaModel) -> dict[str, str]:
    names = dict(
        Region.objects.filter(code__in=[place.town_code, place.village_code]).values_list(
            "code", "short_name"
        )
    )
    village = names.get(place.village_code, "")
    for ending in ENDINGS:
        if village.endswith(ending) and len(village) > len(ending):
            village = village.removesuffix(ending)
            break
    return {"town_char": names.get(place.town_code, "")[:1], "village": village}
