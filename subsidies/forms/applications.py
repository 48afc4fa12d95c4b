"""Shape of what clerks and officers type about an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput
from policies.selectors import Rulebook
from subsidies.forms.papers import SealsField
from subsidies.rules.papers import seals_asked


class PaperForm(forms.Form):
    """A scanned paper with its kind and the seals it bears, of those that the rulebook names."""

    kind = forms.ChoiceField(label=_("材料"))
    paper = forms.FileField(label=_("扫描件"), help_text=_("PDF、JPG或PNG，不超过10 MB"))
    seals = SealsField()

    def __init__(self, *args: Any, rules: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        papers = rules.table("application_document")
        self.fields["kind"].choices = [(key, str(view.value)) for key, view in papers.items()]  # type: ignore[attr-defined]
        offered = seals_asked(rules)
        self.fields["seals"].choices = [(str(seal), seal.label) for seal in offered]  # type: ignore[attr-defined]
        if not offered:
            del self.fields["seals"]


class ReasonForm(forms.Form):
    """Why a batch goes back or is taken back."""

    reason = forms.CharField(label=_("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ReturnForm(ReasonForm):
    """What the village is to mend, and until when."""

    correct_by = forms.DateField(label=_("补正期限"), required=False, widget=DateInput)


class WithdrawLinesForm(forms.Form):
    """Why persons are taken back, since when (CS-28)."""

    reason = forms.ChoiceField(label=_("撤回原因"))
    event_on = forms.DateField(label=_("事由发生日期"), required=False, widget=DateInput)
    note = forms.CharField(
        label=_("说明"), required=False, max_length=200, help_text=_("原因选“其他情形”时须写明")
    )

    def __init__(self, *args: Any, rules: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = rules.table("withdrawal_reason")
        self.fields["reason"].choices = [(key, str(view.value)) for key, view in reasons.items()]  # type: ignore[attr-defined]
