"""R15: what the county has to know before it begins (JN-15), what towns sum up (JN-16), events held (CS-24, JN-17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from contributions.models import Contribution
from core.look import TELL, Cell, Finding
from core.sheets.writer import OutColumn
from desk.registers import rules
from desk.registers.workflow import REGISTER_READERS
from desk.reports.gathering import PLACE, Gather, count, fen
from desk.reports.ledger import INCOME_ROWS, incomes, refunds, remitted
from desk.reports.registers import held, written
from desk.reports.scope import Scope
from desk.reports.shapes import (
    AMOUNT,
    KEY,
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
from subsidies.enums import Payee
from subsidies.rules.candidates import years_before
from villages.enums import AGENCY, CASE_READERS, READERS, Role
from villages.models import Membership, Region

WORKING, PENSIONERS = Q(is_working=True), Q(is_old=True)


def last_day(scope: Scope) -> date:
    """The day as of which members are counted: the year's last, or the day asked while the year runs."""
    return min(scope.on, date(scope.year + 1, 1, 1) - timedelta(days=1))


def members(scope: Scope) -> QuerySet[Membership]:
    """Members on that day, each with whether he is of working age, of pension age, insured, paid for the year."""
    day = last_day(scope)
    youngest = years_before(day, _age(scope, "minimum_age"))
    oldest = years_before(day, _age(scope, "pension_age"))
    payments = Contribution.objects.filter(person=OuterRef("person"), reversed_on__isnull=True)
    rows = Membership.objects.filter(joined_on__lte=day).filter(Q(left_on__isnull=True) | Q(left_on__gt=day))
    return scope.within(rows).annotate(
        is_working=_whether(Q(person__birth_date__lte=youngest, person__birth_date__gt=oldest)),
        is_old=_whether(Q(person__birth_date__lte=oldest)),
        is_insured=Exists(payments.filter(year__lte=scope.year)),
        has_paid=Exists(payments.filter(year=scope.year)),
    )


def _age(scope: Scope, name: str) -> int:
    found = scope.rules.get(name)
    return int(str(found.value)) if found else 0


def _whether(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, BooleanField())


CONDITIONS = {
    "members": Q(),
    "working": WORKING,
    "insured": WORKING & Q(is_insured=True),
    "paid": WORKING & Q(has_paid=True),
    "unpaid": WORKING & Q(is_insured=True, has_paid=False),
    "uninsured": WORKING & Q(is_insured=False),
    "old": PENSIONERS,
}


def baseline_facts(scope: Scope) -> list[Fact]:
    """One fact an organisation with members or an income."""
    gather = Gather()
    gather.add(members(scope), {name: count(only) for name, only in CONDITIONS.items()})
    gather.add(
        incomes(scope), {"operating_fen": fen("operating_income_fen"), "income_fen": fen("disposable_fen")}
    )
    gather.add(remitted(scope), {"granted_fen": fen()})
    # What went back to a person or a donor is not the village's again.
    gather.add(refunds(scope), {"back_fen": fen(only=Q(payee=Payee.ORGANISATION))})
    return gather.facts()


def baseline_columns(scope: Scope) -> list[Column]:
    """Members and their insurance, then the organisation's money; `baseline_item` of the rulebook says why."""

    def column(key: str, label: str, meaning: str) -> Column:
        return Column(key, label, meaning=meaning, of=key)

    working = _("%(from)d至%(to)d周岁") % {
        "from": _age(scope, "minimum_age"),
        "to": _age(scope, "pension_age") - 1,
    }
    return [
        column("members", "成员", "年底（或业务日期）在册的成员"),
        column("working", working, "到年底在参保缴费年龄内的成员"),
        column("insured", "已参保", "其中有过缴费记录的"),
        column("paid", "本年度已缴", "其中缴了本年度保费的"),
        column("unpaid", "参保未缴", "参了保、没有缴本年度保费的"),
        column("uninsured", "未参保", "没有任何缴费记录的"),
        column("old", "到领取年龄", "到年底已到领取待遇年龄的成员"),
        Column(
            "operating_fen",
            "经营收入（元）",
            AMOUNT,
            "申报的上一年经营收入",
            of="incomes",
            take="operating_income_fen",
        ),
        Column("income_fen", "可支配收益（元）", AMOUNT, "申报的上一年可支配收益", of="incomes", width=15),
        Column(
            "rest_fen",
            "补助后结余（元）",
            AMOUNT,
            "可支配收益减本年度已缴的补助，加退回本村的退费",
            reckon=_rest,
            width=15,
        ),
    ]


