"""Forms of organisations, staff and members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.forms import DateInput
from core.models import User
from villages.enums import Role, StatusKind
from villages.models import CollectiveOrganisation
from villages.person_kinds import person_kind_choices
from villages.selectors.regions import organisations_within, regions_within
from villages.zones import regions_of_zones


class OrganisationForm(forms.Form):
    """Particulars of a collective organisation."""

    name = forms.CharField(label=_("组织名称"), max_length=100)
    uscc = forms.CharField(
        label=_("统一社会信用代码"), max_length=20, required=False, help_text=_("18位，村级多以N2开头")
    )
    legal_representative = forms.CharField(label=_("法定代表人"), max_length=40, required=False)
    responsible_person = forms.CharField(
        label=_("党组织负责人"),
        max_length=40,
        required=False,
        help_text=_("方案打印件上要写"),
    )
    phone = forms.CharField(label=_("联系电话"), max_length=20, required=False)
    address = forms.CharField(label=_("地址"), max_length=120, required=False)
    bank_name = forms.CharField(label=_("开户银行"), max_length=80, required=False)
    account_name = forms.CharField(label=_("户名"), max_length=100, required=False)
    bank_account = forms.CharField(
        label=_("银行账号"),
        max_length=40,
        required=False,
        help_text=_("只显示后四位；已经登记、不用改的空着。户名、开户银行、账号要另一人复核后才改"),
    )
    account_reason = forms.CharField(
        label=_("变更收款账户的理由和依据"),
        max_length=200,
        required=False,
        help_text=_("改了户名、开户银行或账号的才填"),
    )

    def changes(self) -> dict[str, Any]:
        """What to store: an empty bank account means that it stays."""
        data = dict(self.cleaned_data)
        if not data["bank_account"]:
            del data["bank_account"]
        return data


class NewOrganisationForm(OrganisationForm):
    """Registration: the village is chosen among those of the area without an organisation."""

    account_reason = None  # type: ignore[assignment]
    region = forms.ChoiceField(label=_("村（社区）"))
    field_order = ["region"]

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = regions_within(actor).filter(level="village").select_related("parent", "organisation")
        choices = {r.code: (f"{r.parent} {r}", hasattr(r, "organisation")) for r in places}
        field: Any = self.fields["region"]
        # A form sent twice still names its village: the service knows the request, or says that it is taken.
        field.choices = [(code, label) for code, (label, _taken) in choices.items()]
        field.widget.choices = [(code, label) for code, (label, taken) in choices.items() if not taken]


# Between the code of a region and the name of a zone in it.
ZONE_SIGN = "/"


class NewStaffForm(forms.Form):
    """A new account."""

    username = forms.CharField(label=_("账号"), max_length=30, help_text=_("登录用，字母和数字"))
    display_name = forms.CharField(label=_("姓名"), max_length=40)
    password = forms.CharField(
        label=_("初始密码"), widget=forms.PasswordInput, help_text=_("至少10位，不能全是数字；本人登录后再改")
    )
    region = forms.ChoiceField(label=_("管辖范围"))
    roles = forms.MultipleChoiceField(
        label=_("岗位"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = list(regions_within(actor).select_related("parent"))
        names = {r.code: f"{r.parent} {r}" if r.parent else str(r) for r in places}
        self.fields["region"].choices = [*_zone_choices(actor, names), *names.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A zone is chosen together with the region whose towns it handles."""
        data = super().clean() or {}
        region, _sign, zone = data.get("region", "").partition(ZONE_SIGN)
        return data | ({"region": region, "zone": zone} if region else {})


def _zone_choices(actor: User, names: dict[str, str]) -> list[tuple[str, str]]:
    area = actor.access.area
    zones = regions_of_zones(area.code, on=timezone.localdate()) if area and not area.towns else {}
    return [
        (
            f"{code}{ZONE_SIGN}{zone}",
            _("%(county)s %(zone)s（功能区）") % {"county": names[code], "zone": zone},
        )
        for zone, code in zones.items()
        if code in names
    ]


