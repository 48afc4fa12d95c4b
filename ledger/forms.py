"""Forms of rates and of the yearly settlement."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ConfirmedForm, PpmField
from core.years import FIRST_YEAR, LAST_YEAR


class RateForm(forms.Form):
    """The published rate of a year, with the document that publishes it."""

    year = forms.IntegerField(
        label=_("年度"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        error_messages={"required": _("请填写年度")},
    )
    rate_ppm = PpmField(label=_("年利率"), error_messages={"required": _("请填写年利率")})
    document = forms.CharField(
        label=_("依据文件"), max_length=120, error_messages={"required": _("请写明公布利率的文件名称或文号")}
    )


class SettleForm(ConfirmedForm):
    """That year, accounts and sum were looked at."""
