"""R16: year on year — organisations, persons, money, the average contribution before and after, the tier mix, and the
account's share of the pension (CS-03, CS-06, CS-21).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import BigIntegerField, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from contributions.enums import YEARLY_KINDS
from contributions.models import Contribution
from core.look import TELL, Cell, Finding
from core.money import part_half_up, yuan_text
from core.rates import PPM_OF_ONE_PERCENT, percent_text
from core.sheets.writer import OutColumn
from desk.progress import POSTED
from desk.reports.baseline import last_day
from desk.reports.coverage import organisation_rows, registered
from desk.reports.gathering import PLACE, Gather, count, fen, persons, share
from desk.reports.lines import LINE_READERS, line_detail
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    KEY,
    PERSONS,
    RATE,
    TOWN,
    UNIT,
    VILLAGE,
    Column,
    Detail,
    Fact,
    Report,
    Table,
    by_details,
)
from ledger.enums import AccountKind, Source
from ledger.models import Account
from ledger.selectors import with_balances
from subsidies.models import Line
from villages.enums import AGENCY, CASE_READERS, READERS
from villages.models import CollectiveOrganisation, Membership

NOW, BEFORE = 0, -1
DECIMAL = 10


def lines(scope: Scope, shift: int) -> QuerySet[Line]:
    """The villages' own subsidies posted for the year, or for the year before it."""
    year = scope.year + shift
    rows = Line.objects.filter(year=year, state__in=POSTED, source=Source.COLLECTIVE, posted_on__lte=scope.on)
    return scope.within(rows)


def subsidising(scope: Scope, shift: int) -> QuerySet[CollectiveOrganisation]:
    """Organisations with somebody posted for the year, or for the year before it."""
    of_year = lines(scope, shift).filter(organisation=OuterRef("pk"))
    return scope.within(CollectiveOrganisation.objects.filter(Exists(of_year)))


def payers(scope: Scope, shift: int) -> QuerySet[Membership]:
    """Members who paid their own regular contribution for the year (or the one before), with `paid_fen` and `tier`."""
    day = last_day(scope)
    of_year = Contribution.objects.filter(
        person=OuterRef("person"),
        year=scope.year + shift,
        kind__in=YEARLY_KINDS,
        reversed_on__isnull=True,
    )
    own = of_year.order_by().values("person")
    rows = Membership.objects.filter(joined_on__lte=day).filter(Q(left_on__isnull=True) | Q(left_on__gt=day))
    found = scope.within(rows).annotate(
        paid_fen=Subquery(own.annotate(n=Sum("personal_fen")).values("n"), output_field=BigIntegerField()),
        tier=Subquery(own.annotate(n=Max("tier_fen")).values("n"), output_field=BigIntegerField()),
    )
    return found.filter(paid_fen__gt=0)


def accounts(scope: Scope) -> QuerySet[Account]:
    """The sub-balances of persons with what lies on them on the day asked."""
    rows = scope.within(Account.objects.filter(kind=AccountKind.PERSON))
    return with_balances(rows, on=scope.on)


def facts(scope: Scope) -> list[Fact]:
    """One fact an organisation."""
    gather = Gather()
    for codes in registered(scope).order_by("village_code").values_list(*PLACE):
        gather.cells(codes)["registered"] = 1
    for name, shift in (("before", BEFORE), ("now", NOW)):
        gather.add(lines(scope, shift), {f"persons_{name}": persons(), f"fen_{name}": fen()})
        gather.add(payers(scope, shift), {f"payers_{name}": count(), f"paid_{name}": fen("paid_fen")})
    gather.add(accounts(scope), {"holders": persons(), "balance": fen("balance_fen")})
    for cells in gather.found.values():
        cells.update(
            {f"villages_{name}": int(bool(cells.get(f"persons_{name}"))) for name in ("before", "now")}
        )
    return gather.facts()