class StaffForm(forms.Form):
    """What an administrator may change of an account."""

    display_name = forms.CharField(label=_("姓名"), max_length=40)
    roles = forms.MultipleChoiceField(
        label=_("岗位"), choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    backdate_days = forms.IntegerField(
        label=_("可补录天数"),
        min_value=0,
        max_value=3660,
        required=False,
        help_text=_("空着按政策文件给本岗位规定的天数；没有规定的，只能办当天的"),
    )
    is_active = forms.BooleanField(label=_("可以登录"), required=False)
    reason = forms.CharField(label=_("修改原因"), max_length=200)


class OwnPasswordForm(forms.Form):
    """One's own password: the old one, and the new one twice."""

    old_password = forms.CharField(label=_("原密码"), widget=forms.PasswordInput)
    new_password = forms.CharField(
        label=_("新密码"),
        widget=forms.PasswordInput,
        help_text=_("至少10位，不能全是数字，不要和账号、姓名相近"),
    )
    again = forms.CharField(label=_("再输一遍新密码"), widget=forms.PasswordInput)

    def clean_again(self) -> str:
        """Both must be the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new_password", again):
            raise forms.ValidationError(_("两次输入的新密码不一样"))
        return again


class ResetPasswordForm(forms.Form):
    """A new password for somebody who forgot his."""

    password = forms.CharField(
        label=_("新密码"),
        widget=forms.PasswordInput,
        help_text=_("至少10位，不能全是数字；当面告诉本人，由本人登录后再改"),
    )
    reason = forms.CharField(label=_("重置原因"), max_length=200)


class HandOverForm(forms.Form):
    """换届: who leaves, who takes over."""

    successor_name = forms.CharField(label=_("接任人姓名"), max_length=40)
    username = forms.CharField(
        label=_("接任人账号"), max_length=30, help_text=_("给接任人新建账号，不沿用旧账号")
    )
    password = forms.CharField(
        label=_("初始密码"), widget=forms.PasswordInput, help_text=_("至少10位，不能全是数字")
    )
    legal_representative = forms.CharField(label=_("新的法定代表人"), max_length=40, required=False)
    document = forms.CharField(label=_("换届文件或会议记录"), max_length=120)


class MemberForm(forms.Form):
    """What the village keeps of a member."""

    group_name = forms.CharField(label=_("组"), max_length=20, required=False)
    person_kind = forms.ChoiceField(
        label=_("人员类别"), choices=person_kind_choices, required=False, help_text=_("目前未经认定部门核对")
    )
    phone = forms.CharField(label=_("联系电话"), max_length=20, required=False)
    remark = forms.CharField(label=_("备注"), max_length=120, required=False)


class NewMemberForm(MemberForm):
    """One member typed by hand."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    id_number = forms.CharField(label=_("公民身份号码"), max_length=24)
    field_order = ["name", "id_number"]


class StatusForm(forms.Form):
    """A death or another status of a person."""

    kind = forms.ChoiceField(
        label=_("事由"), choices=[c for c in StatusKind.choices if c[0] != StatusKind.RESTORED]
    )
    event_on = forms.DateField(label=_("发生日期"), widget=DateInput)
    source = forms.CharField(label=_("来源单位"), max_length=60, required=False)
    evidence = forms.CharField(label=_("文号或凭证"), max_length=80, required=False)


class IdentityForm(forms.Form):
    """A correction of name or number, to be confirmed by another officer."""

    name = forms.CharField(label=_("正确的姓名"), max_length=60)
    id_number = forms.CharField(label=_("正确的公民身份号码"), max_length=24)
    reason = forms.CharField(label=_("理由和依据"), max_length=200)


class MoveForm(forms.Form):
    """A move to another organisation of the area, to be confirmed by another officer."""

    organisation = forms.ModelChoiceField(CollectiveOrganisation.objects.none(), label=_("转到哪个村"))
    reason = forms.CharField(label=_("理由和依据"), max_length=200)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations_within(actor)  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """An act that needs its reason in words."""

    reason = forms.CharField(label=_("原因"), max_length=200)
