"""Shapes of what officers type about rewards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ConfirmedForm, FenField, PpmField
from core.money import yuan_plain
from core.years import FIRST_YEAR, LAST_YEAR
from rewards.enums import Verdict
from rewards.models import Reward
from rewards.selectors import Candidate
from rewards.services import RowDecision

VOUCHER = {"required": _("请填写凭证号")}


class ReasonForm(forms.Form):
    """Why something is sent back."""

    reason = forms.CharField(label=_("理由"), max_length=200, error_messages={"required": _("请写明理由")})


class BudgetForm(forms.Form):
    """A year's total and its document."""

    year = forms.IntegerField(label=_("补助年度"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    total_fen = FenField(label=_("预算总额"), error_messages={"required": _("请填写预算总额")})
    document = forms.CharField(
        label=_("依据文件"), max_length=120, error_messages={"required": _("请写明文件名称或文号")}
    )


class RateForm(forms.Form):
    """A decided rate and its document."""

    year = forms.IntegerField(label=_("补助年度"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    rate_ppm = PpmField(label=_("奖励比例"), error_messages={"required": _("请填写奖励比例")})
    document = forms.CharField(
        label=_("依据文件"), max_length=120, error_messages={"required": _("请写明文件名称或文号")}
    )


class ReceiveForm(forms.Form):
    """The sum that came in and its voucher."""

    amount_fen = FenField(label=_("到账金额"), error_messages={"required": _("请填写到账金额")})
    voucher = forms.CharField(label=_("到账凭证号"), max_length=40, error_messages=VOUCHER)


class VoucherForm(ConfirmedForm):
    """A payment's voucher, after the last look."""

    voucher = forms.CharField(label=_("拨付凭证号"), max_length=40, error_messages=VOUCHER)
    unticked = _("请先核对收款账户和金额，再打勾确认。")


class DocumentForm(forms.Form):
    """How an offset is closed, on which document."""

    way = forms.ChoiceField(label=_("办法"), choices=[("repay", _("已退回财政")), ("waive", _("核销"))])
    document = forms.CharField(
        label=_("凭证或文件"), max_length=120, error_messages={"required": _("请写明凭证号或文件")}
    )


class DetermineForm(ConfirmedForm):
    """A sum for each row, its cap unless changed."""

    unticked = _("请先核对村数和金额，再打勾确认。")

    def __init__(self, data: Any, *, rows: list[Reward]) -> None:
        super().__init__(data)
        self.rows = rows
        for row in rows:
            self.fields[f"amount{row.pk}"] = FenField(
                label=str(row.organisation.region),
                initial=yuan_plain(row.cap_fen),
                error_messages={
                    "required": _("%(village)s：请填写核定金额") % {"village": row.organisation.region}
                },
            )

    def amounts(self) -> dict[int, int | None]:
        """reward → fen."""
        return {row.pk: self.cleaned_data[f"amount{row.pk}"] for row in self.rows}


class DecisionsForm(forms.Form):
    """Finance's word on each row: the verdict, and the sum and reason that go with it."""

    def __init__(self, data: Any, *, rows: list[Reward]) -> None:
        super().__init__(data)
        self.rows = rows
        for row in rows:
            self.fields[f"v{row.pk}"] = forms.ChoiceField(
                choices=[("", ""), *Verdict.choices], initial=Verdict.APPROVE, required=False
            )
            self.fields[f"a{row.pk}"] = FenField(
                required=False, label=_("%(village)s核减为") % {"village": row.organisation.region}
            )
            self.fields[f"r{row.pk}"] = forms.CharField(required=False, max_length=200)
            self.fields[f"t{row.pk}"] = forms.CharField(required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """A reduction has a sum below what was asked and a reason; a return has a reason."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for row in self.rows:
            village, asked = row.organisation.region, row.payable_fen or 0
            verdict, amount = data.get(f"v{row.pk}"), data.get(f"a{row.pk}")
            if (
                verdict == Verdict.REDUCE
                and f"a{row.pk}" not in self.errors
                and not (amount and amount < asked)
            ):
                words = {"village": village, "asked": yuan_plain(asked)}
                self.add_error(f"a{row.pk}", _("%(village)s：核减后的金额应小于%(asked)s元") % words)
            if verdict == Verdict.REDUCE and not data.get(f"r{row.pk}"):
                self.add_error(f"r{row.pk}", _("%(village)s：请写明核减的理由") % {"village": village})
            if verdict == Verdict.RETURN and not data.get(f"t{row.pk}"):
                self.add_error(f"t{row.pk}", _("%(village)s：请写明退回的理由") % {"village": village})
        return data

    def decisions(self) -> list[RowDecision]:
        """The rows decided, as the service takes them."""
        found = []
        for row in self.rows:
            verdict = self.cleaned_data[f"v{row.pk}"]
            if verdict:
                found.append(self._decision(row, verdict))
        return found

    def _decision(self, row: Reward, verdict: str) -> RowDecision:
        data = self.cleaned_data
        if verdict == Verdict.REDUCE:
            return RowDecision(row.pk, verdict, data[f"a{row.pk}"], data[f"r{row.pk}"])
        return RowDecision(row.pk, verdict, reason=data[f"t{row.pk}"] if verdict == Verdict.RETURN else "")

    def boxes(self) -> list[dict[str, Any]]:
        """Row by row what the page draws: the row, its fields as typed, and their faults."""
        return [
            {
                "row": row,
                "verdict": self[f"v{row.pk}"].value(),
                "amount": self[f"a{row.pk}"].value() or "",
                "reason": self[f"r{row.pk}"].value() or "",
                "back": self[f"t{row.pk}"].value() or "",
                "errors": [e for n in "vart" for e in self.errors.get(f"{n}{row.pk}", [])],
            }
            for row in self.rows
        ]


class CommendForm(ConfirmedForm):
    """Which organisations to commend, of those that subsidised, and what for."""

    remark = forms.CharField(
        label=_("事迹"),
        max_length=300,
        required=False,
        help_text=_("写在通报里，如“连续两年补助全体参保成员”"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    unticked = _("请先核对组织、人数和金额，再打勾确认。")

    def __init__(self, data: Any, *, candidates: list[Candidate]) -> None:
        super().__init__(data)
        asked = data.getlist("organisation") if data is not None else []
        known = {str(one.organisation.pk) for one in candidates}
        self.chosen = [int(pk) for pk in asked if pk in known]

    def clean(self) -> dict[str, Any]:
        """Refuse where nobody is ticked."""
        if not self.chosen:
            raise forms.ValidationError(_("请先勾选要表扬的村集体经济组织。"))
        return super().clean()
