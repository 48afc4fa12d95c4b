"""What the rules say of an organisation that joins the pilot: its town, and how many may take part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.calendar import day_text
from policies.rules import LISTED_VILLAGES, SELECTED_COUNTIES, place_is_in_pilot, unit_kept_out
from policies.selectors import PolicyValueView, Rulebook
from subsidies.rules.judged import Judged, judged


@dataclass(frozen=True, slots=True)
class PilotFacts:
    """An organisation's place and plan year, and how many other organisations have joined the pilot batch already."""

    town_code: str
    town_name: str
    others_count: int = 0
    village_code: str = ""
    village_name: str = ""
    village_unit: str = ""
    county_name: str = ""
    year: int = 0
    # Of the city's counties, where counties are selected: is this one in, and which are.
    county_is_selected: bool = False
    selected_names: tuple[str, ...] = ()


def judge_pilot(facts: PilotFacts, *, rulebook: Rulebook) -> Iterator[Judged]:
    """Whether an organisation may join on the rulebook's day: E-NOT-PILOT by its place, E-PILOT-COUNT by number.

    The place is its kind (village or community), its town, its county or its own name on the year's list, as the
    rulebook asks; silent where it names no list and no number. Source: CS-04, CS-19, JN-04, NX-02, NX-03, NX-04.
    """
    kept_out = unit_kept_out(rulebook, facts.village_unit)
    if kept_out is not None:
        place = {"village": facts.village_name, "unit": kept_out.parameter.keys[kept_out.key]}
        sentence = _("%(village)s是%(unit)s，政策文件没有让%(unit)s的集体经济组织参加") % place
        yield judged("E-NOT-PILOT", sentence, kept_out, town=facts.town_code, village=facts.village_code)
        return
    if not _is_in(facts, rulebook):
        yield _not_listed(facts, rulebook)
        return
    most = rulebook.get("pilot_organisations_max")
    if most is not None and facts.others_count >= int(str(most.value)):
        words = {"most": most.value, "count": facts.others_count}
        sentence = _("首批试点最多%(most)s个组织，已有%(count)d个生效，不能再增加") % words
        yield judged(
            "E-PILOT-COUNT", sentence, most, limit_count=int(str(most.value)), joined_count=facts.others_count
        )


def _is_in(facts: PilotFacts, rulebook: Rulebook) -> bool:
    if place_is_in_pilot(rulebook, facts.village_code or facts.town_code, facts.year):
        return True
    return facts.county_is_selected and rulebook.choice("pilot_scope") == SELECTED_COUNTIES


def _not_listed(facts: PilotFacts, rulebook: Rulebook) -> Judged:
    scope = rulebook.value("pilot_scope")
    if scope.value == SELECTED_COUNTIES:
        listed = [str(view.value) for view in rulebook.table("pilot_county").values()]
        counties = "、".join(dict.fromkeys([*listed, *facts.selected_names]))
        words = {"county": facts.county_name, "names": counties or _("（还没有选定）")}
        sentence = _("%(county)s不是选定的试点县，已选定%(names)s") % words
    elif scope.value == LISTED_VILLAGES:
        sentence = _("%(village)s不在%(year)s年度的试点名单上") % {
            "village": facts.village_name,
            "year": facts.year,
        }
    else:
        sentence = _not_in_first_batch(facts, rulebook, scope)
    return judged("E-NOT-PILOT", sentence, scope, town=facts.town_code, village=facts.village_code)


def _not_in_first_batch(facts: PilotFacts, rulebook: Rulebook, scope: PolicyValueView) -> str:
    names = "、".join(str(view.value) for view in rulebook.table("pilot_town").values())
    words = {"town": facts.town_name, "names": names}
    sentence = _("%(town)s不在首批试点范围，首批是%(names)s") % words
    if scope.valid_to:
        sentence += _("，到%(last)s为止") % {"last": day_text(scope.valid_to)}
    return sentence


def pilot_period(rulebook: Rulebook) -> tuple[date, date] | None:
    """First and last day on which the number of pilot organisations is limited; None where it is not."""
    most = rulebook.get("pilot_organisations_max")
    return (most.valid_from, most.valid_to or date.max) if most else None


def judge_pilot_progress(done_count: int, *, rulebook: Rulebook, due_on: date, on: date) -> Sequence[Judged]:
    """W-PILOT-COUNT while fewer organisations of the first batch are done than the rulebook asks for.

    `rulebook` is the one of the day the goal falls due. Source: CS-04, CS-18, A-12: 5 of 6 → behind by 1.
    """
    least = rulebook.get("pilot_organisations_min")
    if least is None or done_count >= int(str(least.value)):
        return ()
    lacking = int(str(least.value)) - done_count
    words = {"due": day_text(due_on), "least": least.value, "done": done_count, "lacking": lacking}
    sentence = _("首批试点到%(due)s至少要办成%(least)s个组织，已办成%(done)d个，差%(lacking)d个") % words
    if on > due_on:
        sentence += _("，已经过期")
    return (judged("W-PILOT-COUNT", sentence, least, done_count=done_count, lacking_count=lacking),)
