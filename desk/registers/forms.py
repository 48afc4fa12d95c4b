"""Forms of the registers; what may be chosen comes from the rulebook."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from core.forms import DateInput
from core.years import YEARS
from desk.registers import rules
from desk.registers.services import Event, Note
from policies.selectors import Rulebook
from villages.models import CollectiveOrganisation, Region

YES_NO = (("yes", gettext_lazy("符合")), ("no", gettext_lazy("不符合")))
SHORT, LONG = {"rows": 3}, {"rows": 10}


def _places(rows: QuerySet[Region]) -> list[tuple[str, str]]:
    found = rows.values_list("code", "level", "short_name", "parent__short_name")
    return [(code, f"{above} {name}" if level == "village" else name) for code, level, name, above in found]


def _year(on: date) -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("年度"), min_value=YEARS.start, max_value=YEARS.stop - 1, initial=on.year
    )


class EventForm(forms.Form):
    """An event: where, when, what, for how many."""

    region = forms.ChoiceField(label=gettext_lazy("地方"))
    kind = forms.ChoiceField(label=gettext_lazy("形式"))
    title = forms.CharField(label=gettext_lazy("主题"), max_length=80)
    held_on = forms.DateField(label=gettext_lazy("日期"), widget=DateInput)
    attended_count = forms.IntegerField(label=gettext_lazy("参加人数"), min_value=1, max_value=10**6)
    explained = forms.MultipleChoiceField(
        label=gettext_lazy("讲了什么"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=300, required=False, widget=forms.Textarea(attrs=SHORT)
    )

    def __init__(
        self, *args: Any, rulebook: Rulebook, places: QuerySet[Region], on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = _places(places)  # type: ignore[attr-defined]
        self.fields["kind"].choices = list(rules.event_kinds(rulebook).items())  # type: ignore[attr-defined]
        self.fields["held_on"].initial = on
        items = list(rules.explained_items(rulebook).items())
        if items:
            self.fields["explained"].choices = items  # type: ignore[attr-defined]
        else:
            del self.fields["explained"]

    def event(self) -> Event:
        """As the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "region"}
        return Event(**data)


class NoteForm(forms.Form):
    """A note of experience, or a town's summary of a term."""

    region = forms.ChoiceField(label=gettext_lazy("村或镇街"))
    year = forms.IntegerField()
    term_no = forms.ChoiceField(label=gettext_lazy("期次（镇街小结）"), required=False)
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    text = forms.CharField(label=gettext_lazy("内容"), max_length=20000, widget=forms.Textarea(attrs=LONG))

    def __init__(
        self, *args: Any, rulebook: Rulebook, places: QuerySet[Region], on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"] = _year(on)
        self.fields["region"].choices = _places(places)  # type: ignore[attr-defined]
        terms = rules.terms_a_year(rulebook)
        if terms and rules.TOWN_LEVEL in rules.note_kinds(rulebook):
            numbers = [(n, rules.term_word(rulebook, n)) for n in range(1, terms + 1)]
            self.fields["term_no"].choices = [("", "—"), *numbers]  # type: ignore[attr-defined]
        else:
            del self.fields["term_no"]

    def note(self) -> Note:
        """As the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "region"}
        return Note(**(data | {"term_no": int(data.get("term_no") or 0)}))


class SelectionForm(forms.Form):
    """The checklist of one organisation: each criterion of the rulebook with an answer and its reason."""

    organisation = forms.ModelChoiceField(
        CollectiveOrganisation.objects.none(), label=gettext_lazy("村集体经济组织")
    )
    year = forms.IntegerField()
    conclusion = forms.CharField(
        label=gettext_lazy("结论"), max_length=300, required=False, widget=forms.Textarea(attrs=SHORT)
    )

    def __init__(
        self,
        *args: Any,
        rulebook: Rulebook,
        places: QuerySet[CollectiveOrganisation],
        on: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = places  # type: ignore[attr-defined]
        self.fields["year"] = _year(on)
        self.criteria = rules.criteria(rulebook)
        for key, view in self.criteria.items():
            self.fields[f"met_{key}"] = forms.ChoiceField(
                label=str(view.value), choices=YES_NO, widget=forms.RadioSelect
            )
            self.fields[f"reason_{key}"] = forms.CharField(label=gettext_lazy("依据"), max_length=200)
        self.order_fields(["organisation", "year", *self._answers(), "conclusion"])

    def _answers(self) -> list[str]:
        return [f"{part}_{key}" for key in self.criteria for part in ("met", "reason")]

    def answers(self) -> dict[str, dict[str, Any]]:
        """As the service takes them."""
        data = self.cleaned_data
        return {
            key: {"is_met": data[f"met_{key}"] == "yes", "reason": data[f"reason_{key}"]}
            for key in self.criteria
        }


class StrikeForm(forms.Form):
    """Why an entry is struck out."""

    reason = forms.CharField(
        label=gettext_lazy("作废的理由"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
