"""期初补助: subsidies granted before this system was in use, or by donors; they count in the cap and in the account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from core.bulk import BATCH_ROWS
from core.enums import ImportRowStatus
from core.errors import ParameterNotInForce, RuleViolation
from core.imports.kinds import Context, ImportKind, SheetRow, register_import_kind
from core.models import Import
from core.money import yuan_text
from core.samples import SAMPLE_FEN, SAMPLE_POSTED_ON, SAMPLE_YEAR
from core.sheets.headers import Column
from core.workflow import By
from ledger.caps import reserve_caps
from ledger.enums import Source
from ledger.models import CapUse
from ledger.opening_sheet import (
    CHECKERS,
    ID_NUMBER,
    MAKERS,
    NAME,
    book_openings,
    judge_day,
    judge_person,
    members_of,
    opening_transfer,
    settled_years,
)
from ledger.services import ensure_person_accounts
from policies.rules import yearly_cap
from policies.selectors import Rulebook, cite, rulebook
from subsidies.models import PriorGrant
from subsidies.rules.closing import why_year_is_shut
from subsidies.rules.pools import counts_in_cap
from villages.models import Membership, Region

SOURCE_WORDS: dict[str, str] = {
    "集体补助": Source.COLLECTIVE,
    "村集体补助": Source.COLLECTIVE,
    "社会资助": Source.SPONSOR,
    "公益资助": Source.SPONSOR,
    "捐赠": Source.SPONSOR,
}
IDENTITY = ("year", "source", "giver")


class PriorGrantSheet(ImportKind):
    """One row a grant: person, year, source, giver, amount, day of posting."""

    key = "prior_grants"
    label = "期初补助"
    title = "启用以前的集体补助和社会资助"
    roles, checker_roles = MAKERS, CHECKERS
    counted_as = "笔"
    can_undo = False
    columns = (
        NAME,
        ID_NUMBER,
        Column(
            "year", "补助年度", ("年度", "所属年度"), "year", needed=True, fill_down=True, sample=SAMPLE_YEAR
        ),
        Column("source", "来源", ("资金来源", "种类"), "choice", choices=SOURCE_WORDS, sample="集体补助"),
        Column(
            "giver",
            "补助（资助）单位",
            ("补助单位", "资助单位", "资助方"),
            max_length=80,
            sample="",
            width=24,
        ),
        Column(
            "amount_fen",
            "金额（元）",
            ("金额", "补助金额", "资助金额"),
            "amount",
            needed=True,
            sample=SAMPLE_FEN,
        ),
        Column(
            "granted_on",
            "记账日期",
            ("日期", "到账日期"),
            "date",
            needed=True,
            fill_down=True,
            sample=SAMPLE_POSTED_ON,
        ),
    )
    notes = (
        "来源空着时按集体补助。金额计入本人当年补助上限，也记入个人账户。",
        "上传以后由另一人复核，复核通过才记账。",
    )

    def prepare(self, by: By, params: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The place is the officer's county."""
        area = by.actor.access.area
        return Region.objects.get(code=area.code if area else ""), {}

    def duplicate_key(self, row: SheetRow) -> Hashable | None:
        """The same person, year, source and giver."""
        number = row.values.get("id_number")
        return (number, *(row.values.get(name) for name in IDENTITY)) if number else None

    def judge(self, rows: list[SheetRow], context: Context) -> None:
        """Whose, of which year, not granted before, within the cap; a constant number of queries."""
        for row in rows:
            row.values["source"] = row.values.get("source") or Source.COLLECTIVE
            row.values["giver"] = row.values.get("giver") or ""
        members = members_of(rows, context)
        known = _known(members)
        shut = _shut_years(rows, context)
        settled = settled_years(context.place.code)
        for row in rows:
            member = judge_person(row, members)
            row.verdict, row.target_id = ImportRowStatus.NEW, None
            judge_day(row, "granted_on", context, settled)
            if row.values.get("year") in shut:
                row.fault("year", "E-YEAR-CLOSED", shut[row.values["year"]], _("核对年度"))
            if member is not None:
                _judge_known(row, known.get((member.person_id, *(row.values.get(name) for name in IDENTITY))))
        _judge_caps(rows, context)

    def apply(self, rows: list[SheetRow], context: Context) -> int | None:
        """Write the grants, reserve the caps, book the money; return the sum in fen."""
        made = PriorGrant.objects.bulk_create([_grant(row, context) for row in rows], batch_size=BATCH_ROWS)
        grants = PriorGrant.objects.filter(pk__in=[grant.pk for grant in made])
        _reserve(grants, context)
        for source in {row.values["source"] for row in rows}:
            ensure_person_accounts(grants.filter(source=source), source=source)
        pairs = list(zip(rows, made, strict=True))
        book_openings([_transfer(row, grant) for row, grant in pairs], place=context.place)
        for row, grant in pairs:
            row.target_id = grant.pk
        return sum(grant.amount_fen for grant in made)

    def after_url(self, upload: Import) -> str:
        """The accounts."""
        return reverse("accounts")


