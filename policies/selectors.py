"""Every read of the rulebooks: which values are in force where, and the words they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import Access
from core.calendar import day_text
from core.divisions import NATIONAL_CODE, ancestor_codes, is_above_county
from core.errors import ParameterNotInForce, StoredValueUnknown
from core.fingerprints import short_fingerprint
from core.workflow import Backdating, Ground
from policies.enums import MARKED, Act, Confidence
from policies.models import Clause, PolicyRevision, PolicyValue, ReasonCode
from policies.parameters import PARAMETERS, Parameter
from policies.values import Typed, read_value, show_key, show_value
from villages.models import Region


@dataclass(frozen=True, slots=True)
class ClauseView:
    """A clause with the document it stands in; `text` is empty where the words could not be had."""

    document_key: str
    document_number: str
    document_title: str
    key: str
    label: str
    text: str

    @property
    def document(self) -> str:
        """The document by its number, or by its title where it has none."""
        return self.document_number or f"《{self.document_title}》"

    @property
    def reference(self) -> str:
        """Document and place: 长寿府办发〔2024〕49号 三（一）."""
        return f"{self.document} {self.key}"

    @property
    def name(self) -> str:
        """How events, transfers and findings keep it: CS 三（一）."""
        return f"{self.document_key} {self.key}"

    @property
    def cited(self) -> str:
        """Document, place and words: 长寿府办发〔2024〕49号 三（一）“……”."""
        return cite(self)

    def as_dict(self) -> dict[str, str]:
        """For decisions that keep their grounds, and for the API."""
        return {"document": self.document, "clause": self.key, "label": self.label, "text": self.text}


@dataclass(frozen=True, slots=True)
class PolicyValueView:
    """One value in force: `value` is typed (fen, ppm, Fraction, days, bool, date, (month, day), text)."""

    name: str
    key: str
    value: Typed
    text: str
    unit: str
    clause: ClauseView
    confidence: str
    ambiguity: str
    note: str
    region_code: str
    valid_from: date
    valid_to: date | None
    year_from: int | None
    year_to: int | None
    rules: tuple[str, ...]
    quoted_at: str

    @property
    def parameter(self) -> Parameter:
        return PARAMETERS[self.name]

    @property
    def label(self) -> str:
        return self.parameter.label

    @property
    def full_label(self) -> str:
        """The label with what of it this value says: 高龄加发（满65周岁）."""
        return f"{self.label}（{show_key(self.parameter, self.key)}）" if self.key else self.label

    @property
    def shown(self) -> str:
        """The value in words, with its unit."""
        return show_value(self.parameter, self.text)

    @property
    def mark(self) -> str:
        """示例值, 口径待确认, or nothing: goes with the value to every page and print."""
        return str(Confidence(self.confidence).label) if self.confidence in MARKED else ""

    @property
    def mark_kind(self) -> str:
        """`mark` as the tag of the design language takes it: illustrative, reading, or nothing."""
        return self.confidence if self.confidence in MARKED else ""

    @property
    def marks(self) -> tuple[str, ...]:
        """`mark` as the components of the design language take it."""
        return (self.confidence,) if self.confidence in MARKED else ()

    def as_dict(self) -> dict[str, object]:
        """What a decision keeps of the value it was judged by."""
        return {
            "name": self.name,
            "key": self.key,
            "value": self.text,
            "unit": self.unit,
            "clause": self.clause.as_dict(),
            "confidence": self.confidence,
            "ambiguity": self.ambiguity,
        }


_NO_VALUES: Mapping[str, PolicyValueView] = MappingProxyType({})


@dataclass(frozen=True)
class Rulebook:
    """What is in force in one region on one day; it never changes.

    A parameter is taken whole, with all its keys, from the nearest region above that states it; a parameter by
    year is so taken for each year.
    """

    region_code: str
    on: date
    values: tuple[PolicyValueView, ...] = field(repr=False)

    def value(self, name: str, key: str = "", *, year: int | None = None) -> PolicyValueView:
        """The value in force with its clause.

        `year` is the plan year and must be given exactly for parameters by year. Raises ParameterNotInForce.
        """
        found = self.table(name, year=year).get(key)
        if found is None:
            raise self._not_in_force(name, key, year)
        return found

    def get(self, name: str, key: str = "", *, year: int | None = None) -> PolicyValueView | None:
        """The value in force, or None where the rulebook is silent."""
        return self.table(name, year=year).get(key)

    def plain(self, name: str, key: str = "", *, year: int | None = None) -> Typed:
        """The typed value alone. Raises ParameterNotInForce."""
        return self.value(name, key, year=year).value

    def amount(self, name: str, key: str = "", *, year: int | None = None) -> int:
        """A whole number: fen, ppm, days or a count. Raises ParameterNotInForce."""
        found = self.plain(name, key, year=year)
        assert isinstance(found, int), name
        return found

    def flag(self, name: str, key: str = "", *, year: int | None = None) -> bool:
        """A yes or no; a rulebook that does not state it says no."""
        found = self.get(name, key, year=year)
        return bool(found and found.value is True)

    def choice(self, name: str, key: str = "", *, year: int | None = None) -> str:
        """A choice, code or text. Raises ParameterNotInForce."""
        return str(self.plain(name, key, year=year))

    def table(self, name: str, *, year: int | None = None) -> Mapping[str, PolicyValueView]:
        """All keys of a parameter in the order of the file; empty where the rulebook is silent."""
        parameter = PARAMETERS[name]
        if parameter.by_year != (year is not None):
            wanted = "a plan year" if parameter.by_year else "no plan year"
            raise TypeError(f"{name} takes {wanted}")
        return self._tables.get((name, year)) or self._table(name, year)

    def require_table(self, name: str, *, year: int | None = None) -> Mapping[str, PolicyValueView]:
        """As `table`, but raises ParameterNotInForce where the rulebook is silent."""
        found = self.table(name, year=year)
        if not found:
            raise self._not_in_force(name, "", year)
        return found

    def states(self, name: str) -> bool:
        """Whether anything is stated of a parameter, for whatever year."""
        return name in self._by_name

    def nearest(self, name: str, *, year: int | None = None) -> list[PolicyValueView]:
        """The values of a parameter that count; of one by year, for the year given or else for every year."""
        if not PARAMETERS[name].by_year:
            return list(self.table(name).values())
        if year is not None:
            return list(self.table(name, year=year).values())
        rows = self._by_name.get(name, [])
        return [row for row in rows if self.table(name, year=row.year_from).get(row.key) is row]

    def years(self, name: str) -> tuple[int, ...]:
        """The plan years that values in force name as their first, ascending."""
        return tuple(sorted({v.year_from for v in self.values if v.name == name and v.year_from is not None}))

    def ground(self, topic: str) -> ClauseView | None:
        """The clause that acts of one topic rest on (提出申请, 税务缴款, …); None where the rulebook is silent."""
        found = self.get("ground", topic)
        return found.clause if found else None

    def cite_ground(self, topic: str) -> str:
        """`ground` in one line with its words; empty where the rulebook is silent."""
        found = self.ground(topic)
        return found.cited if found else ""

    @cached_property
    def above_county(self) -> Rulebook:
        """The same day's rulebook without what the county and the places below it state of their own."""
        return Rulebook(
            self.region_code, self.on, tuple(v for v in self.values if is_above_county(v.region_code))
        )

    @cached_property
    def version(self) -> str:
        """A short fingerprint of every value in force; a decision keeps it."""
        rows = sorted(
            f"{v.region_code}|{v.name}|{v.key}|{v.year_from}|{v.year_to}|{v.text}|{v.unit}|{v.clause.reference}"
            for v in self.values
        )
        return short_fingerprint("\n".join(rows))

    @cached_property
    def _tables(self) -> dict[tuple[str, int | None], Mapping[str, PolicyValueView]]:
        return {}

    @cached_property
    def _by_name(self) -> dict[str, list[PolicyValueView]]:
        found: dict[str, list[PolicyValueView]] = {}
        for value in self.values:
            found.setdefault(value.name, []).append(value)
        return found

    def _table(self, name: str, year: int | None) -> Mapping[str, PolicyValueView]:
        rows = [v for v in self._by_name.get(name, ()) if year is None or _covers_year(v, year)]
        nearest = rows[0].region_code if rows else ""
        found = MappingProxyType({v.key: v for v in rows if v.region_code == nearest}) if rows else _NO_VALUES
        self._tables[name, year] = found
        return found

    def _not_in_force(self, name: str, key: str, year: int | None) -> ParameterNotInForce:
        parameter = PARAMETERS[name]
        what = parameter.label if not key else f"{parameter.label}（{show_key(parameter, key)}）"
        when = _("%(year)s年度") % {"year": year} if year is not None else day_text(self.on)
        place = Region.objects.filter(code=self.region_code).first() or self.region_code
        return ParameterNotInForce(
            _("政策文件没有规定%(what)s：%(place)s，%(when)s。请管理员在政策文件中补充后再办。")
            % {"what": what, "place": place, "when": when},
            name=name,
            key=key,
            region=self.region_code,
            on=self.on.isoformat(),
            year=year,
        )