def _rest(cells: Mapping[str, Any]) -> int:
    return int(cells.get("income_fen", 0) - cells.get("granted_fen", 0) + cells.get("back_fen", 0))


def baseline_remarks(scope: Scope, table: Table) -> list[Finding]:
    """What the document wants known, with its clause (JN-15)."""
    items = list(scope.rules.table("baseline_item").values())
    if not items:
        return []
    sentence = _("要摸清：%(what)s。") % {"what": "、".join(str(view.value) for view in items)}
    return [Finding(TELL, sentence, items[0].clause.cited, marks=items[0].marks)]


def baseline_tops(scope: Scope, table: Table) -> Sequence[Cell]:
    """Members, insured, paid, not insured."""
    totals = table.totals
    return [
        Cell("成员", f"{totals['members']:,}", unit="人"),
        Cell("已参保", f"{totals['insured']:,}", unit="人"),
        Cell("未参保", f"{totals['uninsured']:,}", unit="人"),
        Cell("本年度已缴", f"{totals['paid']:,}", unit="人", main=True),
    ]


def _members(name: str) -> Detail:
    titles = {
        "members": "成员",
        "working": "参保缴费年龄内的成员",
        "insured": "已参保的成员",
        "paid": "本年度已缴费的成员",
        "unpaid": "参保未缴的成员",
        "uninsured": "未参保的成员",
        "old": "到领取年龄的成员",
    }
    return Detail(
        name,
        titles[name],
        CASE_READERS,
        lambda scope: members(scope).filter(CONDITIONS[name]),
        (
            OutColumn("镇街", width=14),
            OutColumn("村", width=14),
            OutColumn("组"),
            OutColumn("姓名"),
            OutColumn("身份证后四位", "code"),
            OutColumn("人员类别", width=16),
        ),
        lambda row: (
            str(row.organisation.region.parent),
            str(row.organisation.region),
            row.group_name,
            row.person.name,
            row.person.last4,
            row.person_kind_label,
        ),
        lambda row: reverse("member", args=[row.pk]),
        fen="",
        person="person",
        unit="人",
        related=("person", "organisation__region__parent"),
    )


BASELINE = Report(
    "R15",
    "成员底数",
    "每个村有多少成员，多少人参保、多少人没缴，村集体有多少钱？",
    "开展补助以前摸底，社保动员参保缴费时用",
    "成员名单、个人缴费、申报的可支配收益",
    AGENCY | READERS | {Role.CLERK},
    ("JN-15",),
    baseline_columns,
    baseline_facts,
    (VILLAGE, TOWN, UNIT),
    by_details(*(_members(name) for name in CONDITIONS), INCOME_ROWS),
    baseline_remarks,
    baseline_tops,
    empty="还没有成员名单。",
)


def event_facts(scope: Scope) -> list[Fact]:
    """One fact a place and kind of event."""
    gather = Gather()
    gather.add(held(scope), {"events": count(), "attended": fen("attended_count")}, key="kind")
    return gather.facts(rules.event_kinds(scope.rules))


def event_columns(scope: Scope) -> list[Column]:
    """How many, for how many people."""
    return [
        Column("events", "场次", meaning="登记的宣传、讲解、培训", of="events"),
        Column("attended", "参加人次", meaning="各场参加人数之和", of="events", take="attended_count"),
    ]


