"""The acts on donors and their pools: register, open a pool, record money that came, give money back.

Source: CS-15, JN-08, JN-18, NX-09, A-55.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.access import require_area, require_role
from core.calendar import day_text
from core.errors import BusinessDateRefused, InvalidInput, NotInArea, PensionError, RuleViolation
from core.identity import read_uscc
from core.lengths import NAME_TEXT, PAYER_TEXT, PHONE_TEXT, REMARK_TEXT, VOUCHER_TEXT
from core.models.area import AreaModel
from core.money import yuan_text
from core.workflow import By, Effect, require_text, run_creation, run_step
from core.years import YEARS
from ledger.enums import Source
from policies.parameters import SPONSOR_KINDS
from policies.selectors import rulebook
from subsidies.enums import PoolEntryKind, PoolPaper
from subsidies.models import Donor, Pool, PoolEntry
from subsidies.rules.closing import require_year_open
from subsidies.rules.judged import require_none_refuses
from subsidies.rules.pools import CHARITY, INDIVIDUAL, PoolFacts, judge_gift
from subsidies.services.attachments import Paper, keep_paper
from subsidies.services.pools import keep_columns, pool_clause, write_entry
from subsidies.workflow import donations as steps
from villages.models import CollectiveOrganisation, Region

NAME_LENGTH, CONTACT_LENGTH, PHONE_LENGTH = PAYER_TEXT, VOUCHER_TEXT, PHONE_TEXT
PURPOSE_LENGTH, NUMBER_LENGTH, VOUCHER_LENGTH, NOTE_LENGTH = REMARK_TEXT, NAME_TEXT, VOUCHER_TEXT, REMARK_TEXT


@dataclass(frozen=True, slots=True)
class DonorContent:
    """Who gives. A body needs its unified social credit code, a person only his name."""

    kind: str
    name: str
    uscc: str = ""
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PoolContent:
    """What is given for whom: donor, organisation, plan year, custody and the agreement it rests on."""

    donor: int
    organisation: int
    year: int
    custody: str
    charity_name: str = ""
    charity_uscc: str = ""
    purpose: str = ""
    agreement_number: str = ""
    agreed_on: date | None = None


@dataclass(frozen=True, slots=True)
class MoneyMoved:
    """A payment to or from a pool: sum in fen, day and voucher."""

    amount_fen: int
    moved_on: date
    voucher: str
    note: str = ""


def register_donor(region_code: str, *, by: By, content: DonorContent) -> Donor:
    """Enter a donor in the register of a village, or of the county where the agency does so.

    Raises InvalidInput for a wrong code (E-USCC) or a donor that stands there already. Source: JN-18.
    """
    place = Region.objects.filter(code=region_code).first()
    if place is None:
        raise NotInArea

    def create() -> tuple[Donor, Effect]:
        fields = _donor_fields(content)
        Region.objects.select_for_update(no_key=True, of=("self",)).get(pk=place.pk)
        _require_new(place, fields)
        donor = Donor.objects.create(
            **fields, registered_by=by.actor, registered_on=by.on, **place.area_codes()
        )
        return donor, Effect(figures={"kind": donor.kind})

    return run_creation(steps.REGISTER_DONOR, place, by=by, create=create)


def change_donor(donor_id: int, *, by: By, content: DonorContent) -> Donor:
    """Correct what is known of a donor; its kind stays once it has a pool."""

    def effect(donor: Donor) -> Effect:
        fields = _donor_fields(content)
        if fields["kind"] != donor.kind and donor.pools.exists():
            message = _("已经有专款的资助方不能改种类，请另行登记。")
            raise InvalidInput(message, fields={"kind": [message]})
        _require_new(donor, fields, but=donor.pk)
        for name, value in fields.items():
            setattr(donor, name, value)
        return Effect(changed=tuple(fields))

    return run_step(steps.CHANGE_DONOR, Donor.objects.all(), donor_id, by=by, effect=effect)


def _donor_fields(content: DonorContent) -> dict[str, str]:
    if content.kind not in SPONSOR_KINDS:
        message = _("请选择资助方的种类。")
        raise InvalidInput(message, fields={"kind": [message]})
    name = _short("name", require_text(content.name, _("请填写资助方名称。"), name="name"), NAME_LENGTH)
    code = ""
    if content.kind != INDIVIDUAL:
        code = _code("uscc", require_text(content.uscc, _("单位须填统一社会信用代码。"), name="uscc"))
    return {
        "kind": content.kind,
        "name": name,
        "uscc": code,
        "contact": _short("contact", content.contact, CONTACT_LENGTH),
        "phone": _short("phone", content.phone, PHONE_LENGTH),
    }


def _code(name: str, text: str) -> str:
    try:
        return read_uscc(text)
    except PensionError as error:
        raise InvalidInput(error.message, code=error.code, fields={name: [error.message]}) from error


def _short(name: str, text: str, most: int) -> str:
    text = text.strip()
    if len(text) > most:
        message = _("最多%(n)d个字") % {"n": most}
        raise InvalidInput(message + "。", fields={name: [message]})
    return text


def _require_new(place: AreaModel | Region, fields: dict[str, str], *, but: int | None = None) -> None:
    codes = place.area_codes()
    same = Donor.objects.filter(county_code=codes["county_code"], village_code=codes["village_code"])
    known = {"uscc": fields["uscc"]} if fields["uscc"] else {"uscc": "", "name": fields["name"]}
    other = same.filter(**known).exclude(pk=but).first()
    if other is not None:
        message = _("这个资助方已经登记过（%(name)s），请直接使用。") % {"name": other.name}
        raise InvalidInput(message, fields={"uscc" if fields["uscc"] else "name": [message]}, donor=other.pk)


# Pools


def open_pool(*, by: By, content: PoolContent) -> Pool:
    """Open the earmarked pool of one gift for an organisation and plan year.

    Raises RuleViolation E-SOURCE where the rulebook of the day does not take this kind of donor or this custody,
    E-CUSTODY for a charity without name or code, E-YEAR-CLOSED for a year that was closed; InvalidInput, NotInArea.
    Source: CS-15, JN-08, NX-09, A-17, A-73.
    """
    organisation = CollectiveOrganisation.objects.filter(pk=content.organisation).first()
    if organisation is None:
        raise NotInArea

    def create() -> tuple[Pool, Effect]:
        donor = _donor(content.donor, organisation, by)
        # No plan of a closed year could spend it.
        require_year_open(organisation.county_code, content.year)
        require_gift_allowed(organisation, donor=donor, content=content, by=by)
        pool = Pool.objects.create(
            source=Source.SPONSOR,
            organisation=organisation,
            donor=donor,
            **_pool_fields(content, by),
            opened_by=by.actor,
            opened_on=by.on,
            **organisation.area_codes(),
        )
        return pool, Effect(figures={"year": pool.year, "donor": donor.pk, "custody": pool.custody})

    return run_creation(steps.OPEN_POOL, organisation, by=by, create=create)


def _donor(donor_id: int, organisation: CollectiveOrganisation, by: By) -> Donor:
    donor = Donor.objects.filter(pk=donor_id).first()
    if donor is None:
        raise NotInArea
    require_area(by.actor, donor)
    elsewhere = donor.village_code and donor.village_code != organisation.village_code
    if elsewhere or donor.county_code != organisation.county_code:
        message = _("这个资助方是别的村登记的，请为本村另行登记，或者请社保经办机构按全区县登记。")
        raise InvalidInput(message, fields={"donor": [message]})
    return donor


def require_gift_allowed(
    organisation: CollectiveOrganisation, *, donor: Donor, content: PoolContent, by: By
) -> None:
    """Raise RuleViolation (E-SOURCE, E-CUSTODY) where the rulebook of the day does not take such a gift."""
    rules = rulebook(organisation.village_code, on=by.on)
    facts = PoolFacts(donor.kind, content.custody, content.charity_name, content.charity_uscc, 0)
    require_none_refuses(judge_gift(facts, rules))


def _pool_fields(content: PoolContent, by: By) -> dict[str, object]:
    if content.year not in YEARS:
        message = _("年度要写成四位数")
        raise InvalidInput(message, fields={"year": [message]})
    if content.agreed_on is not None and content.agreed_on > by.on:
        message = _("协议日期不能晚于业务日期%(on)s。") % {"on": day_text(by.on)}
        raise InvalidInput(message, fields={"agreed_on": [message]})
    is_charity = content.custody == CHARITY
    return {
        "year": content.year,
        "custody": content.custody,
        "charity_name": _short("charity_name", content.charity_name, NAME_LENGTH) if is_charity else "",
        "charity_uscc": _code("charity_uscc", content.charity_uscc)
        if is_charity and content.charity_uscc.strip()
        else "",
        "purpose": _short(
            "purpose", require_text(content.purpose, _("请写明用途。"), name="purpose"), PURPOSE_LENGTH
        ),
        "agreement_number": _short("agreement_number", content.agreement_number, NUMBER_LENGTH),
        "agreed_on": content.agreed_on,
    }


def receive_money(pool_id: int, *, by: By, money: MoneyMoved, paper: Paper | None = None) -> Pool:
    """Record a donor's payment into his pool, once for each voucher.

    Raises InvalidInput for a sum that is none, a day after the business date, a voucher recorded before;
    RuleViolation E-SOURCE where such gifts are no longer taken.
    """

    def effect(pool: Pool) -> Effect:
        _require_sponsored(pool)
        _require_still_allowed(pool, by)
        key = f"income:{pool.pk}:{_require_payment(money, by)}"
        if PoolEntry.objects.filter(cause_key=key).exists():
            message = _("凭证%(voucher)s已经登记过，不能重复登记。") % {"voucher": money.voucher.strip()}
            raise InvalidInput(message, code="E-VOUCHER", fields={"voucher": [message]})
        return _move(pool, PoolEntryKind.INCOME, money, key=key, by=by, paper=paper)

    return run_step(steps.RECEIVE_MONEY, _pools(), pool_id, by=by, effect=effect)


def return_money(pool_id: int, *, by: By, money: MoneyMoved, paper: Paper | None) -> Pool:
    """Give money of a pool back to the donor on his written claim (退还资助人).

    Only what is neither reserved nor paid. Raises RuleViolation E-DOC-MISSING without the claim, E-POOL beyond the
    balance; InvalidInput as `receive_money`. Source: A-55.
    """

    def effect(pool: Pool) -> Effect:
        _require_sponsored(pool)
        if paper is None:
            message = _("缺少必备材料：资助人的书面申请。请扫描上传后再办。")
            raise RuleViolation(message, code="E-DOC-MISSING", rows=[str(PoolPaper.CLAIM.label)])
        key = f"returned:{pool.pk}:{_require_payment(money, by)}"
        if PoolEntry.objects.filter(cause_key=key).exists():
            message = _("凭证%(voucher)s已经登记过，不能重复登记。") % {"voucher": money.voucher.strip()}
            raise InvalidInput(message, code="E-VOUCHER", fields={"voucher": [message]})
        _require_unspent(pool, money.amount_fen, by)
        return _move(pool, PoolEntryKind.RETURNED, money, key=key, by=by, paper=paper)

    return run_step(steps.RETURN_MONEY, _pools(), pool_id, by=by, effect=effect)


def _pools():  # type: ignore[no-untyped-def]
    return Pool.objects.select_related("organisation", "donor")


def _require_sponsored(pool: Pool) -> None:
    if not pool.is_sponsored:
        raise InvalidInput(_("这是村集体自己安排的专款，随方案的资金来源增减，不在这里登记收支。"))


def _require_still_allowed(pool: Pool, by: By) -> None:
    assert pool.donor is not None
    rules = rulebook(pool.village_code, on=by.on)
    facts = PoolFacts(pool.donor.kind, pool.custody, pool.charity_name, pool.charity_uscc, 0)
    require_none_refuses(judge_gift(facts, rules))


def _require_payment(money: MoneyMoved, by: By) -> str:
    """The voucher of a payment that can be; raises InvalidInput beside the field that is wrong."""
    faults: dict[str, list[str]] = {}
    voucher = money.voucher.strip()
    if money.amount_fen <= 0:
        faults["amount_fen"] = [_("金额须大于0元")]
    if not voucher or len(voucher) > VOUCHER_LENGTH:
        faults["voucher"] = [_("请填写凭证号，最多%(n)d个字") % {"n": VOUCHER_LENGTH}]
    if len(money.note.strip()) > NOTE_LENGTH:
        faults["note"] = [_("最多%(n)d个字") % {"n": NOTE_LENGTH}]
    if faults:
        raise InvalidInput("；".join(s for lines in faults.values() for s in lines) + "。", fields=faults)
    if money.moved_on > by.on:
        raise BusinessDateRefused(
            _("收付日期%(day)s在业务日期%(on)s以后，请核对。")
            % {"day": day_text(money.moved_on), "on": day_text(by.on)}
        )
    return voucher


def _require_unspent(pool: Pool, amount_fen: int, by: By) -> None:
    if amount_fen > pool.balance_fen:
        words = {"asked": yuan_text(amount_fen), "left": yuan_text(pool.balance_fen)}
        raise RuleViolation(
            _("专款余额%(left)s元，不够退还%(asked)s元；已经占用和缴款的不能退还。") % words,
            code="E-POOL",
            clause=pool_clause(pool, rulebook(pool.village_code, on=by.on)),
            left_fen=pool.balance_fen,
            over_fen=amount_fen - pool.balance_fen,
        )


def _move(
    pool: Pool, kind: PoolEntryKind, money: MoneyMoved, *, key: str, by: By, paper: Paper | None
) -> Effect:
    write_entry(
        pool, kind, money.amount_fen, by=by, cause_key=key, on=money.moved_on,
        voucher=money.voucher.strip(), note=money.note.strip(),
    )  # fmt: skip
    keep_columns(pool)
    if paper is not None:
        keep_paper(pool, by=by, paper=paper)
    return Effect(amount_fen=money.amount_fen, figures={"balance_fen": pool.balance_fen}, note=money.note)


def attach_agreement(pool_id: int, *, by: By, paper: Paper) -> Pool:
    """Keep a scan of the gift agreement with its pool."""

    def effect(pool: Pool) -> Effect:
        made = keep_paper(pool, by=by, paper=paper)
        return Effect(figures={"paper": made.pk, "kind": made.kind})

    return run_step(steps.ATTACH, _pools(), pool_id, by=by, effect=effect)


def register_region(by: By) -> str:
    """The place whose register an actor writes: his village, or his county."""
    access = require_role(by.actor, steps.STEWARDS, steps.REGISTER_DONOR.label)
    assert access.area is not None
    return access.area.seat
