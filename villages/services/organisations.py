"""Collective organisations: their particulars and their yearly income."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.errors import InvalidInput, NotInArea, beside
from core.identity import read_bank_account, read_uscc
from core.money import yuan_text
from core.workflow import By, Effect, run_creation, run_step
from villages import workflow
from villages.enums import RegionLevel
from villages.models import CollectiveOrganisation, OrganisationIncome, Region
from villages.selectors.accounts import ACCOUNT_FIELDS
from villages.services.accounts import propose_account


def register_organisation(region_code: str, *, by: By, name: str, **fields: Any) -> CollectiveOrganisation:
    """Register the organisation of a village; raises InvalidInput where the village has one already.

    Its bank account is proposed with it and counts when another person has confirmed it.
    """
    region = Region.objects.filter(code=region_code, level=RegionLevel.VILLAGE).first()
    if region is None:
        raise InvalidInput(_("请选择一个村（社区）。"), fields={"region": [_("请选择一个村（社区）。")]})
    checked, account, _reason = _checked(fields)

    def create() -> tuple[CollectiveOrganisation, Effect]:
        if CollectiveOrganisation.objects.filter(region=region).exists():
            message = _("这个村已经登记了集体经济组织。")
            raise InvalidInput(message, fields={"region": [message]})
        made = CollectiveOrganisation.objects.create(
            region=region, name=name, **({"registered_on": by.on} | checked), **region.area_codes()
        )
        propose_account(made, by=by.within(), account=account, reason=_("登记组织时填写"))
        return made, Effect()

    return run_creation(workflow.KEEP_ORGANISATION, region, by=by, create=create)


def change_organisation(organisation_id: int, *, by: By, **fields: Any) -> CollectiveOrganisation:
    """Change particulars of an organisation (names, telephone); another bank account is only proposed.

    Raises InvalidInput beside `account_reason` where another account has no reason.
    """
    checked, account, reason = _checked(fields)

    def effect(organisation: CollectiveOrganisation) -> Effect:
        for field, value in checked.items():
            setattr(organisation, field, value)
        propose_account(organisation, by=by.within(), account=account, reason=reason)
        return Effect(changed=tuple(checked), figures={"fields": sorted(checked)})

    queryset = CollectiveOrganisation.objects.all()
    return run_step(workflow.KEEP_ORGANISATION, queryset, organisation_id, by=by, effect=effect)


def _checked(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], str]:
    """What may be written at once, the account to be proposed, and why."""
    checked = dict(fields)
    reason = checked.pop("account_reason", "")
    if checked.get("uscc"):
        with beside("uscc"):
            checked["uscc"] = read_uscc(checked["uscc"])
    if checked.get("bank_account"):
        with beside("bank_account"):
            checked["bank_account"] = read_bank_account(checked["bank_account"])
    account = {name: checked.pop(name) for name in ACCOUNT_FIELDS if name in checked}
    return checked, account, reason


def declare_income(
    organisation_id: int,
    *,
    by: By,
    year: int,
    disposable_fen: int,
    operating_income_fen: int = 0,
    reserve_fen: int = 0,
) -> OrganisationIncome:
    """Declare the disposable income of a year, after 公积公益金 (A-65); a second declaration corrects the first.

    Raises InvalidInput where more is declared than is left of the operating income. Source: LAW-02.
    """
    organisation = CollectiveOrganisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        raise NotInArea
    if disposable_fen < 0 or reserve_fen < 0 or operating_income_fen < 0:
        raise InvalidInput(_("收益不能是负数。"), fields={"disposable_fen": [_("不能是负数。")]})
    left = operating_income_fen - reserve_fen
    if operating_income_fen and disposable_fen > left:
        message = _("可支配收益不能超过经营收入减去公积公益金以后的%(left)s元。") % {
            "left": yuan_text(max(left, 0))
        }
        raise InvalidInput(message, fields={"disposable_fen": [message], "disposable": [message]})
    if not date.min.year < year <= by.on.year:
        raise InvalidInput(_("年度不能晚于业务日期所在的年度。"), fields={"year": [_("年度不对。")]})

    def create() -> tuple[OrganisationIncome, Effect]:
        row = OrganisationIncome.objects.update_or_create(
            organisation=organisation,
            year=year,
            defaults={
                "disposable_fen": disposable_fen,
                "operating_income_fen": operating_income_fen,
                "reserve_fen": reserve_fen,
                "declared_by": by.actor,
                "declared_on": by.on,
                **organisation.area_codes(),
            },
        )[0]
        return row, Effect(amount_fen=disposable_fen, figures={"year": year})

    return run_creation(workflow.DECLARE_INCOME, organisation, by=by, create=create)