def columns(scope: Scope) -> list[Column]:
    """Each figure of last year beside this year's, and what came of it."""
    before, now = scope.year + BEFORE, scope.year
    divisor = scope.rules.get("annuity_divisor")
    basic = scope.rules.get("basic_pension")
    months = int(str(divisor.value)) if divisor else 0
    basic_fen = int(str(basic.value)) if basic else 0
    found = [
        Column("registered", "登记的组织", meaning="登记的村集体经济组织", of="registered"),
        *_pair("villages", "开展的组织", before, now, "有人记账的组织", of="villages"),
        *_pair("persons", "补助人数", before, now, "已记账的人", of="lines", take=PERSONS),
        *_pair("fen", "补助金额（元）", before, now, "已记账的补助", kind=AMOUNT, of="lines"),
        *_pair("payers", "缴费人数", before, now, "缴了本年度保费的成员", of="payers"),
        Column(
            "average_before",
            f"{before}年人均缴费（元）",
            AMOUNT,
            "个人缴费合计除以缴费人数",
            reckon=_average("before"),
            width=16,
        ),
        Column(
            "average_now",
            f"{now}年人均缴费（元）",
            AMOUNT,
            "个人缴费合计除以缴费人数",
            reckon=_average("now"),
            width=16,
        ),
        Column("change", "人均变化（元）", AMOUNT, "本年减上年", reckon=_change, width=14),
        Column("change_share", "人均变化率", RATE, "变化除以上年", reckon=_change_share),
    ]
    if months:
        monthly = _monthly(months)
        found += [
            Column(
                "account_pension",
                "账户月养老金（元）",
                AMOUNT,
                "账户余额的平均数除以计发月数，估算",
                reckon=monthly,
                width=16,
            ),
            Column(
                "gain",
                "补助带来（元/月）",
                AMOUNT,
                "本年人均补助除以计发月数，估算",
                reckon=_gain(months),
                width=16,
            ),
            Column(
                "account_share",
                "账户占养老金",
                RATE,
                "账户养老金除以（基础养老金加账户养老金），估算",
                reckon=_account_share(monthly, basic_fen),
            ),
        ]
    return found


def _pair(
    name: str,
    label: str,
    before: int,
    now: int,
    meaning: str,
    *,
    kind: str = "count",
    of: str = "",
    take: str = "",
) -> list[Column]:
    """A figure of last year and of this one."""
    width = 16 if kind == AMOUNT else 12
    return [
        Column(
            f"{name}_before",
            f"{before}年{label}",
            kind,
            meaning,
            of=of and f"{of}_before",
            take=take,
            width=width,
        ),
        Column(
            f"{name}_now", f"{now}年{label}", kind, meaning, of=of and f"{of}_now", take=take, width=width
        ),
    ]


def average_fen(cells: Mapping[str, Any], name: str) -> int | None:
    """The average contribution of a year in fen, half up; None of nobody."""
    payers_count = cells.get(f"payers_{name}", 0)
    return part_half_up(cells.get(f"paid_{name}", 0), payers_count) if payers_count else None


def _average(name: str) -> Callable[[Mapping[str, Any]], int | None]:
    return lambda cells: average_fen(cells, name)


def _change(cells: Mapping[str, Any]) -> int | None:
    before, now = average_fen(cells, "before"), average_fen(cells, "now")
    return now - before if before is not None and now is not None else None


def _change_share(cells: Mapping[str, Any]) -> int | None:
    before, change = average_fen(cells, "before"), _change(cells)
    if not before or change is None:
        return None
    part = share(abs(change), before)
    return -part if part is not None and change < 0 else part


def _monthly(months: int) -> Callable[[Mapping[str, Any]], int | None]:
    def reckon(cells: Mapping[str, Any]) -> int | None:
        holders = cells.get("holders", 0)
        return part_half_up(max(cells.get("balance", 0), 0), holders * months) if holders else None

    return reckon


def _gain(months: int) -> Callable[[Mapping[str, Any]], int | None]:
    def reckon(cells: Mapping[str, Any]) -> int | None:
        people = cells.get("persons_now", 0)
        return part_half_up(cells.get("fen_now", 0), people * months) if people else None

    return reckon


def account_share(account_fen: int | None, basic_fen: int) -> int | None:
    """The account's share of the monthly pension in parts per million: 48 of 165 + 48 → 22.5 % (CS-21)."""
    return share(account_fen, account_fen + basic_fen) if account_fen is not None and basic_fen else None


def _account_share(
    monthly: Callable[[Mapping[str, Any]], int | None], basic_fen: int
) -> Callable[[Mapping[str, Any]], int | None]:
    return lambda cells: account_share(monthly(cells), basic_fen)


def remarks(scope: Scope, table: Table) -> list[Finding]:
    """What the estimates rest on, with its clause and its mark."""
    basic = scope.rules.get("basic_pension")
    if basic is None:
        return []
    sentence = _("账户占养老金按基础养老金每月%(fen)s元估算。") % {"fen": yuan_text(int(str(basic.value)))}
    return [Finding(TELL, sentence, basic.clause.cited, marks=basic.marks)]


def tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Coverage last year and this year, and the average contribution."""
    totals = table.totals
    registered = totals["registered"]

    def coverage(name: str) -> str:
        part = share(totals[f"villages_{name}"], registered)
        words = f"{totals[f'villages_{name}']} / {registered}"
        return words if part is None else f"{words}（{rounded_percent(part)}）"

    return [
        Cell(_("%(y)d年开展的组织") % {"y": scope.year + BEFORE}, coverage("before"), unit=""),
        Cell(_("%(y)d年开展的组织") % {"y": scope.year}, coverage("now"), unit=""),
        Cell(_("%(y)d年人均缴费") % {"y": scope.year}, totals["average_now"] or 0, main=True),
    ]


def rounded_percent(ppm: int) -> str:
    """A share as leaders read it, with one decimal: 108597 → 10.9%."""
    tenth = PPM_OF_ONE_PERCENT // DECIMAL
    return percent_text((2 * ppm + tenth) // (2 * tenth) * tenth)


def _lines(name: str, shift: int) -> Detail:
    title = _("已记账的补助人员") if shift == NOW else _("上年度已记账的补助人员")
    return line_detail(f"lines_{name}", title, lambda scope: lines(scope, shift), LINE_READERS)


def _payers(name: str, shift: int, *, key_field: str = "") -> Detail:
    return Detail(
        f"payers_{name}",
        "缴费的成员",
        CASE_READERS,
        lambda scope: payers(scope, shift),
        (
            OutColumn("镇街", width=14),
            OutColumn("村", width=14),
            OutColumn("姓名"),
            OutColumn("身份证后四位", "code"),
            OutColumn("缴费档次（元）", "amount", 14),
            OutColumn("个人缴费（元）", "amount", 14),
        ),
        lambda row: (
            str(row.organisation.region.parent),
            str(row.organisation.region),
            row.person.name,
            row.person.last4,
            row.tier,
            row.paid_fen,
        ),
        fen="paid_fen",
        key_field=key_field,
        person="person",
        unit="人",
        related=("person", "organisation__region__parent"),
    )


def _villages(name: str, shift: int) -> Detail:
    return organisation_rows(f"villages_{name}", "开展补助的组织", lambda scope: subsidising(scope, shift))


YEARS = (("before", BEFORE), ("now", NOW))
REPORT = Report(
    "R16",
    "与上年对比",
    "和上年比，开展的村、补助的人和钱、人均缴费、养老金里账户的比重有什么变化？",
    "区级主管、社保总结成效时用",
    "补助人员名单、个人缴费、个人账户",
    AGENCY | READERS,
    ("CS-03", "CS-06", "CS-21"),
    columns,
    facts,
    (VILLAGE, TOWN, UNIT),
    details=by_details(
        organisation_rows("registered", "登记的村集体经济组织", registered),
        *(_villages(name, shift) for name, shift in YEARS),
        *(_lines(name, shift) for name, shift in YEARS),
        *(_payers(name, shift) for name, shift in YEARS),
    ),
    remarks=remarks,
    tops=tops,
    sort="-fen_now",
)


def tier_facts(scope: Scope) -> list[Fact]:
    """One fact a village and tier."""
    gather = Gather()
    for name, shift in YEARS:
        gather.add(
            payers(scope, shift), {f"payers_{name}": count(), f"paid_{name}": fen("paid_fen")}, key="tier"
        )
    found = gather.facts(lambda key: _("%(tier)s元档") % {"tier": yuan_text(int(key))})
    return sorted(found, key=lambda fact: int(fact.key))


def tier_columns(scope: Scope) -> list[Column]:
    """How many chose each tier, last year and this."""
    before, now = scope.year + BEFORE, scope.year
    return [
        *_pair("payers", "缴费人数", before, now, "选这个档次的成员", of="payers"),
        *_pair("paid", "个人缴费（元）", before, now, "这些人的个人缴费", kind=AMOUNT, of="payers"),
    ]


TIERS = Report(
    "R16-tiers",
    "缴费档次构成",
    "开展补助前后，选高档次缴费的人多了没有？",
    "看“多缴多得”的效果时用",
    "个人缴费",
    AGENCY | READERS,
    ("CS-03",),
    tier_columns,
    tier_facts,
    (KEY, VILLAGE, TOWN),
    by_details(*(_payers(name, shift, key_field="tier") for name, shift in YEARS)),
    key_words="缴费档次",
    empty="这两个年度没有缴费记录。",
)