def rulebook(region_code: str, *, on: date) -> Rulebook:
    """What is in force for a place on a day; one small query when it was asked for before.

    Its values come from the nearest region above that states them: village, town, county, prefecture,
    province, country.
    """
    return _snapshot().rulebook(region_code, on)


def ground(place: Any, topic: str, *, on: date) -> ClauseView | None:
    """The clause an act of this topic rests on at a place (anything with area codes) on a day."""
    codes = place.area_codes()
    code = codes["village_code"] or codes["town_code"] or codes["county_code"]
    return rulebook(code, on=on).ground(topic) if code and topic else None


def find_ground(topic: str, place: Any, on: date) -> Ground:
    """What the runner of acts asks for; see `ground`."""
    found = ground(place, topic, on=on)
    return Ground(found.name, found.cited) if found else Ground()


def find_backdating(access: Access) -> Backdating:
    """What the runner of acts asks for: the most that one of the roles may enter late, as of today.

    A role for which no rulebook of the place states days may enter nothing late: silence gives no leave.
    """
    if access.area is None:
        return Backdating()
    book = rulebook(access.area.code or NATIONAL_CODE, on=timezone.localdate())
    stated = [view for role in sorted(access.roles) if (view := book.get("backdating_days", role))]
    if not stated:
        return Backdating()
    most = max(stated, key=lambda view: int(str(view.value)))
    mark = f"（{most.mark}）" if most.mark else ""
    return Backdating(int(str(most.value)), f"{most.clause.reference}{mark}")


