"""Forms of refunds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ConfirmedForm, DateInput, FenField
from policies.selectors import Rulebook
from subsidies.enums import Payee
from subsidies.rules.pools import payee_of_sponsor_money
from subsidies.rules.refunds import RefundRequest, evidence_of, payee_of, reasons
from subsidies.services.attachments import Paper

EVIDENCE = "evidence"


class RefundForm(forms.Form):
    """What the village asks: reason, day of the event, amount, payee, evidence."""

    reason = forms.ChoiceField(label=_("退费原因"), error_messages={"required": _("请选择退费原因")})
    event_on = forms.DateField(
        label=_("事由发生日期"), widget=DateInput, error_messages={"required": _("请填写事由发生日期")}
    )
    amount = FenField(label=_("退费金额"), help_text=_("空着时退还全部可退金额"), required=False)
    reason_text = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=200,
        help_text=_("原因选“其他”时须写明"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    payee_name = forms.CharField(
        label=_("收款户名"), required=False, max_length=100, help_text=_("退给本人时填写，空着为本人姓名")
    )
    payee_bank = forms.CharField(label=_("开户行"), required=False, max_length=80)
    payee_account = forms.CharField(label=_("账号"), required=False, max_length=40)
    evidence = forms.FileField(
        label=_("证明材料"),
        help_text=_("PDF、JPG或PNG，最大10MB；须交什么见上面的退费原因"),
        error_messages={"required": _("缺少必备材料，请扫描上传后再提交")},
    )
    is_sealed = forms.BooleanField(label=_("材料已盖章"), required=False)

    def __init__(self, *args: Any, rules: Rulebook, is_sponsored: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (key, f"{words}（{_explained(rules, key, is_sponsored)}）")
            for key, words in reasons(rules).items()
        ]
        self.fields["evidence"].required = all(evidence_of(rules, reason) for reason in reasons(rules))
        self.fields["reason"].choices = [("", _("请选择")), *choices]  # type: ignore[attr-defined]

    def request_of(self) -> RefundRequest:
        """The request as the service takes it."""
        data = self.cleaned_data
        return RefundRequest(
            reason=data["reason"],
            event_on=data["event_on"],
            amount_fen=data["amount"],
            reason_text=data["reason_text"],
            payee_name=data["payee_name"],
            payee_bank=data["payee_bank"],
            payee_account=data["payee_account"],
        )

    def papers(self) -> list[Paper]:
        """The scanned evidence, if any."""
        upload = self.cleaned_data["evidence"]
        if not upload:
            return []
        return [Paper(EVIDENCE, upload.name, upload.read(), is_sealed=self.cleaned_data["is_sealed"])]


def _explained(rules: Rulebook, reason: str, is_sponsored: bool) -> str:
    payee = _PAYEES[payee_of_sponsor_money(rules) if is_sponsored else payee_of(rules, reason)]
    evidence = evidence_of(rules, reason)
    return (
        _("%(payee)s，须交%(evidence)s") % {"payee": payee, "evidence": evidence} if evidence else str(payee)
    )


_PAYEES = {
    Payee.PERSON: _("退给本人"),
    Payee.ORGANISATION: _("退给村集体"),
    Payee.POOL: _("退回资助专款"),
    Payee.SPONSOR: _("退给资助人"),
}


class PaidForm(ConfirmedForm):
    """The paying back: voucher and day."""

    voucher = forms.CharField(
        label=_("退款凭证号"), max_length=40, error_messages={"required": _("请填写退款凭证号")}
    )
    paid_on = forms.DateField(
        label=_("退款日期"), widget=DateInput, error_messages={"required": _("请填写退款日期")}
    )
    unticked = _("请先核对收款人和金额，再打勾确认。")


class RefuseForm(forms.Form):
    """Why not."""

    reason = forms.CharField(
        label=_("不予退费的理由"), max_length=200, error_messages={"required": _("请写明不予退费的理由")}
    )
