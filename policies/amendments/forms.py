"""Forms of later validities: which parameter, and what is to hold from when on which ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.counts import EMPTY_ROWS
from core.forms import DateInput
from core.lengths import CLAUSE_SHOWN
from policies.amendments.requests import AmendmentRequest
from policies.amendments.selectors import Choice
from policies.enums import Confidence, KeyKind, Kind
from policies.models import Amendment, Clause
from policies.parameters import PARAMETERS, YES_AND_NO, Parameter
from policies.values import write_key


class ParameterForm(forms.Form):
    """Which parameter is to change, and for which plan year where it is asked by year."""

    name = forms.ChoiceField(label=gettext_lazy("要调整的事项"))
    year = forms.IntegerField(
        label=gettext_lazy("从哪个补助年度起"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("只有按年度规定的事项要写，如缴费档次、奖励比例"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_group = groupby(PARAMETERS.values(), key=lambda parameter: parameter.group)
        self.fields["name"].choices = [  # type: ignore[attr-defined]
            (title, [(one.name, one.label) for one in found]) for title, found in by_group
        ]

    def clean(self) -> dict[str, Any]:
        """A parameter by year asks for its year."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        parameter = PARAMETERS.get(data.get("name", ""))
        if parameter and parameter.by_year and not data.get("year") and "year" not in self.errors:
            self.add_error("year", _("“%(label)s”按年度规定，请写年度。") % {"label": parameter.label})
        return data


@dataclass(frozen=True, slots=True)
class Line:
    """One value on the form: `key` is empty on a line for a new one; `options` where one may only choose."""

    index: int
    key: str
    label: str
    shown: str
    mark: str
    typed: str
    typed_key: str
    is_kept: bool
    is_new: bool
    options: Sequence[tuple[str, str]]
    keys: Sequence[tuple[str, str]]


class AmendmentForm(forms.Form):
    """What is to hold, from when, on which ground and why."""

    valid_from = forms.DateField(label=gettext_lazy("执行起日"), widget=DateInput)
    year_to = forms.IntegerField(
        label=gettext_lazy("到哪个年度止"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("不写就是以后各年度都这样"),
    )
    reason = forms.CharField(
        label=gettext_lazy("为什么调整"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    confidence = forms.ChoiceField(
        label=gettext_lazy("依据程度"),
        choices=Confidence.choices,
        help_text=gettext_lazy("有文件写明的选“文件规定”；没有依据、先这样办的选“示例值”"),
    )
    ambiguity = forms.CharField(
        label=gettext_lazy("口径编号"),
        required=False,
        max_length=8,
        help_text=gettext_lazy("如A-73，没有就不写"),
    )
    note = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=300)
    clause_id = forms.TypedChoiceField(
        label=gettext_lazy("已收录的条款"), coerce=int, empty_value=None, required=False
    )
    document_number = forms.CharField(label=gettext_lazy("文号"), required=False, max_length=80)
    document_title = forms.CharField(label=gettext_lazy("标题"), required=False, max_length=200)
    document_issuer = forms.CharField(label=gettext_lazy("发文机关"), required=False, max_length=200)
    document_issued_on = forms.DateField(label=gettext_lazy("发文日期"), required=False, widget=DateInput)
    clause_key = forms.CharField(
        label=gettext_lazy("条款位置"), required=False, max_length=40, help_text=gettext_lazy("如三（一）")
    )
    clause_text = forms.CharField(
        label=gettext_lazy("条款原文"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        *args: Any,
        parameter: Parameter,
        year: int | None,
        choices: Sequence[Choice],
        clauses: Sequence[Clause],
        instance: Amendment | None = None,
        **kwargs: Any,
    ) -> None:
        if instance is not None:
            kwargs["initial"] = {name: getattr(instance, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        self.parameter, self.year, self.known = parameter, year, list(choices)
        self.given = _given_before(parameter, instance)
        by_document = groupby(clauses, key=lambda clause: clause.document)
        self.fields["clause_id"].choices = [("", _("不选，填写新文件"))] + [  # type: ignore[attr-defined]
            (str(document), [(clause.pk, _clause_words(clause)) for clause in found])
            for document, found in by_document
        ]
        if not parameter.by_year:
            del self.fields["year_to"]

    @property
    def has_keys(self) -> bool:
        """Whether values of the parameter have names, so that new ones may come."""
        return self.parameter.key_kind != KeyKind.NONE

    def lines(self) -> list[Line]:
        """The values in force, then lines for new ones."""
        known = self.known or (
            [] if self.has_keys else [Choice("", self.parameter.label, "", _("没有规定"), "")]
        )
        found = [self._line(index, choice) for index, choice in enumerate(known)]
        if not self.has_keys:
            return found
        new = [key for key in self.given if key not in {choice.key for choice in known}]
        blank = range(len(found), len(found) + max(EMPTY_ROWS, len(new)))
        return found + [
            self._new_line(index, new[place] if place < len(new) else "") for place, index in enumerate(blank)
        ]

    def request(self) -> AmendmentRequest:
        """What is asked, as the service takes it."""
        data = dict(self.cleaned_data)
        rows: dict[str, str] = {}
        for line in self.lines():
            if line.is_new:
                if line.typed_key:
                    rows[line.typed_key] = line.typed
            elif line.is_kept or line.typed != self._text_of(line.key):
                rows[line.key] = line.typed
        return AmendmentRequest(name=self.parameter.name, rows=rows, year_from=self.year, **data)

    def _text_of(self, key: str) -> str:
        return next((choice.text for choice in self.known if choice.key == key), "")

    def _typed(self, name: str, usual: str) -> str:
        return str(self.data.get(name, "")).strip() if self.is_bound else usual

    def _line(self, index: int, choice: Choice) -> Line:
        before = self.given.get(choice.key)
        kept = before is not None and before == choice.text
        return Line(
            index,
            choice.key,
            choice.label,
            choice.shown,
            choice.mark,
            self._typed(f"value-{index}", choice.text if before is None else before),
            choice.key,
            bool(self.data.get(f"keep-{index}")) if self.is_bound else kept,
            False,
            _options(self.parameter),
            (),
        )

    def _new_line(self, index: int, key: str) -> Line:
        return Line(
            index,
            "",
            "",
            "",
            "",
            self._typed(f"value-{index}", self.given.get(key, "") if key else ""),
            self._typed(f"key-{index}", key),
            False,
            True,
            _options(self.parameter),
            [item for item in self.parameter.keys.items() if item[0] not in {c.key for c in self.known}],
        )


def _given_before(parameter: Parameter, instance: Amendment | None) -> Mapping[str, str]:
    """The values of a proposal that is entered again, by the key as a rulebook writes it."""
    if instance is None:
        return {}
    return {write_key(parameter, one.key) if one.key else "": one.value for one in instance.rows.all()}


def _options(parameter: Parameter) -> list[tuple[str, str]]:
    if parameter.kind == Kind.BOOLEAN and not parameter.choices:
        return [(word, word) for word in YES_AND_NO]
    return list(parameter.choices.items())


def _clause_words(clause: Clause) -> str:
    text = clause.text[:CLAUSE_SHOWN]
    return f"{clause.key}　{clause.label}{f'：{text}' if text else ''}"


class ReasonForm(forms.Form):
    """Why a proposal goes back."""

    reason = forms.CharField(
        label=gettext_lazy("退回原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
