"""Forms of donors and pools."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.forms import ConfirmedForm, DateInput, FenField
from core.models import User
from core.years import FIRST_YEAR, LAST_YEAR
from policies.selectors import Rulebook
from subsidies.enums import PoolPaper
from subsidies.selectors.donations import custodies_allowed, donors_for, kinds_allowed
from subsidies.services.attachments import Paper
from subsidies.services.donations import DonorContent, MoneyMoved, PoolContent
from villages.models import CollectiveOrganisation

NO_PAPER = gettext_lazy("PDF、JPG或PNG，最大10MB")


class DonorForm(forms.Form):
    """Who gives: a body with its code, or a person by name."""

    kind = forms.ChoiceField(label=gettext_lazy("资助方种类"), widget=forms.RadioSelect)
    name = forms.CharField(
        label=gettext_lazy("名称（姓名）"),
        max_length=100,
        error_messages={"required": gettext_lazy("请填写资助方名称")},
    )
    uscc = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        max_length=24,
        required=False,
        help_text=gettext_lazy("单位必填，18位，照登记证书填；个人不填"),
    )
    contact = forms.CharField(label=gettext_lazy("联系人"), max_length=40, required=False)
    phone = forms.CharField(label=gettext_lazy("联系电话"), max_length=30, required=False)

    def __init__(self, *args: Any, rules: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds_allowed(rules)  # type: ignore[attr-defined]

    def content(self) -> DonorContent:
        """What is known of the donor, as the service takes it."""
        return DonorContent(**self.cleaned_data)


class PoolForm(forms.Form):
    """One gift: whose, for which year, who keeps it, and the agreement."""

    donor = forms.ChoiceField(
        label=gettext_lazy("资助方"), error_messages={"required": gettext_lazy("请选择资助方")}
    )
    year = forms.IntegerField(label=gettext_lazy("补助年度"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    custody = forms.ChoiceField(label=gettext_lazy("资金由谁管理"), widget=forms.RadioSelect)
    charity_name = forms.CharField(
        label=gettext_lazy("慈善组织名称"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("由慈善组织管理的填"),
    )
    charity_uscc = forms.CharField(
        label=gettext_lazy("慈善组织统一社会信用代码"),
        max_length=24,
        required=False,
        help_text=gettext_lazy("由慈善组织管理的填，18位"),
    )
    purpose = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=200,
        help_text=gettext_lazy("协议写明资助谁、资助什么，如：资助本村低保对象参保缴费"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    agreement_number = forms.CharField(label=gettext_lazy("资助协议编号"), max_length=60, required=False)
    agreed_on = forms.DateField(label=gettext_lazy("协议日期"), widget=DateInput, required=False)
    agreement = forms.FileField(label=gettext_lazy("资助协议扫描件"), required=False, help_text=NO_PAPER)

    def __init__(
        self,
        *args: Any,
        rules: Rulebook,
        organisation: CollectiveOrganisation,
        actor: User,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        rows = donors_for(organisation, actor).values_list("pk", "name")
        self.fields["donor"].choices = [("", gettext_lazy("请选择")), *((str(pk), name) for pk, name in rows)]  # type: ignore[attr-defined]
        allowed = custodies_allowed(rules)
        self.fields["custody"].choices = allowed  # type: ignore[attr-defined]
        if len(allowed) == 1:
            self.fields["custody"].initial = allowed[0][0]

    def content(self) -> PoolContent:
        """The gift as the service takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "agreement"}
        data["donor"] = int(data["donor"])
        return PoolContent(organisation=self.organisation.pk, **data)

    def paper(self) -> Paper | None:
        """The scanned agreement, if any."""
        return _scan(self.cleaned_data["agreement"], PoolPaper.AGREEMENT)


class MoneyForm(forms.Form):
    """A payment into a pool."""

    amount_fen = FenField(label=gettext_lazy("收到金额"))
    moved_on = forms.DateField(label=gettext_lazy("收款日期"), widget=DateInput)
    voucher = forms.CharField(
        label=gettext_lazy("凭证号"),
        max_length=40,
        help_text=gettext_lazy("银行回单或收据的编号，同一张凭证只能登记一次"),
    )
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)
    scan = forms.FileField(label=gettext_lazy("收款凭证扫描件"), required=False, help_text=NO_PAPER)
    paper_kind = PoolPaper.RECEIPT

    def money(self) -> MoneyMoved:
        """The payment as the service takes it."""
        data = self.cleaned_data
        return MoneyMoved(data["amount_fen"], data["moved_on"], data["voucher"], data["note"])

    def paper(self) -> Paper | None:
        """The scan, if any."""
        return _scan(self.cleaned_data["scan"], self.paper_kind)


class ReturnForm(ConfirmedForm, MoneyForm):
    """Money that goes back to the donor, on his written claim."""

    unticked = gettext_lazy("请先核对收款人和金额，再打勾确认。")
    paper_kind = PoolPaper.CLAIM
    field_order = ("amount_fen", "moved_on", "voucher", "note", "scan", "confirmed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_fen"].label = gettext_lazy("退还金额")
        self.fields["moved_on"].label = gettext_lazy("退还日期")
        self.fields["scan"].label = gettext_lazy("资助人的书面申请")
        self.fields["scan"].required = True
        self.fields["scan"].error_messages["required"] = gettext_lazy("须有资助人的书面申请，请扫描上传")


class PaperForm(forms.Form):
    """A scan for a pool that is open already."""

    kind = forms.ChoiceField(label=gettext_lazy("材料"), choices=PoolPaper.choices)
    scan = forms.FileField(label=gettext_lazy("扫描件"), help_text=NO_PAPER)

    def paper(self) -> Paper:
        """The scan as the service takes it."""
        made = _scan(self.cleaned_data["scan"], self.cleaned_data["kind"])
        assert made is not None
        return made


def _scan(upload: Any, kind: str) -> Paper | None:
    return Paper(str(kind), upload.name, upload.read(), is_sealed=True) if upload else None