def ground_name(place: Any, topic: str, *, on: date) -> str:
    """`ground` as events and transfers keep it; empty where the rulebook is silent."""
    found = ground(place, topic, on=on)
    return found.name if found else ""


def cite_ground(place: Any, topic: str, *, on: date) -> str:
    """`ground` in one line with its words, for a refusal; empty where the rulebook is silent."""
    found = ground(place, topic, on=on)
    return found.cited if found else ""


def values_in_force(book: Rulebook, *, name: str = "", year: int | None = None) -> list[PolicyValueView]:
    """The values a place really goes by, each parameter from its nearest region; for one name or year if given."""
    names = [name] if name else [known for known in PARAMETERS if book.states(known)]
    return [view for known in names if known in PARAMETERS for view in book.nearest(known, year=year)]


def reason(code: str) -> ReasonCode:
    """A reason code with its wording and remedy; raises KeyError for a code that nobody declared."""
    return _snapshot().reasons[code]


def reasons() -> Mapping[str, ReasonCode]:
    """All reason codes by code, in their order; take it once for many rows (`reasons()[code].worded(…)`)."""
    return _snapshot().reasons


def codes_that_stop(act: Act) -> frozenset[str]:
    """The reason codes of which one line is enough to stop an act."""
    return frozenset(code for code, row in reasons().items() if act in row.stops)


def reason_text(code: str, **figures: object) -> str:
    """The wording of a code with its figures filled in; figures not given stay as …."""
    return reason(code).worded(**figures)


def cite(clause: ClauseView | Clause) -> str:
    """A clause in one line: 长寿府办发〔2024〕49号 三（一）“……”, without quotation where the words are missing."""
    view = clause_view(clause) if isinstance(clause, Clause) else clause
    return f"{view.reference}“{view.text}”" if view.text else view.reference


def clause_view(clause: Clause) -> ClauseView:
    """The immutable view of a clause."""
    document = clause.document
    return ClauseView(document.key, document.number, document.title, clause.key, clause.label, clause.text)


