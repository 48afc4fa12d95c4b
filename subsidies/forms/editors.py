"""The five parts of a plan as the pages edit them: what is typed, what it means, where it goes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _

from core.look import Step
from policies.parameters import PLAN_PARTS
from policies.selectors import Rulebook
from subsidies.forms.plans import DecisionForm, IncomeForm, Rows, SourceForm, StandardForm, TextPartForm
from subsidies.models import DecisionRecord, Plan
from subsidies.rules.candidates import qualifying_years
from subsidies.rules.plans import DecisionFacts, Source, income_year
from subsidies.rules.standards import Row, StandardRow
from subsidies.selectors import plans as selectors
from subsidies.selectors.filings import goes_by_decision
from subsidies.services.plans import PlanContent
from villages.models import OrganisationIncome

DECISION = "decision"
PARTS = ("fund_source", "beneficiaries", "standard", "procedure", DECISION)
TIER_FIELDS, PEOPLE_FIELDS = ("tier_from", "tier_to"), ("age_from", "age_to", "person_kind", "is_addition")
# Which conditions a shape of the standard asks for; the others are not shown and not kept.
SHAPE_FIELDS: dict[str, tuple[str, ...]] = {
    "flat": (),
    "tier": TIER_FIELDS,
    "people": PEOPLE_FIELDS,
    "all": TIER_FIELDS + PEOPLE_FIELDS,
}


def part_label(part: str) -> str:
    """The name of a part as an office says it."""
    return _("民主决策") if part == DECISION else PLAN_PARTS[part]


def parts_of(plan: Plan, rules: Rulebook) -> tuple[str, ...]:
    """The parts of a draft that somebody fills: donors' money has its source, and may need no decision."""
    left_out = {"fund_source"} if plan.pool_id else set()
    left_out |= set() if goes_by_decision(plan, rules) else {DECISION}
    return tuple(part for part in PARTS if part not in left_out)


def part_steps(plan: Plan, rules: Rulebook, current: str, url_of: Any) -> list[Step]:
    """The bar of parts: filled ones are done, `current` is where one is."""
    filled = {
        "fund_source": bool(plan.sources.all()),
        "beneficiaries": bool(plan.beneficiaries),
        "standard": bool(plan.standards.all()),
        "procedure": bool(plan.procedure),
        DECISION: hasattr(plan, "decision") and plan.decision is not None,
    }
    return [
        Step(
            number,
            part_label(part),
            status="current" if part == current else "done" if filled[part] else "open",
            url=url_of(part),
        )
        for number, part in enumerate(parts_of(plan, rules), start=1)
    ]


class Editor:
    """One part of a draft: the forms bound to what was typed, and the content they mean."""

    part: ClassVar[str]

    def __init__(self, plan: Plan, rulebook: Rulebook, data: Any = None) -> None:
        self.plan, self.rulebook, self.data = plan, rulebook, data
        # Carries what a rule says of the part as a whole.
        self.whole = forms.Form(data)
        self.build()

    def build(self) -> None:
        """Make the forms of the part."""
        raise NotImplementedError

    def is_valid(self) -> bool:
        """Whether everything typed can be read; the button for reckoning only never saves."""
        raise NotImplementedError

    def content(self) -> PlanContent:
        """What a valid part says."""
        raise NotImplementedError

    def sources(self) -> Sequence[Source] | None:
        """The pots as typed, for reckoning; None where this part does not hold them."""
        return None

    def income_fen(self) -> int | None:
        """The disposable income as typed, for reckoning; None where it is not typed."""
        return None

    def rows(self) -> Sequence[Row] | None:
        """The standard as typed, for reckoning; None where this part does not hold it."""
        return None

    @property
    def is_saving(self) -> bool:
        """Whether the button pressed asks to keep what was typed."""
        return self.data is not None and not {"recalculate", "reshape"} & set(self.data)

    @property
    def template(self) -> str:
        return f"subsidies/plans/part_{self.part}.html"


class SourcesEditor(Editor):
    """资金来源: the pots and the income they come from."""

    part = "fund_source"

    def build(self) -> None:
        self.table = Rows(
            SourceForm,
            prefix="source",
            data=self.data,
            initial=[SourceForm.initial_of(source) for source in selectors.sources_of(self.plan)],
            rulebook=self.rulebook,
            year=self.plan.year,
        )
        self.income_year = income_year(self.plan.year, self.rulebook)
        self.declared = OrganisationIncome.objects.filter(
            organisation_id=self.plan.organisation_id, year=self.income_year
        ).first()
        self.income = IncomeForm(self.data, initial=self._declared_fields())

    def _declared_fields(self) -> dict[str, Any]:
        found = self.declared
        if found is None:
            return {}
        return {
            "operating_income": found.operating_income_fen,
            "reserve": found.reserve_fen,
            "disposable": found.disposable_fen,
        }

    def is_valid(self) -> bool:
        valid = [self.table.is_valid(), self.income.is_valid()]
        return self.is_saving and all(valid)

    def content(self) -> PlanContent:
        return PlanContent(sources=[form.source() for form in self.table.forms])  # type: ignore[attr-defined]

    def sources(self) -> Sequence[Source]:
        return [form.source() for form in self.table.readable()]

    def income_fen(self) -> int | None:
        if self.data is None:
            return None
        self.income.is_valid()
        return self.income.cleaned_data.get("disposable")

    def income_change(self) -> dict[str, int] | None:
        """What is to be declared, None where nothing differs from what stands declared."""
        data = {f"{name}_fen": value for name, value in self.income.cleaned_data.items()}
        if data["disposable_fen"] is None:
            return None
        data["operating_income_fen"] = data["operating_income_fen"] or 0
        data["reserve_fen"] = data["reserve_fen"] or 0
        if self.declared and all(getattr(self.declared, name) == value for name, value in data.items()):
            return None
        return data


