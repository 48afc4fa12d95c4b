"""Form fields of the office: amounts as whole fen, rates as whole parts per million, the browser's date picker."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import AmountError
from core.money import fen_from_text, yuan_plain
from core.rates import percent_plain, ppm_from_percent


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        return value.isoformat() if hasattr(value, "isoformat") else value


class FenField(forms.CharField):
    """An amount that is typed in yuan and read as whole fen; `minimum` in fen."""

    def __init__(self, *, minimum: int = 1, **kwargs: Any) -> None:
        super().__init__(**({"max_length": 20} | kwargs))
        self.minimum = minimum
        self.widget.attrs.setdefault("inputmode", "decimal")

    def prepare_value(self, value: Any) -> Any:
        return yuan_plain(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            fen = fen_from_text(text)
        except AmountError as error:
            raise ValidationError(f"{error.message}：{error.figures.get('how', '')}".rstrip("：")) from error
        if fen < self.minimum:
            least = yuan_plain(self.minimum)
            raise ValidationError(_("金额不能小于%(least)s元") % {"least": least})
        return fen


class PpmField(forms.CharField):
    """A rate that is typed in percent and read as whole parts per million; above nothing, at most 100 %."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": 10} | kwargs))
        self.widget.attrs.setdefault("inputmode", "decimal")

    def prepare_value(self, value: Any) -> Any:
        return percent_plain(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip().rstrip("%％").strip()
        if not text:
            return None
        try:
            ppm = ppm_from_percent(text)
        except ValueError as error:
            raise ValidationError(_("比例写0到100之间的数，最多4位小数，如10")) from error
        if ppm == 0:
            raise ValidationError(_("比例须大于0"))
        return ppm


class ConfirmedForm(forms.Form):
    """A last look: the tick of the confirm box; its refusal stands on top, because the box has no place for it."""

    unticked = gettext_lazy("请先核对，再打勾确认。")
    confirmed = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse without the tick."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("confirmed"):
            raise ValidationError(self.unticked)
        return data
