"""Forms of a county's pilot: the application, and the city's assessment with its decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from policies.selectors import Rulebook
from subsidies.services.county_pilots import Assessed

MET, NOT_MET = "met", "not_met"


class PilotApplicationForm(forms.Form):
    """Why the county wants to take part."""

    statement = forms.CharField(
        label=_("申请理由"),
        max_length=500,
        help_text=_("集体经济实力、居民养老保险工作情况、准备先行开展的村"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("请写明申请的理由")},
    )
    document = forms.CharField(label=_("申请文号"), max_length=120, required=False)


class PilotDecisionForm(forms.Form):
    """Each criterion of the rulebook with a word on it, then selected with a document, or declined with a reason."""

    decision = forms.ChoiceField(
        label=_("结论"),
        choices=[("select", _("选定为试点县")), ("decline", _("不选定"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择结论")},
    )
    document = forms.CharField(
        label=_("选定文件"), max_length=120, required=False, help_text=_("选定的须写文件名称或文号")
    )
    reason = forms.CharField(
        label=_("没有选定的理由"), max_length=300, required=False, help_text=_("不选定的须写明")
    )

    def __init__(self, *args: Any, rules: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(rules.table("pilot_county_criterion").items())
        for number, (_key, view) in enumerate(self.criteria):
            self.fields[f"criterion{number}"] = forms.ChoiceField(
                label=str(view.value),
                choices=[(MET, _("符合")), (NOT_MET, _("不符合"))],
                widget=forms.RadioSelect,
                error_messages={"required": _("请评估“%(criterion)s”") % {"criterion": view.value}},
            )
            self.fields[f"remark{number}"] = forms.CharField(
                label=_("%(criterion)s：情况") % {"criterion": view.value}, max_length=200, required=False
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each criterion with the field of its remark."""
        return [(self[f"criterion{n}"], self[f"remark{n}"]) for n in range(len(self.criteria))]

    def clean(self) -> dict[str, Any]:
        """A selection needs its document, a refusal its reason."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("decision") == "select" and not data.get("document"):
            self.add_error("document", _("请写明选定的文件名称或文号"))
        if data.get("decision") == "decline" and not data.get("reason"):
            self.add_error("reason", _("请写明没有选定的理由"))
        return data

    def assessed(self) -> list[Assessed]:
        """The assessment as the services take it."""
        data = self.cleaned_data
        return [
            Assessed(key, data[f"criterion{n}"] == MET, data[f"remark{n}"])
            for n, (key, _view) in enumerate(self.criteria)
        ]
