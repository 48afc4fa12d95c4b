"""What the rulebook says of registers: kinds of events, what is to be explained, notes due, criteria. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.calendar import MONTHS_A_YEAR
from core.errors import InvalidInput
from policies.selectors import PolicyValueView, Rulebook

VILLAGE_LEVEL, TOWN_LEVEL = "village", "town"
LEVEL_OF_REGION = {"village": VILLAGE_LEVEL, "township": TOWN_LEVEL}


def event_kinds(rulebook: Rulebook) -> dict[str, str]:
    """Kinds of events that the document names (CS-24, JN-17, NX-21)."""
    return {key: str(view.value) for key, view in rulebook.table("event_kind").items()}


def explained_items(rulebook: Rulebook) -> dict[str, str]:
    """What the document wants explained; empty where it names nothing."""
    return {key: str(view.value) for key, view in rulebook.table("explained_item").items()}


def note_kinds(rulebook: Rulebook) -> Mapping[str, PolicyValueView]:
    """Who is to sum up his experience: villages (CS-19), towns (JN-16)."""
    return rulebook.table("experience_note")


def terms_a_year(rulebook: Rulebook) -> int:
    """How many summaries a town owes in a year; nought where the rulebook does not say how often."""
    every = rulebook.get("experience_note_every")
    return MONTHS_A_YEAR // int(str(every.value)) if every else 0


def terms_over(rulebook: Rulebook, year: int, on: date) -> int:
    """How many of the year's terms are over on a day."""
    terms = terms_a_year(rulebook)
    if not terms or on.year < year:
        return 0
    return terms if on.year > year else (on.month - 1) * terms // MONTHS_A_YEAR


def term_word(rulebook: Rulebook, term_no: int) -> str:
    """第2期（共4期）, or nothing for a note of the whole year."""
    return _("第%(n)d期（全年%(of)d期）") % {"n": term_no, "of": terms_a_year(rulebook)} if term_no else ""


def criteria(rulebook: Rulebook) -> Mapping[str, PolicyValueView]:
    """By what an organisation is chosen for the pilot (CS-04, JN-04, NX-02); empty once nobody is chosen any more."""
    return rulebook.table("pilot_criterion")


def answers_of(rulebook: Rulebook, given: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every criterion with whether it is met and why; raises InvalidInput for one without an answer or a reason."""
    found = []
    for key, view in criteria(rulebook).items():
        answer = given.get(key)
        if answer is None or answer.get("is_met") is None:
            sentence = _("请选“%(what)s”符合还是不符合") % {"what": view.value}
            raise InvalidInput(f"{sentence}。", fields={f"met_{key}": [sentence]})
        reason = str(answer.get("reason", "")).strip()
        if not reason:
            sentence = _("请写明“%(what)s”的依据") % {"what": view.value}
            raise InvalidInput(f"{sentence}。", fields={f"reason_{key}": [sentence]})
        found.append(
            {"key": key, "label": str(view.value), "is_met": bool(answer["is_met"]), "reason": reason}
        )
    return found
