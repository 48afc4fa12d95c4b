"""Forms of this room."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ConfirmedForm, DateInput
from core.lengths import REASON_TEXT


class ReverseForm(ConfirmedForm):
    """冲销一笔缴费: from which day, why, and the last look."""

    unticked = _("请先看清什么以这笔缴费为依据，再打勾确认。")
    reversed_on = forms.DateField(
        label=_("冲销日期"), widget=DateInput, help_text=_("退库或者查明记错的那一天")
    )
    reason = forms.CharField(
        label=_("原因和依据"), max_length=REASON_TEXT, help_text=_("例如：税务已退库，凭证第6号；重复登记")
    )
