"""Forms of the five parts of a plan, and of its papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.bounds import LARGEST_COUNT, OLDEST_AGE
from core.counts import STANDARD_ROWS
from core.forms import DateInput, FenField, PpmField
from core.money import yuan_text
from core.years import FIRST_YEAR, LAST_YEAR
from policies.rules import allowed_keys
from policies.selectors import Rulebook
from subsidies.enums import Method, PlanKind, PlanPaper
from subsidies.forms.papers import SealsField
from subsidies.rules.papers import BODIES
from subsidies.rules.plans import STEP_FIELDS, DecisionFacts, Source
from subsidies.rules.standards import StandardRow, tier_amounts


class NewPlanForm(forms.Form):
    """Which plan to draft, and from what."""

    year = forms.IntegerField(label=gettext_lazy("补助年度"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    # A plan of donors' money begins with its pool.
    kind = forms.ChoiceField(
        label=gettext_lazy("方案种类"),
        choices=[(value, label) for value, label in PlanKind.choices if value != PlanKind.SPONSORED],
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("底稿"),
        choices=[("copy", gettext_lazy("以上年度方案为底稿")), ("blank", gettext_lazy("从空白开始"))],
        widget=forms.RadioSelect,
    )


def _name_cells(form: forms.Form) -> None:
    # The column heads label the cells of a row for the eye only.
    for field in form.fields.values():
        field.widget.attrs.setdefault("aria-label", field.label)


class SourceForm(forms.Form):
    """One pot."""

    source_type = forms.ChoiceField(label=gettext_lazy("资金来源"))
    amount = FenField(label=gettext_lazy("安排金额"))
    note = forms.CharField(label=gettext_lazy("说明"), max_length=120, required=False)

    def __init__(self, *args: Any, rulebook: Rulebook, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_cells(self)
        allowed = allowed_keys(rulebook, "fund_source_allowed", year=year)
        names = rulebook.table("fund_source_name")
        # All names are offered, with those the year does not allow marked: the refusal then says the clause.
        self.fields["source_type"].choices = [  # type: ignore[attr-defined]
            (key, str(view.value) if key in allowed else _("%(name)s（本年度不能用）") % {"name": view.value})
            for key, view in names.items()
        ]

    def source(self) -> Source:
        """The pot as rules read it."""
        data = self.cleaned_data
        return Source(data["source_type"], data["amount"], data["note"])

    @staticmethod
    def initial_of(source: Source) -> dict[str, Any]:
        """The fields of a stored pot."""
        return {"source_type": source.source_type, "amount": source.amount_fen, "note": source.note}


class IncomeForm(forms.Form):
    """The disposable income that the plan is compared with."""

    operating_income = FenField(label=gettext_lazy("经营收入"), minimum=0, required=False)
    reserve = FenField(label=gettext_lazy("提取公积公益金"), minimum=0, required=False)
    disposable = FenField(label=gettext_lazy("可支配收益"), minimum=0, required=False)


class StandardForm(forms.Form):
    """One row of the standard."""

    tier_from = forms.TypedChoiceField(
        label=gettext_lazy("缴费档次从"), required=False, coerce=int, empty_value=None
    )
    tier_to = forms.TypedChoiceField(
        label=gettext_lazy("缴费档次到"), required=False, coerce=int, empty_value=None
    )
    age_from = forms.IntegerField(
        label=gettext_lazy("年龄从"), required=False, min_value=0, max_value=OLDEST_AGE
    )
    age_to = forms.IntegerField(
        label=gettext_lazy("年龄到"), required=False, min_value=0, max_value=OLDEST_AGE
    )
    person_kind = forms.ChoiceField(label=gettext_lazy("人员类别"), required=False)
    is_addition = forms.BooleanField(label=gettext_lazy("另加"), required=False)
    method = forms.ChoiceField(
        label=gettext_lazy("方式"),
        choices=[
            (Method.FLAT, gettext_lazy("元")),
            (Method.PERCENT, "%"),
        ],
    )
    given = forms.CharField(
        label=gettext_lazy("每人补助"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )

    def __init__(self, *args: Any, rulebook: Rulebook, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_cells(self)
        tiers = [(tier, yuan_text(tier).removesuffix(".00")) for tier in tier_amounts(rulebook, year)]
        self.fields["tier_from"].choices = [("", _("不限")), *tiers]  # type: ignore[attr-defined]
        self.fields["tier_to"].choices = [("", _("以上")), *tiers]  # type: ignore[attr-defined]
        kinds = [(key, str(view.value)) for key, view in rulebook.table("hardship_kind").items()]
        self.fields["person_kind"].choices = [("", _("不限")), *kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        field = PpmField() if data.get("method") == Method.PERCENT else FenField()
        if data.get("given"):
            try:
                data["value"] = field.clean(data["given"])
            except forms.ValidationError as error:
                self.add_error("given", error)
        self._check_order("tier_from", "tier_to", _("终点低于起点"))
        self._check_order("age_from", "age_to", _("终点小于起点"))
        return data

    def _check_order(self, low: str, high: str, sentence: str) -> None:
        first, last = self.cleaned_data.get(low), self.cleaned_data.get(high)
        if first is not None and last is not None and last < first:
            self.add_error(high, sentence)

    def row(self) -> StandardRow:
        """The row as rules read it."""
        data = self.cleaned_data
        is_percent = data["method"] == Method.PERCENT
        return StandardRow(
            is_addition=data["is_addition"],
            tier_from_fen=data["tier_from"],
            tier_to_fen=data["tier_to"],
            age_from=data["age_from"],
            age_to=data["age_to"],
            person_kind=data["person_kind"],
            method=data["method"],
            amount_fen=None if is_percent else data["value"],
            rate_ppm=data["value"] if is_percent else None,
        )

    @staticmethod
    def initial_of(row: StandardRow) -> dict[str, Any]:
        """The fields of a stored row."""
        is_percent = row.method == Method.PERCENT
        field: Any = PpmField() if is_percent else FenField()
        return {
            "tier_from": row.tier_from_fen,
            "tier_to": row.tier_to_fen,
            "age_from": row.age_from,
            "age_to": row.age_to,
            "person_kind": row.person_kind,
            "is_addition": row.is_addition,
            "method": row.method,
            "given": field.prepare_value(row.rate_ppm if is_percent else row.amount_fen),
        }


class Rows:
    """Several forms of one kind in one page form; rows are added and taken away by buttons, without a script.

    The hidden field `<prefix>-rows` counts them; buttons `<prefix>-add` and `<prefix>-remove=<n>` change them.
    """

    def __init__(
        self,
        form_class: type[forms.Form],
        *,
        prefix: str,
        data: Any = None,
        initial: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        self.form_class, self.prefix, self.kwargs = form_class, prefix, kwargs
        self.is_bound = data is not None and f"{prefix}-rows" in data
        self.is_reshaped = False
        if self.is_bound:
            self.forms = self._bound(data)
        else:
            self.forms = self._unbound([dict(one) for one in initial] or [{}])

    def _bound(self, data: Any) -> list[forms.Form]:
        try:
            count = min(int(data[f"{self.prefix}-rows"]), STANDARD_ROWS)
        except ValueError:
            count = 1
        removed = data.get(f"{self.prefix}-remove")
        if removed is None and f"{self.prefix}-add" not in data:
            return [self.form_class(data, prefix=f"{self.prefix}-{n}", **self.kwargs) for n in range(count)]
        self.is_reshaped = True
        typed = [self._typed(data, n) for n in range(count) if str(n) != removed]
        if f"{self.prefix}-add" in data and len(typed) < STANDARD_ROWS:
            typed.append({})
        return self._unbound(typed or [{}])

    def _typed(self, data: Any, n: int) -> dict[str, Any]:
        names = self.form_class.base_fields
        return {name: data.get(f"{self.prefix}-{n}-{name}", "") for name in names}

    def _unbound(self, initial: Sequence[dict[str, Any]]) -> list[forms.Form]:
        return [
            self.form_class(initial=one, prefix=f"{self.prefix}-{n}", **self.kwargs)
            for n, one in enumerate(initial)
        ]

    @property
    def count(self) -> int:
        """How many rows stand in the form."""
        return len(self.forms)

    def is_valid(self) -> bool:
        """Whether every row can be read; all are judged, so that all show their faults."""
        valid = [form.is_valid() for form in self.forms]
        return self.is_bound and not self.is_reshaped and all(valid)

    def readable(self) -> list[Any]:
        """The rows that can be read as they stand, bound; for reckoning while somebody types."""
        found = [self._as_bound(form) for form in self.forms]
        return [form for form in found if form.is_valid()]

    def _as_bound(self, form: forms.Form) -> forms.Form:
        if form.is_bound:
            return form
        initial = {n: f.prepare_value(form.get_initial_for_field(f, n)) for n, f in form.fields.items()}
        data = {form.add_prefix(name): value for name, value in initial.items() if value not in (None, False)}
        return self.form_class(data, prefix=form.prefix, **self.kwargs)


class TextPartForm(forms.Form):
    """A part of the plan that is prose."""

    text = forms.CharField(max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 8}))

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label


def _date(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DateInput, help_text=help_text)


def _count(label: Any, *, required: bool = True, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=LARGEST_COUNT, required=required, **more)


class DecisionForm(forms.Form):
    """The record of the democratic decision (四议两公开)."""

    body = forms.ChoiceField(label=gettext_lazy("决策会议"))
    met_on = _date(gettext_lazy("会议日期"), required=True)
    place = forms.CharField(label=gettext_lazy("地点"), max_length=60, required=False)
    chair = forms.CharField(label=gettext_lazy("主持人"), max_length=40, required=False)
    recorder = forms.CharField(label=gettext_lazy("记录人"), max_length=40, required=False)
    called_count = _count(gettext_lazy("应到人数"), help_text=gettext_lazy("全体有表决权的成员，或全体代表"))
    attended_count = _count(gettext_lazy("实到人数"))
    agreed_count = _count(gettext_lazy("同意"))
    against_count = _count(gettext_lazy("反对"), initial=0)
    abstained_count = _count(gettext_lazy("弃权"), initial=0)
    households_count = _count(
        gettext_lazy("成员户数"), required=False, help_text=gettext_lazy("由代表决定时填，用来核对代表人数")
    )
    resolution = forms.CharField(
        label=gettext_lazy("决议内容"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    proposed_on = _date(gettext_lazy("党组织提议"))
    discussed_on = _date(gettext_lazy("两委商议"))
    reviewed_on = _date(gettext_lazy("党员大会审议"))
    notified_on = _date(gettext_lazy("发出会议通知"))
    posted_on = _date(gettext_lazy("方案会前公示"))
    published_from = _date(gettext_lazy("决议公开起"))
    published_to = _date(gettext_lazy("决议公开止"))

    steps = ("proposed_on", "discussed_on", "reviewed_on", "notified_on", "posted_on")
    publishing = ("published_from", "published_to")

    def __init__(self, *args: Any, rulebook: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = rulebook.table("decision_body")
        self.fields["body"].choices = [(key, str(view.value)) for key, view in bodies.items()]  # type: ignore[attr-defined]
        for key, view in rulebook.table("decision_step_required").items():
            if view.value is True:
                words = {"step": rulebook.choice("decision_step", key), "clause": view.clause.reference}
                field = self.fields[STEP_FIELDS[key]]
                field.required = True
                field.error_messages["required"] = _("%(step)s是必备环节，请填写。依据：%(clause)s") % words

    def record(self) -> DecisionFacts:
        """The record as the services take it."""
        return DecisionFacts(**self.cleaned_data)

    @property
    def step_fields(self) -> list[forms.BoundField]:
        """What goes before the meeting."""
        return [self[name] for name in self.steps]

    @property
    def publishing_fields(self) -> list[forms.BoundField]:
        """What is made public after it."""
        return [self[name] for name in self.publishing]


class PaperForm(forms.Form):
    """A scanned paper and the seals it bears."""

    file = forms.FileField(label=gettext_lazy("扫描件"), help_text=gettext_lazy("PDF、JPG或PNG，不超过10 MB"))
    kind = forms.ChoiceField(label=gettext_lazy("材料"), choices=PlanPaper.choices)
    seals = SealsField(choices=[(str(body), body.label) for body in BODIES])