EVENT_ROWS = Detail(
    "events",
    "宣传培训",
    REGISTER_READERS,
    held,
    (
        OutColumn("地方", width=14),
        OutColumn("日期", "date"),
        OutColumn("主题", width=30),
        OutColumn("参加人数", "count"),
    ),
    lambda row: (str(row.region), row.held_on, row.title, row.attended_count),
    lambda row: reverse("outreach", args=[row.pk]),
    key_field="kind",
    fen="attended_count",
    unit="场",
    related=("region",),
)
EVENTS = Report(
    "R15-events",
    "宣传培训",
    "各镇街办了多少场宣传培训，多少人参加？",
    "向上汇报宣传培训、检查家喻户晓时用",
    "宣传培训登记簿",
    AGENCY | READERS | {Role.CLERK},
    ("CS-24", "JN-17", "NX-21"),
    event_columns,
    event_facts,
    (TOWN, KEY, VILLAGE),
    by_details(EVENT_ROWS),
    key_words="形式",
    empty="这个年度还没有登记宣传培训。",
)


def summary_facts(scope: Scope) -> list[Fact]:
    """One fact a town with the summaries it owes by now, and a village that subsidises with its note."""
    gather = Gather()
    asked = rules.note_kinds(scope.rules)
    if rules.TOWN_LEVEL in asked:
        due = rules.terms_over(scope.rules, scope.year, scope.on)
        towns = (
            scope.within(Region.objects.filter(level="township"))
            if not scope.ask.village
            else Region.objects.none()
        )
        for codes in towns.order_by("code").values_list(*PLACE):
            gather.cells(codes)["due"] = due
    if rules.VILLAGE_LEVEL in asked:
        for codes in remitted(scope).order_by("village_code").values_list(*PLACE).distinct():
            gather.cells(codes)["due"] = 1
    gather.add(written(scope), {"written": count()})
    return gather.facts()


def summary_columns(scope: Scope) -> list[Column]:
    """Due, written, lacking."""
    return [
        Column("due", "应报（篇）", meaning="镇街按期应报的小结；已开展补助的村各一篇经验总结"),
        Column("written", "已报（篇）", meaning="登记的经验总结和镇街小结", of="summaries"),
        Column("lacking", "还差（篇）", meaning="应报减已报", reckon=_lacking),
    ]


def _lacking(cells: Mapping[str, Any]) -> int:
    return max(int(cells.get("due", 0)) - int(cells.get("written", 0)), 0)


def summary_remarks(scope: Scope, table: Table) -> list[Finding]:
    """Who is to sum up what, with the clause, and how often."""
    found = []
    every = scope.rules.get("experience_note_every")
    for level, view in rules.note_kinds(scope.rules).items():
        who = _("镇街") if level == rules.TOWN_LEVEL else _("村")
        often = _("，每%(n)s一次") % {"n": every.shown} if every and level == rules.TOWN_LEVEL else ""
        sentence = _("%(who)s要总结：%(what)s%(often)s。") % {"who": who, "what": view.value, "often": often}
        marks = [*view.marks, *(every.marks if often and every else ())]
        found.append(Finding(TELL, sentence, view.clause.cited, marks=marks))
    return found


SUMMARY_ROWS = Detail(
    "summaries",
    "经验总结和镇街小结",
    REGISTER_READERS,
    written,
    (
        OutColumn("地方", width=14),
        OutColumn("期次"),
        OutColumn("标题", width=30),
        OutColumn("报送日期", "date"),
    ),
    lambda row: (str(row.region), str(row.term_no or ""), row.title, row.written_on),
    lambda row: reverse("summary", args=[row.pk]),
    fen="",
    unit="篇",
    related=("region",),
)

SUMMARIES = Report(
    "R15-summaries",
    "经验总结和镇街小结",
    "该报的总结报了没有，还差哪些镇街、哪些村？",
    "镇街自查，社保、区级汇总经验时用",
    "经验总结登记簿",
    AGENCY | READERS | {Role.CLERK},
    ("CS-19", "JN-16"),
    summary_columns,
    summary_facts,
    (TOWN, VILLAGE),
    by_details(SUMMARY_ROWS),
    summary_remarks,
    empty="这个年度没有要报的总结。",
)