class StandardEditor(Editor):
    """补助标准: the rows of the standard in the shape the clerk chose."""

    part = "standard"

    def build(self) -> None:
        stored = selectors.rows_of(self.plan)
        asked = self.data.get("shape", "") if self.data is not None else ""
        self.shape = asked if asked in SHAPE_FIELDS else shape_of(stored)
        self.fields = SHAPE_FIELDS[self.shape]
        self.table = Rows(
            StandardForm,
            prefix="row",
            data=self._shown(self.data),
            initial=[StandardForm.initial_of(row) for row in stored],
            rulebook=self.rulebook,
            year=self.plan.year,
        )

    def _shown(self, data: Any) -> Any:
        if data is None:
            return None
        hidden = set(TIER_FIELDS + PEOPLE_FIELDS) - set(self.fields)
        return {key: value for key, value in data.items() if key.rsplit("-", 1)[-1] not in hidden}

    def is_valid(self) -> bool:
        return self.is_saving and self.table.is_valid()

    def content(self) -> PlanContent:
        return PlanContent(standards=[form.row() for form in self.table.forms])  # type: ignore[attr-defined]

    def rows(self) -> Sequence[StandardRow]:
        return [form.row() for form in self.table.readable()]

    def numbers(self) -> list[int]:
        """Place in the form of each row that can be read, in the order of `rows`."""
        readable = {form.prefix for form in self.table.readable()}
        return [number for number, form in enumerate(self.table.forms) if form.prefix in readable]

    @property
    def shapes(self) -> list[tuple[str, str, str]]:
        """The shapes to choose from: value, name, in other words."""
        return [
            ("flat", _("每人一样多"), _("定额，最简单")),
            ("tier", _("按缴费档次"), _("多缴多补，或按比例")),
            ("people", _("按年龄或困难情况"), _("照顾重点人群")),
            ("all", _("组合"), _("几种条件一起用")),
        ]


def shape_of(rows: Sequence[Row]) -> str:
    """The simplest shape that shows everything the rows say."""
    by_tier = any(row.tier_from_fen is not None or row.tier_to_fen is not None for row in rows)
    by_people = any(
        row.age_from is not None or row.age_to is not None or row.person_kind or row.is_addition
        for row in rows
    )
    if by_people:
        return "all" if by_tier else "people"
    return "tier" if by_tier or any(row.rate_ppm for row in rows) else "flat"


class TextEditor(Editor):
    """A part that is prose, begun with the words of the rulebook."""

    def build(self) -> None:
        text = getattr(self.plan, self.part) or self.suggestion()
        self.form = TextPartForm(self.data, initial={"text": text}, label=part_label(self.part))
        self.whole = self.form

    def suggestion(self) -> str:
        """Words to begin with."""
        raise NotImplementedError

    def is_valid(self) -> bool:
        return self.is_saving and self.form.is_valid()

    def content(self) -> PlanContent:
        return PlanContent(**{self.part: self.form.cleaned_data["text"]})

    @property
    def template(self) -> str:
        return "subsidies/plans/part_text.html"


class BeneficiariesEditor(TextEditor):
    """补助对象."""

    part = "beneficiaries"

    def suggestion(self) -> str:
        years = qualifying_years(self.plan.year, self.rulebook)
        named = _("或").join(_("%(year)d年度") % {"year": year} for year in years)
        words = {"years": named, "scheme": self.rulebook.choice("scheme_name")}
        if self.plan.pool is not None and self.rulebook.flag("sponsor_for_needy_only"):
            return _("已完成%(years)s%(scheme)s个人缴费、登记有困难身份的本集体经济组织成员。") % words
        return _("已完成%(years)s%(scheme)s个人缴费的本集体经济组织成员。") % words


class ProcedureEditor(TextEditor):
    """补助流程."""

    part = "procedure"

    def suggestion(self) -> str:
        steps = self.rulebook.table("workflow_step")
        return "\n".join(f"{key}. {view.value}" for key, view in steps.items())


EDITORS: Mapping[str, type[Editor]] = {
    editor.part: editor for editor in (SourcesEditor, BeneficiariesEditor, StandardEditor, ProcedureEditor)
}


def decision_form(plan: Plan, rulebook: Rulebook, data: Any = None) -> DecisionForm:
    """The form of the decision record, begun with what is on file."""
    stored = DecisionRecord.objects.filter(plan=plan).first()
    names = [field.name for field in fields(DecisionFacts)]
    initial = (
        {name: getattr(stored, name) for name in names} if stored else {"resolution": first_resolution(plan)}
    )
    return DecisionForm(data, initial=initial, rulebook=rulebook)


def first_resolution(plan: Plan) -> str:
    """Words of a resolution to begin with."""
    return _("同意《%(name)s%(year)d年度集体补助方案》。") % {
        "name": plan.organisation.name,
        "year": plan.year,
    }
