"""The field that every form of a scanned paper has in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SealsField(forms.MultipleChoiceField):
    """Which bodies' seals the scan shows; the choices are the form's own."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"label": _("扫描件上盖的印章"), "help_text": _("盖了哪个就勾选哪个，没有盖的不要勾选")}
        super().__init__(required=False, widget=forms.CheckboxSelectMultiple, **(words | kwargs))
