"""Forms of closing a year."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from desk.closing.items import OpenItem
from desk.closing.services import REASON_LENGTH, REMARK_LENGTH

OPTIONAL_ROWS = {"rows": 2}


class ProposeForm(forms.Form):
    """Why each open thing is left over, one field an item that may be; an empty field leaves nothing over."""

    remark = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=REMARK_LENGTH,
        required=False,
        widget=forms.Textarea(attrs=OPTIONAL_ROWS),
    )

    def __init__(self, *args: Any, items: list[OpenItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in items:
            if item.kind.may_leave:
                self.fields[item.key] = forms.CharField(
                    label=gettext_lazy("结转的理由"), max_length=REASON_LENGTH, required=False
                )

    def leaving(self) -> dict[str, str]:
        """Item → reason, of those that are to be left over."""
        data = self.cleaned_data
        return {key: text for key, text in data.items() if key != "remark" and text.strip()}


class ConfirmForm(forms.Form):
    """Closing the year: nothing to fill in but the tick, which the page asks for."""


class RefuseForm(forms.Form):
    """Why a proposal is sent back."""

    reason = forms.CharField(
        label=gettext_lazy("退回的理由"), max_length=REMARK_LENGTH, widget=forms.Textarea(attrs=OPTIONAL_ROWS)
    )
