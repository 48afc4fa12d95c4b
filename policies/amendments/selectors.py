"""Every read of later validities: which there are, what each changes, and what it will be read by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.access import Area, access_of, require_role
from core.calendar import day_text
from core.divisions import NATIONAL_CODE, ancestor_codes
from core.errors import NotInArea
from core.models import User
from policies import workflow as steps
from policies.amendments.services import place_of, reach_of
from policies.enums import Kind
from policies.hooks import TOUCHED, Reach, Touched
from policies.models import Amendment, Clause
from policies.pages import region_names
from policies.parameters import PARAMETERS, Parameter
from policies.rule_table import rules
from policies.selectors import PolicyValueView, Rulebook, reasons, rulebook
from policies.values import show_key, show_value, write_key
from villages.models import CollectiveOrganisation


@dataclass(frozen=True, slots=True)
class Change:
    """One value as it is and as it will be, in words; `is_kept` where only its grounds change."""

    key: str
    label: str
    old: str
    new: str

    @property
    def is_kept(self) -> bool:
        return self.old == self.new


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that may be changed: the key as a rulebook writes it, its words, and the text in force."""

    key: str
    label: str
    text: str
    shown: str
    mark: str


def amendments_within(actor: User) -> QuerySet[Amendment]:
    """Later validities of the actor's area, and those approved or proposed above it. Raises ActorNotPermitted."""
    area = require_role(actor, steps.AMENDMENT_READERS).area
    assert area is not None
    rows = Amendment.objects.select_related("made_by", "decided_by", "clause__document")
    if not area.code:
        return rows
    return rows.filter(Q(**area.filters()) | Q(region_code__in=ancestor_codes(area.code)))


def amendment(actor: User, pk: int) -> Amendment:
    """One of them; raises NotInArea otherwise."""
    found = amendments_within(actor).filter(pk=pk).first()
    if found is None:
        raise NotInArea
    return found


def may_amend(actor: User, region_code: str) -> bool:
    """Whether the actor's office is to change this region's rulebook."""
    access = access_of(actor)
    if not access.may(steps.ADMIN) or access.area is None:
        return False
    try:
        return access.area.holds(place_of(region_code))
    except NotInArea:
        return False


def own_region(actor: User) -> str:
    """The region whose rulebook the actor may change; empty for staff of anything smaller, or without the role."""
    area = access_of(actor).area
    code = (area.code or NATIONAL_CODE) if area else ""
    return code if may_amend(actor, code) else ""


def waiting_for(actor: User) -> QuerySet[Amendment]:
    """Later validities that this administrator may approve: proposed by somebody else, of his own area."""
    access = access_of(actor)
    if not access.may(steps.ADMIN) or access.area is None:
        return Amendment.objects.none()
    rows = Amendment.objects.filter(state=steps.S.PROPOSED, **access.area.filters())
    return rows.exclude(made_by=actor)


def choices_of(book: Rulebook, parameter: Parameter, year: int | None) -> list[Choice]:
    """The values of a parameter that are in force, for one year where it is asked by year."""
    table = book.table(parameter.name, year=year)
    return [
        Choice(
            write_key(parameter, key),
            show_key(parameter, key) if key else parameter.label,
            view.text,
            shown_text(parameter, view.text),
            view.mark_kind,
        )
        for key, view in table.items()
    ]


def clauses_for(region_code: str) -> QuerySet[Clause]:
    """The clauses on file that a rulebook of the region may rest on, the region's own first."""
    order = ancestor_codes(region_code)
    rows = Clause.objects.filter(document__region_code__in=order).select_related("document")
    return rows.order_by("-document__region_code", "document__position", "position")


def changes_of(row: Amendment) -> list[Change]:
    """What it changes, value by value, in words."""
    parameter = PARAMETERS[row.name]
    return [
        Change(
            one.key,
            show_key(parameter, one.key) if one.key else parameter.label,
            shown_text(parameter, one.old_value) if one.old_value else _("没有规定"),
            shown_text(parameter, one.value) if one.value else _("不再执行"),
        )
        for one in row.rows.all()
    ]


def shown_text(parameter: Parameter, text: str) -> str:
    """A value in words; a reason code by its sentence, and an answer that only an earlier version knew as it stands."""
    if parameter.kind == Kind.REASON_CODE:
        found = reasons().get(text)
        return found.worded() if found else text
    try:
        return show_value(parameter, text)
    except ValueError:
        return text


def span_words(row: Amendment) -> str:
    """For which years and from which day."""
    day = _("%(day)s起执行") % {"day": day_text(row.valid_from)}
    if row.year_from is None:
        return day
    if row.year_to is None:
        years = _("%(year)d年度起") % {"year": row.year_from}
    elif row.year_to == row.year_from:
        years = _("%(year)d年度") % {"year": row.year_from}
    else:
        years = _("%(first)d至%(last)d年度") % {"first": row.year_from, "last": row.year_to}
    return f"{years}，{day}"


def source_words(row: Amendment) -> str:
    """The clause it rests on, on file or new."""
    if row.clause is not None:
        return f"{row.clause.document} {row.clause.key}"
    return f"{row.document_number or '《' + row.document_title + '》'} {row.clause_key}"


def taken_over(row: Amendment) -> list[PolicyValueView]:
    """The values that come over from above with it, because the region states nothing of the parameter yet."""
    if row.state == steps.S.APPROVED:
        return []
    table = rulebook(row.region_code, on=row.valid_from).table(row.name, year=row.year_from)
    keys = {one.key for one in row.rows.all()}
    return [view for key, view in table.items() if key not in keys and view.region_code != row.region_code]


def rules_read(row: Amendment) -> list[str]:
    """The numbered rules that rest on the parameter, with their titles."""
    book = rulebook(row.region_code, on=row.valid_from)
    numbers = {number for view in book.nearest(row.name) for number in view.rules}
    known: Mapping[str, object] = rules()
    return [f"{number} {rules()[number].title}" for number in sorted(numbers) if number in known]


def touched_by(row: Amendment) -> list[Touched]:
    """What is open in the region and will read it."""
    reach = reach_of(row)
    organisations = CollectiveOrganisation.objects.within(area_of(reach))
    found: Iterable[Touched] = (one for source in TOUCHED for one in source(reach))
    return [Touched(_("集体经济组织"), organisations.count(), "organisations"), *found]


def area_of(reach: Reach) -> Area:
    """The area of a rulebook's region."""
    return Area("" if reach.region_code == NATIONAL_CODE else reach.region_code)


def place_name(region_code: str) -> str:
    """What the region is called."""
    return region_names([region_code])[region_code]