def _shut_years(rows: list[SheetRow], context: Context) -> dict[int, str]:
    """The closed years among the rows', each with why nothing more is taken of it."""
    years = {row.values["year"] for row in rows if row.values.get("year")}
    found = {year: why_year_is_shut(context.place.county_code, year) for year in years}
    return {year: sentence for year, sentence in found.items() if sentence}


def _known(members: dict[str, Membership]) -> dict[tuple[Any, ...], int]:
    grants = PriorGrant.objects.filter(person__in=[member.person_id for member in members.values()])
    rows = grants.values_list("person_id", *IDENTITY, "amount_fen")
    return {(person, year, source, giver): fen for person, year, source, giver, fen in rows}


def _judge_known(row: SheetRow, known_fen: int | None) -> None:
    if known_fen is None:
        return
    if known_fen == row.values.get("amount_fen"):
        row.verdict = ImportRowStatus.UNCHANGED
        return
    row.fault(
        "amount_fen",
        "E-LEDGER",
        _("已经记过%(fen)s元，金额不同") % {"fen": yuan_text(known_fen)},
        _("已记账的不能改数，请核对"),
    )


def _sources_in_cap(rules: Rulebook) -> list[str]:
    """Sources whose money takes of the cap (A-03)."""
    return [str(source) for source in Source if counts_in_cap(rules, source)]


def _limit(context: Context, year: int) -> int | None:
    """The year's cap, or None where no rule gives one."""
    try:
        return yearly_cap(rulebook(context.place.code, on=context.by.on), year).amount_fen
    except ParameterNotInForce:
        return None


def _judge_caps(rows: list[SheetRow], context: Context) -> None:
    """Rows of one person and year together must stay within what is left of the cap."""
    new = [row for row in rows if row.is_sound and row.verdict == ImportRowStatus.NEW]
    persons = {row.extra["member"].person_id for row in new}
    years = {row.values["year"] for row in new}
    limits = {year: _limit(context, year) for year in years}
    uses = CapUse.objects.filter(person__in=persons, year__in=years).values_list(
        "person_id", "year", "reserved_fen"
    )
    used: dict[tuple[int, int], int] = defaultdict(int, {(person, year): fen for person, year, fen in uses})
    counted = _sources_in_cap(rulebook(context.place.code, on=context.by.on))
    for row in new:
        if row.values["source"] not in counted:
            continue
        key = (row.extra["member"].person_id, row.values["year"])
        used[key] += row.values["amount_fen"]
        _judge_cap(row, used[key], limits[key[1]])


def _judge_cap(row: SheetRow, used_fen: int, limit_fen: int | None) -> None:
    year = row.values["year"]
    if limit_fen is None:
        row.fault(
            "year", "E-NO-PARAMETER", _("%(year)s年度没有补助上限的规定") % {"year": year}, _("核对年度")
        )
    elif used_fen > limit_fen:
        sentence = _("超过%(year)s年度上限%(limit)s元") % {"year": year, "limit": yuan_text(limit_fen)}
        row.fault("amount_fen", "E-CAP", sentence, _("核对金额和年度"))


def _grant(row: SheetRow, context: Context) -> PriorGrant:
    member = row.extra["member"]
    assert context.upload is not None
    return PriorGrant(
        person_id=member.person_id,
        imported_by=context.upload,
        amount_fen=row.values["amount_fen"],
        granted_on=row.values["granted_on"],
        **{name: row.values[name] for name in IDENTITY},
        **member.area_codes(),
    )


def _transfer(row: SheetRow, grant: PriorGrant) -> Any:
    member = row.extra["member"]
    more = {"year": grant.year, "cause_type": "subsidies.priorgrant", "cause_id": grant.pk}
    key = f"prior_grant:{grant.pk}"
    return opening_transfer(
        member, Source(grant.source), grant.amount_fen, on=grant.granted_on, key=key, **more
    )


def _reserve(grants: QuerySet[PriorGrant], context: Context) -> None:
    rules = rulebook(context.place.code, on=context.by.on)
    for year in sorted(set(grants.values_list("year", flat=True))):
        cap = yearly_cap(rules, year)
        counted = grants.filter(year=year, source__in=_sources_in_cap(rules))
        over = reserve_caps(counted, year=year, limit_fen=cap.amount_fen)
        if over:
            raise RuleViolation(
                _("%(n)d人的补助超过%(year)s年度上限，请重新核对再确认。") % {"n": len(over), "year": year},
                code="E-CAP",
                clause=cite(cap.clause),
            )


register_import_kind(PriorGrantSheet())
