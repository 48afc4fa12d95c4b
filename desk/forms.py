"""Forms of the desk itself."""

from __future__ import annotations

from django import forms

from villages.forms import DateInput


class WorkingDateForm(forms.Form):
    """The date that this session's acts carry."""

    on = forms.DateField(label="业务日期", widget=DateInput())
