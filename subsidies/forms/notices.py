"""Forms of tax money, of settlements, and of notices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.counts import EMPTY_ROWS, TYPED_ROWS
from core.forms import DateInput, FenField
from core.lengths import REMARK_TEXT
from core.money import MAX_FEN
from policies.selectors import Rulebook
from subsidies.enums import Settlement
from subsidies.models import Difference
from subsidies.services.notices import TaxRowInput, Terms


class TaxRowForm(forms.Form):
    """One row of the tax office, typed from the ticket."""

    id_number = forms.CharField(
        label=gettext_lazy("身份证号"), max_length=30, widget=forms.TextInput(attrs={"size": 20})
    )
    name = forms.CharField(
        label=gettext_lazy("姓名"), max_length=60, required=False, widget=forms.TextInput(attrs={"size": 7})
    )
    amount = FenField(
        label=gettext_lazy("实缴金额"), minimum=-MAX_FEN, widget=forms.TextInput(attrs={"size": 8})
    )
    paid_on = forms.DateField(label=gettext_lazy("缴款日期"), widget=DateInput)
    voucher = forms.CharField(label=gettext_lazy("税票号"), max_length=40)
    reverses_voucher = forms.CharField(label=gettext_lazy("原税票号"), max_length=40, required=False)

    def row(self) -> TaxRowInput:
        """The row as the service takes it."""
        data = self.cleaned_data
        return TaxRowInput(
            id_number=data["id_number"],
            name=data["name"],
            amount_fen=data["amount"],
            paid_on=data["paid_on"],
            voucher=data["voucher"],
            reverses_voucher=data["reverses_voucher"],
        )


TaxRowFormSet = forms.formset_factory(TaxRowForm, extra=EMPTY_ROWS, max_num=TYPED_ROWS, validate_max=True)


class PickForm(forms.Form):
    """Persons ticked on the notice, all under one ticket."""

    lines = forms.MultipleChoiceField(
        label=gettext_lazy("已缴款的人"), error_messages={"required": gettext_lazy("请勾选已缴款的人。")}
    )
    paid_on = forms.DateField(label=gettext_lazy("缴款日期"), widget=DateInput)
    voucher = forms.CharField(label=gettext_lazy("税票号"), max_length=40)

    def __init__(self, *args: Any, offered: dict[int, tuple[int, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.fields["lines"].choices = [(str(line), "") for line in offered]  # type: ignore[attr-defined]

    def rows(self) -> list[TaxRowInput]:
        """One row for each ticked person, at what is open for him."""
        data = self.cleaned_data
        parts = [self.offered[int(line)] for line in data["lines"]]
        return [
            TaxRowInput(person_id=person, amount_fen=fen, paid_on=data["paid_on"], voucher=data["voucher"])
            for person, fen in parts
        ]


class LumpSumForm(forms.Form):
    """One sum for the whole notice."""

    amount = FenField(label=gettext_lazy("缴款总额"))
    paid_on = forms.DateField(label=gettext_lazy("缴款日期"), widget=DateInput)
    voucher = forms.CharField(label=gettext_lazy("税票号"), max_length=40)


class ReasonForm(forms.Form):
    """Words that go with an act."""

    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )


class SettlementForm(forms.Form):
    """One way out of one difference; fields that the way does not need are left out."""

    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("说明"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_void = forms.BooleanField(label=gettext_lazy("税务确认没有这笔款，只作废这一行"), required=False)
    id_number = forms.CharField(label=gettext_lazy("应是谁的款：身份证号"), max_length=30, required=False)
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60, required=False)
    amount_fen = FenField(label=gettext_lazy("更正后的金额"), required=False)
    paid_on = forms.DateField(label=gettext_lazy("缴款日期"), widget=DateInput, required=False)
    voucher = forms.CharField(label=gettext_lazy("更正后的税票号"), max_length=40, required=False)
    left_reason = forms.ChoiceField(label=gettext_lazy("撤回事由"), required=False)
    event_on = forms.DateField(label=gettext_lazy("事由发生日期"), widget=DateInput, required=False)

    def __init__(
        self, *args: Any, difference: Difference, settlement: str, rules: Rulebook, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.settlement = settlement
        reasons = rules.table("withdrawal_reason")
        self.fields["left_reason"].choices = [("", _("请选择")), *((k, v.text) for k, v in reasons.items())]  # type: ignore[attr-defined]
        kept = {"reason", *_FIELDS.get(settlement, ())}
        for name in set(self.fields) - kept:
            del self.fields[name]
        if settlement == Settlement.CORRECT and difference.line is not None:
            self.fields["id_number"].help_text = _("还是本人的，照填本人的号码")
        if settlement in (Settlement.RETURN, Settlement.REFUND):
            self.fields["paid_on"].label, self.fields["voucher"].label = _("退款日期"), _("退款凭证号")
        # A tick says there was no payment at all; else the whole corrected row is needed.
        is_void = settlement == Settlement.CORRECT and bool(self.data.get("is_void"))
        for name in _NEEDED.get(settlement, ()):
            self.fields[name].required = not is_void

    def terms(self) -> Terms:
        """The terms of this way."""
        given = {name: self.cleaned_data.get(name) for name in _FIELDS.get(self.settlement, ())}
        return Terms(**{name: value for name, value in given.items() if value})


_FIELDS: dict[str, tuple[str, ...]] = {
    Settlement.CORRECT: ("is_void", "id_number", "name", "amount_fen", "paid_on", "voucher"),
    Settlement.WITHDRAW: ("left_reason", "event_on"),
    Settlement.RETURN: ("paid_on", "voucher"),
    Settlement.REFUND: ("paid_on", "voucher"),
}
_NEEDED: dict[str, tuple[str, ...]] = {
    Settlement.CORRECT: ("id_number", "amount_fen", "paid_on", "voucher"),
    Settlement.WITHDRAW: ("left_reason", "event_on"),
    Settlement.GIVE_UP: ("reason",),
}


# What is offered for many at once, in the words of the office.
REPEAT_WAYS = [
    (Settlement.CORRECT, gettext_lazy("税务没有这些款（同一份文件传了两次）：这些行作废，冲回登记")),
    (Settlement.RETURN, gettext_lazy("真的缴了两次：多缴的款退回村集体")),
]


class RepeatsForm(forms.Form):
    """One way out for all repeats of a notice; `count` is how many the page showed."""

    settlement = forms.ChoiceField(label=gettext_lazy("办法"), choices=REPEAT_WAYS, widget=forms.RadioSelect)
    reason = forms.CharField(label=gettext_lazy("说明"), max_length=REMARK_TEXT)
    count = forms.IntegerField(widget=forms.HiddenInput)
