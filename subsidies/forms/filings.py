"""Forms of filings and of suspensions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.forms import DateInput
from policies.selectors import Rulebook
from subsidies.forms.plans import DecisionForm
from subsidies.rules.plans import DecisionFacts
from subsidies.services.suspensions import SuspensionRequest


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ReturnForm(forms.Form):
    """Why an office sends a filing back."""

    reason = _text(gettext_lazy("退回原因"))


class ReasonForm(forms.Form):
    """Why the programme may resume, or may not."""

    reason = _text(gettext_lazy("恢复的条件"))


class GrantForm(forms.Form):
    """From when the programme is active again."""

    active_on = forms.DateField(
        label=gettext_lazy("恢复起始日期"),
        widget=DateInput,
        help_text=gettext_lazy("不溯及以前：不能早于业务日期"),
    )


class RefuseForm(forms.Form):
    """Why the programme does not resume yet."""

    reason = _text(gettext_lazy("不同意的原因"))


class SuspensionForm(DecisionForm):
    """Cause, explanation and first day of a suspension, with the record of its decision."""

    cause = forms.ChoiceField(label=gettext_lazy("暂停事由"))
    reason = _text(gettext_lazy("无法继续补助的情况"))
    effective_on = forms.DateField(label=gettext_lazy("暂停起始日期"), widget=DateInput)

    own = ("cause", "reason", "effective_on")

    def __init__(self, *args: Any, rulebook: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, rulebook=rulebook, **kwargs)
        causes = rulebook.table("suspension_cause").items()
        self.fields["cause"].choices = [(key, str(view.value)) for key, view in causes]  # type: ignore[attr-defined]

    def request(self) -> SuspensionRequest:
        """What is asked, as the service takes it."""
        data = dict(self.cleaned_data)
        own = {name: data.pop(name) for name in self.own}
        return SuspensionRequest(**own, decision=DecisionFacts(**data))
