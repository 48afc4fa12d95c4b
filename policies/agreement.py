"""Whether the values of one rulebook file agree with each other; each contradiction is refused at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.divisions import ancestor_codes
from policies.enums import Treatment
from policies.files import Span, ValueEntry, span_of
from policies.parameters import NO, PARAMETERS, YES
from policies.values import Typed, read_value, show_key, show_value

# Keys of the first may only be such as one of the others names at the same time.
KEYS_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "fund_source_allowed": ("fund_source_name",),
    "fund_source_in_income_test": ("fund_source_name",),
    "decision_step_required": ("decision_step",),
    "decision_step_due": ("decision_step",),
    "application_seal": ("application_document",),
    "application_extra_seal": ("application_document",),
    "workflow_step_optional": ("workflow_step",),
    "workflow_step_yearly": ("workflow_step",),
    "qualifying_year_warning": ("qualifying_year_offset",),
    "contribution_reason": ("contribution_treatment",),
    "government_subsidy": ("contribution_tier", "special_tier"),
    "refund_evidence": ("refund_reason",),
    "refund_payee_by_reason": ("refund_reason",),
    "refund_reduces_base": ("refund_reason",),
    "refund_event_before_payment": ("refund_reason",),
    "care_group_age_from": ("care_group",),
    "care_group_age_to": ("care_group",),
}
# What the first says (any value where the second is empty) has no meaning unless the third is stated too.
NEEDS: tuple[tuple[str, str, str], ...] = (
    ("pilot_scope", "listed_towns", "pilot_town"),
    ("pilot_scope", "listed_villages", "pilot_village"),
    ("filing_silence_days", "", "filing_office"),
    ("filing_before_application", YES, "filing_office"),
    ("suspension_filing_office", "", "suspension_allowed"),
    ("suspension_unremitted_line", "", "suspension_allowed"),
    ("resumption_allowed", YES, "suspension_allowed"),
    ("reward_form", "money", "reward_ceiling"),
    ("interest_rate_published", "", "interest_rate"),
    ("subsidy_special_tier", "", "special_tier"),
)
# What the first says forbids what the second says (any value where it is empty).
EXCLUDES: tuple[tuple[str, str, str, str], ...] = (
    ("reward_form", "commendation", "reward_ceiling", ""),
    ("reward_form", "none", "reward_ceiling", ""),
    ("suspension_allowed", NO, "suspension_filing_office", ""),
    ("suspension_allowed", NO, "resumption_allowed", YES),
)
# The first may not be above the second.
NOT_ABOVE: tuple[tuple[str, str], ...] = (
    ("pilot_organisations_min", "pilot_organisations_max"),
    ("representative_households_min", "representative_households_max"),
    ("application_first_day", "application_last_day"),
    ("minimum_age", "pension_age"),
    ("care_group_age_from", "care_group_age_to"),
)
TIERS = ("contribution_tier", "special_tier")
# A contribution that counts can only be warned of; one that does not count can only be refused.
PREFIX_OF_TREATMENT = {Treatment.COUNTS: "W-", Treatment.IGNORED: "E-", Treatment.EXCLUDES: "E-"}


@dataclass(frozen=True, slots=True)
class _Stated:
    """One value of the file with its span and its typed reading."""

    entry: ValueEntry
    span: Span
    typed: Typed

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def key(self) -> str:
        return self.entry.key

    @property
    def shown(self) -> str:
        parameter = PARAMETERS[self.name]
        key = f"（{show_key(parameter, self.key)}）" if self.key else ""
        return f"{parameter.label}{key}：{show_value(parameter, self.entry.value)}"

    def contradicts(self, sentence: str, *, code: str | None = None) -> Exception:
        refusal = self.entry.place.refuse(_("自相矛盾：%(sentence)s") % {"sentence": sentence})
        refusal.code = code or refusal.code
        return refusal


class _Values:
    """The values of a file by name."""

    def __init__(self, entries: Iterable[ValueEntry]) -> None:
        self.by_name: dict[str, list[_Stated]] = {}
        for entry in entries:
            stated = _Stated(entry, span_of(entry), read_value(PARAMETERS[entry.name], entry.value))
            self.by_name.setdefault(entry.name, []).append(stated)

    def of(self, name: str, value: str = "") -> list[_Stated]:
        return [one for one in self.by_name.get(name, ()) if not value or one.entry.value == value]

    def beside(self, one: _Stated, *names: str) -> Iterator[_Stated]:
        """The values of these names that hold at the same time."""
        return (other for name in names for other in self.of(name) if one.span.meets(other.span))


def check_agreement(entries: Sequence[ValueEntry]) -> None:
    """Refuse a file whose values contradict each other. `valid_from` of every entry is known.

    What the file leaves to the regions above it is not looked at. Raises RulebookRefused.
    """
    values = _Values(entries)
    for check in _CHECKS:
        check(values)


def _check_names(values: _Values) -> None:
    for name, naming in KEYS_NAMED_BY.items():
        if not any(values.of(other) for other in naming):
            continue
        for one in values.of(name):
            unsaid = one.entry.value == NO or any(o.key == one.key for o in values.beside(one, *naming))
            if not unsaid:
                words = {"one": one.shown, "other": PARAMETERS[naming[0]].label}
                raise one.contradicts(_("有“%(one)s”，同期的“%(other)s”里却没有这一项。") % words)


def _check_needs(values: _Values) -> None:
    for name, value, needed in NEEDS:
        for one in values.of(name, value):
            if not any(values.beside(one, needed)):
                words = {"one": one.shown, "other": PARAMETERS[needed].label}
                raise one.contradicts(_("有“%(one)s”，同期却没有“%(other)s”。") % words)


def _check_exclusions(values: _Values) -> None:
    for name, value, other_name, other_value in EXCLUDES:
        for one in values.of(name, value):
            for other in values.beside(one, other_name):
                if not other_value or other.entry.value == other_value:
                    raise other.contradicts(_both(one, other))


def _check_order(values: _Values) -> None:
    for low_name, high_name in NOT_ABOVE:
        for low in values.of(low_name):
            for high in values.beside(low, high_name):
                numbers: Any = (low.typed, high.typed)
                if low.key == high.key and numbers[0] > numbers[1]:
                    raise low.contradicts(_both(low, high))


def _check_tiers(values: _Values) -> None:
    for one in (stated for name in TIERS for stated in values.of(name)):
        if str(one.typed) != one.key:
            raise one.contradicts(_("档次与金额不同：%(one)s。") % {"one": one.shown})
    for one in values.of("special_tier"):
        for other in values.beside(one, "contribution_tier"):
            if one.key == other.key:
                raise one.contradicts(_both(one, other))


def _check_reasons(values: _Values) -> None:
    for reason in values.of("contribution_reason"):
        for treatment in values.beside(reason, "contribution_treatment"):
            prefix = PREFIX_OF_TREATMENT[Treatment(treatment.entry.value)]
            if reason.key == treatment.key and not reason.entry.value.startswith(prefix):
                raise reason.contradicts(_both(reason, treatment))


def _check_pilot_count(values: _Values) -> None:
    for count in values.of("pilot_village_count"):
        listed = sum(
            count.key in ancestor_codes(village.key) for village in values.beside(count, "pilot_village")
        )
        if listed != count.typed:
            words = {"one": count.shown, "listed": listed}
            sentence = _("%(one)s，名单里有%(listed)d个。") % words
            raise count.contradicts(sentence, code="E-PILOT-COUNT")


def _both(one: _Stated, other: _Stated) -> str:
    return _("“%(one)s”与同期的“%(other)s”不能并存。") % {"one": one.shown, "other": other.shown}


_CHECKS = (
    _check_names,
    _check_needs,
    _check_exclusions,
    _check_order,
    _check_tiers,
    _check_reasons,
    _check_pilot_count,
)