def clause(document_key: str, clause_key: str) -> ClauseView:
    """A clause by its names (CS, 三（一）); raises KeyError where it was not loaded."""
    return _snapshot().clauses[document_key, clause_key]


def _covers_year(value: PolicyValueView, year: int) -> bool:
    return (
        value.year_from is not None
        and value.year_from <= year
        and (value.year_to is None or year <= value.year_to)
    )


def _is_in_force(value: PolicyValueView | PolicyValue, on: date) -> bool:
    return value.valid_from <= on and (value.valid_to is None or on <= value.valid_to)


class _Snapshot:
    """Everything of one policy revision, read in three queries and never changed."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.rows: dict[str, list[PolicyValueView]] = {}
        # Told where and when such a value is asked for: one region's rulebook stops no other.
        self.unknown: dict[str, list[PolicyValue]] = {}
        for row in PolicyValue.objects.select_related("clause__document"):
            try:
                self.rows.setdefault(row.region_code, []).append(value_view(row))
            except StoredValueUnknown:
                self.unknown.setdefault(row.region_code, []).append(row)
        self.reasons = MappingProxyType({row.code: row for row in ReasonCode.objects.all()})
        views = [clause_view(row) for row in Clause.objects.select_related("document")]
        self.clauses = MappingProxyType({(view.document_key, view.key): view for view in views})
        self.rulebook = lru_cache(self._rulebook)

    def _rulebook(self, region_code: str, on: date) -> Rulebook:
        return Rulebook(region_code, on, tuple(self._in_force(region_code, on)))

    def _in_force(self, region_code: str, on: date) -> Iterator[PolicyValueView]:
        for code in ancestor_codes(region_code):
            for row in self.unknown.get(code, ()):
                if _is_in_force(row, on):
                    raise _unknown(row)
            yield from (row for row in self.rows.get(code, ()) if _is_in_force(row, on))


_seen: list[_Snapshot] = []
_held: ContextVar[list[_Snapshot] | None] = ContextVar("policies held", default=None)


@contextmanager
def held_policies() -> Iterator[None]:
    """Within, the revision is looked up once: a page that only reads is drawn by one state of the rules.

    Never around an act: one that waits for a lock must see what was loaded meanwhile.
    """
    mark = _held.set([])
    try:
        yield
    finally:
        _held.reset(mark)


def let_policies_go() -> None:
    """From here on each look asks again: rows were written here, and may be taken back (a trial of an amendment)."""
    _held.set(None)


def _snapshot() -> _Snapshot:
    """The state of the rules to read from: the one that is held, else that of the revision in the database."""
    held = _held.get()
    if held:
        return held[0]
    found = _current()
    if held is not None:
        held.append(found)
    return found


def _current() -> _Snapshot:
    """The rows of the revision in the database, read anew only when its token changed.

    The token is random, so that a rolled-back load cannot leave its rows behind under a number used again.
    """
    token = PolicyRevision.objects.values_list("token", flat=True).first() or ""
    if not _seen or _seen[0].token != token:
        _seen[:] = [_Snapshot(token)]
    return _seen[0]


def value_view(row: PolicyValue) -> PolicyValueView:
    """The immutable view of a stored value. Raises StoredValueUnknown for what an earlier version still knew."""
    try:
        value = read_value(PARAMETERS[row.name], row.value)
    except (KeyError, ValueError) as problem:
        raise _unknown(row) from problem
    return PolicyValueView(
        name=row.name,
        key=row.key,
        value=value,
        text=row.value,
        unit=row.unit,
        clause=clause_view(row.clause),
        confidence=row.confidence,
        ambiguity=row.ambiguity,
        note=row.note,
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        year_from=row.year_from,
        year_to=row.year_to,
        rules=tuple(row.rules),
        quoted_at=row.quoted_at,
    )


def _unknown(row: PolicyValue) -> StoredValueUnknown:
    return StoredValueUnknown(
        _(
            "区划%(code)s的政策参数“%(label)s”（%(name)s）存的值是“%(value)s”，这一版系统不能照办。"
            "请管理员改正这个地区的政策数据文件，再用load_policies 文件 --replace重新载入。"
        )
        % {"code": row.region_code, "label": row.label, "name": row.name, "value": row.value}
    )
