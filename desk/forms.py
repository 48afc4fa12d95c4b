"""Forms of the desk itself."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput


class WorkingDateForm(forms.Form):
    """The date that this session's acts carry."""

    on = forms.DateField(label=_("业务日期"), widget=DateInput)
